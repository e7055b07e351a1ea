from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import RuleSet, load_catalogue
from rules.contract import BoundItem, DateForm
from rules.dates import unknown_wording
from rules.engine import clean_block, find_block, undo_changes
from rules.trial import block, bound, code_map, context, try_find

CATALOGUE = load_catalogue()
DATES = RuleSet.select(CATALOGUE, only=frozenset(r.id for r in CATALOGUE if r.family == "DAT"))
WESTERN = DateForm("YYYYMMDD", nines="open_end", unknown_parts=("00", "99"))
ERA = DateForm("GYYMMDD", unknown_parts=("00", "99"))


def item(meaning: str, form: DateForm = ERA, **known: object) -> BoundItem:
    triple = {"unknown_flag": "フラグ", "unknown_text": "表記"} if meaning == "person.birth_date" else {}
    return bound("日", meaning, type="DATE", date_form=form, convert=("DAT-001",), **{**triple, **known})


def rules_on(value: str, of: BoundItem, kind: str = "1") -> tuple[list[str], str | None]:
    """Ids of all date rules that say or do anything about one value, and the value afterwards."""
    items = [of, bound("住民種別", "person.kind"), bound("フラグ", "none"), bound("表記", "none")]
    frame = block({"日": [value], "住民種別": [kind], "フラグ": [None], "表記": [None]})
    ctx = context(items)
    result = clean_block(frame, ctx, DATES)
    found = find_block(result.frame, ctx, DATES)
    assert undo_changes(result.frame, result.changes, result.column_changes).equals(frame)
    changed = set(result.changes["rule_id"].to_list())
    return sorted(changed) + found["rule_id"].to_list(), result.frame["日"][0]


BIRTH = item("person.birth_date")
REPORT = item("person.report_date")
END = item("support.end_date", WESTERN)


@pytest.mark.parametrize(
    ("value", "of", "expected", "after"),
    [
        ("4310430", BIRTH, ["DAT-001"], "2019-04-30"),
        ("6010101", BIRTH, ["DAT-002"], "6010101"),
        ("3640210", BIRTH, ["DAT-001", "DAT-003"], "1989-02-10"),
        ("4350331", item("support.end_date"), ["DAT-004"], "2023-03-31"),
        ("2151225", BIRTH, ["DAT-001", "DAT-005"], "1926-12-25"),
        ("1450730", BIRTH, ["DAT-001", "DAT-005"], "1912-07-30"),
        ("5000501", BIRTH, ["DAT-006"], "5000501"),
        ("3500229", BIRTH, ["DAT-001", "DAT-007"], "1975-02-29"),
        ("3500229", REPORT, ["DAT-001", "DAT-008"], "1975-02-29"),
        ("3200000", BIRTH, ["DAT-009"], None),
        ("3200000", REPORT, ["DAT-010"], "3200000"),
        ("1945A100", item("person.birth_date", WESTERN), ["DAT-012"], None),
        ("19459999", item("person.birth_date", WESTERN), ["DAT-013"], None),
        ("99999999", END, ["DAT-014"], "9999-12-31"),
        ("19780101", BIRTH, ["DAT-015"], "19780101"),
        ("S53.1.1", BIRTH, ["DAT-015"], "S53.1.1"),
        ("1031001", BIRTH, ["DAT-018"], "1031001"),
        ("1051215", BIRTH, ["DAT-019"], "1051215"),
        ("680101", item("person.birth_date", DateForm("YYMMDD")), ["DAT-016"], "680101"),
        ("1340331", BIRTH, ["DAT-001", "DAT-021"], "1901-03-31"),
        ("1340401", BIRTH, ["DAT-001"], "1901-04-01"),
        ("5080402", REPORT, ["DAT-001", "DAT-020"], "2026-04-02"),
        ("5080401", REPORT, ["DAT-001"], "2026-04-01"),
        ("0000000", BIRTH, ["DAT-001"], None),
        # Legal oddities: nothing but the change of form.
        ("3640107", BIRTH, ["DAT-001"], "1989-01-07"),
        ("4010108", BIRTH, ["DAT-001"], "1989-01-08"),
        ("2010730", BIRTH, ["DAT-001"], "1912-07-30"),
        ("3011225", BIRTH, ["DAT-001"], "1926-12-25"),
        ("5010501", BIRTH, ["DAT-001"], "2019-05-01"),
        ("3510229", BIRTH, ["DAT-001"], "1976-02-29"),
        ("1060101", REPORT, ["DAT-001"], "1873-01-01"),
        ("20400229", END, ["DAT-001"], "2040-02-29"),
        ("20260430", item("person.moved_out_planned_date", WESTERN), ["DAT-001"], "2026-04-30"),
    ],
)  # fmt: skip
def test_each_value_has_one_reason(
    value: str, of: BoundItem, expected: list[str], after: str | None
) -> None:
    assert rules_on(value, of) == (expected, after)


def test_foreign_residents_are_kept_in_gregorian_years() -> None:
    assert rules_on("3450101", BIRTH, kind="2") == (["DAT-017"], "1970-01-01")
    assert rules_on("19700101", BIRTH, kind="2") == (["DAT-017"], "1970-01-01")
    assert rules_on("19700101", BIRTH, kind="1") == (["DAT-015"], "19700101")
    assert rules_on("3450101", REPORT, kind="2") == (["DAT-001"], "1970-01-01")


def test_foreign_kinds_are_read_through_the_sources_own_codes() -> None:
    kind = bound("住民種別", "person.kind", code_map="map", type="X")
    ctx = context([BIRTH, kind], code_maps={"map": code_map({"J": "1", "F": "2"})})
    frame = block(
        {"日": ["3450101", "3450101"], "住民種別": ["J", "F"], "フラグ": [None] * 2, "表記": [None] * 2}
    )
    every = RuleSet.select(CATALOGUE, only=frozenset({"DAT-001", "DAT-017", "COD-003"}))
    result = clean_block(frame, ctx, every)
    by_rule = {
        (r["rule_id"], r["record_no"]) for r in result.changes.filter(item="日").iter_rows(named=True)
    }
    assert by_rule == {("DAT-001", 1), ("DAT-017", 2)}


def test_the_triple_holds_flag_and_wording_and_never_a_day() -> None:
    ctx = context([BIRTH])
    frame = block({"日": ["3200000", "3500101"], "フラグ": [None, None], "表記": [None, None]})
    result = clean_block(frame, ctx, DATES)
    assert result.frame.select("日", "フラグ", "表記").rows() == [
        (None, "1", "昭和２０年　月日不詳"),
        ("1975-01-01", None, None),
    ]
    found = find_block(result.frame, ctx, DATES)
    assert found.is_empty()


def test_the_sources_own_wording_stays() -> None:
    frame = block({"日": ["3200000"], "フラグ": ["1"], "表記": ["昭和２０年秋頃"]})
    assert clean_block(frame, context([BIRTH]), DATES).frame["表記"][0] == "昭和２０年秋頃"


@pytest.mark.parametrize(
    ("reason", "expected"), [("03", "DAT-007"), ("23", "DAT-007"), ("01", "DAT-008"), (None, "DAT-008")]
)
def test_off_calendar_changes_depend_on_their_reason(reason: str | None, expected: str) -> None:
    ctx = context([item("person.change_date"), bound("異動事由", "person.change_reason")])
    frame = block({"日": ["3500229"], "異動事由": [reason]})
    assert find_block(frame, ctx, DATES)["rule_id"].to_list() == [expected]


def test_findings_show_the_date_as_the_source_wrote_it() -> None:
    ctx = context([BIRTH])
    frame = block({"日": ["3640210"], "フラグ": [None], "表記": [None]})
    row = find_block(clean_block(frame, ctx, DATES).frame, ctx, DATES).row(0, named=True)
    assert (row["before"], row["candidate"], row["about"]) == ("3640210", "平成元年2月10日", "3640210")


digits = st.from_regex(r"\A[0-9]{7}\Z") | st.from_regex(r"\A[1-5][0-6][0-9][01][0-9][0-3][0-9]\Z")


@given(
    st.lists(st.none() | digits, min_size=1, max_size=80),
    st.sampled_from(["person.birth_date", "person.report_date"]),
)
def test_no_value_is_counted_twice_and_all_are_restored(values: list[str | None], meaning: str) -> None:
    ctx = context([item(meaning)])
    frame = block({"日": values, "フラグ": [None] * len(values), "表記": [None] * len(values)})
    result = clean_block(frame, ctx, DATES)
    found = find_block(result.frame, ctx, DATES)
    assert found["record_no"].n_unique() == found.height
    assert undo_changes(result.frame, result.changes, result.column_changes).equals(frame)
    again = clean_block(undo_changes(result.frame, result.changes, result.column_changes), ctx, DATES)
    assert again.frame.equals(result.frame)
    for before, after in zip(values, result.frame["日"].to_list(), strict=True):
        if after is not None and after != before and not after.startswith(("0000", "9999")):
            assert before is not None
            assert after[5:].replace("-", "") == before[3:]


def test_optional_dates_that_are_mostly_zeros_are_logged_once_a_column() -> None:
    ctx = context([item("person.moved_out_date")])
    frame = block({"日": ["0000000"] * 50 + ["5010501", None, "0", "3500229"]})
    result = clean_block(frame, ctx, DATES)
    assert result.frame["日"].to_list() == [None] * 50 + ["2019-05-01", None, None, "1975-02-29"]
    assert [(c.rule_id, c.count) for c in result.column_changes] == [("DAT-001", 53)]
    assert result.changes["before"].to_list() == [None, "0"]
    assert undo_changes(result.frame, result.changes, result.column_changes).equals(frame)


FOURTEEN = [
    "令和元年頃", "令和２年３月頃", "令和２年３月４日頃", "推定令和２年３月４日", "推定令和２年３月",
    "令和２年春", "令和２年３月上旬", "令和２年３月中旬頃", "年月日不詳", "令和２年　月日不詳",
    "令和２年３月　日不詳", "令和２年１２月１日から１２月５日頃までの間",
    "令和２年３月推定１日から５日までの間", "令和２年３月１日頃から５日頃までの間",
]  # fmt: skip


@pytest.mark.parametrize("wording", [*FOURTEEN, "１９４５年　月日不詳", "昭和２０年初春", "昭和２０年５月下旬"])
def test_the_fourteen_wordings_and_what_we_write_ourselves_are_right(wording: str) -> None:
    text = bound("表記", "person.birth_date.unknown_text")
    assert try_find(unknown_wording.find, {"表記": [wording]}, text) == []


@pytest.mark.parametrize(
    ("wording", "candidate"),
    [("S20年頃", "昭和２０年頃"),
     ("推定昭和20年3月", "推定昭和２０年３月"), ("昭和２０年秋頃", "昭和２０年秋"),
     ("不明", None), ("昭和２０年", None)],
)  # fmt: skip
def test_other_wordings_have_a_candidate_only_where_it_is_one_of_them(wording: str, candidate: str | None) -> None:
    text = bound("表記", "person.birth_date.unknown_text")
    assert try_find(unknown_wording.find, {"表記": [wording]}, text) == [(wording, "wording", candidate)]


def test_only_present_residents_are_asked_about_their_age() -> None:
    ctx = context([item("person.birth_date"), bound("住民状態", "person.status")])
    frame = block({"日": ["1330101"] * 3, "住民状態": ["1", "3", None]})
    assert find_block(frame, ctx, DATES).filter(rule_id="DAT-021")["record_no"].to_list() == [1]
