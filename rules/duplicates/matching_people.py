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
    number, kana_key, name_key, kind (current, alias, former, past). ``match_places``: number, place, kind (current,
    past, from, to). Keys are those of あいまい検索; blanks inside names are gone, parts of foreign names are sorted.
    """
    made = relation.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = ?", [PEOPLE]).fetchall()
    if made[0][0]:
        return
    relation.execute(f"""
        CREATE TEMP TABLE match_rows AS
        SELECT *, person_number AS number, area = '001' AS registered,
               COALESCE(person_latest, '1') = '1' AS is_latest,
               COALESCE(person_kana, person_name_roman) AS kana_text,
               COALESCE(person_name, person_name_roman) AS name_text
        FROM (SELECT {select_columns(relation, 'persons', *_COLUMNS)} FROM persons)
        WHERE area IN ('001', '031') AND person_number IS NOT NULL AND COALESCE(person_deleted, '0') = '0'
          AND group_id IS DISTINCT FROM 'support_measure'""")
    _keys(relation, "key_kana", _KANA_TEXTS, lambda text: _sorted_parts(kana_key(text)))
    plain = "SELECT kana_text AS text FROM match_rows"
    _keys(relation, "key_plain", plain, lambda text: _sorted_parts(plain_kana(text)))
    _keys(relation, "key_family", f"SELECT {_FAMILY} AS text FROM match_rows", kana_key)
    _keys(relation, "key_name", _NAME_TEXTS, name_key)
    _keys(relation, "key_place", _PLACE_TEXTS, _place_key)
    _keys(relation, "key_building", "SELECT address_building AS text FROM match_rows", address_key)
    _people(relation)
    _names(relation)
    _places(relation)
    for table in ("match_rows", "key_kana", "key_plain", "key_family", "key_name", "key_place", "key_building"):
        relation.execute(f"DROP TABLE {table}")


_FORMER = (
    "person_former_name_kana || '\u3000' || "
    "COALESCE(person_kana_given, regexp_extract(person_kana, '[^ \u3000]+$'))"
)
_KANA_TEXTS = f"""
    SELECT kana_text AS text FROM match_rows UNION ALL SELECT person_alias_kana FROM match_rows
    UNION ALL SELECT {_FORMER} FROM match_rows WHERE person_former_name_kana IS NOT NULL"""
_FAMILY = "COALESCE(person_kana_family, regexp_extract(person_kana, '^[^ 　]+'))"
_NAME_TEXTS = "SELECT name_text AS text FROM match_rows UNION ALL SELECT person_alias FROM match_rows"
_PLACE = "{0}_town || chr(31) || COALESCE({0}_lot, '')"
_PLACE_TEXTS = " UNION ALL ".join(
    f"SELECT {_PLACE.format(p)} AS text FROM match_rows" for p in ("address", "previous_address", "moved_to_address")
)


def _sorted_parts(key: pl.Expr) -> pl.Expr:
    """The parts of a key in one order, so that 氏名 and 名氏 of a foreign resident meet; joined without blanks."""
    return key.str.split("\u3000").list.sort().list.join("")


def _place_key(text: pl.Expr) -> pl.Expr:
    town, lot = text.str.split("\x1f").list.get(0), text.str.split("\x1f").list.get(1)
    return address_key(town) + pl.lit("\x1f") + address_key(lot)


def _keys(relation: duckdb.DuckDBPyConnection, table: str, texts: str, key: Callable[[pl.Expr], pl.Expr]) -> None:
    """A table text → key over the distinct texts, so that the folding runs once a writing."""
    frame = rows_of(relation, f"SELECT DISTINCT text FROM ({texts}) WHERE text IS NOT NULL")
    keyed = frame.select("text", key=key(pl.col("text").cast(pl.String))).filter(pl.col("key") != "")
    rows = keyed.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest())
    relation.register("given_keys", rows)
    relation.execute(f"CREATE TEMP TABLE {table} AS SELECT text, key FROM given_keys")
    relation.unregister("given_keys")


def _people(relation: duckdb.DuckDBPyConnection) -> None:
    lineage = ", ".join(f"r.{c}" for c in LINEAGE)
    relation.execute(f"""
        CREATE TEMP TABLE {PEOPLE} AS
        SELECT r.number, {lineage}, n.key AS name_key, k.key AS kana_key, f.key AS family_key,
               q.key AS kana_plain,
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
               person_resident_code_digest AS code, p.key AS place, b.key AS building,
               addressee_no_sharing AS no_sharing, addressee_merged_into AS merged_into
        FROM match_rows r
        LEFT JOIN key_kana k ON k.text = r.kana_text LEFT JOIN key_name n ON n.text = r.name_text
        LEFT JOIN key_plain q ON q.text = r.kana_text LEFT JOIN key_family f ON f.text = {_FAMILY}
        LEFT JOIN key_place p ON p.text = {_PLACE.format('r.address')}
        LEFT JOIN key_building b ON b.text = r.address_building
        WHERE is_latest
        QUALIFY ROW_NUMBER() OVER (PARTITION BY r.number
                                   ORDER BY NOT registered, r.area, r.subject, r.file, r.record_no) = 1""")


def _names(relation: duckdb.DuckDBPyConnection) -> None:
    relation.execute(f"""
        CREATE TEMP TABLE {NAMES} AS
        SELECT number, kana_key, name_key, min(kind) AS kind FROM (
            SELECT number, kana_key, name_key, '1 current' AS kind FROM {PEOPLE}
            UNION ALL
            SELECT number, k.key, n.key, '2 alias' FROM match_rows r LEFT JOIN key_kana k ON k.text = person_alias_kana
            LEFT JOIN key_name n ON n.text = person_alias WHERE person_alias IS NOT NULL AND is_latest
            UNION ALL
            SELECT number, k.key, NULL, '3 former' FROM match_rows r JOIN key_kana k ON k.text = {_FORMER}
            WHERE person_former_name_kana IS NOT NULL AND is_latest
            UNION ALL
            SELECT number, k.key, n.key, '4 past' FROM match_rows r LEFT JOIN key_kana k ON k.text = r.kana_text
            LEFT JOIN key_name n ON n.text = r.name_text WHERE NOT is_latest)
        WHERE kana_key IS NOT NULL OR name_key IS NOT NULL
        GROUP BY number, kana_key, name_key""")


def _places(relation: duckdb.DuckDBPyConnection) -> None:
    parts = []
    for kind, prefix, where in (
        ("1 current", "address", "is_latest"),
        ("2 past", "address", "NOT is_latest"),
        ("3 from", "previous_address", "TRUE"),
        ("4 to", "moved_to_address", "TRUE"),
    ):
        parts.append(f"SELECT number, p.key AS place, '{kind}' AS kind FROM match_rows r "
                     f"JOIN key_place p ON p.text = {_PLACE.format(prefix)} WHERE {where}")
    relation.execute(f"""
        CREATE TEMP TABLE {PLACES} AS SELECT number, place, min(kind) AS kind FROM ({' UNION ALL '.join(parts)})
        WHERE length(place) > 2 GROUP BY number, place""")
