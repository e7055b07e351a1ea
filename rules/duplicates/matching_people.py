"""Who may be one person with several numbers: one row a 宛名番号, with the names and places it has or had, as keys.

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④, 住民記録システム標準仕様書 2.1.2 (the keys).
Compared are the register (area 001, 除票 included) and 住登外 (area 031): other areas hold copies of these numbers. The
tables live in the run's DuckDB connection only; of 個人番号 and 住民票コード they hold keyed digests.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import polars as pl

from rules.duplicates.matching_keys import address_key, kana_key, name_key, plain_kana
from rules.duplicates.number_areas import may_compare
from rules.references.relations import LINEAGE, rows_of, select_columns

PEOPLE, NAMES, PLACES = "match_people", "match_names", "match_places"
PRESENT, MOVED_OUT, DEAD, REMOVED, OUTSIDE = "present", "moved_out", "dead", "removed", "outside"
"""What somebody is: present resident, removed by 転出, by 死亡, for another reason, or 住登外."""

FULL_DATE = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_COLUMNS = (
    "person_number", "person_latest", "person_deleted", "person_status", "person_name", "person_name_roman",
    "person_kana", "person_kana_family", "person_kana_given", "person_alias", "person_alias_kana",
    "person_former_name_kana", "person_sex",
    "person_birth_date", "person_removed_date", "person_removed_reason", "person_became_resident_date",
    "person_household_number", "person_my_number_digest", "person_resident_code_digest", "address_town", "address_lot",
    "address_building", "previous_address_town", "previous_address_lot", "moved_to_address_town",
    "moved_to_address_lot", "addressee_no_sharing", "addressee_merged_into",
    "addressee_business",
)  # fmt: skip


def prepare(relation: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables, once a connection.

    ``match_people``: number, lineage, name_key, kana_key, kana_plain, family_key, sex, birth (full ISO date or null),
    birth_year, state, since, gone, household, digest, code, place, building, no_sharing, merged_into. ``match_names``:
    number, kana, name (of today, alias, former and past), birth and state of the person. ``match_places``: number,
    place_id (of today and past, moved from and to). Keys are those of あいまい検索; blanks inside names are gone, parts
    of foreign names are sorted. ``kana``, ``name`` and ``place_id`` number the keys: whole numbers are compared faster
    than texts.
    """
    made = relation.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = ?", [PEOPLE]).fetchall()
    if made[0][0]:
        return
    relation.execute(f"""
        CREATE OR REPLACE TEMP VIEW match_texts AS
        SELECT *, COALESCE(person_kana, person_name_roman) AS kana_text,
               COALESCE(person_name, person_name_roman) AS name_text, {_FAMILY} AS family_text, {_FORMER} AS former_text
        FROM (SELECT {select_columns(relation, 'persons', *_COLUMNS)} FROM persons) WHERE area IN ('001', '031')""")
    relation.execute("""
        CREATE OR REPLACE TEMP VIEW match_rows AS
        SELECT *, person_number AS number, area = '001' AS registered, COALESCE(person_latest, '1') = '1' AS is_latest
        FROM match_texts WHERE person_number IS NOT NULL AND COALESCE(person_deleted, '0') = '0'
          AND group_id IS DISTINCT FROM 'support_measure'""")
    _keys(relation, "key_kana", ("kana_text", "person_alias_kana", "former_text"),
          lambda text: _sorted_parts(kana_key(text)))  # fmt: skip
    _keys(relation, "key_plain", ("kana_text",), lambda text: _sorted_parts(plain_kana(text)))
    _keys(relation, "key_family", ("family_text",), kana_key)
    _keys(relation, "key_name", ("name_text", "person_alias"), name_key)
    _keys(relation, "key_town", tuple(f"{place}_town" for place in _PLACED), address_key)
    _keys(relation, "key_lot", tuple(f"{place}_lot" for place in _PLACED), address_key)
    _keys(relation, "key_building", ("address_building",), address_key)
    _people(relation)
    _names(relation)
    _places(relation)
    for view in ("match_rows", "match_texts"):
        relation.execute(f"DROP VIEW {view}")
    for table in ("kana", "plain", "family", "name", "town", "lot", "building"):
        relation.execute(f"DROP TABLE key_{table}")


_FAMILY = "COALESCE(person_kana_family, regexp_extract(person_kana, '^[^ 　]+'))"
_FORMER = (
    "person_former_name_kana || '　' || "
    "COALESCE(person_kana_given, regexp_extract(person_kana, '[^ 　]+$'))"
)
_PLACED = ("address", "previous_address", "moved_to_address")
"""Places of a row. Their keys are made of the town's and the lot's: there are few of each and many of both."""


def _sorted_parts(key: pl.Expr) -> pl.Expr:
    """The parts of a key in one order, so that 氏名 and 名氏 of a foreign resident meet; joined without blanks."""
    return key.str.split("　").list.sort().list.join("")


def _keys(
    relation: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], key: Callable[[pl.Expr], pl.Expr]
) -> None:
    """A table text → key and its number (from 1) over the distinct texts, so that the folding runs once a writing."""
    texts = " UNION ALL ".join(f"SELECT {column} AS text FROM match_texts" for column in columns)
    frame = rows_of(relation, f"SELECT DISTINCT text FROM ({texts}) WHERE text IS NOT NULL")
    keyed = frame.select(pl.col("text").cast(pl.String)).with_columns(key=key(pl.col("text"))).filter(
        pl.col("key") != "").with_columns(id=pl.col("key").rank("dense").cast(pl.Int64))  # fmt: skip
    relation.register("given_keys", keyed.to_arrow(compat_level=pl.CompatLevel.oldest()))
    relation.execute(f"CREATE TEMP TABLE {table} AS SELECT text, key, id FROM given_keys")
    relation.unregister("given_keys")


def _place_of(place: str) -> str:
    """Joins that give a row the keys ``t`` of the town and ``l`` of the lot of one of its places."""
    return f"LEFT JOIN key_town t ON t.text = r.{place}_town LEFT JOIN key_lot l ON l.text = r.{place}_lot"


_PLACE_ID = "COALESCE(t.id, 0) * 4294967296 + COALESCE(l.id, 0)"


def _people(relation: duckdb.DuckDBPyConnection) -> None:
    lineage = ", ".join(f"r.{c}" for c in LINEAGE)
    relation.execute(f"""
        CREATE TEMP TABLE {PEOPLE} AS
        SELECT r.number, {lineage}, n.key AS name_key, n.id AS name, k.key AS kana_key, k.id AS kana,
               f.key AS family_key, q.key AS kana_plain,
               CASE WHEN person_sex IN ('1', '2') THEN person_sex END AS sex,
               CASE WHEN regexp_matches(person_birth_date, '{FULL_DATE}') THEN person_birth_date END AS birth,
               substr(CASE WHEN regexp_matches(person_birth_date, '^[1-9][0-9]{{3}}') THEN person_birth_date END, 1, 4)
                   AS birth_year,
               CASE WHEN NOT registered THEN '{OUTSIDE}' WHEN COALESCE(person_status, '1') = '1' THEN '{PRESENT}'
                    WHEN person_status = '2' OR person_removed_reason IN ('21', '22') THEN '{MOVED_OUT}'
                    WHEN person_status = '3' OR person_removed_reason = '23' THEN '{DEAD}'
                    ELSE '{REMOVED}' END AS state,
               person_became_resident_date AS since, person_removed_date AS gone,
               person_household_number AS household,
               CASE WHEN {may_compare()} THEN person_my_number_digest END AS digest,
               person_resident_code_digest AS code,
               CASE WHEN address_town IS NOT NULL
                    THEN COALESCE(t.key, '') || chr(31) || COALESCE(l.key, '') END AS place,
               CASE WHEN address_town IS NOT NULL THEN {_PLACE_ID} END AS place_id,
               b.key AS building, addressee_no_sharing AS no_sharing, addressee_merged_into AS merged_into
        FROM match_rows r
        LEFT JOIN key_kana k ON k.text = r.kana_text LEFT JOIN key_name n ON n.text = r.name_text
        LEFT JOIN key_plain q ON q.text = r.kana_text LEFT JOIN key_family f ON f.text = r.family_text
        {_place_of("address")} LEFT JOIN key_building b ON b.text = r.address_building
        WHERE is_latest""")
    # A number that stands in several rows is rare: putting all rows in order for it would cost more than all the rest.
    relation.execute(f"""
        DELETE FROM {PEOPLE} WHERE rowid IN (
            SELECT place_in_table FROM (
                SELECT rowid AS place_in_table, ROW_NUMBER() OVER (
                    PARTITION BY number ORDER BY area <> '001', area, subject, file, record_no) AS nth
                FROM {PEOPLE} SEMI JOIN (
                    SELECT number FROM {PEOPLE} GROUP BY number HAVING COUNT(*) > 1) USING (number))
            WHERE nth > 1)""")


def _names(relation: duckdb.DuckDBPyConnection) -> None:
    # Most earlier rows hold the name of today: only what is new is added.
    relation.execute(f"""
        CREATE TEMP TABLE {NAMES} AS
        WITH today AS (
            SELECT number, kana, name, birth, state FROM {PEOPLE} WHERE kana IS NOT NULL OR name IS NOT NULL),
        others AS (
            SELECT number, k.id AS kana, n.id AS name FROM match_rows r
            LEFT JOIN key_kana k ON k.text = r.person_alias_kana LEFT JOIN key_name n ON n.text = r.person_alias
            WHERE r.person_alias IS NOT NULL AND is_latest
            UNION ALL
            SELECT number, k.id, NULL FROM match_rows r JOIN key_kana k ON k.text = r.former_text
            WHERE r.person_former_name_kana IS NOT NULL AND is_latest
            UNION ALL
            SELECT number, k.id, n.id FROM match_rows r LEFT JOIN key_kana k ON k.text = r.kana_text
            LEFT JOIN key_name n ON n.text = r.name_text WHERE NOT is_latest),
        new AS (
            SELECT DISTINCT number, kana, name FROM others o
            ANTI JOIN today t ON t.number = o.number
                AND t.kana IS NOT DISTINCT FROM o.kana AND t.name IS NOT DISTINCT FROM o.name
            WHERE kana IS NOT NULL OR name IS NOT NULL)
        SELECT * FROM today UNION ALL
        SELECT new.*, p.birth, p.state FROM new LEFT JOIN {PEOPLE} p USING (number)""")


def _places(relation: duckdb.DuckDBPyConnection) -> None:
    others = " UNION ALL ".join(
        # A key of one character is no place.
        f"SELECT number, {_PLACE_ID} AS place_id FROM match_rows r {_place_of(place)} "
        f"WHERE r.{place}_town IS NOT NULL AND {where} "
        "AND COALESCE(length(t.key), 0) + COALESCE(length(l.key), 0) > 1"
        for place, where in (("address", "NOT is_latest"), ("previous_address", "TRUE"), ("moved_to_address", "TRUE"))
    )
    relation.execute(f"""
        CREATE TEMP TABLE {PLACES} AS
        WITH today AS (SELECT number, place_id FROM {PEOPLE} WHERE length(place) > 2)
        SELECT * FROM today UNION ALL SELECT DISTINCT * FROM ({others}) ANTI JOIN today USING (number, place_id)""")
