"""HSE-009 続柄と年齢：世帯主の子が世帯主より年長、または世帯主の父母が世帯主より年少。

Issued by: team knowledge (△): a 子 is born after, a 父 or 母 before the 世帯主, by twelve years or more. Adoption and
remarriage make exceptions, so a person looks. Compared among present residents of a household with one 世帯主, on full
dates only. Source: rule catalogue HSE-009.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.households.residents import residents
from rules.references.relations import item_name, rows_of, whole_findings

YEARS = 12
_FULL = "'^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$'"
CHILD = "(CASE WHEN group_id = 'resident' THEN person_relationship = '20' ELSE person_relationship_text = '子' END)"
PARENT = (
    "(CASE WHEN group_id = 'resident' THEN person_relationship IN ('51', '52') "
    "ELSE person_relationship_text IN ('父', '母') END)"
)


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a child or parent whose birth does not fit that of the 世帯主."""
    later = f"CAST(CAST(substr({{0}}, 1, 4) AS INTEGER) + {YEARS} AS VARCHAR) || substr({{0}}, 5)"
    found = rows_of(relation, f"""
        WITH living AS (SELECT *, COALESCE({CHILD}, FALSE) AS is_child,
                               COALESCE({PARENT}, FALSE) AS is_parent
                        FROM {residents(relation)}
                        WHERE person_household_number IS NOT NULL AND regexp_matches(person_birth_date, {_FULL})),
        heads AS (SELECT person_household_number, any_value(person_birth_date) AS head_birth, any_value(subject) AS head
                  FROM living WHERE is_head GROUP BY ALL HAVING MIN(subject) = MAX(subject))
        SELECT l.*, h.head_birth, CASE WHEN is_child THEN 'child' ELSE 'parent' END AS reason
        FROM living l JOIN heads h USING (person_household_number)
        WHERE (is_child AND person_birth_date < {later.format('head_birth')})
           OR (is_parent AND head_birth < {later.format('person_birth_date')})
        QUALIFY ROW_NUMBER() OVER (PARTITION BY area, subject ORDER BY file, record_no) = 1""")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "person.birth_date")), before=pl.col("person_birth_date"),
        evidence=pl.lit("世帯主の生年月日との差が") + pl.when(pl.col("reason") == "child").then(
            pl.lit(f"子として{YEARS}年に満たない")).otherwise(pl.lit(f"父母として{YEARS}年に満たない")),
        about=pl.concat_str("person_birth_date", "head_birth", separator="\x1f")), "HSE-009")
