from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from layouts.conditions import Condition
from layouts.conform import LINEAGE, DeclaredRows, column_of, conform, declared_rows, expected_rows
from layouts.mappings import MappedItem, Mapping, RowsDefinition, SplitPart, Unroll
from layouts.standard_groups import StandardGroup, load_group

GROUP: StandardGroup = load_group("kihon_data_list", "shipped-1", "001", "support_measure")
CELLS = st.one_of(st.none(), st.sampled_from(["", "0", "1", "２", " "]))


def mapping(*items: MappedItem, where: Condition | None = None, unroll: Unroll | None = None) -> Mapping:
    return Mapping(path=Path("m.yml"), area="001", group=GROUP, source_id="s", where=where, unroll=unroll, items=items,
                   dropped={}, own=(), warnings=())


def block(**columns: list[str | None]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    return pl.DataFrame({"_record_no": range(1, height + 1), "_byte_offset": range(0, 10 * height, 10)}).with_columns(
        pl.Series(name, values, dtype=pl.String) for name, values in columns.items())


NUMBER = MappedItem("宛名番号", "番号", None, (), None)
KIND = MappedItem("支援措置区分", None, "1", (), None)


def test_structure_changes_and_values_do_not() -> None:
    found = conform(block(番号=["001", None, " 3"], 他=["x", "y", "z"]), mapping(NUMBER, KIND))
    assert found.columns == [*LINEAGE, *GROUP.names]
    assert found.schema == {**LINEAGE, **dict.fromkeys(GROUP.names, pl.String)}
    assert found["宛名番号"].to_list() == ["001", None, " 3"]
    assert found["支援措置区分"].to_list() == ["1", "1", "1"]
    assert found["履歴番号"].null_count() == 3
    assert found["_record_no"].to_list() == [1, 2, 3]
    assert found["_byte_offset"].to_list() == [0, 10, 20]


def test_an_empty_block_and_a_block_without_rows_keep_their_shape() -> None:
    none = Condition(item="番号", in_=("9",))
    for table, where in ((block(番号=[]), None), (block(番号=["1"]), none)):
        found = conform(table, mapping(NUMBER, KIND, where=where))
        assert found.height == 0
        assert found.schema == {**LINEAGE, **dict.fromkeys(GROUP.names, pl.String)}
        assert expected_rows(table, mapping(NUMBER, where=where)).sum() == 0


def test_empty_and_null_are_the_same_to_a_condition() -> None:
    table = block(番号=["1", "2", "3"], 削除=["", None, "1"])
    live = mapping(NUMBER, where=Condition(item="削除", in_=("0", "")))
    assert conform(table, live)["宛名番号"].to_list() == ["1", "2"]
    gone = mapping(NUMBER, where=Condition(item="削除", not_in=("0", "")))
    assert conform(table, gone)["宛名番号"].to_list() == ["3"]


def test_occurrences_become_rows_in_order() -> None:
    kinds = {"措置(1).区分": ["1", None], "措置(2).区分": ["2", "3"], "措置(3).区分": ["", "4"]}
    table = block(番号=["a", "b"], **kinds)
    found = conform(table, mapping(NUMBER, MappedItem("支援措置区分", "措置.区分", None, (), None), unroll=Unroll(
        group="措置", count=3, where=Condition(item="措置.区分", not_in=("",)))))
    assert found.select("_record_no", "_ordinal", "宛名番号", "支援措置区分").rows() == [
        (1, 0, "a", "1"), (1, 1, "a", "2"), (2, 0, "b", "3"), (2, 1, "b", "4")]


def test_a_single_repeated_item_unrolls() -> None:
    table = block(番号=["a"], **{"電話(1)": ["1"], "電話(2)": ["2"]})
    phone = MappedItem("支援措置区分", "電話", None, (), None)
    found = conform(table, mapping(phone, unroll=Unroll(group="電話", count=2)))
    assert found["支援措置区分"].to_list() == ["1", "2"]
    assert column_of("給付.金額", "給付", 2) == "給付(2).金額"
    assert column_of("番号", "給付", 2) == "番号"


def test_a_missing_column_is_a_definition_error() -> None:
    with pytest.raises(DefinitionError, match=r"m\.yml items\.宛名番号: .* found 番号"):
        conform(block(他=["1"]), mapping(NUMBER))


conditions = st.recursive(
    st.builds(lambda item, values, inside: Condition(item=item, **{"in_" if inside else "not_in": tuple(values)}),
              st.sampled_from(["番号", "措置.区分"]), st.lists(st.sampled_from(["", "0", "1", "２", " "]), max_size=3),
              st.booleans()),
    lambda parts: st.builds(lambda some, both: Condition(**{"all_" if both else "any_": tuple(some)}),
                            st.lists(parts, min_size=1, max_size=3), st.booleans()), max_leaves=4)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12), where=conditions)
def test_rows_are_those_that_two_libraries_expect(rows: list[tuple[str | None, ...]],
                                                  where: Condition) -> None:
    numbers, first, second = ([row[k] for row in rows] for k in range(3))
    table = block(番号=numbers, **{"措置(1).区分": first, "措置(2).区分": second})
    unrolled = mapping(NUMBER, MappedItem("支援措置区分", "措置.区分", None, (), None),
                       unroll=Unroll(group="措置", count=2, where=where))
    found = conform(table, unrolled)
    expected = expected_rows(table, unrolled)
    by_record = dict(found.group_by("_record_no").len().rows())
    assert [by_record.get(number, 0) for number in table["_record_no"]] == expected.to_list()
    assert found["_record_no"].is_sorted()
    plain = [_passes(where, {"番号": n, "措置.区分": cell}) for n, a, b in rows for cell in (a, b)]
    assert found.height == sum(plain)


def _passes(condition: Condition, cells: dict[str, str | None]) -> bool:
    if condition.all_ is not None:
        return all(_passes(part, cells) for part in condition.all_)
    if condition.any_ is not None:
        return any(_passes(part, cells) for part in condition.any_)
    value = cells[condition.item or ""] or ""
    return value in condition.in_ if condition.in_ is not None else value not in (condition.not_in or ())


def test_filled_parts_are_joined_and_one_item_is_split_without_loss() -> None:
    joined = MappedItem("支援措置区分", "氏", None, (), None, ("氏", "名"), "　")
    first = MappedItem("宛名番号", "全体", None, (), None, split=SplitPart(at="-", part=1, of=2))
    rest = MappedItem("履歴番号", "全体", None, (), None, split=SplitPart(at="-", part=2, of=2))
    found = conform(block(氏=["山", "山", None, ""], 名=["川", "", "川", None], 全体=["1-2-3", "4", None, "-5"]),
                    mapping(first, rest, joined))
    assert found["支援措置区分"].to_list() == ["山　川", "山", "川", None]
    assert found["宛名番号"].to_list() == ["1", "4", None, ""]
    assert found["履歴番号"].to_list() == ["2-3", None, None, "5"]
    with pytest.raises(DefinitionError, match="found 名"):
        conform(block(氏=["山"], 全体=["1"]), mapping(first, joined))


PAID = Condition(item="給付.額", not_in=("", "0"))


@pytest.mark.parametrize(("rows", "wanted"), [
    (RowsDefinition(least=1, most=2), DeclaredRows(3, 3, 6, 1)),
    (RowsDefinition(), DeclaredRows(3, 0, 6, 0)),
    (RowsDefinition(most=1), DeclaredRows(3, 0, 3, 1)),
    (RowsDefinition(of="件数"), DeclaredRows(3, 3, 3, 1)),
])
def test_rows_are_held_against_what_was_declared(rows: RowsDefinition, wanted: DeclaredRows) -> None:
    table = block(番号=["1", "2", "3", "4"], 件数=["2", "1", "x", "9"], 削除=["0", "0", "0", "1"],
                  **{"給付(1).額": ["5", "7", "0", "8"], "給付(2).額": ["6", "", "", ""]})
    found = replace(mapping(NUMBER, where=Condition(item="削除", in_=("0",)),
                            unroll=Unroll(group="給付", count=2, where=PAID)), rows=rows)
    assert declared_rows(table, found) == wanted


def test_nothing_declared_is_held_against_nothing() -> None:
    assert declared_rows(block(番号=["1"]), mapping(NUMBER)) is None
