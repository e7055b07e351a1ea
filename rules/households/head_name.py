"""HSE-011 世帯主氏名の不一致：世帯員の「世帯主の氏名」が世帯主本人の氏名と違う。

Issued by: 住民記録システム標準仕様書 1.1.1 (世帯主の氏名 of a member is the name of the 世帯主). Compared for
present residents of households with exactly one 世帯主, without blanks; the 世帯主's 通称 and roman name are
right too. The candidate is the name of the 世帯主 in the register. Source: rule catalogue HSE-011 (R1).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.households.residents import residents
from rules.references.relations import item_name, rows_of, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a member whose 世帯主氏名 is not the name of the household's 世帯主."""
    def bare(column: str) -> str:
        return f"translate({column}, ' \u3000', '')"

    found = rows_of(relation, f"""
        WITH living AS (SELECT * FROM {residents(relation)} WHERE person_household_number IS NOT NULL),
        heads AS (SELECT person_household_number, any_value(person_name) AS name, any_value(person_alias) AS alias,
                         any_value(person_name_roman) AS roman
                  FROM living WHERE is_head GROUP BY ALL HAVING COUNT(*) = 1)
        SELECT l.*, h.name FROM living l JOIN heads h USING (person_household_number)
        WHERE l.person_household_head_name <> h.name
          AND {bare('l.person_household_head_name')} NOT IN (
              {bare('h.name')}, COALESCE({bare('h.alias')}, ''), COALESCE({bare('h.roman')}, ''))""")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "person.household_head_name")), reason=pl.lit("head_name"),
        before=pl.col("person_household_head_name"), candidate=pl.col("name"),
        about=pl.concat_str("person_household_head_name", "name", separator="\x1f")), "HSE-011")
