"""RCN-006 文字照合：入った文字と出た文字の数が、規則・表・決定で全て説明できる。

Issued by: the cities' RFPs (文字の照合); law 2 of ikou: every code point has an explanation. For each area
and code point: in + explained = out, where every explanation (a rule's changes, a held cell, an isolated
record, an exclusion) carries a signed count and a name. A remainder is a character lost or made. Source: rule
catalogue RCN-006 (RPT-07).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import rows_of, view_columns, whole_findings


def code_points(values: pl.Series) -> pl.DataFrame:
    """How often each code point stands in the values: code_point (UInt32) and count (Int64), sorted.

    >>> code_points(pl.Series(["髙", "髙橋"])).rows()
    [(27211, 1), (39641, 2)]
    """
    from char_mapping.kernels.histogram import code_point_histogram

    points, counts = code_point_histogram(values.drop_nulls().cast(pl.String).to_arrow())
    return pl.DataFrame({"code_point": pl.Series(points, dtype=pl.UInt32), "count": pl.Series(counts, dtype=pl.Int64)})


def explained(before: pl.Series, after: pl.Series, by: str) -> pl.DataFrame:
    """What a change of values did to the counts: code_point, count (signed), explained_by; zero rows left out.

    >>> explained(pl.Series(["ｱ-"]), pl.Series(["アー"]), "NAM-011").rows()
    [(45, -1, 'NAM-011'), (12450, 1, 'NAM-011'), (12540, 1, 'NAM-011'), (65393, -1, 'NAM-011')]
    """
    lost = code_points(before).with_columns(count=-pl.col("count"))
    both = pl.concat([lost, code_points(after)]).group_by("code_point").agg(pl.col("count").sum())
    return both.filter(pl.col("count") != 0).sort("code_point").with_columns(explained_by=pl.lit(by))


def unexplained_characters(counts: pl.DataFrame) -> pl.DataFrame:
    """Code points whose counts do not add up.

    Args:
        counts: area, stage (``in``, ``out`` or ``explained``), code_point, count; those of ``explained`` are signed.

    Returns:
        area, code_point, received, explained, written, difference (written − received − explained), sorted, only
        where the difference is not zero.
    """
    def total(stage: str) -> pl.Expr:
        return pl.col("count").filter(pl.col("stage") == stage).sum().cast(pl.Int64)

    summed = counts.group_by("area", "code_point").agg(
        received=total("in"), explained=total("explained"), written=total("out"))
    return summed.with_columns(difference=pl.col("written") - pl.col("received") - pl.col("explained")).filter(
        pl.col("difference") != 0).sort("area", "code_point")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a code point of the view ``reconcile_characters`` that is not explained."""
    if not view_columns(relation, "reconcile_characters"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), "RCN-006")
    found = unexplained_characters(rows_of(relation, """
        SELECT area, stage, code_point, SUM(count)::BIGINT AS count FROM reconcile_characters GROUP BY ALL"""))
    name = pl.col("code_point").map_elements(lambda code: f"U+{code:04X}", return_dtype=pl.String)
    return whole_findings(found.with_columns(
        subject=name, item=pl.lit(""), reason=pl.lit("character"), before=pl.col("difference").cast(pl.String),
        evidence=pl.format("入{} 説明{} 出{} 差{}", "received", "explained", "written", "difference"),
        about=pl.format("{}\x1f{}\x1f{}", "received", "explained", "written")), "RCN-006")
