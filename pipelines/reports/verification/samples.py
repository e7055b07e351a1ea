"""RPT-14: whom to look at on the screens of both systems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.reports.judgement import NOT_DONE, PROTECTED_KEY
from pipelines.reports.run_files import RunFiles
from pipelines.reports.sampling import DRAWN
from pipelines.reports.sampling import sampling_sheet as drawn_people
from pipelines.reports.verification.sheet import LISTED, MADE, Sheet, area_name

_MOST = LISTED * 15
"""People listed of one stratum; how many it has stands in RPT-14b."""
_DRAWN_STRATUM = "無作為"


def sample_sheets(run: RunFiles) -> list[Sheet]:
    """RPT-14: whom to look at on both screens; RPT-14b: the strata, how each is drawn and how many it has."""
    found = drawn_people(run)
    some = found.group_by("stratum", maintain_order=True).head(_MOST)
    rows = [
        (i + 1, r[0], r[3], area_name(run, r[2]), r[1], "", "", "", "", "") for i, r in enumerate(some.iter_rows())
    ]
    lead = (
        f"{found.height:,}人。旧・新の画面または帳票を見て、判定者が記入する（記入されるまで未実施）。"
        "支援措置の対象者は番号を載せず、担当者が台帳から全数を見る。"
    )
    people = Sheet(
        "RPT-14",
        "サンプリング検証票",
        NOT_DONE if rows else MADE,
        lead,
        (
            ("番", 7),
            ("層", 36),
            ("抽出条件", 44),
            ("業務", 24),
            ("宛名番号", 16),
            ("画面・帳票番号", 16),
            ("旧値", 16),
            ("新値", 16),
            ("判定", 8),
            ("判定者", 12),
        ),
        rows,
        found.height - some.height,
        why="抽出した人はいない。",
    )
    return [people, _strata(run, found)]


def _strata(run: RunFiles, found: pl.DataFrame) -> Sheet:
    fingerprint = str(run.statistics.get("fingerprint", ""))
    method = (
        f"全数の層は該当者の全員。無作為の層は、区×町字×年代ごとに{DRAWN}人（それより少なければ全員）を、"
        f"実行の指紋 {fingerprint[:16]} と宛名番号から作る MD5 の小さい順に選ぶ。"
        "同じ実行からはいつ作っても同じ人になり、誰も選び直せない。"
    )
    random = found.filter(pl.col("stratum") == _DRAWN_STRATUM)
    whole = found.filter(pl.col("stratum") != _DRAWN_STRATUM)
    # Of those under 支援措置 the one row says how many they are.
    size = pl.when(pl.col("number").str.contains(PROTECTED_KEY, literal=True)).then(
        pl.col("number").str.extract("^([0-9,]+)人").str.replace_all(",", "").cast(pl.Int64, strict=False)
    ).otherwise(1)  # fmt: skip
    counted = whole.group_by("stratum", "condition", maintain_order=True).agg(size.sum())
    rows: list[Sequence[Any]] = [(stratum, condition, "全数", size) for stratum, condition, size in counted.iter_rows()]
    by_place = random.group_by("condition", maintain_order=True).len()
    rows += [
        (f"{_DRAWN_STRATUM}（区×町字×年代）", condition, f"{DRAWN}人まで", size)
        for condition, size in by_place.iter_rows()
    ]
    return Sheet(
        "RPT-14b",
        "サンプリングの層と抽出の方法",
        MADE,
        method,
        (("層", 40), ("抽出条件", 56), ("抽出の方法", 16), ("抽出した人", 14)),
        rows,
        why="抽出した人はいない。",
    )
