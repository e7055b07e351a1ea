"""RCN-001 件数照合：受領した記録は、変換・隔離・除外・集約のどれか一つになっている。

Issued by: the cities' RFPs (「件数が現行と一致すること」). 受領 counts data records without header and
trailer; what it does not say (no 受領票) is taken from the decode. The difference is computed here from the
fates, never taken over. Source: rule catalogue RCN-001 (R30; cleansing.md §7.2 RPT-02).

>>> counts = pl.DataFrame({"file": ["a", "b"], "received": [10, None], "decoded": [10, 5], "converted": [7, 5],
...                        "isolated": [1, 0], "excluded": [1, 0], "collapsed": [0, 0]})
>>> record_differences(counts)["difference"].to_list()
[1, 0]
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import rows_of, view_columns, whole_findings

_FATES = ("converted", "isolated", "excluded", "collapsed")


def record_differences(counts: pl.DataFrame) -> pl.DataFrame:
    """The counts with ``difference``: records received that have no fate (negative: more fates than records).

    ``counts`` has one row a file with Int64 columns received (may be null), decoded, converted, isolated, excluded
    and collapsed.
    """
    fates = pl.sum_horizontal(pl.col(name).fill_null(0) for name in _FATES)
    return counts.with_columns(difference=pl.coalesce("received", "decoded") - fates)


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a file of the view ``reconcile_records`` whose records do not add up."""
    if not view_columns(relation, "reconcile_records"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), "RCN-001")
    counts = record_differences(rows_of(relation, "SELECT * FROM reconcile_records"))
    found = counts.filter(pl.col("difference") != 0)
    return whole_findings(found.with_columns(
        subject=pl.col("file"), item=pl.lit(""), reason=pl.lit("records"), before=pl.col("difference").cast(pl.String),
        evidence=pl.format("受領{}件に対し行き先の無い記録{}件", pl.coalesce("received", "decoded"), "difference"),
        about=pl.concat_str(*(pl.col(name).fill_null(0).cast(pl.String) for name in _FATES), separator="\x1f")),
        "RCN-001")
