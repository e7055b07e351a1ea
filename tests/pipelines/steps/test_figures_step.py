"""Figures of 現行帳票: taken from decoded records and from written rows, counted apart from each other."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from layouts.sources import load_source
from pipelines.project.figures import Condition, Figure, OutputSide, SourceSide, load_figures
from pipelines.steps.figures import chain, count_output, count_rows, count_source

NO_FAULTS = pl.DataFrame(schema={"record_no": pl.Int64, "item": pl.String})


def _table(**columns: list[str | None]) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    return pl.DataFrame({"_record_no": pl.Series(range(1, size + 1), dtype=pl.Int64), **columns})


def _figure(**side: object) -> Figure:
    return Figure(form="調定簿", item="調定額", unit="円", source=SourceSide(source="s", **side))  # type: ignore[arg-type]


def _count(table: pl.DataFrame, figure: Figure, fates: list[str] | None = None, faults: pl.DataFrame = NO_FAULTS):
    fate = pl.Series(fates or ["converted"] * table.height, dtype=pl.String)
    return count_source(table, [figure], fate, pl.Series([f"k{n}" for n in range(table.height)]), faults)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=40))
def test_a_sum_is_the_sum_whoever_wrote_it(amounts: list[int]) -> None:
    """Plain, with commas, in full width: the same sum on both sides."""
    texts = [f"{a:,}" if n % 3 == 1 else str(a) for n, a in enumerate(amounts)]
    table = _table(税額=texts)
    assert _count(table, _figure(sum="税額")).counted["value"].sum() == sum(amounts)
    assert count_rows(table, OutputSide(group="g", sum="税額"))["value"].sum() == sum(amounts)


def test_fates_are_counted_apart_and_broken_amounts_are_named() -> None:
    """What does not move keeps its amount in its own row; a cell that is no amount, or did not decode, is named."""
    table = _table(税額=["100", "20", "３００", "ABC", None, None])
    fates = ["converted", "excluded", "isolated", "converted", "converted", "converted"]
    faults = pl.DataFrame({"record_no": [5], "item": ["税額"]}, schema_overrides={"record_no": pl.Int64})
    found = _count(table, _figure(sum="税額"), fates, faults)
    by_fate = {fate: (value, broken) for _, _, _, fate, value, broken in found.counted.iter_rows()}
    assert by_fate == {"converted": (100, 2), "excluded": (20, 0), "isolated": (300, 0)}
    assert found.not_numbers["subject"].to_list() == ["k3", "k4"]


def test_occurrences_add_up_and_are_divided_beside_themselves() -> None:
    """期別(2).税額 belongs to the class of 期別(2).期."""
    table = _table(**{"年度": ["2025", "2025"], "期別(1).期": ["01", "01"], "期別(1).税額": ["10", "20"],
                      "期別(2).期": ["02", ""], "期別(2).税額": ["5", "0"]})  # fmt: skip
    figure = _figure(sum="期別.税額", by=("年度", "期別.期"), where=(Condition(item="期別.期", not_in=("",)),))
    found = _count(table, figure).counted
    assert dict(found.select("区分", "value").iter_rows()) == {"2025/01": 30, "2025/02": 5}


def test_a_blank_has_a_name_too() -> None:
    """The control sheet words what no code stands for, whether the reader gave "" or nothing."""
    figure = _figure(by=("国籍",), names={"国籍": {"": "－", "VNM": "ベトナム"}})
    found = _count(_table(国籍=["VNM", "", None]), figure).counted
    assert dict(found.select("区分", "value").iter_rows()) == {"ベトナム": 1, "－": 2}


@pytest.mark.parametrize(("condition", "rows"), [
    ({"in": ("1",)}, 1), ({"not_in": ("1",)}, 3), ({"in": ("",)}, 1), ({"at_least": "2"}, 2),
    ({"at_least": "1", "at_most": "2"}, 2),
])  # fmt: skip
def test_conditions(condition: dict[str, object], rows: int) -> None:
    """A blank is "", and texts are compared sign by sign."""
    figure = _figure(where=(Condition.model_validate({"item": "区分", **condition}),))
    assert _count(_table(区分=["1", "2", "3", None]), figure).counted["value"].sum() == rows


def test_written_rows_from_files_with_and_without_the_item(tmp_path: Path) -> None:
    """An item that no mapping fills is empty in every row; rows are counted without reading a column."""
    pl.DataFrame({"年税額": ["1", "2"]}).write_ipc(tmp_path / "a.arrow")
    pl.DataFrame({"他": ["x"]}).write_ipc(tmp_path / "b.arrow")
    paths = [tmp_path / "a.arrow", tmp_path / "b.arrow"]
    assert count_output(paths, OutputSide(group="g", sum="年税額"))["value"].to_list() == [3]
    assert count_output(paths, OutputSide(group="g"))["value"].to_list() == [3]


def test_a_class_on_no_record_is_zero_and_one_not_supplied_is_unknown() -> None:
    """The sheet knows 02, the file 01: each is a row, nothing is dropped to make totals meet."""
    figure = _figure(sum="税額", by=("期",))
    supplied = pl.DataFrame(
        {"帳票名": ["調定簿"], "項目": ["調定額"], "区分": ["02"], "値": [7], "基準日": [""], "記入者": [""]}
    )
    counted = _count(_table(税額=["5"], 期=["01"]), figure).counted
    rows = chain("010", [figure], supplied, counted, {}, {}, {})
    assert rows.select("区分", "現行値", "源泉値", "出力値").rows() == [("01", None, 5, None), ("02", 7, 0, None)]


def _project(tmp_path: Path, text: str) -> tuple[Path, dict[str, object]]:
    source = tmp_path / "sources" / "s"
    source.mkdir(parents=True)
    (source / "source.yml").write_text(
        'id: s\nlabel: 表\narea: "010"\ndepartment: 税務課\nsystem: 税\nfiles: "S.csv"\n'
        'format: {kind: csv, delimiter: ",", quote: \'"\', header: true}\ncode_system: cp932\nglyph_policy: area\n'
        "key: [番号]\nitems:\n  番号: {meaning: business.number}\n  税額: {meaning: levy.amount}\n",
        encoding="utf-8")  # fmt: skip
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "010.yml").write_text(text, encoding="utf-8")
    return tmp_path, {"s": load_source(source)}


GOOD = 'area: "010"\nfigures:\n  - form: 調定簿\n    item: 調定額\n    unit: 円\n    source: {source: s, sum: 税額}\n'


def test_figures_are_loaded(tmp_path: Path) -> None:
    """The file says what its area's figures are."""
    folder, sources = _project(tmp_path, GOOD)
    assert load_figures(folder, ["010", "001"], sources, {})["010"][0].source.sum == "税額"  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after", "line"), [
    ("sum: 税額", "sum: 税", 6), ("source: s,", "source: t,", 6), ('area: "010"', 'area: "011"', 1),
    ("unit: 円", "unit: 円\n    uint: 円", 6), ("sum: 税額}", "sum: 税額, names: {番号: {a: b}}}", 6),
    ("sum: 税額}", "sum: 税額, where: [{item: 無い}]}", 6),
])  # fmt: skip
def test_a_wrong_figure_is_refused_with_its_line(before: str, after: str, line: int, tmp_path: Path) -> None:
    """Nothing is counted by guess."""
    folder, sources = _project(tmp_path, GOOD.replace(before, after))
    with pytest.raises(DefinitionError, match=rf"010\.yml:{line}"):
        load_figures(folder, ["010"], sources, {})  # type: ignore[arg-type]


def test_a_figure_told_twice_is_refused(tmp_path: Path) -> None:
    """Which of the two would the control sheet mean?"""
    folder, sources = _project(tmp_path, GOOD + GOOD.split("figures:\n")[1])
    with pytest.raises(DefinitionError, match="twice"):
        load_figures(folder, ["010"], sources, {})  # type: ignore[arg-type]
