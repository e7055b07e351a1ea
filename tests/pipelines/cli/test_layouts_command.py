from __future__ import annotations

import json

import pytest

from char_mapping.errors import DefinitionError
from pipelines.cli.layouts import list_layouts, show_layout


def test_list_names_groups_and_empty_areas(capsys: pytest.CaptureFixture[str]) -> None:
    list_layouts()
    out = capsys.readouterr().out
    assert "resident" in out
    assert "B:134 B-:38" in out
    assert "枠のみ" in out
    list_layouts(as_json=True)
    found = json.loads(capsys.readouterr().out)
    listed = [(g["area"], g["group"]) for g in found["groups"]]
    assert listed[:2] == [("001", "resident"), ("001", "support_measure")]
    assert listed.count(("031", "addressee")) == 2
    assert {a["id"]: a["groups"] for a in found["areas"]}["001"] == ["resident", "support_measure"]
    assert len(found["areas"]) == 37


def test_show_prints_what_is_known_and_nothing_more(capsys: pytest.CaptureFixture[str]) -> None:
    show_layout("001", "resident")
    out = capsys.readouterr().out
    head, *rows = out.split("\n\n", 1)[1].splitlines()
    assert "出力条件" in head
    assert not any("必須" in row for row in rows)
    assert "空欄不可" in out
    show_layout("031", "addressee", edition="koumoku_teigi", as_json=True)
    assert json.loads(capsys.readouterr().out)["items"][0]["condition"] == "必須"


@pytest.mark.parametrize(("group", "edition", "part"), [
    ("addressee", None, "fuban_api_2_0, koumoku_teigi"), ("nobody", None, "001 resident --edition shipped-1"),
    ("addressee", "2.1", "no such group")])
def test_show_asks_for_an_edition(group: str, edition: str | None, part: str) -> None:
    with pytest.raises(DefinitionError, match=part):
        show_layout("031", group, edition=edition)
