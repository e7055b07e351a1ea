from __future__ import annotations

import importlib.util
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.catalogue import RuleSet, load_catalogue
from rules.engine import clean_block, undo_changes
from rules.trial import block


@pytest.fixture(scope="module")
def golden() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "golden_rules", Path(__file__).with_name("golden_rules.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_rule_that_finds_or_writes_something_else_has_another_version(golden: ModuleType) -> None:
    now, before = golden.goldens(), golden.stored()
    again = "run tests/rules/golden_rules.py"
    assert sorted(now) == sorted(before), f"rules came or went: {again}"
    silent = [rule for rule in now if now[rule] != before[rule] and now[rule][0] == before[rule][0]]
    assert silent == [], f"raise the version in rules/catalogue.csv, then {again}"
    assert now == before, f"versions were raised: {again}"


def test_all_cleaners_together_are_undone_exactly(golden: ModuleType) -> None:
    frame, ctx = golden.corpus()
    result = clean_block(frame, ctx, RuleSet.select(load_catalogue()))
    assert result.counts.keys() >= {"DAT-001", "COD-003", "NAM-002", "MOJ-018"}
    assert undo_changes(result.frame, result.changes, result.column_changes).equals(frame)


@given(st.randoms(use_true_random=False), st.integers(1, 70))
@settings(max_examples=5)
def test_any_mixture_of_values_is_undone_exactly(golden: ModuleType, random: Random, height: int) -> None:
    frame, ctx = golden.corpus()
    mixed = block({i.name: random.choices(frame[i.name].to_list(), k=height) for i in ctx.items}
                  | {name: [None] * height for name in ("フラグ", "表記")})  # fmt: skip
    result = clean_block(mixed, ctx, RuleSet.select(load_catalogue()))
    assert undo_changes(result.frame, result.changes, result.column_changes).equals(mixed)
