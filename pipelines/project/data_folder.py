"""The data of a project: received generations, 受領票, the city's own figures, runs; never inside a git work tree."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from char_mapping.errors import DefinitionError, UnreadableFile
from pipelines.ledger import remember_location
from pipelines.project.definition import Definition

RECEIPT_NAME = "receipt.csv"
RECEIPT_COLUMNS = ("ファイル名", "件数", "バイト数", "SHA-256", "抽出基準日")
CONTROL_COLUMNS = ("帳票名", "項目", "区分", "値", "基準日", "記入者")


@dataclass(frozen=True, slots=True)
class Receipt:
    """One row of a 受領票: what the city says it handed over (count of data records, size in bytes, SHA-256)."""

    name: str
    records: int
    size: int
    sha256: str
    extracted_on: str


@dataclass(frozen=True, slots=True)
class Control:
    """One figure of the current system (現行帳票の値), with the day it stands for and who wrote it down."""

    form: str
    item: str
    division: str
    value: int
    as_of: str
    written_by: str


def _inside_work_tree(folder: Path) -> bool:
    existing = folder
    while not existing.exists():
        existing = existing.parent
    try:
        answer = subprocess.run(
            ["git", "-C", str(existing), "rev-parse", "--is-inside-work-tree"],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return any((parent / ".git").exists() for parent in (existing, *existing.parents))
    return answer.returncode == 0 and answer.stdout.strip() == "true"


def data_folder(project: Path, definition: Definition) -> Path:
    """The project's data folder, absolute.

    Raises:
        DefinitionError: it lies inside a git work tree (residents' data would be one ``git add`` away from a
        repository).
    """
    folder = (project / definition.project.data_dir).resolve()
    if _inside_work_tree(folder):
        raise DefinitionError(
            f"{project / 'ikou.toml'} project.data_dir",
            expected="a folder outside any git work tree",
            found=str(folder),
            todo="Move the data folder out of the repository and change data_dir",
        )
    # Commands that are given a run and no project find the ledger by this.
    remember_location(folder, definition.project.ledger)
    return folder


def generations(data: Path) -> Sequence[str]:
    """Names of the received generations, oldest first (they sort by name)."""
    exports = data / "exports"
    return sorted(p.name for p in exports.iterdir() if p.is_dir()) if exports.is_dir() else []


def choose_generation(data: Path, rehearsal: int | None) -> str:
    """The generation of rehearsal N (1-based), or the newest one without N.

    Raises:
        UnreadableFile: there is none, or not that many.
    """
    names = generations(data)
    if not names:
        raise UnreadableFile(
            str(data / "exports"),
            expected="a folder per received generation",
            found="none",
            todo="Put the received files under exports/<generation>/<source>/",
        )
    if rehearsal is None:
        return names[-1]
    if not 1 <= rehearsal <= len(names):
        raise UnreadableFile(
            f"--rehearsal {rehearsal}",
            expected=f"1 to {len(names)}",
            found=f"{len(names)} generations",
            todo="Name a rehearsal whose generation has been received",
        )
    return names[rehearsal - 1]


def _rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DefinitionError(
            str(path),
            expected="UTF-8",
            found="bytes that are not UTF-8",
            todo="Save the sheet as CSV UTF-8",
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    if header != list(columns):
        raise DefinitionError(
            f"{path}:1", expected=",".join(columns), found=",".join(header), todo="Write the header line as expected"
        )
    rows: list[tuple[int, dict[str, str]]] = []
    for cells in reader:
        if len(cells) != len(columns):
            raise DefinitionError(
                f"{path}:{reader.line_num}",
                expected=f"{len(columns)} cells",
                found=str(len(cells)),
                todo="Write a comma for every cell, also for an empty one",
            )
        rows.append((reader.line_num, dict(zip(columns, cells, strict=True))))
    return rows


def _number(path: Path, line: int, column: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise DefinitionError(
            f"{path}:{line} {column}",
            expected="a whole number in half-width digits",
            found=text,
            todo="Correct the sheet with the person who wrote it",
        )
    return int(text)


def read_receipt(folder: Path) -> Sequence[Receipt]:
    """The 受領票 of one source in one generation.

    Raises:
        UnreadableFile: there is none.
        DefinitionError: a column is missing or a number is not one.
    """
    path = folder / RECEIPT_NAME
    if not path.is_file():
        raise UnreadableFile(
            str(path),
            expected="the 受領票 of this delivery",
            found="no such file",
            todo="Ask for it, or write it from the delivery note (件数, バイト数, SHA-256)",
        )
    return [
        Receipt(
            row["ファイル名"],
            _number(path, line, "件数", row["件数"]),
            _number(path, line, "バイト数", row["バイト数"]),
            row["SHA-256"].lower(),
            row["抽出基準日"],
        )
        for line, row in _rows(path, RECEIPT_COLUMNS)
    ]


def read_controls(data: Path, generation: str, area_id: str) -> Sequence[Control]:
    """The city's own figures for one area; empty when it supplied none (the report then says 未実施).

    Raises:
        DefinitionError: a column is missing or a value is not a number.
    """
    path = data / "controls" / generation / f"{area_id}.csv"
    if not path.is_file():
        return []
    return [
        Control(
            row["帳票名"], row["項目"], row["区分"], _number(path, line, "値", row["値"]), row["基準日"], row["記入者"]
        )
        for line, row in _rows(path, CONTROL_COLUMNS)
    ]
