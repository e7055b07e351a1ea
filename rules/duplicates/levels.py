"""How sure it is that two numbers are one person: 確定, A, B, C, or what speaks against it.

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④ (candidates are decided by people), cleansing.md §6.2
(△ levels). 個人番号 is compared only between areas that may use it (``number_areas.csv``). Nothing here links anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import polars as pl

from rules.duplicates.candidate_pairs import PAIRS, candidate_pairs
from rules.duplicates.matching_people import DEAD, OUTSIDE, PEOPLE, PRESENT
from rules.duplicates.number_areas import number_areas
from rules.references.relations import rows_of

CERTAIN, STRONG, MEDIUM, WEAK, TWINS, RETURNED, REFUSED = "certain", "A", "B", "C", "twins", "returned", "refused"
JUDGED = "match_judged"
_SIDE = ("number", "area", "group_id", "source", "file", "record_no", "byte_offset", "subject", "state", "no_sharing",
         "digest", "sex", "birth", "household")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """A feature of a pair as the work list says it."""

    column: str
    value: str
    text: str


EVIDENCE = (
    Wording("my_number", "equal", "個人番号が一致"),
    Wording("resident_code", "equal", "住民票コードが一致"),
    Wording("kana", "equal", "カナが一致"),
    Wording("name", "equal", "氏名（異体字を含む）が一致"),
    Wording("birth_relation", "equal", "生年月日が一致"),
    Wording("birth_relation", "swapped", "生年月日の月日が入替"),
    Wording("birth_relation", "one_digit", "生年月日が1桁違い"),
    Wording("birth_relation", "year", "生年が一致"),
    Wording("birth_relation", "unknown", "生年月日が不詳または空"),
    Wording("sex_relation", "equal", "性別が一致"),
    Wording("place", "current", "現住所が一致"),
    Wording("place", "past", "過去または転出入先の住所が一致"),
    Wording("building_relation", "different", "方書は異なる"),
)
COUNTER = (
    Wording("my_number", "other", "個人番号が別"),
    Wording("sex_relation", "different", "性別が相違"),
    Wording("both_present", "yes", "双方とも現存する住民"),
    Wording("after_death", "yes", "死亡の後の住民としての記録"),
    Wording("one_dead", "yes", "一方は死亡による除票"),
)


def judged_pairs(relation: duckdb.DuckDBPyConnection) -> str:
    """The name of the table of judged pairs, made once a connection.

    Columns: ``a_…`` and ``b_…`` of both sides (number, lineage, state, no_sharing, household), blocks, the features
    kana, name, birth_relation, sex_relation, place, building_relation, my_number, resident_code, both_present,
    after_death, one_dead, and ``level``: certain, A, B, C, twins, returned or refused.
    """
    made = relation.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = ?", [JUDGED]).fetchall()
    if made[0][0]:
        return JUDGED
    candidate_pairs(relation)
    areas = ", ".join(f"'{a}'" for a in number_areas())
    sides = ", ".join(f"{s}.{c} AS {s}_{c}" for s in "ab" for c in _SIDE if c not in ("digest", "sex", "birth"))
    digits = " + ".join(
        f"(substr(a.birth, {i}, 1) <> substr(b.birth, {i}, 1))::INTEGER" for i in (1, 2, 3, 4, 6, 7, 9, 10)
    )
    relation.execute(f"""
        CREATE TEMP TABLE {JUDGED} AS
        WITH compared AS (
            SELECT {sides}, blocks,
                CASE WHEN contains(blocks, 'kana_') OR a.kana_key = b.kana_key THEN 'equal'
                     ELSE 'different' END AS kana,
                CASE WHEN contains(blocks, 'name_') OR a.name_key = b.name_key THEN 'equal'
                     ELSE 'different' END AS name,
                CASE WHEN a.birth = b.birth THEN 'equal'
                     WHEN a.birth IS NULL OR b.birth IS NULL THEN
                         CASE WHEN a.birth_year <> b.birth_year THEN 'different' ELSE 'unknown' END
                     WHEN substr(a.birth, 1, 4) = substr(b.birth, 1, 4)
                          AND substr(a.birth, 6, 2) = substr(b.birth, 9, 2)
                          AND substr(a.birth, 9, 2) = substr(b.birth, 6, 2) THEN 'swapped'
                     WHEN {digits} = 1 THEN 'one_digit'
                     WHEN a.birth_year = b.birth_year THEN 'year' ELSE 'different' END AS birth_relation,
                contains(blocks, 'kana_') AND a.kana_key = b.kana_key AND a.kana_plain <> b.kana_plain
                    AND NOT (contains(blocks, 'name_') OR COALESCE(a.name_key = b.name_key, TRUE)) AS sounds_alike,
                CASE WHEN a.sex IS NULL OR b.sex IS NULL THEN 'unknown' WHEN a.sex = b.sex THEN 'equal'
                     ELSE 'different' END AS sex_relation,
                CASE WHEN a.place = b.place THEN 'current' WHEN contains(blocks, '_place') THEN 'past'
                     ELSE 'different' END AS place,
                CASE WHEN a.building IS NULL OR b.building IS NULL THEN 'unknown' WHEN a.building = b.building
                     THEN 'equal' ELSE 'different' END AS building_relation,
                CASE WHEN a.digest IS NULL OR b.digest IS NULL OR a.area NOT IN ({areas}) OR b.area NOT IN ({areas})
                     THEN 'unknown' WHEN a.digest = b.digest THEN 'equal' ELSE 'other' END AS my_number,
                CASE WHEN a.code = b.code THEN 'equal' ELSE 'unknown' END AS resident_code,
                a.family_key IS NOT DISTINCT FROM b.family_key AS one_family,
                CASE WHEN a.state = '{PRESENT}' AND b.state = '{PRESENT}' THEN 'yes' ELSE 'no' END AS both_present,
                CASE WHEN (a.state = '{DEAD}' AND b.state = '{PRESENT}' AND b.since > a.gone)
                       OR (b.state = '{DEAD}' AND a.state = '{PRESENT}' AND a.since > b.gone)
                     THEN 'yes' ELSE 'no' END AS after_death,
                CASE WHEN '{DEAD}' IN (a.state, b.state) THEN 'yes' ELSE 'no' END AS one_dead,
                COALESCE(a.merged_into = b.number OR b.merged_into = a.number, FALSE) AS linked
            FROM {PAIRS} p JOIN {PEOPLE} a ON a.number = p.a JOIN {PEOPLE} b ON b.number = p.b)
        SELECT * EXCLUDE (one_family, linked, sounds_alike), CASE
            WHEN my_number = 'other' OR after_death = 'yes' THEN '{REFUSED}'
            WHEN my_number = 'equal' AND birth_relation = 'equal' AND both_present = 'yes' THEN '{CERTAIN}'
            WHEN both_present = 'yes' AND resident_code <> 'equal' THEN '{REFUSED}'
            WHEN a_state <> '{OUTSIDE}' AND b_state <> '{OUTSIDE}' AND one_dead = 'no'
                 AND (my_number = 'equal' OR resident_code = 'equal'
                      OR (kana = 'equal' AND birth_relation = 'equal' AND sex_relation <> 'different'
                          AND place <> 'different'))
                 THEN '{RETURNED}'
            WHEN my_number = 'equal' AND birth_relation = 'equal' THEN '{CERTAIN}'
            WHEN sounds_alike THEN CASE
                WHEN birth_relation = 'equal' AND place = 'current' AND one_family THEN '{TWINS}' ELSE '{REFUSED}' END
            WHEN kana = 'equal' AND birth_relation = 'equal' AND sex_relation = 'equal' AND place = 'current'
                 AND one_dead = 'no' THEN '{STRONG}'
            WHEN (kana = 'equal' OR name = 'equal') AND birth_relation = 'equal' AND place <> 'different'
                 THEN CASE WHEN sex_relation = 'different' OR one_dead = 'yes' THEN '{WEAK}' ELSE '{MEDIUM}' END
            WHEN kana = 'equal' AND name = 'equal' AND birth_relation = 'equal'
                 THEN CASE WHEN sex_relation = 'different' OR one_dead = 'yes' THEN '{REFUSED}' ELSE '{WEAK}' END
            WHEN (kana = 'equal' OR name = 'equal') AND place <> 'different'
                 AND birth_relation IN ('unknown', 'swapped', 'one_digit')
                 THEN CASE WHEN sex_relation = 'different' THEN '{REFUSED}' ELSE '{WEAK}' END
            WHEN birth_relation = 'equal' AND place = 'current' AND one_family
                 AND '{OUTSIDE}' IN (a_state, b_state) THEN '{TWINS}'
            ELSE '{REFUSED}' END AS level
        FROM compared WHERE NOT linked""")
    return JUDGED


def pairs_of_level(relation: duckdb.DuckDBPyConnection, *levels: str) -> pl.DataFrame:
    """Judged pairs of some levels, sorted by the two numbers."""
    table, wanted = judged_pairs(relation), ", ".join(f"'{level}'" for level in levels)
    return rows_of(relation, f"SELECT * FROM {table} WHERE level IN ({wanted}) ORDER BY a_number, b_number")


def wording(features: tuple[Wording, ...]) -> pl.Expr:
    """The features of a pair in words, joined by ・; empty when it has none of them."""
    return pl.concat_str(
        [pl.when(pl.col(w.column) == w.value).then(pl.lit(w.text)) for w in features], separator="・", ignore_nulls=True
    )
