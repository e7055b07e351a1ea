from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


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
