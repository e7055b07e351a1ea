"""FIL-016 キー重複（物理）: several records of one source have the same key.

Issued by: domain knowledge (△). Records that agree in every item the key files hold may be made one, by
decision only; records that differ are two statements about one key, and somebody has to say which is right.
Nothing is removed here.

>>> import duckdb
>>> from rules.trial import context
>>> relation = duckdb.connect()
>>> _ = relation.execute('''CREATE VIEW persons AS SELECT * FROM (VALUES
...     ('001', 'resident', 'jumin', 'E.dat', 1, 0, '100/1', '山田'),
...     ('001', 'resident', 'jumin', 'E.dat', 2, 9, '100/1', '山田'),
...     ('001', 'resident', 'jumin', 'E.dat', 3, 18, '200/1', '鈴木'),
...     ('001', 'resident', 'jumin', 'E.dat', 4, 27, '200/1', '佐藤'))
...     t(area, group_id, source, file, record_no, byte_offset, subject, person_name)''')
>>> find_whole(relation, context([])).select("subject", "reason", "record_no").rows()
[('100/1', 'identical', 2), ('200/1', 'different', 4)]
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import WHOLE_FINDING_SCHEMA, RuleContext

_VIEWS = ("persons", "support", "addressees")
_LINEAGE = "area, group_id, source, file, record_no, byte_offset, subject"


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a repeated key, on its last record; ``identical`` or ``different`` in the items of the key files."""
    there = {row[0] for row in relation.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
    views = [view for view in _VIEWS if view in there]
    if not views:
        return pl.DataFrame(schema=WHOLE_FINDING_SCHEMA)
    # A record may give several rows; only other records are repetitions.
    parts = " UNION ALL ".join(
        f"""SELECT {_LINEAGE}, md5(CAST(row(COLUMNS(* EXCLUDE ({_LINEAGE}))) AS VARCHAR)) AS content
            FROM {view} SEMI JOIN (
                SELECT area, group_id, source, subject FROM {view} WHERE subject IS NOT NULL
                GROUP BY ALL HAVING min(file) <> max(file) OR min(record_no) <> max(record_no)
            ) USING (area, group_id, source, subject)"""
        for view in views
    )
    found = relation.sql(
        f"""WITH rows AS ({parts}),
        records AS (
            SELECT {_LINEAGE}, md5(string_agg(content, '' ORDER BY content)) AS content FROM rows GROUP BY ALL
        )
        SELECT area, group_id, source, arg_max(file, (file, record_no)) AS file,
            arg_max(record_no, (file, record_no)) AS record_no, arg_max(byte_offset, (file, record_no)) AS byte_offset,
            subject, 'FIL-016' AS rule_id, '' AS item,
            CASE WHEN count(DISTINCT content) = 1 THEN 'identical' ELSE 'different' END AS reason,
            NULL::VARCHAR AS before, NULL::VARCHAR AS candidate,
            string_agg(file || ' ' || record_no, '、' ORDER BY file, record_no) AS evidence,
            string_agg(content, chr(31) ORDER BY file, record_no) AS about
        FROM records GROUP BY area, group_id, source, subject ORDER BY area, group_id, source, subject"""
    ).to_arrow_table()
    rows = pl.DataFrame(found)
    return rows.select(pl.col(name).cast(dtype) for name, dtype in WHOLE_FINDING_SCHEMA.items())
