"""``ikou cutovers``: the orders in which areas may move, and the 移行過渡期 feeds each needs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path


def cutovers(*, project: Path | None, as_json: bool) -> int:
    """Print every pattern with its steps and feeds; with a project for its areas alone."""
    from layouts.standard_groups import load_areas
    from pipelines.project.cutover import PRESENT_TO_STANDARD, STANDARD_TO_PRESENT, load_patterns

    areas: tuple[str, ...] = ()
    if project is not None:
        from pipelines.project.definition import load_definition

        areas = tuple(load_definition(project.resolve()).areas)
    patterns = load_patterns(areas)
    if as_json:
        sys.stdout.write(json.dumps([asdict(p) for p in patterns], ensure_ascii=False, indent=1) + "\n")
        return 0
    labels = {area: row[1] for area, row in load_areas().items()}

    def named(ids: tuple[str, ...]) -> str:
        return "、".join(labels.get(area, area) for area in ids) or "なし"

    for pattern in patterns:
        out, back = pattern.count(STANDARD_TO_PRESENT), pattern.count(PRESENT_TO_STANDARD)
        sys.stdout.write(
            f"{pattern.id} {pattern.label}：過渡期のフィード {out + back} 本（標準→旧 {out}、旧→標準 {back}）\n"
        )
        for number, step in enumerate(pattern.steps, 1):
            sys.stdout.write(f"  {number}回目の切替え：{named(step)}\n")
        for feed in pattern.feeds:
            sys.stdout.write(
                f"    {feed.period}回目と{feed.period + 1}回目の間　{feed.direction}　{feed.data}　"
                f"{named((feed.sender,))} → 統合DB → {named(feed.receivers)}\n"
            )
    return 0
