"""``ikou layouts``: the standard layouts, the documents they come from, and what is delivered in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.options import (
    AsJson,
    CopybookOption,
    DialectOption,
    ExitZero,
    FramingOption,
    HeaderOption,
    Project,
    RecordOption,
    RunFolder,
    TrailerOption,
)

Family = Literal["kihon_data_list", "chukan_v2_7"]


def list_layouts(as_json: AsJson = False) -> None:
    """List areas, groups and editions that ship."""
    from pipelines.cli.layouts import list_layouts as command

    command(as_json=as_json)


def show(
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


def import_file(
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


def export(
    area: Annotated[str, typer.Argument(help="業務, such as 001.", metavar="AREA")],
    edition: Annotated[str, typer.Argument(help="Imported edition, such as 2.1.", metavar="EDITION")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New workbook (.xlsx).")],
    project: Project = Path(),
    family: Annotated[Family, typer.Option("--family", help="Layout family.")] = "kihon_data_list",
) -> None:
    """Write imported layouts back as the workbook they came from."""
    from pipelines.cli.layouts import export_layout as command

    command(area, edition, project=project, out=out, family=family)


def diff(
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


def check(
    folder: Annotated[Path, typer.Argument(help="A delivered set, or one file of it.", metavar="DIR")],
    area: Annotated[list[str] | None, typer.Option("--area", help="業務 that must be complete; repeat.")] = None,
    edition: Annotated[str, typer.Option("--edition", help="Only this edition.")] = "",
    project: Annotated[
        Path | None, typer.Option("--project", "-p", help="Project whose imported layouts count, too.", metavar="DIR")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="New workbook; without: here.")] = None,
    exit_zero: ExitZero = False,
) -> int | None:
    """引渡し適合検査: does a delivered set hold what the standard layout says? Needs no project."""
    from pipelines.cli.layout_documents import check as command

    code = command(folder, areas=tuple(area or ()), edition=edition, project=project, out=out)
    return 0 if exit_zero and code == 1 else code


def profile(
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


def gap(
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


def handover(
    run: RunFolder,
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder for the package.", metavar="DIR")],
    family: Annotated[
        Literal["", "kihon_data_list", "chukan_v2_7"], typer.Option("--family", help="Layout family to hand over in.")
    ] = "",
) -> None:
    """引継パッケージ: data, its five documents, own items, 外字表, 件数・金額表, 未解決一覧."""
    from pipelines.cli.layout_documents import handover as command

    command(run, out=out, family=family)


def interfaces(
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
