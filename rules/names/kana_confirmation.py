"""NAM-019 フリガナ確認フラグ：フリガナを持つ源泉に、確認の有無の項目が無い（源泉ごとに1件の照会）。

Issued by: 住民記録システム標準仕様書 and 項目定義書: 氏名_フリガナ確認フラグ is carried only where the source has
it; whether a kana was confirmed cannot be seen from it, and no default is written. One finding a source, whose
answer is a policy. Source: rule catalogue NAM-019 (R1, R3).

>>> import duckdb
>>> from rules.trial import context
>>> relation = duckdb.connect()
>>> _ = relation.execute('''CREATE VIEW persons AS SELECT * FROM (VALUES
...     ('001', 'resident', 'jumin', 'J.dat', 1, 0, '1', 'ヤマダ', '1'),
...     ('031', 'addressee', 'zei', 'Z.csv', 1, 0, '2', 'スズキ', NULL))
...     t(area, group_id, source, file, record_no, byte_offset, subject, person_kana, person_kana_confirmed)''')
>>> find_whole(relation, context([])).select("area", "subject", "reason").rows()
[('031', 'zei', 'no_confirmation')]
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import item_name, rows_of, select_columns, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a source whose kana nobody is said to have confirmed."""
    columns = select_columns(relation, "persons", "person_kana", "person_kana_confirmed")
    found = rows_of(
        relation,
        f"""SELECT area, group_id, source, min(source) AS subject, 'no_confirmation' AS reason,
                'フリガナのある記録 ' || COUNT(person_kana) || ' 件' AS evidence, source AS about
            FROM (SELECT {columns} FROM persons) GROUP BY area, group_id, source
            HAVING COUNT(person_kana) > 0 AND COUNT(person_kana_confirmed) = 0""",
    )
    return whole_findings(found.with_columns(item=pl.lit(item_name(ctx, "person.kana.confirmed"))), "NAM-019")
