"""What a block task counts while it works."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl


@dataclass(slots=True)
class Tally:
    """What a block task counts while it works; all of it goes into its journal line."""

    decoded: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    declared: dict[str, int] = field(default_factory=dict)
    cured: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    decided: dict[str, int] = field(default_factory=dict)
    changed_by: dict[str, list[str]] = field(default_factory=dict)
    control: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    written_back: int = 0
    round_trips: int = 0

    def add(self, into: dict[str, int], key: str, number: int) -> None:
        """Add ``number`` under ``key``."""
        if number:
            into[key] = into.get(key, 0) + number

    def add_counts(self, into: dict[str, int], column: pl.Series) -> None:
        """Add how often each value of ``column`` occurs."""
        for key, number in column.value_counts(sort=False).iter_rows():
            self.add(into, str(key), int(number))

    def as_counts(self) -> dict[str, Any]:
        """Plain values for the journal, in a fixed order."""
        return {
            "decoded": self.decoded,
            "fates": dict(sorted(self.fates.items())),
            "excluded": dict(sorted(self.excluded.items())),
            "rows": dict(sorted(self.rows.items())),
            "declared": dict(sorted(self.declared.items())),
            "cured": dict(sorted(self.cured.items())),
            "found": dict(sorted(self.found.items())),
            "open": dict(sorted(self.open.items())),
            "decided": dict(sorted(self.decided.items())),
            "changed_by": {k: sorted(set(v)) for k, v in sorted(self.changed_by.items())},
            "control": self.control,
            "totals": dict(sorted(self.totals.items())),
            "written_back": self.written_back,
            "round_trips": self.round_trips,
        }
