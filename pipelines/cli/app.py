"""Every command and option of ``ikou``, declared once; nothing heavy is imported before a command runs.

A command ``x`` is done by ``pipelines/cli/x.py``: its function takes plain typed values, prints to stdout, returns the
exit code (None is 0) and raises DefinitionError, UnreadableFile or LawBroken where the boundary shall speak.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

# Without rich markup: typer would import rich for every --help, which triples its time.
app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False,
    help="Move a municipality's records from its mainframes into the government-standard layouts, "
    "and prove that nothing was lost.",
)
layouts_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The standard layouts of the 20 areas.")
rules_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The rule catalogue.")
chars_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Code systems and characters.")
issues_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The stewards' workbooks out and back in.")
app.add_typer(layouts_app, name="layouts")
app.add_typer(rules_app, name="rules")
app.add_typer(chars_app, name="chars")
app.add_typer(issues_app, name="issues")


Host = Literal["jef", "keis", "jips", "ibm", "cp932"]
Framing = Literal["fixed", "rdw", "bdw", "vbs", "lines", "variable", "csv", "xlsx", "parquet", "sqlite"]
GlyphPolicy = Literal["glyph", "area", "undecided"]
ImportFormat = Literal["jef4j", "hulft", "csv", "eudc", "mj-list", "shrink-map", "substitutes", "gj-font", "nta-map"]
Dialect = Literal["ibm", "fujitsu", "hitachi", "nec", "micro_focus", "gnucobol"]
OdoReading = Literal["shifted", "reserved", "padded"]
Endian = Literal["big", "little"]

Project = Annotated[Path, typer.Option("--project", "-p", help="Folder that holds ikou.toml.", metavar="DIR")]
AreaOption = Annotated[
    list[str] | None, typer.Option("--area", help="業務 of the sample city: 001, 031 and these; all without.")
]
People = Annotated[int, typer.Option("--people", min=100, help="Residents of the sample city.")]
Seed = Annotated[int, typer.Option("--seed", help="Same seed, same city.")]
HostOption = Annotated[Host, typer.Option("--host", help="Mainframe the exports come from.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
RunFolder = Annotated[Path, typer.Argument(help="A run's folder: data_dir/runs/<run-id>.", metavar="RUN")]
DataFile = Annotated[Path, typer.Argument(help="Received file.", metavar="FILE")]
CopybookOption = Annotated[Path | None, typer.Option("--copybook", "-c", help="COBOL copybook; not for csv.")]
CharsetOption = Annotated[str, typer.Option("--charset", help="Profile of `ikou chars profiles`: jef, ibm930, cp932 …")]
SourceOption = Annotated[
    Path | None, typer.Option("--source", help="Folder with source.yml: read as it says.", metavar="DIR")
]
PlaceOption = Annotated[
    str, typer.Option("--length-place", help="In the header of a record: bytes, where, size.", metavar="4:0:2")
]
FramingOption = Annotated[Framing, typer.Option("--format", help="How records follow each other.")]
GaijiOption = Annotated[Path | None, typer.Option("--gaiji", help="外字対応表 (CSV) of this file.")]
GlyphOption = Annotated[GlyphPolicy, typer.Option("--glyph-policy", help="Reading of codes that JIS moved.")]
DialectOption = Annotated[Dialect, typer.Option("--dialect", help="COBOL whose storage rules hold.")]
RecordOption = Annotated[str, typer.Option("--record", help="01 level of the data records, where there are several.")]
HeaderOption = Annotated[str, typer.Option("--header", help="01 level of the first record.")]
TrailerOption = Annotated[str, typer.Option("--trailer", help="01 level of the last record.")]
OdoOption = Annotated[OdoReading, typer.Option("--odo", help="How OCCURS DEPENDING ON was written.")]
EndianOption = Annotated[Endian, typer.Option("--endian", help="Byte order of RDW lengths and binary items.")]
LengthOption = Annotated[
    bool, typer.Option("--length-includes-header/--length-excludes-header", help="Whether an RDW counts itself.")
]
LengthItemOption = Annotated[str, typer.Option("--length-item", help="Item with the record's length (variable).")]
AdjustmentOption = Annotated[int, typer.Option("--length-adjustment", help="Bytes to add to the length it states.")]
NewlineOption = Annotated[str | None, typer.Option("--newline", help="LF, CRLF, CR, NEL or hex (lines).")]
DelimiterOption = Annotated[str, typer.Option("--delimiter", help="Between cells of csv; a tab is '\\t'.")]
SkipOption = Annotated[int, typer.Option("--skip-lines", min=0, help="Lines above the header (csv, xlsx).")]
SheetOption = Annotated[str, typer.Option("--sheet", help="Sheet of a workbook with several.")]
QueryOption = Annotated[str, typer.Option("--query", help="SELECT of a database; without: its only table.")]
TypeItemsOption = Annotated[
    str, typer.Option("--record-type", help="Items that tell record types apart, with commas between.", metavar="ITEMS")
]
TypesOption = Annotated[
    list[str] | None,
    typer.Option("--type", help="Value (several: with / between) and its 01 level; repeat.", metavar="VALUE=RECORD"),
]
ParentsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--parent", help="Record above others, and its items that they take over; outermost first.",
        metavar="RECORD:ITEMS",
    ),
]
OutFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder; without: data_dir/work_lists/<run>.")]
CharsFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder; without: data_dir/work_lists.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit 0 also with issues or a missed gate (schedulers).")]


def _leave(code: int | None) -> None:
    raise typer.Exit(code or 0)


def _length_place(text: str) -> tuple[int, int, int]:
    """Bytes of the header before a record, where in it the length begins, and its size."""
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise typer.BadParameter("write --length-place BYTES:AT:SIZE, as 4:0:2")
    whole, at, size = (int(part) for part in parts)
    if at + size > whole or not 1 <= size <= 8:
        raise typer.BadParameter("--length-place: the length lies outside its header")
    return whole, at, size


def _record_types(items: str, types: list[str] | None, parents: list[str] | None) -> dict[str, Any]:
    """The options on record types as the readers take them."""
    from layouts.records.plans import ParentSegment

    pairs = [one.rpartition("=") for one in types or ()]
    chain = [one.partition(":") for one in parents or ()]
    if any(not value or not record for value, _, record in pairs):
        raise typer.BadParameter("write --type VALUE=RECORD")
    if any(not record or not names for record, _, names in chain):
        raise typer.BadParameter("write --parent RECORD:ITEM,ITEM")
    return {
        "record_type": tuple(items.split(",")) if items else (),
        "types": {value: record for value, _, record in pairs},
        "parents": tuple(ParentSegment(record, tuple(names.split(","))) for record, _, names in chain),
    }


def _outside_work_tree(name: str) -> Path:
    """A folder here, or beside the git work tree around us: data of residents, even made-up ones, stay out of it."""
    here = Path.cwd()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    return (top.parent if top else here) / name


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"ikou {version('ikou')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None: ...


@app.command()
def demo(
    directory: Annotated[
        Path | None, typer.Argument(help="New folder; without: ikou-demo beside this work tree.", metavar="DIR")
    ] = None,
    people: People = 20_000,
    seed: Seed = 1,
    host: HostOption = "jef",
    area: AreaOption = None,
) -> None:
    """Make the sample city, run every area, show the outcome."""
    from pipelines.cli.demo import demo as command

    _leave(command(directory or _outside_work_tree("ikou-demo"), people=people, seed=seed, host=host, areas=area))


@app.command()
def sample(
    directory: Annotated[Path, typer.Argument(help="New folder for the city.", metavar="DIR")],
    people: People = 20_000,
    host: HostOption = "jef",
    seed: Seed = 1,
    area: AreaOption = None,
) -> None:
    """Make the sample city alone, with the truth beside it."""
    from pipelines.cli.sample import sample as command

    _leave(command(directory, people=people, host=host, seed=seed, areas=area))


@app.command()
def init(directory: Annotated[Path, typer.Argument(help="New project folder.", metavar="DIR")]) -> None:
    """Lay out an empty migration project, commented."""
    from pipelines.cli.init import init as command

    _leave(command(directory))


@app.command()
def run(
    areas: Annotated[list[str] | None, typer.Argument(help="業務: 001 …; all without.", metavar="AREA")] = None,
    project: Project = Path(),
    rehearsal: Annotated[int | None, typer.Option("--rehearsal", min=1, help="Generation of exports to use.")] = None,
    source_only: Annotated[
        bool, typer.Option("--source-only", help="データ整理: rules on source items, no mapping, no standard output.")
    ] = False,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="基準日, instead of ikou.toml's as_of.")
    ] = None,
    exit_zero: ExitZero = False,
    if_new: Annotated[bool, typer.Option("--if-new", help="Do nothing where the generation was run already.")] = False,
    delta: Annotated[
        tuple[str, str] | None,
        typer.Option("--delta", help="Changes after the freeze: frozen generation, later one.", metavar="GEN_A GEN_B"),
    ] = None,
) -> None:
    """Run the areas: received files to standard layouts."""
    if delta is not None:
        from pipelines.cli.delta import delta as follow_up

        _leave(follow_up(delta[0], delta[1], project=project))
    if if_new:
        from pipelines.cli.delta import ran_before

        if ran_before(project, tuple(areas or ()), rehearsal=rehearsal, source_only=source_only):
            _leave(0)
    from pipelines.cli.run import run as command

    code = command(
        tuple(areas or ()), project=project, rehearsal=rehearsal, source_only=source_only,
        as_of=as_of.date() if as_of else None,
    )
    _leave(0 if exit_zero and code == 1 else code)


@app.command()
def peek(
    file: DataFile,
    charset: CharsetOption = "",
    copybook: CopybookOption = None,
    source: SourceOption = None,
    count: Annotated[int, typer.Option("-n", min=1, help="Records to show.")] = 10,
    framing: FramingOption = "fixed",
    gaiji: GaijiOption = None,
    glyph_policy: GlyphOption = "undecided",
    dialect: DialectOption = "ibm",
    record: RecordOption = "",
    header: HeaderOption = "",
    trailer: TrailerOption = "",
    odo: OdoOption = "shifted",
    endian: EndianOption = "big",
    length_includes_header: LengthOption = True,
    length_item: LengthItemOption = "",
    length_adjustment: AdjustmentOption = 0,
    length_place: PlaceOption = "4:0:2",
    newline: NewlineOption = None,
    delimiter: DelimiterOption = ",",
    skip_lines: SkipOption = 0,
    record_type: TypeItemsOption = "",
    types: TypesOption = None,
    parents: ParentsOption = None,
    sheet: SheetOption = "",
    query: QueryOption = "",
    with_hex: Annotated[bool, typer.Option("--hex", help="Show the bytes of every cell.")] = False,
) -> None:
    """Show decoded records, with hex for what does not decode."""
    from pipelines.cli.peek import peek as command

    command(
        file, copybook=copybook, charset=charset, count=count, framing=framing, gaiji=gaiji, glyph_policy=glyph_policy,
        dialect=dialect, record=record, header=header, trailer=trailer, odo=odo, endian=endian,
        length_includes_header=length_includes_header, length_item=length_item, length_adjustment=length_adjustment,
        newline=newline, delimiter=delimiter.replace("\\t", "\t"), skip_lines=skip_lines, sheet=sheet, query=query,
        source=source, with_hex=with_hex, length_place=_length_place(length_place),
        **_record_types(record_type, types, parents),
    )


@app.command()
def convert(
    file: Annotated[str, typer.Argument(help="Received file, or postgresql://user@host/database.", metavar="FILE")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="New file: .parquet, .arrow, .csv, .jsonl; .dat: a table to a host's.")
    ],
    charset: CharsetOption = "",
    copybook: CopybookOption = None,
    source: SourceOption = None,
    framing: FramingOption = "fixed",
    gaiji: GaijiOption = None,
    glyph_policy: GlyphOption = "undecided",
    dialect: DialectOption = "ibm",
    record: RecordOption = "",
    header: HeaderOption = "",
    trailer: TrailerOption = "",
    odo: OdoOption = "shifted",
    endian: EndianOption = "big",
    length_includes_header: LengthOption = True,
    length_item: LengthItemOption = "",
    length_adjustment: AdjustmentOption = 0,
    length_place: PlaceOption = "4:0:2",
    newline: NewlineOption = None,
    delimiter: DelimiterOption = ",",
    skip_lines: SkipOption = 0,
    record_type: TypeItemsOption = "",
    types: TypesOption = None,
    parents: ParentsOption = None,
    sheet: SheetOption = "",
    query: QueryOption = "",
    round_trip: Annotated[
        bool, typer.Option("--round-trip", help="Count the records that write back byte for byte.")
    ] = False,
    nested: Annotated[
        bool, typer.Option("--nested", help="One JSON line a parent, with the records below it (.jsonl).")
    ] = False,
    raw_bytes: Annotated[
        list[str] | None,
        typer.Option("--raw-bytes", help="Keep the bytes of an item beside its text; 'record': of all. Repeat.",
                     metavar="ITEM"),
    ] = None,
) -> None:
    """Extract a received file: decoded, no rules, no mapping."""
    from pipelines.cli.convert import convert as command

    _leave(command(
        file, copybook=copybook, charset=charset, out=out, framing=framing, gaiji=gaiji, glyph_policy=glyph_policy,
        dialect=dialect, record=record, header=header, trailer=trailer, odo=odo, endian=endian,
        length_includes_header=length_includes_header, length_item=length_item, length_adjustment=length_adjustment,
        newline=newline, delimiter=delimiter.replace("\\t", "\t"), skip_lines=skip_lines, sheet=sheet, query=query,
        round_trip=round_trip, nested=nested, source=source,
        length_place=_length_place(length_place), raw_bytes=tuple(raw_bytes or ()),
        **_record_types(record_type, types, parents),
    ))


@app.command()
def verify(
    run: RunFolder,
    exports: Annotated[bool, typer.Option("--exports", help="Decode the received files again.")] = False,
    rerun: Annotated[bool, typer.Option("--rerun", help="Prove law 4 by running again.")] = False,
) -> None:
    """Prove the laws on a finished run, and say which was proven how."""
    from pipelines.cli.verify import verify as command

    _leave(command(run, exports=exports, rerun=rerun))


@app.command()
def release(
    run: RunFolder,
    by: Annotated[str, typer.Option("--by", help="Who opens the gate.")],
    waive: Annotated[list[str] | None, typer.Option("--waive", help="Missed gate: G03=REASON.", metavar="GATE")] = None,
) -> None:
    """Hand a complete run over: all gates passed, or waived by name."""
    from pipelines.cli.release import release as command

    _leave(command(run, by=by, waive=tuple(waive or ())))


@app.command()
def score(run: RunFolder, as_json: AsJson = False) -> None:
    """Precision and recall per rule, against truth/."""
    from pipelines.cli.score import score as command

    _leave(command(run, as_json=as_json))


@app.command()
def report(
    run: RunFolder,
    previous: Annotated[Path | None, typer.Option("--previous", help="Earlier run, for 前回比.", metavar="RUN")] = None,
    out: OutFolder = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the 移行結果報告書 too, by an installed chromium.")] = False,
) -> None:
    """Write a run's 報告書 and 確認票 again from its files."""
    from pipelines.cli.decisions import report as command

    _leave(command(run, previous=previous, out=out, pdf=pdf))


@app.command()
def review(
    project: Project = Path(),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8765,
    host: Annotated[str, typer.Option("--host", help="Interface; beyond loopback only with TLS.")] = "127.0.0.1",
    certificate: Annotated[Path | None, typer.Option("--certificate", help="TLS certificate (PEM).")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="TLS private key (PEM).")] = None,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="Host name under which it is reached; repeat.")
    ] = None,
) -> None:
    """Serve the stewards' web app: exceptions decided and approved in the browser."""
    from pipelines.cli.review import review as command

    _leave(command(
        project=project, port=port, host=host, certificate=certificate, key=key, hosts=tuple(names or ()),
    ))


@app.command()
def cutovers(
    project: Annotated[
        Path | None, typer.Option("--project", "-p", help="Only the areas of this project.", metavar="DIR")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the orders of cut-over (移行順序) and the feeds each needs meanwhile."""
    from pipelines.cli.cutovers import cutovers as command

    _leave(command(project=project, as_json=as_json))


@app.command()
def serve(
    project: Project = Path(),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the Prefect pages.")] = 4210,
) -> None:
    """Serve scheduled dry runs (the [schedule] of ikou.toml) on a local Prefect server."""
    from pipelines.cli.serve import serve as command

    _leave(command(project=project, port=port))


@app.command()
def reconcile(
    run: RunFolder,
    loaded: Annotated[
        Path | None, typer.Option("--loaded", help="Re-extracts by area; without: data_dir/loaded.", metavar="DIR")
    ] = None,
    unmasked_for: Annotated[
        str, typer.Option("--unmasked-for", help="操作者 who may see values; written to the operation log.")
    ] = "",
    exit_zero: ExitZero = False,
) -> None:
    """Compare a run with what the new system holds after loading; 移行検証報告書 and 移行判定書."""
    from pipelines.cli.reconcile import reconcile as command

    _leave(command(run, loaded=loaded, unmasked_for=unmasked_for, exit_zero=exit_zero))


@app.command()
def compare(
    earlier: RunFolder,
    later: Annotated[Path, typer.Argument(help="The run to compare it with.", metavar="RUN")],
    as_json: AsJson = False,
) -> None:
    """Compare two rehearsals: issues new, gone, decided, asked again; forecast to zero."""
    from pipelines.cli.compare import compare as command

    _leave(command(earlier, later, as_json=as_json))


@app.command()
def erase(
    generation: Annotated[str, typer.Argument(help="Folder below data_dir/exports.", metavar="GENERATION")],
    by: Annotated[str, typer.Option("--by", help="Who removes it.")],
    witness: Annotated[str, typer.Option("--witness", help="Who is present; another person.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, such as the end of the keeping period.")],
    confirm: Annotated[str, typer.Option("--confirm", help="The name of the generation again.")],
    project: Project = Path(),
) -> None:
    """Remove a generation's data for good and write the 削除証明 and the 受払簿."""
    from pipelines.cli.erase import erase as command

    _leave(command(generation, project=project, by=by, witness=witness, reason=reason, confirm=confirm))


@issues_app.command("export")
def issues_export(run: RunFolder, out: OutFolder = None) -> None:
    """Write the 確認票 of every 主管課, with the decisions made so far."""
    from pipelines.cli.decisions import export as command

    _leave(command(run, out=out))


@issues_app.command("requests")
def issues_requests(run: RunFolder, out: OutFolder = None) -> None:
    """Write the 修正依頼リスト of every 主管課 and the files for 住所一括変更."""
    from pipelines.cli.decisions import requests as command

    _leave(command(run, out=out))


@issues_app.command("apply")
def issues_apply(
    workbook: Annotated[Path, typer.Argument(help="Answered 確認票 (.xlsx).", metavar="WORKBOOK")],
    project: Project = Path(),
    proposer: Annotated[str, typer.Option("--proposer", help="Who answered; rows may name another 回答者.")] = "",
) -> None:
    """Record the answers of a 確認票 as proposed decisions in the ledger."""
    from pipelines.cli.decisions import apply as command

    _leave(command(workbook, project=project, proposer=proposer))


@issues_app.command("approve")
def issues_approve(
    approver: Annotated[str, typer.Option("--approver", help="Who approves; not the proposer.")],
    decisions: Annotated[
        list[str] | None, typer.Argument(help="Decision ids; without: all that wait.", metavar="ID")
    ] = None,
    project: Project = Path(),
    reason: Annotated[str, typer.Option("--reason", help="Why; this or --reference must be given.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="決裁番号.")] = "",
    reject: Annotated[bool, typer.Option("--reject", help="却下: do not apply them.")] = False,
) -> None:
    """Approve proposed decisions: the next run applies them."""
    from pipelines.cli.decisions import approve as command

    _leave(command(
        tuple(decisions or ()), project=project, approver=approver, reason=reason, reference=reference, reject=reject,
    ))


@issues_app.command("renumber")
def issues_renumber(
    number: Annotated[str, typer.Argument(help="The 宛名番号 two people hold.", metavar="NUMBER")],
    area: Annotated[list[str], typer.Option("--area", help="業務ID whose rows are the 住登外 person's; never 001.")],
    proposer: Annotated[str, typer.Option("--proposer", help="Who proposes.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, and from which papers.")],
    project: Project = Path(),
    new: Annotated[str, typer.Option("--new", help="Not the next free one of [reserved_numbers], but this.")] = "",
) -> None:
    """Propose a new 宛名番号 for the 住登外 side of one number on two persons (種ア, DUP-001)."""
    from pipelines.cli.renumber import renumber as command

    _leave(command(project, number=number, areas=tuple(area), proposer=proposer, reason=reason, new=new))


@layouts_app.command("list")
def layouts_list(as_json: AsJson = False) -> None:
    """List areas, groups and editions that ship."""
    from pipelines.cli.layouts import list_layouts as command

    command(as_json=as_json)


@layouts_app.command("show")
def layouts_show(
    area: Annotated[str | None, typer.Argument(help="業務, such as 001.", metavar="AREA")] = None,
    group: Annotated[str | None, typer.Argument(help="Group, such as resident.", metavar="GROUP")] = None,
    edition: Annotated[str | None, typer.Option("--edition", help="Edition, where several ship.")] = None,
    copybook: Annotated[
        Path | None, typer.Option("--copybook", "-c", help="A COBOL copybook instead: offsets, lengths, types.")
    ] = None,
    dialect: DialectOption = "ibm",
    as_json: AsJson = False,
) -> None:
    """Show one group, or a copybook, item by item."""
    if copybook is not None:
        from pipelines.cli.copybooks import show_copybook

        show_copybook(copybook, dialect=dialect, as_json=as_json)
        return
    if area is None or group is None:
        raise typer.BadParameter("name AREA and GROUP, or --copybook")
    from pipelines.cli.layouts import show_layout as command

    command(area, group, edition=edition, as_json=as_json)


@layouts_app.command("import")
def layouts_import(
    file: Annotated[Path, typer.Argument(help="Official workbook (.xlsx), or 町字 master (.csv).", metavar="FILE")],
    project: Project = Path(),
    area: Annotated[str, typer.Option("--area", help="業務ID, where the workbook does not say it.")] = "",
    edition: Annotated[str, typer.Option("--edition", help="Edition; of a 町字 master the day it was fetched.")] = "",
    group: Annotated[
        list[str] | None,
        typer.Option("--group", help="ASCII id of a group: 資格履歴=history; repeat.", metavar="LABEL=ID"),
    ] = None,
    pin: Annotated[bool, typer.Option("--pin", help="Write the edition into ikou.toml.")] = False,
) -> None:
    """Import an official workbook into the project's layouts/, or the 町字 master into its data."""
    from pipelines.cli.layouts import import_file as command

    pairs = [one.partition("=") for one in group or ()]
    if any(not label or not group_id for label, _, group_id in pairs):
        raise typer.BadParameter("write --group LABEL=ID")
    groups = {label: group_id for label, _, group_id in pairs}
    command(file, project=project, area=area, edition=edition, groups=groups, pin=pin)


@layouts_app.command("export")
def layouts_export(
    area: Annotated[str, typer.Argument(help="業務, such as 001.", metavar="AREA")],
    edition: Annotated[str, typer.Argument(help="Imported edition, such as 2.1.", metavar="EDITION")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New workbook (.xlsx).")],
    project: Project = Path(),
    family: Annotated[
        Literal["kihon_data_list", "chukan_v2_7"], typer.Option("--family", help="Layout family.")
    ] = "kihon_data_list",
) -> None:
    """Write imported layouts back as the workbook they came from."""
    from pipelines.cli.layouts import export_layout as command

    command(area, edition, project=project, out=out, family=family)


@layouts_app.command("diff")
def layouts_diff(
    old: Annotated[str, typer.Argument(help="AREA@EDITION or AREA/GROUP@EDITION.", metavar="A")],
    new: Annotated[str, typer.Argument(help="The edition to compare with.", metavar="B")],
    project: Annotated[
        Path | None,
        typer.Option("--project", "-p", help="Project: its imported layouts, and what its mappings must change."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show items added, removed, renamed and retyped between two editions."""
    from pipelines.cli.layouts import diff_layouts as command

    command(old, new, project=project, as_json=as_json)


@layouts_app.command("check")
def layouts_check(
    folder: Annotated[Path, typer.Argument(help="A delivered set, or one file of it.", metavar="DIR")],
    area: Annotated[list[str] | None, typer.Option("--area", help="業務 that must be complete; repeat.")] = None,
    edition: Annotated[str, typer.Option("--edition", help="Only this edition.")] = "",
    project: Annotated[
        Path | None, typer.Option("--project", "-p", help="Project whose imported layouts count, too.", metavar="DIR")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New workbook; without: here.")] = None,
    exit_zero: ExitZero = False,
) -> None:
    """引渡し適合検査: does a delivered set hold what the standard layout says? Needs no project."""
    from pipelines.cli.layout_documents import check as command

    code = command(folder, areas=tuple(area or ()), edition=edition, project=project, out=out)
    _leave(0 if exit_zero and code == 1 else code)


@layouts_app.command("profile")
def layouts_profile(
    files: Annotated[list[Path], typer.Argument(help="Files without documents.", metavar="FILE")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for page and drafts.", metavar="DIR")],
    area: Annotated[str, typer.Option("--area", help="業務 whose items are proposed; all without.")] = "",
    copybook: CopybookOption = None,
    charset: Annotated[str, typer.Option("--charset", help="Profile of host records: jef, ibm930 …")] = "",
    framing: FramingOption = "fixed",
    record: RecordOption = "",
    header: HeaderOption = "",
    trailer: TrailerOption = "",
    source_id: Annotated[str, typer.Option("--id", help="Id of the drafted source, of a single file.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="抽出基準日, shown on the page.")] = "",
    records: Annotated[int, typer.Option("-n", min=1, help="Records to read of each file.")] = 1_000_000,
) -> None:
    """Make a data dictionary from files without documents, and a first source and mapping to edit."""
    from pipelines.cli.layout_documents import profile as command

    command(
        files, out=out, area=area, charset=charset, copybook=copybook, framing=framing, record=record, header=header,
        trailer=trailer, source_id=source_id, as_of=as_of, records=records,
    )


@layouts_app.command("gap")
def layouts_gap(
    project: Project = Path(),
    others: Annotated[
        list[Path] | None, typer.Option("--with", help="Another city's project, side by side; repeat.", metavar="DIR")
    ] = None,
    area: Annotated[list[str] | None, typer.Option("--area", help="Only this 業務; repeat.")] = None,
    rehearsal: Annotated[int | None, typer.Option("--rehearsal", min=1, help="Generation to measure.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Workbook; answers in it are kept.")] = None,
) -> None:
    """項目Fit&Gap: standard items beside the received data, as a form that keeps its answers."""
    from pipelines.cli.layout_documents import gap as command

    command(project=project, others=tuple(others or ()), areas=tuple(area or ()), rehearsal=rehearsal, out=out)


@layouts_app.command("handover")
def layouts_handover(
    run: RunFolder,
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the package.", metavar="DIR")],
    family: Annotated[
        Literal["", "kihon_data_list", "chukan_v2_7"], typer.Option("--family", help="Layout family to hand over in.")
    ] = "",
) -> None:
    """引継パッケージ: data, its five documents, own items, 外字表, 件数・金額表, 未解決一覧."""
    from pipelines.cli.layout_documents import handover as command

    command(run, out=out, family=family)


@layouts_app.command("interfaces")
def layouts_interfaces(
    evidence: Annotated[
        list[Path] | None,
        typer.Argument(help="JCL (.jcl), transfer list, 共通基盤 definitions, questionnaire (.csv).", metavar="FILE"),
    ] = None,
    project: Project = Path(),
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Workbook; without: data_dir/interfaces.")] = None,
) -> None:
    """連携一覧: a draft of who sends what to whom; what nothing says is 要確認."""
    from pipelines.cli.layout_documents import interfaces as command

    command(project=project, evidence=tuple(evidence or ()), out=out)


@rules_app.command("list")
def rules_list(
    family: Annotated[str | None, typer.Option("--family", help="Only ids that begin so: DAT, NAM …")] = None,
    as_json: AsJson = False,
) -> None:
    """List the rules: what they find, what they do, what they block."""
    from pipelines.cli.rules import list_rules as command

    _leave(command(family=family, as_json=as_json))


@rules_app.command("show")
def rules_show(
    rule: Annotated[str, typer.Argument(help="Rule id, such as DAT-001.", metavar="RULE")], as_json: AsJson = False
) -> None:
    """Show one rule with its basis and an example."""
    from pipelines.cli.rules import show_rule as command

    _leave(command(rule, as_json=as_json))


@chars_app.command("profiles")
def chars_profiles(as_json: AsJson = False) -> None:
    """List the code systems that files may be written in."""
    from pipelines.cli.chars import list_profiles as command

    command(as_json=as_json)


@chars_app.command("import")
def chars_import(
    file: Annotated[Path, typer.Argument(help="A code table, EUDC.TTE or official file.", metavar="FILE")],
    form: Annotated[ImportFormat, typer.Option("--format", help="What FILE is.")],
    charset: Annotated[str, typer.Option("--charset", help="Profile that the codes belong to.")] = "jef",
    into: Annotated[Path | None, typer.Option("--into", help="外字対応表 to add to; without: compare only.")] = None,
    code_list: Annotated[Path | None, typer.Option("--code-list", help="CSV beside an EUDC.TTE: code, target.")] = None,
    target_charset: Annotated[
        Literal["utf-8", "cp932", "euc_jp"], typer.Option("--target-charset", help="Second column of a HULFT text.")
    ] = "utf-8",
    licence: Annotated[str, typer.Option("--licence", help="Terms of an official file, kept beside it.")] = "",
    show_all: Annotated[bool, typer.Option("--all", help="Every code, not conflicts alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a table: what is new, what conflicts with the table in force, code by code."""
    from pipelines.cli.chars import import_table as command

    _leave(command(
        file, form=form, charset=charset, into=into, code_list=code_list, target_charset=target_charset,
        licence=licence, show_all=show_all, as_json=as_json,
    ))


@chars_app.command("fetch")
def chars_fetch() -> None:
    """Get the MJ list and the 縮退 map (CC BY-SA) from npm, SHA-256 checked."""
    from pipelines.cli.chars import fetch as command

    command()


@chars_app.command("inventory")
def chars_inventory(
    project: Project = Path(),
    rehearsal: Annotated[int | None, typer.Option("--rehearsal", min=1, help="Generation of exports to read.")] = None,
    out: CharsFolder = None,
) -> None:
    """Count the characters and 外字 codes that occur, and where tables disagree."""
    from pipelines.cli.chars import inventory as command

    command(project=project, rehearsal=rehearsal, out=out)


@chars_app.command("identify")
def chars_identify(
    place: Annotated[Path, typer.Argument(help="The project's folder, or the folder of a run.", metavar="PROJECT|RUN")],
    rehearsal: Annotated[int | None, typer.Option("--rehearsal", min=1, help="Generation of exports to read.")] = None,
    out: CharsFolder = None,
    every: Annotated[bool, typer.Option("--all", help="Also the codes that are decided.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the sheet with an installed Chromium.")] = False,
    font: Annotated[Path | None, typer.Option("--font", help="Font of the candidates; IPAmj without.")] = None,
) -> None:
    """Rank what each 外字 that occurs may be, and write the sheet a clerk decides on."""
    from pipelines.cli.identify import identify as command

    _leave(command(place, rehearsal=rehearsal, out=out, every=every, pdf=pdf, font=font))


@chars_app.command("decide")
def chars_decide(
    code: Annotated[str, typer.Argument(help="Place and code as the sheet names them.", metavar="PLACE:CODE")],
    proposer: Annotated[str, typer.Option("--proposer", help="Who proposes it (起案者).")],
    reason: Annotated[str, typer.Option("--reason", help="What it was decided by.")],
    to: Annotated[str, typer.Option("--to", help="Character, MJ or GJ name.")] = "",
    identified_as: Annotated[str, typer.Option("--class", help="字形一致, デザイン差 or 類似.")] = "",
    supersedes: Annotated[str | None, typer.Option("--supersedes", help="Decision that this one replaces.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="End the decision named by --supersedes.")] = False,
    project: Project = Path(),
) -> None:
    """Propose what a 外字 is; another person approves it, and the next run reads it so."""
    from pipelines.cli.identify import decide as command

    _leave(command(
        code, project=project, to=to, identified_as=identified_as, proposer=proposer, reason=reason,
        supersedes=supersedes, undo=undo,
    ))


@chars_app.command("coverage")
def chars_coverage(
    receivers: Annotated[
        list[str] | None, typer.Argument(help="intermediate_server …; all without.", metavar="RECEIVER")
    ] = None,
    project: Project = Path(),
    rehearsal: Annotated[int | None, typer.Option("--rehearsal", min=1, help="Generation of exports to read.")] = None,
    out: CharsFolder = None,
) -> None:
    """Show what each receiver makes of the characters that occur."""
    from pipelines.cli.chars import coverage as command

    command(project=project, rehearsal=rehearsal, receivers=tuple(receivers or ()), out=out)
