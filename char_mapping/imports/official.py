"""Official lists with headings: MJ文字情報一覧表, MJ縮退マップ, 代替マップ. Workbooks (Strict OOXML too) and CSV.

Sheets are read by their headings, wherever the heading row stands; the editions move columns about.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.errors import DefinitionError, UnreadableFile
from char_mapping.imports.incoming import read_file, read_target, read_utf8

MJ_SCHEMA = {
    "mj": pl.String, "ucs": pl.String, "implemented": pl.String, "ivs": pl.String, "svs": pl.String,
    "koseki": pl.String, "juki": pl.String, "policy": pl.String, "x0213": pl.String, "x0213_class": pl.String,
    "strokes": pl.Int64, "radical": pl.Int64, "readings": pl.String, "version": pl.String,
}
SHRINK_SCHEMA = {
    "mj": pl.String, "table": pl.String, "target": pl.String, "x0213": pl.String, "rank": pl.Int64, "hops": pl.Int64,
}

# Tables of the 縮退 map by the names used here; the order of preference is char_mapping.shrinking's matter.
JIS_UCS = "JIS包摂規準・UCS統合規則"
MINJI_5202 = "民二5202号通知別表 正字・俗字等対照表"
KOSEKI = "戸籍統一文字情報 親字・正字"
MINJI_2842 = "民一2842号通達別表 誤字俗字・正字一覧表"
MINJI_2842_OTHER = "民一2842号通達別表 誤字俗字・正字一覧表 別字"
NOTICE_582_1 = "法務省告示582号別表第四 一"
NOTICE_582_2 = "法務省告示582号別表第四 二"
DICTIONARIES = "辞書類等による関連字"
ANALOGY = "読み・字形による類推"
SUBSTITUTES = "代替マップ"
NTA = "国税庁 JIS縮退マップ"

NTA_SCHEMA = {"char": pl.String, "target": pl.String, "x0213": pl.String}
"""One row a character of JIS X 0213 that the map writes otherwise; ``target`` is one to four characters."""

_MJ_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "mj": ("MJ文字図形名",),
    "ucs": ("対応するUCS",),
    "implemented": ("実装したUCS",),
    "ivs": ("実装したMoji_JohoコレクションIVS", "実装したMoji_JohoIVS"),
    "svs": ("実装したSVS",),
    "koseki": ("戸籍統一文字番号",),
    "juki": ("住基ネット統一文字コード",),
    "policy": ("漢字施策",),
    "x0213": ("X0213",),
    "x0213_class": ("X0213 包摂区分", "X0213包摂区分"),
    "strokes": ("総画数(参考)", "総画数"),
    "radical": ("部首1(参考)", "部首1"),
    "readings": ("読み(参考)", "読み"),
    "version": ("MJ文字図形バージョン",),
}
_SOURCE_COLUMNS = ("MJ文字図形名", "GJ文字図形名", "文字図形名", "図形名", "変換元", "行政事務標準文字図形名")
_SUBSTITUTE_COLUMNS = ("代替文字", "代替先", "JIS X 0213代替文字", "縮退UCS", "変換先", "代替UCS")


def heading(text: str) -> str:
    """A heading without blanks, line breaks and the width of its brackets, so that editions agree."""
    return re.sub(r"[\s\u3000]", "", text).translate(str.maketrans("（）＿", "()_"))


def read_sheets(path: Path | str) -> Iterator[tuple[str, list[list[str]]]]:
    """(name, rows of cells as text) of every sheet of a workbook; a CSV file is one sheet named after itself.

    Raises:
        DefinitionError: No such file.
        UnreadableFile: Neither a workbook nor UTF-8 text.
    """
    path = Path(path)
    if not read_file(path).startswith(b"PK"):
        lines = csv.reader(io.StringIO(read_utf8(path), newline=""))
        yield path.name, [[cell.strip() for cell in line] for line in lines]
        return
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        for name in book.sheet_names:
            frame = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
            yield name, [[(cell or "").strip() for cell in row] for row in frame.iter_rows()]
    except fastexcel.FastExcelError as error:
        raise UnreadableFile(str(path), expected="a workbook (.xlsx)", found=type(error).__name__) from None


def _columns(header: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    places = {heading(cell): place for place, cell in reversed(list(enumerate(header))) if cell}
    return {
        key: next(places[heading(name)] for name in names if heading(name) in places)
        for key, names in wanted.items()
        if any(heading(name) in places for name in names)
    }


def _table(
    path: Path, wanted: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows below the first heading row that has every ``needed`` column, with their 1-based number."""
    for _, rows in read_sheets(path):
        for number, header in enumerate(rows):
            places = _columns(header, wanted)
            if all(key in places for key in needed):
                for line, cells in enumerate(rows[number + 1 :], number + 2):
                    row = {key: cells[place] if place < len(cells) else "" for key, place in places.items()}
                    if row[needed[0]]:
                        yield line, row
                return
    names = " and ".join("/".join(wanted[key]) for key in needed)
    raise DefinitionError(str(path), expected=f"a heading row with {names}", found="none", todo="Check the file")


def read_mj_list(path: Path | str) -> pl.DataFrame:
    """MJ文字情報一覧表 (``mji.00602.xlsx``, Strict OOXML) as ``MJ_SCHEMA``; ucs, implemented, ivs, svs are characters.

    Raises:
        DefinitionError: No such file, no heading row, a name that is none, a name twice; with the row.
        UnreadableFile: Not a workbook.
    """
    path = Path(path)
    rows, seen = [], set()
    for line, row in _table(path, _MJ_COLUMNS, ("mj", "ucs")):
        name = row["mj"]
        if not re.fullmatch("MJ[0-9]{6}", name) or name in seen:
            raise DefinitionError(f"{path}:{line}", expected="each MJ文字図形名 once", found=name[:20])
        seen.add(name)
        values: dict[str, Any] = {key: row.get(key) or None for key in MJ_SCHEMA}
        for key in ("ucs", "implemented", "ivs", "svs"):
            values[key] = _characters(f"{path}:{line} {key}", row.get(key, ""))
        for key in ("strokes", "radical"):
            values[key] = int(text) if (text := row.get(key, "").removesuffix(".0")).isdecimal() else None
        rows.append(values)
    return pl.DataFrame(rows, schema=MJ_SCHEMA)


def _characters(where: str, text: str) -> str | None:
    if not text:
        return None
    try:
        return read_target(text)[0] or None
    except ValueError as error:
        raise DefinitionError(where, expected="a code point such as U+8FBB or 8FBB_E0102", found=str(error)) from None


def read_shrink_map(path: Path | str) -> pl.DataFrame:
    """MJ縮退マップ (``MJShrinkMap.1.2.0.json``) as ``SHRINK_SCHEMA``: one row per name, table and target.

    Raises:
        DefinitionError: No such file.
        UnreadableFile: Not JSON with ``content``, or an entry of another form.
    """
    path = Path(path)
    try:
        content = json.loads(read_utf8(path))["content"]
        rows = [row for entry in content for row in _shrink_rows(entry)]
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise UnreadableFile(str(path), expected="MJShrinkMap JSON", found=type(error).__name__) from None
    return pl.DataFrame(rows, schema=SHRINK_SCHEMA, orient="row")


def _shrink_rows(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, int | None, int | None]]:
    name = entry["MJ文字図形名"]
    for key, candidates in entry.items():
        if not isinstance(candidates, list):
            continue
        for candidate in candidates:
            table = _table_name(key, candidate)
            target = read_target(str(candidate["UCS"]))[0]
            rank = re.search("[0-9]+", str(candidate.get("順位", "")))
            hops = candidate.get("ホップ数")
            if key == "法務省戸籍法関連通達・通知" and table == KOSEKI and hops is None:
                hops = 1
            place = str(candidate["JIS X 0213"])
            yield name, table, target, place, int(rank[0]) if rank else None, int(hops) if hops is not None else None


def _table_name(key: str, candidate: Mapping[str, Any]) -> str:
    if key.startswith("JIS包摂"):
        return JIS_UCS
    if key == "法務省告示582号別表第四":
        return NOTICE_582_1 if "一" in str(candidate.get("表", "")).removeprefix("別表第四") else NOTICE_582_2
    if key == "法務省戸籍法関連通達・通知":
        kind = str(candidate.get("種別", ""))
        if kind.startswith("民一2842"):
            return MINJI_2842_OTHER if candidate.get("付記") == "別字" else MINJI_2842
        return MINJI_5202 if kind.startswith("民二5202") else KOSEKI
    return key


def read_nta_map(path: Path | str) -> pl.DataFrame:
    """国税庁 JIS縮退マップ (``jissyukutaimap1_0_0.xlsx``) as ``NTA_SCHEMA``: JIS X 0213 → JIS X 0208.

    Columns by their place, below two rows of headings: 面区点, Unicode (``u+9ad9``), 字形, JIS区分; 面区点, Unicode,
    字形 of the one it is written as; four 面区点, four Unicode of a text that it is written as. A character written as
    itself gives no row.

    Raises:
        DefinitionError: No such file, no row of that form, or a code point that is none; with the row.
        UnreadableFile: Not a workbook.
    """
    path = Path(path)
    rows: list[tuple[str, str, str]] = []
    read = 0
    for _, lines in read_sheets(path):
        for number, cells in enumerate(lines, 1):
            cells = [*cells, *[""] * (17 - len(cells))]
            if not re.fullmatch("[12]-[0-9]{1,2}-[0-9]{1,2}", cells[0]) or not cells[1]:
                continue
            read += 1
            char = _nta_text(f"{path}:{number}", cells[1:2])
            target = _nta_text(f"{path}:{number}", cells[5:6]) or _nta_text(f"{path}:{number}", cells[11:15])
            if target and target != char:
                rows.append((char, target, cells[0]))
    if not read:
        raise DefinitionError(str(path), expected="rows such as 1-14-01, u+4ff1 …", found="none",
                              todo="Use jissyukutaimap1_0_0.xlsx of the 国税庁")
    return pl.DataFrame(rows, schema=NTA_SCHEMA, orient="row").unique(maintain_order=True)


def _nta_text(where: str, cells: Sequence[str]) -> str:
    """The characters of cells such as ``u+9ad9`` (``u+304b+309a`` is a letter with its mark)."""
    points = [point for cell in cells for point in re.split(r"[u+_]+", cell.lower()) if point]
    if any(not re.fullmatch("[0-9a-f]{2,6}", point) or int(point, 16) > 0x10FFFF for point in points):
        raise DefinitionError(where, expected="a code point such as u+9ad9", found=" ".join(cells)[:30])
    return "".join(chr(int(point, 16)) for point in points)


def read_substitutes(path: Path | str) -> pl.DataFrame:
    """A 代替マップ as ``SHRINK_SCHEMA`` (table ``代替マップ``): MJ or GJ name → character of JIS X 0213, by heading.

    Raises:
        DefinitionError: No such file, no heading row, or a target that is no character; with the row.
        UnreadableFile: Not a workbook.
    """
    path = Path(path)
    wanted = {"mj": _SOURCE_COLUMNS, "target": _SUBSTITUTE_COLUMNS}
    rows: list[tuple[str, str, str, str, None, None]] = []
    for line, row in _table(path, wanted, ("mj", "target")):
        target = _characters(f"{path}:{line} target", row["target"])
        if target is not None:
            rows.append((row["mj"], SUBSTITUTES, target, "", None, None))
    return pl.DataFrame(rows, schema=SHRINK_SCHEMA, orient="row").unique(maintain_order=True)
