"""Each law broken on purpose, in the work of one block task: no Prefect."""

from dataclasses import replace

import polars as pl
import pytest

from layouts.conform import conform
from layouts.records.reader import plan_ranges
from pipelines.errors import InternalError, LawBroken
from pipelines.flows import block_work
from pipelines.flows.plan import source_plan
from pipelines.ledger import DECISION_SCHEMA, IssueIdentity
from pipelines.project.loading import load_project
from pipelines.steps.register import Register
from rules.catalogue import RuleSet, load_catalogue
from rules.contract import Change
from rules.engine import clean_block

NOBODY = pl.DataFrame(schema=DECISION_SCHEMA)


def plan_of(city, source="jumin"):
    project = load_project(city)
    catalogue = load_catalogue()
    register = Register.of(IssueIdentity(b"k" * 32), catalogue, {"001": ("市民課", None), "031": ("税務課", None)})
    plan = source_plan(project, project.sources[source], RuleSet.select(catalogue), register, NOBODY, source_only=False)
    file = next((project.data / "exports" / "g1-2026-01" / source).glob(project.sources[source].files))
    return plan, file


def work(plan, file, tmp_path):
    records = plan_ranges(plan.source, file)[0]
    return block_work.work_on_range(plan, file, records, tmp_path / "parts", tmp_path / "error.txt", lambda _: None)


def spoil_clean(monkeypatch, change):
    """Let the cleaning step return values that no rule has logged."""

    def spoilt(frame, ctx, rules):
        result = clean_block(frame, ctx, rules)
        return replace(result, frame=change(result.frame))

    monkeypatch.setattr(block_work, "clean_block", spoilt)


def test_an_honest_block_keeps_the_laws(made_city, tmp_path):
    plan, file = plan_of(made_city)
    paths, counts = work(plan, file, tmp_path)
    assert counts["decoded"] == sum(counts["fates"].values())
    assert counts["rows"]["resident"] == counts["fates"]["converted"]
    assert all(p.is_file() for p in paths)


def test_law_1_a_lost_row(made_city, tmp_path, monkeypatch):
    monkeypatch.setattr(block_work, "conform", lambda table, mapping: conform(table, mapping).slice(1))
    with pytest.raises(LawBroken, match="law 1"):
        work(*plan_of(made_city), tmp_path)


@pytest.mark.parametrize("substitute", ["\ufffd", "〓", "■"])
def test_law_2_an_invented_substitute(made_city, tmp_path, substitute):
    def rule(block, ctx):
        return [Change(ctx.one("person.name").name, pl.col(ctx.one("person.name").name).str.replace("田", substitute))]

    plan, file = plan_of(made_city)
    form = next(r for r, _ in plan.rules.cleans if r.form_only)
    rules = RuleSet(plan.rules.catalogue, (*plan.rules.cleans, (form, rule)), plan.rules.finds, plan.rules.wholes, {})
    with pytest.raises(LawBroken, match="law 2"):
        work(replace(plan, rules=rules), file, tmp_path)


def test_law_3_a_value_changed_without_a_rule(made_city, tmp_path, monkeypatch):
    spoil_clean(monkeypatch, lambda frame: frame.with_columns(pl.lit("道北").alias("住所_都道府県")))
    with pytest.raises(LawBroken, match="law 3"):
        work(*plan_of(made_city), tmp_path)


def test_law_3_an_item_filled_from_nowhere(made_city, tmp_path, monkeypatch):
    spoil_clean(monkeypatch, lambda frame: frame.with_columns(pl.lit("1").alias("改製番号")))
    with pytest.raises(LawBroken, match="law 3"):
        work(*plan_of(made_city), tmp_path)


def test_law_5_a_renumbered_person(made_city, tmp_path):
    def rule(block, ctx):
        return [Change(ctx.one("person.number").name, pl.lit("1"))]

    plan, file = plan_of(made_city)
    form = next(r for r, _ in plan.rules.cleans if r.form_only)
    rules = RuleSet(plan.rules.catalogue, (*plan.rules.cleans, (form, rule)), plan.rules.finds, plan.rules.wholes, {})
    with pytest.raises(LawBroken, match="law 5"):
        work(replace(plan, rules=rules), file, tmp_path)


def test_a_library_exception_in_a_block_shows_no_value(made_city, tmp_path, monkeypatch):
    secret = "函館　花子"

    def explode(frame, ctx, rules):
        raise ValueError(f"cannot parse {secret}")

    monkeypatch.setattr(block_work, "clean_block", explode)
    with pytest.raises(InternalError) as caught:
        work(*plan_of(made_city), tmp_path)
    assert secret not in str(caught.value)
    assert caught.value.__suppress_context__
    detail = tmp_path / "error.txt"
    assert secret in detail.read_text(encoding="utf-8")
    assert detail.stat().st_mode & 0o077 == 0


def test_the_parts_do_not_depend_on_how_often_they_are_made(made_city, tmp_path):
    plan, file = plan_of(made_city, "juutogai")
    first, _ = work(plan, file, tmp_path)
    contents = {p.name: p.read_bytes() for p in first}
    again, _ = work(plan, file, tmp_path)
    assert {p.name: p.read_bytes() for p in again} == contents
