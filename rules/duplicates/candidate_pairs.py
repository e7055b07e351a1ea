"""Pairs of numbers that may be one person: by equal keys, counted before they are made, and bounded.

A key that many people share (氏名 不明, the address of a care home together with a placeholder name) makes no
pairs: it is reported instead. Blocks: what is equal on both sides.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.duplicates.matching_people import NAMES, PEOPLE, PLACES, PRESENT, prepare
from rules.references.relations import rows_of

PAIRS, TOO_LARGE = "match_pairs", "match_too_large"
LIMIT = 30
"""More people than this under one key make no pairs: 435 pairs a key at most."""

_ALL_NAMES = f"(SELECT n.number, n.kana_key, n.name_key, p.birth, p.birth_year, p.state FROM {NAMES} n " \
             f"JOIN {PEOPLE} p USING (number))"
_BLOCKS: dict[str, str] = {
    "kana_birth": f"SELECT number, kana_key || birth AS key, state FROM {_ALL_NAMES}",
    "name_birth": f"SELECT number, name_key || birth AS key, state FROM {_ALL_NAMES}",
    "my_number": f"SELECT number, digest AS key, state FROM {PEOPLE}",
    "resident_code": f"SELECT number, code AS key, state FROM {PEOPLE}",
    "name_place": f"SELECT n.number, n.name_key || l.place AS key, n.state FROM {_ALL_NAMES} n "
                  f"JOIN {PLACES} l USING (number)",
    "kana_place": f"SELECT n.number, n.kana_key || l.place AS key, n.state FROM {_ALL_NAMES} n "
                  f"JOIN {PLACES} l USING (number)",
    "birth_place": f"SELECT number, birth || place AS key, state FROM {PEOPLE}",
}  # fmt: skip
"""Block → its keys."""
ONE_PERSON = ("my_number", "resident_code")
"""Keys only one person can have. Under the others two present residents make no pair: the register knows them apart."""


def candidate_pairs(relation: duckdb.DuckDBPyConnection) -> None:
    """Make ``match_pairs`` (a < b, blocks) and ``match_too_large`` (block, people, pairs), once a connection."""
    made = relation.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = ?", [PAIRS]).fetchall()
    if made[0][0]:
        return
    prepare(relation)
    relation.execute(f"CREATE TEMP TABLE {TOO_LARGE} (block VARCHAR, people BIGINT, pairs HUGEINT)")
    relation.execute("CREATE TEMP TABLE match_found (a VARCHAR, b VARCHAR, block VARCHAR)")
    for block, keys in _BLOCKS.items():
        one = block in ONE_PERSON
        apart = "TRUE" if one else f"bool_or(state <> '{PRESENT}')"
        apart_pair = "TRUE" if one else f"NOT (l.state = '{PRESENT}' AND r.state = '{PRESENT}')"
        relation.execute(f"""
            CREATE OR REPLACE TEMP TABLE match_block AS
            WITH keyed AS (SELECT DISTINCT number, key, state FROM ({keys}) WHERE key IS NOT NULL),
            counted AS (SELECT key, COUNT(*) AS people FROM keyed GROUP BY key
                        HAVING COUNT(*) > 1 AND {apart})
            SELECT number, key, state, people FROM keyed JOIN counted USING (key)""")
        relation.execute(f"""
            INSERT INTO {TOO_LARGE} SELECT '{block}', people, people * (people - 1) // 2
            FROM (SELECT DISTINCT key, people FROM match_block WHERE people > {LIMIT})""")
        relation.execute(f"""
            INSERT INTO match_found SELECT l.number, r.number, '{block}'
            FROM match_block l JOIN match_block r ON l.key = r.key AND l.number < r.number
            WHERE l.people <= {LIMIT} AND {apart_pair}""")
    relation.execute(f"""
        CREATE TEMP TABLE {PAIRS} AS SELECT a, b, string_agg(DISTINCT block, ' ' ORDER BY block) AS blocks
        FROM match_found GROUP BY a, b""")
    relation.execute("DROP TABLE match_found")
    relation.execute("DROP TABLE match_block")


def too_large(relation: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Keys that made no pairs: block, keys, people, pairs that were not made, and where the first of them stands."""
    candidate_pairs(relation)
    return rows_of(relation, f"""
        SELECT block, COUNT(*) AS keys, SUM(people)::BIGINT AS people, SUM(pairs)::BIGINT AS pairs,
               any_value(area) AS area, any_value(group_id) AS group_id, any_value(source) AS source,
               any_value(file) AS file
        FROM {TOO_LARGE}, (SELECT area, group_id, source, file FROM {PEOPLE}
                           ORDER BY area DESC, subject, file, record_no LIMIT 1)
        GROUP BY block ORDER BY block""")
