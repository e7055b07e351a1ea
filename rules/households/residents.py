"""Who lives in the city now: the rows of ``persons`` that household rules and headcounts speak of."""

from __future__ import annotations

import duckdb

from rules.references.relations import select_columns

_COLUMNS = (
    "person_number", "person_household_number", "person_latest", "person_kind", "person_status", "person_removed",
    "person_deleted", "person_relationship", "person_relationship_text", "person_name", "person_name_roman",
    "person_alias", "person_household_head_name",
    "person_sex", "person_birth_date", "ward_code", "address_town", "address_lot", "address_building",
)
CURRENT = (
    "area = '001' AND person_number IS NOT NULL AND person_latest = '1' AND COALESCE(person_deleted, '0') = '0' "
    "AND group_id IS DISTINCT FROM 'support_measure'"
)
"""The latest row of a person of the register, resident or removed."""

LIVING = f"{CURRENT} AND COALESCE(person_status, '1') = '1' AND COALESCE(person_removed, '0') = '0'"
"""The latest row of a present resident. The status decides; a date of removal alone may be a 転出予定."""

HEAD = (
    "(CASE WHEN group_id = 'resident' OR person_relationship_text IS NULL THEN person_relationship = '02' "
    "ELSE person_relationship_text = '世帯主' END)"
)
"""Whether a row is a 世帯主: by the standard code, or by the text where a source still has codes of its own."""


RESIDENTS = "residents_now"


def residents(relation: duckdb.DuckDBPyConnection, where: str = LIVING) -> str:
    """A subquery of ``persons`` with the columns household rules read, one row a current row of the register, and
    ``is_head``: whether it is a 世帯主.

    A row that stands twice in a file (FIL-016) stands twice here, as it would in the new system. The present residents
    are asked for by ten rules: they are taken out of the key files once a connection.
    """
    rows = f"""SELECT *, COALESCE({HEAD}, FALSE) AS is_head
               FROM (SELECT {select_columns(relation, 'persons', *_COLUMNS)} FROM persons) WHERE {where}"""
    if where != LIVING:
        return f"({rows})"
    relation.execute(f"CREATE TEMP TABLE IF NOT EXISTS {RESIDENTS} AS {rows}")
    return RESIDENTS
