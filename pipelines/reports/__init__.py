"""What people read: one Excel work list per 主管課 and the 移行結果報告書, made from run files and the ledger only."""

from __future__ import annotations

from pathlib import Path

__all__ = ["write_reports"]


def write_reports(
    run_dir: Path, out_dir: Path | None = None, *, previous: Path | None = None, reconciled: Path | None = None,
    unmasked: bool | frozenset[str] = False,
) -> list[Path]:
    """Write the 移行結果報告書, the 移行検証報告書, the 文字の確認書 and the 確認票 of every 主管課.

    Args:
        run_dir: Folder of the run, complete or at work.
        out_dir: Where to write; None is the run's ``reports`` folder.
        previous: Folder of an earlier run; without it 前回比 shows what statistics.json says of the previous run.
        reconciled: Folder of ``ikou reconcile``; without it what follows loading is 未実施.
        unmasked: Show the values of differences in the 移行検証報告書, or of some areas; the caller logged the view.

    Returns:
        Paths written, the report first.

    Raises:
        UnreadableFile: The folder is no run.
    """
    from pipelines.reports.characters import write_character_report
    from pipelines.reports.judgement import judge_areas
    from pipelines.reports.report import write_report
    from pipelines.reports.run_files import open_run
    from pipelines.reports.verification import write_verification
    from pipelines.reports.work_list import build_work_list
    from pipelines.reports.workbook import write_workbooks

    run = open_run(run_dir)
    rows = build_work_list(run)
    areas = judge_areas(run, reconciled)
    report = write_report(run_dir, out_dir, previous=previous, work_list=rows, areas=areas, reconciled=reconciled)
    verification = write_verification(run, report.parent, areas=areas, reconciled=reconciled, unmasked=unmasked)
    characters = write_character_report(run, report.parent)
    return [
        report,
        verification,
        *([characters] if characters else []),
        *write_workbooks(run_dir, out_dir, work_list=rows),
    ]
