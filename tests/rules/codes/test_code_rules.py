from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import RuleSet, load_catalogue
from rules.codes import code_conversion, unknown_code
from rules.engine import clean_block, find_block, undo_changes
from rules.trial import block, bound, clean_alone, code_map, context, try_clean, try_find

MAP = code_map({"1": "01", "2": "02", "01": "11"}, {"M": "01", "１": "01"}, **{"9": "未入力"})
ITEM = bound("異動事由", "person.change_reason", code_map="map", type="X")
BOTH = RuleSet.select(load_catalogue(), only=frozenset({"COD-001", "COD-003"}))


def test_proper_codes_variants_and_ignored_ones_are_converted() -> None:
    columns = {"異動事由": ["1", "2", "M", "１", "9", "7", None]}
    after = try_clean(code_conversion.clean, columns, ITEM, code_maps={"map": MAP})
    assert after["異動事由"] == ["01", "02", "01", "01", None, "7", None]


def test_a_source_code_that_looks_like_a_standard_code_is_not_taken_for_one() -> None:
    ctx = context([ITEM], code_maps={"map": MAP}, code_lists={})
    frame = block({"異動事由": ["1", "02", "01"]})
    result = clean_block(frame, ctx, BOTH)
    assert result.frame["異動事由"].to_list() == ["01", "02", "11"]
    found = find_block(result.frame, ctx, BOTH)
    assert found.select("record_no", "rule_id", "before", "reason").rows() == [
        (2, "COD-001", "02", "not_in_map")
    ]


def test_many_to_one_keeps_each_source_code_in_the_change_log() -> None:
    values = ["1"] * 30 + ["M", "１"]
    result = clean_alone(code_conversion.clean, {"異動事由": values}, ITEM, code_maps={"map": MAP})
    assert [c.count for c in result.column_changes] == [32]
    assert result.changes["before"].to_list() == ["M", "１"]


def test_closed_lists_are_checked_and_open_ones_prove_nothing() -> None:
    plain = bound("性別", "person.sex", code_list="性別")
    lists = {"性別": frozenset({"0", "1", "2"})}
    assert try_find(unknown_code.find, {"性別": ["0", "3", None]}, plain, code_lists=lists) == [
        ("3", "not_in_list", None)
    ]
    assert try_find(unknown_code.find, {"性別": ["3"]}, plain) == []


codes = st.sampled_from(["1", "2", "01", "M", "１", "9", "7", "11", "02", None])


@given(st.lists(codes, min_size=1, max_size=60))
def test_conversion_is_undone_exactly_and_unknown_codes_are_always_found(values: list[str | None]) -> None:
    ctx = context([ITEM], code_maps={"map": MAP})
    frame = block({"異動事由": values})
    result = clean_block(frame, ctx, BOTH)
    assert undo_changes(result.frame, result.changes, result.column_changes).equals(frame)
    known = {*MAP.standard, *MAP.variants, *MAP.ignored, None}
    expected = [n for n, value in enumerate(values, start=1) if value not in known]
    assert find_block(result.frame, ctx, BOTH)["record_no"].to_list() == expected
