"""What a plan must hold, whether a source definition or the options of a command made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from char_mapping.code_systems import CodeSystem
from char_mapping.errors import DefinitionError
from layouts.records.copybook import Copybook
from layouts.records.framing import FRAMING_KINDS, FramingKind

if TYPE_CHECKING:
    from layouts.records.plans import DecodingPlan

UNICODE_FORMATS = frozenset({"xlsx", "parquet", "sqlite"})
"""Formats that hold Unicode already: their code system is utf-8, whatever made them."""


def data_record(copybook: Copybook, apart: set[str]) -> str:
    """The only level 01 that is not ``apart`` (header, trailer, other types).

    Raises:
        DefinitionError: None or several are left.
    """
    left = [r.name for r in copybook.records if r.name not in apart]
    if len(left) != 1:
        raise DefinitionError(
            copybook.name, expected="one level 01 for the data records", found=", ".join(left) or "none",
            todo="Name it: format: {record: …} in source.yml, or --record.",
        )
    return left[0]


def longest_record(copybook: Copybook, names: Iterable[str]) -> int:
    """Bytes of the longest of some level 01 (``""`` is none): the records of one fixed file all have its length.

    Raises:
        DefinitionError: The copybook has no such level 01.
    """
    return max(copybook.record(name).length for name in names if name)


def newline_bytes(newline: str | None, *, ascii_machine: bool) -> bytes:
    """Bytes of a line end: LF, CRLF, CR, NEL or hexadecimal; by default LF (with or without CR), X'15' on EBCDIC hosts.

    Raises:
        DefinitionError: None of these.
    """
    named = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r", "NEL": b"\x15"}
    if newline is None:
        return b"\n" if ascii_machine else b"\x15"
    if newline.upper() in named:
        return named[newline.upper()]
    try:
        mark = bytes.fromhex(newline)
    except ValueError:
        mark = b""
    if len(mark) not in (1, 2):
        raise DefinitionError("format newline", expected="LF, CRLF, CR, NEL or one or two bytes in hex", found=newline)
    return mark


def framing_kind(kind: str) -> FramingKind:
    """A format's kind as that of a framing.

    Raises:
        DefinitionError: It is none.
    """
    found = next((known for known in FRAMING_KINDS if known == kind), None)
    if found is None:
        raise DefinitionError("format kind", expected=", ".join((*FRAMING_KINDS, "csv", *sorted(UNICODE_FORMATS))),
                              found=kind)
    return found


def check_not_delimited(system: CodeSystem, where: str) -> None:
    """Records of a host are not in UTF-32.

    Raises:
        DefinitionError: They are said to be, with ``where``.
    """
    if system.profile.structure.startswith("utf-32"):
        raise DefinitionError(
            where, expected="another code system: UTF-32 is read in csv alone, no host writes records in it",
            found=system.id, todo="Correct the code system, or say kind: csv",
        )


def check_unicode(system: CodeSystem, where: str) -> None:
    """Workbooks, Parquet and SQLite hold Unicode.

    Raises:
        DefinitionError: Another code system is named, with ``where``.
    """
    if system.profile.structure != "utf-8":
        raise DefinitionError(where, expected="utf-8: these files hold Unicode", found=system.id)


def check_no_bytes(wanted: tuple[str, ...], kind: str, where: str) -> None:
    """No bytes are wanted of a file whose cells have none.

    Raises:
        DefinitionError: They are, with ``where``.
    """
    if wanted:
        raise DefinitionError(
            where, expected="records of a copybook, or csv", found=f"{kind}, whose cells have no bytes of their own",
            todo="Leave it out.",
        )


def check_segments(plan: DecodingPlan, where: str) -> None:
    """Every level 01, record type item and parent item that a plan names is there.

    Raises:
        DefinitionError: One is not, with ``where``.
    """
    assert plan.copybook is not None
    everywhere = {f.name for f in plan.copybook.flat()}
    missing = [name for name in plan.record_type_items if name not in everywhere]
    for parent in plan.parents:
        names = {f.name for f in plan.copybook.record(parent.record).fields()}
        missing += [f"{parent.record}.{item}" for item in parent.items if item not in names]
    for name in plan.record_type_values.values():
        plan.copybook.record(name)
    if missing:
        raise DefinitionError(where, expected=f"items of {plan.copybook.name}", found=", ".join(missing),
                              todo="Correct record_type or parents.")
    untold = [p.record for p in plan.parents if p.record not in plan.record_type_values.values()]
    if untold or (plan.parents and plan.record not in plan.record_type_values.values()):
        raise DefinitionError(
            where, expected="record_type values for the data records and each of their parents",
            found=f"none for {', '.join(untold) or plan.record}",
            todo="Add them: format: {record_type: {item, values}}.",
        )
