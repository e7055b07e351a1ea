"""After the block tasks: link, gather, reconcile, judge, and the manifest that makes a run exist."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from layouts.meanings import load_meanings
from layouts.standard_groups import load_areas
from pipelines.errors import LawBroken
from pipelines.flows.block_work import ISOLATED_SCHEMA, RECEIVED_SCHEMA
from pipelines.flows.evidence import expansion, received_files
from pipelines.flows.figure_chain import figure_tables
from pipelines.flows.linked import held_numbers, links_decided, plan_links, write_links_decided
from pipelines.flows.plan import SourcePlan, Target, masters_of
from pipelines.ledger import Access, Registration, classify, open_ledger
from pipelines.project.data_folder import read_controls
from pipelines.project.loading import Project
from pipelines.runs.fingerprint import sha256_of
from pipelines.runs.folder import MANIFEST, read_json, write_json
from pipelines.runs.journal import Entry
from pipelines.steps.gather import gather_tables
from pipelines.steps.images import IMAGE_SCHEMA, ComparedImages, compare_images
from pipelines.steps.judge import CLOSED_STATES, measure, verdicts
from pipelines.steps.link import KeyFile, relations
from pipelines.steps.pair_issues import tell_reopened, with_confidence
from pipelines.steps.receive import ReceivedFile
from pipelines.steps.reconcile import (
    ROUND_TRIP_SCHEMA,
    FileCount,
    control_rows,
    control_table,
    record_table,
)
from pipelines.steps.register import Register, issue_rows
from rules.catalogue import load_catalogue
from rules.contract import WHOLE_FINDING_SCHEMA, RuleContext
from rules.duplicates.pair_findings import PAIR_RULES
from rules.identities.evaluation import evaluate
from rules.reconciliation.headcounts import age_table, headcounts

INDIVIDUAL = ("approve", "judge")
"""Sheets of the work list on which a person answers row by row."""

HOW_PROVEN = {
    "1": "記録ごとの行き先（fates）を数え、対応表が定める行数を復号した源泉から別に計算して比べた",
    "2": "項目ごとに文字を変換の前後で数え、規則または判断が変えた項目のほかは同数、置換文字の増加は0",
    "3": "変わった列のすべてに規則の記録があり、変換前の列の照合値を残した（ikou verify が復元して確かめる）",
    "4": "指紋（入力・定義・判断・版）を記録した（ikou verify --rerun が再実行して確かめる）",
    "5": "宛名番号の列は変換の前後で同じ",
}


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


def _sum(dictionaries: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in dictionaries:
        for key, number in one.items():
            total[key] = total.get(key, 0) + number
    return dict(sorted(total.items()))


def file_counts(outcome: AreaOutcome, file: ReceivedFile) -> FileTotals:
    """Add up the counts of one file's tasks."""
    counts = [e.counts for _, source, path, e in outcome.entries if source == file.source and path == file.path]
    return FileTotals(
        sum(c["decoded"] for c in counts),
        _sum([c["fates"] for c in counts]),
        _sum([c["excluded"] for c in counts]),
        sum(sum(c["rows"].values()) for c in counts),
        [r for c in counts for r in c["control"]],
        _sum([c["totals"] for c in counts]),
        sum(c["written_back"] for c in counts),
        sum(c["round_trips"] for c in counts),
    )


def _key_files(run: Path, outcomes: Mapping[str, AreaOutcome], plans: Mapping[str, SourcePlan]) -> list[KeyFile]:
    keys: list[KeyFile] = []
    for outcome in outcomes.values():
        for source_id in dict.fromkeys(source for _, source, _, _ in outcome.entries):
            for target in plans[source_id].targets:
                name = target.group_id or source_id
                paths = tuple(
                    p / f"keys.{name}.parquet"
                    for p in outcome.folders(run, source_id)
                    if (p / f"keys.{name}.parquet").is_file()
                )
                meanings = frozenset(meaning for _, meaning in target.key_items)
                if paths:
                    place = (outcome.area_id, target.group_id) if target.group and target.identity_items else None
                    keys.append(KeyFile(paths, meanings, place, target.identity_items))
    return keys


def link_areas(
    project: Project,
    run: Path,
    outcomes: MutableMapping[str, AreaOutcome],
    plans: Mapping[str, SourcePlan],
    register: Register,
    received: Mapping[str, Sequence[ReceivedFile]],
    generation: str,
    progress: Callable[[str], None],
) -> dict[str, pl.DataFrame]:
    """Run the rules over whole relations and reconcile with the city's own figures; issue rows by area.

    Also writes ``reconcile/`` and ``links/``, and the links that were decided into the parts of ``outcomes``.
    """
    settings = project.definition.project
    wards = dict(project.definition.city.wards)
    context = RuleContext(
        area="",
        group="",
        source="",
        as_of=project.as_of,
        items=(),
        params={"ward_names": wards},
        masters=masters_of(project),
    )
    findings = [pl.DataFrame(schema=WHOLE_FINDING_SCHEMA)]
    records = record_table(
        [
            FileCount(area_id, file.source, file.name, file.records, totals.decoded, totals.fates, totals.rows)
            for area_id, outcome in outcomes.items()
            for source_id in project.definition.areas[area_id].sources
            for file in received[source_id]
            for totals in (file_counts(outcome, file),)
        ]
    )
    trips = pl.DataFrame(
        [
            (area_id, file.source, file.name, totals.written_back, totals.round_trips)
            for area_id, outcome in outcomes.items()
            for source_id in project.definition.areas[area_id].sources
            if project.sources[source_id].copybook
            for file in received[source_id]
            for totals in (file_counts(outcome, file),)
        ],
        schema=ROUND_TRIP_SCHEMA,
        orient="row",
    )
    lost = records.filter(pl.col("difference") != 0)
    if lost.height:
        raise LawBroken(1, f"{lost['file'][0]}: {lost['difference'][0]} records without exactly one fate")
    supplied = pl.concat([control_rows(a, read_controls(project.data, generation, a)) for a in outcomes])
    chains, not_numbers = figure_tables(
        project,
        {a: {s: o.folders(run, s) for s in dict.fromkeys(e[1] for e in o.entries)} for a, o in outcomes.items()},
        plans,
        supplied,
    )
    tables = {
        "reconcile_figures": chains,
        "reconcile_not_numbers": not_numbers,
        "reconcile_records": records,
        "controls": supplied.join(chains, on=["area", "帳票名", "項目", "区分"], how="anti", maintain_order="left"),
        "reconcile_characters": _characters(run, outcomes),
        "isolated": _parts(run, outcomes, "isolated", ISOLATED_SCHEMA).drop("raw_bytes"),
        "support_received": _parts(run, outcomes, "support_received", RECEIVED_SCHEMA),
    }
    with relations(
        _key_files(run, outcomes, plans),
        tables,
        list(load_meanings()),
        # The block tasks have given theirs back by now; with a fifth, 名寄せ of a million people ran out of memory.
        memory_mib=max(256, settings.memory_mib * 3 // 4),
        threads=settings.threads,
        scratch=run / "scratch",
    ) as connection:
        for rule, find_whole in next(iter(plans.values())).rules.wholes:
            found = find_whole(connection, context)
            if found.height:
                findings.append(found.select(list(WHOLE_FINDING_SCHEMA)).cast(pl.Schema(WHOLE_FINDING_SCHEMA)))
            progress(f"{rule.id}: {found.height} findings")
        run_groups = _groups_run(outcomes, plans)
        off = project.definition.rules_off
        days = {
            a: max((f.extracted_on for s in project.definition.areas[a].sources for f in received[s]), default="")
            for a in outcomes
        }
        identities = evaluate(connection, project.identities, run_groups, off, project.as_of, days)
        findings.append(identities.findings)
        for rule_id, number in identities.findings["rule_id"].value_counts().sort("rule_id").iter_rows():
            progress(f"{rule_id}: {number} findings")
        images = _compare_images(project, outcomes, received, generation, progress)
        findings += [one.findings for one in images]
        pairs = write_links(connection, run, project.definition.rules_off)
        decisions, named = next(iter(plans.values())).decisions, pl.concat(findings)
        folders = {s: o.folders(run, s) for o in outcomes.values() for s in dict.fromkeys(e[1] for e in o.entries)}
        asked = pl.col("rule_id").is_in(PAIR_RULES) & links_decided(decisions)
        of_pairs = issue_rows(_by_item_name(named.filter(asked), plans), register)
        links = plan_links(
            connection,
            decisions,
            of_pairs,
            register.identity,
            project.as_of,
            named.filter(pl.col("rule_id") == "DUP-001")["before"].drop_nulls().to_list(),
            held_numbers(run, folders, plans, decisions),
        )
        findings.append(links.findings)
        counted = headcounts(connection, wards, project.as_of, supplied["項目"].unique())
        ages = age_table(connection, project.as_of)
    changed_by = write_links_decided(run, folders, plans, decisions, links)
    for area_id, outcome in outcomes.items():
        outcomes[area_id] = outcome.with_changes(changed_by)
    folder = run / "reconcile"
    folder.mkdir(exist_ok=True)
    areas_of = {s: a for a in outcomes for s in project.definition.areas[a].sources}
    figures = control_table(supplied, counted, tuple(outcomes), chains)
    tables_out = (
        ("records", records), ("headcount", counted), ("controls", figures), ("identities", identities.outcomes),
        ("figures", chains), ("not_numbers", not_numbers), ("ages", ages),
        ("received", received_files(areas_of, {s: received[s] for s in areas_of})),
        ("expansion", _expansion(outcomes, plans)),
        ("round_trips", trips),
        ("images", pl.DataFrame([one.counts for one in images], schema=IMAGE_SCHEMA, orient="row")),
    )  # fmt: skip
    for name, frame in tables_out:
        frame.write_parquet(folder / f"{name}.parquet", statistics=False)
    every = _by_item_name(pl.concat(findings), plans).sort(
        "area", "rule_id", "subject", "item", "file", "record_no", maintain_order=True
    )
    rows = {area_id: issue_rows(every.filter(pl.col("area") == area_id), register) for area_id in outcomes}
    return {
        area_id: tell_reopened(with_confidence(found, pairs), decisions, register.identity)
        for area_id, found in rows.items()
    }


def _expansion(outcomes: Mapping[str, AreaOutcome], plans: Mapping[str, SourcePlan]) -> pl.DataFrame:
    """What the mappings of the run declared and made."""
    entries = [(source, e.counts) for o in outcomes.values() for _, source, _, e in o.entries]
    used = {source: plans[source] for source, _ in entries}
    converted = {s: sum(c["fates"].get("converted", 0) for source, c in entries if source == s) for s in used}
    rows = {
        (s, t.group_id): sum(c["rows"].get(t.group_id, 0) for source, c in entries if source == s)
        for s in used
        for t in used[s].targets
    }
    declared = {
        (s, t.group_id): _sum([c["declared"] for source, c in entries if source == s])
        for s in used
        for t in used[s].targets
    }
    return expansion(used, converted, rows, declared)


def _compare_images(
    project: Project,
    outcomes: Mapping[str, AreaOutcome],
    received: Mapping[str, Sequence[ReceivedFile]],
    generation: str,
    progress: Callable[[str], None],
) -> list[ComparedImages]:
    """Hold the images of every list that was run against it; a rule the project switched off is not asked."""
    compared = []
    for area_id in outcomes:
        for source_id in project.definition.areas[area_id].sources:
            source = project.sources[source_id]
            if source.images is not None and f"ARE-{area_id}" not in project.definition.rules_off:
                mapping = next(iter(project.mappings.get(source_id, ())), None)
                lists = [file.path for file in received[source_id]]
                found = compare_images(project.data / "exports" / generation, source, lists, mapping)
                progress(f"{area_id} {source_id}: {found.findings.height} findings on its images")
                compared.append(found)
    return compared


def write_links(connection: duckdb.DuckDBPyConnection, run: Path, off: Mapping[str, str]) -> pl.DataFrame:
    """Write ``links/pairs.parquet``: the pairs of numbers that may be one person, ranked, for review and RPT-11;
    returns them.
    """
    if "DUP-003" in off:
        return pl.DataFrame()
    from rules.duplicates.ranking import listed_pairs

    (run / "links").mkdir(exist_ok=True)
    pairs = listed_pairs(connection)
    pairs.write_parquet(run / "links" / "pairs.parquet", statistics=False)
    return pairs


def _groups_run(outcomes: Mapping[str, AreaOutcome], plans: Mapping[str, SourcePlan]) -> frozenset[tuple[str, str]]:
    """(area, group) of every standard group the run has filled."""
    sources = {s for o in outcomes.values() for _, s, _, _ in o.entries}
    return frozenset((plans[s].area_id, t.group_id) for s in sources for t in plans[s].targets if t.group is not None)


def _parts(run: Path, outcomes: Mapping[str, AreaOutcome], kind: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of one kind that all block tasks wrote, with the area in front."""
    frames = [pl.DataFrame(schema={"area": pl.String, **schema})]
    for area_id, outcome in outcomes.items():
        for folder in outcome.folders(run):
            if (folder / f"{kind}.parquet").is_file():
                part = pl.read_parquet(folder / f"{kind}.parquet")
                frames.append(part.select(pl.lit(area_id).alias("area"), *schema))
    return pl.concat(frames)


def _characters(run: Path, outcomes: Mapping[str, AreaOutcome]) -> pl.DataFrame:
    """Code points in and out by area, and what the rules and decisions named for an item did to it (signed)."""
    schema: dict[str, Any] = {"area": pl.String, "stage": pl.String, "code_point": pl.UInt32, "count": pl.Int64}
    frames = [pl.DataFrame(schema=schema)]
    for area_id, outcome in outcomes.items():
        paths = [p / "characters.parquet" for p in outcome.folders(run) if (p / "characters.parquet").is_file()]
        if not paths:
            continue
        counted = pl.concat([pl.read_parquet(p) for p in paths])
        changed = _sum_lists([e.counts["changed_by"] for _, _, _, e in outcome.entries])
        of_changed = counted.filter(pl.concat_str("group_id", "item", separator="/").is_in(list(changed)))
        sign = pl.when(pl.col("stage") == "out").then(pl.col("count")).otherwise(-pl.col("count"))
        explained = of_changed.with_columns(count=sign, stage=pl.lit("explained"))
        both = pl.concat([counted, explained]).group_by("stage", "code_point").agg(pl.col("count").sum())
        frames.append(both.with_columns(area=pl.lit(area_id)).select(list(schema)).cast(pl.Schema(schema)))
    return pl.concat(frames)


def _by_item_name(findings: pl.DataFrame, plans: Mapping[str, SourcePlan]) -> pl.DataFrame:
    """Rules over relations know meanings only; people know items: the first item of a meaning in its group."""
    names: dict[tuple[str, str, str, str], str] = {}
    for plan in plans.values():
        for target in plan.targets:
            for item in target.context.items:
                if item.name in target.written:
                    names.setdefault((plan.area_id, target.group_id, plan.source.id, item.meaning), item.name)
    table = pl.DataFrame(
        [(*key, name) for key, name in names.items()],
        schema=dict.fromkeys(("area", "group_id", "source", "item", "_name"), pl.String),
        orient="row",
    )
    return (
        findings.join(table, on=["area", "group_id", "source", "item"], how="left", maintain_order="left")
        .with_columns(item=pl.coalesce("_name", "item"))
        .drop("_name")
    )


STANDARD_FILES = ("csv", "arrow", "lineage.parquet")
"""Files of a standard group, the slowest to write first."""


def standard_targets(outcome: AreaOutcome, plans: Mapping[str, SourcePlan]) -> list[tuple[str, Target]]:
    """(source, target) of every standard group an area fills."""
    sources = dict.fromkeys(source for _, source, _, _ in outcome.entries)
    return [(s, t) for s in sources for t in plans[s].targets if t.group is not None]


def gather_area(run: Path, outcome: AreaOutcome, plans: Mapping[str, SourcePlan]) -> None:
    """Gather an area's tables beside its groups: fates, keys, changes, characters, hold, isolated, own items."""
    sources = list(dict.fromkeys(source for _, source, _, _ in outcome.entries))
    groups = list(dict.fromkeys(t.group_id or s for s in sources for t in plans[s].targets))
    gather_tables(run, outcome.folders(run), outcome.area_id, groups, {s: outcome.folders(run, s) for s in sources})
    _explain_characters(run, outcome, plans)


def _explain_characters(run: Path, outcome: AreaOutcome, plans: Mapping[str, SourcePlan]) -> None:
    """Name, item by item, what explains its characters: the code table they were read by, and the rules that
    changed it.
    """
    path = run / "characters" / f"{outcome.area_id}.parquet"
    if not path.is_file():
        return
    changed = _sum_lists([e.counts["changed_by"] for _, _, _, e in outcome.entries])
    tables = {t.group_id or s: plans[s].source.code_system for _, s, _, _ in outcome.entries for t in plans[s].targets}
    counted = pl.read_parquet(path)
    names = counted.select("group_id", "item").unique().sort("group_id", "item")
    explained = pl.DataFrame(
        [
            (g, i, ", ".join([f"文字コード表 {tables.get(g, '')}", *changed.get(f"{g}/{i}", [])]))
            for g, i in names.iter_rows()
        ],
        schema={"group_id": pl.String, "item": pl.String, "explained_by": pl.String},
        orient="row",
    )
    counted.join(explained, on=["group_id", "item"], how="left", maintain_order="left").write_parquet(
        path, compression="zstd", statistics=False
    )


def _sum_lists(dictionaries: Sequence[Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    together: dict[str, set[str]] = {}
    for one in dictionaries:
        for key, values in one.items():
            together.setdefault(key, set()).update("判断" if v.startswith("decision:") else v for v in values)
    return {k: sorted(v) for k, v in sorted(together.items())}


def write_names(project: Project, run: Path, plans: Mapping[str, SourcePlan]) -> None:
    """Write what reports need of the catalogue and the layouts: ``rules.json`` and ``items.json``."""
    write_json(
        run / "rules.json",
        {
            r.id: {
                "name_ja": r.name,
                "severity": r.severity,
                "action": r.action,
                "ask": r.ask,
                "description": r.description,
                "blocks": r.blocks,
                "version": r.version,
            }
            for r in load_catalogue()
        },
    )
    items = []
    for plan in plans.values():
        owner = project.definition.department_of(plan.area_id) or plan.source.department
        for target in plan.targets:
            items += [
                {
                    "area": plan.area_id,
                    "group": target.group_id,
                    "item": i.name,
                    "certified": i.certified,
                    "owner": owner,
                    "meaning": i.meaning,
                    "key": _place_in_key(plan, i.source_item),
                }
                for i in target.context.items
            ]
        items += [
            {
                "area": plan.area_id,
                "group": "",
                "item": name,
                "certified": plan.source.is_certified(name),
                "owner": owner,
                "meaning": definition.meaning,
                "key": _place_in_key(plan, name),
            }
            for name, definition in plan.source.items.items()
        ]
    write_json(run / "items.json", items)


def mapping_remarks(project: Project, areas: Sequence[str]) -> list[dict[str, Any]]:
    """What a person should look at in the mappings of a run: warnings by meaning, and standard items nothing fills."""
    return [
        {
            "area": mapping.area,
            "group": mapping.group.label,
            "source": mapping.source_id,
            "warnings": [{"item": w.item, "rule": w.rule_id, "message": w.message} for w in mapping.warnings],
            "unmapped": list(mapping.unmapped),
        }
        for mapping in sorted(
            (m for of_source in project.mappings.values() for m in of_source if m.area in areas),
            key=lambda m: (m.area, m.group.id, m.source_id),
        )
    ]


def _place_in_key(plan: SourcePlan, source_item: str) -> int:
    """Where an item stands in the subject of its records (from 0), -1 when it is no part of it."""
    return plan.source.key.index(source_item) if source_item in plan.source.key else -1


def judge_run(
    project: Project,
    run: Path,
    outcomes: Mapping[str, AreaOutcome],
    plans: Mapping[str, SourcePlan],
    decisions: pl.DataFrame,
    generation: str,
    fingerprint: str,
    failed: Mapping[str, str],
    previous: Mapping[str, Any] | None,
    *,
    source_only: bool,
) -> dict[str, Any]:
    """Count, measure and judge; writes ``statistics.json`` and returns it."""
    issues = pl.concat([pl.read_parquet(run / "issues" / f"{a}.parquet") for a in outcomes])
    if issues["issue_id"].n_unique() != issues.height:
        raise AssertionError("issue ids are not unique")
    states = classify(issues, decisions, as_of=project.as_of, generation=generation)
    catalogue = load_catalogue()
    certified = pl.DataFrame(
        sorted(
            {
                (p.area_id, t.group_id, i.name)
                for p in plans.values()
                for t in p.targets
                for i in t.context.items
                if i.certified
            }
        ),
        schema={"area_id": pl.String, "group_id": pl.String, "item": pl.String},
        orient="row",
    )
    asked = (
        issues.with_columns(
            item=pl.col("item_path").str.replace(r"\[[0-9]+\]$", ""),
            ask=pl.col("rule_id").replace_strict(
                {r.id: r.ask for r in catalogue}, default="judge", return_dtype=pl.String
            ),
        )
        .join(certified.with_columns(certified=pl.lit(True)), on=["area_id", "group_id", "item"], how="left")
        .join(states, on="issue_id")
    )
    standing = asked.filter(~pl.col("state").is_in(CLOSED_STATES))
    individual = standing.filter(pl.col("ask").is_in(INDIVIDUAL) & ~pl.col("certified").fill_null(False)).height
    records = pl.read_parquet(run / "reconcile" / "records.parquet")
    controls = pl.read_parquet(run / "reconcile" / "controls.parquet")
    chains = pl.read_parquet(run / "reconcile" / "figures.parquet")
    excluded = {
        s: _sum([e.counts["excluded"] for o in outcomes.values() for _, src, _, e in o.entries if src == s])
        for s in plans
    }
    expected = [
        (e, excluded.get(e.source, {}).get(e.reason_code, 0)) for e in project.scope.exclude if e.expected is not None
    ]
    scope_difference = sum(abs(n - (e.expected or 0)) for e, n in expected) if expected else None
    measured = measure(
        records=records,
        controls=controls,
        chains=chains,
        issues=issues,
        states=states,
        individual=individual,
        scope_difference=scope_difference,
        laws_broken=0,  # a broken law ends the run before this (LawBroken), so a run that is judged has none
    )
    counts = [e.counts for o in outcomes.values() for _, _, _, e in o.entries]
    cured = _sum([c["cured"] for c in counts])
    per_rule = asked.group_by("rule_id").agg(found=pl.len(), decided=pl.col("state").is_in(CLOSED_STATES).sum())
    rules: dict[str, dict[str, int]] = {r: {"found": 0, "cured": n, "open": 0, "decided": 0} for r, n in cured.items()}
    for rule_id, found, decided in per_rule.sort("rule_id").iter_rows():
        rules.setdefault(rule_id, {"found": 0, "cured": 0, "open": 0, "decided": 0}).update(
            found=found, open=found - decided, decided=decided
        )
    people = pl.read_parquet(run / "reconcile" / "headcount.parquet")
    labels = load_areas()
    total = controls.filter((pl.col("項目") == "人口総数") & (pl.col("区分") == ""))
    migrated = people.filter(pl.col("項目") == "人口総数")["移行値"]
    statistics: dict[str, Any] = {
        "city": {"name": project.definition.city.name, "code": project.definition.city.code},
        "generation": generation,
        "as_of": project.as_of.isoformat(),
        "fingerprint": fingerprint,
        "source_only": source_only,
        "areas": {
            a: {
                "label": labels[a][1] if a in labels else a,
                "department": project.definition.department_of(a),
                "due": _due(project, a),
                "groups": {g: group.label for (of, g), group in project.groups.items() if of == a},
                "sources": {s: project.sources[s].label for s in project.definition.areas[a].sources},
            }
            for a in (*outcomes, *failed)
        },
        "departments": {
            n: {"areas": list(d.areas), "due": d.due.isoformat() if d.due else ""}
            for n, d in project.definition.departments.items()
        },
        "people": {(f"{r['項目']} {r['区分']}".strip()): r["移行値"] for r in people.iter_rows(named=True)},
        "population": {
            "current": total["現行値"][0] if total.height else None,
            "migrated": migrated[0] if len(migrated) else None,
        },
        "rules": dict(sorted(rules.items())),
        "gates": verdicts(project.acceptance.gates, measured),
        "laws": {law: {"held": None if law == "4" else True, "how": how} for law, how in HOW_PROVEN.items()},
        "issues": {
            "total": issues.height,
            "open": standing.height,
            "open_errors": measured.values["issues.open_errors"],
            "individual": individual,
            "states": dict(sorted(states["state"].value_counts().iter_rows())),
        },
        "excluded": excluded,
        "scope": {one.reason_code: one.reason for one in project.scope.exclude},
        "scope": {one.reason_code: one.reason for one in project.scope.exclude},
        "mappings": mapping_remarks(project, tuple(outcomes)) if not source_only else [],
        "failed": dict(failed),
        "measures": dict(measured.values),
        "previous": {k: previous[k] for k in ("generation", "people", "issues", "rules", "gates")}
        if previous
        else None,
    }
    write_json(run / "statistics.json", statistics)
    return statistics


def _due(project: Project, area_id: str) -> str:
    department = project.definition.departments.get(project.definition.department_of(area_id))
    return department.due.isoformat() if department and department.due else ""


def write_manifest(
    project: Project,
    run: Path,
    run_id: str,
    fingerprint: str,
    generation: str,
    areas: Sequence[str],
    failed: Mapping[str, str],
    started_at: datetime,
    seconds: float,
    *,
    asked: Sequence[str],
    source_only: bool,
) -> None:
    """Write ``run.json`` and, last of all, ``manifest.json`` with the SHA-256 of every file; registers both in the
    ledger.
    """
    write_json(
        run / "run.json",
        {
            "run_id": run_id,
            "started": started_at.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 1),
            "host": platform.node(),
            "python": platform.python_version(),
            "versions": {
                n: version(n)
                for n in ("ikou", "polars", "pyarrow", "duckdb", "prefect", "pandera", "numba", "unicodedata2")
            },
        },
    )
    paths = sorted(p for p in run.rglob("*") if p.is_file())
    with ThreadPoolExecutor(max_workers=2) as pool:
        hashes = {p.relative_to(run).as_posix(): h for p, h in zip(paths, pool.map(sha256_of, paths), strict=True)}
    numbers = any(item["meaning"] == "person.my_number" for item in read_json(run / "items.json"))
    with open_ledger(project.data) as ledger:
        # A batch stands in the operation log as a screen does (住民記録標準仕様書 10.2).
        done = Access("ikou run", "移行リハーサル", platform.node(), run_id, my_number=numbers)
        ledger.log([done], at=datetime.now(UTC))
        head = ledger.head()
        write_json(
            run / MANIFEST,
            {
                "run_id": run_id,
                "fingerprint": fingerprint,
                "generation": generation,
                "as_of": project.as_of.isoformat(),
                "areas": list(areas),
                "asked_areas": list(asked),
                "source_only": source_only,
                "failed": dict(failed),
                "project": str(project.folder),
                "files": hashes,
                "ledger": {"rows": head[0], "hash": head[1]},
            },
        )
        ledger.register(
            Registration(
                "run",
                run_id,
                sha256_of(run / MANIFEST),
                "ikou run",
                generation,
                detail=json.loads(json.dumps({"fingerprint": fingerprint})),
            ),
            at=datetime.now(UTC),
        )
