"""``ikou chars``: code systems, tables, and the characters that occur."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.options import AsJson, Project

ImportFormat = Literal["jef4j", "hulft", "csv", "eudc", "mj-list", "shrink-map", "substitutes", "gj-font", "nta-map"]

Rehearsal = Annotated[int | None, typer.Option("--rehearsal", min=1, help="Generation of exports to read.")]
CharsFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder; without: data_dir/work_lists.")]


def list_profiles(as_json: AsJson = False) -> None:
    """List the code systems that files may be written in."""
    from pipelines.cli.chars import list_profiles as command

    command(as_json=as_json)


def import_table(
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
) -> int | None:
    """Import a table: what is new, what conflicts with the table in force, code by code."""
    from pipelines.cli.chars import import_table as command

    return command(
        file, form=form, charset=charset, into=into, code_list=code_list, target_charset=target_charset,
        licence=licence, show_all=show_all, as_json=as_json,
    )


def fetch() -> None:
    """Get the MJ list and the 縮退 map (CC BY-SA) from npm, SHA-256 checked."""
    from pipelines.cli.chars import fetch as command

    command()


def inventory(
    project: Project = Path(),
    rehearsal: Rehearsal = None,
    out: CharsFolder = None,
) -> None:
    """Count the characters and 外字 codes that occur, and where tables disagree."""
    from pipelines.cli.char_inventory import inventory as command

    command(project=project, rehearsal=rehearsal, out=out)


def identify(
    place: Annotated[Path, typer.Argument(help="The project's folder, or the folder of a run.", metavar="PROJECT|RUN")],
    rehearsal: Rehearsal = None,
    out: CharsFolder = None,
    every: Annotated[bool, typer.Option("--all", help="Also the codes that are decided.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the sheet with an installed Chromium.")] = False,
    font: Annotated[Path | None, typer.Option("--font", help="Font of the candidates; IPAmj without.")] = None,
) -> int | None:
    """Rank what each 外字 that occurs may be, and write the sheet a clerk decides on."""
    from pipelines.cli.identify import identify as command

    return command(place, rehearsal=rehearsal, out=out, every=every, pdf=pdf, font=font)


def decide(
    code: Annotated[str, typer.Argument(help="Place and code as the sheet names them.", metavar="PLACE:CODE")],
    proposer: Annotated[str, typer.Option("--proposer", help="Who proposes it (起案者).")],
    reason: Annotated[str, typer.Option("--reason", help="What it was decided by.")],
    to: Annotated[str, typer.Option("--to", help="Character, MJ or GJ name.")] = "",
    identified_as: Annotated[str, typer.Option("--class", help="字形一致, デザイン差 or 類似.")] = "",
    supersedes: Annotated[str | None, typer.Option("--supersedes", help="Decision that this one replaces.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="End the decision named by --supersedes.")] = False,
    project: Project = Path(),
) -> int | None:
    """Propose what a 外字 is; another person approves it, and the next run reads it so."""
    from pipelines.cli.identify import decide as command

    return command(
        code, project=project, to=to, identified_as=identified_as, proposer=proposer, reason=reason,
        supersedes=supersedes, undo=undo,
    )


def coverage(
    receivers: Annotated[
        list[str] | None, typer.Argument(help="intermediate_server …; all without.", metavar="RECEIVER")
    ] = None,
    project: Project = Path(),
    rehearsal: Rehearsal = None,
    out: CharsFolder = None,
) -> None:
    """Show what each receiver makes of the characters that occur."""
    from pipelines.cli.char_inventory import coverage as command

    command(project=project, rehearsal=rehearsal, receivers=tuple(receivers or ()), out=out)
