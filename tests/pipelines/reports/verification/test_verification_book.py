"""The workbook itself: the same bytes, nobody's values, every tab to be read on paper."""

from __future__ import annotations

import zipfile

import fastexcel
import pytest

from pipelines.reports.verification import write_verification


def _cells(path):
    book = fastexcel.read_excel(path)
    return {
        name: book.load_sheet(name, header_row=None, dtypes="string").to_polars().write_csv()
        for name in book.sheet_names
    }


@pytest.mark.parametrize("loaded", [False, True])
def test_no_sheet_holds_a_value_of_a_resident(loaded, shown, tmp_path, sheets):
    """Names, towns, remarks, 個人番号 — not in a cell, not in a chart, not in the strings of the file."""
    told = shown(loaded=loaded)
    path = write_verification(told.run, tmp_path, reconciled=told.reconciled if loaded else None)
    for tab, text in _cells(path).items():
        assert [marker for marker in (*sheets.MARKERS, "123456789018") if marker in text] == [], tab
    with zipfile.ZipFile(path) as parts:
        everything = "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    assert [marker for marker in (*sheets.MARKERS, "123456789018") if marker in everything] == []


def test_the_sheltered_stand_only_where_everybody_of_a_kind_stands(shown, tmp_path):
    """Her number tells of no 支援措置: it is in no sheet that names who is under it, and in no drawn sample."""
    told = shown()
    cells = _cells(write_verification(told.run, tmp_path, reconciled=told.reconciled))
    for tab, text in cells.items():
        if tab.startswith(("RPT-17", "移行判定", "RPT-20")):
            assert "0000000203" not in text, tab
        hers = [line for line in text.splitlines() if "0000000203" in line]
        assert not any("支援措置" in line or "無作為" in line for line in hers), tab


def test_the_same_files_give_the_same_bytes(shown, tmp_path):
    told = shown()
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written.append(write_verification(told.run, tmp_path / name, reconciled=told.reconciled).read_bytes())
    assert written[0] == written[1]


def test_every_tab_is_landscape_one_page_wide_with_its_headings_kept(shown, tmp_path):
    told = shown()
    path = write_verification(told.run, tmp_path, reconciled=told.reconciled)
    with zipfile.ZipFile(path) as parts:
        pages = [parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(pages) == len(told.sheets) + 2
    assert all('orientation="landscape"' in page and 'fitToHeight="0"' in page for page in pages)
    assert sum('state="frozen"' in page for page in pages) == len(told.sheets)


def test_the_charts_are_there(shown, tmp_path):
    told = shown()
    path = write_verification(told.run, tmp_path, reconciled=told.reconciled)
    with zipfile.ZipFile(path) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
        pyramid = [parts.read(name).decode() for name in charts if "人口ピラミッド" in parts.read(name).decode()]
    assert len(charts) == 5
    assert "男　取込後" in pyramid[0]
