"""What the reports of a run need beside its issues: what was received, what each mapping was expected to make of it,
and the ages of the residents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from layouts.mappings import Mapping as GroupMapping
from pipelines.flows.plan import SourcePlan, Target
from pipelines.steps.receive import ReceivedFile

RECEIVED_FILES: dict[str, Any] = {
    "area": pl.String, "source": pl.String, "file": pl.String, "records": pl.Int64, "size": pl.Int64,
    "sha256": pl.String, "extracted_on": pl.String,
}
EXPANSION: dict[str, Any] = {
    "area": pl.String, "source": pl.String, "group_id": pl.String, "declared": pl.String, "records": pl.Int64,
    "rows": pl.Int64, "least": pl.Int64, "most": pl.Int64, "outside": pl.Int64,
}
"""``least``, ``most`` and ``outside`` stand where the mapping declares ``rows``: the rows it expected in all, and the
records that gave more or fewer."""


def received_files(area_of: Mapping[str, str], received: Mapping[str, Sequence[ReceivedFile]]) -> pl.DataFrame:
    """RPT-01: every received file as its 受領票 says and as it was found."""
    rows = [
        (area_of[s], s, f.name, f.records, f.size, f.sha256, f.extracted_on)
        for s, files in received.items() if s in area_of for f in files
    ]
    return pl.DataFrame(rows, schema=RECEIVED_FILES, orient="row").sort("area", "source", "file")


def expansion(
    plans: Mapping[str, SourcePlan], converted: Mapping[str, int], rows: Mapping[tuple[str, str], int],
    declared: Mapping[tuple[str, str], Mapping[str, int]],
) -> pl.DataFrame:
    """Which rows each mapping declared beforehand for a record (1:N), and how many there came to be.

    ``converted`` is the number of converted records by source, ``rows`` the rows by (source, group), ``declared`` what
    the blocks counted against the mapping's ``rows`` (``group.least`` …).
    """
    told = [
        (plan.area_id, source, target.group_id, _declared(target.mapping), converted.get(source, 0),
         rows.get((source, target.group_id), 0), *_expected(target, declared.get((source, target.group_id), {})))
        for source, plan in plans.items() for target in plan.targets if target.mapping is not None
    ]
    return pl.DataFrame(told, schema=EXPANSION, orient="row").sort("area", "source", "group_id")


def _expected(target: Target, counted: Mapping[str, int]) -> tuple[int | None, int | None, int | None]:
    if target.mapping is None or target.mapping.rows is None:
        return None, None, None
    least, most, outside = (counted.get(f"{target.group_id}.{key}", 0) for key in ("least", "most", "outside"))
    return least, most, outside


def _declared(mapping: GroupMapping) -> str:
    if mapping.rows is not None and mapping.rows.of is not None:
        return f"1:N　項目 {mapping.rows.of} の数"
    if mapping.unroll is not None:
        condition = "（条件に合う繰返しだけ）" if mapping.unroll.where is not None else ""
        least, most = 0, mapping.unroll.count
        if mapping.rows is not None:
            least, most = mapping.rows.least, most if mapping.rows.most is None else mapping.rows.most
        return f"1:{least}〜{most}　繰返し {mapping.unroll.group}{condition}"
    return "1:0〜1　条件に合う記録だけ" if mapping.where is not None else "1:1"
