"""Rules over whole relations and identities on the key files of a finished run: seconds, CPU and memory, rule by rule.

    ikou sample CITY --people 1000000
    ikou run 001 031 010 014 024 --project CITY --rehearsal 1 --exit-zero
    python benchmarks/integrity.py CITY-data/runs/0001-… [--areas 001,031,010,014,024] [--slowest 10]

名寄せ (pairs of numbers) has a benchmark of its own and is left out here unless ``--pairs`` is given; figures are
reconciled with control sheets, which no key file holds, so RCN is left out too.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq

from layouts.meanings import load_meanings
from pipelines.flows.plan import masters_of
from pipelines.project.loading import Project, load_project
from pipelines.steps.key_relations import IN_KEYS, VIEWS, KeyFile, column_of, relations
from rules.catalogue import RuleSet, load_catalogue
from rules.contract import RuleContext
from rules.duplicates.pair_findings import PAIR_RULES
from rules.identities.evaluation import evaluate, items_by_group

FIVE = "001,031,010,014,024"
"""住民基本台帳, 住登外, 個人住民税, 収滞納, 国民健康保険: the register, numbers outside it, a levy, its collection, and
entitlements.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one step took; ``found`` are its findings."""

    name: str
    seconds: float
    cpu: float
    found: int


def measured(name: str, step: Callable[[], Any]) -> tuple[Measured, Any]:
    """Run a step by both clocks; CPU counts all threads."""
    began, cpu = time.perf_counter(), time.process_time()
    made = step()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return Measured(name, seconds, cpu, made.height if isinstance(made, pl.DataFrame) else 0), made


def key_files(run: Path, project: Project, areas: Sequence[str]) -> list[KeyFile]:
    """The gathered key files of a run: what a file holds says which meanings and identity items it has."""
    asked = items_by_group(project.identities, project.groups)
    files = []
    for area in areas:
        for path in sorted((run / "keys" / area).glob("*.parquet")):
            columns = frozenset(pq.read_schema(path).names)
            items = tuple(i for i in asked.get((area, path.stem), ()) if i in columns)
            meanings = frozenset(m for m in IN_KEYS if column_of(m) in columns)
            files.append(KeyFile((path,), meanings, (area, path.stem) if items else None, items))
    return files


def isolated(run: Path, areas: Sequence[str]) -> pl.DataFrame:
    """The records kept apart, as the flow gives them to the rules."""
    paths = [run / "isolated" / f"{area}.parquet" for area in areas]
    return pl.concat([
        pl.read_parquet(p).select(pl.lit(p.stem).alias("area"), pl.exclude("raw_bytes", "area"))
        for p in paths if p.is_file()
    ])  # fmt: skip


def yardstick(connection: duckdb.DuckDBPyConnection, keys: Sequence[KeyFile]) -> list[Measured]:
    """Reading every key file once, and counting the people of the register by number."""
    files = ", ".join(f"'{path}'" for key in keys for path in key.paths)
    cells = [
        f"SELECT {', '.join(f'COUNT({chr(34)}{c}{chr(34)})' for c in pq.read_schema(p).names)} FROM read_parquet('{p}')"
        for key in keys for p in key.paths
    ]  # fmt: skip
    rows = f"SELECT COUNT(*) FROM read_parquet([{files}], union_by_name = true)"
    groups = "SELECT COUNT(*) FROM (SELECT person_number, COUNT(*) FROM persons GROUP BY person_number)"
    ((number,),) = connection.execute(rows).fetchall()
    ((people,),) = connection.execute(groups).fetchall()
    steps = {
        f"read every cell of {number:,} key rows": lambda: [connection.execute(q).fetchall() for q in cells],
        f"count {people:,} people by number": lambda: connection.execute(groups).fetchall(),
    }
    return [measured(name, step)[0] for name, step in steps.items()]


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--areas", default=FIVE)
    parser.add_argument("--memory", type=int, default=768, help="MiB for DuckDB; a run gives 3/4 of memory_mib")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--slowest", type=int, default=10)
    parser.add_argument("--pairs", action="store_true", help="DUP-002 to DUP-007 and DUP-009 too")
    given = parser.parse_args()
    manifest = json.loads((given.run / "manifest.json").read_text("utf-8"))
    project = load_project(Path(manifest["project"]))
    areas = [a for a in given.areas.split(",") if (given.run / "keys" / a).is_dir()]
    keys = key_files(given.run, project, areas)
    context = RuleContext(
        area="", group="", source="", as_of=project.as_of, items=(),
        params={"ward_names": dict(project.definition.city.wards)}, masters=masters_of(project),
    )  # fmt: skip
    left_out = () if given.pairs else (*PAIR_RULES, "DUP-009")
    rules = RuleSet.select(load_catalogue(), project.definition.rules_off).wholes
    asked = [(r, find) for r, find in rules if r.id not in left_out and not r.id.startswith("RCN-")]
    with (
        tempfile.TemporaryDirectory() as scratch,
        relations(
            keys, {"isolated": isolated(given.run, areas)}, list(load_meanings()), memory_mib=given.memory,
            threads=given.threads, scratch=Path(scratch) / "spilled",
        ) as connection,
    ):  # fmt: skip
        sticks = yardstick(connection, keys)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        steps = [measured(r.id, lambda find=find: find(connection, context))[0] for r, find in asked]  # type: ignore[misc]
        held = {key.group: frozenset(key.items) for key in keys if key.group}
        # A run of an earlier version holds no items of identities that came later.
        known = [
            bound for bound in project.identities
            if all(held[p].issuperset(items) for p, items in bound.needs(project.groups).items() if p in held)
        ]  # fmt: skip
        step, evaluated = measured(
            "identities",
            lambda: evaluate(
                connection, known, frozenset(held), project.definition.rules_off, project.as_of, {}
            ),
        )
        checked = evaluated.outcomes.filter(pl.col("state") == "checked")
        steps.append(Measured(f"{checked.height} identities", step.seconds, step.cpu, evaluated.findings.height))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"areas {', '.join(areas)}; DuckDB {given.memory} MiB, {given.threads} threads; views {', '.join(VIEWS)}")
    for one in sticks:
        print(f"{one.name:<44}{one.seconds:8.2f} s wall{one.cpu:8.2f} s CPU")
    for one in sorted(steps, key=lambda s: -s.cpu)[: given.slowest]:
        print(f"  {one.name:<42}{one.seconds:8.2f} s wall{one.cpu:8.2f} s CPU{one.found:8,} findings")
    seconds, cpu = sum(s.seconds for s in steps), sum(s.cpu for s in steps)
    print(f"{f'all {len(asked)} rules and the identities':<44}{seconds:8.2f} s wall{cpu:8.2f} s CPU"
          f"{sum(s.found for s in steps):8,} findings; {cpu / sticks[0].cpu:.1f} x reading every cell; "
          f"peak RSS {peak / 1024:,.0f} MiB ({before / 1024:,.0f} before)")  # fmt: skip


if __name__ == "__main__":
    main()
