"""RPT-14: whom to look at on the screens of both systems."""

from __future__ import annotations

from pipelines.reports.judgement import NOT_DONE
from pipelines.reports.run_files import RunFiles
from pipelines.reports.sampling import sampling_sheet as drawn_people
from pipelines.reports.verification.sheet import LISTED, MADE, Sheet


def sampling_sheet(run: RunFiles) -> Sheet:
    """RPT-14: whom to look at on both screens."""
    found = drawn_people(run)
    rows = [
        (i + 1, r[0], r[3], r[2], r[1], "", "", "", "", "") for i, r in enumerate(found.head(LISTED * 15).iter_rows())
    ]
    strata = found["stratum"].n_unique()
    return Sheet(
        "RPT-14",
        "サンプリング検証票",
        NOT_DONE if rows else MADE,
        f"{strata} 層 {found.height:,}人。旧・新の画面または帳票を見て、判定者が記入する（記入されるまで未実施）。",
        (
            ("番", 7),
            ("層", 34),
            ("抽出条件", 40),
            ("業務", 7),
            ("宛名番号", 14),
            ("画面・帳票番号", 16),
            ("旧値", 16),
            ("新値", 16),
            ("判定", 8),
            ("判定者", 12),
        ),
        rows,
        max(0, found.height - LISTED * 15),
    )
