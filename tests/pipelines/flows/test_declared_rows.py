"""Rows that a mapping declared beforehand: counted block by block, shown with the run's figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl

from layouts.mappings import RowsDefinition
from layouts.records.reader import plan_ranges
from pipelines.flows import block_work
from pipelines.flows.evidence import EXPANSION, expansion
from pipelines.flows.plan import source_plan
from pipelines.ledger import DECISION_SCHEMA, IssueIdentity
from pipelines.project.loading import load_project
from pipelines.steps.register import Register
from rules.catalogue import RuleSet, load_catalogue


def test_records_that_give_other_rows_than_declared_are_counted(made_small_city: Path, tmp_path: Path) -> None:
    project, catalogue = load_project(made_small_city), load_catalogue()
    register = Register.of(IssueIdentity(b"k" * 32), catalogue, {"001": ("市民課", None), "031": ("税務課", None)})
    nobody = pl.DataFrame(schema=DECISION_SCHEMA)
    plan = source_plan(project, project.sources["shien"], RuleSet.select(catalogue), register, nobody,
                       source_only=False)
    file = next((project.data / "exports" / "g1-2026-01" / "shien").glob(plan.source.files))
    counted = {}
    for name, rows in (("kept", RowsDefinition(least=1, most=1)), ("broken", RowsDefinition(of="特記事項"))):
        target, = plan.targets
        assert target.mapping is not None
        changed = replace(target, mapping=replace(target.mapping, rows=rows))
        here = replace(plan, targets=(changed,))
        _, counts = block_work.work_on_range(here, file, plan_ranges(plan.source, file)[0], tmp_path / name,
                                             tmp_path / "error.txt", lambda _: None)
        number = counts["rows"]["support_measure"]
        table = expansion({"shien": here}, {"shien": number}, {("shien", "support_measure"): number},
                          {("shien", "support_measure"): counts["declared"]})
        assert table.schema == EXPANSION
        counted[name] = table.row(0, named=True)
    kept, broken = counted["kept"], counted["broken"]
    assert (kept["least"], kept["most"], kept["outside"]) == (kept["rows"], kept["rows"], 0)
    assert broken["outside"] == broken["rows"]
    assert broken["declared"] == "1:N　項目 特記事項 の数"
    nothing = expansion({"shien": plan}, {"shien": 1}, {("shien", "support_measure"): 1}, {})
    assert nothing.select("least", "most", "outside").row(0) == (None, None, None)
