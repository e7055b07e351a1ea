"""``ikou run``: received files to standard layouts, with exceptions and proof."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.cli.progress import progress

if TYPE_CHECKING:
    from pipelines.flows.rehearsal import Outcome


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

    with progress() as report:
        return run_project(project, Options(areas, rehearsal, source_only, as_of), report)


def headline(outcome: Outcome) -> str:
    """What a meeting wants to hear first, in Japanese: people, decisions, change, verdict and the files to open."""
    s = outcome.statistics
    now, before = s["issues"], s["previous"]
    lines = [f"{s['city']['name']}  世代 {s['generation']}  基準日 {s['as_of']}"]
    lines += _people(s)
    lines.append(f"判断    個別 {now['individual']:,} 件 / 指摘 {now['total']:,} 件（未解決 {now['open']:,} 件）")
    if before:
        total, individual = (now[k] - before["issues"][k] for k in ("total", "individual"))
        lines.append(f"前回比  指摘 {total:+,} 件、個別の判断 {individual:+,} 件（前回 {before['generation']}）")
    else:
        lines.append("前回比  前回なし")
    missed = [g for g in s["gates"] if g["verdict"] != "可"]
    lines.append(
        f"判定    {'未達' if missed else '可'}（{len(s['gates'])} 門のうち {len(s['gates']) - len(missed)} 門を通過）"
    )
    for gate in missed:
        value = "—" if gate["value"] is None else f"{gate['value']:,}"
        lines.append(
            f"        {gate['id']} {gate['item']}: {gate['verdict']}（値 {value}、基準 {gate['at_most']:,} 以下）"
        )
    lines += [f"読めなかった業務 {area}: {why}" for area, why in s["failed"].items()]
    lines.append("開くファイル")
    lines += [f"  {p}" for p in _files_to_open(outcome.folder)]
    return "\n".join(lines)


def _files_to_open(run: Path) -> list[Path]:
    """The report, the first work list and the first standard table: where a reader begins."""
    wanted = ("reports/移行結果報告書.html", "reports/*.xlsx", "standard/*/*.csv")
    return [found[0] for pattern in wanted if (found := sorted(run.glob(pattern)))]


def _people(statistics: dict[str, Any]) -> list[str]:
    people = statistics["population"]
    if people["migrated"] is None:
        return []
    current = "現行値の提出なし" if people["current"] is None else f"現行 {people['current']:,} 人"
    return [f"人数    {current} → 移行 {people['migrated']:,} 人"]


def run(areas: tuple[str, ...], *, project: Path, rehearsal: int | None, source_only: bool, as_of: date | None) -> int:
    """Run and print the headline; returns the exit code of design §5."""
    outcome = perform(project, areas, rehearsal=rehearsal, source_only=source_only, as_of=as_of)
    sys.stdout.write(headline(outcome) + "\n")
    return outcome.exit_code
