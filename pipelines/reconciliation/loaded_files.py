"""The files a city's new system gives back after loading, as they lie below ``loaded/``.

``<area>/<group>.csv`` is the re-extract of a standard group (UTF-8, the standard's item names in the first line);
``<area>/load_errors.csv`` names what was refused; ``<area>/forms.csv``, ``<area>/recalculation.csv`` and
``<area>/counterpart.csv`` are compared where they are supplied; ``classification.csv`` says what a difference is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from char_mapping.errors import DefinitionError, UnreadableFile

LOAD_ERRORS = "load_errors.csv"
FORMS = "forms.csv"
RECALCULATION = "recalculation.csv"
COUNTERPART = "counterpart.csv"
CLASSIFICATION = "classification.csv"

ERROR_COLUMNS = ("グループ", "キー", "項目", "理由")
FORM_COLUMNS = ("帳票名", "キー", "項目", "旧値", "新値", "理由")
RECALCULATION_COLUMNS = ("計算名", "キー", "項目", "旧額", "新額", "理由")
COUNTERPART_COLUMNS = ("相手", "宛名番号", "項目", "値")
CLASSIFICATION_COLUMNS = ("業務", "グループ", "項目", "種別", "キー", "分類", "理由", "判定者", "判定日")

CLASSES = {"A": "源泉不備", "B": "変換規則", "C": "仕様差", "D": "取込", "E": "許容"}
"""差異分類 (RCN-010). B and D are ours to repair: they are classified and stay missed until they are gone."""


@dataclass(frozen=True, slots=True)
class Classified:
    """One line of ``classification.csv``: which differences it speaks of ("" = any), and what they are."""

    area: str
    group: str
    item: str
    kind: str
    key: str
    letter: str
    reason: str
    by: str
    on: str


def read_table(path: Path, columns: Sequence[str]) -> pl.DataFrame | None:
    """A small CSV with exactly these columns, all text; None when it was not supplied.

    Raises:
        DefinitionError: another header or number of cells, or not UTF-8; with line.
    """
    if not path.is_file():
        return None
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    header = next(reader, [])
    if header != list(columns):
        raise DefinitionError(
            f"{path}:1", expected=",".join(columns), found=",".join(header), todo="Write the header line as expected"
        )
    rows = []
    for cells in reader:
        if len(cells) != len(columns):
            raise DefinitionError(
                f"{path}:{reader.line_num}", expected=f"{len(columns)} cells", found=str(len(cells)),
                todo="Write a comma for every cell, also for an empty one",
            )
        rows.append(cells)
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def read_classification(folder: Path) -> tuple[Classified, ...]:
    """What the city and the vendor agreed the differences are, first match first; nothing without a file.

    Raises:
        DefinitionError: a class that is none of A to E, a line without reason or without who judged; with line.
    """
    path = folder / CLASSIFICATION
    table = read_table(path, CLASSIFICATION_COLUMNS)
    if table is None:
        return ()
    found = []
    for line, cells in enumerate(table.rows(), 2):
        one = Classified(*cells)
        if one.letter not in CLASSES or not one.reason or not one.by:
            raise DefinitionError(
                f"{path}:{line}", expected="分類 A to E, 理由 and 判定者",
                found=f"分類 {one.letter or '(blank)'}, 理由 {'given' if one.reason else '(blank)'}, "
                f"判定者 {'given' if one.by else '(blank)'}",
                todo="A difference is classified by somebody, with a reason",
            )
        found.append(one)
    return tuple(found)


def header_of(path: Path) -> tuple[str, ...]:
    """The item names of a re-extract.

    Raises:
        UnreadableFile: no line, a name twice, or not UTF-8.
    """
    with path.open("rb") as stream:
        first = stream.readline()
    try:
        names = tuple(next(csv.reader([first.decode("utf-8-sig")]), []))
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    if not names or len(set(names)) != len(names):
        raise UnreadableFile(
            f"{path}:1", expected="the standard's item names, each once", found=f"{len(names)} cells",
            todo="Extract with the names of the 基本データリスト in the first line",
        )
    return names


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _not_utf8(path) from None


def _not_utf8(path: Path) -> UnreadableFile:
    return UnreadableFile(str(path), expected="UTF-8", found="bytes that are not UTF-8", todo="Extract as CSV UTF-8")
