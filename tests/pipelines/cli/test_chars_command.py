from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.cli.chars import ImportFormat, import_table


def run(file: Path, form: ImportFormat, into: Path | None = None, *, as_json: bool = False) -> int:
    return import_table(
        file, form=form, charset="jef", into=into, code_list=None, target_charset="utf-8", licence="test",
        show_all=False, as_json=as_json,
    )


def test_import_adds_what_is_new_and_shows_conflicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, into = tmp_path / "new.csv", tmp_path / "gaiji" / "jumin.csv"
    table.write_text("code,target\n80A1,MJ025760\n80A2,髙\n", "utf-8")
    assert run(table, "csv", into) == 0
    assert into.read_text("utf-8").splitlines()[1:] == [
        "80A1,辻\U000e0102,MJ025760,,new.csv,", "80A2,髙,MJ028902,,new.csv,",
    ]
    table.write_text("code,target\n80A1,﨑\n80A3,﨑\nB0A2,亜\n", "utf-8")
    before = capsys.readouterr().out
    assert "2  added" in before
    assert run(table, "csv", into) == 1
    told = capsys.readouterr().out
    assert "80A1  CONFLICT" in told
    assert "B0A2  CONFLICT" in told
    assert "80A1,辻\U000e0102" in into.read_text("utf-8")


def test_without_a_table_to_add_to_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "h.txt").write_text("0X80A1 0XE9AB99\n", "utf-8")
    assert run(tmp_path / "h.txt", "hulft") == 0
    assert "--into" in capsys.readouterr().out
    assert run(tmp_path / "h.txt", "hulft", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["codes"][0]["incoming"] == "髙"


def test_an_official_file_goes_into_the_reference_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IKOU_REFERENCE_DIR", str(tmp_path / "reference"))
    (tmp_path / "map.csv").write_text("文字図形名,代替文字\nGJ000138,高\n", "utf-8")
    assert run(tmp_path / "map.csv", "substitutes") == 0
    assert "1 rows, 1 new, 0 gone, 0 other than before" in capsys.readouterr().out
    (tmp_path / "map.csv").write_text("文字図形名,代替文字\nGJ000139,高\n", "utf-8")
    assert run(tmp_path / "map.csv", "substitutes") == 0
    told = capsys.readouterr().out
    assert "1 rows, 1 new, 1 gone, 0 other than before" in told
    assert "GJ000138 高  gone" in told
