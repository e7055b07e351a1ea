from datetime import date

import polars as pl
import pytest

from pipelines.steps.decide import answers_for, apply_answers
from pipelines.steps.hold import hold
from rules.engine import undo_changes

TODAY = date(2026, 4, 1)
FRAME = pl.DataFrame(
    {"_record_no": [1, 2, 3], "_ordinal": [0, 0, 0], "氏名": ["甲", "乙", None], "番号": ["1", "2", "3"]},
    schema_overrides={"_ordinal": pl.Int32},
)


def issue(issue_id, record_no, item="氏名", blocks="none", before="甲", candidate="丙"):
    return {
        "issue_id": issue_id,
        "value_hash": "h",
        "rule_id": "NAM-001",
        "rule_version": 1,
        "subject": "s",
        "item_path": item,
        "file": "f",
        "record_no": record_no,
        "byte_offset": 0,
        "raw_bytes": None,
        "before": before,
        "candidate": candidate,
        "blocks": blocks,
        "area_id": "001",
        "group_id": "g",
        "ordinal": 0,
    }


def issues(*rows):
    return pl.DataFrame(
        list(rows), schema_overrides={"rule_version": pl.Int32, "ordinal": pl.Int32, "raw_bytes": pl.Binary}
    )


def decision(issue_id, kind="adopt_candidate", value=None, value_hash="h", version=1, expires=None):
    return {
        "id": "D1",
        "scope": "record",
        "state": "approved",
        "selector": f'{{"issue_id":"{issue_id}"}}',
        "value_hash": value_hash,
        "rule_version": version,
        "kind": kind,
        "expires": expires,
        "value": value,
    }


def decisions(*rows):
    return pl.DataFrame(
        list(rows), schema_overrides={"value": pl.String, "rule_version": pl.Int64, "expires": pl.String}
    )


@pytest.mark.parametrize("change", [{"value_hash": "other"}, {"version": 2}, {"expires": "2026-03-31"}])
def test_a_decision_on_other_values_another_rule_version_or_past_its_day_does_not_hold(change):
    assert answers_for(issues(issue("a", 1)), decisions(decision("a", **change)), TODAY).is_empty()


def test_the_candidate_is_written_and_can_be_undone():
    found = issues(issue("a", 1))
    decided = apply_answers(FRAME, found, answers_for(found, decisions(decision("a")), TODAY))
    assert decided.frame["氏名"].to_list() == ["丙", "乙", None]
    assert decided.changes["rule_id"].to_list() == ["decision:D1"]
    assert undo_changes(decided.frame, decided.changes, []).equals(FRAME)


def test_another_value_is_written_and_only_there():
    found = issues(issue("a", 3, before=None))
    decided = apply_answers(FRAME, found, answers_for(found, decisions(decision("a", "replace_with", "丁")), TODAY))
    assert decided.frame["氏名"].to_list() == ["甲", "乙", "丁"]
    assert decided.touched.to_list() == [3]


def test_accepting_changes_nothing():
    found = issues(issue("a", 1))
    assert apply_answers(
        FRAME, found, answers_for(found, decisions(decision("a", "accept_as_is")), TODAY)
    ).frame.equals(FRAME)


def test_release_blocking_issues_take_the_value_out_and_keep_it_in_hold():
    held = hold(
        FRAME, issues(issue("a", 1, blocks="release"), issue("b", 2, blocks="none", before="乙")), frozenset({"番号"})
    )
    assert held.frame["氏名"].to_list() == [None, "乙", None]
    assert held.hold.select("issue_id", "item", "text").rows() == [("a", "氏名", "甲")]
    assert undo_changes(held.frame, held.changes, []).equals(FRAME)


def test_keys_stay_in_place_though_the_gate_is_shut():
    held = hold(FRAME, issues(issue("a", 1, item="番号", blocks="release", before="1")), frozenset({"番号"}))
    assert held.frame["番号"].to_list() == ["1", "2", "3"]
    assert held.hold.height == 1


def test_a_decision_holds_on_its_last_day():
    found = issues(issue("a", 1))
    assert answers_for(found, decisions(decision("a", expires="2026-04-01")), TODAY).height == 1
