"""How a received file is read, as options of the command line: declared once for every command that reads one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Literal, ParamSpec, TypeVar, get_type_hints

import typer

from pipelines.cli.options import (
    CopybookOption,
    DialectOption,
    FramingOption,
    HeaderOption,
    RecordOption,
    TrailerOption,
)

if TYPE_CHECKING:
    from layouts.records.option_plans import PlanOptions

GlyphPolicy = Literal["glyph", "area", "undecided"]
OdoReading = Literal["shifted", "reserved", "padded"]
Endian = Literal["big", "little"]

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """The options as they were given; :meth:`for_plans` is what the readers take."""

    charset: Annotated[
        str, typer.Option("--charset", help="Profile of `ikou chars profiles`: jef, ibm930, cp932 …")
    ] = ""
    copybook: CopybookOption = None
    source: Annotated[
        Path | None, typer.Option("--source", help="Folder with source.yml: read as it says.", metavar="DIR")
    ] = None
    framing: FramingOption = "fixed"
    gaiji: Annotated[Path | None, typer.Option("--gaiji", help="外字対応表 (CSV) of this file.")] = None
    glyph_policy: Annotated[
        GlyphPolicy, typer.Option("--glyph-policy", help="Reading of codes that JIS moved.")
    ] = "undecided"
    dialect: DialectOption = "ibm"
    record: RecordOption = ""
    header: HeaderOption = ""
    trailer: TrailerOption = ""
    odo: Annotated[OdoReading, typer.Option("--odo", help="How OCCURS DEPENDING ON was written.")] = "shifted"
    endian: Annotated[Endian, typer.Option("--endian", help="Byte order of RDW lengths and binary items.")] = "big"
    length_includes_header: Annotated[
        bool, typer.Option("--length-includes-header/--length-excludes-header", help="Whether an RDW counts itself.")
    ] = True
    length_item: Annotated[str, typer.Option("--length-item", help="Item with the record's length (variable).")] = ""
    length_adjustment: Annotated[
        int, typer.Option("--length-adjustment", help="Bytes to add to the length it states.")
    ] = 0
    length_place: Annotated[
        str, typer.Option("--length-place", help="In the header of a record: bytes, where, size.", metavar="4:0:2")
    ] = "4:0:2"
    newline: Annotated[str | None, typer.Option("--newline", help="LF, CRLF, CR, NEL or hex (lines).")] = None
    delimiter: Annotated[str, typer.Option("--delimiter", help="Between cells of csv; a tab is '\\t'.")] = ","
    skip_lines: Annotated[int, typer.Option("--skip-lines", min=0, help="Lines above the header (csv, xlsx).")] = 0
    record_type: Annotated[
        str,
        typer.Option("--record-type", help="Items that tell record types apart, with commas between.", metavar="ITEMS"),
    ] = ""
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help="Value (several: with / between) and its 01 level; repeat.", metavar="VALUE=RECORD"
        ),
    ] = None
    parents: Annotated[
        list[str] | None,
        typer.Option(
            "--parent", help="Record above others, and its items that they take over; outermost first.",
            metavar="RECORD:ITEMS",
        ),
    ] = None
    sheet: Annotated[str, typer.Option("--sheet", help="Sheet of a workbook with several.")] = ""
    query: Annotated[str, typer.Option("--query", help="SELECT of a database; without: its only table.")] = ""

    def for_plans(self, raw_bytes: tuple[str, ...] = ()) -> PlanOptions:
        """The options as the readers take them, all but copybook, charset and source; with the items whose bytes are
        kept.

        Raises:
            typer.BadParameter: A place, type or parent that is not written as its option says.
        """
        from layouts.records.plans import ParentSegment

        pairs = [one.rpartition("=") for one in self.types or ()]
        chain = [one.partition(":") for one in self.parents or ()]
        if any(not value or not record for value, _, record in pairs):
            raise typer.BadParameter("write --type VALUE=RECORD")
        if any(not record or not names for record, _, names in chain):
            raise typer.BadParameter("write --parent RECORD:ITEM,ITEM")
        return {
            "framing": self.framing,
            "gaiji": self.gaiji,
            "glyph_policy": self.glyph_policy,
            "dialect": self.dialect,
            "record": self.record,
            "header": self.header,
            "trailer": self.trailer,
            "odo": self.odo,
            "endian": self.endian,
            "length_includes_header": self.length_includes_header,
            "length_item": self.length_item,
            "length_adjustment": self.length_adjustment,
            "length_place": _length_place(self.length_place),
            "newline": self.newline,
            "delimiter": self.delimiter.replace("\\t", "\t"),
            "skip_lines": self.skip_lines,
            "record_type": tuple(self.record_type.split(",")) if self.record_type else (),
            "types": {value: record for value, _, record in pairs},
            "parents": tuple(ParentSegment(record, tuple(names.split(","))) for record, _, names in chain),
            "sheet": self.sheet,
            "query": self.query,
            "raw_bytes": raw_bytes,
        }


def _length_place(text: str) -> tuple[int, int, int]:
    """Bytes of the header before a record, where in it the length begins, and its size."""
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise typer.BadParameter("write --length-place BYTES:AT:SIZE, as 4:0:2")
    whole, at, size = (int(part) for part in parts)
    if at + size > whole or not 1 <= size <= 8:
        raise typer.BadParameter("--length-place: the length lies outside its header")
    return whole, at, size


def with_file_options(command: Callable[Concatenate[FileOptions, P], R]) -> Callable[..., R]:
    """``command`` as typer shall see it: its first parameter becomes one parameter a field of FileOptions, by name.

    They stand behind the arguments of ``command`` and before its own options.
    """
    hints = get_type_hints(FileOptions, include_extras=True)
    read = [
        inspect.Parameter(
            each.name, inspect.Parameter.KEYWORD_ONLY, annotation=hints[each.name],
            default=inspect.Parameter.empty if each.default is MISSING else each.default,
        )
        for each in fields(FileOptions)
    ]
    _, *own = inspect.signature(command, eval_str=True).parameters.values()

    def run(**values: Any) -> R:
        options = FileOptions(**{each.name: values.pop(each.name) for each in read})
        return command(options, **values)  # type: ignore[call-arg]

    named = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    needed = [each for each in named if each.default is inspect.Parameter.empty]
    run.__name__, run.__doc__, run.__annotations__ = command.__name__, command.__doc__, {}
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*needed, *read, *(each for each in named if each not in needed)]
    )
    return run
