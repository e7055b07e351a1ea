from __future__ import annotations

import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from pipelines.ledger import Approval, BrokenChain, Ledger, Proposal, Registration, classify, open_ledger, unmatched
from pipelines.ledger.book import DECISION_SCHEMA

AT = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)


def proposal(issue: str = "i1", **changes: object) -> Proposal:
    base: dict[str, object] = {
        "rule_id": "NAM-001",
        "rule_version": 1,
        "issue_id": issue,
        "value_hash": "h1",
        "kind": "accept_as_is",
        "proposer": "山田太郎",
        "reason": "戸籍で確認",
        "generation": "g1",
    }
    return Proposal(**(base | changes))  # type: ignore[arg-type]


def approve(id_: str, **changes: object) -> Approval:
    base: dict[str, object] = {"decision_id": id_, "approver": "佐藤花子", "reference": "市民第12号"}
    return Approval(**(base | changes))  # type: ignore[arg-type]


def issues(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"issue_id": i, "value_hash": h, "rule_id": "NAM-001", "rule_version": v} for i, h, v in rows],
        schema={"issue_id": pl.String, "value_hash": pl.String, "rule_id": pl.String, "rule_version": pl.Int32},
    )


@pytest.fixture
def ledger(tmp_path: Path):
    with open_ledger(tmp_path) as opened:
        yield opened


def state_of(ledger: Ledger, id_: str) -> str:
    return str(ledger.decisions().filter(pl.col("id") == id_)["state"].item())


def decided(ledger: Ledger, **changes: object) -> str:
    (id_,) = ledger.propose([proposal(**changes)], at=AT)  # type: ignore[arg-type]
    ledger.decide([approve(id_)], at=AT)
    return id_


def test_a_decision_is_proposed_by_one_and_approved_by_another(ledger):
    (id_,) = ledger.propose([proposal()], at=AT)
    assert state_of(ledger, id_) == "proposed"
    assert ledger.freeze().is_empty()
    ledger.decide([approve(id_)], at=AT)
    row = ledger.freeze().row(0, named=True)
    assert (row["proposer"], row["approver"], row["at"]) == ("山田太郎", "佐藤花子", "2026-05-01T09:00:00Z")
    assert row["decided_reference"] == "市民第12号"


@pytest.mark.parametrize("name", ["山田太郎", "山田 太郎", " 山田　太郎 "])
def test_nobody_approves_what_he_proposed(ledger, name):
    (id_,) = ledger.propose([proposal()], at=AT)
    with pytest.raises(DefinitionError, match="not the proposer"):
        ledger.decide([approve(id_, approver=name)], at=AT)
    assert state_of(ledger, id_) == "proposed"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "adopt_candidate", "value": "高", "certified": True}, "certified"),
        ({"kind": "replace_with", "value": "高", "certified": True}, "certified"),
        ({"kind": "replace_with"}, "a value"),
        ({"kind": "undo"}, "undone"),
        ({"kind": "delete"}, "kind delete"),
        ({"reason": "　"}, "reason"),
        ({"proposer": " "}, "proposer"),
    ],
)
def test_refused_proposals_leave_no_row(ledger, changes, message):
    with pytest.raises(DefinitionError, match=message):
        ledger.propose([proposal("i0"), proposal(**changes)], at=AT)
    assert ledger.head() == (0, "0" * 64)


def test_a_correction_request_on_a_certified_item_carries_the_wished_value(ledger):
    id_ = decided(ledger, kind="send_back", value="高橋", certified=True)
    assert ledger.freeze()["value"].to_list() == ["高橋"]
    assert state_of(ledger, id_) == "approved"


def test_approval_needs_a_reason_or_a_reference_and_a_waiting_proposal(ledger):
    (id_,) = ledger.propose([proposal()], at=AT)
    with pytest.raises(DefinitionError, match="決裁番号"):
        ledger.decide([approve(id_, reference=" ")], at=AT)
    with pytest.raises(DefinitionError, match="no such decision"):
        ledger.decide([approve("D99999999")], at=AT)
    ledger.decide([approve(id_)], at=AT)
    with pytest.raises(DefinitionError, match="found approved"):
        ledger.decide([approve(id_)], at=AT)


def test_a_moment_without_time_zone_is_refused(ledger):
    with pytest.raises(DefinitionError, match="time zone"):
        ledger.propose([proposal()], at=AT.replace(tzinfo=None))


def test_two_live_decisions_on_one_issue_are_an_error(ledger):
    id_ = decided(ledger)
    with pytest.raises(DefinitionError, match=f"supersedes = {id_}"):
        ledger.propose([proposal()], at=AT)
    with pytest.raises(DefinitionError, match="a live decision on the same issue"):
        ledger.propose([proposal(supersedes="D00000009")], at=AT)


def test_a_superseding_decision_waits_for_its_own_approval(ledger):
    first = decided(ledger)
    (second,) = ledger.propose([proposal(kind="send_back", supersedes=first)], at=AT)
    assert ledger.freeze()["id"].to_list() == [first]
    ledger.decide([approve(second)], at=AT)
    assert state_of(ledger, first) == "superseded"
    assert ledger.freeze()["id"].to_list() == [second]


def test_a_proposal_takes_the_place_of_a_proposal_and_approval_ends_the_whole_line(ledger):
    first = decided(ledger)
    (second,) = ledger.propose([proposal(kind="send_back", supersedes=first)], at=AT)
    (third,) = ledger.propose([proposal(kind="waive", supersedes=second)], at=AT)
    assert (state_of(ledger, first), state_of(ledger, second)) == ("approved", "superseded")
    ledger.decide([approve(third)], at=AT)
    assert ledger.freeze()["id"].to_list() == [third]


def test_rejection_leaves_the_earlier_decision_and_frees_the_issue(ledger):
    first = decided(ledger)
    (second,) = ledger.propose([proposal(kind="send_back", supersedes=first)], at=AT)
    ledger.decide([approve(second, approved=False)], at=AT)
    assert ledger.freeze()["id"].to_list() == [first]
    ledger.propose([proposal(kind="waive", supersedes=first)], at=AT)


def test_undo_is_a_superseding_row(ledger):
    first = decided(ledger)
    (undo,) = ledger.propose([proposal(kind="undo", supersedes=first)], at=AT)
    assert state_of(ledger, first) == "approved"
    ledger.decide([approve(undo)], at=AT)
    assert ledger.freeze().is_empty()
    assert (state_of(ledger, first), state_of(ledger, undo)) == ("superseded", "closed")
    decided(ledger)


def test_undoing_a_proposal_takes_effect_at_once(ledger):
    (first,) = ledger.propose([proposal()], at=AT)
    (undo,) = ledger.propose([proposal(kind="undo", supersedes=first)], at=AT)
    assert (state_of(ledger, first), state_of(ledger, undo)) == ("superseded", "closed")


def test_rows_cannot_be_updated_or_deleted(ledger, tmp_path):
    ledger.propose([proposal()], at=AT)
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        for statement in ("UPDATE event SET kind = 'waive'", "DELETE FROM event"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE event SET value = 'X' WHERE seq = 2", 2),
        ("UPDATE event SET actor = '別人' WHERE seq = 4", 4),
        ("DELETE FROM event WHERE seq = 3", 3),
        ("DELETE FROM event WHERE seq = 1", 1),
        ("UPDATE event SET previous_hash = 'x' WHERE seq = 3", 3),
    ],
)
def test_a_change_behind_the_ledgers_back_breaks_the_chain(ledger, tmp_path, statement, row):
    decided(ledger, issue="i1")
    decided(ledger, issue="i2")
    assert ledger.verify_chain() == 4
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("DROP TRIGGER event_refuses_update")
        connection.execute("DROP TRIGGER event_refuses_delete")
        connection.execute(statement)
    connection.close()
    with pytest.raises(BrokenChain) as broken:
        ledger.verify_chain()
    assert broken.value.seq == row


def test_a_kept_head_shows_rows_cut_off_the_end(ledger, tmp_path):
    decided(ledger)
    head = ledger.head()
    assert ledger.verify_chain(expect=[head]) == 2
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("DROP TRIGGER event_refuses_delete")
        connection.execute("DELETE FROM event WHERE seq = 2")
    connection.close()
    with pytest.raises(BrokenChain, match="a manifest knows it"):
        ledger.verify_chain(expect=[head])
    with pytest.raises(BrokenChain, match="kept in a manifest"):
        ledger.verify_chain(expect=[(1, "f" * 64)])


def test_runs_and_releases_stand_in_the_same_chain(ledger):
    run = Registration("run", "r1", "a" * 64, "ikou", generation="g1")
    kept = ledger.register(run, at=AT)
    assert ledger.register(run, at=AT) == kept
    with pytest.raises(DefinitionError, match="one manifest"):
        ledger.register(Registration("run", "r1", "b" * 64, "ikou"), at=AT)
    ledger.register(Registration("release", "r1", "c" * 64, "佐藤花子", reason="移行会議決定"), at=AT)
    assert ledger.runs()["event"].to_list() == ["run", "release"]
    assert ledger.runs()["hash"][0] == kept
    assert ledger.verify_chain() == 2


def test_freeze_is_the_same_bytes_whatever_the_order_of_proposal_and_only_live_rows(tmp_path):
    with open_ledger(tmp_path) as ledger:
        for issue in ("i3", "i1", "i2"):
            decided(ledger, issue=issue)
        ledger.propose([proposal("i9")], at=AT)
        frame = ledger.freeze(tmp_path / "a.parquet")
        ledger.freeze(tmp_path / "b.parquet")
    with open_ledger(tmp_path) as ledger:
        ledger.freeze(tmp_path / "c.parquet")
    assert frame["selector"].to_list() == ['{"issue_id":"i1"}', '{"issue_id":"i2"}', '{"issue_id":"i3"}']
    assert pl.read_parquet(tmp_path / "a.parquet").schema == pl.Schema(DECISION_SCHEMA)
    assert len({(tmp_path / name).read_bytes() for name in ("a.parquet", "b.parquet", "c.parquet")}) == 1


def test_the_file_is_for_its_owner_only_and_other_databases_are_refused(tmp_path):
    open_ledger(tmp_path).close()
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600
    open_ledger(f"sqlite:///{tmp_path}/other.db").close()
    with pytest.raises(DefinitionError, match="sqlite"):
        open_ledger("mysql://localhost/ikou")
    with pytest.raises(DefinitionError, match="no answer"):
        open_ledger("postgresql://nobody@127.0.0.1:9/ikou")
    with pytest.raises(DefinitionError, match="existing folder"):
        open_ledger(tmp_path / "missing")


def test_states_of_issues(ledger):
    decided(ledger, issue="accepted")
    decided(ledger, issue="asked", kind="send_back")
    ledger.propose([proposal("proposed")], at=AT)
    (rejected,) = ledger.propose([proposal("rejected")], at=AT)
    ledger.decide([approve(rejected, approved=False)], at=AT)
    decided(ledger, issue="changed")
    decided(ledger, issue="new-rule")
    decided(ledger, issue="waived", kind="waive", expires=date(2026, 6, 30))
    rows = issues(
        ("accepted", "h1", 1),
        ("open", "h1", 1),
        ("asked", "h1", 1),
        ("proposed", "h1", 1),
        ("rejected", "h1", 1),
        ("changed", "h2", 1),
        ("new-rule", "h1", 2),
        ("waived", "h1", 1),
    )
    states = classify(rows, ledger.decisions(), as_of=date(2026, 7, 1), generation="g2")
    assert states["issue_id"].to_list() == rows["issue_id"].to_list()
    assert dict(states.select("issue_id", "state").iter_rows()) == {
        "accepted": "承認済",
        "open": "未判断",
        "asked": "未反映",
        "proposed": "起案中",
        "rejected": "却下",
        "changed": "失効",
        "new-rule": "失効",
        "waived": "期限切れ",
    }
    same = classify(rows, ledger.decisions(), as_of=date(2026, 6, 30), generation="g1")
    assert dict(same.select("issue_id", "state").iter_rows())["asked"] == "依頼中"
    assert dict(same.select("issue_id", "state").iter_rows())["waived"] == "承認済"
    assert same.filter(pl.col("state") == "未判断")["decision_id"].to_list() == [None]


def test_an_approved_decision_holds_while_a_new_proposal_waits_unless_it_is_stale(ledger):
    first = decided(ledger)
    (second,) = ledger.propose([proposal(kind="waive", supersedes=first, value_hash="h2")], at=AT)
    assert classify(issues(("i1", "h1", 1)), ledger.decisions()).row(0) == ("i1", "承認済", first, "accept_as_is")
    assert classify(issues(("i1", "h2", 1)), ledger.decisions()).row(0) == ("i1", "起案中", second, "waive")


def test_decisions_without_issue_are_done_or_gone(ledger):
    asked = decided(ledger, issue="asked", kind="send_back")
    gone = decided(ledger, issue="gone")
    decided(ledger, issue="still")
    found = unmatched(issues(("still", "h1", 1)), ledger.decisions())
    assert found.select("decision_id", "state").rows() == [(asked, "対応済"), (gone, "該当なし")]


def test_no_issues_and_no_decisions_give_empty_frames(ledger):
    assert classify(issues(), ledger.decisions()).is_empty()
    assert classify(issues(("i1", "h", 1)), ledger.freeze())["state"].to_list() == ["未判断"]


def test_writers_at_the_same_time_keep_one_chain(tmp_path):
    def write(writer: int) -> None:
        with open_ledger(tmp_path) as ledger:
            for number in range(10):
                ledger.propose([proposal(f"{writer}-{number}")], at=AT)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with open_ledger(tmp_path) as ledger:
        assert ledger.verify_chain() == 40
        assert ledger.decisions()["id"].n_unique() == 40


# Each example opens a database of its own.
@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["propose", "approve", "reject"]),
            st.sampled_from(["i1", "i2"]),
            st.sampled_from(["accept_as_is", "send_back", "undo"]),
            st.booleans(),
        ),
        max_size=14,
    )
)
def test_whatever_is_tried_at_most_one_approved_decision_governs_an_issue(steps):
    with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder)) as ledger:
        for act, issue, kind, follows in steps:
            mine = ledger.decisions().filter(pl.col("selector").str.contains(issue))
            live = mine.filter(pl.col("state").is_in(["proposed", "approved"]))["id"].to_list()
            waiting = mine.filter(pl.col("state") == "proposed")["id"].to_list()
            try:
                if act == "propose":
                    ledger.propose(
                        [proposal(issue, kind=kind, supersedes=live[-1] if live and follows else None)], at=AT
                    )
                elif waiting:
                    ledger.decide([approve(waiting[0], approved=act == "approve")], at=AT)
            except DefinitionError:
                continue
        frozen = ledger.freeze()
        assert frozen["selector"].is_unique().all()
        assert "undo" not in frozen["kind"].to_list()
        ledger.verify_chain()
