"""RPT-07 to RPT-10: characters counted, 外字, changed glyphs, and values that do not fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from char_mapping.mj import load_mj_names
from char_mapping.text import SUBSTITUTES, split_characters
from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, AreaVerdict
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import (
    LISTED,
    MADE,
    Sheet,
    area_name,
    group_name,
    listed,
    source_name,
    state_of,
)

_OVERLONG = ("NUM-004", "NAM-023", "ADR-027", "MOJ-021")
_UNEXPLAINED = "説明がつかない"
_KINDS = ("破損", _UNEXPLAINED, "同定・外字", "判断", "文字の規則", "書式の規則", "行の展開")
_SUBSTITUTES = [ord(sign) for sign in SUBSTITUTES]
_ONE_CHARACTER = r".[\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]?"
"""A character with its variation selector: without it another character would seem to stand there."""
_KANA, _OPEN = "（仮名で渡す）", "（保留）"


def character_sheets(run: RunFiles, areas: Sequence[AreaVerdict]) -> list[Sheet]:
    """RPT-07: code points whose number changed, each with what explains it; RPT-07b: how many of each kind."""
    columns = (
        ("業務", 24),
        ("出力", 24),
        ("項目", 26),
        ("コードポイント", 14),
        ("字", 8),
        ("受領", 12),
        ("出力数", 12),
        ("増減", 12),
        ("別", 14),
        ("説明", 56),
    )
    paths = sorted((run.folder / "characters").glob("*.parquet"))
    lead = "入った文字と出た文字の数。変わったものだけを載せ、規則・表・判断で説明する。説明のつかない字があれば未達。"
    if not paths:
        why = "文字の記録がこの実行にない。"
        return [
            Sheet("RPT-07", "文字照合表", NOT_DONE, lead, columns, why=why),
            _kinds_of_change(pl.DataFrame({"kind": [], "delta": []}), NOT_DONE),
        ]
    frames = []
    for path in paths:
        counted = (
            pl.scan_parquet(path)
            .group_by("group_id", "item", "code_point")
            .agg(
                before=pl.col("count").filter(pl.col("stage") == "in").sum(),
                after=pl.col("count").filter(pl.col("stage") == "out").sum(),
                by=pl.col("explained_by").sort().first(),
            )
            .filter(pl.col("before") != pl.col("after"))
        )
        frames.append(counted.select(pl.lit(path.stem).alias("area"), pl.all()).collect())
    by = pl.col("by").fill_null("")
    moved = (
        pl.concat(frames)
        .with_columns(delta=pl.col("after") - pl.col("before"))
        .with_columns(
            kind=pl.when(pl.col("code_point").is_in(_SUBSTITUTES) & (pl.col("delta") > 0)).then(pl.lit(_KINDS[0]))
            .when(by == "").then(pl.lit(_KINDS[1]))
            .when(by.str.contains("外字対応表|上書き表|同定")).then(pl.lit(_KINDS[2]))
            .when(by.str.contains("判断")).then(pl.lit(_KINDS[3]))
            .when(by.str.contains("MOJ-|NAM-")).then(pl.lit(_KINDS[4]))
            .when(by.str.contains("[A-Z]{3}-[0-9]{3}")).then(pl.lit(_KINDS[5]))
            .otherwise(pl.lit(_KINDS[6]))
        )
    )  # fmt: skip
    order = pl.col("kind").replace_strict({kind: n for n, kind in enumerate(_KINDS)}, return_dtype=pl.Int64)
    moved = moved.sort(order, "area", "group_id", "item", "code_point")
    rows = [
        (
            area_name(run, r["area"]),
            group_name(run, r["area"], r["group_id"]),
            r["item"],
            f"U+{r['code_point']:04X}",
            chr(r["code_point"]) if r["code_point"] >= 0x20 else "",
            r["before"],
            r["after"],
            r["delta"],
            r["kind"],
            r["by"] or _UNEXPLAINED,
        )
        for r in moved.head(LISTED).iter_rows(named=True)
    ]
    state = state_of(areas, "RPT-07")
    why = "変わった文字はない。"
    first = Sheet("RPT-07", "文字照合表", state, lead, columns, **listed(rows, moved.height), why=why)
    return [first, _kinds_of_change(moved, state)]


def _kinds_of_change(moved: pl.DataFrame, state: str) -> Sheet:
    told = {
        "破損": "置換文字（〓・？・U+FFFD など）が増えた。あってはならない。",
        _UNEXPLAINED: "規則にも表にも判断にもよらない。あってはならない。",
        "同定・外字": "外字対応表・上書き表・同定の判断で読んだ。",
        "判断": "決裁された判断による。",
        "文字の規則": "文字・氏名の規則（MOJ・NAM）で表記を整えた。",
        "書式の規則": "日付・番号・住所などの書式を整えた（元号の日付を西暦にする など）。",
        "行の展開": "一つの記録から幾つもの行ができ、同じ文字が繰り返された。または項目を移していない。",
    }
    counts = {kind: (size, delta) for kind, size, delta in _per_kind(moved)}
    rows = [(kind, told[kind], *counts.get(kind, (0, 0))) for kind in _KINDS] if state != NOT_DONE or counts else []
    return Sheet(
        "RPT-07b",
        "文字の増減の別",
        state,
        "RPT-07 の増減を、何によるかで分けた。種類は、項目×コードポイントの数。",
        (("別", 18), ("意味", 70), ("種類", 12), ("増減した文字数", 16)),
        rows,
        why="文字の記録がこの実行にない。",
    )


def _per_kind(moved: pl.DataFrame) -> list[tuple[str, int, int]]:
    if moved.is_empty():
        return []
    return list(moved.group_by("kind").agg(size=pl.len(), delta=pl.col("delta").abs().sum()).sort("kind").iter_rows())


def gaiji_sheet(run: RunFiles) -> Sheet:
    """RPT-08: 外字 and characters that nobody has decided."""
    columns = (
        ("業務", 24),
        ("源泉", 20),
        ("文字コード", 14),
        ("コード", 9),
        ("出現数", 10),
        ("移行後の字", 11),
        ("符号", 20),
        ("MJ・GJ", 12),
        ("区分", 14),
        ("根拠", 46),
        ("判定者", 14),
        ("承認者", 14),
        ("判定日", 12),
    )
    paths = sorted((run.folder / "code_tables").glob("*.parquet"))
    lead = "外字・未決の文字の一覧。字形の画像と候補は「外字同定シート」（ikou chars identify）にある。"
    if not paths:
        why = "文字コードの記録がこの実行にない。"
        return Sheet("RPT-08", "外字同定台帳", NOT_DONE, lead, columns, why=why)
    codes = pl.concat([pl.read_parquet(path).with_columns(area=pl.lit(path.stem)) for path in paths], how="diagonal")
    found = codes.filter(pl.col("user_area") | (pl.col("explained_by") == "")).sort(
        pl.col("explained_by") != "", "area", "source", "code"
    )
    undecided = found.filter(pl.col("explained_by") == "").height
    people = {d["id"]: d for d in run.decisions().filter(pl.col("kind") == "identify_glyph").iter_rows(named=True)}
    rows = []
    for r in found.head(LISTED).iter_rows(named=True):
        by = r["explained_by"]
        decision = people.get(by.removeprefix("判断 "), {})
        noted = r.get("evidence") or ""
        rows.append(
            (
                area_name(run, r["area"]),
                source_name(run, r["area"], r["source"]),
                r["code_system"],
                r["code"],
                r["count"],
                r["text"] or "",
                _code(r["text"]),
                _mj(r["text"]),
                r.get("identified_as") or ("" if by else "未判定"),
                "　".join(one for one in (by or "未判定", noted or decision.get("reason") or "") if one),
                decision.get("proposer") or "",
                decision.get("approver") or "",
                r.get("decided_on") or (decision.get("decided_at") or "")[:10],
            )
        )
    return Sheet(
        "RPT-08",
        "外字同定台帳",
        MISSED if undecided else NONE,
        f"{lead}未判定 {undecided:,}（0でなければ未達）。外字対応表から来たものの判定者は、外字台帳の根拠による。",
        columns,
        **listed(rows, found.height),
        why="外字も未決の文字も出現しない。",
    )


def _code(text: str | None) -> str:
    return "＋".join(f"U+{ord(sign):04X}" for sign in text or "")


def _mj(text: str | None) -> str:
    return (load_mj_names().name_of(text) or "") if text else ""


def changed_glyph_sheets(run: RunFiles) -> list[Sheet]:
    """RPT-09: people whose name is written otherwise at a receiver; RPT-09b: how many by character.

    The single characters stand there, never the name.
    """
    lead = (
        "送信先で字形が変わる人（周知用）。変わる1字だけを載せ、氏名は載せない。"
        f"{_KANA}は漢字で送れず読み仮名で、{_OPEN}は送信先の字が決まるまで送らない。"
    )
    columns = (
        ("業務", 24),
        ("宛名番号", 16),
        ("項目", 24),
        ("旧字", 8),
        ("旧字の符号", 18),
        ("旧字のMJ", 12),
        ("新字", 18),
        ("新字の符号", 12),
        ("新字のMJ", 12),
        ("送信先", 36),
    )
    by_character = (
        ("送信先", 36),
        ("旧字", 8),
        ("旧字の符号", 18),
        ("旧字のMJ", 12),
        ("新字", 18),
        ("新字の符号", 12),
        ("新字のMJ", 12),
        ("根拠", 44),
        ("人数", 10),
    )
    told_b = "送信先で変わる字ごとの人数。一人の氏名に同じ字が幾つあっても一人と数える。"
    if not (run.folder / "receivers").is_dir():
        why = "送信先（ikou.toml の receivers）への射影をしていない。"
        return [
            Sheet("RPT-09", "字形変更対象者一覧", NOT_DONE, lead, columns, why=why),
            Sheet("RPT-09b", "字形変更の文字別人数", NOT_DONE, told_b, by_character, why=why),
        ]
    found = _changed_people(run)
    people = found.select("area", "number").unique().height
    rows = [
        (
            area_name(run, r["area"]),
            r["number"],
            r["item"],
            r["old"],
            _code(r["old"]),
            _mj(r["old"]),
            r["new"],
            *(("", "") if r["new"] in (_KANA, _OPEN) else (_code(r["new"]), _mj(r["new"]))),
            r["receiver"],
        )
        for r in found.head(LISTED).iter_rows(named=True)
    ]
    counted = (
        found.group_by("receiver", "old", "new", "basis").agg(people=pl.struct("area", "number").n_unique())
        .sort("people", "receiver", "old", descending=[True, False, False])
    )  # fmt: skip
    lines = [
        (
            r["receiver"],
            r["old"],
            _code(r["old"]),
            _mj(r["old"]),
            r["new"],
            *(("", "") if r["new"] in (_KANA, _OPEN) else (_code(r["new"]), _mj(r["new"]))),
            r["basis"],
            r["people"],
        )
        for r in counted.iter_rows(named=True)
    ]
    why = "送信先で字形が変わる人はいない。"
    lead = f"{lead}対象者 {people:,}人。"
    first = Sheet("RPT-09", "字形変更対象者一覧", MADE, lead, columns, **listed(rows, found.height), why=why)
    second = Sheet(
        "RPT-09b", "字形変更の文字別人数", MADE, told_b, by_character, **listed(lines, counted.height), why=why
    )
    return [first, second]


_PEOPLE_SCHEMA = {"area": pl.String, "number": pl.String, "item": pl.String, "old": pl.String, "new": pl.String,
                  "receiver": pl.String, "basis": pl.String}  # fmt: skip


def _changed_people(run: RunFiles) -> pl.DataFrame:
    """One row a person, item, receiver and character that is written otherwise there."""
    table = run.folder / "receivers" / "characters.csv"
    if not table.is_file() or not table.read_text("utf-8-sig").strip():
        return pl.DataFrame(schema=_PEOPLE_SCHEMA)
    characters = pl.read_csv(table, infer_schema=False).fill_null("")
    frames = [pl.DataFrame(schema=_PEOPLE_SCHEMA)]
    for path in sorted((run.folder / "receivers").glob("*/*/*.names.parquet")):
        receiver = path.parent.parent.name
        if f"{receiver}の字" not in characters.columns:
            continue
        summary = path.parent.parent / "summary.json"
        told = json.loads(summary.read_text("utf-8")) if summary.is_file() else {}
        otherwise = _KANA if told.get("otherwise") == "kana" else _OPEN
        theirs = characters.select(
            old=pl.col("文字"), new=pl.col(f"{receiver}の字"), basis=pl.col(f"{receiver}の根拠")
        ).filter(pl.col("old") != pl.col("new"))
        names = pl.scan_parquet(path).select(
            number=pl.col("subject").str.extract("^([^/]*)", 1),
            item="item",
            old=pl.col("standard").str.extract_all(_ONE_CHARACTER),
        )
        changed = names.explode("old").unique().join(theirs.lazy(), on="old", how="inner").collect()
        frames.append(
            changed.select(
                pl.lit(path.parent.name).alias("area"),
                "number",
                "item",
                "old",
                pl.when(pl.col("new") == "").then(pl.lit(otherwise)).otherwise(pl.col("new")).alias("new"),
                pl.lit(told.get("label") or receiver).alias("receiver"),
                "basis",
            )
        )
    return pl.concat(frames).sort("area", "number", "item", "receiver", "old")


def overlong_sheet(run: RunFiles) -> Sheet:
    """RPT-10: values that do not fit."""
    issues = run.issues().filter(pl.col("rule_id").is_in(_OVERLONG))
    found = issues.sort("area_id", "group_id", "item_path", "subject")
    known = run.items.select("area_id", "group_id", "item", "length").iter_rows()
    lengths = {(area, group, item): length for area, group, item, length in known}
    rows: list[Sequence[Any]] = []
    for r in found.head(LISTED).iter_rows(named=True):
        holds = lengths.get((r["area_id"], r["group_id"], r["item_path"])) or None
        length = len(split_characters(r["before"])) if r["before"] else None
        rows.append(
            (
                area_name(run, r["area_id"]),
                group_name(run, r["area_id"], r["group_id"] or ""),
                r["item_path"],
                r["subject"],
                holds,
                length,
                length - holds if length is not None and holds is not None and length > holds else None,
                f"{r['rule_id']} {run.rules.get(r['rule_id'], {}).get('name_ja', '')}".strip(),
                r["owner"],
            )
        )
    return Sheet(
        "RPT-10",
        "文字超過リスト",
        MADE,
        "桁に収まらない値のある項目。値は載せず、桁と字数だけを示す。主管課が確かめる。",
        (
            ("業務", 24),
            ("出力", 26),
            ("項目", 28),
            ("キー", 24),
            ("桁", 8),
            ("字数", 8),
            ("溢れ", 8),
            ("規則", 26),
            ("主管課", 16),
        ),
        **listed(rows, found.height),
        why="桁に収まらない値はない。",
    )
