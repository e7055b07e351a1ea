"""``ikou issues export | requests | apply | approve`` and ``ikou report``: stewards' answers out of a run
and into the ledger.
"""

from __future__ import annotations

import getpass
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from char_mapping.errors import DefinitionError

if TYPE_CHECKING:
    from pipelines.ledger import Ledger
    from pipelines.review.accounts import Account


def export(run: Path, *, out: Path | None = None) -> int:
    """Write the 確認票 of every 主管課 with what the ledger says now.

    Args:
        run: Folder of a run.
        out: Where to write; None is ``data_dir/work_lists/<run>`` (a finished run is never written to).
    """
    from pipelines.ledger import Access, open_ledger
    from pipelines.reports.workbook import write_workbooks

    data_dir, run = _data_dir_of(run), run.resolve()
    with open_ledger(data_dir) as ledger:
        decisions = ledger.decisions()
        ledger.log([Access(getpass.getuser(), "確認票の書出し", socket.gethostname(), run.name)], at=datetime.now(UTC))
    for path in write_workbooks(run, out or data_dir / "work_lists" / run.name, decisions=decisions):
        _say(str(path))
    return 0


def apply(workbook: Path, *, project: Path, proposer: str) -> int:
    """Record the answers of a 確認票 as proposals (起案); rows that cannot be taken are listed one by one.

    Returns:
        0, or 1 when a row was refused.
    """
    from pipelines.ledger import Access, open_ledger
    from pipelines.reports.answers import read_answers, workbook_identity
    from pipelines.reports.run_files import open_run

    data_dir = _data_dir_of_project(project)
    run = open_run(_run_with_fingerprint(data_dir, workbook_identity(workbook)["fingerprint"]))
    with open_ledger(data_dir) as ledger:
        proposer = _account(ledger, proposer)
        answers = read_answers(workbook, run, ledger.decisions(), proposer=proposer)
        ids = ledger.propose(answers.proposals, at=datetime.now(UTC)) if answers.proposals else []
        ledger.log([Access(proposer, "確認票の取込", socket.gethostname(), workbook.name, rows=len(ids))],
                   at=datetime.now(UTC))
    for refusal in answers.refused:
        _say(f"受け付けられません：{refusal.sheet} {refusal.row}行目：{refusal.reason}")
    span = f"（{ids[0]}～{ids[-1]}）" if ids else ""
    _say(
        f"{answers.department}：起案 {len(ids):,}件{span}、変更なし {answers.unchanged:,}件、"
        f"保留 {answers.left_open:,}件、受け付けられない行 {len(answers.refused):,}件"
    )
    if ids:
        _say("別の方の承認で決まります：ikou issues approve --approver 氏名 --reference 決裁番号")
    return 1 if answers.refused else 0


def approve(
    decisions: tuple[str, ...], *, project: Path, approver: str, reason: str = "", reference: str = "",
    reject: bool = False,
) -> int:
    """Approve (承認) or reject (却下) proposals; without ids all that wait and were not proposed by ``approver``.

    Returns:
        0, or 1 when proposals of the approver's own were left out.

    Raises:
        DefinitionError: ``ikou review`` has accounts and no 決裁番号 is named, or the ledger refuses an approval.
    """
    import polars as pl

    from pipelines.ledger import Access, Approval, open_ledger
    from pipelines.ledger.events import same_person_key

    with open_ledger(_data_dir_of_project(project)) as ledger:
        own = 0
        if _people(ledger) and not reference.strip():
            raise DefinitionError(
                "ikou issues approve", expected="--reference 決裁番号", found="none",
                todo="Approve in ikou review under your own account, or record the number of the 決裁.",
            )
        if not decisions:
            waiting = ledger.decisions().filter(pl.col("state") == "proposed").select("id", "proposer").rows()
            decisions = tuple(id_ for id_, name in waiting if same_person_key(name) != same_person_key(approver))
            own = len(waiting) - len(decisions)
        if decisions:
            ledger.decide(
                [Approval(id_, approver, reason, reference, approved=not reject) for id_ in decisions],
                at=datetime.now(UTC),
            )
            ledger.log([Access(approver, "却下の登録" if reject else "承認の登録", socket.gethostname(), reference,
                               rows=len(decisions))], at=datetime.now(UTC))
    _say(f"{'却下' if reject else '承認'} {len(decisions):,}件")
    if own:
        _say(f"ご自身の起案 {own:,}件は、別の方の承認が要ります。")
    return 1 if own else 0


def requests(run: Path, *, out: Path | None = None) -> int:
    """Write the 修正依頼リスト of every 主管課 and the files for 住所一括変更, with what the ledger says now.

    Args:
        run: Folder of a run; the runs before it say what requests that are done were about.
        out: Where to write; None is ``data_dir/work_lists/<run>`` (a finished run is never written to).
    """
    from pipelines.ledger import open_ledger
    from pipelines.reports.correction_requests import build_requests, bulk_changes, write_bulk_changes
    from pipelines.reports.correction_workbook import write_correction_lists
    from pipelines.reports.run_files import open_run
    from pipelines.runs.folder import completed_runs

    data_dir, run = _data_dir_of(run), run.resolve()
    with open_ledger(data_dir) as ledger:
        decisions = ledger.decisions()
    earlier = [open_run(path) for path in reversed(completed_runs(data_dir)) if path.name < run.name]
    files = open_run(run)
    found = build_requests(files, decisions, earlier)
    folder = out or data_dir / "work_lists" / run.name
    changes = bulk_changes(files, found)
    for path in (*write_correction_lists(files, found, folder), *write_bulk_changes(changes, folder)):
        _say(str(path))
    counts = found.group_by("state").len().sort("state")
    states = "、".join(f"{state} {count:,}件" for state, count in counts.iter_rows())
    _say(f"修正依頼 {found.height:,}件{f'（{states}）' if states else ''}")
    _say(
        f"住所一括変更 現住所 {changes.present.height:,}世帯、本籍 {changes.honseki.height:,}人、"
        f"除外 {changes.excluded.height:,}件"
    )
    return 0


def report(run: Path, *, previous: Path | None = None, out: Path | None = None, pdf: bool = False) -> int:
    """Write a run's 報告書 and 確認票 again from its files, with the decisions frozen into it.

    What ``ikou reconcile`` found of the run is in them.

    Args:
        run: Folder of a run.
        previous: An earlier run for 前回比.
        out: Where to write; None is ``data_dir/work_lists/<run>/reports`` (a finished run is never written to).
        pdf: Print the 移行結果報告書 too.
    """
    from pipelines.reports import write_reports

    data_dir, run = _data_dir_of(run), run.resolve()
    folder = out or data_dir / "work_lists" / run.name / "reports"
    reconciled = data_dir / "reconciled" / run.name
    found = reconciled if (reconciled / "gates.parquet").is_file() else None
    paths = write_reports(run, folder, previous=previous, reconciled=found)
    if pdf:
        from pipelines.reports.printing import print_to_pdf

        paths.insert(1, print_to_pdf(paths[0]))
    for path in paths:
        _say(str(path))
    return 0


def _account(ledger: Ledger, name: str) -> str:
    """The account in whose name answers enter; where nobody has one yet, the name as it is.

    Raises:
        DefinitionError: The project has accounts and this is none of a 主管課.
    """
    people = _people(ledger)
    if people and not (name in people and people[name].decides):
        raise DefinitionError(
            "ikou issues apply --proposer", expected="an account of a 主管課: " + ", ".join(
                sorted(login for login, account in people.items() if account.decides)
            ), found=name or "nothing", todo="Name the 操作者ID of who answers, or let the 事務局 register them.",
        )
    return name


def _people(ledger: Ledger) -> dict[str, Account]:
    """Active accounts of ``ikou review`` by login; none where it was never started."""
    import sqlalchemy as sa

    if not sa.inspect(ledger.engine).has_table("review_account"):
        return {}
    from pipelines.review.accounts import Accounts

    return {account.login: account for account in Accounts(ledger.engine).all() if account.active}


def _data_dir_of(run: Path) -> Path:
    run = run.resolve()
    if not (run / "manifest.json").is_file() or run.parent.name != "runs":
        raise DefinitionError(
            f"run {run}", expected="data_dir/runs/<run-id> with a manifest.json", found="none",
            todo="Name the folder of a finished run.",
        )
    return run.parent.parent


def _data_dir_of_project(project: Path) -> Path:
    from pipelines.project.data_folder import data_folder
    from pipelines.project.definition import load_definition

    project = project.resolve()
    return data_folder(project, load_definition(project))


def _run_with_fingerprint(data_dir: Path, fingerprint: str) -> Path:
    from pipelines.runs.folder import MANIFEST, completed_runs, read_json

    for run in reversed(completed_runs(data_dir)):
        if read_json(run / "statistics.json").get("fingerprint") == fingerprint:
            return run
    raise DefinitionError(
        str(data_dir / "runs"), expected="the run that the 確認票 was written from", found=f"no {MANIFEST} of it",
        todo="Apply the workbook in the project whose run it was exported from.",
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
