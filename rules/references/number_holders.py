"""Rows of one 宛名番号 side by side: what other areas and other rows hold, against the row that counts.

Read by DUP-001 (are they one person?) and REF-023 (is the copy up to date?), which must never mix.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.duplicates.matching_keys import kana_key, name_key
from rules.references.relations import rows_of, select_columns

VALUES = (
    "person_birth_date", "person_kana", "person_kana_given", "person_name", "person_name_roman", "person_alias",
    "person_former_name", "person_sex", "person_kind", "person_status", "address_prefecture", "address_municipality",
    "address_town", "address_lot", "address_building",
)
PAIRS = "number_pairs"
_READ = ("person_number", "person_latest", "person_deleted", *VALUES)
_FULL_DATE = "^[1-8][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$|^9[0-8][0-9]{2}-[0-9]{2}-[0-9]{2}$"


def number_pairs(relation: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Pairs of current rows with one number that differ in some value.

    One row a pair: the columns of the copy, and with ``r_`` before them those of the reference row: the register's
    (area 001) where it has one, else the first by area, subject and place. ``h_…`` lists hold what the register's other
    rows of the number said before. Same-valued pairs are left out: most copies are right.
    Three rules ask for them: they are made once a connection.
    """
    relation.execute(f"CREATE TEMP TABLE IF NOT EXISTS {PAIRS} AS {_pairs(relation)}")
    return rows_of(relation, f"SELECT * FROM {PAIRS} ORDER BY area, subject, file, record_no")


def _pairs(relation: duckdb.DuckDBPyConnection) -> str:
    names = [n for n in VALUES if n not in {"person_kind", "person_status"}]
    differs = " OR ".join(f"c.{n} IS DISTINCT FROM r.{n}" for n in names)
    reference = ", ".join(f"r.{n} AS r_{n}" for n in ("area", "subject", *VALUES))
    history = ", ".join(f"list(DISTINCT {n} ORDER BY {n}) AS h_{n}" for n in names)
    return f"""
        WITH shared AS (
            SELECT person_number FROM (SELECT {select_columns(relation, 'persons', 'person_number', 'person_latest')}
                                       FROM persons)
            WHERE person_number IS NOT NULL AND group_id IS DISTINCT FROM 'support_measure'
              AND COALESCE(person_latest, '1') = '1'
            GROUP BY person_number HAVING COUNT(*) > 1),
        all_rows AS (
            SELECT {select_columns(relation, 'persons', *_READ)} FROM persons
            WHERE group_id IS DISTINCT FROM 'support_measure' AND person_number IN (SELECT person_number FROM shared)),
        living AS (
            SELECT * FROM all_rows
            WHERE COALESCE(person_latest, '1') = '1' AND COALESCE(person_deleted, '0') = '0'
              AND (person_name IS NOT NULL OR person_kana IS NOT NULL OR person_birth_date IS NOT NULL)),
        placed AS (
            SELECT living.*, ROW_NUMBER() OVER (
                PARTITION BY person_number ORDER BY area <> '001', area, subject, file, record_no) AS place
            FROM living),
        pairs AS (
            SELECT c.*, {reference} FROM placed c JOIN placed r USING (person_number)
            WHERE c.place > 1 AND r.place = 1 AND ({differs})),
        earlier AS (
            SELECT person_number, {history} FROM all_rows
            WHERE area = '001' AND person_latest <> '1' AND person_number IN (SELECT person_number FROM pairs)
            GROUP BY person_number)
        SELECT * EXCLUDE (place) FROM pairs LEFT JOIN earlier USING (person_number)"""


def lawful_name(key: pl.Expr) -> pl.Expr:
    """Whether a name key is another name the reference person rightly bears: roman, 通称, 旧氏, 旧氏 with the given
    name.
    """
    given = pl.col("r_person_name").str.extract("[ \u3000]([^ \u3000]+)$")
    former = pl.col("r_person_former_name")
    names = (pl.col("r_person_name_roman"), pl.col("r_person_alias"), former, former + given)
    return pl.any_horizontal((key == name_key(name)).fill_null(False) for name in names)


def names_alone_differ() -> pl.Expr:
    """Pairs of two areas with neither birth date nor kana to compare, whose names differ and are not explained: IDN-006
    asks whether they are one person.
    """
    alike = [pl.col(n).is_not_null() & pl.col(f"r_{n}").is_not_null() for n in ("person_birth_date", "person_kana")]
    key = name_key(pl.col("person_name"))
    known = pl.col("h_person_name").list.eval(name_key(pl.element())).list.contains(key).fill_null(False)
    differ = (key != name_key(pl.col("r_person_name"))).fill_null(False)
    return ~pl.any_horizontal(alike) & (pl.col("area") != pl.col("r_area")) & differ & ~known & ~lawful_name(key)


def holders_differ(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with two columns: ``birth_differs`` and ``given_differs``, each with history taken into account.

    A birth date counts when both are full dates; what the register itself said earlier explains a copy of another
    area. Given names are compared in kana under the key of あいまい検索; where a name is not split, the other's given
    name at its end is enough, and of foreign residents the order of the parts is free. No kana on one side: no answer.
    """
    foreign = pl.any_horizontal(
        pl.col("person_kind") == "2", pl.col("r_person_kind") == "2",
        pl.col("person_name_roman").is_not_null(), pl.col("r_person_name_roman").is_not_null()).fill_null(False)
    explainable = (pl.col("r_area") == "001") & (pl.col("area") != "001")
    birth_known = pl.col("person_birth_date").str.contains(_FULL_DATE) & pl.col("r_person_birth_date").str.contains(
        _FULL_DATE)
    birth_explained = explainable & pl.col("h_person_birth_date").list.contains(pl.col("person_birth_date")).fill_null(
        False)
    keyed = pairs.with_columns(
        kana=kana_key(pl.col("person_kana")), r_kana=kana_key(pl.col("r_person_kana")),
        h_kana=pl.col("h_person_kana").list.eval(kana_key(pl.element())),
        own=kana_key(pl.col("person_kana_given")), r_own=kana_key(pl.col("r_person_kana_given")),
    ).with_columns(
        given=pl.coalesce("own", _given(pl.col("kana"))), r_given=pl.coalesce("r_own", _given(pl.col("r_kana"))),
        whole=_joined(pl.col("kana")), r_whole=_joined(pl.col("r_kana")))
    split = pl.col("given").is_not_null() & pl.col("r_given").is_not_null()
    same_given = pl.when(split).then(pl.col("given") == pl.col("r_given")).when(pl.col("r_given").is_not_null()).then(
        pl.col("whole").str.ends_with(pl.col("r_given"))).when(pl.col("given").is_not_null()).then(
        pl.col("r_whole").str.ends_with(pl.col("given"))).otherwise(pl.col("whole") == pl.col("r_whole"))
    same_parts = foreign & (
        (_sorted_parts(pl.col("kana")) == _sorted_parts(pl.col("r_kana"))) | (pl.col("whole") == pl.col("r_whole")))
    kana_explained = explainable & pl.col("h_kana").list.contains(pl.col("kana")).fill_null(False)
    return keyed.with_columns(
        birth_differs=(birth_known & (pl.col("person_birth_date") != pl.col("r_person_birth_date"))
                       & ~birth_explained).fill_null(False),
        given_differs=(~(same_given | same_parts.fill_null(False)) & ~kana_explained).fill_null(False),
    ).drop("own", "r_own", "given", "r_given", "whole", "r_whole", "h_kana", "kana", "r_kana")


def _given(key: pl.Expr) -> pl.Expr:
    return key.str.extract("\u3000([^\u3000]+)$")


def _joined(key: pl.Expr) -> pl.Expr:
    return key.str.replace_all("\u3000", "")


def _sorted_parts(key: pl.Expr) -> pl.Expr:
    return key.str.split("\u3000").list.sort().list.join("\u3000")
