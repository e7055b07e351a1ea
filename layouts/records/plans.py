"""Everything a reader must know of one file, and how a source definition says it.

The options of ``ikou peek`` and ``ikou convert`` say it in :mod:`layouts.records.option_plans`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from char_mapping.code_systems import CodeSystem, load_code_system
from char_mapping.errors import DefinitionError
from char_mapping.gaiji import GaijiDecision, GaijiTable, load_gaiji_table
from char_mapping.profiles import list_profiles, single_pages
from layouts.records.column_names import check_wanted
from layouts.records.copybook import Copybook, Field, Record, read_copybook
from layouts.records.dialects import Dialect
from layouts.records.framing import Framing
from layouts.records.plan_checks import (
    UNICODE_FORMATS,
    check_no_bytes,
    check_not_delimited,
    check_segments,
    check_unicode,
    data_record,
    framing_kind,
    longest_record,
    newline_bytes,
)
from layouts.records.record_lengths import length_by_item, length_by_type

if TYPE_CHECKING:
    from layouts.records.numeric_kernels import NumberReader

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


@dataclass(frozen=True, slots=True)
class WorkbookShape:
    """Where the table stands: ``sheet`` by name (the only one when empty), ``skip_lines`` rows above it.

    ``text_columns`` are codes and numbers whose leading zeros count, ``date_columns`` those that may hold dates (None:
    all).
    """

    sheet: str = ""
    header: bool = True
    skip_lines: int = 0
    columns: tuple[str, ...] = ()
    text_columns: frozenset[str] = frozenset()
    date_columns: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ColumnarShape:
    """A Parquet or Arrow table with these columns (none declared: whatever it has)."""

    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryShape:
    """Rows of a SQLite file: a table or view by name, or the rows of a query (one of the two)."""

    table: str = ""
    query: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParentSegment:
    """A record above the data records in a file of segments: its level 01, and the items its children take over."""

    record: str
    items: tuple[str, ...]

    def columns(self) -> tuple[str, ...]:
        """Names of the columns the children get: ``世帯.世帯番号``."""
        return tuple(f"{self.record}.{item}" for item in self.items)


@dataclass(frozen=True)
class DecodingPlan:
    """How to read one file.

    ``record`` is the level 01 of the table, ``header`` and ``trailer`` those of the first and last record; with
    ``record_type_items`` and ``record_type_values`` (their values joined by ``/`` → level 01) every record says itself
    what it is, and ``parents``, outermost first, are the records whose items the data records below them take over.
    Records whose ``key`` items are empty
    or do not decode are isolated. ``odo``: where the fields after an OCCURS DEPENDING ON stand: ``shifted`` up to the
    last occurrence there is, ``reserved`` behind room for the maximum, ``padded`` shifted in records of one length.
    ``unread`` names fields that become no column: the views of a REDEFINES that the source definition does not name.
    ``raw_bytes`` names items whose bytes are wanted beside their text, ``record`` for those of the whole record.
    ``guest``: another source receives the file and answers for records of an undeclared type.
    """

    system: CodeSystem
    framing: Framing | None = None
    copybook: Copybook | None = None
    record: str = ""
    header: str = ""
    trailer: str = ""
    record_type_items: tuple[str, ...] = ()
    record_type_values: dict[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    odo: OdoReading = "shifted"
    csv: CsvShape | None = None
    tabular: WorkbookShape | ColumnarShape | QueryShape | None = None
    parents: tuple[ParentSegment, ...] = ()
    unread: frozenset[str] = frozenset()
    raw_bytes: tuple[str, ...] = ()
    guest: bool = False

    @property
    def ascii_machine(self) -> bool:
        """Whether digits of zoned numbers are 30–39 (ASCII) and not F0–F9 (EBCDIC)."""
        return self.system.blank == ASCII_BLANK

    @property
    def dialect(self) -> Dialect:
        """The compiler of the copybook.

        Raises:
            DefinitionError: The plan has no copybook.
        """
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

    @cached_property
    def number_readers(self) -> dict[str, NumberReader]:
        """The readers of the fields that are not text, by name."""
        # Imports numba, which ikou peek has no time for.
        from layouts.records.numeric_kernels import number_reader

        return {
            each.name: number_reader(each, self.dialect, ascii_machine=self.ascii_machine)
            for each in self.layout.all_fields if each.codec != "text"
        }

    def columns(self) -> tuple[str, ...]:
        """Names of the columns of a copybook's records: those of the parents, then the record's own."""
        above = [name for parent in self.parents for name in parent.columns()]
        return (*above, *(each.name for each in self.fields()))


def system_of_source(source: SourceDefinition, file_name: str) -> CodeSystem:
    """The code system of one file of a source, with the source's settings and the tables that read this file.

    The city's override table wins over every other one. Identifications of the ledger (``identified``) fill what no
    definition decides: once the 外字対応表 has a row for the code, the table holds.

    Raises:
        DefinitionError: A table or a setting is wrong, with file and line.
    """
    root, settings = source.directory.parent.parent, source.characters
    gaiji_path, override_path = source.gaiji_table_of(file_name), source.override_table_of(file_name)

    def load(overrides: GaijiTable | None) -> CodeSystem:
        return load_code_system(
            source.code_system,
            glyph_policy=None if source.glyph_policy == "undecided" else source.glyph_policy,
            gaiji=load_gaiji_table(root / gaiji_path) if gaiji_path else None,
            single_page=settings.single_page, six_symbols=settings.six_symbols, user_area=settings.user_area,
            newline=settings.newline, blank_pair=settings.blank_pair, overrides=overrides,
        )

    defined = load(load_gaiji_table(root / override_path) if override_path else None)
    rows = {
        row.code: GaijiDecision(row.code, row.char, "", "", row.decision, "", 0)
        for row in source.identified
        if row.table == (gaiji_path or "") and row.code not in defined.double
    }
    if not rows:
        return defined
    name = f"{defined.overrides.name} + " if defined.overrides else ""
    stated = dict(defined.overrides.decisions) if defined.overrides else {}
    return load(GaijiTable(f"{name}同定", rows | stated))


def plan_of_source(source: SourceDefinition, path: Path) -> DecodingPlan:
    """The plan for one file of a source; the file's name decides which 外字対応表 applies.

    Items that redefine others are read where the source definition names them, and only there: the same bytes rarely
    make sense in both views.

    Raises:
        DefinitionError: The definition contradicts the copybook, or a table it names is wrong.
    """
    from layouts.sources import item_of_column

    system = system_of_source(source, path.name)
    shape = source.format
    if shape.kind in UNICODE_FORMATS:
        check_unicode(system, f"{source.directory / 'source.yml'} code_system")
        check_no_bytes(source.raw_bytes, shape.kind, f"{source.directory / 'source.yml'} raw_bytes")
        return DecodingPlan(system, key=source.key, tabular=_tabular_shape(source))
    if shape.kind == "csv":
        csv = CsvShape(shape.delimiter, shape.quote, shape.header is not False, shape.skip_lines, tuple(source.items))
        check_wanted(source.raw_bytes, source.items, f"{source.directory / 'source.yml'} raw_bytes")
        return DecodingPlan(system, csv=csv, key=source.key, raw_bytes=source.raw_bytes)
    check_not_delimited(system, f"{source.directory / 'source.yml'} code_system")
    copybook = read_copybooks(source.copybook_paths, dialect=source.dialect)
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
    type_items = shape.record_type.item if shape.record_type else ()
    plan = DecodingPlan(
        system, _framing(source, length, copybook, record, system), copybook, record, header, trailer,
        (type_items,) if isinstance(type_items, str) else type_items, dict(types), source.key, shape.odo,
        parents=tuple(ParentSegment(parent.record, parent.items) for parent in shape.parents), unread=unread,
        raw_bytes=source.raw_bytes, guest=bool(source.files_of),
    )
    check_wanted(source.raw_bytes, (f.name for f in plan.fields()), f"{source.directory / 'source.yml'} raw_bytes")
    check_segments(plan, str(source.directory / "source.yml"))
    return plan


def read_copybooks(paths: Sequence[Path], *, dialect: str) -> Copybook:
    """The level 01 of one or several copybooks, in order.

    Raises:
        DefinitionError: No copybook, one that is wrong, or a level 01 that stands in two of them.
    """
    books = [read_copybook(path, dialect=dialect) for path in paths]
    records = tuple(record for book in books for record in book.records)
    names = [record.name for record in records]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if not books or doubled:
        raise DefinitionError(
            ", ".join(book.name for book in books) or "copybook", expected="each level 01 in one copybook",
            found=f"twice {', '.join(doubled)}" if doubled else "none",
        )
    return Copybook(", ".join(book.name for book in books), books[0].dialect, records)


def _tabular_shape(source: SourceDefinition) -> WorkbookShape | ColumnarShape | QueryShape:
    columns = tuple(source.items)
    if source.format.kind == "parquet":
        return ColumnarShape(columns)
    if source.format.kind == "sqlite":
        return QueryShape(source.format.table or "", source.format.query or "", columns)
    kinds = {name: source.meaning_of(name).kind for name in columns}
    return WorkbookShape(
        source.format.sheet or "", source.format.header is not False, source.format.skip_lines, columns,
        frozenset(name for name, kind in kinds.items() if kind in ("code", "number", "postal_code")),
        frozenset(name for name, kind in kinds.items() if kind in ("date", "time")),
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
    root = source.directory.parent.parent
    page = source.characters.single_page
    if page is not None and page not in single_pages():
        raise DefinitionError(
            f"{source.directory / 'source.yml'} characters.single_page",
            expected=f"one of {', '.join(single_pages())}", found=page, todo="Name a shipped page, or leave it out",
        )
    for table in dict.fromkeys(source.gaiji.values()):
        load_code_system(source.code_system, gaiji=load_gaiji_table(root / table))
    for table in dict.fromkeys(source.overrides.values()):
        overrides = load_gaiji_table(root / table)
        system = load_code_system(source.code_system, overrides=overrides)
        for row in overrides.decisions.values():
            if not system.can_stand(row.code):
                raise DefinitionError(
                    f"{root / table}:{row.line}", expected=f"a code that {system.id} can write",
                    found=f"{row.code:04X}", todo="Correct the code, or the source's code_system",
                )
    plan = plan_of_source(source, Path(source.files))
    if plan.copybook is not None:
        source.check_columns(plan.columns())


def _framing(
    source: SourceDefinition, length: int, copybook: Copybook, record: str, system: CodeSystem
) -> Framing:
    shape = source.format
    if shape.record_length is not None and shape.record_length != length and shape.kind == "fixed":
        raise DefinitionError(
            f"{source.directory / 'source.yml'} format record_length", expected=f"{length} bytes as the copybook says",
            found=str(shape.record_length), todo="Correct the record length, or the copybook's dialect.",
        )
    ascii_machine = system.blank == ASCII_BLANK
    mark = newline_bytes(shape.newline, ascii_machine=ascii_machine) if shape.kind == "lines" else b""
    measured = None
    if shape.kind == "variable":
        if shape.length_item:
            measured = length_by_item(
                copybook, record, shape.length_item, system, values=shape.length_values, unit=shape.length_unit
            )
        else:
            types = shape.record_type
            items = (types.item if isinstance(types.item, tuple) else (types.item,)) if types else ()
            measured = length_by_type(copybook, items, types.values if types else {}, system)
    return Framing(
        framing_kind(shape.kind), length, shape.endian, shape.length_includes_header, shape.length_adjustment, mark,
        measured, shape.length_header.bytes, shape.length_header.at, shape.length_header.size, shape.block.endian,
        shape.block.length_includes_header, shape.block.length_adjustment,
    )
