"""What the finished block tasks of an area counted, file by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.flows.plan import SourcePlan, Target
from pipelines.runs.journal import Entry
from pipelines.steps.receive import ReceivedFile


@dataclass(frozen=True, slots=True)
class AreaOutcome:
    """The finished block tasks of an area: (name, source id, file, journal entry), in order."""

    area_id: str
    entries: tuple[tuple[str, str, Path, Entry], ...]

    def folders(self, run: Path, source_id: str | None = None) -> list[Path]:
        """Part folders, of one source or of all."""
        return [run / "parts" / name for name, source, _, _ in self.entries if source_id in (None, source)]

    def with_changes(self, changed_by: Mapping[str, Mapping[str, Sequence[str]]]) -> AreaOutcome:
        """The outcome with what changed its items after the block tasks: task → ``group/item`` → rules, decisions."""
        entries = []
        for name, source, path, entry in self.entries:
            told = {k: list(v) for k, v in entry.counts["changed_by"].items()}
            for key, rules in changed_by.get(name, {}).items():
                told[key] = sorted({*told.get(key, ()), *rules})
            entries.append((name, source, path, replace(entry, counts={**entry.counts, "changed_by": told})))
        return replace(self, entries=tuple(entries))


@dataclass(frozen=True, slots=True)
class FileTotals:
    """What the tasks of one file counted together."""

    decoded: int
    fates: dict[str, int]
    excluded: dict[str, int]
    rows: int
    control: list[Mapping[str, Any]]
    totals: dict[str, int]
    written_back: int
    round_trips: int


def file_counts(outcome: AreaOutcome, file: ReceivedFile) -> FileTotals:
    """Add up the counts of one file's tasks."""
    counts = [e.counts for _, source, path, e in outcome.entries if source == file.source and path == file.path]
    return FileTotals(
        sum(c["decoded"] for c in counts),
        sum_counts([c["fates"] for c in counts]),
        sum_counts([c["excluded"] for c in counts]),
        sum(sum(c["rows"].values()) for c in counts),
        [r for c in counts for r in c["control"]],
        sum_counts([c["totals"] for c in counts]),
        sum(c["written_back"] for c in counts),
        sum(c["round_trips"] for c in counts),
    )


def sum_counts(dictionaries: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Counts of the same name added up, by name."""
    total: dict[str, int] = {}
    for one in dictionaries:
        for key, number in one.items():
            total[key] = total.get(key, 0) + number
    return dict(sorted(total.items()))


def sum_lists(dictionaries: Sequence[Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    """Rules that changed an item, by item; every decision is one 判断."""
    together: dict[str, set[str]] = {}
    for one in dictionaries:
        for key, values in one.items():
            together.setdefault(key, set()).update("判断" if v.startswith("decision:") else v for v in values)
    return {k: sorted(v) for k, v in sorted(together.items())}


def standard_targets(outcome: AreaOutcome, plans: Mapping[str, SourcePlan]) -> list[tuple[str, Target]]:
    """(source, target) of every standard group an area fills."""
    sources = dict.fromkeys(source for _, source, _, _ in outcome.entries)
    return [(s, t) for s in sources for t in plans[s].targets if t.group is not None]
