"""The rules over whole relations, the identities, and what came in beside what the city counts itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from layouts.meanings import load_meanings
from pipelines.errors import LawBroken
from pipelines.flows.block_fates import ISOLATED_SCHEMA, RECEIVED_SCHEMA
from pipelines.flows.evidence import expansion, received_files
from pipelines.flows.figure_chain import figure_tables
from pipelines.flows.linked import held_numbers, links_decided, plan_links, write_links_decided
from pipelines.flows.outcomes import AreaOutcome, file_counts, sum_counts, sum_lists
from pipelines.flows.plan import SourcePlan, masters_of
from pipelines.project.data_folder import read_controls
from pipelines.project.loading import Project
from pipelines.steps.images import IMAGE_SCHEMA, ComparedImages, compare_images
from pipelines.steps.key_relations import KeyFile, relations
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
from rules.contract import WHOLE_FINDING_SCHEMA, RuleContext
from rules.duplicates.pair_findings import PAIR_RULES
from rules.identities.evaluation import evaluate
from rules.reconciliation.headcounts import age_table, headcounts


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
    with (
        ThreadPoolExecutor(max_workers=1) as beside,
        relations(
            _key_files(run, outcomes, plans),
            tables,
            list(load_meanings()),
            # The block tasks have given theirs back by now; with a fifth, 名寄せ of a million people ran out of memory.
            memory_mib=max(256, settings.memory_mib * 3 // 4),
            threads=settings.threads,
            scratch=run / "scratch",
        ) as connection,
    ):
        comparing = beside.submit(_compare_images, project, outcomes, received, generation, progress)
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
        images = comparing.result()
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
        (s, t.group_id): sum_counts([c["declared"] for source, c in entries if source == s])
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
        changed = sum_lists([e.counts["changed_by"] for _, _, _, e in outcome.entries])
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
