"""Records that leave the table: control records, and what cannot be decoded or keyed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from layouts.records.blocks import APART_SCHEMA, RECORD_NO
from layouts.records.framing import RawBlock

Rows = npt.NDArray[np.int64]


@dataclass(slots=True)
class Apart:
    """Records that leave a block's table, collected as they are found; ``rows`` are positions in the raw block."""

    rows: list[int] = field(default_factory=list)
    fates: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)

    def add(self, rows: Rows, fate: str, fault: str, item: str = "") -> None:
        """Add records of one fate."""
        self.rows += rows.tolist()
        self.fates += [fate] * rows.size
        self.faults += [fault] * rows.size
        self.items += [item] * rows.size

    def frame(self, raw: RawBlock) -> pl.DataFrame:
        """The records as APART_SCHEMA, in file order."""
        if not self.rows:
            return pl.DataFrame(schema=APART_SCHEMA)
        rows = np.array(self.rows, np.int64)
        return pl.DataFrame(
            {
                "record_no": rows + raw.first_record + 1,
                "byte_offset": raw.offsets[rows],
                "fate": self.fates,
                "fault": self.faults,
                "item": self.items,
                "raw_bytes": [raw.record(row) for row in self.rows],
            },
            APART_SCHEMA,
        ).sort("record_no")


def isolate_unkeyed(
    key: tuple[str, ...], table: pl.DataFrame, faults: pl.DataFrame, rows: Rows, apart: Apart
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Take records out whose key items are null; their faults go with them (the bytes stand in ``apart``).

    ``rows`` are the positions of the table's records in the raw block. The fault of an isolated record is that of its
    key item: ``low_value``, ``zoned_digit`` …, or ``blank``. Returns the records left, their faults, and the records
    taken out as far as they decode.
    """
    if not any(table[item].null_count() for item in key):
        return table, faults, table.clear()
    taken = [table.clear()]
    for item in key:
        missing = table[item].is_null()
        if not missing.any():
            continue
        at = missing.to_numpy()
        numbers = table[RECORD_NO].to_numpy()[at].tolist()
        named = dict(faults.filter(pl.col("item") == item).select("record_no", "fault").iter_rows())
        for number, row in zip(numbers, rows[at], strict=True):
            apart.add(np.array([row], np.int64), "isolated", named.get(number, "blank"), item)
        faults = faults.filter(~pl.col("record_no").is_in(numbers))
        taken.append(table.filter(missing))
        table, rows = table.filter(~missing), rows[~at]
    return table, faults, pl.concat(taken).sort(RECORD_NO)
