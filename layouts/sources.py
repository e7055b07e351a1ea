"""Source definitions: what a city's files are (``sources/<source>/source.yml``), checked before any data is read."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from char_mapping.errors import DefinitionError
from layouts.eras import load_era_codes
from layouts.meanings import Meaning, load_meanings
from layouts.shared_deliveries import inherited
from layouts.yaml_reader import Definition, YamlDocument, read_yaml

REGISTER_AREAS = frozenset({"001"})
"""業務IDs whose records are the resident register: only there an item is 住民票記載事項 by its meaning."""

FormatKind = Literal["fixed", "rdw", "bdw", "vbs", "lines", "variable", "csv", "xlsx", "parquet", "sqlite"]
DateFormName = Literal["GYYMMDD", "GGYYMMDD", "YYYYMMDD", "YYMMDD", "ISO", "SLASH", "WAREKI_TEXT"]
EdgeValue = Literal["empty", "unknown", "open_start", "open_end"]

_ID = re.compile(r"[a-z][a-z0-9_]*")
_ERA_FORMS = frozenset({"GYYMMDD", "GGYYMMDD"})


class RecordTypes(Definition):
    """Several record types in one file, told apart by one or more items: ``values`` maps their value to an 01 level.

    The values of several items are joined by ``/`` in the order of ``item``.

    01 levels named as header or trailer are control records; ``record`` of the format becomes the table. ``not_read``
    are the 01 levels no source reads, each with the reason.
    """

    item: str | tuple[str, ...]
    values: dict[str, str]
    not_read: dict[str, str] = Field(default_factory=dict)


class ParentRecord(Definition):
    """A record above the data records (a household above its members): its 01 level, and the items they take over.

    They become columns ``<record>.<item>`` of the data records, and are declared in ``items`` under that name.
    """

    record: str
    items: Annotated[tuple[str, ...], Field(min_length=1)]


class ControlItems(Definition):
    """What header or trailer records declare of the file (FIL-012): items of the trailer, else of the header.

    ``count`` names the item with the number of data records, ``total`` maps a data item to the item with its total.
    """

    count: str | None = None
    total: dict[str, str] = Field(default_factory=dict)


class LengthHeader(Definition):
    """The bytes before each record that say how long it is: ``bytes`` of them; the length is an unsigned number of
    ``size`` bytes that begins ``at`` (0-based). The RDW of a host is the default.
    """

    bytes: Annotated[int, Field(ge=1, le=16)] = 4
    at: Annotated[int, Field(ge=0)] = 0
    size: Annotated[int, Field(ge=1, le=8)] = 2


class BlockHeader(Definition):
    """The 4 bytes before each block (bdw, vbs), where they differ from those of the records."""

    endian: Literal["big", "little"] | None = None
    length_includes_header: bool = True
    length_adjustment: int = 0


class RecordFormat(Definition):
    """How records stand in the file.

    ``header``/``trailer`` name 01 levels of control records (first and last record where no ``record_type`` says
    otherwise); for csv and xlsx ``header`` is whether the first line names the columns. ``record`` names the 01 level
    of the data records (the only other one when left out). ``record_length`` (bytes) only checks the copybook's.
    ``length_item`` holds the length of a ``variable`` record, as a number of ``length_unit`` bytes or as a value of
    ``length_values``; without it each record is as long as the 01 level of its ``record_type``. ``length_adjustment``
    bytes are added to the length a record states (rdw, bdw, vbs, variable); ``length_header`` and ``block`` say where
    it stands and how blocks state theirs. ``parents``: the records above, outermost first; each data record belongs
    to the last ones before it. ``table`` or ``query``: what to read of a ``sqlite`` file.
    """

    kind: FormatKind
    header: str | bool | None = None
    trailer: str | None = None
    record: str | None = None
    record_type: RecordTypes | None = None
    parents: tuple[ParentRecord, ...] = ()
    control: ControlItems | None = None
    record_length: Annotated[int, Field(gt=0)] | None = None
    length_item: str | None = None
    length_values: dict[str, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)
    length_unit: Annotated[int, Field(gt=0)] = 1
    length_adjustment: int = 0
    length_header: LengthHeader = LengthHeader()
    block: BlockHeader = BlockHeader()
    endian: Literal["big", "little"] = "big"
    length_includes_header: bool = True
    odo: Literal["shifted", "reserved", "padded"] = "shifted"
    delimiter: str = ","
    quote: str = '"'
    newline: str | None = None
    skip_lines: Annotated[int, Field(ge=0)] = 0
    sheet: str | None = None
    table: str | None = None
    query: str | None = None


class DateDefinition(Definition):
    """How a source writes dates in one item; see ``rules.contract.DateForm``."""

    form: DateFormName
    era: str = "one_digit"
    zeros: EdgeValue = "empty"
    nines: EdgeValue = "empty"
    unknown_parts: tuple[str, ...] = ("00",)


class ImageItems(Definition):
    """The items of a list of images: the image's file name, its size in bytes and its SHA-256."""

    name: str
    size: str
    sha256: str


class SourceItem(Definition):
    """One item of a source. ``certified`` overrides the meaning's; ``codes`` names a code map for --source-only."""

    meaning: str
    date: DateDefinition | None = None
    codes: str | None = None
    certified: bool | None = None
    label: str = ""


class CharacterSettings(Definition):
    """How this source's host and middleware read its code system; see :func:`char_mapping.load_code_system`.

    ``single_page``: another one-byte page than the profile's (a customised EBCDIC page). ``blank_pair``: what two
    half-width blank bytes among kanji are (KEIS 4040). ``newline``: whether EBCDIC 15 or 25 is the line feed.
    ``user_area``: a user-defined code without decision is an undecided 外字, or its private-use character.
    ``six_symbols``: the wave dash family as the MS reading (``fullwidth``), the JIS reading, or as the table says.
    """

    single_page: str | None = None
    blank_pair: Literal["wide", "two_half"] = "wide"
    newline: Literal["nel", "lf"] | None = None
    user_area: Literal["gaiji", "private_use"] = "gaiji"
    six_symbols: Literal["fullwidth", "jis", "table"] = "fullwidth"


class IdentifiedCode(Definition):
    """An approved identification of the ledger: what a code of the files that one 外字対応表 reads means."""

    table: str
    code: int
    char: str
    decision: str


class SourceDefinition(Definition):
    """One source of a city: its files, format, code system and items.

    ``directory`` is where the definition and its copybook lie. ``items`` are keyed by the elementary copybook item
    (group items above an OCCURS joined by ``.``) or the CSV column. ``gaiji`` and ``overrides`` map a pattern of file
    names to a table (path from the project root); a row of an override table wins over every other table. ``glyphs``
    maps them to pictures of the user-defined codes: an EUDC font, or a folder of bitmaps named after their code.
    ``identified`` is filled by a run from the ledger's frozen decisions, never by the file.
    ``files_of`` names the source whose files this one reads too (another record type of them; see
    ``layouts.shared_deliveries``). ``raw_bytes`` names items whose bytes a run keeps as received beside their text,
    ``record`` for whole records. ``images`` says that the source lists images packed beside it.
    """

    id: str
    label: str
    area: str
    department: str
    system: str = ""
    files: str
    files_of: str = ""
    format: RecordFormat
    copybook: str | tuple[str, ...] | None = None
    dialect: str = "ibm"
    code_system: str
    glyph_policy: Literal["glyph", "area", "undecided"] = "undecided"
    gaiji: dict[str, str] = Field(default_factory=dict)
    overrides: dict[str, str] = Field(default_factory=dict)
    glyphs: dict[str, str] = Field(default_factory=dict)
    characters: CharacterSettings = Field(default_factory=CharacterSettings)
    identified: tuple[IdentifiedCode, ...] = ()
    key: tuple[str, ...]
    keep_apart: dict[str, Literal["sensitive"]] = Field(default_factory=dict)
    raw_bytes: tuple[str, ...] = ()
    images: ImageItems | None = None
    items: dict[str, SourceItem]
    note: str = ""
    directory: Path

    @property
    def delivery(self) -> str:
        """The source whose folder of a generation holds the files."""
        return self.files_of or self.id

    @property
    def copybook_paths(self) -> tuple[Path, ...]:
        """The copybooks as received, in the order of the definition; their 01 levels are read as one list."""
        names = (self.copybook,) if isinstance(self.copybook, str) else self.copybook or ()
        return tuple(self.directory / name for name in names)

    def gaiji_table_of(self, file_name: str) -> str | None:
        """The 外字対応表 (path from the project root) for a file: the first pattern that fits its name."""
        return _table_of(self.gaiji, file_name)

    def override_table_of(self, file_name: str) -> str | None:
        """The city's own table (path from the project root) that wins over all others for a file."""
        return _table_of(self.overrides, file_name)

    def glyphs_of(self, file_name: str) -> str | None:
        """The EUDC font or folder of bitmaps (path from the project root) that shows a file's user-defined codes."""
        return _table_of(self.glyphs, file_name)

    def meaning_of(self, item: str) -> Meaning:
        """The meaning of an item; occurrences (``給付(1).金額``) share the meaning of their item."""
        return load_meanings()[self.items[item_of_column(item)].meaning]

    def is_certified(self, item: str) -> bool:
        """Whether the item is 住民票記載事項: as the definition says, else by its meaning in a register area."""
        definition = self.items[item_of_column(item)]
        if definition.certified is not None:
            return definition.certified
        return self.area in REGISTER_AREAS and load_meanings()[definition.meaning].certified

    @property
    def sensitive_items(self) -> frozenset[str]:
        """Items that no list, report or message may show: 個人番号 by meaning, and what ``keep_apart`` names."""
        by_meaning = {name for name, item in self.items.items() if item.meaning == "person.my_number"}
        return frozenset(by_meaning | set(self.keep_apart))

    def check_columns(self, columns: Iterable[str]) -> None:
        """Compare the items with what the copybook or header line really has (columns starting with ``_`` are ours).

        Raises:
            DefinitionError: an item the definition lacks, or one the file does not have.
        """
        there = {item_of_column(column): None for column in columns if not column.startswith("_")}
        missing = [name for name in there if name not in self.items]
        if missing:
            raise DefinitionError(f"{self.directory / 'source.yml'} items",
                                  expected="every item of the copybook or header",
                                  found=f"no entry for {', '.join(missing[:5])}{_and_more(missing)}",
                                  todo="Add the items; 'meaning: none' when no rule concerns them")
        unknown = [name for name in self.items if name not in there]
        if unknown:
            raise DefinitionError(f"{self.directory / 'source.yml'} items",
                                  expected="items the copybook or header line has",
                                  found=f"{', '.join(unknown[:5])}{_and_more(unknown)}",
                                  todo="Correct the names; they are case- and width-sensitive")


def _table_of(tables: Mapping[str, str], file_name: str) -> str | None:
    return next((table for pattern, table in tables.items() if fnmatch.fnmatchcase(file_name, pattern)), None)


def item_of_column(column: str) -> str:
    """The item of a column: occurrence numbers taken out (``給付(1).金額`` → ``給付.金額``)."""
    return re.sub(r"\([0-9]+(,[0-9]+)*\)", "", column)


def load_source(directory: Path) -> SourceDefinition:
    """Read ``source.yml`` of a source's directory.

    Raises:
        DefinitionError: anything that does not hold, with file, line and item.
    """
    document = read_yaml(directory / "source.yml")
    for key, todo in (("directory", "the directory is where the file lies"), ("identified", "the ledger says so")):
        if key in document.data:
            raise document.error(key, expected="a key this definition knows", found=f"'{key}'",
                                 todo=f"Remove it: {todo}")
    source = document.build(SourceDefinition, {**inherited(document, directory), "directory": directory})
    _check(source, document)
    return source


def _check(source: SourceDefinition, document: YamlDocument) -> None:
    if source.id != source.directory.name or not _ID.fullmatch(source.id):
        raise document.error("id", expected=f"the directory's name {source.directory.name}, lower-case ASCII",
                             found=source.id, todo="Rename one of the two")
    if not re.fullmatch(r"[0-9]{3}", source.area):
        raise document.error("area", expected='a 業務ID of three digits in quotes', found=source.area,
                             todo="See 'ikou layouts list'")
    _check_format(source, document)
    for key, tables in (("gaiji", source.gaiji), ("overrides", source.overrides), ("glyphs", source.glyphs)):
        for pattern, table in tables.items():
            if list(tables.values()).count(table) > 1:
                raise document.error(key, pattern, expected="a table of its own for each ward", found=f"{table} twice",
                                     todo="The same code is another glyph elsewhere: copy the table, or write one "
                                          "pattern that fits both files of one ward")
    for name in source.key:
        if name not in source.items:
            raise document.error("key", expected="items of this source", found=name, todo="Correct the name")
    if not source.key:
        raise document.error("key", expected="at least one item", found="none",
                             todo="Name the items that identify a record")
    for name in source.keep_apart:
        if name not in source.items:
            raise document.error("keep_apart", name, expected="an item of this source", found=name,
                                 todo="Correct the name")
    for role in ("name", "size", "sha256") if source.images is not None else ():
        if getattr(source.images, role) not in source.items:
            raise document.error("images", role, expected="an item of this source",
                                 found=getattr(source.images, role), todo="Correct the name")
    for name, item in source.items.items():
        _check_item(name, item, document)


def _check_format(source: SourceDefinition, document: YamlDocument) -> None:
    shape = source.format
    tabular = shape.kind in ("csv", "xlsx", "parquet", "sqlite")
    if tabular and source.copybook:
        raise document.error("copybook", expected=f"no copybook for {shape.kind}", found=str(source.copybook),
                             todo="Remove it")
    if not tabular:
        if not source.copybook:
            raise document.error(expected="copybook", found="none", todo="Name the copybook as received")
        for path in source.copybook_paths:
            if not path.is_file():
                raise document.error("copybook", expected="a file beside source.yml", found=f"no file {path.name}",
                                     todo="Put the copybook there exactly as received")
        if isinstance(shape.header, bool):
            raise document.error("format", "header", expected="the name of an 01 level", found="true or false",
                                 todo="Name the 01 level of the header record")
    elif isinstance(shape.header, str) or shape.trailer is not None:
        raise document.error("format", "header", expected=f"true or false for {shape.kind}",
                             found="the name of a record", todo="Say whether the first line names the columns")
    if (shape.kind == "sqlite") != (bool(shape.table) != bool(shape.query)):
        raise document.error("format", expected="table or query, one of them, exactly for kind sqlite",
                             found=f"{shape.kind} with table {shape.table}, query {shape.query}", todo="Correct format")
    if shape.parents and shape.record_type is None:
        raise document.error("format", "parents", expected="record_type, which tells parents and children apart",
                             found="none", todo="Add record_type: {item, values}")
    header = shape.length_header
    blocked = shape.kind in ("bdw", "vbs")
    if header.at + header.size > header.bytes or (blocked and header.bytes != 4) or (shape.kind == "vbs" and header.at):
        raise document.error("format", "length_header",
                             expected="a length inside the header; 4 bytes for bdw and vbs, for vbs the first two",
                             found=f"bytes {header.bytes}, at {header.at}, size {header.size}", todo="Correct it")
    unknown = [n for n in shape.record_type.not_read if n not in shape.record_type.values.values()] if (
        shape.record_type) else []
    if unknown:
        raise document.error("format", "record_type", "not_read", expected="01 levels of values",
                             found=", ".join(unknown), todo="Correct the names")
    if len(shape.delimiter) != 1 or len(shape.quote) > 1:
        raise document.error("format", "delimiter", expected="one character each for delimiter and quote",
                             found="another length", todo='Write a tab as "\\t"')


def _check_item(name: str, item: SourceItem, document: YamlDocument) -> None:
    meaning = load_meanings().get(item.meaning)
    if meaning is None:
        raise document.error("items", name, "meaning", expected="a meaning of layouts/meanings.csv", found=item.meaning,
                             todo="Correct it, or write none")
    if (meaning.kind == "date") != (item.date is not None):
        raise document.error("items", name, expected="'date' exactly on items whose meaning is a date",
                             found=f"{item.meaning} {'with' if item.date else 'without'} date",
                             todo="Say how the source writes the date: date: {form: GYYMMDD, …}")
    if item.date is not None:
        if item.date.form in _ERA_FORMS and item.date.era not in load_era_codes():
            raise document.error("items", name, "date", "era", expected=f"one of {', '.join(load_era_codes())}",
                                 found=item.date.era, todo="Correct it, or add the list to layouts/era_codes.csv")
        for part in item.date.unknown_parts:
            if not re.fullmatch(r"[0-9A-Z]{2}", part):
                raise document.error("items", name, "date", "unknown_parts", expected="two-character values in quotes",
                                     found=part, todo="Correct it")


def _and_more(names: list[str]) -> str:
    return f" and {len(names) - 5} more" if len(names) > 5 else ""
