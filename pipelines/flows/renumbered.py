"""旧新対応表: which 宛名番号 a run gave to whom by decision (種ア), and that nobody else has them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from char_mapping.errors import DefinitionError
from pipelines.flows.plan import SourcePlan
from pipelines.runs.folder import RENUMBERED
from pipelines.steps.renumber import Renumbering, table_of


def write_renumbered(run: Path, plans: Iterable[SourcePlan]) -> pl.DataFrame:
    """Write ``renumbering/旧新対応表.csv`` (UTF-8 with mark) when a decision gave numbers; returns its rows.

    Raises:
        DefinitionError: a number that was given is held by somebody in an area the decision does not name.
    """
    found: dict[str, Renumbering] = {}
    for plan in plans:
        found.update({r.decision: r for r in plan.renumberings.values()})
    given = tuple(sorted(found.values(), key=lambda r: (r.old, r.new)))
    if not given:
        return table_of((), ())
    _check_unused(run, given)
    logs = (
        (path.parent.name, path.stem, pl.read_parquet(path, columns=["item", "step", "rule_id", "before"]))
        for path in sorted((run / "changes").glob("*/*.parquet"))
        if "." not in path.stem
    )
    table = table_of(logs, given)
    target = run / RENUMBERED
    target.parent.mkdir(exist_ok=True)
    table.write_csv(target, include_bom=True)
    return table


def _check_unused(run: Path, given: tuple[Renumbering, ...]) -> None:
    areas = {r.new: set(r.areas) for r in given}
    for path in sorted((run / "keys").glob("*/*.parquet")):
        held = pl.scan_parquet(path)
        if "person_number" not in held.collect_schema().names():
            continue
        numbers = held.filter(pl.col("person_number").is_in(list(areas))).select("person_number").unique().collect()
        for number in numbers["person_number"].sort():
            if path.parent.name not in areas[number]:
                decision = next(r.decision for r in given if r.new == number)
                raise DefinitionError(
                    f"decision {decision}", expected="a reserved number that nobody has",
                    found=f"one that area {path.parent.name} uses",
                    todo="Reserve another range in ikou.toml and decide again",
                )  # fmt: skip
