from __future__ import annotations

import json

import pytest

from char_mapping.errors import DefinitionError
from pipelines.cli.rules import list_rules, show_rule


def test_the_list_has_a_line_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert list_rules(family="dat") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 24
    assert "DAT-001" in lines[0]
    assert "元号→西暦変換" in lines[0]


def test_the_list_for_machines_has_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    list_rules(as_json=True)
    rules = json.loads(capsys.readouterr().out)
    assert len([r for r in rules if not r["id"].startswith("ARE-")]) == 260
    assert {"id", "name", "version", "stage", "order", "scope", "ask", "basis", "state"} <= set(rules[0])


def test_one_rule_is_shown_with_basis_and_example(capsys: pytest.CaptureFixture[str]) -> None:
    show_rule("dat-009")
    out = capsys.readouterr().out
    assert "不詳日" in out
    assert "S20.00.00" in out
    show_rule("DAT-009", as_json=True)
    assert json.loads(capsys.readouterr().out)["form_only"] is True


def test_an_unknown_rule_is_a_wrong_use() -> None:
    with pytest.raises(DefinitionError, match="DAT-999"):
        show_rule("DAT-999")
    with pytest.raises(DefinitionError, match="XYZ"):
        list_rules(family="XYZ")
