"""BNK-006 同一口座の複数人登録：別の世帯・別の氏の人が、同じ口座を登録している。

Issued by: デジタル庁 公金受取口座の総点検 (R24: 748 accounts of 54 million were another person's). Bank, branch,
kind and number are the account. A household and people of one family name often share one rightly (a parent's
account for a child's allowance) and are left; so are accounts of corporations. One finding an account, at its last
holder; the subjects are all holders, sorted, joined by ``|``. Source: rule catalogue BNK-006.

>>> import duckdb
>>> from rules.trial import context
>>> relation = duckdb.connect()
>>> _ = relation.execute('''CREATE VIEW accounts AS SELECT * FROM (VALUES
...     ('050', 'a', 'k', 'K.csv', 1, 0, '1', '1', '0001', '001', '1', '0012345'),
...     ('050', 'a', 'k', 'K.csv', 2, 9, '2', '2', '0001', '001', '1', '0012345'),
...     ('050', 'a', 'k', 'K.csv', 3, 18, '3', '3', '0001', '001', '1', '7654321'),
...     ('050', 'a', 'k', 'K.csv', 4, 27, '4', '4', '0001', '001', '1', '7654321'))
...     t(area, group_id, source, file, record_no, byte_offset, subject, person_number, account_bank_code,
...       account_branch_code, account_kind, account_number)''')
>>> _ = relation.execute('''CREATE VIEW persons AS SELECT * FROM (VALUES
...     ('1', '10', '山田　太郎'), ('2', '20', '鈴木　花子'), ('3', '30', '佐藤　一'), ('4', '30', '佐藤　二'))
...     t(person_number, person_household_number, person_name)''')
>>> find_whole(relation, context([])).select("subject", "reason", "evidence").rows()
[('1|2', 'shared', '別世帯・別の氏の2人')]
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import item_name, rows_of, select_columns, view_columns, whole_findings

_ACCOUNT = ("account_bank_code", "account_branch_code", "account_kind", "account_number")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding an account that people of several households and family names hold."""
    if not view_columns(relation, "accounts"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), "BNK-006")
    people = select_columns(relation, "persons", "person_number", "person_household_number", "person_name",
                            "person_latest")  # fmt: skip
    listed = ", ".join(_ACCOUNT)
    same = " AND ".join(f"held.{c} IS NOT DISTINCT FROM s.{c}" for c in _ACCOUNT)
    found = rows_of(
        relation,
        f"""WITH held AS (
            SELECT * FROM (SELECT {select_columns(relation, "accounts", "person_number", *_ACCOUNT)} FROM accounts)
            WHERE account_number IS NOT NULL AND person_number IS NOT NULL
              AND NOT regexp_matches(account_number, '^(0+|9+)$')),
        -- Most accounts have one holder: people are looked up for the others only.
        shared AS (
            SELECT held.* FROM held JOIN (
                SELECT {listed} FROM held GROUP BY ALL HAVING MIN(person_number) <> MAX(person_number)) s
            ON {same}),
        people AS (
            SELECT person_number, max(person_household_number) AS household,
                max(split_part(replace(person_name, ' ', '　'), '　', 1)) AS family
            FROM (SELECT {people} FROM persons) SEMI JOIN shared USING (person_number)
            WHERE COALESCE(person_latest, '1') = '1' GROUP BY person_number),
        holders AS (
            SELECT shared.*, COALESCE(household, person_number) AS household, COALESCE(family, person_number) AS family
            FROM shared LEFT JOIN people USING (person_number))
        SELECT arg_max(area, place) AS area, arg_max(group_id, place) AS group_id, arg_max(source, place) AS source,
            arg_max(file, place) AS file, arg_max(record_no, place) AS record_no,
            arg_max(byte_offset, place) AS byte_offset,
            list_aggregate(list_sort(list_distinct(list(subject))), 'string_agg', '|') AS subject,
            account_number AS before, 'shared' AS reason,
            '別世帯・別の氏の' || COUNT(DISTINCT person_number) || '人' AS evidence,
            concat_ws(chr(31), account_bank_code, account_branch_code, account_kind, account_number) AS about
        FROM (SELECT *, row(area, source, file, record_no) AS place FROM holders)
        GROUP BY account_bank_code, account_branch_code, account_kind, account_number
        HAVING COUNT(DISTINCT household) > 1 AND COUNT(DISTINCT family) > 1
        ORDER BY subject""",
    )
    return whole_findings(found.with_columns(item=pl.lit(item_name(ctx, "account.number"))), "BNK-006")
