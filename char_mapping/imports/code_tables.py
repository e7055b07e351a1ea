"""Code tables in the forms they travel in: jef4j JSON, HULFT 外字 text, CSV.

Sources of the forms: the README of jef4j (its mapping files are CC0; the user supplies them), the HULFT manual of
``utlgtfextdV`` (two columns of hexadecimal codes, ``*`` and ``#`` begin comments).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from char_mapping.errors import DefinitionError, UnreadableFile
from char_mapping.imports.incoming import (
    IncomingRow,
    IncomingTable,
    RefusedRow,
    host_code,
    read_target,
    read_utf8,
    table_of,
)

CODE_COLUMNS = ("code", "source_code", "コード", "外字コード", "文字コード", "原コード")
TARGET_COLUMNS = (
    "target", "char", "mj", "unicode", "変換先", "文字", "MJ文字図形名", "文字図形名", "UCS", "対応するUCS",
)
EVIDENCE_COLUMNS = ("evidence", "根拠", "備考")


# --- jef4j


def read_jef4j(path: Path | str) -> IncomingTable:
    """A jef4j mapping file (JEF, KEIS, JIPS): 拡張漢字 with their selectors (``hd``), kana with their marks (``sp``).

    Rows that only write (``encode_only``), that have no character (``unmappable``, U+FFFD), and the compatibility
    ideograph beside a sequence (``cjk_ci``) are refused with that reason.

    Raises:
        DefinitionError: No such file.
        UnreadableFile: Not a JSON list of objects with ``code`` and ``unicode``.
    """
    path = Path(path)
    try:
        entries = json.loads(read_utf8(path))
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"{path}:{error.lineno}", expected="JSON", found=error.msg) from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and "code" in entry for entry in entries):
        raise UnreadableFile(str(path), expected="a list of objects with code and unicode")
    rows: list[IncomingRow] = []
    refused: list[RefusedRow] = []
    sequences = {entry["code"] for entry in entries if "hd" in entry}
    for number, entry in enumerate(entries, 1):
        where = f"entry {number}"
        reason = _why_not(entry, sequences)
        code = host_code(str(entry["code"]))
        if code is None:
            reason = "not a two-byte code"
        if reason or code is None:
            refused.append(RefusedRow(str(entry["code"]), reason, where))
            continue
        points = [*str(entry["unicode"]).split("_"), *(str(entry[key]) for key in ("sp", "hd") if key in entry)]
        try:
            char, mj = read_target("_".join(points) if len(points) < 3 else "".join(chr(int(p, 16)) for p in points))
        except ValueError as error:
            refused.append(RefusedRow(str(entry["code"]), str(error), where))
            continue
        options = " ".join(entry.get("options", ()))
        rows.append(IncomingRow(code, char, mj, f"{path.name} {options}".rstrip(), where))
    return table_of(path.name, rows, refused)


def _why_not(entry: Mapping[str, Any], sequences: set[str]) -> str:
    options = set(entry.get("options", ()))
    if "encode_only" in options:
        return "encode_only"
    if "unmappable" in options or entry.get("unicode") in (None, "FFFD"):
        return "unmappable"
    if "cjk_ci" in options and entry["code"] in sequences:
        return "compatibility ideograph beside a sequence"
    return ""


# --- HULFT


def read_hulft(path: Path | str, *, target_charset: str = "utf-8") -> IncomingTable:
    """A HULFT or DataMagic 外字 text: ``0X8754   0XE285A0``, the target's bytes in ``target_charset``.

    Raises:
        DefinitionError: No such file, or a line that is not two hexadecimal codes, with its number.
    """
    path = Path(path)
    rows: list[IncomingRow] = []
    refused: list[RefusedRow] = []
    for number, line in enumerate(read_utf8(path).splitlines(), 1):
        words = line.split()
        if not words or words[0][0] in "*#":
            continue
        code = host_code(words[0])
        target = words[1].lower().removeprefix("0x") if len(words) > 1 else ""
        if code is None or not target or len(target) % 2 or any(digit not in "0123456789abcdef" for digit in target):
            raise DefinitionError(
                f"{path}:{number}", expected="two hexadecimal codes such as 0X8754 0XE285A0", found=line.strip()[:40]
            )
        try:
            text = bytes.fromhex(target).decode(target_charset)
        except UnicodeDecodeError:
            reason = f"{target.upper()} is no character of {target_charset}"
            refused.append(RefusedRow(f"{code:04X}", reason, f"line {number}"))
            continue
        _take(rows, refused, code, text, path.name, f"line {number}")
    return table_of(path.name, rows, refused)


# --- CSV


def read_code_csv(path: Path | str) -> IncomingTable:
    """A CSV with one column of codes and one of targets (MJ, GJ, U+, or the character); further columns are optional.

    Columns are found by name: ``CODE_COLUMNS``, ``TARGET_COLUMNS`` (the first of them that the row fills), and
    ``EVIDENCE_COLUMNS``.

    Raises:
        DefinitionError: No such file, no such column, or a code that is not two bytes, with its line.
    """
    path = Path(path)
    reader = csv.DictReader(io.StringIO(read_utf8(path), newline=""))
    header = [name.strip() for name in reader.fieldnames or ()]
    code_column = next((name for name in CODE_COLUMNS if name in header), "")
    targets = [name for name in TARGET_COLUMNS if name in header]
    if not code_column or not targets:
        raise DefinitionError(
            f"{path}:1", expected=f"a column of {', '.join(CODE_COLUMNS)} and one of {', '.join(TARGET_COLUMNS)}",
            found=", ".join(header) or "nothing", todo="Name the columns so",
        )
    rows: list[IncomingRow] = []
    refused: list[RefusedRow] = []
    for row in reader:
        line = reader.line_num
        code = host_code(row.get(code_column) or "")
        if code is None:
            found = (row.get(code_column) or "nothing")[:20]
            raise DefinitionError(f"{path}:{line} {code_column}", expected="four hexadecimal digits", found=found)
        target = _first_filled(row, targets)
        evidence = _first_filled(row, EVIDENCE_COLUMNS) or path.name
        _take(rows, refused, code, target, evidence, f"line {line}")
    return table_of(path.name, rows, refused)


def _first_filled(row: Mapping[str, str | None], columns: Sequence[str]) -> str:
    return next((text for name in columns if (text := (row.get(name) or "").strip())), "")


def _take(
    rows: list[IncomingRow], refused: list[RefusedRow], code: int, target: str, evidence: str, where: str
) -> None:
    try:
        char, mj = read_target(target)
    except ValueError as error:
        refused.append(RefusedRow(f"{code:04X}", str(error), where))
    else:
        rows.append(IncomingRow(code, char, mj, evidence, where))
