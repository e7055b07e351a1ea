"""RPT-11: numbers that may be one person, and RPT-11b: the links that were decided, carried out and taken back."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.ledger import classify
from pipelines.reports.judgement import MISSED, NOT_DONE, standing_issues
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import LISTED, MADE, Sheet, area_name, listed
from pipelines.runs.folder import LINKED

NOT_SHARED = "（他業務参照不可）"
"""Instead of the number of a row that other 業務 may not see: the list of its own 主管課 has it."""
_PAIR_RULES = [f"DUP-00{n}" for n in range(2, 8)]
_LEVELS = {
    "certain": "確定", "returned": "再転入", "A": "A 強", "B": "B 中", "C": "C 弱", "twins": "別人の疑い",
}  # fmt: skip
_WORDS = {
    "equal": "一致", "different": "相違", "unknown": "不明", "current": "現住所が一致", "past": "過去の住所が一致",
    "swapped": "月日が入替", "one_digit": "1桁違い", "year": "年のみ一致",
}  # fmt: skip
_AGAINST = (("both_present", "双方住民"), ("after_death", "死亡後の異動"), ("one_dead", "一方死亡"))
_NOT_CARRIED_OUT = ("適用できない", "失効", "該当なし", "期限切れ")


def pair_sheet(run: RunFiles) -> Sheet:
    """RPT-11: numbers that may be one person."""
    columns = (
        ("水準", 11), ("番号1", 17), ("業務1", 24), ("番号2", 17), ("業務2", 24), ("カナ", 8), ("氏名", 8),
        ("生年月日", 12), ("性別", 8), ("住所", 15), ("反証", 30), ("点", 7), ("名寄せ先の候補", 17), ("判断", 10),
    )  # fmt: skip
    path = run.folder / "links" / "pairs.parquet"
    lead = (
        "同一人の候補（種イ。紐付けるかは主管課が決める）。種ア（一つの番号が別人に付く）は残り0でなければ移行できない。"
        "点は並べるための目安で、氏名や住所の値は載せない。"
    )
    if not path.is_file():
        why = "名寄せの規則（DUP）をこの実行で行っていない。"
        return Sheet("RPT-11", "重複候補一覧", NOT_DONE, lead, columns, why=why)
    pairs = pl.read_parquet(path).sort(
        "level", "weight", "a_number", "b_number", descending=[False, True, False, False]
    )
    double = standing_issues(run).filter(pl.col("rule_id") == "DUP-001").height
    states = _states(run)
    rows = []
    for r in pairs.head(LISTED).iter_rows(named=True):
        hidden = {r[f"{side}_number"] for side in "ab" if r[f"{side}_no_sharing"] == "1"}
        one, other, stays = (
            NOT_SHARED if number in hidden else number or ""
            for number in (r["a_number"], r["b_number"], r["survivor"])
        )
        against = [text for name, text in _AGAINST if str(r[name] or "") == "yes"]
        against += ["性別相違"] if r["sex_relation"] == "different" else []
        told = [_WORDS.get(r[name] or "", "") for name in ("kana", "name", "birth_relation", "sex_relation", "place")]
        subject = "|".join(sorted((r["a_subject"], r["b_subject"])))
        rows.append((
            _LEVELS.get(r["level"] or "", ""), one, area_name(run, r["a_area"]), other,
            area_name(run, r["b_area"]), *told, "、".join(against),
            round(r["weight"] or 0), stays, states.get(subject, ""),
        ))  # fmt: skip
    return Sheet(
        "RPT-11",
        "重複候補一覧",
        MISSED if double else MADE,
        f"{lead}種ア {double:,}件。",
        columns,
        **listed(rows, pairs.height),
        why="同一人の候補はない。",
    )


def _states(run: RunFiles) -> dict[str, str]:
    """Subject of a pair → what was decided on it."""
    issues = run.issues().filter(pl.col("rule_id").is_in(_PAIR_RULES))
    if issues.is_empty():
        return {}
    as_of = run.statistics.get("as_of")
    found = classify(
        issues, run.decisions(), as_of=date.fromisoformat(as_of) if as_of else None,
        generation=run.statistics.get("generation"),
    )  # fmt: skip
    return dict(zip(issues["subject"], found["state"], strict=True))


def link_sheet(run: RunFiles) -> Sheet:
    """RPT-11b: 名寄せ対応表, every link that was ever approved with what became of it."""
    columns = (
        ("名寄せ元", 16), ("名寄せ先", 16), ("書いた名寄せ先", 16), ("判断", 12), ("規則", 9), ("起案者", 14),
        ("承認者", 14), ("承認日時", 21), ("期限", 12), ("状態", 14), ("説明", 44), ("行数", 7), ("取消の判断", 12),
        ("取消した人", 14), ("取消日時", 21),
    )  # fmt: skip
    lead = (
        "承認した紐付け（種イ）。番号は振り替えず、住登外の行の名寄せ元フラグ（代表宛名フラグ）と名寄せ先宛名番号だけを書く。"
        "判断を取り消すと次の実行から書かない。"
    )
    path = run.folder / LINKED
    if not path.is_file():
        return Sheet("RPT-11b", "名寄せ対応表", MADE, lead, columns, why="承認した紐付けはない。")
    table = pl.read_csv(path, infer_schema=False).with_columns(pl.col("行数").cast(pl.Int64))
    pairs = run.folder / "links" / "pairs.parquet"
    hidden = set[str]()
    if pairs.is_file():
        kept = pl.read_parquet(pairs, columns=["a_number", "a_no_sharing", "b_number", "b_no_sharing"])
        for side in "ab":
            hidden |= set(kept.filter(pl.col(f"{side}_no_sharing") == "1")[f"{side}_number"])
    told = table.head(LISTED).with_columns(
        pl.when(pl.col(name).is_in(list(hidden))).then(pl.lit(NOT_SHARED)).otherwise(name).alias(name)
        for name in table.columns[:3]
    )
    rows = [tuple("" if value is None else value for value in row) for row in told.iter_rows()]
    not_done = table.filter(pl.col("状態").is_in(_NOT_CARRIED_OUT)).height
    return Sheet(
        "RPT-11b", "名寄せ対応表", MADE, f"{lead}適用していないもの {not_done:,}件。", columns,
        **listed(rows, table.height),
    )  # fmt: skip
