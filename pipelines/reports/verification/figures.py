"""RPT-03 and RPT-04: amounts and people, 現行帳票値 = 源泉復号 = 出力 = 取込後."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, AreaVerdict, figures_of, read_reconciled
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.old_and_new import CLASSES
from pipelines.reports.verification.sheet import Sheet, area_name, listed, reconciled_by_run, state_of

_COLUMNS = (
    ("業務", 20),
    ("帳票名", 22),
    ("項目", 17),
    ("区分", 22),
    ("現行帳票値", 15),
    ("源泉復号", 15),
    ("除外", 9),
    ("隔離", 9),
    ("保留", 9),
    ("規則・\n判断", 9),
    ("出力", 15),
    ("取込後", 15),
    ("源泉−現行", 12),
    ("出力−源泉", 12),
    ("取込−出力", 12),
    ("数で\nない", 7),
    ("判定", 9),
    ("分類", 11),
    ("理由", 22),
)
_LEAD = (
    "現行帳票値＝源泉復号＝出力（＋除外・隔離・保留−規則・判断）＝取込後。"
    "提出のないものは未実施で、差0ではない。差は分類（A〜E）と理由が付くまで未達。"
)
FEW = 10
"""Residents of a town below whom it is not named."""
_TOGETHER = f"{FEW}人未満の町字（合わせて）"
_SEXES = {"1": "男", "2": "女"}
WRITTEN, LOADED = "出力", "取込後"


def figure_sheets(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> list[Sheet]:
    """RPT-03 and RPT-04: the chain of every figure of the city; RPT-04b: people by age, sex and town."""
    loaded = read_reconciled(reconciled, "figures")
    chain = figures_of(run) if loaded is None else loaded
    sheets = []
    for number, name, where in (
        ("RPT-03", "金額照合表", pl.col("単位") == "円"),
        ("RPT-04", "人数照合表", pl.col("単位") != "円"),
    ):
        rows = [_link(run, r) for r in chain.filter(where).iter_rows(named=True)]
        if number == "RPT-04":
            described = chain.select("area", "帳票名", "項目", "区分")
            others = run.controls().join(described, on=["area", "帳票名", "項目", "区分"], how="anti", nulls_equal=True)
            rows += [_ends(run, r) for r in others.iter_rows(named=True)]
            rows.sort(key=lambda row: (row[0], row[1], row[2]))
        why = "現行帳票の値（controls/）と、それが何を数えたものか（figures/）の提出がない。"
        state = state_of(areas, number) if rows else NOT_DONE
        sheets.append(Sheet(number, name, state, _LEAD, _COLUMNS, **listed(rows, len(rows)), why=why))
    return [*sheets, _composition(run, reconciled)]


def _link(run: RunFiles, r: Mapping[str, Any]) -> tuple[Any, ...]:
    gap = r.get("差_取込")
    off = r["判定"] == "不一致" or bool(gap)
    told = (r[n] if r[n] is not None else NOT_DONE for n in ("現行値", "源泉値"))
    return (
        area_name(run, r["area"]),
        r["帳票名"],
        r["項目"],
        r["区分"],
        *told,
        *(r[n] for n in ("除外値", "隔離値", "保留値", "規則値")),
        r["出力値"] if r["出力値"] is not None else NOT_DONE,
        r.get("取込値") if r.get("取込値") is not None else NOT_DONE,
        r["差_源泉"],
        r["差_出力"],
        gap,
        r["非数値"],
        MISSED if off else r["判定"] or NOT_DONE,
        CLASSES[r.get("class") or ""] if off else "",
        r.get("reason") or "",
    )


def _ends(run: RunFiles, r: Mapping[str, Any]) -> tuple[Any, ...]:
    """A figure that is counted over what was converted alone: the same number is counted once."""
    off = r["判定"] == "不一致"
    return (
        area_name(run, r["area"]),
        r["帳票名"],
        r["項目"],
        r["区分"],
        r["現行値"] if r["現行値"] is not None else NOT_DONE,
        "―",
        None,
        None,
        None,
        None,
        r["移行値"],
        NOT_DONE,
        None,
        r["差"],
        None,
        None,
        MISSED if off else r["判定"],
        CLASSES[""] if off else "",
        "出力だけから数える（現行＝出力）",
    )


def _composition(run: RunFiles, reconciled: Path | None) -> Sheet:
    """RPT-04b: present residents by five years of age and sex, and by town, on every side that was counted."""
    made, loaded = reconciled_by_run(run, "ages"), read_reconciled(reconciled, "ages")
    lead = (
        "住民（現存する人）を、年齢5歳階級×性別、区×町字×性別で数えた。年齢は基準日での満年齢。"
        "人の少ない町字は名を載せない。"
    )
    columns = (
        ("くくり", 20),
        ("区", 10),
        ("町字・年齢階級", 34),
        ("性別", 8),
        ("現行帳票値", 14),
        ("出力", 14),
        ("取込後", 14),
        ("差", 12),
        ("判定", 10),
    )
    if made is None or made.is_empty():
        why = "住民基本台帳をこの実行で移行していない。"
        return Sheet("RPT-04b", "人口構成（年齢・性別・町字）", NOT_DONE, lead, columns, why=why)
    told = dict(
        run.controls().filter(pl.col("現行値").is_not_null()).select(
            pl.concat_str("項目", "区分", separator="/", ignore_nulls=True), "現行値"
        ).iter_rows()
    )  # fmt: skip
    people = people_by_age(made, loaded)
    after = any(side == LOADED for side, _, _ in people)
    rows: list[tuple[Any, ...]] = []
    classes = {(age, sex) for _, age, sex in people}
    for age, sex in sorted(classes, key=lambda one: (one[0] is None, one[0] or 0, one[1])):
        theirs = told.get(f"年齢別人口/{'不詳' if age is None else f'{age}-{age + 4}'}/{sex}")
        new = people.get((LOADED, age, sex), 0) if after else None
        label = "年齢不詳" if age is None else f"{age}〜{age + 4}歳"
        rows.append(_composed("年齢5歳階級×性別", "", label, sex, theirs, people.get((WRITTEN, age, sex), 0), new))
    sexed = made.with_columns(sex=pl.col("性別").fill_null("0").replace_strict(_SEXES, default="不明"))
    # Where few people live a count says who lives there: such towns are counted together.
    few = pl.col("人数").sum().over("区", "町字") < FEW
    named = pl.col("町字").fill_null("（記載なし）")
    shown = sexed.with_columns(町字=pl.when(few).then(pl.lit(_TOGETHER)).otherwise(named))
    towns = shown.group_by("区", "町字", "sex").agg(pl.col("人数").sum()).sort("区", "町字", "sex", nulls_last=True)
    rows += [
        _composed("区×町字×性別", ward or "", town, sex, None, people, None)
        for ward, town, sex, people in towns.iter_rows()
    ]
    verdicts = {row[-1] for row in rows}
    state = MISSED if MISSED in verdicts else NONE if verdicts == {NONE} else NOT_DONE
    return Sheet("RPT-04b", "人口構成（年齢・性別・町字）", state, lead, columns, **listed(rows, len(rows)))


def people_by_age(made: pl.DataFrame | None, loaded: pl.DataFrame | None) -> dict[tuple[str, int | None, str], int]:
    """(出力 | 取込後, age class, 男 | 女 | 不明) → people; 取込後 only where something was extracted again.

    Args:
        made: ``reconcile/ages.parquet`` of the run.
        loaded: ``ages.parquet`` of ``ikou reconcile``.
    """
    frames = []
    if made is not None:
        frames.append(
            made.select(side=pl.lit(WRITTEN), age="年齢階級", sex=pl.col("性別").replace(_SEXES), count="人数")
        )
    if loaded is not None:
        frames.append(loaded.filter(pl.col("side") == LOADED).select("side", "age", "sex", "count"))
    found: dict[tuple[str, int | None, str], int] = {}
    for side, age, sex, count in (row for frame in frames for row in frame.iter_rows()):
        key = (side, age, sex if sex in _SEXES.values() else "不明")
        found[key] = found.get(key, 0) + count
    return found


def _composed(
    kind: str, ward: str, label: str, sex: str, theirs: int | None, ours: int, new: int | None
) -> tuple[Any, ...]:
    gaps = [ours - theirs] if theirs is not None else []
    gaps += [new - ours] if new is not None else []
    gap = next((one for one in gaps if one), 0) if gaps else None
    verdict = NOT_DONE if gap is None else MISSED if gap else NONE
    shown = (one if one is not None else NOT_DONE for one in (theirs, ours, new))
    return (kind, ward, label, sex, *shown, gap, verdict)
