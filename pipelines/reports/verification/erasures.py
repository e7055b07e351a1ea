"""RPT-21: what was erased."""

from __future__ import annotations

import json

from pipelines.reports.judgement import NOT_DONE
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import MADE, Sheet


def erasure_sheet(run: RunFiles) -> Sheet:
    """RPT-21: generations erased."""
    columns = (
        ("世代", 20),
        ("場所", 40),
        ("手段", 60),
        ("ファイル数", 12),
        ("残存", 8),
        ("実施者", 14),
        ("立会者", 14),
        ("日時", 20),
    )
    rows = []
    for path in sorted((run.folder.parent.parent / "erasures").glob("*/*.json")) + sorted(
        (run.folder.parent.parent / "erasures").glob("*.json")
    ):
        told = json.loads(path.read_text("utf-8"))
        if "generation" in told and "files" in told:
            rows.append(
                (
                    told["generation"],
                    told["place"],
                    told["means"],
                    len(told["files"]),
                    told["left"],
                    told["by"],
                    told["witness"],
                    told["at"],
                )
            )
    return Sheet(
        "RPT-21",
        "削除証明・受払簿",
        MADE if rows else NOT_DONE,
        "消去した世代（証明書と受払簿は ikou erase が書く）。",
        columns,
        rows,
    )
