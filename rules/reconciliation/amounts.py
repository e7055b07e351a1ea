"""RCN-002 金額照合：調定・収納・未納・還付・給付の合計が、現行帳票・源泉・出力で一致する。

Issued by: the cities' RFPs (「金額・件数・人数・合計が現行と一致すること」). The chain of a figure is 現行帳票値 =
源泉復号 = 出力 + 移行しなかった分 (除外・隔離・保留): the city's own figure comes from its control sheet, the source's
from the decoded bytes before anything was done to them, the output's from what was written. An amount that is no number
is counted and named and never read as 0. What was not supplied is 未実施, never 差0. Source: rule catalogue RCN-002 and
RCN-003 (R30; cleansing.md §7.2 RPT-03, RPT-04).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import rows_of, view_columns, whole_findings

MONEY = "円"
"""The unit of amounts (RCN-002); figures in any other unit are counts of people and cases (RCN-003)."""
MONEY_MEANINGS = ("levy.amount", "business.amount")
"""Meanings of the items of an area that levies, collects or pays: its amounts are asked for."""
NOT_DONE, AGREES, DIFFERS, EXPLAINED = "未実施", "一致", "不一致", "理由付き"

_WIDE = dict(zip("０１２３４５６７８９－＋，．　", "0123456789-+,. ", strict=True))
_MINUS = r"^[△▲−]"


def amount_of(text: pl.Expr) -> pl.Expr:
    """The whole number an amount's text says, Int64; null where it says none (blank, or no number).

    Read are half- and full-width digits with a sign before them (also △ and ▲), commas between groups of three, and
    zeros behind a point; ``1,2``, ``12.5`` and ``100-`` are no amounts.

    >>> pl.select(amount_of(pl.lit(pl.Series(["1,234", "△５００", "-7", "12.5", "", "1,2"])))).to_series().to_list()
    [1234, -500, -7, None, None, None]
    """
    plain = _plain(text)
    number = r"^[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.0+)?$"
    digits = plain.str.replace(r"\.0+$", "").str.replace_all(",", "", literal=True).str.replace(r"^\+", "")
    return pl.when(plain.str.contains(number)).then(digits).otherwise(None).cast(pl.Int64, strict=False)


def is_no_amount(text: pl.Expr) -> pl.Expr:
    """Whether something stands there that is no amount; a blank is no amount and no fault either.

    >>> pl.select(is_no_amount(pl.lit(pl.Series(["1", " ", None, "ABC"])))).to_series().to_list()
    [False, False, False, True]
    """
    return (_plain(text).fill_null("") != "") & amount_of(text).is_null()


def _plain(text: pl.Expr) -> pl.Expr:
    wide = text.str.replace_many(list(_WIDE), list(_WIDE.values()))
    return wide.str.strip_chars(" ").str.replace(_MINUS, "-")


def judged(chain: pl.DataFrame) -> pl.DataFrame:
    """The links of every figure: differences and the verdict.

    Args:
        chain: One row a figure and 区分, with Int64 columns 現行値, 源泉値, 除外値, 隔離値, 保留値, 規則値 (what
            rules and decisions made of amounts), 出力値 and 非数値 (cells that hold no amount); a value that was not
            supplied or could not be taken is null.

    Returns:
        The chain with 差_源泉 (源泉 − 現行), 差_出力 (出力 + 除外 + 隔離 + 保留 − 規則 − 源泉) and 判定: 不一致 where a
        difference is not 0 or a cell holds no amount, 理由付き where the links agree and something did not move or a
        rule changed it, 未実施 where nothing was compared, else 一致.
    """
    apart = pl.sum_horizontal(pl.col(name).fill_null(0) for name in ("除外値", "隔離値", "保留値"))
    with_differences = chain.with_columns(
        差_源泉=pl.col("源泉値") - pl.col("現行値"),
        差_出力=pl.col("出力値") + apart - pl.col("規則値").fill_null(0) - pl.col("源泉値"),
    )
    differs = pl.any_horizontal(pl.col(name).fill_null(0) != 0 for name in ("差_源泉", "差_出力", "非数値"))
    reasons = (apart != 0) | (pl.col("規則値").fill_null(0) != 0)
    return with_differences.with_columns(
        判定=pl.when(differs).then(pl.lit(DIFFERS))
        .when(pl.col("差_源泉").is_null()).then(pl.lit(NOT_DONE))
        .when(reasons).then(pl.lit(EXPLAINED))
        .otherwise(pl.lit(AGREES))
    )


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a figure in yen of the view ``reconcile_figures`` that does not agree, and one an amount that is none
    (view ``reconcile_not_numbers``).
    """
    sums = figure_findings(relation, "RCN-002", f"単位 = '{MONEY}'")
    if not view_columns(relation, "reconcile_not_numbers"):
        return sums
    broken = rows_of(relation, "SELECT * FROM reconcile_not_numbers")
    return pl.concat([sums, whole_findings(broken.with_columns(
        item=pl.col("項目"), reason=pl.lit("not_a_number"), evidence=pl.format("{}の金額が数でない", "帳票名"),
        about=pl.col("subject")), "RCN-002")])


def figure_findings(relation: duckdb.DuckDBPyConnection, rule_id: str, where: str) -> pl.DataFrame:
    """One finding a figure of the view ``reconcile_figures`` (as :func:`judged` gives it) that does not agree."""
    if not view_columns(relation, "reconcile_figures"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), rule_id)
    found = rows_of(relation, f"SELECT * FROM reconcile_figures WHERE 判定 = '{DIFFERS}' AND {where}")

    def shown(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.String).fill_null(NOT_DONE)

    told = pl.format(
        "現行{} 源泉{} 出力{} 差（源泉−現行）{} 差（出力−源泉）{} 数でない金額{}件", shown("現行値"), shown("源泉値"),
        shown("出力値"), shown("差_源泉"), shown("差_出力"), pl.col("非数値").fill_null(0),
    )
    return whole_findings(found.with_columns(
        subject=pl.concat_str("帳票名", "項目", "区分", separator="/"), item=pl.col("項目"), reason=pl.lit("figure"),
        before=pl.col("出力値").cast(pl.String), evidence=told,
        about=pl.concat_str(*map(shown, ("現行値", "源泉値", "出力値", "非数値")), separator="\x1f")), rule_id)
