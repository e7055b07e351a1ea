"""One sheet of the 移行検証報告書, and what its makers share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, REASONED, AreaVerdict
from pipelines.reports.run_files import RunFiles

LISTED = 2_000
"""Rows of a list; how many there are beyond them stands under it."""
MADE = "作成"


@dataclass(frozen=True)
class Sheet:
    """One report: number, name, state (差0, 理由付き, 未達, 未実施, or 作成 where nothing is judged), what it says."""

    number: str
    name: str
    state: str
    lead: str
    columns: tuple[tuple[str, float], ...]
    rows: Sequence[Sequence[Any]] = field(default_factory=tuple)
    beyond: int = 0

    @property
    def tab(self) -> str:
        """Name of the tab (at most 31 signs)."""
        return f"{self.number} {self.name}"[:31]


def area_name(run: RunFiles, area: str) -> str:
    """Number and name of an area."""
    label = run.statistics.get("areas", {}).get(area, {}).get("label", "")
    return f"{area} {label}".strip()


def state_of(areas: Sequence[AreaVerdict], *reports: str) -> str:
    """The worst verdict of the gates of some reports over all areas."""
    verdicts = {gate["verdict"] for area in areas for gate in area.gates if gate["report"] in reports}
    return next((verdict for verdict in (MISSED, NOT_DONE, REASONED, NONE) if verdict in verdicts), NOT_DONE)


def reconciled_by_run(run: RunFiles, name: str) -> pl.DataFrame | None:
    """A table of the run's ``reconcile`` folder; None where the run has none."""
    path = run.folder / "reconcile" / f"{name}.parquet"
    return pl.read_parquet(path) if path.is_file() else None


def listed(rows: Iterable[Sequence[Any]], size: int) -> dict[str, Any]:
    """``rows`` and ``beyond`` of a sheet that lists the first LISTED of ``size`` rows."""
    return {"rows": [row for _, row in zip(range(LISTED), rows, strict=False)], "beyond": max(0, size - LISTED)}
