"""``ikou rules``: the catalogue, and one rule with its basis and example."""

from __future__ import annotations

import json
import sys

from char_mapping.errors import DefinitionError
from pipelines.cli.terminal import padded
from rules.catalogue import Rule, load_catalogue

_LABELS = {
    "name_en": "English",
    "version": "Version",
    "stage": "Stage",
    "order": "Order",
    "scope": "Scope",
    "fields": "対象項目",
    "severity": "重",
    "action": "処置",
    "blocks": "止めるもの",
    "ask": "確認票",
    "basis": "根拠",
    "evidence": "出典",
    "form_only": "形だけの変更",
    "state": "State",
    "module": "Module",
    "reason": "Reason",
    "description": "内容",
    "before": "前",
    "after": "後",
}


def list_rules(*, family: str | None = None, as_json: bool = False) -> int:
    """Print the catalogue, or the part whose ids begin with ``family``.

    Raises:
        DefinitionError: No id begins so.
    """
    rules = [rule for rule in load_catalogue() if rule.id.startswith((family or "").upper())]
    if not rules:
        there = ", ".join(sorted({rule.family for rule in load_catalogue()}))
        raise DefinitionError("--family", expected=f"one of {there}", found=str(family))
    if as_json:
        sys.stdout.write(json.dumps([rule.as_dict() for rule in rules], ensure_ascii=False, indent=2) + "\n")
        return 0
    for rule in rules:
        head = f"{rule.id}  {rule.severity} {rule.action:<7} {rule.blocks:<7} {rule.state:<7} {rule.basis}"
        sys.stdout.write(padded(head, 42) + f"{rule.name}\n")
    states = {state: sum(rule.state == state for rule in rules) for state in ("built", "planned", "out")}
    sys.stdout.write(", ".join(f"{count} {state}" for state, count in states.items()) + "\n")
    return 0


def show_rule(rule_id: str, *, as_json: bool = False) -> int:
    """Print one rule.

    Raises:
        DefinitionError: The catalogue has no such id.
    """
    rule = load_catalogue().by_id.get(rule_id.upper())
    if rule is None:
        raise DefinitionError("RULE", expected="an id such as DAT-001", found=rule_id, todo="See `ikou rules list`.")
    if as_json:
        sys.stdout.write(json.dumps(rule.as_dict(), ensure_ascii=False, indent=2) + "\n")
        return 0
    sys.stdout.write(f"{rule.id} {rule.name}\n")
    for field, text in _filled(rule):
        sys.stdout.write(f"  {padded(_LABELS[field], 14)}{text}\n")
    return 0


def _filled(rule: Rule) -> list[tuple[str, str]]:
    values = rule.as_dict()
    yes_no = {True: "yes", False: "no"}
    return [
        (field, yes_no[values[field]] if isinstance(values[field], bool) else str(values[field]))
        for field in _LABELS
        if values[field] != ""
    ]
