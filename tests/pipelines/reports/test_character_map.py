"""The map of characters: every code point of a run is in one kind, and what nothing explains is red."""

from __future__ import annotations

import csv
import itertools
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reports.character_map import (
    CHANGED,
    SAME,
    UNEXPLAINED,
    character_map,
    code_point_counts,
    kinds_table,
)
from pipelines.reports.run_files import RunFiles

Row = tuple[str, str, int, str]


def counted(folder: Path, rows: list[Row]) -> pl.DataFrame:
    """Counts of a run whose characters are ``stage, sign, count, explained_by``."""
    (folder / "characters").mkdir(parents=True, exist_ok=True)
    pl.DataFrame(
        [{"group_id": "g", "stage": stage, "item": "氏名", "code_point": ord(sign), "count": count, "explained_by": by}
         for stage, sign, count, by in rows],
        schema={"group_id": pl.String, "stage": pl.String, "item": pl.String, "code_point": pl.UInt32,
                "count": pl.Int64, "explained_by": pl.String},
    ).write_parquet(folder / "characters" / "001.parquet")
    return code_point_counts(RunFiles(folder, {}, {}, pl.DataFrame()))


def test_the_kinds_do_not_overlap() -> None:
    text = resources.files("pipelines.reports").joinpath("character_kinds.csv").read_text(encoding="utf-8")
    ranges = sorted((int(row["first"], 16), int(row["last"], 16)) for row in csv.DictReader(text.splitlines()))
    assert all(first <= last for first, last in ranges)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(ranges))


@pytest.mark.parametrize(("sign", "kind"), [
    ("A", "半角英数・記号"), ("ｱ", "半角カナ"), ("ア", "カタカナ"), ("あ", "ひらがな"), ("Ａ", "全角英数・記号"),
    ("　", "和文記号・空白"), ("髙", "漢字"), ("﨑", "漢字（互換）"), ("㐂", "漢字（拡張A）"),
    ("𠮷", "漢字（拡張B以降）"),
    ("\U000e0101", "異体字セレクタ"), ("\ue000", "外字領域（私用領域）"), ("\ufffd", "置換文字（失われた文字）"),
    ("\u3099", "ひらがな"), ("\ud7a3", "その他"), ("\n", "制御文字"),
])  # fmt: skip
def test_each_character_has_its_kind(sign: str, kind: str, tmp_path: Path) -> None:
    assert counted(tmp_path, [("in", sign, 1, "表")])["kind"].to_list() == [kind]


def test_a_character_lost_on_the_way_shows_in_table_and_map(tmp_path: Path) -> None:
    counts = counted(tmp_path, [
        ("in", "髙", 3, "表"), ("out", "髙", 3, "表"), ("in", "ｱ", 2, "表"), ("out", "ア", 2, "表, NAM-011"),
        ("in", "\ue000", 1, ""),
    ])  # fmt: skip
    rows = {row["kind"]: row for row in kinds_table(counts)}
    assert (rows["漢字"]["before"], rows["漢字"]["after"]) == (3, 3)
    assert (rows["半角カナ"]["before"], rows["半角カナ"]["after"], rows["カタカナ"]["after"]) == (2, 0, 2)
    assert rows["外字領域（私用領域）"]["unexplained"] == 1
    assert (rows["合計"]["before"], rows["合計"]["after"], rows["合計"]["unexplained"]) == (6, 5, 1)
    svg = character_map(counts)
    assert all(part in svg for part in (SAME, CHANGED, UNEXPLAINED))
    assert "U+Exxx" in svg
    without = character_map(counts.filter(pl.col("unexplained") == 0))
    assert UNEXPLAINED not in without
    assert "#C00000" not in without


def test_without_characters_there_is_no_map(tmp_path: Path) -> None:
    counts = code_point_counts(RunFiles(tmp_path, {}, {}, pl.DataFrame()))
    assert (kinds_table(counts), character_map(counts)) == ([], "")


@given(st.lists(st.tuples(st.sampled_from(["in", "out"]), st.characters(exclude_categories=["Cs"]),
                          st.integers(1, 9)), max_size=30))  # fmt: skip
def test_no_character_is_left_out(tmp_path_factory: Any, told: list[tuple[str, str, int]]) -> None:
    folder = tmp_path_factory.mktemp("map")
    counts = counted(folder, [(*row, "表") for row in told])
    total = kinds_table(counts)
    for stage, name in (("in", "before"), ("out", "after")):
        expected = sum(count for side, _, count in told if side == stage)
        assert (total[-1][name] if total else 0) == expected
        assert sum(row[name] for row in total[:-1]) == expected
