"""A run of a project: the flow of flows.

One Prefect task is a range of a received file or one global step; only paths and counts pass between tasks.
Prefect's result cache stays off: what is done is known from the run's own journal, which checks every file it names.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol, cast

import polars as pl
from prefect import flow, task
from prefect.futures import PrefectFuture, wait
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from char_mapping.errors import DefinitionError, UnreadableFile
from char_mapping.reference_data import reference_folder, table_origins
from layouts.records.reader import plan_ranges
from pipelines.errors import InternalError, LawBroken, Place, quoting_nobody
from pipelines.flows import memory
from pipelines.flows.across_areas import link_areas
from pipelines.flows.code_tables import with_identified, write_code_tables
from pipelines.flows.gathering import STANDARD_FILES, gather_area
from pipelines.flows.hand_over import hand_over
from pipelines.flows.judging import judge_run
from pipelines.flows.linked import links_decided
from pipelines.flows.looking_up import check_lookups, prepare_lookups
from pipelines.flows.manifest import write_manifest
from pipelines.flows.names import write_names
from pipelines.flows.outcomes import AreaOutcome, file_counts, standard_targets
from pipelines.flows.plan import SourcePlan, source_plan
from pipelines.flows.renumbered import write_renumbered
from pipelines.flows.server import wait_for_api
from pipelines.flows.workers import Work, workers
from pipelines.ledger import IssueIdentity, open_ledger, open_project_key, with_selectors
from pipelines.project.data_folder import choose_generation, read_controls
from pipelines.project.loading import Project, load_project
from pipelines.runs import journal
from pipelines.runs.fingerprint import code_digest, definitions_digest, fingerprint, sha256_of
from pipelines.runs.folder import complete, completed_runs, fail, next_run_id, only_writer, partial_folder, read_json
from pipelines.steps.gather import gather_issues, gather_standard
from pipelines.steps.images import pack_digests
from pipelines.steps.receive import ReceivedFile, receive
from pipelines.steps.register import Register
from pipelines.steps.totals import check_totals
from rules.catalogue import RuleSet, load_catalogue


class Progress(Protocol):
    """Who is told how far a run is."""

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None:
        """``done`` of ``total`` records of one file; without numbers ``what`` is a remark."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run was asked for; empty ``areas`` means all of ikou.toml.

    ``decisions`` replaces what the ledger holds (a frozen set), ``data`` the project's data folder: both are for
    running again what was run before.
    """

    areas: tuple[str, ...] = ()
    rehearsal: int | None = None
    source_only: bool = False
    as_of: date | None = None
    threads: int | None = None
    decisions: Path | None = None
    data: Path | None = None


@dataclass(slots=True)
class Run:
    """A run at work: what was loaded, where it writes, and which areas had to end early."""

    project: Project
    options: Options
    generation: str
    folder: Path
    fingerprint: str
    plans: dict[str, SourcePlan]
    received: dict[str, Sequence[ReceivedFile]]
    decisions: pl.DataFrame
    identity: IssueIdentity
    register: Register
    progress: Progress
    failed: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @property
    def areas(self) -> tuple[str, ...]:
        """Areas of this run in dependency order."""
        wanted = self.options.areas or self.project.areas_in_order()
        return tuple(a for a in self.project.areas_in_order() if a in wanted)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its folder, its statistics, and the exit code of design §5."""

    folder: Path
    statistics: dict[str, Any]
    exit_code: int


def run_project(folder: Path, options: Options, progress: Progress) -> Outcome:
    """Run a project's areas over one generation of exports.

    Args:
        folder: The project folder (with ikou.toml).
        options: Areas, rehearsal, source-only, as_of.
        progress: Called with one plain line per event; lines hold no values.

    Raises:
        DefinitionError: the definitions are wrong, or another run is at work.
        UnreadableFile: no area could be read.
        LawBroken: one of ikou's own laws is broken; the run is kept as ``.failed``.
    """
    project = load_project(folder, source_only=options.source_only)
    if options.as_of is not None:
        settings = project.definition.project.model_copy(update={"as_of": options.as_of})
        project = replace(project, definition=project.definition.model_copy(update={"project": settings}))
    if options.data is not None:
        project = replace(project, data=options.data)
    for area in options.areas:
        if area not in project.definition.areas:
            raise DefinitionError(
                f"{project.folder / 'ikou.toml'} areas",
                expected="one of " + ", ".join(project.areas_in_order()),
                found=area,
                todo="Name an area of ikou.toml",
            )
    if not options.source_only:
        check_lookups(project, options.areas or project.areas_in_order())
    generation = choose_generation(project.data, options.rehearsal)
    for area in options.areas or project.areas_in_order():
        read_controls(project.data, generation, area)  # a figure that is no number is said before hours of work
    with only_writer(project.data), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        hash_of = _hashed_ahead(project, generation)
        wait_for_api()
        return _rehearse(project, options, generation, hash_of, progress)


def _hashed_ahead(project: Project, generation: str) -> Callable[[Path], str]:
    """Begin to hash the received files while the Prefect API starts; gives the hash of one when asked."""
    pool = ThreadPoolExecutor(max_workers=2)
    folders = {project.data / "exports" / generation / s.delivery: None for s in project.sources.values()}
    paths = [p for folder in folders if folder.is_dir() for p in sorted(folder.iterdir()) if p.is_file()]
    coming = {p: pool.submit(sha256_of, p) for p in paths}
    pool.shutdown(wait=False)
    return lambda path: coming[path].result() if path in coming else sha256_of(path)


def _threads(number: int) -> TaskRunner[PrefectFuture[Any]]:
    return cast(TaskRunner[PrefectFuture[Any]], ThreadPoolTaskRunner(max_workers=number))


def run_again(run: Path, scratch: Path) -> Path:
    """Repeat a finished run below ``scratch``, with its generation, decisions, day and areas; returns the new
    run's folder.

    Raises:
        DefinitionError: the project or the exports are no longer where the manifest says.
    """
    manifest = read_json(run / "manifest.json")
    data = run.parent.parent
    for name in ("exports", "controls"):
        if (data / name).is_dir():
            (scratch / name).symlink_to(data / name)
    shutil.copy(data / "project.key", scratch / "project.key")
    names = sorted(p.name for p in (data / "exports").iterdir() if p.is_dir())
    options = Options(
        areas=tuple(manifest["asked_areas"]),
        rehearsal=names.index(manifest["generation"]) + 1,
        source_only=manifest["source_only"],
        as_of=date.fromisoformat(manifest["as_of"]),
        decisions=run / "decisions.parquet",
        data=scratch,
    )
    return run_project(Path(manifest["project"]), options, lambda what, done=0, total=0: None).folder


def _rehearse(
    project: Project, options: Options, generation: str, hash_of: Callable[[Path], str], progress: Progress
) -> Outcome:
    started_at = datetime.now(UTC)
    failed: dict[str, str] = {}
    received: dict[str, Sequence[ReceivedFile]] = {}

    @task(name="receive", task_run_name="受領 {area_id}", persist_result=False)
    @quoting_nobody(Place("receive"))
    def receive_area(area_id: str) -> None:
        try:
            for source_id in project.definition.areas[area_id].sources:
                received[source_id] = receive(
                    project.data / "exports" / generation, project.sources[source_id], hash_of
                )
                progress(f"{area_id} {source_id}: received {len(received[source_id])} files as announced")
        except UnreadableFile as error:
            failed[area_id] = str(error)
            progress(f"{area_id}: {error}")

    @flow(
        name="ikou rehearsal",
        flow_run_name=f"移行リハーサル {generation}",
        task_runner=_threads(3),
        persist_result=False,
    )
    @quoting_nobody(Place("rehearsal"))
    def rehearsal() -> Outcome:
        wanted = options.areas or project.areas_in_order()
        for area_id in wanted:
            receive_area(area_id)
        run = _open_run(project, options, generation, received, failed, progress)
        try:
            with quoting_nobody(Place("run"), run.folder / "error-run.txt"):
                return _work(run, started_at)
        except (LawBroken, InternalError, DefinitionError) as error:
            kept = fail(run.folder)
            progress(f"failed; evidence in {kept}")
            if isinstance(error, InternalError):
                raise error.kept_in(kept) from None
            raise

    outcome: Outcome = rehearsal()
    return outcome


def _open_run(
    project: Project,
    options: Options,
    generation: str,
    received: dict[str, Sequence[ReceivedFile]],
    failed: dict[str, str],
    progress: Progress,
) -> Run:
    identity = IssueIdentity(open_project_key(project.data))
    with open_ledger(project.data) as ledger:
        decisions = ledger.freeze() if options.decisions is None else pl.read_parquet(options.decisions)
    scratch = project.data / "runs" / ".decisions.parquet"
    decisions.write_parquet(scratch)
    project = with_identified(project, decisions)
    settings = project.definition.project
    parts = {
        "inputs": sorted((f.source, f.name, f.size, f.sha256) for files in received.values() for f in files),
        "images": sorted(
            d
            for s in received
            if project.sources[s].images is not None
            for d in pack_digests(project.data / "exports" / generation, project.sources[s])
        ),
        "controls": sorted((p.name, sha256_of(p)) for p in (project.data / "controls" / generation).glob("*.csv")),
        "definitions": definitions_digest(project.folder),
        "decisions": sha256_of(scratch),
        "code": code_digest(),
        "as_of": settings.as_of.isoformat(),
        "block_records": settings.block_records,
        "task_records": settings.task_records,
        "areas": options.areas or project.areas_in_order(),
        "source_only": options.source_only,
        "generation": generation,
        "identity": identity.value_hash("ikou"),
        "failed": sorted(failed),
        "reference": sorted((name, o.sha256) for name, o in table_origins(reference_folder()).items()),
    }
    digest = fingerprint(parts)
    folder = partial_folder(project.data, digest)
    scratch.replace(folder / "decisions.parquet")
    decisions = with_selectors(decisions)  # parsed once for all blocks
    catalogue = load_catalogue()
    owners = {}
    for area_id, area in project.definition.areas.items():
        name = project.definition.department_of(area_id) or next(
            (project.sources[s].department for s in area.sources), ""
        )
        department = project.definition.departments.get(name)
        owners[area_id] = (name, department.due if department else None)
    register = Register.of(identity, catalogue, owners)
    rules = RuleSet.select(catalogue, project.definition.rules_off)
    plans = {
        s: source_plan(project, project.sources[s], rules, register, decisions, source_only=options.source_only)
        for s in received
    }
    for mapping in (m for s in received for m in project.mappings.get(s, ())):
        for warning in mapping.warnings:
            progress(f"look at {warning.where}: {warning.message} ({warning.rule_id})")
    if journal.finished(folder):
        progress(f"going on with an interrupted run: {len(journal.finished(folder))} tasks are done and whole")
    return Run(
        project, options, generation, folder, digest, plans, received, decisions, identity, register, progress, failed
    )


def _work(run: Run, started_at: datetime) -> Outcome:
    done = journal.finished(run.folder)
    outcomes: dict[str, AreaOutcome] = {}

    @task(name="lookups", task_run_name="参照表", persist_result=False)
    @quoting_nobody(Place("lookups"), run.folder / "error-lookups.txt")
    def lookups() -> dict[str, str]:
        files = {s: [file.path for file in found] for s, found in run.received.items()}
        return prepare_lookups(run.project, run.areas, files, run.folder / "scratch" / "lookups", run.progress)

    if any(m.lookups for s in run.plans for m in run.project.mappings.get(s, ())) and not run.options.source_only:
        for area_id, reason in lookups().items():
            run.failed.setdefault(area_id, reason)
        run.plans = {s: replace(plan, lookups=run.folder / "scratch" / "lookups") for s, plan in run.plans.items()}
    threads = run.options.threads or run.project.definition.project.threads
    with workers(threads, sum(f.size for files in run.received.values() for f in files)) as work:
        for area_id in run.areas:
            if area_id not in run.failed:
                try:
                    outcomes[area_id] = _area_flow(run, area_id, done, threads, work)
                except UnreadableFile as error:
                    run.failed[area_id] = str(error)
                    run.progress(f"{area_id}: {error}")
    if not outcomes:
        shutil.rmtree(run.folder)
        raise UnreadableFile(
            f"generation {run.generation}",
            expected="at least one area that can be read",
            found="; ".join(run.failed.values()),
            todo="Correct the deliveries and run again",
        )

    memory.give_back()

    @task(name="link", task_run_name="突合", persist_result=False)
    @quoting_nobody(Place("link"), run.folder / "error-link.txt")
    def link() -> dict[str, pl.DataFrame]:
        return link_areas(
            run.project, run.folder, outcomes, run.plans, run.register, run.received, run.generation, run.progress
        )

    @task(name="standard", task_run_name="出力 {area_id} {kind}", persist_result=False)
    @quoting_nobody(Place("standard"), run.folder / "error-standard.txt")
    def standard(area_id: str, kind: str) -> None:
        for source_id, target in standard_targets(outcomes[area_id], run.plans):
            if target.group is not None:
                folders = outcomes[area_id].folders(run.folder, source_id)
                gather_standard(run.folder, folders, area_id, target.group_id, target.group.names, kind)

    @task(name="gather", task_run_name="集約 {area_id}", persist_result=False)
    @quoting_nobody(Place("gather"), run.folder / "error-gather.txt")
    def gather(area_id: str) -> None:
        gather_area(run.folder, outcomes[area_id], run.plans)
        write_code_tables(run.folder, outcomes[area_id], run.plans)

    @task(name="receivers", task_run_name="送信先", persist_result=False)
    @quoting_nobody(Place("receivers"), run.folder / "error-receivers.txt")
    def receivers() -> dict[str, pl.DataFrame]:
        return hand_over(
            run.project, run.folder, outcomes, run.plans, run.register, run.decisions, run.progress
        )

    @task(name="issues", task_run_name="指摘 {area_id}", persist_result=False)
    @quoting_nobody(Place("issues"), run.folder / "error-issues.txt")
    def issues(area_id: str) -> None:
        asked = [whole[area_id], *([projected[area_id]] if area_id in projected else [])]
        parts = outcomes[area_id].folders(run.folder)
        gather_issues(run.folder, parts, area_id, pl.concat(asked), run.identity)

    @task(name="judge", task_run_name="判定と報告", persist_result=False)
    @quoting_nobody(Place("judge"), run.folder / "error-judge.txt")
    def judge() -> dict[str, Any]:
        write_names(run.project, run.folder, run.plans)
        write_renumbered(run.folder, run.plans.values())
        statistics = judge_run(
            run.project,
            run.folder,
            outcomes,
            run.plans,
            run.decisions,
            run.generation,
            run.fingerprint,
            run.failed,
            read_json(previous / "statistics.json") if previous else None,
            source_only=run.options.source_only,
        )
        from pipelines.reports import write_reports

        write_reports(run.folder, previous=previous)
        return statistics

    previous = _previous(run)
    # What people read needs the links between areas; the large standard files do not and are written meanwhile.
    submitted: list[PrefectFuture[Any]] = []
    try:
        linking = link.submit()
        if links_decided(run.decisions):
            linking.wait()  # it writes links into the parts, which everything else reads
        handing = receivers.submit()
        writing = [
            standard.submit(area_id, kind)
            for kind in STANDARD_FILES
            for area_id, outcome in outcomes.items()
            if any(target.group is not None for _, target in standard_targets(outcome, run.plans))
        ]
        gathering = [gather.submit(area_id) for area_id in outcomes]
        submitted += [linking, handing, *writing, *gathering]
        whole, projected = linking.result(), handing.result()
        registering = [issues.submit(area_id) for area_id in outcomes]
        submitted += registering
        for waiting in (*gathering, *registering):
            waiting.result()
        memory.give_back()
        judging = judge.submit()
        submitted.append(judging)
        for waiting in writing:
            waiting.result()
        if writing:
            run.progress("standard files written")
        statistics = judging.result()
    finally:
        # After an error the folder is renamed; a task still at work would make it anew.
        wait(submitted)
    shutil.rmtree(run.folder / "parts")
    shutil.rmtree(run.folder / "scratch", ignore_errors=True)
    (run.folder / journal.NAME).unlink()
    with open_ledger(run.project.data) as ledger:
        registered = ledger.runs()["run_id"].to_list()
    run_id = next_run_id(run.project.data, run.generation, registered) + (
        "-source-only" if run.options.source_only else ""
    )
    write_manifest(
        run.project,
        run.folder,
        run_id,
        run.fingerprint,
        run.generation,
        tuple(outcomes),
        run.failed,
        started_at,
        time.monotonic() - run.started,
        asked=run.options.areas,
        source_only=run.options.source_only,
    )
    folder = complete(run.folder, run_id)
    missed = any(g["verdict"] != "可" for g in statistics["gates"])
    errors = statistics["issues"]["open_errors"]
    return Outcome(folder, statistics, 3 if run.failed else 1 if missed or errors else 0)


def _previous(run: Run) -> Path | None:
    earlier = completed_runs(run.project.data)
    alike = [r for r in earlier if r.name.endswith("-source-only") == run.options.source_only]
    return alike[-1] if alike else None


def _area_flow(run: Run, area_id: str, done: dict[str, journal.Entry], threads: int, work: Work) -> AreaOutcome:
    @task(name="block", task_run_name="{name}", persist_result=False)
    @quoting_nobody(Place("block"), run.folder / "error-block.txt")
    def block(name: str, source_id: str, path: Path, first: int) -> journal.Entry:
        records = next(r for r in ranges[source_id, path] if r.first_record == first)
        total = next(f.records for f in run.received[source_id] if f.path == path)
        seen = [first]

        def report(number: int) -> None:
            seen[0] += number
            run.progress(f"{area_id} {source_id} {path.name}", seen[0], total)

        folder = run.folder / "parts" / name
        paths, counts = work(
            run.plans[source_id], path, records, folder, run.folder / f"error-{name}.txt", report
        )
        return journal.append(run.folder, name, paths, counts)

    ranges: dict[tuple[str, Path], Sequence[Any]] = {}

    @flow(
        name="ikou area",
        flow_run_name=f"業務 {area_id}",
        task_runner=_threads(threads),
        persist_result=False,
    )
    @quoting_nobody(Place("area"), run.folder / "error-area.txt")
    def area_flow() -> AreaOutcome:
        waiting: list[tuple[str, str, Path, Any]] = []
        for source_id in run.project.definition.areas[area_id].sources:
            for file in run.received[source_id]:
                source = run.project.sources[source_id]
                cut = plan_ranges(source, file.path, run.project.definition.project.task_records)
                ranges[source_id, file.path] = cut
                for number, records in enumerate(cut):
                    name = f"{area_id}.{source_id}.{file.name}.{number:04d}"
                    entry = done.get(name)
                    waiting.append(
                        (
                            name,
                            source_id,
                            file.path,
                            entry or block.submit(name, source_id, file.path, records.first_record),
                        )
                    )
        entries = [
            (name, source_id, path, e if isinstance(e, journal.Entry) else e.result())
            for name, source_id, path, e in waiting
        ]
        outcome = AreaOutcome(area_id, tuple(entries))
        for file in (f for s in run.project.definition.areas[area_id].sources for f in run.received[s]):
            control = run.project.sources[file.source].format.control
            counts = file_counts(outcome, file)
            check_totals(
                str(file.path),
                announced=file.records,
                fates=counts.fates,
                control=counts.control,
                totals=counts.totals,
                count_item=control.count if control else None,
                total_items=control.total if control else {},
            )
        return outcome

    result: AreaOutcome = area_flow()
    return result
