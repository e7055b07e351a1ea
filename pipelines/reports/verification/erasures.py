"""RPT-21: what was erased."""

from __future__ import annotations

import json

from pipelines.reports.judgement import MISSED, NOT_DONE
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import MADE, Sheet


def erasure_sheet(run: RunFiles) -> Sheet:
    """RPT-21: generations erased."""
    columns = (
        ("世代", 20),
        ("媒体・場所", 40),
        ("手段", 60),
        ("ファイル数", 12),
        ("残存", 9),
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
        MISSED if any(row[4] for row in rows) else MADE if rows else NOT_DONE,
        "消去した世代の媒体・場所・手段と、残存0件の確認（証明書と受払簿は ikou erase が書く）。",
        columns,
        rows,
        why="まだ消去した世代はない。切替のあと ikou erase で消去すると、ここに載る。",
    )
