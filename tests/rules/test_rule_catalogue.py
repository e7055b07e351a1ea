from __future__ import annotations

import csv
import importlib
from pathlib import Path

import pytest

import rules
from char_mapping.errors import DefinitionError
from layouts.standard_groups import load_areas
from rules.catalogue import FAULT_TABLE, RuleSet, exported_verb, load_catalogue
from rules.faults import fault_rules

CATALOGUE = load_catalogue()
ROOT = Path(rules.__file__).parent
FACTS = ROOT.parents[1] / "shared/data/rule_catalogue.csv"
HELD_DATES = {"DAT-006", "DAT-008", "DAT-010", "DAT-015", "DAT-016", "DAT-018", "DAT-019"}
"""Dates that are no YYYY-MM-DD are held back (docs/decisions/0012), where the given catalogue lets them stand."""
CARRIED = ("name", "description", "fields", "severity", "action", "blocks", "before", "after", "evidence")


def test_the_260_rules_and_one_an_area_are_registered_once() -> None:
    assert len(CATALOGUE) == len(CATALOGUE.by_id)
    assert len([rule for rule in CATALOGUE if rule.family != "ARE"]) == 260
    assert {rule.id[4:] for rule in CATALOGUE if rule.family == "ARE"} <= set(load_areas())
    orders = [rule.order for rule in CATALOGUE if rule.stage in ("find", "whole")]
    assert len(orders) == len(set(orders))


@pytest.mark.skipif(not FACTS.exists(), reason="../shared/data/rule_catalogue.csv is not at hand")
def test_the_facts_of_the_catalogue_are_carried_over() -> None:
    with FACTS.open(encoding="utf-8-sig", newline="") as file:
        facts = list(csv.DictReader(file))
    assert [f["id"] for f in facts] == [rule.id for rule in CATALOGUE if rule.family != "ARE"]
    for fact in facts:
        rule = CATALOGUE[fact["id"]].as_dict()
        if fact["id"] in HELD_DATES:
            assert (fact["blocks"], rule["blocks"]) == ("none", "release")
            fact["blocks"] = "release"
        assert {name: rule[name] for name in CARRIED} == {name: fact[name] for name in CARRIED}


def test_built_rules_have_a_module_that_keeps_the_contract() -> None:
    selected = RuleSet.select(CATALOGUE)
    with_code = {rule.id for rule in CATALOGUE if rule.modules}
    assert {
        rule.id for part in (selected.cleans, selected.finds, selected.wholes) for rule, _ in part
    } == with_code
    for rule in CATALOGUE.built():
        if rule.module.startswith("pipelines."):
            assert (ROOT.parent / f"{rule.module.replace('.', '/')}.py").exists()
        elif rule.module == "rules/schema":
            text = (ROOT / "schema/cell_checks.py").read_text("utf-8")
            assert f'"{rule.id}"' in text
        elif rule.module == FAULT_TABLE:
            assert rule.id in fault_rules().values()


def test_every_rule_module_has_its_row() -> None:
    registered = {name for rule in CATALOGUE for name in rule.modules}
    for path in ROOT.glob("*/*.py"):
        name = f"rules.{path.parent.name}.{path.stem}"
        module = importlib.import_module(name)
        if path.stem != "__init__" and exported_verb(module) is not None:
            assert name in registered


def test_every_rule_module_says_its_id_and_name() -> None:
    for rule in CATALOGUE.built():
        for name in rule.modules:
            text = importlib.import_module(name).__doc__ or ""
            assert text.startswith(rule.id), name


def test_rules_that_are_not_built_say_why() -> None:
    assert all(bool(rule.reason) == (rule.state != "built") for rule in CATALOGUE)


def test_a_rule_is_switched_off_with_a_reason_only() -> None:
    off = RuleSet.select(CATALOGUE, {"DAT-005": "the city does not want the notice"})
    assert "DAT-005" not in {rule.id for rule, _ in off.finds}
    with pytest.raises(DefinitionError, match="a reason"):
        RuleSet.select(CATALOGUE, {"DAT-005": " "})
    with pytest.raises(DefinitionError, match="DAT-999"):
        RuleSet.select(CATALOGUE, {"DAT-999": "why not"})


def test_clean_rules_that_may_touch_certified_items_are_auto() -> None:
    assert all(rule.action == "AUTO" for rule in CATALOGUE if rule.form_only)


def test_what_an_auto_rule_leaves_open_is_asked() -> None:
    assert CATALOGUE["ADR-020"].finding_action == "REVIEW"
    assert CATALOGUE["NAM-001"].finding_action == "PROPOSE"
