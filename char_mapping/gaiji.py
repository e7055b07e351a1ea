"""外字対応表: what the user-defined codes of one source (one ward, one system) mean.

The same code is another glyph in another system or ward (MOJ-019), so a table belongs to the source definition that
names it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from char_mapping.errors import DefinitionError

NOTES = ("radical", "strokes", "reading")
"""Further columns a table may have, out of the city's 外字台帳: they help to identify a code and decide nothing."""

COLUMNS = ("code", "char", "mj", "class", "evidence", "decided_on")
CLASSES = ("字形一致", "デザイン差", "類似", "該当なし", "")


@dataclass(frozen=True, slots=True)
class GaijiDecision:
    """One row: ``char`` is empty while undecided; a base character with its variation selector counts as one.

    ``radical`` (康熙部首, 1 to 214), ``strokes`` and ``reading`` are the city's own notes; 0 and "" where it has none.
    """

    code: int
    char: str
    mj: str
    identified_as: str
    evidence: str
    decided_on: str
    line: int
    radical: int = 0
    strokes: int = 0
    reading: str = ""


@dataclass(frozen=True)
class GaijiTable:
    """The decisions of one table by code; ``name`` is the file name, shown in messages and the character audit."""

    name: str
    decisions: Mapping[int, GaijiDecision] = field(default_factory=dict)

    def decided(self) -> dict[int, str]:
        """Code → character of every decided row."""
        return {code: row.char for code, row in self.decisions.items() if row.char}


def is_one_character(text: str) -> bool:
    """One base character, perhaps followed by one variation selector (FE00 to FE0F, E0100 to E01EF) or kana mark."""
    if len(text) == 1:
        return not _joins(text)
    return len(text) == 2 and not _joins(text[0]) and _joins(text[1])


def _joins(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef" or char in "\u3099\u309a"


def load_gaiji_table(path: Path | str) -> GaijiTable:
    """Read a 外字対応表: UTF-8 CSV, columns code, char, mj, class, evidence, decided_on and perhaps those of ``NOTES``.

    Raises:
        DefinitionError: Missing file or column, a code that is not four hexadecimal digits, a code that stands twice,
            more than one character in ``char``, an unknown class; with file and line.
    """
    path = Path(path)
    if not path.is_file():
        raise DefinitionError(str(path), expected="a 外字対応表 (CSV)", found="no file", todo="Correct its path")
    decisions: dict[int, GaijiDecision] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DefinitionError(str(path), expected="UTF-8", found="other bytes", todo="Save it as UTF-8") from None
    with io.StringIO(text, newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS[:2] if name not in (reader.fieldnames or ())]
        if missing:
            raise DefinitionError(f"{path}:1", expected=f"columns {', '.join(COLUMNS)}", found=f"no {missing[0]}")
        for row in reader:
            decision = _decision(f"{path}:{reader.line_num}", reader.line_num, row)
            if decision.code in decisions:
                first = decisions[decision.code].line
                raise DefinitionError(
                    f"{path}:{reader.line_num}", expected="each code once",
                    found=f"{decision.code:04X} again (first in line {first})", todo="Keep one of the two rows",
                )
            decisions[decision.code] = decision
    return GaijiTable(path.name, decisions)


def _decision(where: str, line: int, row: Mapping[str, str | None]) -> GaijiDecision:
    values = {name: (row.get(name) or "").strip() for name in COLUMNS}
    code, char = values["code"].upper(), values["char"]
    if len(code) != 4 or any(c not in "0123456789ABCDEF" for c in code):
        raise DefinitionError(where, expected="a code of four hexadecimal digits", found=code or "nothing")
    if char and not is_one_character(char):
        found = f"{len(char)} code points"
        raise DefinitionError(where, expected="one character (with its variation selector)", found=found)
    if values["class"] not in CLASSES:
        raise DefinitionError(where, expected=f"class of {'/'.join(CLASSES[:-1])}", found=values["class"])
    notes = {name: (row.get(name) or "").strip() for name in NOTES}
    for name in ("radical", "strokes"):
        if notes[name] and not (notes[name].isascii() and notes[name].isdecimal()):
            raise DefinitionError(f"{where} {name}", expected="a number or nothing", found=notes[name])
    return GaijiDecision(
        int(code, 16), char, values["mj"], values["class"], values["evidence"], values["decided_on"], line,
        int(notes["radical"] or 0), int(notes["strokes"] or 0), notes["reading"],
    )


def gaiji_csv(table: GaijiTable) -> str:
    """The table as the text of its file, by code; :func:`load_gaiji_table` reads it back the same."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    noted = any(row.radical or row.strokes or row.reading for row in table.decisions.values())
    writer.writerow((*COLUMNS, *NOTES) if noted else COLUMNS)
    for code, row in sorted(table.decisions.items()):
        notes = (row.radical or "", row.strokes or "", row.reading) if noted else ()
        writer.writerow((f"{code:04X}", row.char, row.mj, row.identified_as, row.evidence, row.decided_on, *notes))
    return out.getvalue()
