"""Everything a reader must know of one file, from a source definition or from the options of ``ikou convert``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from char_mapping.code_systems import CodeSystem, load_code_system
from char_mapping.errors import DefinitionError
from char_mapping.gaiji import load_gaiji_table
from char_mapping.profiles import list_profiles
from layouts.records.copybook import Copybook, Field, Record, read_copybook
from layouts.records.dialects import Dialect
from layouts.records.framing import Framing

if TYPE_CHECKING:
    # A plan from options (ikou peek) needs no source definition; pydantic would take half of its second.
    from layouts.sources import SourceDefinition

ASCII_BLANK = 0x20
OdoReading = Literal["shifted", "reserved", "padded"]


@dataclass(frozen=True, slots=True)
class CsvShape:
    """Dialect of a delimited file; ``header``: the first line after ``skip_lines`` names the columns."""

    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    skip_lines: int = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecodingPlan:
    """How to read one file.

    ``record`` is the level 01 of the table, ``header`` and ``trailer`` those of the first and last record; with
    ``record_type`` (item, value → level 01) every record says itself what it is. Records whose ``key`` items are empty
    or do not decode are isolated. ``odo``: where the fields after an OCCURS DEPENDING ON stand: ``shifted`` up to the
    last occurrence there is, ``reserved`` behind room for the maximum, ``padded`` shifted in records of one length.
    ``unread`` names fields that become no column: the views of a REDEFINES that the source definition does not name.
    """

    system: CodeSystem
    framing: Framing | None = None
    copybook: Copybook | None = None
    record: str = ""
    header: str = ""
    trailer: str = ""
    record_type_item: str = ""
    record_type_values: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    odo: OdoReading = "shifted"
    csv: CsvShape | None = None
    unread: frozenset[str] = frozenset()

    @property
    def ascii_machine(self) -> bool:
        """Whether digits of zoned numbers are 30–39 (ASCII) and not F0–F9 (EBCDIC)."""
        return self.system.blank == ASCII_BLANK

    @property
    def dialect(self) -> Dialect:
        """The compiler of the copybook."""
        if self.copybook is None:
            raise DefinitionError("format", expected="a copybook", found="none")
        return self.copybook.dialect

    @property
    def layout(self) -> Record:
        """The record of the table.

        Raises:
            DefinitionError: The plan is of a delimited file, or the copybook lacks the record.
        """
        if self.copybook is None:
            raise DefinitionError("format", expected="a copybook", found="none")
        return self.copybook.record(self.record or None)

    def fields(self) -> tuple[Field, ...]:
        """Fields that become columns."""
        return tuple(f for f in self.layout.fields() if f.name not in self.unread)


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


def plan_of_options(
    copybook: Path | None,
    charset: str,
    *,
    framing: Literal["fixed", "rdw", "bdw", "vbs", "lines", "csv"] = "fixed",
    gaiji: Path | None = None,
    glyph_policy: Literal["glyph", "area", "undecided"] = "undecided",
    dialect: str = "ibm",
    record: str = "",
    header: str = "",
    trailer: str = "",
    odo: OdoReading = "shifted",
    endian: Literal["big", "little"] = "big",
    length_includes_header: bool = True,
    newline: str | None = None,
    delimiter: str = ",",
) -> DecodingPlan:
    """The plan for one file from the options of ``ikou peek`` and ``ikou convert``, without a source definition.

    Raises:
        DefinitionError: Unknown profile, a wrong copybook, or several level 01 and none named.
    """
    system = load_code_system(
        charset, glyph_policy=None if glyph_policy == "undecided" else glyph_policy,
        gaiji=load_gaiji_table(gaiji) if gaiji else None,
    )
    if framing == "csv":
        return DecodingPlan(system, csv=CsvShape(delimiter))
    if copybook is None:
        raise DefinitionError("--copybook", expected=f"a copybook for {framing} records", found="none")
    book = read_copybook(copybook, dialect=dialect)
    name = record or data_record(book, {header, trailer})
    length = longest_record(book, (name, header, trailer))
    mark = newline_bytes(newline, ascii_machine=system.blank == ASCII_BLANK) if framing == "lines" else b""
    return DecodingPlan(
        system, Framing(framing, length, endian, length_includes_header, 0, mark), book, name, header, trailer, odo=odo
    )


def plan_of_source(source: SourceDefinition, path: Path) -> DecodingPlan:
    """The plan for one file of a source; the file's name decides which 外字対応表 applies.

    Items that redefine others are read where the source definition names them, and only there: the same bytes rarely
    make sense in both views.

    Raises:
        DefinitionError: The definition contradicts the copybook, or a table it names is wrong.
    """
    from layouts.sources import item_of_column

    gaiji_path = source.gaiji_table_of(path.name)
    root = source.directory.parent.parent
    system = load_code_system(
        source.code_system,
        glyph_policy=None if source.glyph_policy == "undecided" else source.glyph_policy,
        gaiji=load_gaiji_table(root / gaiji_path) if gaiji_path else None,
    )
    shape = source.format
    if shape.kind == "csv":
        csv = CsvShape(shape.delimiter, shape.quote, shape.header is not False, shape.skip_lines, tuple(source.items))
        return DecodingPlan(system, csv=csv, key=source.key)
    copybook_path = source.copybook_path
    if copybook_path is None:
        raise DefinitionError(str(source.directory / "source.yml"), expected="a copybook", found="none")
    copybook = read_copybook(copybook_path, dialect=source.dialect)
    header = shape.header if isinstance(shape.header, str) else ""
    trailer = shape.trailer or ""
    types = shape.record_type.values if shape.record_type else {}
    levels = [r.name for r in copybook.records]
    for key, name in (("header", header), ("trailer", trailer), ("record", shape.record or "")):
        if name and name not in levels:
            raise DefinitionError(
                f"{source.directory / 'source.yml'} format.{key}", expected=f"one of the records {', '.join(levels)}",
                found=name, todo=f"Correct the name; {copybook.name} has these level 01",
            )
    record = shape.record or data_record(copybook, {header, trailer})
    length = longest_record(copybook, (record, header, trailer, *types.values()))
    unread = frozenset(
        f.name for f in copybook.flat(record) if f.redefines and item_of_column(f.name) not in source.items
    )
    return DecodingPlan(
        system, _framing(source, length), copybook, record, header, trailer,
        shape.record_type.item if shape.record_type else "", dict(types), source.key, shape.odo,
        unread=unread,
    )


def check_source(source: SourceDefinition) -> None:
    """Check all a source names beside itself before any file is read: code system, 外字対応表, copybook and its items.

    Raises:
        DefinitionError: Whatever reading a file of the source would raise of its definitions; with file and line.
    """
    shipped = [profile.id for profile in list_profiles()]
    if source.code_system not in shipped:
        raise DefinitionError(
            f"{source.directory / 'source.yml'} code_system", expected=f"one of {', '.join(shipped)}",
            found=source.code_system, todo="See `ikou chars profiles`",
        )
    for table in dict.fromkeys(source.gaiji.values()):
        load_code_system(source.code_system, gaiji=load_gaiji_table(source.directory.parent.parent / table))
    plan = plan_of_source(source, Path(source.files))
    if plan.copybook is not None:
        source.check_columns(f.name for f in plan.fields())


def _framing(source: SourceDefinition, length: int) -> Framing:
    shape = source.format
    if shape.record_length is not None and shape.record_length != length and shape.kind == "fixed":
        raise DefinitionError(
            f"{source.directory / 'source.yml'} format record_length", expected=f"{length} bytes as the copybook says",
            found=str(shape.record_length), todo="Correct the record length, or the copybook's dialect.",
        )
    if shape.kind == "fixed":
        return Framing("fixed", length)
    if shape.kind in ("rdw", "bdw", "vbs"):
        return Framing(shape.kind, endian=shape.endian, includes_header=shape.length_includes_header)
    if shape.kind == "lines":
        ascii_machine = load_code_system(source.code_system).blank == ASCII_BLANK
        return Framing("lines", length, newline=newline_bytes(shape.newline, ascii_machine=ascii_machine))
    raise DefinitionError(
        f"{source.directory / 'source.yml'} format kind", expected="fixed, rdw, bdw, vbs, lines or csv",
        found=shape.kind,
    )
