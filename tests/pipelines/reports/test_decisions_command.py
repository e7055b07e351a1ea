from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from pipelines.cli.decisions import apply, approve, export, report
from pipelines.ledger import open_ledger

ADOPT = "②候補を承認"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / "ikou.toml").write_text(
        '[city]\nname = "見本市"\ncode = "012025"\n[project]\ndata_dir = "../data"\nas_of = 2026-04-01\n[areas]\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture
def answered(make_run, sheets, tmp_path):
    run = make_run()
    export(run)
    grid = sheets.read_grid(tmp_path / "data/work_lists/run-1/確認票_市民課.xlsx")
    sheets.fill_in(grid, ADOPT, where={"候補": "キョウコ"}, 回答="候補を採用する")
    sheets.fill_in(grid, ADOPT, where={"候補": "マーカーハイツ"}, 回答="別の値にする")
    return sheets.write_grid(grid, tmp_path / "answered.xlsx")


def states(tmp_path: Path) -> list[tuple[str, str, str]]:
    with open_ledger(tmp_path / "data") as ledger:
        return ledger.decisions().select("state", "kind", "proposer").rows()


def test_answers_go_into_the_ledger_and_are_approved_by_another(answered, project, tmp_path, capsys):
    assert apply(answered, project=project, proposer="鈴木") == 1
    out = capsys.readouterr().out
    assert "②候補を承認 6行目：「根拠」が要ります。" in out
    assert "起案 1件（D00000001～D00000001）" in out
    assert states(tmp_path) == [("proposed", "adopt_candidate", "鈴木")]

    apply(answered, project=project, proposer="鈴木")
    assert "起案 0件、変更なし 1件" in capsys.readouterr().out

    assert approve((), project=project, approver="鈴木", reference="1") == 1
    assert states(tmp_path)[0][0] == "proposed"
    with pytest.raises(DefinitionError, match="決裁番号"):
        approve((), project=project, approver="課長")
    assert approve((), project=project, approver="課長", reference="市民第3号") == 0
    assert states(tmp_path) == [("approved", "adopt_candidate", "鈴木")]


def test_export_writes_what_the_ledger_says_now_and_never_into_the_run(answered, project, make_run, tmp_path, sheets):
    apply(answered, project=project, proposer="鈴木")
    run = tmp_path / "data/runs/run-1"
    export(run)
    cover = sheets.read_grid(tmp_path / "data/work_lists/run-1/確認票_市民課.xlsx")["表紙"]
    assert "承認を待っているもの：1件" in "".join("".join(row) for row in cover)
    assert not (run / "reports").exists()


def test_a_rejected_answer_is_asked_again(answered, project, tmp_path, sheets):
    apply(answered, project=project, proposer="鈴木")
    approve(("D00000001",), project=project, approver="課長", reason="根拠が足りない", reject=True)
    export(tmp_path / "data/runs/run-1")
    rows = sheets.read_grid(tmp_path / "data/work_lists/run-1/確認票_市民課.xlsx")[ADOPT]
    assert any("却下" in row and "キョウコ" in row for row in rows)


def test_report_is_written_again_beside_the_run(make_run, tmp_path, capsys):
    assert report(make_run()) == 0
    assert (tmp_path / "data/work_lists/run-1/reports/移行結果報告書.html").exists()
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_a_folder_that_is_no_run_and_a_workbook_of_another_project_are_refused(answered, project, tmp_path):
    with pytest.raises(DefinitionError, match="manifest"):
        export(tmp_path)
    pl.DataFrame({"x": [1]}).write_parquet(tmp_path / "x.parquet")
    (tmp_path / "data/runs/run-1/manifest.json").unlink()
    with pytest.raises(DefinitionError, match="the run that the 確認票 was written from"):
        apply(answered, project=project, proposer="鈴木")


def test_with_accounts_answers_enter_under_one_and_approval_needs_its_number(answered, project, tmp_path):
    from argon2 import PasswordHasher

    from pipelines.review.accounts import Account, Accounts

    with open_ledger(tmp_path / "data") as ledger:
        accounts = Accounts(ledger.engine, hasher=PasswordHasher(1, 8, 1))
        accounts.save(Account("suzuki", "鈴木", "department", ("001",)), "correct-horse-9")
        accounts.save(Account("jimu", "三郎", "office"), "correct-horse-9")
    for name in ("鈴木", "jimu", ""):
        with pytest.raises(DefinitionError, match="an account of a 主管課: suzuki"):
            apply(answered, project=project, proposer=name)
    assert apply(answered, project=project, proposer="suzuki") == 1
    with pytest.raises(DefinitionError, match="決裁番号"):
        approve((), project=project, approver="課長", reason="よい")
    assert approve((), project=project, approver="課長", reference="市民第3号") == 0
    with open_ledger(tmp_path / "data") as ledger:
        assert ledger.accesses()["process"].to_list() == ["承認の登録", "確認票の取込", "確認票の書出し"]
        assert ledger.verify_chain() == 2
