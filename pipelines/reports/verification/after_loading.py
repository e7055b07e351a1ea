"""RPT-05, RPT-06 and RPT-18: what the new system holds beside what was handed over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, REASONED, AreaVerdict, read_reconciled
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.masking import disclosed_differences, masked, shown_key
from pipelines.reports.verification.old_and_new import CLASSES
from pipelines.reports.verification.sheet import LISTED, Sheet, area_name, listed, state_of


def item_sheet(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> Sheet:
    """RPT-05: every item of every record loaded beside the one handed over."""
    columns = (
        ("業務", 24),
        ("出力", 18),
        ("項目", 28),
        ("比べた件数", 12),
        ("一致", 12),
        ("説明のつく差", 12),
        ("未説明の差", 12),
        ("値を変えた規則（源泉→出力）", 48),
        ("判定", 9),
    )
    found = read_reconciled(reconciled, "items")
    lead = "取込後の全件・全項目を主キーで出力と比べた。源泉から出力までの変更は規則番号で示す。"
    if found is None or found.is_empty():
        return Sheet("RPT-05", "項目照合表", NOT_DONE, lead, columns)
    rows = [
        (
            area_name(run, r["area"]),
            r["group_id"],
            r["item"],
            r["compared"],
            r["same"],
            r["explained"],
            r["unexplained"],
            r["changed_by"],
            NOT_DONE if r["compared"] is None else MISSED if r["unexplained"] else REASONED if r["explained"] else NONE,
        )
        for r in found.iter_rows(named=True)
    ]
    rows.sort(key=lambda row: -(row[6] or 0))
    return Sheet("RPT-05", "項目照合表", state_of(areas, "RPT-05"), lead, columns, rows)


def distribution_sheet(areas: Sequence[AreaVerdict], reconciled: Path | None) -> Sheet:
    """RPT-06: how values are distributed before and after loading."""
    columns = (
        ("業務", 8),
        ("出力", 18),
        ("項目", 28),
        ("測り方", 22),
        ("出力", 12),
        ("取込後", 12),
        ("増減", 12),
        ("", 10),
    )
    found = read_reconciled(reconciled, "distributions")
    lead = "コード値別件数・空欄・桁数・最小最大の前後。変わったものを上に出す（最小値・最大値は値を載せず、1＝相違）。"
    if found is None or found.is_empty():
        return Sheet("RPT-06", "分布比較表", NOT_DONE, lead, columns)
    moved = found.with_columns(d=pl.col("after").fill_null(0) - pl.col("before").fill_null(0)).sort(
        pl.col("d") != 0, "area", "group_id", "item", "measure", descending=[True, False, False, False, False]
    )
    rows = [
        (r["area"], r["group_id"], r["item"], r["measure"], r["before"], r["after"], r["d"], "確認" if r["d"] else "")
        for r in moved.head(LISTED).iter_rows(named=True)
    ]
    return Sheet("RPT-06", "分布比較表", state_of(areas, "RPT-06"), lead, columns, **listed(rows, moved.height))


def difference_sheet(run: RunFiles, reconciled: Path | None, *, unmasked: bool) -> Sheet:
    """RPT-18: every difference after loading with its class."""
    columns = (
        ("業務", 8),
        ("出力", 18),
        ("項目", 24),
        ("種別", 14),
        ("キー", 28),
        ("出力の値", 20),
        ("取込後の値", 20),
        ("説明", 22),
        ("分類", 12),
        ("理由", 28),
        ("判定者", 12),
    )
    found = read_reconciled(reconciled, "differences")
    lead = "取込後との差を A源泉不備・B変換規則・C仕様差・D取込・E許容 に分ける。B と D は直して取り込み直すまで未達。"
    if found is None:
        return Sheet("RPT-18", "差異分類表", NOT_DONE, lead, columns)
    ordered = found.sort(
        pl.col("class").is_in(["", "B", "D"]),
        "area",
        "group_id",
        "item",
        "key",
        descending=[True, False, False, False, False],
    ).head(LISTED)
    if unmasked:
        ordered = disclosed_differences(run, ordered)
    rows = [
        (
            r["area"],
            r["group_id"],
            r["item"],
            r["kind"],
            shown_key(r["key"], r["group_id"]),
            *(((r[n] or "") if unmasked else masked(r[n])) for n in ("before", "after")),
            r["explained_by"],
            CLASSES[r["class"]],
            r["reason"],
            r["by"],
        )
        for r in ordered.iter_rows(named=True)
    ]
    unclassed = found.filter(pl.col("class") == "").height
    state = MISSED if unclassed else REASONED if found.height else NONE
    return Sheet(
        "RPT-18", "差異分類表", state, f"{lead}未分類 {unclassed:,}件。", columns, **listed(rows, found.height)
    )
