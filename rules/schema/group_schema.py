"""The pandera schema of a standard group: every item a String column, every check a catalogue rule.

pandera 0.35 on polars checks nothing on a LazyFrame, reports whole rows for checks of a frame, and has no useful
coerce, ``unique`` or ``drop_invalid_rows``: so blocks are eager, checks of several items are checks of one column, and
keys are compared over whole files elsewhere.
"""

from __future__ import annotations

from functools import cache

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from layouts.standard_groups import StandardGroup
from rules.schema.cell_checks import CellCheck, checks_of


@cache
def checks_by_item(group: StandardGroup) -> dict[str, tuple[CellCheck, ...]]:
    """The checks of each item, in the group's order; position = ``check_number`` of pandera's failure cases."""
    found: dict[str, list[CellCheck]] = {name: [] for name in group.names}
    for check in checks_of(group):
        found[check.item].append(check)
    return {name: tuple(checks) for name, checks in found.items()}


@cache
def build_schema(group: StandardGroup) -> pa.DataFrameSchema:
    """The schema of a group.

    Each check's ``error`` is its rule id; each column's metadata holds the layout's item (``item``). Columns are
    nullable: an empty cell is a check of its own where one is asked for.
    """
    return pa.DataFrameSchema(
        {name: pa.Column(pl.String, checks=[_pandera_check(check) for check in checks], nullable=True, required=True,
                         title=name, metadata={"item": group.by_name[name]})
         for name, checks in checks_by_item(group).items()},
        name=f"{group.family}/{group.edition}/{group.area}/{group.id}", strict=False)


def _pandera_check(check: CellCheck) -> pa.Check:
    def passes(data: PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(check.passes.alias(data.key))

    return pa.Check(passes, name=check.reason, error=check.rule_id, ignore_na=not check.asks_for_value)
