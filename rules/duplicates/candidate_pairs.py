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

_BLOCKS: dict[str, tuple[str, str, str]] = {
    "kana_birth": (NAMES, "kana", "birth"),
    "name_birth": (NAMES, "name", "birth"),
    "my_number": (PEOPLE, "digest", "''"),
    "resident_code": (PEOPLE, "code", "''"),
    "name_place": (f"{NAMES} JOIN {PLACES} USING (number)", "name", "place_id"),
    "kana_place": (f"{NAMES} JOIN {PLACES} USING (number)", "kana", "place_id"),
    "birth_place": (PEOPLE, "birth", "place_id"),
}
"""Block → where its keys are read, and the two parts of a key."""
ONE_PERSON = ("my_number", "resident_code")
"""Keys only one person can have. Under the others two present residents make no pair: the register knows them apart."""
TELLING = ("kana_birth", "name_birth")
"""Keys that are somebody's name and birth date. Where too many people share one it is a placeholder (不明, 1900-01-01)
and tells nothing of them, so they make no pair by their address either; only the keys of ``ONE_PERSON`` still do."""


def candidate_pairs(relation: duckdb.DuckDBPyConnection) -> None:
    """Make ``match_pairs`` (a < b, blocks) and ``match_too_large`` (block, people, pairs), once a connection."""
    made = relation.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = ?", [PAIRS]).fetchall()
    if made[0][0]:
        return
    prepare(relation)
    relation.execute(f"CREATE TEMP TABLE {TOO_LARGE} (block VARCHAR, people BIGINT, pairs HUGEINT)")
    relation.execute("CREATE TEMP TABLE match_found (a VARCHAR, b VARCHAR, block VARCHAR)")
    relation.execute("CREATE TEMP TABLE match_crowd (number VARCHAR, crowd VARCHAR)")
    for block, (rows, first, second) in _BLOCKS.items():
        one = block in ONE_PERSON
        keys = (f"(SELECT number, state, {first} AS first, {second} AS second FROM {rows} "
                f"WHERE state IS NOT NULL AND {first} IS NOT NULL AND {second} IS NOT NULL)")  # fmt: skip
        # Only keys that somebody has who is no present resident can make a pair: few, so these are gathered first.
        of_others = f"SELECT first, second FROM {keys} WHERE state <> '{PRESENT}'"
        apart = "" if one else f"SEMI JOIN ({of_others}) USING (first, second)"
        apart_pair = "TRUE" if one else f"NOT (l.state = '{PRESENT}' AND r.state = '{PRESENT}')"
        relation.execute(f"""
            CREATE OR REPLACE TEMP TABLE match_block AS
            WITH keyed AS MATERIALIZED (SELECT DISTINCT number, first, second, state FROM {keys} {apart}),
            counted AS (SELECT first, second, COUNT(*) AS people FROM keyed GROUP BY ALL HAVING COUNT(*) > 1)
            SELECT number, first, second, state, people FROM keyed JOIN counted USING (first, second)""")
        relation.execute(f"""
            INSERT INTO {TOO_LARGE} SELECT '{block}', people, people * (people - 1) // 2
            FROM (SELECT DISTINCT first, second, people FROM match_block WHERE people > {LIMIT})""")
        if block in TELLING:
            relation.execute(f"""
                INSERT INTO match_crowd SELECT number, concat_ws(' ', '{block}', first, second)
                FROM match_block WHERE people > {LIMIT}""")
        relation.execute(f"""
            INSERT INTO match_found SELECT l.number, r.number, '{block}'
            FROM match_block l JOIN match_block r
              ON l.first = r.first AND l.second = r.second AND l.number < r.number
            WHERE l.people <= {LIMIT} AND {apart_pair}""")
    of_one = ", ".join(f"'{block}'" for block in ONE_PERSON)
    relation.execute(f"""
        CREATE TEMP TABLE {PAIRS} AS
        WITH crowds AS (SELECT number, list(crowd) AS crowds FROM match_crowd GROUP BY number)
        SELECT a, b, string_agg(DISTINCT block, ' ' ORDER BY block) AS blocks
        FROM match_found LEFT JOIN crowds l ON l.number = a LEFT JOIN crowds r ON r.number = b
        GROUP BY a, b
        HAVING NOT COALESCE(list_has_any(any_value(l.crowds), any_value(r.crowds)), FALSE)
            OR bool_or(block IN ({of_one}))""")
    for table in ("match_found", "match_crowd", "match_block"):
        relation.execute(f"DROP TABLE {table}")


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
