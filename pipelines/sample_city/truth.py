"""What is true of the sample city: every planted defect and every legal oddity, one row each and generation."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

TRUTH_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "area": pl.String,
    "group_id": pl.String,
    "source": pl.String,
    "subject": pl.String,
    "source_item": pl.String,
    "item": pl.String,
    "rule_id": pl.String,
    "action": pl.String,
    "after": pl.String,
    "also_ok": pl.List(pl.String),
    "planted": pl.Boolean,
    "note": pl.String,
}
"""``subject`` is the source key joined by ``/`` (pairs and households: sorted, joined by ``|``).

``planted`` is false for a legal oddity on which the rule must not fire, or after which (action AUTO) the value must be
``after``. Rules that rewrite whole columns (DAT-001, NAM-011 on host kana …) have rows for some of their cells only."""


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One row of TRUTH_SCHEMA."""

    area: str
    group_id: str
    source: str
    subject: str
    source_item: str
    item: str
    rule_id: str
    action: str
    after: str | None = None
    also_ok: tuple[str, ...] = ()
    planted: bool = True
    note: str = ""


_HELD = 20_000
"""Rows held as objects before they become a frame."""


@dataclass
class TruthBook:
    """Collects the rows of one generation."""

    rows: list[TruthRow] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)

    def add(self, row: TruthRow) -> None:
        """Take one row."""
        self.rows.append(row)
        if len(self.rows) >= _HELD:
            self._pack()

    def _pack(self) -> None:
        columns = {name: [getattr(row, name) for row in self.rows] for name in TRUTH_SCHEMA}
        columns["also_ok"] = [list(names) for names in columns["also_ok"]]
        self.frames.append(pl.DataFrame(columns, schema=TRUTH_SCHEMA))
        self.rows = []

    def frame(self) -> pl.DataFrame:
        """All rows in a fixed order."""
        self._pack()
        return pl.concat(self.frames).sort("area", "source", "rule_id", "planted", "subject", "source_item", "note")

    def write(self, path: Path) -> None:
        """Write the rows as Parquet."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.frame().write_parquet(path)
