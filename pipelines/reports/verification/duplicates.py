"""RPT-11: numbers that may be one person."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.ledger import classify
from pipelines.ledger.events import KINDS
from pipelines.reports.judgement import MISSED, NOT_DONE, standing_issues
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import LISTED, MADE, Sheet, area_name, listed

_LEVELS = {
    "certain": "確定",
    "returned": "再転入",
    "A": "A 強",
    "B": "B 中",
    "C": "C 弱",
    "twins": "別人の疑い",
    "refused": "別人",
}
"""Level → as the meeting reads it, the surest first."""
_RELATIONS = {
    "equal": "一致",
    "different": "相違",
    "other": "相違",
    "unknown": "不明",
    "swapped": "月日の入替",
    "one_digit": "1桁違い",
    "year": "年だけ一致",
    "current": "現住所",
    "past": "過去の住所",
}
_AGAINST = (
    ("my_number", "other", "個人番号が別"),
    ("sex_relation", "different", "性別が相違"),
    ("both_present", "yes", "双方とも現存する住民"),
    ("after_death", "yes", "死亡の後の記録"),
    ("one_dead", "yes", "一方は死亡"),
)
_RELATED = ("kana", "name", "birth_relation", "sex_relation", "place")


def pair_sheet(run: RunFiles) -> Sheet:
    """RPT-11: numbers that may be one person."""
    columns = (
        ("水準", 11),
        ("番号1", 14),
        ("業務1", 24),
        ("番号2", 14),
        ("業務2", 24),
        ("カナ", 9),
        ("氏名", 9),
        ("生年月日", 12),
        ("性別", 9),
        ("住所", 12),
        ("反証", 34),
        ("点", 7),
        ("判断", 24),
    )
    path = run.folder / "links" / "pairs.parquet"
    lead = "同一人の候補（種イ。紐付けるかは主管課が決める）。種ア（一つの番号が別人に付く）は残り0が要件。"
    if not path.is_file():
        why = "名寄せの規則（DUP）をこの実行で行っていない。"
        return Sheet("RPT-11", "重複候補一覧", NOT_DONE, lead, columns, why=why)
    order = pl.col("level").replace_strict(
        {level: place for place, level in enumerate(_LEVELS)}, default=len(_LEVELS), return_dtype=pl.Int64
    )
    pairs = pl.read_parquet(path).sort(
        order, "weight", "a_number", "b_number", descending=[False, True, False, False], nulls_last=True
    )
    double = standing_issues(run).filter(pl.col("rule_id") == "DUP-001").height
    decided = _decisions(run)
    rows = [
        (
            _LEVELS.get(r["level"] or "", r["level"] or ""),
            r["a_number"],
            area_name(run, r["a_area"]),
            r["b_number"],
            area_name(run, r["b_area"]),
            *(_RELATIONS.get(r[name] or "unknown", r[name]) for name in _RELATED),
            "、".join(text for name, value, text in _AGAINST if r.get(name) == value),
            round(r["weight"] or 0),
            decided.get(frozenset((r["a_number"], r["b_number"])), "未判断"),
        )
        for r in pairs.head(LISTED).iter_rows(named=True)
    ]
    return Sheet(
        "RPT-11",
        "重複候補一覧",
        MISSED if double else MADE,
        f"{lead}種ア {double:,}件。点は並べるためだけの目安で、氏名や住所の値は載せない。",
        columns,
        **listed(rows, pairs.height),
        why="同一人の候補はない。",
    )


def _decisions(run: RunFiles) -> dict[frozenset[str], str]:
    """Both numbers of a pair → what is decided or proposed of it."""
    of_pairs = pl.col("rule_id").str.starts_with("DUP-") & pl.col("subject").str.contains("|", literal=True)
    issues = run.issues().filter(of_pairs)
    as_of = run.statistics.get("as_of")
    states = classify(
        issues, run.decisions(), as_of=date.fromisoformat(as_of) if as_of else None,
        generation=run.statistics.get("generation"),
    )  # fmt: skip
    told = issues.select("issue_id", "subject").join(states, on="issue_id").filter(pl.col("kind").is_not_null())
    return {
        frozenset(part.split("/")[0] for part in subject.split("|")): f"{state}：{KINDS[kind]}"
        for subject, state, kind in told.select("subject", "state", "kind").iter_rows()
    }
