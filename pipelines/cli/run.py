"""``ikou run``: received files to standard layouts, with exceptions and proof."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.flows.rehearsal import Outcome


def show(line: str) -> None:
    """One plain progress line on standard error."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def perform(
    project: Path,
    areas: tuple[str, ...] = (),
    *,
    rehearsal: int | None = None,
    source_only: bool = False,
    as_of: date | None = None,
) -> Outcome:
    """Run a project with a Prefect API of our own; see ``pipelines.flows.rehearsal.run_project``."""
    from pipelines.flows.server import start_api

    start_api()
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(project, Options(areas, rehearsal, source_only, as_of), show)


def headline(outcome: Outcome) -> str:
    """What a meeting wants to hear first, in Japanese: people, decisions, change, verdict and the files to open."""
    s = outcome.statistics
    lines = [f"{s['city']['name']}  世代 {s['generation']}  基準日 {s['as_of']}"]
    controls = [g for g in s["gates"] if g["measure"] == "controls.mismatch"]
    people = s["people"].get("人口総数")
    if people is not None:
        lines.append(f"人数  移行 {people:,} 人（人数照合: {controls[0]['verdict'] if controls else '未実施'}）")
    issues = s["issues"]
    before = s["previous"]
    lines.append(
        f"判断  個別 {issues['individual']:,} 件 / 指摘 {issues['total']:,} 件（未解決 {issues['open']:,} 件）"
    )
    lines.append(
        "前回比  "
        + (
            f"指摘 {issues['total'] - before['issues']['total']:+,} 件、個別判断 {issues['individual'] - before['issues']['individual']:+,} 件（前回 {before['generation']}）"
            if before
            else "前回なし"
        )
    )
    missed = [g for g in s["gates"] if g["verdict"] != "可"]
    lines.append("判定  " + ("可: すべての門を通過" if not missed else f"未達: {len(missed)} 門"))
    lines += [
        f"      {g['id']} {g['item']}: {g['verdict']}（値 {'—' if g['value'] is None else g['value']}、基準 {g['at_most']} 以下）"
        for g in missed
    ]
    lines += [f"読めなかった業務 {area}: {why}" for area, why in s["failed"].items()]
    lines.append("開くファイル")
    reports = sorted((outcome.folder / "reports").glob("*"))
    lines += [f"  {p}" for p in reports]
    standard = sorted((outcome.folder / "standard").rglob("*.csv"))
    lines += [f"  {p}" for p in standard[:1]]
    return "\n".join(lines)


def run(areas: tuple[str, ...], *, project: Path, rehearsal: int | None, source_only: bool, as_of: date | None) -> int:
    """Run and print the headline; returns the exit code of design §5."""
    outcome = perform(project, areas, rehearsal=rehearsal, source_only=source_only, as_of=as_of)
    sys.stdout.write(headline(outcome) + "\n")
    return outcome.exit_code
