from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from char_mapping.errors import DefinitionError, UnreadableFile
from pipelines.ledger import Approval, classify, open_ledger
from pipelines.reports.answers import Answers, read_answers
from pipelines.reports.run_files import open_run

AT = datetime(2026, 5, 1, tzinfo=UTC)
FIX, ADOPT, JUDGE, POLICY, CONFIRM = "①現行で直す", "②候補を承認", "③判断", "④方針を決める", "⑤確認だけ"


class Desk:
    """A clerk's desk: a workbook, its run and a ledger."""

    def __init__(self, run: Path, folder: Path, sheets) -> None:
        self.run, self.folder, self.sheets = run, folder, sheets
        self.path = run / "reports" / "確認票_市民課.xlsx"
        self.grid = sheets.read_grid(self.path)
        self.ledger = open_ledger(folder)

    def fill(self, sheet: str, where: dict[str, str] | None = None, **cells: str) -> int:
        return self.sheets.fill_in(self.grid, sheet, where=where, **cells)

    def read(self) -> Answers:
        path = self.sheets.write_grid(self.grid, self.folder / "answered.xlsx")
        return read_answers(path, open_run(self.run), self.ledger.decisions(), proposer="市民課 担当")

    def apply(self) -> list[str]:
        return self.ledger.propose(self.read().proposals, at=AT)


@pytest.fixture
def desk(usual_run, tmp_path, sheets):
    desk = Desk(usual_run, tmp_path, sheets)
    yield desk
    desk.ledger.close()


def test_a_workbook_without_answers_proposes_nothing(desk):
    assert desk.read() == Answers("市民課", (), 0, 0, ())


def test_each_kind_of_answer_becomes_its_decision(desk):
    desk.fill(
        FIX,
        {"項目": "生年月日"},
        回答="別の値に現行で直す",
        修正後の値="3640107",
        根拠="戸籍",
        回答者="鈴木",
        期限="2026/6/5",
    )
    desk.fill(ADOPT, {"候補": "キョウコ"}, 回答="候補を採用する")
    desk.fill(ADOPT, {"候補": "マーカーハイツ"}, 回答="別の値にする", 修正後の値="マーカー荘", 根拠="現地確認")
    desk.fill(JUDGE, {"現在の値": "H003"}, 回答="期限まで許容する", 根拠="実態調査中", 期限="2026年7月31日")
    answers = desk.read()
    assert answers.refused == ()
    said = {proposal.kind: proposal for proposal in answers.proposals}
    assert (said["send_back"].value, said["send_back"].certified) == ("3640107", True)
    assert said["send_back"].evidence == "回答者 鈴木／対応予定 2026-06-05"
    assert (said["adopt_candidate"].value, said["adopt_candidate"].reason) == (
        "キョウコ",
        "確認票の回答：候補を採用する",
    )
    assert said["replace_with"].value == "マーカー荘"
    assert said["waive"].expires == date(2026, 7, 31)
    assert {proposal.proposer for proposal in answers.proposals} == {"市民課 担当"}
    assert {proposal.generation for proposal in answers.proposals} == {"g1-2026-01"}


def test_a_hidden_candidate_is_taken_from_the_run_not_from_the_cell(desk):
    assert desk.fill(ADOPT, {"宛名番号": "0000000203"}, 回答="候補を採用する") == 1
    assert [proposal.value for proposal in desk.read().proposals] == ["秘密荘"]


def test_a_policy_answer_reaches_every_issue_of_the_kind(desk):
    desk.fill(POLICY, {"確認した規則": "丁目の数字表記\nADR-006"}, 回答="すべて現行で直す")
    desk.fill(POLICY, {"確認した規則": "氏名の区切り\nNAM-001"}, 回答="1件ずつ判断したい")
    desk.fill(CONFIRM, {"宛名番号": "まとめ 6人"}, 回答="確認した")
    answers = desk.read()
    assert answers.left_open == 1
    assert sorted((p.rule_id, p.kind, p.scope, p.selector["item"]) for p in answers.proposals) == [
        ("ADR-006", "send_back", "pattern", "住所_町字"),
        ("DAT-007", "accept_as_is", "pattern", "氏名_フリガナ"),
    ]
    ids = desk.ledger.propose(answers.proposals, at=AT)
    desk.ledger.decide([Approval(id_, "課長", reference="市民第1号") for id_ in ids], at=AT)
    states = classify(open_run(desk.run).issues(), desk.ledger.decisions())
    counted = dict(states["state"].value_counts().iter_rows())
    assert counted == {"未判断": states.height - 72, "承認済": 60, "依頼中": 12}


def test_applying_twice_changes_nothing_and_another_answer_supersedes(desk):
    desk.fill(ADOPT, {"候補": "キョウコ"}, 回答="候補を採用する")
    desk.fill(POLICY, {"確認した規則": "丁目の数字表記\nADR-006"}, 回答="すべて現行で直す")
    ids = desk.apply()
    assert len(ids) == 2
    again = desk.read()
    assert (again.proposals, again.unchanged, again.refused) == ((), 2, ())
    desk.ledger.decide([Approval(id_, "課長", reference="市民第1号") for id_ in ids], at=AT)
    assert desk.read().proposals == ()
    desk.fill(ADOPT, {"候補": "キョウコ"}, 回答="このままでよい", 根拠="本人の申出")
    (changed,) = desk.read().proposals
    assert (changed.kind, changed.supersedes) == ("accept_as_is", ids[0])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("宛名番号", "0000000999"),
        ("氏名", "別人"),
        ("項目", "氏名"),
        ("現在の値", "別の値"),
        ("候補", "キョンコ"),
        ("確認した規則", "ほかの規則"),
        ("理由・手がかり", ""),
    ],
)
def test_a_changed_key_cell_is_refused_and_the_other_rows_are_taken(desk, column, value):
    desk.fill(ADOPT, 回答="このままでよい", 根拠="確認した")
    desk.fill(ADOPT, {"候補": "キョウコ"}, **{column: value})
    answers = desk.read()
    assert len(answers.proposals) == 3
    (refusal,) = answers.refused
    assert (refusal.sheet, refusal.row) == (ADOPT, 5)
    assert f"「{column}」" in refusal.reason


@pytest.mark.parametrize(
    ("sheet", "where", "cells", "message"),
    [
        (ADOPT, {"候補": "キョウコ"}, {"issue_id": "0" * 32, "回答": "候補を採用する"}, "どの不備への"),
        (ADOPT, {"候補": "キョウコ"}, {"value_hash": "0" * 32, "回答": "候補を採用する"}, "識別の列"),
        (POLICY, {"項目": "氏名"}, {"value_hash": "0" * 32, "回答": "1件ずつ判断したい"}, "識別の列"),
        (ADOPT, {"候補": "キョウコ"}, {"回答": "よろしく"}, "選択肢にありません"),
        (ADOPT, {"候補": "キョウコ"}, {"回答": "このままでよい"}, "「根拠」が要ります"),
        (ADOPT, {"候補": "キョウコ"}, {"回答": "別の値にする", "根拠": "x"}, "「修正後の値」が要ります"),
        (JUDGE, {"現在の値": "H003"}, {"回答": "期限まで許容する", "根拠": "x", "期限": ""}, "「期限」に記入"),
        (JUDGE, {"現在の値": "H003"}, {"回答": "現行で直す", "期限": "来週"}, "2026-05-29 のように"),
        (JUDGE, {"現在の値": "H003"}, {"回答": "現行で直す", "期限": "2026-02-30"}, "2026-05-29 のように"),
        (JUDGE, {"項目": "住所_町字"}, {"回答": "別の値にする", "根拠": "x", "修正後の値": "y"}, "住民票記載事項"),
        (POLICY, {"項目": "氏名"}, {"回答": "すべて候補を採用する", "根拠": "x"}, "住民票記載事項"),
        (FIX, {"項目": "生年月日"}, {"回答": "候補のとおり現行で直す"}, "候補がありません"),
    ],
)
def test_rows_that_cannot_be_taken_say_why_without_a_value(desk, sheet, where, cells, message):
    assert desk.fill(sheet, where, **cells) == 1
    answers = desk.read()
    assert answers.proposals == ()
    (refusal,) = answers.refused
    assert message in refusal.reason
    assert "髙橋" not in refusal.reason


def test_a_row_copied_below_itself_is_refused(desk):
    desk.fill(ADOPT, {"候補": "キョウコ"}, 回答="候補を採用する")
    row = next(row for row in desk.grid[ADOPT] if "キョウコ" in row)
    desk.grid[ADOPT].append(list(row))
    answers = desk.read()
    assert len(answers.proposals) == 1
    assert "2度" in answers.refused[0].reason


def test_another_run_another_file_and_no_proposer_are_refused(desk, make_run, tmp_path):
    other = open_run(make_run("run-9", extra={"fingerprint": "e" * 32}))
    decisions = desk.ledger.decisions()
    with pytest.raises(UnreadableFile, match="another run"):
        read_answers(desk.path, other, decisions, proposer="甲")
    with pytest.raises(DefinitionError, match="proposer"):
        read_answers(desk.path, open_run(desk.run), decisions, proposer=" ")
    plain = desk.sheets.write_grid({"表": [["a"]]}, tmp_path / "plain.xlsx")
    with pytest.raises(UnreadableFile, match="hidden sheet"):
        read_answers(plain, open_run(desk.run), decisions, proposer="甲")
    old = desk.sheets.write_grid({"識別": [["format", "ikou-work-list-0"]]}, tmp_path / "old.xlsx")
    with pytest.raises(UnreadableFile, match="ikou-work-list-0"):
        read_answers(old, open_run(desk.run), decisions, proposer="甲")
    (tmp_path / "no.xlsx").write_text("text")
    with pytest.raises(UnreadableFile, match="an Excel workbook"):
        read_answers(tmp_path / "no.xlsx", open_run(desk.run), decisions, proposer="甲")
