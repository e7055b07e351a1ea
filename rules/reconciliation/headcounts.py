"""RCN-003 人数照合：人口・世帯・区別・外国人・除票・住登外・支援措置の人数が、現行帳票の値と一致する。

Issued by: the cities' RFPs (「人数が現行と一致すること」), 住民記録システム標準仕様書 (人口統計). The city's
own figures come from its control sheets, never from the data; each is compared with the count over what was
converted. A figure that was not supplied is 未実施, never 差0. Source: rule catalogue RCN-003 (R30, R1;
cleansing.md §7.2 RPT-04).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.households.residents import CURRENT, LIVING, residents
from rules.reconciliation.amounts import MONEY, figure_findings
from rules.references.relations import rows_of, select_columns, view_columns, whole_findings

_SEX = {"1": "男", "2": "女", "0": "不明"}


AGES, TOWNS = "年齢別人口", "町字別年齢別人口"
"""Figures that are counted only where a control sheet asks for them: 区分 is 0-4/男 and 町字/0-4/男."""


def headcounts(
    relation: duckdb.DuckDBPyConnection, ward_names: Mapping[str, str] | None = None, as_of: date | None = None,
    asked: Collection[str] = (),
) -> pl.DataFrame:
    """What was converted, in the words of the control sheets.

    Args:
        relation: Connection with the views ``persons`` and, where there are such groups, ``support``, ``addressees``.
        ward_names: Ward code → name; a ward without a name keeps its code.
        as_of: The day ages are counted at; without it no age is.
        asked: 項目 of the control sheets, for the figures of AGES and TOWNS.

    Returns:
        Columns 項目, 区分 (String) and 移行値 (Int64), one row a figure, sorted.
    """
    wards = dict(ward_names or {})
    living = rows_of(relation, f"""
        SELECT COALESCE(person_sex, '0') AS sex, person_kind AS kind, ward_code AS ward, COUNT(*) AS 移行値
        FROM {residents(relation)} GROUP BY ALL""")
    single = rows_of(relation, f"""
        SELECT '世帯数' AS 項目, COUNT(DISTINCT person_household_number) AS 移行値 FROM {residents(relation)}
        UNION ALL SELECT '除票数', COUNT(*) FROM {residents(relation, f"{CURRENT} AND NOT ({LIVING})")}""")

    def figure_of(name: str, part: pl.DataFrame, classes: pl.Expr) -> pl.DataFrame:
        counted = part.group_by(classes.alias("区分")).agg(pl.col("移行値").sum())
        return counted.select(pl.lit(name).alias("項目"), "区分", pl.col("移行値").cast(pl.Int64))

    whole = living["移行値"].sum()
    parts = [
        pl.DataFrame({"項目": ["人口総数", "外国人人口"], "区分": ["", ""],
                      "移行値": [whole, living.filter(pl.col("kind") == "2")["移行値"].sum()]}),
        single.select("項目", pl.lit("").alias("区分"), pl.col("移行値").cast(pl.Int64)),
        figure_of("男女別人口", living, pl.col("sex").replace(_SEX)),
        figure_of("区別人口", living.filter(pl.col("ward").is_not_null()), pl.col("ward").replace(wards)),
    ]
    if as_of is not None and (AGES in asked or TOWNS in asked):
        ages = age_table(relation, as_of).with_columns(
            pl.col("性別").fill_null("0").replace(_SEX), 移行値="人数",
            階級=pl.when(pl.col("年齢階級").is_null()).then(pl.lit("不詳"))
            .otherwise(pl.format("{}-{}", "年齢階級", pl.col("年齢階級") + 4)),
        )
        classes = pl.concat_str("階級", "性別", separator="/")
        towns = pl.concat_str(pl.col("町字").fill_null(""), classes, separator="/")
        parts += [figure_of(n, ages, c) for n, c in ((AGES, classes), (TOWNS, towns)) if n in asked]
    for view, figure in (("addressees", "住登外者数"), ("support", "支援措置対象者数")):
        if view_columns(relation, view):
            parts.append(rows_of(relation, f"""
                SELECT '{figure}' AS 項目, '' AS 区分, COUNT(DISTINCT person_number)::BIGINT AS 移行値
                FROM (SELECT {select_columns(relation, view, 'person_number')} FROM {view})"""))
    return pl.concat(parts).sort("項目", "区分")


def age_table(relation: duckdb.DuckDBPyConnection, as_of: date) -> pl.DataFrame:
    """Present residents by ward, town, five-year age group and sex.

    Returns:
        Columns 区, 町字, 年齢階級 (0, 5, 10 …, null where the birth date is 不詳 or no day of a calendar), 性別, 人数.
        Age turns on the day of birth itself, as in 人口統計; 29 February counts as 1 March in common years.
    """
    return rows_of(relation, f"""
        SELECT ward_code AS 区, address_town AS 町字,
               date_sub('year', TRY_CAST(person_birth_date AS DATE), ?::DATE) // 5 * 5 AS 年齢階級,
               person_sex AS 性別, COUNT(*) AS 人数
        FROM {residents(relation)} GROUP BY ALL ORDER BY ALL NULLS LAST""", [as_of])


def compare_controls(controls: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """The city's figures beside ours.

    Args:
        controls: 帳票名, 項目, 区分, 値 (Int64; null = not supplied) and whatever else the sheet says.
        counted: From :func:`headcounts`.

    Returns:
        The controls with 現行値, 移行値, 差 (移行 − 現行) and 判定 一致 | 不一致 | 未実施. A class with no resident
        counts 0 when its figure was counted at all; a figure we do not count is 未実施.
    """
    keyed = controls.with_columns(pl.col("区分").fill_null(""), 現行値=pl.col("値").cast(pl.Int64)).drop("値")
    joined = keyed.join(counted, on=["項目", "区分"], how="left", maintain_order="left")
    known = pl.col("項目").is_in(counted["項目"].unique().to_list())
    ours = pl.when(known).then(pl.col("移行値").fill_null(0)).otherwise(None)
    return joined.with_columns(移行値=ours).with_columns(差=pl.col("移行値") - pl.col("現行値")).with_columns(
        判定=pl.when(pl.col("差").is_null()).then(pl.lit("未実施"))
        .when(pl.col("差") == 0).then(pl.lit("一致")).otherwise(pl.lit("不一致")))


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a figure of the view ``controls`` (area, 帳票名, 項目, 区分, 値) that does not agree."""
    if not view_columns(relation, "controls"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), "RCN-003")
    names = ctx.params.get("ward_names")
    compared = compare_controls(
        rows_of(relation, "SELECT * FROM controls"),
        headcounts(
            relation, names if isinstance(names, Mapping) else None, ctx.as_of,
            set(rows_of(relation, "SELECT DISTINCT 項目 FROM controls")["項目"])))
    found = compared.filter(pl.col("判定") == "不一致")
    counts = figure_findings(relation, "RCN-003", f"単位 <> '{MONEY}'")
    return pl.concat([counts, whole_findings(found.with_columns(
        subject=pl.concat_str("帳票名", "項目", "区分", separator="/"), item=pl.col("項目"), reason=pl.lit("headcount"),
        before=pl.col("移行値").cast(pl.String), evidence=pl.format("現行{} 移行{} 差{}", "現行値", "移行値", "差"),
        about=pl.format("{}\x1f{}", "現行値", "移行値")), "RCN-003")])
