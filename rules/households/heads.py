"""Households by the number of their 世帯主, counted over present residents; read by HSE-001 and HSE-002."""

from __future__ import annotations

import duckdb
import polars as pl

from rules.households.residents import residents
from rules.references.isolated import isolated_numbers
from rules.references.relations import rows_of


def households_with_heads(relation: duckdb.DuckDBPyConnection, having: str, members: str) -> pl.DataFrame:
    """One row a household for which ``having`` (over ``heads`` and ``size``) is true.

    ``members`` is the SQL condition for the persons named in ``subject`` (their subjects, sorted, joined by ``|``);
    the row's place is that of the first of them. A row that stands twice is one person. ``one_isolated`` says that a
    record of the household is kept apart: who is missing may be there.
    """
    return rows_of(relation, f"""
        WITH living AS (SELECT * FROM {residents(relation)} WHERE person_household_number IS NOT NULL),
        counted AS (SELECT person_household_number AS household, COUNT(*) FILTER (WHERE is_head) AS heads,
                           COUNT(*) AS size FROM living GROUP BY ALL HAVING {having}),
        listed AS (SELECT * FROM living JOIN counted ON person_household_number = household
                   QUALIFY ROW_NUMBER() OVER (PARTITION BY area, subject ORDER BY file, record_no) = 1),
        households AS (SELECT household, COUNT(*) FILTER (WHERE is_head) AS heads, COUNT(*) AS size
                       FROM listed GROUP BY household HAVING {having})
        SELECT household, any_value(h.heads) AS heads, any_value(h.size) AS size,
               bool_or(i.household_number IS NOT NULL) AS one_isolated,
               string_agg(subject, '|' ORDER BY subject) AS subject,
               first(area ORDER BY subject) AS area, first(group_id ORDER BY subject) AS group_id,
               first(source ORDER BY subject) AS source, first(file ORDER BY subject) AS file,
               first(record_no ORDER BY subject) AS record_no, first(byte_offset ORDER BY subject) AS byte_offset,
               household || chr(31) || string_agg(subject || chr(30) || COALESCE(person_relationship, ''), chr(31)
                                                  ORDER BY subject) AS about
        FROM listed JOIN households h USING (household)
        LEFT JOIN {isolated_numbers(relation, 'household_number')} i ON household = i.household_number WHERE {members}
        GROUP BY household""")
