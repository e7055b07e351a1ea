"""NUL-005 欠落率の急変：同じ源泉の中で、ある区（ファイル）だけ項目の欠落率が大きく違う。抽出漏れを見つける。

Issued by: a migration whose 届出日 was missing in one extract definition (R26); the thresholds are domain knowledge
(△). For each source and item of the key files the share of current rows without a value is compared between its
wards, or between its files where no ward is given: 200 rows on each side, 20 points apart, and five times the share
of the rest. One finding an item and ward; the earlier extract's share stands in RPT-06. Source: rule catalogue
NUL-005.

>>> import duckdb
>>> from rules.trial import context
>>> relation = duckdb.connect()
>>> _ = relation.execute('''CREATE VIEW persons AS
...     SELECT '001' area, 'resident' group_id, 'jumin' source, 'J.dat' file, i record_no, 0 byte_offset,
...         i::VARCHAR subject,
...         CASE WHEN i % 2 = 0 THEN '1' ELSE '2' END ward_code,
...         CASE WHEN i % 2 = 0 AND i % 3 > 0 THEN NULL ELSE '2024-04-01' END person_change_date
...     FROM range(1000) t(i)''')
>>> find_whole(relation, context([])).select("subject", "item", "evidence").rows()
[('jumin/1', 'person.change_date', '欠落 66.6%（他 0.0%）')]
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import LINEAGE, rows_of, view_columns, whole_findings

_ROWS, _POINTS, _TIMES = 200, 0.20, 5


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding an item and part of a source whose share of missing values stands out."""
    present = view_columns(relation, "persons")
    items = sorted(present - set(LINEAGE) - {"ward_code", "person_latest", "person_deleted"})
    if not items or "source" not in present:
        return whole_findings(pl.DataFrame(schema={"area": pl.String}), "NUL-005")
    part = "COALESCE(ward_code, file)" if "ward_code" in present else "file"
    current = "COALESCE(person_latest, '1') = '1'" if "person_latest" in present else "true"
    counts = ", ".join(f'COUNT(NULLIF("{name}", \'\')) AS "{name}"' for name in items)
    wide = rows_of(
        relation,
        f"""SELECT area, group_id, source, {part} AS part, COUNT(*) AS size, {counts}
            FROM persons WHERE {current} GROUP BY ALL""",
    )
    return whole_findings(_standing_out(wide, items), "NUL-005")


def _standing_out(wide: pl.DataFrame, items: list[str]) -> pl.DataFrame:
    keys = ["area", "group_id", "source"]
    long = wide.unpivot(items, index=[*keys, "part", "size"], variable_name="column", value_name="filled")
    sums = long.with_columns(
        all_size=pl.col("size").sum().over(*keys, "column"), all_filled=pl.col("filled").sum().over(*keys, "column")
    ).with_columns(missing=1 - pl.col("filled") / pl.col("size"), rest=pl.col("all_size") - pl.col("size"))
    shares = sums.filter(pl.min_horizontal("size", "rest") >= _ROWS).with_columns(
        others=1 - (pl.col("all_filled") - pl.col("filled")) / pl.col("rest")
    )
    found = shares.filter(
        (pl.col("missing") - pl.col("others") >= _POINTS) & (pl.col("missing") >= _TIMES * pl.col("others"))
    )
    percent = [(pl.col(name) * 100).round(1).cast(pl.String) for name in ("missing", "others")]
    return found.with_columns(
        subject=pl.concat_str("source", "part", separator="/"),
        item=pl.col("column").str.replace("_", "."),
        reason=pl.lit("missing"),
        evidence=pl.concat_str(pl.lit("欠落 "), percent[0], pl.lit("%（他 "), percent[1], pl.lit("%）")),
        about=pl.concat_str("source", "part", "column", separator="\x1f"),
    )
