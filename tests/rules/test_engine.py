from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from rules.catalogue import Rule, RuleSet, load_catalogue
from rules.contract import (
    CHANGE_SCHEMA,
    FINDING_SCHEMA,
    ORDINAL,
    RECORD_NO,
    Change,
    DateForm,
    Finding,
    RuleContext,
    is_reserved,
)
from rules.engine import clean_block, column_changes_frame, find_block, undo_changes, without_found
from rules.trial import block, bound, code_map, context

CATALOGUE = load_catalogue()
AUTO_FORM = replace(CATALOGUE["MOJ-018"], sees_empty=True)
AUTO_MORE = replace(CATALOGUE["MOJ-018"], form_only=False)
NAME = bound("氏名", "person.name")
NOTE = bound("備考", "none")


def rule_set(
    cleans: Sequence[tuple[Rule, Callable[..., Any]]] = (),
    finds: Sequence[tuple[Rule, Callable[..., Any]]] = (),
) -> RuleSet:
    return RuleSet(CATALOGUE, cleans=tuple(cleans), finds=tuple(finds), wholes=(), off={})


def replacing(item: str, old: str, new: str, inverse: bool = False) -> Callable[..., list[Change]]:
    def clean(frame: pl.DataFrame, ctx: RuleContext) -> list[Change]:
        back = pl.col(item).str.replace_all(new, old, literal=True) if inverse else None
        return [Change(item, pl.col(item).str.replace_all(old, new, literal=True), back)]

    return clean


def upper_case(item: str) -> Callable[..., list[Change]]:
    def clean(frame: pl.DataFrame, ctx: RuleContext) -> list[Change]:
        return [Change(item, pl.col(item).str.to_uppercase(), pl.col(item).str.to_lowercase())]

    return clean


def finding(item: str, text: str, reason: str = "found", **known: Any) -> Callable[..., list[Finding]]:
    def find(frame: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
        return [Finding(item, pl.col(item).str.contains(text, literal=True), reason=reason, **known)]

    return find


def in_order(*orders: int) -> list[Rule]:
    return [replace(AUTO_FORM, order=order) for order in orders]


texts = st.lists(st.one_of(st.none(), st.text("abAB ", max_size=4)), min_size=1, max_size=60)


@given(texts, st.randoms(use_true_random=False))
def test_undo_restores_every_conformed_value(values: list[str | None], random: Any) -> None:
    first, second, third = in_order(1, 1, 2)
    rules = rule_set(
        [
            (first, replacing("備考", "a", "b", inverse=True)),
            (second, upper_case("備考")),
            (second, upper_case("氏名")),
            (third, replacing("備考", "B", "A")),
        ]
    )
    frame = block({"備考": values, "氏名": random.sample(values, len(values))})
    result = clean_block(frame, context([NAME, NOTE]), rules)
    assert undo_changes(result.frame, result.changes, result.column_changes).equals(frame)
    as_frame = column_changes_frame(result.column_changes)
    assert undo_changes(result.frame, result.changes, as_frame).equals(frame)


def test_undo_takes_several_blocks_of_a_file_at_once() -> None:
    rules = rule_set([(in_order(1)[0], upper_case("備考"))])
    frame = block({"備考": ["ab" if k % 5 else "AB" for k in range(120)]})
    parts = [clean_block(frame.slice(at, 40), context([NOTE]), rules) for at in (0, 40, 80)]
    joined = pl.concat([part.frame for part in parts])
    changes = pl.concat([part.changes for part in parts])
    columns = [change for part in parts for change in part.column_changes]
    assert len(columns) == 3
    assert undo_changes(joined, changes, columns).equals(frame)


def test_a_lossless_change_is_logged_once_and_the_rest_cell_by_cell() -> None:
    rules = rule_set([(in_order(1)[0], upper_case("備考"))])
    values = ["ab"] * 30 + ["AB"] * 5 + ["aB"]
    result = clean_block(block({"備考": values}), context([NOTE]), rules)
    assert [(c.item, c.step, c.count) for c in result.column_changes] == [("備考", 1, 31)]
    assert result.changes["before"].to_list() == ["AB"] * 5 + ["aB"]
    assert result.changes.schema == CHANGE_SCHEMA
    assert result.counts == {"MOJ-018": 31}


def test_an_inverse_over_reserved_columns_is_not_trusted() -> None:
    def clean(frame: pl.DataFrame, ctx: RuleContext) -> list[Change]:
        return [Change("備考", pl.lit("x"), pl.col("iso:生年月日"))]

    born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"))
    frame = block({"備考": ["a"] * 30, "生年月日": ["3500101"] * 30})
    result = clean_block(frame, context([NOTE, born]), rule_set([(in_order(1)[0], clean)]))
    assert result.column_changes == []
    assert result.changes.height == 30


def test_later_tiers_see_earlier_ones_and_one_tier_does_not_see_itself() -> None:
    first, same, later = in_order(1, 1, 2)
    rules = rule_set(
        [
            (first, replacing("備考", "a", "b")),
            (same, replacing("氏名", "b", "c")),
            (later, replacing("備考", "b", "c")),
        ]
    )
    result = clean_block(block({"備考": ["a"], "氏名": ["ab"]}), context([NAME, NOTE]), rules)
    assert (result.frame["備考"][0], result.frame["氏名"][0]) == ("c", "ac")
    assert result.changes["step"].to_list() == [1, 1, 2]


def test_an_auto_rule_of_more_than_form_is_refused_on_certified_items() -> None:
    rules = rule_set([(AUTO_MORE, replacing("氏名", "a", "b")), (AUTO_MORE, replacing("備考", "a", "b"))])
    result = clean_block(block({"氏名": ["a", "x"], "備考": ["a", "x"]}), context([NAME, NOTE]), rules)
    assert result.frame["氏名"].to_list() == ["a", "x"]
    assert result.frame["備考"].to_list() == ["b", "x"]
    assert result.refused.select("item", "before", "candidate").rows() == [("氏名", "a", "b")]
    assert result.refused.schema == FINDING_SCHEMA


def test_a_change_of_what_is_no_item_is_an_error_of_the_rule() -> None:
    rules = rule_set([(AUTO_FORM, replacing("無い項目", "a", "b"))])
    with pytest.raises(DefinitionError, match="無い項目"):
        clean_block(block({"備考": ["a"]}), context([NOTE]), rules)


def test_cleaned_dates_and_codes_keep_their_conformed_original() -> None:
    rules = RuleSet.select(CATALOGUE, only=frozenset({"DAT-001", "COD-003"}))
    born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"), convert=("DAT-001",))
    sex = bound("性別", "person.sex", code_map="map")
    frame = block({"生年月日": ["3500101", None], "性別": ["M", "2"]})
    result = clean_block(
        frame, context([born, sex], code_maps={"map": code_map({"2": "2"}, {"M": "1"})}), rules
    )
    assert result.frame["生年月日"].to_list() == ["1975-01-01", None]
    assert result.frame["before:生年月日"].to_list() == ["3500101", None]
    assert result.frame["before:性別"].to_list() == ["M", "2"]
    kept = [
        c
        for c in undo_changes(result.frame, result.changes, result.column_changes).columns
        if is_reserved(c)
    ]
    assert kept == [RECORD_NO, "_byte_offset", ORDINAL]


def test_every_rule_on_a_cell_is_a_finding_of_its_own() -> None:
    one, two = CATALOGUE["NAM-020"], CATALOGUE["MOJ-022"]
    rules = rule_set(
        finds=[
            (one, finding("氏名", "■")),
            (two, finding("氏名", "■")),
            (two, finding("氏名", "田", "twice")),
        ]
    )
    found = find_block(block({"氏名": ["■田", "山田", None]}), context([NAME]), rules)
    assert found.select("record_no", "rule_id", "reason").rows() == [
        (1, "NAM-020", "found"),
        (1, "MOJ-022", "found"),
        (2, "MOJ-022", "twice"),
    ]
    assert found.schema == FINDING_SCHEMA


def test_findings_carry_candidate_evidence_and_what_the_hash_covers() -> None:
    find = finding(
        "氏名", "a", candidate=pl.col("備考") + "!", evidence=pl.col("備考"), rows_about=("備考",)
    )
    found = find_block(
        block({"氏名": ["a"], "備考": ["b"]}), context([NAME, NOTE]), rule_set(finds=[(AUTO_FORM, find)])
    )
    row = found.row(0, named=True)
    assert (row["before"], row["candidate"], row["evidence"], row["about"]) == ("a", "b!", "b", "a\x1fb")
    assert (row["record_no"], row["ordinal"], row["byte_offset"]) == (1, 0, 0)


def test_a_personal_number_stands_in_no_column_that_is_shown() -> None:
    number = bound("個人番号", "person.my_number")
    find = finding("個人番号", "1", candidate=pl.col("個人番号"))
    found = find_block(
        block({"個人番号": ["123456789019"]}), context([number]), rule_set(finds=[(AUTO_FORM, find)])
    )
    assert found.select("before", "candidate", "evidence").row(0) == (None, None, None)


def test_masks_over_empty_columns_are_found_when_emptiness_is_the_fault() -> None:
    def find(frame: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
        return [Finding(i.name, pl.col(i.name).is_null(), reason="empty") for i in ctx.items]

    frame = block({"氏名": [None, None], "備考": ["a", None]})
    seeing = find_block(frame, context([NAME, NOTE]), rule_set(finds=[(AUTO_FORM, find)]))
    assert seeing.select("record_no", "item").rows() == [(1, "氏名"), (2, "氏名"), (2, "備考")]
    blind = replace(AUTO_FORM, sees_empty=False)
    assert find_block(frame, context([NAME, NOTE]), rule_set(finds=[(blind, find)]))["item"].to_list() == [
        "備考"
    ]


def test_a_mask_without_columns_holds_for_every_row() -> None:
    def find(frame: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
        return [
            Finding("備考", pl.lit(True), reason="always"),
            Finding("備考", pl.lit(False), reason="never"),
        ]

    found = find_block(block({"備考": ["a", "b"]}), context([NOTE]), rule_set(finds=[(AUTO_FORM, find)]))
    assert found["reason"].to_list() == ["always", "always"]


def test_empty_blocks_are_fine() -> None:
    rules = RuleSet.select(
        CATALOGUE, only=frozenset(r.id for r in CATALOGUE if r.module.startswith("rules.dates."))
    )
    frame = block({"備考": []})
    result = clean_block(frame, context([NOTE]), rules)
    assert result.frame.height == 0
    assert find_block(result.frame, context([NOTE]), rules).height == 0
    assert undo_changes(result.frame, result.changes, result.column_changes).equals(frame)


def test_the_safety_net_keeps_quiet_where_a_rule_has_spoken() -> None:
    cells = pl.DataFrame({"record_no": [1, 2], "ordinal": [0, 0], "item": ["氏名", "氏名"]}, schema={
        "record_no": pl.Int64, "ordinal": pl.Int32, "item": pl.String})  # fmt: skip
    assert without_found(cells, cells.head(1))["record_no"].to_list() == [2]


def test_a_change_log_that_does_not_belong_to_the_rows_breaks_law_3() -> None:
    result = clean_block(
        block({"備考": ["a"]}), context([NOTE]), rule_set([(AUTO_FORM, replacing("備考", "a", "b"))])
    )
    with pytest.raises(DefinitionError, match="Law 3"):
        undo_changes(result.frame.with_columns(pl.lit(9, pl.Int64).alias(RECORD_NO)), result.changes, [])


@given(texts)
def test_a_rule_that_looks_only_within_some_rows_says_the_same(values: list[str | None]) -> None:
    within = pl.col("備考").str.contains("a", literal=True)

    def change(guard: pl.Expr | None) -> Callable[..., list[Change]]:
        value = pl.col("備考").str.replace_all("a", "b", literal=True)
        return lambda frame, ctx: [Change("備考", value, within=guard)]

    frame = block({"備考": values})
    plain, guarded = (
        clean_block(frame, context([NOTE]), rule_set([(AUTO_FORM, change(guard))])) for guard in (None, within)
    )
    assert guarded.frame.equals(plain.frame)
    assert guarded.changes.equals(plain.changes)
    found = [
        find_block(frame, context([NOTE]), rule_set(finds=[(AUTO_FORM, finding("備考", "ab", within=guard))]))
        for guard in (None, within)
    ]
    assert found[1].equals(found[0])
