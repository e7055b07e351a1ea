"""HSE-010 配偶者重複：一つの世帯に世帯主の夫または妻（未届を含む）が二人以上いる。

Issued by: team knowledge (△) on 住民基本台帳事務処理要領 (夫, 妻 are words of 続柄 to one 世帯主). Counted over present
residents by 世帯番号, by the standard code or by the text where a source has codes of its own. The finding names the
spouses, sorted and joined by ``|``. Source: rule catalogue HSE-010.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.households.residents import residents
from rules.references.relations import LINEAGE, item_name, rows_of, whole_findings

SPOUSE = (
    "(CASE WHEN group_id = 'resident' THEN person_relationship IN ('11', '12', '13', '14') "
    "ELSE person_relationship_text IN ('夫', '妻', '夫（未届）', '妻（未届）') END)"
)


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a household with two or more spouses of its 世帯主."""
    placed = ", ".join(f"first({c} ORDER BY subject) AS {c}" for c in LINEAGE if c != "subject")
    found = rows_of(relation, f"""
        WITH several AS (
            SELECT person_household_number FROM {residents(relation)}
            WHERE person_household_number IS NOT NULL AND {SPOUSE} GROUP BY ALL HAVING COUNT(*) > 1),
        spouses AS (
            SELECT * FROM {residents(relation)} SEMI JOIN several USING (person_household_number) WHERE {SPOUSE}
            QUALIFY ROW_NUMBER() OVER (PARTITION BY area, subject ORDER BY file, record_no) = 1)
        SELECT person_household_number, COUNT(*) AS spouses, string_agg(subject, '|' ORDER BY subject) AS subject,
               {placed}
        FROM spouses GROUP BY person_household_number HAVING COUNT(*) > 1""")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "person.relationship")), reason=pl.lit("several_spouses"),
        before=pl.col("person_household_number"), evidence=pl.format("夫または妻が{}人", "spouses"),
        about=pl.concat_str("person_household_number", "subject", separator="\x1f")), "HSE-010")
