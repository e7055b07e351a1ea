"""The 移行検証報告書: RPT-01 to RPT-21 as one workbook, a sheet each; what was not tried says 未実施.

Values of residents are masked: a sheet shows counts, keys and code points. Unmasked it shows the values of a
difference, except 個人番号 and the addresses of 支援措置 (``disclosure``); the caller writes the view to the operation
log.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.reports.judgement import AreaVerdict, judge_areas
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.after_loading import difference_sheets, distribution_sheet, item_sheet
from pipelines.reports.verification.book import write_book
from pipelines.reports.verification.characters import (
    changed_glyph_sheets,
    character_sheets,
    gaiji_sheet,
    overlong_sheet,
)
from pipelines.reports.verification.decision import criteria_sheet, decision_sheet
from pipelines.reports.verification.diagrams import diagrams_of
from pipelines.reports.verification.duplicates import link_sheet, pair_sheet
from pipelines.reports.verification.erasures import erasure_sheet
from pipelines.reports.verification.figures import figure_sheets
from pipelines.reports.verification.issues import correction_sheet, issue_sheet, useless_data_sheet
from pipelines.reports.verification.masking import Unmasked
from pipelines.reports.verification.old_and_new import compared_sheets
from pipelines.reports.verification.receipt_and_records import receipt_sheet, record_sheets
from pipelines.reports.verification.rehearsals import rehearsal_sheet
from pipelines.reports.verification.samples import sample_sheets
from pipelines.reports.verification.sheet import Sheet
from pipelines.reports.verification.support import support_sheet

FILE_NAME = "移行検証報告書.xlsx"


def build_sheets(
    run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None, *, unmasked: Unmasked
) -> list[Sheet]:
    """All reports of a run in their order."""
    fates = run.fates()  # one row a record of every area: read once
    return [
        receipt_sheet(run),
        *record_sheets(run, areas, reconciled, fates),
        *figure_sheets(run, areas, reconciled),
        item_sheet(run, areas, reconciled),
        distribution_sheet(run, areas, reconciled),
        *character_sheets(run, areas),
        gaiji_sheet(run),
        *changed_glyph_sheets(run),
        overlong_sheet(run),
        pair_sheet(run),
        link_sheet(run),
        issue_sheet(run, areas),
        useless_data_sheet(run, fates),
        correction_sheet(run),
        *sample_sheets(run),
        *compared_sheets(run, areas, reconciled, unmasked=unmasked),
        support_sheet(run, areas),
        *difference_sheets(run, reconciled, unmasked=unmasked),
        rehearsal_sheet(run),
        decision_sheet(run, areas),
        criteria_sheet(run),
        erasure_sheet(run),
    ]


def write_verification(
    run: RunFiles,
    out: Path,
    *,
    areas: Sequence[AreaVerdict] | None = None,
    reconciled: Path | None = None,
    unmasked: Unmasked = False,
) -> Path:
    """Write ``移行検証報告書.xlsx``; the same files give the same bytes.

    Args:
        run: The run.
        out: Folder to write to.
        areas: ``judge_areas`` of the run, where the caller has it already.
        reconciled: Folder of ``ikou reconcile``; without it what follows loading is 未実施.
        unmasked: Show the values of differences, or those of some areas; the caller has checked the role and logged
            the view.
    """
    path = out / FILE_NAME
    verdicts = judge_areas(run, reconciled) if areas is None else areas
    sheets = build_sheets(run, verdicts, reconciled, unmasked=unmasked)
    write_book(path, run, verdicts, sheets, diagrams_of(run, verdicts, sheets, reconciled))
    return path
