"""Files of segments: each record takes over items of the last record above it (a member those of its household)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from layouts.records.blocks import RECORD_NO, DecodedBlock
from layouts.records.decoder import decode_block
from layouts.records.framing import RawBlock
from layouts.records.isolation import Apart, isolate_unkeyed
from layouts.records.plans import DecodingPlan

_PARENT_NO = "_parent_no"


class Segments:
    """Decodes the blocks of one file in order, and remembers the last parents from one block to the next."""

    def __init__(self, plan: DecodingPlan) -> None:
        """``plan`` names the parents, outermost first; keys may be items of theirs (``世帯.世帯番号``)."""
        self.plan = plan
        above = {name for parent in plan.parents for name in parent.columns()}
        self.own_key = tuple(name for name in plan.key if name not in above)
        self.above_key = tuple(name for name in plan.key if name in above)
        self._last: list[pl.DataFrame | None] = [None] * len(plan.parents)

    def decode(self, raw: RawBlock) -> DecodedBlock:
        """The data records of a block with the items of their parents before their own.

        A record before which there is none of its parents is isolated as ``no_parent``. A parent counts only for the
        records behind the last one of the parents above it.
        """
        block = decode_block(replace(self.plan, key=self.own_key, parents=()), raw)
        table = block.table
        at_fault = pl.repeat(False, table.height, dtype=pl.Boolean, eager=True)
        above = pl.repeat(0, table.height, dtype=pl.Int64, eager=True)
        for level, parent in enumerate(self.plan.parents):
            rows = self._parents(level, raw)
            numbers = table.select(RECORD_NO).join_asof(rows, on=RECORD_NO, strategy="backward")
            orphaned = numbers[_PARENT_NO].is_null() | (numbers[_PARENT_NO] < above)
            at_fault = at_fault | orphaned
            above = numbers[_PARENT_NO].fill_null(0)
            table = table.hstack(numbers.select(parent.columns()))
        apart = Apart()
        positions = table[RECORD_NO].to_numpy() - 1 - raw.first_record
        alone = positions[at_fault.to_numpy()].astype(np.int64)
        apart.add(alone, "isolated", "no_parent", self.plan.parents[-1].record)
        orphans = table.filter(at_fault)
        table = table.filter(~at_fault)
        faults = block.faults.filter(~pl.col("record_no").is_in(orphans[RECORD_NO].to_list()))
        table, faults, unkeyed = isolate_unkeyed(
            self.above_key, table, faults, positions[~at_fault.to_numpy()].astype(np.int64), apart
        )
        names = [name for parent in self.plan.parents for name in parent.columns()]
        lineage, own = table.columns[:2], [name for name in table.columns[2:] if name not in names]
        blank = [pl.lit(None, pl.String).alias(name) for name in names]
        first = block.unkeyed.with_columns(blank)
        order = [*lineage, *names, *own]
        return replace(
            block, table=table.select(order), faults=faults,
            apart=pl.concat([block.apart, apart.frame(raw)]).sort("record_no"),
            unkeyed=pl.concat([frame.select(order) for frame in (first, orphans, unkeyed)]).sort(RECORD_NO),
        )

    def _parents(self, level: int, raw: RawBlock) -> pl.DataFrame:
        """Record numbers and items of one level's parents, from the last one of the blocks before on."""
        parent = self.plan.parents[level]
        record = self.plan.copybook.record(parent.record) if self.plan.copybook else self.plan.layout
        unread = frozenset(f.name for f in record.fields() if f.name not in parent.items)
        plan = replace(self.plan, record=parent.record, key=(), parents=(), unread=unread, raw_bytes=())
        block = decode_block(plan, raw)
        found = block.table.select(
            RECORD_NO, pl.col(RECORD_NO).alias(_PARENT_NO),
            *(pl.col(item).alias(name) for item, name in zip(parent.items, parent.columns(), strict=True)),
        )
        # Behind a parent that cannot be read its children must not go to the one before it.
        lost = block.apart.filter(pl.col("fate") == "isolated", pl.col("fault") != "unknown_record_type")
        if lost.height:
            found = pl.concat([found, lost.select(pl.col("record_no").alias(RECORD_NO))],
                              how="diagonal").sort(RECORD_NO)
        last = self._last[level]
        rows = found if last is None else pl.concat([last, found])
        self._last[level] = rows.tail(1) if rows.height else None
        return rows.set_sorted(RECORD_NO)
