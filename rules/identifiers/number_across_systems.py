"""IDN-006 宛名番号の一意性（システム横断）: one number, another name, and nothing else to tell if it is one person.

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ② (重複を排除したうえで移行). Pairs that can be told
by birth date or given name are DUP-001's. Left are rows of one number in two systems that share neither birth date
nor kana and whose names differ, also against every earlier name of the register (old forms count as one name), its
通称, 旧氏 and roman name. The finding stands at the copy; ``subject`` is both subjects, sorted, joined by ``|``.
Source: rule catalogue IDN-006 (R2, R23).

>>> import duckdb
>>> from rules.trial import context
>>> relation = duckdb.connect()
>>> _ = relation.execute('''CREATE VIEW persons AS SELECT * FROM (VALUES
...     ('001', 'resident', 'jumin', 'J.dat', 1, 0, '100/1', '100', '1', '山田　太郎', '1980-01-02'),
...     ('010', 'payer', 'zei', 'Z.csv', 1, 0, '100', '100', '1', '株式会社鈴木商店', NULL),
...     ('001', 'resident', 'jumin', 'J.dat', 2, 0, '200/1', '200', '1', '渡邉　花子', '1980-01-02'),
...     ('010', 'payer', 'zei', 'Z.csv', 2, 0, '200', '200', '1', '渡辺　花子', NULL))
...     t(area, group_id, source, file, record_no, byte_offset, subject, person_number, person_latest, person_name,
...       person_birth_date)''')
>>> find_whole(relation, context([])).select("subject", "reason").rows()
[('100|100/1', 'other_name')]
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.number_holders import names_alone_differ, number_pairs
from rules.references.relations import item_name, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a row of another system whose name, the only thing to compare, is another."""
    found = number_pairs(relation).filter(names_alone_differ())
    return whole_findings(
        found.with_columns(
            subject=pl.concat_list("subject", "r_subject").list.sort().list.join("|"),
            item=pl.lit(item_name(ctx, "person.number")),
            before=pl.col("person_number"),
            reason=pl.lit("other_name"),
            evidence=pl.format("業務{}と業務{}で氏名が異なり、比べる生年月日・フリガナが無い", "area", "r_area"),
            about=pl.concat_str("person_name", "r_person_name", separator="\x1f"),
        ),
        "IDN-006",
    )
