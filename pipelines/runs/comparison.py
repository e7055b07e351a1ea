"""Two runs of a project side by side: which issues are new, gone, decided or open again, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.errors import DefinitionError
from pipelines.ledger import ASKED_COLUMNS, classify
from pipelines.ledger.decision_states import ASK_AGAIN, OPEN
from pipelines.runs.folder import MANIFEST, completed_runs, read_json

_COLUMNS = (*ASKED_COLUMNS, "severity")
_AGAIN = tuple(state for state in ASK_AGAIN if state != OPEN)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What moved between two runs.

    Attributes:
        earlier: Run id of the first.
        later: Run id of the second.
        totals: Issues ``earlier``, ``later``, ``new`` (only in the later one), ``gone`` (only in the earlier one),
            ``decided`` (open then, decided now), ``reopened`` (decided then, asked again now), ``changed`` (another
            value), ``open_earlier`` and ``open_later``.
        rules: The same by rule: rule_id and one column a count, most new and reopened first.
        measures: Measure → (value then, value now) where either is known.
        gates: The gates of acceptance.yml of both runs: id, item, measure, and of each run ``verdict``, ``value`` and
            ``at_most`` (suffix ``_later``); null where a run has no such gate.
        names: Rule → what people call it.
        seconds: Duration of both runs.
        open_by_run: (run id, open issues) of every run alike up to the later one.
        forecast: Rehearsals to come until nothing is open at the pace of the last; None when the count does not fall.
    """

    earlier: str
    later: str
    totals: Mapping[str, int]
    rules: pl.DataFrame
    measures: Mapping[str, tuple[int | None, int | None]]
    seconds: tuple[float, float]
    open_by_run: Sequence[tuple[str, int]]
    forecast: int | None
    gates: pl.DataFrame
    names: Mapping[str, str]


def compare_runs(earlier: Path, later: Path) -> Comparison:
    """Compare two complete runs, each with the decisions that were frozen into it.

    Raises:
        DefinitionError: They are not runs of one project, or not of one kind (``--source-only``).
    """
    told = [read_json(run / MANIFEST) for run in (earlier, later)]
    if told[0].get("project") != told[1].get("project") or told[0].get("source_only") != told[1].get("source_only"):
        raise DefinitionError(
            f"{earlier.name} and {later.name}", expected="two runs of one project and one kind",
            found="runs of different projects, or one with --source-only", todo="Name two runs that can be compared.",
        )
    one, other = _judged(earlier), _judged(later)
    both = one.join(other, on="issue_id", how="full", coalesce=True, suffix="_later")
    asked, asked_later = pl.col("state").is_in(list(ASK_AGAIN)), pl.col("state_later").is_in(list(ASK_AGAIN))
    there, there_later = pl.col("state").is_not_null(), pl.col("state_later").is_not_null()
    flags = {
        "earlier": there, "later": there_later, "new": ~there & there_later, "gone": there & ~there_later,
        "decided": there & there_later & asked & ~asked_later,
        "reopened": there & there_later & ~asked & asked_later & pl.col("state_later").is_in(list(_AGAIN)),
        "changed": there & there_later & (pl.col("value_hash") != pl.col("value_hash_later")),
        "open_earlier": there & asked, "open_later": there_later & asked_later,
    }
    marked = both.select(
        pl.coalesce("rule_id", "rule_id_later").alias("rule_id"),
        *(flag.fill_null(False).alias(name) for name, flag in flags.items()),
    )
    counts = [pl.col(name).sum().cast(pl.Int64) for name in flags]
    rules = marked.group_by("rule_id").agg(counts).sort(
        [pl.col("new") + pl.col("reopened"), "open_later", "rule_id"], descending=[True, True, False]
    )
    totals = marked.select(counts).row(0, named=True)
    statistics = [read_json(run / "statistics.json") for run in (earlier, later)]
    measures = [s.get("measures", {}) for s in statistics]
    alike = _alike(later)
    opened = [(run.name, int(read_json(run / "statistics.json")["issues"]["open"])) for run in alike]
    return Comparison(
        earlier.name, later.name, {name: int(totals[name] or 0) for name in flags}, rules,
        {name: (measures[0].get(name), measures[1].get(name)) for name in sorted({*measures[0], *measures[1]})},
        (_seconds(earlier), _seconds(later)), opened, runs_to_zero([size for _, size in opened]),
        _gates(statistics), _names(later) | _names(earlier),
    )


_GATE: dict[str, Any] = {
    "id": pl.String, "item": pl.String, "measure": pl.String, "verdict": pl.String, "value": pl.Int64,
    "at_most": pl.Int64,
}


def _gates(statistics: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    sides = [
        pl.DataFrame([{name: gate.get(name) for name in _GATE} for gate in one.get("gates", [])], schema=_GATE)
        for one in statistics
    ]
    both = sides[0].join(sides[1], on="id", how="full", coalesce=True, suffix="_later")
    named = both.with_columns(pl.coalesce(f"{name}_later", name).alias(name) for name in ("item", "measure"))
    return named.drop("item_later", "measure_later").sort("id")


def _names(run: Path) -> dict[str, str]:
    path = run / "rules.json"
    told: Mapping[str, Mapping[str, Any]] = read_json(path) if path.is_file() else {}
    return {rule: str(row.get("name_ja") or "") for rule, row in told.items()}


def runs_to_zero(opened: Sequence[int]) -> int | None:
    """Further runs until nothing is open, at the pace of the last two; None when the count does not fall."""
    if not opened or opened[-1] == 0:
        return 0 if opened else None
    if len(opened) < 2 or opened[-1] >= opened[-2]:
        return None
    pace = opened[-2] - opened[-1]
    return -(-opened[-1] // pace)


def _alike(later: Path) -> list[Path]:
    source_only = later.name.endswith("-source-only")
    asked = read_json(later / MANIFEST).get("areas")
    return [
        run for run in completed_runs(later.parent.parent)
        if run.name <= later.name and run.name.endswith("-source-only") == source_only
        and read_json(run / MANIFEST).get("areas") == asked
    ]


def _judged(run: Path) -> pl.DataFrame:
    """Issues of a run with their states under the decisions frozen into it."""
    frames = [
        pl.scan_parquet(path).select(_COLUMNS).collect() for path in sorted((run / "issues").glob("*.parquet"))
    ]
    issues = pl.concat(frames)
    statistics: dict[str, Any] = read_json(run / "statistics.json")
    states = classify(
        issues, pl.read_parquet(run / "decisions.parquet"), as_of=date.fromisoformat(statistics["as_of"]),
        generation=statistics["generation"],
    )
    return issues.select("issue_id", "value_hash", "rule_id").join(
        states.select("issue_id", "state"), on="issue_id", how="left", maintain_order="left"
    )


def _seconds(run: Path) -> float:
    path = run / "run.json"
    return float(read_json(path)["seconds"]) if path.is_file() else 0.0
