"""How to read a file as the options of ``ikou peek`` and ``ikou convert`` say, without a source definition."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypedDict, Unpack

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError
from char_mapping.gaiji import load_gaiji_table
from layouts.records.column_names import check_wanted
from layouts.records.copybook import read_copybook
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
from layouts.records.plans import (
    ASCII_BLANK,
    ColumnarShape,
    CsvShape,
    DecodingPlan,
    OdoReading,
    ParentSegment,
    QueryShape,
    WorkbookShape,
)
from layouts.records.record_lengths import length_by_item, length_by_type

FramingOption = Literal[
    "fixed", "rdw", "bdw", "vbs", "lines", "variable", "csv", "xlsx", "parquet", "sqlite"
]


class PlanOptions(TypedDict, total=False):
    """Options of ``ikou peek`` and ``ikou convert`` beside copybook and code system; see :func:`plans_of_options`."""

    framing: FramingOption
    gaiji: Path | None
    glyph_policy: Literal["glyph", "area", "undecided"]
    dialect: str
    record: str
    header: str
    trailer: str
    odo: OdoReading
    endian: Literal["big", "little"]
    length_includes_header: bool
    length_item: str
    length_adjustment: int
    length_place: tuple[int, int, int]
    newline: str | None
    delimiter: str
    skip_lines: int
    record_type: tuple[str, ...]
    types: Mapping[str, str]
    parents: tuple[ParentSegment, ...]
    sheet: str
    query: str
    raw_bytes: tuple[str, ...]


def plans_of_options(
    copybook: Path | None, charset: str, **options: Unpack[PlanOptions]
) -> dict[str, DecodingPlan]:
    """The plans for one file: one, or one a record type where ``types`` are named and no ``record``.

    ``types`` maps a value of the ``record_type`` items to its level 01. ``parents`` is the chain of records from the
    outermost on: a record in it takes over the items of those before it, any other record those of all.

    Raises:
        DefinitionError: As :func:`plan_of_options`.
    """
    types = options.get("types", {})
    if options.get("record") or not types:
        plan = plan_of_options(copybook, charset, **options)
        return {plan.record: plan}
    control = (options.get("header", ""), options.get("trailer", ""))
    chain = options.get("parents", ())
    places = {parent.record: place for place, parent in enumerate(chain)}
    plans: dict[str, DecodingPlan] = {}
    for name in dict.fromkeys(types.values()):
        if name not in control:
            one: PlanOptions = {**options, "record": name, "parents": chain[: places.get(name)]}
            plans[name] = plan_of_options(copybook, charset, **one)
    return plans


def plan_of_options(copybook: Path | None, charset: str, **options: Unpack[PlanOptions]) -> DecodingPlan:
    """The plan for one file from the options of a command, without a source definition.

    ``query`` is one of SQLite, by default everything of the only table. ``length_place``: bytes of the header before
    each record, where in it the length begins, bytes of the length.

    Raises:
        DefinitionError: Unknown profile, a wrong copybook, or several level 01 and none named.
    """
    framing, glyph_policy = options.get("framing", "fixed"), options.get("glyph_policy", "undecided")
    gaiji = options.get("gaiji")
    record, header, trailer = options.get("record", ""), options.get("header", ""), options.get("trailer", "")
    system = load_code_system(
        charset, glyph_policy=None if glyph_policy == "undecided" else glyph_policy,
        gaiji=load_gaiji_table(gaiji) if gaiji else None,
    )
    raw_bytes = options.get("raw_bytes", ())
    if framing == "csv":
        csv = CsvShape(options.get("delimiter", ","), skip_lines=options.get("skip_lines", 0))
        return DecodingPlan(system, csv=csv, raw_bytes=raw_bytes)
    if framing in UNICODE_FORMATS:
        check_unicode(system, "--charset")
        check_no_bytes(raw_bytes, framing, "--raw-bytes")
        if framing == "xlsx":
            workbook = WorkbookShape(options.get("sheet", ""), skip_lines=options.get("skip_lines", 0))
            return DecodingPlan(system, tabular=workbook)
        query = QueryShape(query=options.get("query", ""))
        return DecodingPlan(system, tabular=query if framing == "sqlite" else ColumnarShape())
    check_not_delimited(system, "--charset")
    if copybook is None:
        raise DefinitionError("--copybook", expected=f"a copybook for {framing} records", found="none")
    book = read_copybook(copybook, dialect=options.get("dialect", "ibm"))
    types = options.get("types", {})
    name = record or data_record(book, {header, trailer})
    length = longest_record(book, (name, header, trailer, *types.values()))
    mark = b""
    if framing == "lines":
        mark = newline_bytes(options.get("newline"), ascii_machine=system.blank == ASCII_BLANK)
    measured = None
    if framing == "variable":
        item = options.get("length_item", "")
        measured = (
            length_by_item(book, name, item, system, values={}) if item
            else length_by_type(book, options.get("record_type", ()), types, system)
        )
    plan = DecodingPlan(
        system,
        Framing(
            framing_kind(framing), length, options.get("endian", "big"), options.get("length_includes_header", True),
            options.get("length_adjustment", 0), mark, measured, *options.get("length_place", (4, 0, 2)),
        ),
        book, name, header, trailer, options.get("record_type", ()), dict(types), odo=options.get("odo", "shifted"),
        parents=options.get("parents", ()), raw_bytes=raw_bytes,
    )
    check_segments(plan, book.name)
    check_wanted(raw_bytes, (f.name for f in book.flat()), "--raw-bytes")
    return plan
