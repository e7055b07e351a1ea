"""References to records that are kept apart: the target is there, only not readable yet, and nobody is an orphan.

The flow gives the table ``isolated`` (area, source, file, record_no, person_number, household_number of every isolated
record, where the numbers could be read).
"""

from __future__ import annotations

import duckdb

from rules.references.relations import view_columns

TARGET_ISOLATED = "参照先は隔離"


def isolated_numbers(relation: duckdb.DuckDBPyConnection, column: str) -> str:
    """A subquery with the distinct values of ``column`` (``person_number``, ``household_number``) of isolated records
    of the register (area 001); empty where nothing was isolated.
    """
    if column not in view_columns(relation, "isolated"):
        return f"(SELECT CAST(NULL AS VARCHAR) AS {column} WHERE false)"
    return f"(SELECT DISTINCT {column} FROM isolated WHERE area = '001' AND {column} IS NOT NULL)"
