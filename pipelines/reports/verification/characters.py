"""RPT-07 to RPT-10: characters counted, 外字, changed glyphs, and values that do not fit."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, AreaVerdict
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import LISTED, MADE, Sheet, listed, state_of

_OVERLONG = ("NUM-004", "NAM-023", "ADR-027", "MOJ-021")


def character_sheet(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    """RPT-07: code points whose number changed, each with what explains it."""
    columns = (
        ("業務", 8),
        ("出力", 18),
        ("項目", 26),
        ("コードポイント", 14),
        ("字", 6),
        ("受領", 12),
        ("出力数", 12),
        ("増減", 12),
        ("説明", 60),
    )
    paths = sorted((run.folder / "characters").glob("*.parquet"))
    lead = "入った文字と出た文字の数。変わったものだけを載せ、規則・表・判断で説明する。"
    if not paths:
        return Sheet("RPT-07", "文字照合表", NOT_DONE, lead, columns)
    frames = []
    for path in paths:
        counted = (
            pl.scan_parquet(path)
            .group_by("group_id", "item", "code_point")
            .agg(
                before=pl.col("count").filter(pl.col("stage") == "in").sum(),
                after=pl.col("count").filter(pl.col("stage") == "out").sum(),
                by=pl.col("explained_by").first(),
            )
            .filter(pl.col("before") != pl.col("after"))
        )
        frames.append(counted.select(pl.lit(path.stem).alias("area"), pl.all()).collect())
    moved = pl.concat(frames).sort("area", "group_id", "item", "code_point")
    rows = [
        (
            area,
            group,
            item,
            f"U+{code:04X}",
            chr(code) if code >= 0x20 else "",
            before,
            after,
            after - before,
            by or "説明がつかない",
        )
        for area, group, item, code, before, after, by in moved.head(LISTED).iter_rows()
    ]
    return Sheet("RPT-07", "文字照合表", state_of(areas, "RPT-07"), lead, columns, **listed(rows, moved.height))


def gaiji_sheet(run: RunFiles) -> Sheet:
    """RPT-08: 外字 and characters that nobody has decided."""
    columns = (
        ("業務", 8),
        ("源泉", 16),
        ("文字コード", 16),
        ("コード", 10),
        ("出現数", 10),
        ("移行後の字", 10),
        ("根拠", 46),
        ("判定者", 12),
        ("承認者", 12),
    )
    paths = sorted((run.folder / "code_tables").glob("*.parquet"))
    lead = "外字・未決の文字の一覧（字形の画像と候補は ikou chars identify の台帳による）。"
    if not paths:
        return Sheet("RPT-08", "外字同定台帳", NOT_DONE, lead, columns)
    codes = pl.concat([pl.read_parquet(path).with_columns(area=pl.lit(path.stem)) for path in paths])
    found = codes.filter(pl.col("user_area") | (pl.col("explained_by") == "")).sort(
        pl.col("explained_by") != "", "area", "source", "code"
    )
    undecided = found.filter(pl.col("explained_by") == "").height
    rows = [
        (
            r["area"],
            r["source"],
            r["code_system"],
            r["code"],
            r["count"],
            r["text"] or "",
            r["explained_by"] or "未判定",
            "",
            "",
        )
        for r in found.head(LISTED).iter_rows(named=True)
    ]
    state = MISSED if undecided else NONE
    return Sheet(
        "RPT-08", "外字同定台帳", state, f"{lead}未判定 {undecided:,}。", columns, **listed(rows, found.height)
    )


def changed_glyph_sheet(run: RunFiles) -> Sheet:
    """RPT-09: people whose name is written otherwise at a receiver."""
    columns = (
        ("業務", 8),
        ("出力", 18),
        ("宛名番号・キー", 24),
        ("項目", 28),
        ("送信先・規則", 24),
        ("旧字", 8),
        ("新字", 8),
    )
    frames = []
    for path in sorted((run.folder / "receivers").glob("*/*/*.names.parquet")):
        frame = pl.read_parquet(path)
        if {"subject", "item"} <= set(frame.columns):
            frames.append(
                frame.select(
                    area=pl.lit(path.parent.name),
                    group=pl.lit(path.name.split(".")[0]),
                    subject=pl.col("subject"),
                    item=pl.col("item"),
                    by=pl.lit(path.parent.parent.name),
                )
            )
    lead = "送信先で字形が変わる人（周知用）。字は文字の確認書と送信先の根拠による。氏名そのものは載せない。"
    if not frames:
        return Sheet(
            "RPT-09", "字形変更対象者一覧", NOT_DONE if not (run.folder / "receivers").is_dir() else MADE, lead, columns
        )
    found = pl.concat(frames).unique().sort("area", "group", "subject", "item", "by")
    rows = [(*r[:4], f"送信先 {r[4]}", "", "") for r in found.head(LISTED).iter_rows()]
    return Sheet("RPT-09", "字形変更対象者一覧", MADE, lead, columns, **listed(rows, found.height))


def overlong_sheet(run: RunFiles) -> Sheet:
    """RPT-10: values that do not fit."""
    found = run.issues().filter(pl.col("rule_id").is_in(_OVERLONG)).sort("area_id", "group_id", "item_path", "subject")
    rows = [
        (r["area_id"], r["group_id"], r["item_path"], r["subject"], r["rule_id"], r["owner"])
        for r in found.head(LISTED).iter_rows(named=True)
    ]
    return Sheet(
        "RPT-10",
        "文字超過リスト",
        MADE,
        "桁に収まらない値のある項目。主管課が確かめる。",
        (("業務", 8), ("出力", 18), ("項目", 30), ("キー", 26), ("規則", 10), ("主管課", 16)),
        **listed(rows, found.height),
    )
