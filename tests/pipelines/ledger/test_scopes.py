"""Decisions on values and patterns: what they select, which one governs, what they can never do."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from pipelines.ledger import (
    Access,
    Approval,
    Assignment,
    BrokenChain,
    Proposal,
    Registration,
    classify,
    in_force,
    matches,
    open_ledger,
    preview,
    unmatched,
)
from pipelines.ledger.book import DECISION_SCHEMA
from pipelines.ledger.events import CHANGES_VALUE, EVERY_VALUE, KINDS

AT = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
SCHEMA = {
    "issue_id": pl.String, "value_hash": pl.String, "rule_id": pl.String, "rule_version": pl.Int32,
    "area_id": pl.String, "group_id": pl.String, "item_path": pl.String, "before": pl.String,
}


def issues(*rows):
    usual = {"value_hash": "h", "rule_id": "R-1", "rule_version": 1, "area_id": "001", "group_id": "g"}
    return pl.DataFrame([usual | row for row in rows], schema=SCHEMA)


def issue(issue_id, before="甲", item="氏名", **more):
    return {"issue_id": issue_id, "before": before, "item_path": item, **more}


def proposal(scope="value", selector=None, **changes):
    selector = selector if selector is not None else {"item": "氏名", scope: "甲" if scope == "value" else EVERY_VALUE}
    base = {
        "rule_id": "R-1", "rule_version": 1, "issue_id": "", "value_hash": "", "kind": "accept_as_is",
        "proposer": "山田", "reason": "確認", "scope": scope, "selector": selector,
    }
    return Proposal(**(base | changes))


def on_issue(issue_id, **changes):
    return proposal("record", {}, issue_id=issue_id, value_hash="h", **changes)


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path) as opened:
        yield opened


def approved(ledger, *proposals):
    ids = ledger.propose(proposals, at=AT)
    ledger.decide([Approval(id_, "佐藤", reference="第1号") for id_ in ids], at=AT)
    return ids


def test_a_value_reaches_equal_values_of_its_rule_item_area_and_group_only():
    found = issues(
        issue("same"), issue("other-value", "乙"), issue("other-item", item="通称"), issue("other-area", area_id="031"),
        issue("other-group", group_id="x"), issue("occurrence", item="氏名[2]"), issue("other-rule", rule_id="R-2"),
    )
    decisions = pl.DataFrame({
        "id": ["D1"], "rule_id": ["R-1"], "scope": ["value"],
        "selector": ['{"area":"001","group":"g","item":"氏名","value":"甲"}'],
    })
    assert matches(found, decisions)["issue_id"].to_list() == ["same", "occurrence"]


def test_an_occurrence_in_the_middle_of_a_path_belongs_to_the_item():
    decisions = pl.DataFrame({
        "id": ["D1"], "rule_id": ["R-1"], "scope": ["value"], "selector": ['{"item":"給付.金額","value":"1"}'],
    })
    assert matches(issues(issue("a", "1", "給付[3].金額")), decisions).height == 1


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (EVERY_VALUE, ["one", "two", "empty", "null", "lines"]),
        ("^.丁目$", ["one"]),
        ("^1丁目|2丁目北$", ["one", "two"]),
        ("^$", ["empty", "null"]),
    ],
)
def test_a_pattern_matches_the_whole_value(ledger, pattern, expected):
    found = issues(
        issue("one", "1丁目"), issue("two", "2丁目北"), issue("empty", ""), issue("null", None),
        issue("lines", "1丁目\n裏"),
    )
    approved(ledger, proposal("pattern", {"item": "氏名", "pattern": pattern}))
    assert matches(found, ledger.freeze())["issue_id"].to_list() == expected


def test_record_goes_before_value_before_pattern(ledger):
    found = issues(issue("a"), issue("b"), issue("c", "乙"))
    record, value, pattern = approved(
        ledger, on_issue("a", kind="waive"), proposal(), proposal("pattern", kind="send_back")
    )
    governing = in_force(found, ledger.freeze(), "2026-05-01")
    assert governing["decision_id"].to_list() == [record, value, pattern]
    states = classify(found, ledger.decisions())
    assert states["state"].to_list() == ["承認済", "承認済", "依頼中"]
    assert states["decision_id"].to_list() == [record, value, pattern]


def test_a_narrower_decision_that_is_stale_or_expired_leaves_the_wider_one_in_force(ledger):
    found = issues(issue("a"))
    approved(ledger, on_issue("a", kind="waive", expires=date(2026, 4, 1)))
    (value,) = approved(ledger, proposal())
    assert in_force(found, ledger.freeze(), "2026-05-01")["decision_id"].to_list() == [value]
    assert classify(found, ledger.decisions(), as_of=date(2026, 5, 1))["decision_id"].to_list() == [value]


def test_a_policy_of_another_rule_version_is_stale(ledger):
    approved(ledger, proposal())
    assert classify(issues(issue("a", rule_version=2)), ledger.decisions())["state"].to_list() == ["失効"]
    assert in_force(issues(issue("a", rule_version=2)), ledger.freeze(), "2026-05-01").is_empty()


def test_two_patterns_on_one_issue_are_an_error(ledger):
    ids = approved(
        ledger, proposal("pattern", {"item": "氏名", "pattern": "^甲.*$"}),
        proposal("pattern", {"item": "氏名", "pattern": "^.*乙$"}),
    )
    assert in_force(issues(issue("a", "甲"), issue("b", "乙")), ledger.freeze(), "2026-05-01").height == 2
    with pytest.raises(DefinitionError, match=f"{ids[0]}, {ids[1]}"):
        in_force(issues(issue("a", "甲乙")), ledger.freeze(), "2026-05-01")


def test_two_live_decisions_on_one_value_are_refused_unless_an_area_keeps_them_apart(ledger):
    approved(ledger, proposal(selector={"item": "氏名", "value": "甲", "area": "001"}))
    ledger.propose([proposal(selector={"item": "氏名", "value": "甲", "area": "031"})], at=AT)
    ledger.propose([proposal(rule_id="R-2")], at=AT)
    with pytest.raises(DefinitionError, match="second live decision"):
        ledger.propose([proposal()], at=AT)
    with pytest.raises(DefinitionError, match="one live decision of a scope"):
        ledger.propose([proposal(supersedes="D00000003")], at=AT)


def test_the_preview_says_what_is_touched_overruled_forbidden_and_in_the_way(ledger):
    found = issues(issue("a"), issue("b"), issue("c", "乙")).with_columns(certified=pl.Series([True, False, False]))
    record, other = approved(ledger, on_issue("a"), proposal("pattern", {"item": "氏名", "pattern": "^.$"}))
    wide = proposal("pattern", kind="adopt_candidate")
    rows = preview(wide, found, ledger.decisions())
    assert rows["issue_id"].to_list() == ["a", "b", "c"]
    assert rows["overruled_by"].to_list() == [record, None, None]
    assert rows["clashes_with"].to_list() == [other] * 3
    assert rows["forbidden"].to_list() == [True, False, False]
    superseding = proposal("pattern", {"item": "氏名", "pattern": "^.$"}, supersedes=other)
    assert preview(superseding, found, ledger.decisions())["clashes_with"].null_count() == 3


def test_a_policy_without_issues_is_listed_as_gone(ledger):
    (gone,) = approved(ledger, proposal())
    assert unmatched(issues(issue("a")), ledger.decisions()).is_empty()
    assert unmatched(issues(issue("a", "乙")), ledger.decisions()).rows() == [(gone, None, "accept_as_is", "該当なし")]


def test_an_identified_glyph_is_frozen_and_reaches_no_issue(ledger):
    glyph = proposal(selector={"source": "jumin", "code": "F0A1"}, kind="identify_glyph", value="MJ028902")
    (first,) = approved(ledger, glyph)
    frozen = ledger.freeze().row(0, named=True)
    assert (frozen["kind"], frozen["scope"], frozen["value"]) == ("identify_glyph", "value", "MJ028902")
    assert frozen["selector"] == '{"code":"F0A1","source":"jumin"}'
    assert matches(issues(issue("a")), ledger.freeze()).is_empty()
    assert unmatched(issues(issue("a")), ledger.freeze()).is_empty()
    undo = proposal(selector={"source": "jumin", "code": "F0A1"}, kind="undo", supersedes=first)
    approved(ledger, undo)
    assert ledger.freeze().is_empty()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "replace_with", "value": "乙"}, "scope record"),
        ({"kind": "map_value", "value": "乙", "certified": True}, "certified"),
        ({"kind": "map_value"}, "a value for map_value"),
        ({"kind": "link_to", "value": "1>2"}, "scope record"),
        ({"selector": {"item": "氏名"}}, "selector item, value"),
        ({"selector": {"item": "氏名", "value": "甲", "ward": "1"}}, "selector item, value"),
        ({"issue_id": "i"}, "without issue_id"),
        ({"scope": "pattern", "selector": {"item": "氏名", "pattern": "丁目"}}, "anchored"),
        ({"scope": "pattern", "selector": {"item": "氏名", "pattern": "^(?=x)$"}}, "RE2"),
        ({"scope": "record", "selector": {"item": "x"}, "issue_id": "i"}, "no other selector"),
        ({"kind": "identify_glyph", "value": "髙", "selector": {"source": "s", "code": "f0a1"}}, "capital hex"),
        ({"kind": "identify_glyph", "selector": {"source": "s", "code": "F0A1"}}, "a value"),
    ],
)
def test_what_no_scope_takes(ledger, changes, message):
    with pytest.raises(DefinitionError, match=message):
        ledger.propose([proposal(**changes)], at=AT)
    assert ledger.head()[0] == 0


@pytest.mark.parametrize("value", ["", "0000000101", "0000000101>", "甲 乙"])
def test_a_link_names_both_numbers(ledger, value):
    with pytest.raises(DefinitionError, match="名寄せ元"):
        ledger.propose([on_issue("a", kind="link_to", value=value)], at=AT)


def test_only_what_changed_is_read_again(ledger, tmp_path):
    approved(ledger, on_issue("a"), on_issue("b"))
    seq = ledger.position()
    assert ledger.changed_since(seq).is_empty()
    with open_ledger(tmp_path) as other:
        (third,) = other.propose([on_issue("c")], at=AT)
        other.propose([proposal()], at=AT)
    assert ledger.changed_since(seq)["id"].to_list() == [third, "D00000006"]
    assert ledger.decisions_on(["a"])["id"].to_list() == ["D00000001", "D00000006"]
    ledger.decide([Approval(third, "佐藤", reason="可")], at=AT)
    assert ledger.changed_since(seq)["state"].to_list() == ["approved", "proposed"]


def test_a_refused_transaction_leaves_no_trace_in_memory(ledger):
    ledger.propose([on_issue("a")], at=AT)
    with pytest.raises(DefinitionError):
        ledger.propose([on_issue("b"), on_issue("a")], at=AT)
    assert ledger.decisions().height == 1
    ledger.propose([on_issue("b")], at=AT)


def test_the_latest_assignment_holds_and_can_be_taken_back(ledger):
    mine = {"issue_id": "a"}
    ledger.assign([Assignment(mine, "sato", "jimu", due=date(2026, 6, 1))], at=AT)
    ledger.assign([Assignment(mine, "ito", "jimu", state="調査中", note="戸籍係へ照会")], at=AT)
    ledger.assign([Assignment({"rule": "R-1", "area": "001"}, "sato", "jimu")], at=AT)
    assert ledger.assignments().select("owner", "state").rows() == [("ito", "調査中"), ("sato", "未着手")]
    ledger.assign([Assignment(mine, "", "jimu")], at=AT)
    assert ledger.assignments()["owner"].to_list() == ["sato"]
    for wrong in (Assignment({}, "a", "b"), Assignment(mine, "a", ""), Assignment(mine, "a", "b", state="?")):
        with pytest.raises(DefinitionError):
            ledger.assign([wrong], at=AT)
    assert ledger.verify_chain() == 4


def test_the_operation_log_is_a_chain_whose_end_cannot_be_cut(ledger, tmp_path):
    import sqlite3

    seen = [Access("sato", "指摘の表示", "pc-1", "run 0001", rows=1), Access("sato", "一覧の書出し", rows=90)]
    ledger.log(seen, at=AT)
    assert ledger.accesses().select("actor", "process", "my_number", "rows").rows() == [
        ("sato", "一覧の書出し", 0, 90), ("sato", "指摘の表示", 0, 1),
    ]
    ledger.register(Registration("run", "0001", "a" * 64, "ikou run"), at=AT)
    assert ledger.verify_chain() == 1
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM audit")
        connection.execute("DROP TRIGGER audit_refuses_delete")
        connection.execute("DELETE FROM audit WHERE seq = 2")
    connection.close()
    with pytest.raises(BrokenChain, match="was cut"):
        ledger.verify_chain()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([k for k in KINDS if k != "undo"]), st.sampled_from(["record", "value", "pattern"]), st.booleans()
)
def test_no_accepted_proposal_changes_a_certified_item(kind, scope, by_value):
    selector = {} if scope == "record" else {"item": "氏名", scope: "甲" if scope == "value" else EVERY_VALUE}
    said = proposal(
        scope, selector, kind=kind, value="1>2" if by_value else "乙", certified=True,
        issue_id="i" if scope == "record" else "",
    )
    try:
        said.check()
    except DefinitionError:
        return
    assert kind not in CHANGES_VALUE


def test_the_frame_of_no_decisions_matches_nothing():
    assert matches(issues(issue("a")), pl.DataFrame(schema=DECISION_SCHEMA)).is_empty()
