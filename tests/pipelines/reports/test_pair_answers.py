"""確認票 of pairs: an answer links two numbers or tells two people apart; no number is ever written over."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from pipelines.ledger import Proposal, open_ledger
from pipelines.reports.answers import Answers, read_answers
from pipelines.reports.run_files import open_run
from pipelines.reports.sheets import SHEETS
from pipelines.reports.workbook import write_workbooks

TWINS, SAME = ("0000000101", "0000000102"), ("0000000305", "0000000406")


@pytest.fixture
def answer(usual_run: Path, tmp_path: Path, sheets):
    """Put two pairs into the run, answer one row of sheet ③, and read the workbook."""
    folder = tmp_path / "0001-run"
    shutil.copytree(usual_run, folder)
    path = folder / "issues" / "031.parquet"
    issues = pl.read_parquet(path)
    model = issues.filter(pl.col("rule_id") == "DUP-001").with_columns(
        item_path=pl.lit("宛名番号"), severity=pl.lit("W"), blocks=pl.lit("none"), evidence=pl.lit("カナが一致")
    )
    added = [
        model.with_columns(
            issue_id=pl.lit(mark * 32), rule_id=pl.lit(rule), subject=pl.lit(f"{a}/1|{b}/1"),
            before=pl.lit(f"{a} / {b}"), candidate=pl.lit(a),
        )
        for mark, rule, (a, b) in (("a", "DUP-003", SAME), ("b", "DUP-006", TWINS))
    ]  # fmt: skip
    pl.concat([issues, *added]).write_parquet(path)
    (folder / "rules.json").write_text(
        (folder / "rules.json").read_text("utf-8").replace(
            '"DUP-001"', '"DUP-003": {"name_ja": "強", "severity": "W", "action": "REVIEW", "ask": "judge", '
            '"description": ""}, "DUP-006": {"name_ja": "双子", "severity": "W", "action": "REVIEW", "ask": "judge", '
            '"description": ""}, "DUP-001"', 1), encoding="utf-8")  # fmt: skip
    run = open_run(folder)
    with open_ledger(tmp_path) as ledger:
        write_workbooks(folder, decisions=ledger.decisions())

        def given(number: str, **cells: str) -> Answers:
            grid = sheets.read_grid(folder / "reports" / "確認票_税務課.xlsx")
            assert sheets.fill_in(grid, "③判断", where={"候補": number}, **cells) == 1
            path = sheets.write_grid(grid, tmp_path / "answered.xlsx")
            return read_answers(path, run, ledger.decisions(), proposer="税務課 担当")

        yield given


def test_one_person_is_linked_to_the_candidate(answer) -> None:
    (said,) = answer(SAME[0], 回答="重複：同一人（候補の番号へ紐付ける）", 根拠="附票").proposals
    assert (said.kind, said.value, said.issue_id) == ("link_to", f"{SAME[1]}>{SAME[0]}", "a" * 32)
    said.check()


def test_two_people_are_told_apart(answer) -> None:
    (said,) = answer(SAME[0], 回答="重複：別人", 根拠="戸籍").proposals
    assert (said.kind, said.value) == ("not_duplicate", None)


@pytest.mark.parametrize(
    ("number", "cells", "message"),
    [
        (SAME[0], {"回答": "別の値にする", "修正後の値": "1", "根拠": "戸籍"}, "宛名番号は書き換えません"),
        (SAME[0], {"回答": "重複：別人"}, "「根拠」が要ります"),
        (TWINS[0], {"回答": "重複：同一人（候補の番号へ紐付ける）", "根拠": "附票"}, "紐付けられません"),
    ],
)
def test_other_answers_are_refused(answer, number: str, cells: dict[str, str], message: str) -> None:
    answers = answer(number, **cells)
    assert answers.proposals == ()
    assert [message in refusal.reason for refusal in answers.refused] == [True]


@pytest.mark.parametrize("kind", ["link_to", "not_duplicate"])
def test_two_persons_with_one_number_are_not_settled_by_saying_so(kind: str) -> None:
    proposal = Proposal("DUP-001", 1, "a" * 32, "", kind, "一郎", "理由", value="9>1" if kind == "link_to" else None)
    with pytest.raises(DefinitionError, match="ikou issues renumber"):
        proposal.check()


@pytest.mark.parametrize("kind", ["adopt_candidate", "replace_with", "map_value"])
def test_the_ledger_takes_no_number_for_a_duplicate(kind: str) -> None:
    value = {"selector": {"item": "宛名番号", "value": "9"}, "scope": "value"} if kind == "map_value" else {}
    issue = "" if value else "a" * 32
    proposal = Proposal("DUP-002", 2, issue, "", kind, "一郎", "理由", value="1", **value)
    with pytest.raises(DefinitionError, match="Link the two numbers"):
        proposal.check()


def test_rows_of_pairs_have_a_list_of_their_own() -> None:
    judge = next(sheet for sheet in SHEETS if sheet.name == "③判断")
    assert [c.label for c in judge.for_pairs] == [
        "重複：同一人（候補の番号へ紐付ける）", "重複：別人", "このままでよい", "現行で直す", "期限まで許容する",
    ]  # fmt: skip
    assert not any(c.of_pairs for sheet in SHEETS for c in sheet.offered(certified=False))
    assert [sheet.name for sheet in SHEETS if sheet.for_pairs] == ["③判断"]
