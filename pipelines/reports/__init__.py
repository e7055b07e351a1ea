"""What people read: one Excel work list per 主管課 and the 移行結果報告書, made from run files and the ledger only."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_reports"]


def write_reports(run_dir: Path, out_dir: Path | None = None, *, previous: Path | None = None) -> list[Path]:
    """Write the 移行結果報告書, the 文字の確認書 and the 確認票 of every 主管課.

    Args:
        run_dir: Folder of the run, complete or at work.
        out_dir: Where to write; None is the run's ``reports`` folder.
        previous: Folder of an earlier run; without it 前回比 shows what statistics.json says of the previous run.

    Returns:
        Paths written, the report first.

    Raises:
        UnreadableFile: The folder is no run.
    """
    from pipelines.reports.characters import write_character_report
    from pipelines.reports.report import write_report
    from pipelines.reports.run_files import open_run
    from pipelines.reports.work_list import build_work_list
    from pipelines.reports.workbook import write_workbooks

    run = open_run(run_dir)
    rows = build_work_list(run)
    report = write_report(run_dir, out_dir, previous=previous, work_list=rows)
    characters = write_character_report(run, report.parent)
    return [
        report,
        *([characters] if characters else []),
        *write_workbooks(run_dir, out_dir, work_list=rows),
    ]
