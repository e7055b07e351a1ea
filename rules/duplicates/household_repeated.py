"""DUP-009 世帯の重複：同じ住所に、同じ人たちの世帯番号が二つある。

Issued by: team knowledge (△): a household that was entered twice, for instance by two systems. Households of present
residents are compared by address key and by the kana and birth dates of all members; people who are told
apart by nothing but their number are still two households here. The finding names all members,
sorted and joined by ``|``. Source: rule catalogue DUP-009.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.matching_people import PEOPLE, PRESENT, prepare
from rules.references.relations import LINEAGE, item_name, rows_of, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a set of households with equal addresses and equal members."""
    prepare(relation)
    placed = ", ".join(f"arg_min({c}, subject) AS {c}" for c in LINEAGE if c != "subject")
    living = f"FROM {PEOPLE} WHERE state = '{PRESENT}' AND household IS NOT NULL"
    found = rows_of(relation, f"""
        -- Equal members give equal prints: one cheap pass leaves the few households whose members are put side by side.
        WITH prints AS (
            SELECT household, min(place_id) AS place_id, COUNT(*) AS size, bit_xor(hash(kana, birth)) AS print
            {living} GROUP BY household
            HAVING min(place_id) = max(place_id) AND COUNT(kana) = COUNT(*) AND COUNT(birth) = COUNT(*)),
        suspects AS MATERIALIZED (
            SELECT household FROM prints JOIN (
                SELECT place_id, size, print FROM prints GROUP BY ALL HAVING COUNT(*) > 1)
            USING (place_id, size, print)),
        homes AS (
            SELECT household, min(place) AS place, COUNT(*) AS size,
                   string_agg(kana_key || birth, chr(31) ORDER BY kana_key || birth) AS members,
                   string_agg(subject, '|' ORDER BY subject) AS subjects, {placed}
            {living} AND household IN (SELECT household FROM suspects) GROUP BY household)
        SELECT {', '.join(f'arg_min({c}, household) AS {c}' for c in LINEAGE if c != 'subject')},
               string_agg(subjects, '|' ORDER BY subjects) AS subject,
               string_agg(household, ' / ' ORDER BY household) AS before, any_value(size) AS size, place, members
        FROM homes GROUP BY place, members HAVING COUNT(*) > 1""")
    return whole_findings(found.with_columns(
        subject=pl.col("subject").str.split("|").list.sort().list.join("|"),
        item=pl.lit(item_name(ctx, "person.household_number")), reason=pl.lit("same_members"),
        evidence=pl.format("同じ住所・同じ世帯員（{}人）", "size"),
        about=pl.concat_str("before", "place", "members", separator="\x1f")), "DUP-009")
