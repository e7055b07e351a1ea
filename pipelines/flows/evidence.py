"""What the reports of a run need beside its issues: what was received, what each mapping was expected to make of it,
and the ages of the residents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from layouts.mappings import Mapping as GroupMapping
from pipelines.flows.plan import SourcePlan
from pipelines.steps.receive import ReceivedFile

RECEIVED_FILES: dict[str, Any] = {
    "area": pl.String, "source": pl.String, "file": pl.String, "records": pl.Int64, "size": pl.Int64,
    "sha256": pl.String, "extracted_on": pl.String,
}
EXPANSION: dict[str, Any] = {
    "area": pl.String, "source": pl.String, "group_id": pl.String, "declared": pl.String, "records": pl.Int64,
    "rows": pl.Int64,
}


def received_files(area_of: Mapping[str, str], received: Mapping[str, Sequence[ReceivedFile]]) -> pl.DataFrame:
    """RPT-01: every received file as its 受領票 says and as it was found."""
    rows = [
        (area_of[s], s, f.name, f.records, f.size, f.sha256, f.extracted_on)
        for s, files in received.items() if s in area_of for f in files
    ]
    return pl.DataFrame(rows, schema=RECEIVED_FILES, orient="row").sort("area", "source", "file")


def expansion(
    plans: Mapping[str, SourcePlan], converted: Mapping[str, int], rows: Mapping[tuple[str, str], int]
) -> pl.DataFrame:
    """Which rows each mapping declared beforehand for a record (1:N), and how many there came to be.

    ``converted`` is the number of converted records by source, ``rows`` the rows by (source, group).
    """
    told = [
        (plan.area_id, source, target.group_id, _declared(target.mapping), converted.get(source, 0),
         rows.get((source, target.group_id), 0))
        for source, plan in plans.items() for target in plan.targets if target.mapping is not None
    ]
    return pl.DataFrame(told, schema=EXPANSION, orient="row").sort("area", "source", "group_id")


def _declared(mapping: GroupMapping) -> str:
    if mapping.unroll is not None:
        condition = "（条件に合う繰返しだけ）" if mapping.unroll.where is not None else ""
        return f"1:0〜{mapping.unroll.count}　繰返し {mapping.unroll.group}{condition}"
    return "1:0〜1　条件に合う記録だけ" if mapping.where is not None else "1:1"
