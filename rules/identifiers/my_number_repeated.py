"""IDN-007 個人番号の一意性：一つの個人番号が、二つ以上の宛名番号に付いている（同一人の候補、または誤った紐付け）。

Issued by: 番号法 (one number a person) and the 総点検 of wrong links (R24). The key files hold a keyed digest of
the number and never the number: equal digests are equal numbers. Compared are current rows, within the areas that
may hold it. Rows with one birth date are candidates for one person; other ones are a wrong link. The number stands
in no column of the finding. Source: rule catalogue IDN-007 (R2).

>>> import duckdb
>>> from rules.trial import context
>>> relation = duckdb.connect()
>>> _ = relation.execute('''CREATE VIEW persons AS SELECT * FROM (VALUES
...     ('001', 'resident', 'jumin', 'J.dat', 1, 0, '100/1', '100', '1', 'a1', '1980-01-02'),
...     ('001', 'resident', 'jumin', 'J.dat', 2, 0, '200/1', '200', '1', 'a1', '1990-05-06'),
...     ('001', 'resident', 'jumin', 'J.dat', 3, 0, '300/1', '300', '1', 'b2', '1980-01-02'))
...     t(area, group_id, source, file, record_no, byte_offset, subject, person_number, person_latest,
...       person_my_number_digest, person_birth_date)''')
>>> find_whole(relation, context([])).select("subject", "reason", "before").rows()
[('100/1|200/1', 'other_birth_date', None)]
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import item_name, rows_of, select_columns, whole_findings

_READ = ("person_number", "person_latest", "person_deleted", "person_my_number_digest", "person_birth_date")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a number that several 宛名番号 have, at its last row."""
    read = select_columns(relation, "persons", *_READ)
    found = rows_of(
        relation,
        f"""WITH current AS (
            SELECT * FROM (SELECT {read} FROM persons)
            WHERE person_my_number_digest IS NOT NULL AND person_number IS NOT NULL
              AND COALESCE(person_latest, '1') = '1' AND COALESCE(person_deleted, '0') = '0'),
        -- Almost every number has one holder: only the rows of the others are put side by side.
        suspects AS MATERIALIZED (
            SELECT person_my_number_digest FROM current GROUP BY ALL HAVING MIN(person_number) <> MAX(person_number)),
        held AS (
            SELECT *, row(area, source, file, record_no) AS place
            FROM current SEMI JOIN suspects USING (person_my_number_digest))
        SELECT arg_max(area, place) AS area, arg_max(group_id, place) AS group_id, arg_max(source, place) AS source,
            arg_max(file, place) AS file, arg_max(record_no, place) AS record_no,
            arg_max(byte_offset, place) AS byte_offset,
            string_agg(DISTINCT subject, '|' ORDER BY subject) AS subject,
            CASE WHEN COUNT(DISTINCT person_birth_date) > 1 THEN 'other_birth_date'
                ELSE 'same_birth_date' END AS reason,
            '宛名番号 ' || COUNT(DISTINCT person_number) || ' 件が同じ個人番号' AS evidence,
            string_agg(DISTINCT person_number, chr(31) ORDER BY person_number) AS about
        FROM held GROUP BY person_my_number_digest""",
    )
    return whole_findings(found.with_columns(item=pl.lit(item_name(ctx, "person.my_number"))), "IDN-007")
