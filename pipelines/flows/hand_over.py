"""Receivers in a run: asked characters, approved answers, and the projection of every group that a receiver gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from char_mapping.identification.ideographs import load_ideographs
from char_mapping.receivers import Receiver, receiver_of_project
from char_mapping.reference_data import find_table
from char_mapping.shrinking import load_shrink_tables
from char_mapping.text import split_characters
from layouts.records.plans import system_of_source
from pipelines.flows.outcomes import AreaOutcome, standard_targets
from pipelines.flows.plan import SourcePlan
from pipelines.project.definition import ReceiverSettings
from pipelines.project.loading import Project
from pipelines.runs.folder import write_json
from pipelines.steps.decide import answers_for
from pipelines.steps.receivers import (
    Counts,
    GroupRows,
    Lacking,
    character_rows,
    check_findings,
    lacking,
    project_group,
    questions,
)
from pipelines.steps.register import Register, issue_rows

WRITTEN = {"adopt_candidate": "candidate", "replace_with": "value", "map_value": "value"}
"""Kinds of decision on a character, and the column that says what is written for it."""


def receivers_of(project: Project) -> dict[str, tuple[ReceiverSettings, Receiver]]:
    """The receivers of ikou.toml with the 縮退 tables and the GJ code points of this machine, by id."""
    if not project.definition.receivers:
        return {}
    tables, font = load_shrink_tables(), find_table("gj")
    points = dict(font.select("gj", "code_point").iter_rows()) if font is not None else {}
    return {
        name: (
            settings,
            Receiver(replace(receiver_of_project(settings.profile, project.folder), id=name), tables, {}, points),
        )
        for name, settings in sorted(project.definition.receivers.items())
    }


def hand_over(
    project: Project,
    run: Path,
    outcomes: Mapping[str, AreaOutcome],
    plans: Mapping[str, SourcePlan],
    register: Register,
    decisions: pl.DataFrame,
    progress: Callable[[str], None],
) -> dict[str, pl.DataFrame]:
    """Write ``receivers/`` of a run and return its issue rows by area.

    Per receiver: ``<area>/<group>.csv`` in its encoding, ``.steps.parquet``, ``.names.parquet`` and ``summary.json``;
    ``characters.csv`` has one row a character that some receiver lacks.

    Raises:
        LawBroken: A receiver's file holds what the receiver does not have, or a substitute (law 2).
    """
    receivers = receivers_of(project)
    found_issues: dict[str, list[pl.DataFrame]] = {area: [] for area in outcomes}
    every: list[Lacking] = []
    decided: list[Receiver] = []
    for name, (settings, receiver) in receivers.items():
        groups = _groups_for(settings, run, outcomes, plans)
        rare = lacking(groups, [receiver])
        asked = {
            area: issue_rows(rows, register)
            for (area,), rows in questions(rare, receiver).partition_by("area", as_dict=True).items()
        }
        receiver = replace(receiver, decided=_decided(asked, decisions, project.as_of))
        results: dict[tuple[str, str], Counts] = {}
        for group in groups:
            folder = run / "receivers" / name / group.area
            results[group.area, group.group] = project_group(group, receiver, folder)
        checks = check_findings(results, receiver)
        for area in outcomes:
            found_issues[area] += [asked.get(str(area), issue_rows(checks.clear(), register)),
                                   issue_rows(checks.filter(pl.col("area") == area), register)]
        _write_summary(run / "receivers" / name, settings, receiver, results, asked)
        every.append(rare)
        decided.append(receiver)
        held = sum(cells["held"] for counts in results.values() for cells in counts.cells.values())
        progress(f"receiver {name}: {sum(c.rows for c in results.values())} rows, {held} values held")
    if receivers:
        _write_characters(run, every, decided, _source_codes(run, outcomes, plans))
    return {area: pl.concat(frames) for area, frames in found_issues.items() if frames}


def _groups_for(
    settings: ReceiverSettings, run: Path, outcomes: Mapping[str, AreaOutcome], plans: Mapping[str, SourcePlan]
) -> list[GroupRows]:
    groups = []
    for area, outcome in outcomes.items():
        if settings.areas and area not in settings.areas:
            continue
        for source, target in standard_targets(outcome, plans):
            if target.group is None or (settings.groups and target.group_id not in settings.groups):
                continue
            columns = tuple(n for n in target.group.names if not settings.items or n in settings.items)
            if columns:
                parts = tuple(outcome.folders(run, source))
                groups.append(GroupRows(str(area), target.group_id, parts, target.context.items, columns))
    return groups


def _decided(asked: Mapping[str, pl.DataFrame], decisions: pl.DataFrame, as_of: date) -> dict[str, str]:
    """Character → what the approved decisions of any area write for it."""
    decided = {}
    for area in sorted(asked):
        answers = answers_for(asked[area], decisions, as_of).join(
            asked[area].select("issue_id", "before", "candidate"), on="issue_id", how="left", maintain_order="left"
        )
        for row in answers.iter_rows(named=True):
            written = row.get(WRITTEN.get(row["kind"], ""))
            if written:
                decided[row["before"]] = written
    return decided


def _write_summary(
    folder: Path, settings: ReceiverSettings, receiver: Receiver, results: Mapping[tuple[str, str], Counts],
    asked: Mapping[str, pl.DataFrame],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        folder / "summary.json",
        {
            "id": receiver.profile.id,
            "label": receiver.profile.label,
            "profile": settings.profile,
            "encoding": receiver.profile.encoding,
            "sets": list(receiver.profile.sets),
            "six_symbols": receiver.profile.six_symbols,
            "otherwise": receiver.profile.otherwise,
            "missing_tables": list(receiver.tables.missing),
            "asked": {area: rows.height for area, rows in sorted(asked.items())},
            "decided": dict(sorted(receiver.decided.items())),
            "groups": {f"{area}/{group}": counts.as_dict() for (area, group), counts in sorted(results.items())},
        },
    )


def _source_codes(
    run: Path, outcomes: Mapping[str, AreaOutcome], plans: Mapping[str, SourcePlan]
) -> dict[str, set[str]]:
    """Character → ``source:code`` of every two-byte code that occurs and reads so."""
    codes: dict[str, set[str]] = {}
    for outcome in outcomes.values():
        for name, source, path, _ in outcome.entries:
            part = run / "parts" / name / "source_codes.parquet"
            if not part.is_file():
                continue
            system = system_of_source(plans[source].source, path.name)
            for code in pl.read_parquet(part).filter(pl.col("table") == "double")["code"].to_list():
                text = system.double.get(code)
                if text:
                    codes.setdefault(text, set()).add(f"{source}:{code:04X}")
    return codes


def _write_characters(
    run: Path, every: list[Lacking], receivers: list[Receiver], codes: Mapping[str, set[str]]
) -> None:
    together = Lacking()
    for one in every:
        for key, values in one.values.items():
            # Each receiver sees the same rows: the largest count is the count.
            known = together.values.setdefault(key, {})
            for value, count in values.items():
                known[value] = max(count, known.get(value, 0))
    listed = {c for values in together.values.values() for value, _ in values for c in split_characters(value)}
    known_ideographs = load_ideographs() if listed else {}
    kana = {c[0]: " ".join(known_ideographs[c[0]].readings) for c in listed if c[0] in known_ideographs}
    told = {text: " ".join(sorted(where)) for text, where in codes.items()}
    character_rows(together, receivers, told, kana).write_csv(run / "receivers" / "characters.csv", include_bom=True)
