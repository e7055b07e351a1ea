"""RPT-15, RPT-16 and RCN-014: forms, calculations and counterparts, old beside new."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.reports.disclosure import without_personal_numbers
from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, REASONED, AreaVerdict, read_reconciled
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.masking import Unmasked, disclosed_lists, masked, may_show, shown_key
from pipelines.reports.verification.sheet import LISTED, Sheet, area_name, listed, state_of

CLASSES = {"A": "A 源泉不備", "B": "B 変換規則", "C": "C 仕様差", "D": "D 取込", "E": "E 許容", "": "未分類"}
_TOTAL = "（計）"
_OPEN = ("", "B", "D")
_REPORTS = (
    ("RPT-15", "帳票比較結果", "旧・新で出した帳票（住民票の写し・納税通知書・課税証明書など）の項目差。", "forms.csv"),
    ("RPT-16", "計算比較結果", "税額・保険料などを旧・新で計算した差。数でない金額は差とする。", "recalculation.csv"),
    ("RCN-014", "住基ネット・中間サーバ", "相手の一覧と、移行した住民の最新の値の差。", "counterpart.csv"),
)


def compared_sheets(
    run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None, *, unmasked: Unmasked
) -> list[Sheet]:
    """RPT-15, RPT-16 and RCN-014: lists of the old system beside lists of the new one; RPT-16b: by 金額帯."""
    sheets = []
    for number, name, lead, file in _REPORTS:
        sheets.append(_compared(run, areas, reconciled, (number, name, lead, file), unmasked=unmasked))
        if number == "RPT-16":
            sheets.append(_bands(run, areas, reconciled))
    return sheets


def _compared(
    run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None, report: tuple[str, str, str, str], *,
    unmasked: Unmasked,
) -> Sheet:  # fmt: skip
    number, name, lead, file = report
    money = number == "RPT-16"
    columns = (
        ("業務", 24),
        ("名称", 26),
        ("キー", 22),
        ("項目", 24),
        ("旧", 18),
        ("新", 18),
        *((("差", 14),) if money else ()),
        ("理由", 34),
        ("分類", 12),
        ("判定", 10),
    )
    found, totals = read_reconciled(reconciled, "compared"), read_reconciled(reconciled, "totals")
    done = None if totals is None else totals.filter(pl.col("report") == number)
    if found is None or done is None or done.is_empty():
        why = f"比べる一覧（loaded/<業務>/{file}）の提出がない。"
        return Sheet(number, name, NOT_DONE, lead, columns, why=why)
    rows: list[Sequence[Any]] = []
    for r in done.iter_rows(named=True):
        told = f"{r['compared']:,}件中 差 {r['different']:,}件"
        verdict = NONE if not r["different"] else ""
        rows.append((area_name(run, r["area"]), r["name"], _TOTAL, told, "", "", *((None,) if money else ()), "", "",
                     verdict))  # fmt: skip
    mine = found.filter(pl.col("report") == number)
    shown = disclosed_lists(run, mine.head(LISTED)) if unmasked and not money else mine.head(LISTED)
    for r in shown.iter_rows(named=True):
        show = (lambda text: text or "") if may_show(unmasked, r["area"]) else masked
        rows.append(
            (
                area_name(run, r["area"]),
                r["name"],
                shown_key(r["key"], ""),
                r["item"],
                *(_amount(r[side]) if money else show(r[side]) for side in ("before", "after")),
                *((_gap(r["before"], r["after"]),) if money else ()),
                without_personal_numbers(r["reason"] or ""),
                CLASSES[r["class"]],
                MISSED if r["class"] in _OPEN else REASONED,
            )
        )
    return Sheet(number, name, state_of(areas, number), lead, columns, **listed(rows, mine.height + done.height))


def _bands(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> Sheet:
    columns = (
        ("業務", 26),
        ("計算名", 28),
        ("項目", 24),
        ("金額帯（旧の額）", 24),
        ("対象者", 12),
        ("比べた件数", 12),
        ("差のある件数", 13),
        ("差の合計", 16),
        ("最も大きい差", 16),
    )
    found = read_reconciled(reconciled, "bands")
    lead = "計算比較の対象者と差を、旧の金額帯ごとに数えた（円。差の合計は新−旧、最も大きい差は符号を除く）。"
    state = state_of(areas, "RPT-16")
    if found is None or found.is_empty():
        why = "比べる計算（loaded/<業務>/recalculation.csv）の提出がない。"
        return Sheet("RPT-16b", "計算比較の金額帯", NOT_DONE, lead, columns, why=why)
    rows: list[Sequence[Any]] = []
    for (area, name, item), part in found.group_by(["area", "name", "item"], maintain_order=True):
        place = (area_name(run, str(area)), name, item)
        measures = ("people", "compared", "different", "gap", "largest")
        rows += [(*place, r["band"], *(r[measure] for measure in measures)) for r in part.iter_rows(named=True)]
        sums = (int(part[measure].sum()) for measure in measures[1:4])
        largest = part["largest"].max()
        rows.append((*place, "計", None, *sums, largest))
    return Sheet("RPT-16b", "計算比較の金額帯", state, lead, columns, **listed(rows, len(rows)))


def _amount(text: str | None) -> int | str:
    """An amount as a number; what is none is masked, because it may be anything."""
    try:
        return int((text or "").replace(",", ""))
    except ValueError:
        return masked(text)


def _gap(before: str, after: str) -> int | str:
    one, other = _amount(before), _amount(after)
    return other - one if isinstance(one, int) and isinstance(other, int) else "数でない"
