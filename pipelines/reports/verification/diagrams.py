"""What a person would rather look at: small tables of counts, each with its chart, on the sheet 図表."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipelines.reports.judgement import (
    MISSED,
    NONE,
    NOT_DONE,
    REASONED,
    AreaVerdict,
    read_reconciled,
    standing_issues,
)
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.figures import LOADED, WRITTEN, people_by_age
from pipelines.reports.verification.sheet import Sheet, reconciled_by_run

RULES = 15
"""Rules with the most issues left; characters that moved most."""
_VERDICTS = {NONE: "#1E6B3A", REASONED: "#C9A227", NOT_DONE: "#A6A6A6", MISSED: "#B00020"}


@dataclass(frozen=True)
class Diagram:
    """One chart: ``rows`` begin with the name of a bar and go on with one number a heading; ``colours`` by heading.

    A pyramid shows its first series to the left and its second to the right.
    """

    title: str
    kind: Literal["stacked", "pyramid", "line"]
    headings: tuple[str, ...]
    colours: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    unit: str
    why: str = ""


def diagrams_of(
    run: RunFiles, areas: Sequence[AreaVerdict], sheets: Sequence[Sheet], reconciled: Path | None
) -> list[Diagram]:
    """The charts of a run in their order; one without rows says why."""
    by_number = {sheet.number: sheet for sheet in sheets}
    return [
        _verdicts(areas),
        _pyramid(run, reconciled),
        _issues(run),
        _characters(by_number["RPT-07b"]),
        _changed_characters(by_number["RPT-09b"]),
        _rehearsals(by_number["RPT-19"]),
    ]


def _verdicts(areas: Sequence[AreaVerdict]) -> Diagram:
    rows = [
        (
            f"{area.area} {area.label}",
            *(sum(gate["verdict"] == verdict for gate in area.gates) for verdict in _VERDICTS),
        )
        for area in areas
    ]
    names, colours = tuple(_VERDICTS), tuple(_VERDICTS.values())
    return Diagram("業務ごとの合否（確かめた数）", "stacked", names, colours, rows, "確かめた数", "業務がない。")


def _pyramid(run: RunFiles, reconciled: Path | None) -> Diagram:
    made, loaded = reconciled_by_run(run, "ages"), read_reconciled(reconciled, "ages")
    sides = people_by_age(made, loaded)
    after = any(side == LOADED for side, _, _ in sides)
    ages = sorted({age for _, age, _ in sides if age is not None})
    colours = ("#2F6DA8", "#C0504D", "#9DC3E6", "#F4B6B3")
    headings = ("男　出力", "女　出力", *(("男　取込後", "女　取込後") if after else ()))
    rows = []
    for age in ages:
        counts = [sides.get((WRITTEN, age, sex), 0) for sex in ("男", "女")]
        if after:
            counts += [sides.get((LOADED, age, sex), 0) for sex in ("男", "女")]
        # Men to the left.
        rows.append((f"{age}〜{age + 4}歳", *(-n if place % 2 == 0 else n for place, n in enumerate(counts))))
    title = "人口ピラミッド（年齢5歳階級×性別、出力" + ("と取込後）" if after else "）")
    why = "住民基本台帳をこの実行で移行していない。"
    return Diagram(title, "pyramid", headings, colours[: len(headings)], rows, "人", why)


def _issues(run: RunFiles) -> Diagram:
    left = standing_issues(run)
    names, shades = ("誤り", "警告", "参考"), ("#B00020", "#C9A227", "#7F9DB9")
    counted = (
        left.group_by("rule_id")
        .agg(*((pl.col("severity") == severity).sum().alias(severity) for severity in "EWI"), total=pl.len())
        .sort("total", "rule_id", descending=[True, False])
        .head(RULES)
    )
    rows = [
        (f"{r['rule_id']} {run.rules.get(r['rule_id'], {}).get('name_ja', '')}", *(r[severity] for severity in "EWI"))
        for r in counted.iter_rows(named=True)
    ]
    title = f"残っている不備の多い規則（上位{RULES}）"
    return Diagram(title, "stacked", names, shades, rows, "残っている件数", "残っている不備はない。")


def _characters(kinds: Sheet) -> Diagram:
    rows = [(row[0], row[3]) for row in kinds.rows if row[3]]
    why = "変わった文字はない。"
    return Diagram("文字の増減は何によるか", "stacked", ("増減した文字数",), ("#2F6DA8",), rows, "文字", why)


def _changed_characters(glyphs: Sheet) -> Diagram:
    people: dict[str, int] = {}
    for row in glyphs.rows:
        # Of two receivers that change the same character the larger number counts: they are the same people.
        name = f"{row[1]}（{row[2]}）"
        people[name] = max(people.get(name, 0), row[8])
    rows = sorted(people.items(), key=lambda one: (-one[1], one[0]))[:RULES]
    why = "送信先で字形が変わる人はいない、または送信先への射影をしていない。"
    return Diagram(f"送信先で変わる字と人数（上位{RULES}）", "stacked", ("人数",), ("#7A5C00",), rows, "人", why)


def _rehearsals(told: Sheet) -> Diagram:
    times = tuple(heading.replace("\n", " ") for heading, _ in told.columns[1:-1])
    wanted = [row for row in told.rows if row[0] in ("指摘の件数", "未解決の指摘", "個別の判断の残り")]
    rows = [(time, *(row[1 + place] for row in wanted)) for place, time in enumerate(times)] if wanted else []
    headings = tuple(str(row[0]) for row in wanted)
    colours = ("#7F9DB9", "#B00020", "#C9A227")[: len(headings)]
    return Diagram("リハーサルごとの不備", "line", headings, colours, rows, "件", "比べる前回の実行がない。")
