"""RPT-11: numbers that may be one person."""

from __future__ import annotations

import polars as pl

from pipelines.reports.judgement import MISSED, NOT_DONE, standing_issues
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import LISTED, MADE, Sheet, listed


def pair_sheet(run: RunFiles) -> Sheet:
    """RPT-11: numbers that may be one person."""
    columns = (
        ("水準", 8),
        ("番号1", 14),
        ("業務", 7),
        ("番号2", 14),
        ("業務", 7),
        ("カナ", 10),
        ("氏名", 10),
        ("生年月日", 12),
        ("性別", 8),
        ("住所", 10),
        ("反証", 26),
        ("点", 8),
    )
    path = run.folder / "links" / "pairs.parquet"
    lead = "同一人の候補（種イ）。種アは指摘 DUP-001 として残り0でなければ移行できない。値は載せない。"
    if not path.is_file():
        return Sheet("RPT-11", "重複候補一覧", NOT_DONE, lead, columns)
    pairs = pl.read_parquet(path).sort(
        "level", "weight", "a_number", "b_number", descending=[False, True, False, False]
    )
    double = standing_issues(run).filter(pl.col("rule_id") == "DUP-001").height
    rows = []
    for r in pairs.head(LISTED).iter_rows(named=True):
        against = [
            text
            for name, text in (("both_present", "双方住民"), ("after_death", "死亡後の異動"), ("one_dead", "一方死亡"))
            if str(r[name] or "") in ("1", "true", "yes", "different")
        ]
        rows.append(
            (
                r["level"] or "",
                r["a_number"],
                r["a_area"],
                r["b_number"],
                r["b_area"],
                r["kana"] or "",
                r["name"] or "",
                r["birth_relation"] or "",
                r["sex_relation"] or "",
                r["place"] or "",
                "、".join(against),
                round(r["weight"] or 0),
            )
        )
    return Sheet(
        "RPT-11",
        "重複候補一覧",
        MISSED if double else MADE,
        f"{lead}種ア {double:,}件。",
        columns,
        **listed(rows, pairs.height),
    )
