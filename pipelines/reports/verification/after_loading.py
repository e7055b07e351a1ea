"""RPT-05, RPT-06 and RPT-18: what the new system holds beside what was handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, REASONED, AreaVerdict, read_reconciled
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.masking import (
    Unmasked,
    disclosed_differences,
    masked,
    may_show,
    shown_key,
    shown_measure,
)
from pipelines.reports.verification.old_and_new import CLASSES
from pipelines.reports.verification.sheet import LISTED, NOT_LOADED, Sheet, area_name, group_name, listed, state_of

EXAMPLES = 10
"""Examples of an item that differs, by key and masked."""
LARGE = 1
"""Per cent of what was handed over: a count that moved more than this is looked at by the 主管課."""
LOOK = "要確認"
_OPEN = ("", "B", "D")


def item_sheet(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> Sheet:
    """RPT-05: every item of every record loaded beside the one handed over."""
    columns = (
        ("業務", 24),
        ("出力", 24),
        ("項目", 28),
        ("比べた件数", 12),
        ("一致", 12),
        ("説明のつく差", 10),
        ("未説明の差", 10),
        ("値を変えた規則（源泉→出力）", 32),
        ("差の例（10件まで。値は伏せる）", 52),
        ("判定", 9),
    )
    found = read_reconciled(reconciled, "items")
    lead = "取込後の全件・全項目を主キーで出力と比べた（差のある項目が上）。源泉から出力までの変更は規則番号で示す。"
    if found is None or found.is_empty():
        return Sheet("RPT-05", "項目照合表", NOT_DONE, lead, columns, why=NOT_LOADED)
    examples = _examples(read_reconciled(reconciled, "differences"))
    rows = [
        (
            area_name(run, r["area"]),
            group_name(run, r["area"], r["group_id"]),
            r["item"],
            r["compared"],
            r["same"],
            r["explained"],
            r["unexplained"],
            r["changed_by"],
            examples.get((r["area"], r["group_id"], r["item"]), ""),
            NOT_DONE if r["compared"] is None else MISSED if r["unexplained"] else REASONED if r["explained"] else NONE,
        )
        for r in found.iter_rows(named=True)
    ]
    rows.sort(key=lambda row: (-(row[6] or 0), -(row[5] or 0)))
    return Sheet("RPT-05", "項目照合表", state_of(areas, "RPT-05"), lead, columns, **listed(rows, len(rows)))


def _examples(differences: pl.DataFrame | None) -> dict[tuple[str, str, str], str]:
    if differences is None:
        return {}
    cells = differences.filter(pl.col("item") != "").sort("area", "group_id", "item", "key")
    some = cells.group_by(["area", "group_id", "item"], maintain_order=True).head(EXAMPLES)
    found: dict[tuple[str, str, str], list[str]] = {}
    for r in some.iter_rows(named=True):
        key = shown_key(r["key"], r["group_id"])
        text = f"{key}　{masked(r['before']) or '（空）'}→{masked(r['after']) or '（空）'}"
        found.setdefault((r["area"], r["group_id"], r["item"]), []).append(text)
    return {place: "\n".join(texts) for place, texts in found.items()}


def distribution_sheet(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> Sheet:
    """RPT-06: how values are distributed before and after loading."""
    columns = (
        ("業務", 24),
        ("出力", 24),
        ("項目", 28),
        ("測り方", 22),
        ("出力の数", 13),
        ("取込後の数", 13),
        ("増減", 12),
        ("増減の率", 10),
        ("強調", 10),
    )
    found = read_reconciled(reconciled, "distributions")
    lead = (
        f"コード値別件数・空欄・桁数・最小最大の前後。{LARGE}%を超えて動いたものを「要確認」とし、大きく動いた順に出す"
        "（抽出漏れの発見）。最小値・最大値は値を載せず、1＝相違。"
    )
    if found is None or found.is_empty():
        return Sheet("RPT-06", "分布比較表", NOT_DONE, lead, columns, why=NOT_LOADED)
    before, after = pl.col("before").fill_null(0), pl.col("after").fill_null(0)
    moved = (
        found.with_columns(d=after - before)
        .with_columns(share=pl.col("d").abs() * 100 / pl.max_horizontal(before.abs(), 1))
        .sort("share", "area", "group_id", "item", "measure", descending=[True, False, False, False, False])
    )
    rows = [
        (
            area_name(run, r["area"]),
            group_name(run, r["area"], r["group_id"]),
            r["item"],
            shown_measure(r["measure"]),
            r["before"],
            r["after"],
            r["d"],
            f"{r['share']:.1f}%" if r["d"] else "",
            LOOK if r["share"] > LARGE else "動いた" if r["d"] else "",
        )
        for r in moved.head(LISTED).iter_rows(named=True)
    ]
    return Sheet("RPT-06", "分布比較表", state_of(areas, "RPT-06"), lead, columns, **listed(rows, moved.height))


def difference_sheets(run: RunFiles, reconciled: Path | None, *, unmasked: Unmasked) -> list[Sheet]:
    """RPT-18: every difference after loading with its class; RPT-18b: how many of each class."""
    columns = (
        ("業務", 24),
        ("出力・報告書", 26),
        ("項目", 24),
        ("種別", 14),
        ("キー", 30),
        ("出力の値", 20),
        ("取込後の値", 20),
        ("説明", 22),
        ("分類", 12),
        ("理由", 28),
        ("判定者", 16),
    )
    found = read_reconciled(reconciled, "differences")
    lead = "取込後との差を A源泉不備・B変換規則・C仕様差・D取込・E許容 に分ける。B と D は直して取り込み直すまで未達。"
    if found is None:
        empty = Sheet("RPT-18", "差異分類表", NOT_DONE, lead, columns, why=NOT_LOADED)
        return [empty, _counted([], NOT_DONE)]
    ordered = found.sort(
        pl.col("class").is_in(_OPEN),
        "area",
        "group_id",
        "item",
        "key",
        descending=[True, False, False, False, False],
    )
    shown = ordered.head(LISTED)
    if unmasked:
        shown = disclosed_differences(run, shown)
    figures = [_figure(run, r) for r in _off(read_reconciled(reconciled, "figures")).iter_rows(named=True)]
    others = _others(read_reconciled(reconciled, "compared"))
    by_report = others.group_by("area", "report", "class").len() if others.height else others
    rows = [
        *figures,
        *(_cell(run, r, unmasked=unmasked) for r in shown.iter_rows(named=True)),
        *(_other(run, r) for r in others.head(LISTED).iter_rows(named=True)),
    ]
    standing: set[object] = {CLASSES[letter] for letter in _OPEN}
    rows.sort(key=lambda row: row[8] not in standing)
    counts = [
        *((row[0], "RPT-03・04 金額・人数", row[8], 1) for row in figures),
        *(
            (area_name(run, area), "RPT-02・05 件数・項目値", CLASSES[letter], count)
            for area, letter, count in found.group_by("area", "class").len().iter_rows()
        ),
        *(
            (area_name(run, area), _REPORTS[report], CLASSES[letter], count)
            for area, report, letter, count in by_report.iter_rows()
        ),
    ]
    total, unclassed = sum(row[3] for row in counts), sum(row[3] for row in counts if row[2] == CLASSES[""])
    state = MISSED if unclassed else REASONED if total else NONE
    told = f"{lead}差 {total:,}件、うち未分類 {unclassed:,}件（未分類が残るあいだは未達）。"
    first = Sheet("RPT-18", "差異分類表", state, told, columns, **listed(rows, total), why="差はない。")
    return [first, _counted(counts, state)]


_REPORTS = {"RPT-15": "RPT-15 帳票", "RPT-16": "RPT-16 計算", "RCN-014": "RCN-014 住基ネット等"}


def _counted(counts: Sequence[tuple[str, str, str, int]], state: str) -> Sheet:
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for area, report, name, count in counts:
        row = sums.setdefault((area, report), {})
        row[name] = row.get(name, 0) + count
    names = list(CLASSES.values())
    rows: list[tuple[Any, ...]] = [
        (area, report, *(row.get(name, 0) for name in names), sum(row.values()))
        for (area, report), row in sorted(sums.items())
    ]
    if rows:
        sums_of = {name: sum(row.get(name, 0) for row in sums.values()) for name in names}
        rows.insert(0, ("全業務", "合計", *sums_of.values(), sum(sums_of.values())))
    return Sheet(
        "RPT-18b",
        "差異の分類別件数",
        state,
        "RPT-18 の差を、業務と報告書ごとに分類で数えた。",
        (("業務", 26), ("報告書", 28), *((name, 13) for name in names), ("計", 11)),
        rows,
        why=NOT_LOADED if state == NOT_DONE else "差はない。",
    )


def _off(figures: pl.DataFrame | None) -> pl.DataFrame:
    """Figures that do not agree, before loading or after."""
    if figures is None:
        return pl.DataFrame()
    return figures.filter((pl.col("差_取込").fill_null(0) != 0) | pl.col("判定").eq_missing("不一致"))


def _figure(run: RunFiles, r: Mapping[str, Any]) -> tuple[Any, ...]:
    links = (("源泉−現行", r["差_源泉"]), ("出力−源泉", r["差_出力"]), ("取込−出力", r["差_取込"]))
    gaps = "、".join(f"{link} {gap:+,}" for link, gap in links if gap)
    return (
        area_name(run, r["area"]),
        "RPT-03 金額" if r["単位"] == "円" else "RPT-04 人数",
        r["項目"],
        "金額・件数",
        f"{r['帳票名']} {r['区分'] or ''}".strip(),
        "" if r["出力値"] is None else f"{r['出力値']:,}",
        NOT_DONE if r["取込値"] is None else f"{r['取込値']:,}",
        gaps or (f"数でない {r['非数値']:,}件" if r["非数値"] else ""),
        CLASSES[r.get("class") or ""],
        r.get("reason") or "",
        "",
    )


def _cell(run: RunFiles, r: Mapping[str, Any], *, unmasked: Unmasked) -> tuple[Any, ...]:
    shown = may_show(unmasked, r["area"])
    values = (((r[n] or "") if shown else masked(r[n])) for n in ("before", "after"))
    return (
        area_name(run, r["area"]),
        group_name(run, r["area"], r["group_id"]),
        r["item"],
        r["kind"],
        shown_key(r["key"], r["group_id"]),
        *values,
        r["explained_by"],
        CLASSES[r["class"]],
        r["reason"],
        r["by"],
    )


def _others(compared: pl.DataFrame | None) -> pl.DataFrame:
    return pl.DataFrame() if compared is None else compared


def _other(run: RunFiles, r: Mapping[str, Any]) -> tuple[Any, ...]:
    name = f"{_REPORTS[r['report']]}　{r['name']}"
    key = shown_key(r["key"], "")
    place = (area_name(run, r["area"]), name, r["item"], "新旧の差", key)
    return (*place, masked(r["before"]), masked(r["after"]), "", CLASSES[r["class"]], r["reason"], "")
