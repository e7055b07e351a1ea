"""COBOL record descriptions: text of a copybook → tree of items with offsets, and the elementary fields of each record.

Names stay as written (Japanese names too); what two compilers do differently comes from dialects.toml. A clause this
parser does not know is a DefinitionError with its line and column, never a skipped field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from char_mapping.errors import DefinitionError
from layouts.records.copybook_clauses import Condition, SignPlace, clause_error, fold_name
from layouts.records.copybook_layout import Codec, Field, Item, Record, Rename, Shift, TextKind, record_of
from layouts.records.copybook_source import (
    Members,
    Replacement,
    SourceFormat,
    apply_replacing,
    expand_copies,
    tokenize,
)
from layouts.records.copybook_storage import EntryTree
from layouts.records.dialects import Dialect, load_dialect

__all__ = [
    "Codec", "Condition", "Copybook", "Field", "Item", "Record", "Rename", "Shift", "SignPlace", "TextKind",
    "parse_copybook", "read_copybook",
]


@dataclass(frozen=True)
class Copybook:
    """A parsed copybook: its level-01 records in order."""

    name: str
    dialect: Dialect
    records: tuple[Record, ...]

    def record(self, name: str | None = None) -> Record:
        """The level 01 of that name, or the only one.

        Raises:
            DefinitionError: No such record, or several and no name given.
        """
        names = [r.name for r in self.records]
        if name is None and len(self.records) == 1:
            return self.records[0]
        for record in self.records:
            if name is not None and fold_name(record.name) == fold_name(name):
                return record
        raise DefinitionError(self.name, expected=f"one of the records {', '.join(names)}", found=name or "no name")

    def flat(self, record: str | None = None, *, filler: bool = False) -> tuple[Field, ...]:
        """Elementary fields of one record, or of all records in order."""
        if record is not None:
            return self.record(record).fields(filler=filler)
        return tuple(f for r in self.records for f in r.fields(filler=filler))


def parse_copybook(
    text: str,
    *,
    name: str,
    dialect: str = "ibm",
    source_format: SourceFormat = "auto",
    members: Members | None = None,
    replacing: Mapping[str, str] | None = None,
) -> Copybook:
    """Parse the text of a copybook.

    Args:
        text: Source text, already decoded; line ends of any kind.
        name: File name for messages, and of the record where no level 01 stands.
        dialect: A table of dialects.toml.
        source_format: ``fixed`` (columns 7–72, counted in bytes of the host), ``free``, or ``auto``.
        members: Texts of COPY members by name, or a function that finds them.
        replacing: Pseudo-text to replace, as a COPY … REPLACING around the whole text would.

    Returns:
        The copybook; every level 01 and 77 is a record.

    Raises:
        DefinitionError: Unknown or contradictory clause, with ``file:line:column``.
    """
    rules = load_dialect(dialect)
    tokens = expand_copies(tokenize(text, name, source_format), members, source_format)
    if replacing:
        pairs = [
            Replacement(
                tuple(t.text for t in tokenize(old, name, "free")), tuple(t.text for t in tokenize(new, name, "free")),
                "inner" if re.fullmatch(r":[^:]+:|\([^()]+\)", old) else "whole",
            )
            for old, new in replacing.items()
        ]
        tokens = apply_replacing(tokens, pairs)
    tree = EntryTree(name, rules)
    records: list[Record] = []
    roots = tree.roots(tokens)
    for entry, renames in roots:
        if entry.redefines is not None and fold_name(entry.redefines.text) not in {fold_name(r.name) for r in records}:
            raise clause_error(entry.redefines, "a record before this one", entry.redefines.text)
        records.append(record_of(tree.place(entry, 0, ""), rules, name, renames))
    return Copybook(name, rules, tuple(records))


def read_copybook(
    path: Path,
    *,
    dialect: str = "ibm",
    source_format: SourceFormat = "auto",
    replacing: Mapping[str, str] | None = None,
) -> Copybook:
    """Parse a copybook file (UTF-8 or CP932, told apart by its bytes); COPY members are sought beside it.

    Raises:
        DefinitionError: The file is not there or in neither encoding, or any error of :func:`parse_copybook`.
    """

    def member(wanted: str) -> str | None:
        for candidate in (wanted, f"{wanted}.cpy", f"{wanted}.cbl", f"{wanted}.cob", f"{wanted}.CPY"):
            beside = path.parent / candidate
            if beside.is_file():
                return _source_text(beside)
        return None

    return parse_copybook(
        _source_text(path), name=path.name, dialect=dialect, source_format=source_format, members=member,
        replacing=replacing,
    )


def _source_text(path: Path) -> str:
    if not path.is_file():
        raise DefinitionError(str(path), expected="a copybook", found="no such file")
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding).replace("\x1a", "")
        except UnicodeDecodeError:
            continue
    raise DefinitionError(str(path), expected="a copybook in UTF-8 or CP932", found="neither", todo="Convert the file.")
