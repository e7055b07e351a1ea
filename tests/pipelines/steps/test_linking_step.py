"""What a link writes into a block, what its history says, and what an issue row of a pair says of earlier decisions."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ledger.book import DECISION_SCHEMA
from pipelines.ledger.issue_identity import IssueIdentity, changed_parts
from pipelines.steps.linking import STEP, Linked, in_force_on, link_block, link_decisions, table_of
from pipelines.steps.pair_issues import former_ids, tell_reopened, what_changed, with_confidence
from rules.contract import ABOUT_PART, COLUMN_CHANGE_SCHEMA, ISSUE_SCHEMA, ORDINAL, RECORD_NO
from rules.duplicates.pair_findings import PARTS
from rules.engine import undo_changes
from rules.trial import bound

API = (bound("宛名番号", "person.number"), bound("元", "addressee.merged_flag"), bound("先", "addressee.merged_into"),
       bound("氏名", "person.name"))  # fmt: skip
OTHER = (bound("宛名番号", "person.number"), bound("代表", "addressee.representative_flag"),
         bound("先", "addressee.merged_into"))  # fmt: skip
IDENTITY = IssueIdentity(b"k" * 32)
NO_COLUMNS = pl.DataFrame(schema=COLUMN_CHANGE_SCHEMA)


def block(**columns: list[str | None]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    return pl.DataFrame(
        {RECORD_NO: list(range(1, height + 1)), ORDINAL: [0] * height, **columns},
        schema_overrides={RECORD_NO: pl.Int64, ORDINAL: pl.Int32, **dict.fromkeys(columns, pl.String)},
    )


def test_both_editions_say_that_a_row_does_not_stay() -> None:
    wanted = {"9": Linked("1", "D1", 2)}
    frame = block(宛名番号=["8", "9"], 元=["0", None], 先=[None, None], 氏名=["甲", "乙"])
    after, log = link_block(frame, API, wanted)
    assert after.rows() == [(1, 0, "8", "0", None, "甲"), (2, 0, "9", "1", "1", "乙")]
    assert log.rows() == [
        (2, 0, "元", STEP, "decision:D1", 2, None), (2, 0, "先", STEP, "decision:D1", 2, None)
    ]  # fmt: skip
    after, log = link_block(block(宛名番号=["9"], 代表=["0"], 先=[None]), OTHER, wanted)
    assert after.rows() == [(1, 0, "9", "1", "1")]


def test_a_row_that_says_so_already_is_not_touched() -> None:
    frame = block(宛名番号=["9"], 元=["1"], 先=["1"], 氏名=["乙"])
    after, log = link_block(frame, API, {"9": Linked("1", "D1", 2)})
    assert after.equals(frame)
    assert log.is_empty()
    assert link_block(frame, API, {})[0] is frame
    assert link_block(block(氏名=["乙"]), API[3:], {"9": Linked("1", "D1", 2)})[1].is_empty()


CELLS = st.sampled_from([None, "", "0", "1", "7"])


@given(st.lists(st.tuples(st.sampled_from("123456"), CELLS, CELLS), min_size=1, max_size=12),
       st.dictionaries(st.sampled_from("123456"), st.sampled_from("789"), max_size=4))  # fmt: skip
def test_undoing_the_log_restores_every_row_and_no_number_changes(
    rows: list[tuple[str, str | None, str | None]], targets: dict[str, str]
) -> None:
    frame = block(宛名番号=[r[0] for r in rows], 元=[r[1] for r in rows], 先=[r[2] for r in rows])
    after, log = link_block(frame, API, {n: Linked(t, f"D{n}", 1) for n, t in targets.items()})
    assert after["宛名番号"].equals(frame["宛名番号"])
    assert undo_changes(after, log, NO_COLUMNS).equals(frame)
    for number, flag, into in after.select("宛名番号", "元", "先").iter_rows():
        if number in targets:
            assert (flag, into) == ("1", targets[number])


def decision(id_: str, **changes: object) -> dict[str, object]:
    return {
        "id": id_, "rule_id": "DUP-003", "rule_version": 2, "scope": "record", "selector": '{"issue_id":"i"}',
        "value_hash": "h", "kind": "link_to", "value": "9>1", "proposer": "一郎", "approver": "二郎", "reason": "",
        "evidence": "", "at": "2026-04-01T00:00:00Z", "expires": None, "supersedes": None, "certified": False,
        "generation": "g1", "state": "approved", "decided_at": "2026-04-02T00:00:00Z", "decided_reason": None,
        "decided_reference": "1", **changes,
    }  # fmt: skip


def book(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=DECISION_SCHEMA)


def test_the_history_says_who_linked_and_who_took_it_back() -> None:
    decisions = book(
        decision("D1", state="superseded"),
        decision("D2", state="superseded", kind="not_duplicate", value=None, supersedes="D1", decided_at=None),
        decision("D3", state="closed", kind="undo", value=None, supersedes="D2", approver="三郎",
                 decided_at="2026-05-01T00:00:00Z"),
        decision("D4", value="8>1", expires="2026-03-31"),
        decision("D5", value="7>1", state="proposed", decided_at=None),
    )  # fmt: skip
    links = link_decisions(decisions)
    assert links.select("id", "number", "target").rows() == [("D1", "9", "1"), ("D4", "8", "1")]
    assert links.filter(in_force_on(date(2026, 4, 1))).is_empty()
    assert links.filter(in_force_on(date(2026, 3, 31)))["id"].to_list() == ["D4"]
    told = table_of(links, decisions, {"D1": ("解除", "", ""), "D4": ("期限切れ", "", "")}, {})
    assert told.select("名寄せ元宛名番号", "判断", "状態", "取消の判断", "取消した人", "行数").rows() == [
        ("8", "D4", "期限切れ", None, None, 0), ("9", "D1", "解除", "D3", "三郎", 0)
    ]  # fmt: skip


def pair_issue(rule: str = "DUP-003", about: str = "", **changes: object) -> pl.DataFrame:
    row = dict.fromkeys(ISSUE_SCHEMA) | {
        "rule_id": rule, "rule_version": 2, "source": "s", "area_id": "031", "group_id": "addressee",
        "subject": "1|9", "item_path": "宛名番号", "before": "1 / 9", "evidence": "カナが一致", "about": about,
        "ordinal": 0, **changes,
    }  # fmt: skip
    frame = pl.DataFrame([row], schema={**ISSUE_SCHEMA, "about": pl.String, "ordinal": pl.Int64})
    return IDENTITY.add_identities(frame).select(list(ISSUE_SCHEMA)).cast(pl.Schema(ISSUE_SCHEMA))


def about(**changes: str) -> str:
    return ABOUT_PART.join(changes.get(name, f"{name}の値") for name in PARTS)


@pytest.mark.parametrize("part", list(PARTS)[1:])
def test_the_part_that_changed_is_named(part: str) -> None:
    was, now = pair_issue(about=about()), pair_issue(about=about(**{part: "別"}))
    held = decision("D7", kind="not_duplicate", value=None, value_hash=was["value_hash"][0],
                    selector=f'{{"issue_id":"{was["issue_id"][0]}"}}')  # fmt: skip
    assert tell_reopened(was, book(held), IDENTITY).equals(was)
    (told,) = tell_reopened(now, book(held), IDENTITY)["evidence"]
    assert told == f"判断D7（別人（重複でない））は失効: {part}が変わった；カナが一致"
    assert tell_reopened(now, book({**held, "state": "superseded"}), IDENTITY).equals(now)


def test_a_pair_under_another_rule_is_still_the_same_pair() -> None:
    was, now = pair_issue(about=about()), pair_issue("DUP-005", about(一致の内訳="別", 住所="別"))
    held = decision("D7", value_hash=was["value_hash"][0], selector=f'{{"issue_id":"{was["issue_id"][0]}"}}')
    assert was["issue_id"][0] in former_ids(now, IDENTITY)
    (told,) = tell_reopened(now, book(held), IDENTITY)["evidence"]
    assert told.endswith("は失効: 住所が変わった、水準が変わった（DUP-003からDUP-005へ）；カナが一致")
    again = decision("D8", value_hash=now["value_hash"][0], selector=f'{{"issue_id":"{now["issue_id"][0]}"}}',
                     rule_id="DUP-005")  # fmt: skip
    assert tell_reopened(now, book(held, again), IDENTITY).equals(now)
    version = {**held, "rule_version": 1}
    assert what_changed(version, was.row(0, named=True)) == "規則の版が変わった"
    assert what_changed(held, was.row(0, named=True)) == ""


def test_hashes_without_parts_are_not_compared_by_part() -> None:
    plain = IDENTITY.value_hash("a")
    assert changed_parts(plain, plain) is None
    assert changed_parts(plain, pair_issue(about=about())["value_hash"][0]) is None
    assert len(pair_issue(about=about())["value_hash"][0]) == 64


def test_confidence_is_the_level_and_a_band_of_the_weight() -> None:
    pairs = pl.DataFrame({"a_subject": ["9", "2"], "b_subject": ["1", "3"], "level": ["A", "C"],
                          "weight": [47.7, -2.0]})  # fmt: skip
    frame = pl.concat([pair_issue(), pair_issue("DUP-005", subject="2|3"), pair_issue("NAM-001", subject="2|3")])
    assert with_confidence(frame, pairs)["confidence"].to_list() == [
        "A（強）・点40以上", "C（弱）・点10未満", None
    ]  # fmt: skip
    assert with_confidence(frame, pl.DataFrame()).equals(frame)
