"""One sheet of the 移行検証報告書, and what its makers share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, REASONED, AreaVerdict
from pipelines.reports.run_files import RunFiles

LISTED = 2_000
"""Rows of a list; how many there are beyond them stands under it."""
MADE = "作成"
NOT_LOADED = "新システムに取り込んだあとの再抽出（loaded/）がまだない。ikou reconcile のあとに記載する。"
SEVERITIES = {"E": "誤り", "W": "警告", "I": "参考"}


@dataclass(frozen=True)
class Sheet:
    """One report: number, name, state (差0, 理由付き, 未達, 未実施, or 作成 where nothing is judged), what it says.

    ``why`` is the sentence that stands where there are no rows.
    """

    number: str
    name: str
    state: str
    lead: str
    columns: tuple[tuple[str, float], ...]
    rows: Sequence[Sequence[Any]] = field(default_factory=tuple)
    beyond: int = 0
    why: str = "該当するものはない。"

    @property
    def tab(self) -> str:
        """Name of the tab (at most 31 signs)."""
        return f"{self.number} {self.name}"[:31]


def area_name(run: RunFiles, area: str) -> str:
    """Number and name of an area."""
    label = run.statistics.get("areas", {}).get(area, {}).get("label", "")
    return f"{area} {label}".strip()


def group_name(run: RunFiles, area: str, group: str) -> str:
    """A group as people call it; its id where the run does not say."""
    return str(_of_area(run, area, "groups").get(group, group))


def source_name(run: RunFiles, area: str, source: str) -> str:
    """A source as people call it; its id where the run does not say."""
    return str(_of_area(run, area, "sources").get(source) or source)


def worded(run: RunFiles, area: str, note: str) -> str:
    """A gate's note with groups by the names people call them."""
    groups = _of_area(run, area, "groups")
    return " ".join(str(groups.get(word, word)) for word in note.split(" "))


def _of_area(run: RunFiles, area: str, kind: str) -> Mapping[str, str]:
    told: Mapping[str, str] = run.statistics.get("areas", {}).get(area, {}).get(kind) or {}
    return told


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
