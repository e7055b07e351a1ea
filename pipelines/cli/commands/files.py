"""``ikou peek`` and ``ikou convert``: one received file, without a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.file_options import FileOptions, with_file_options


@with_file_options


def peek(
    options: FileOptions,
    file: Annotated[Path, typer.Argument(help="Received file.", metavar="FILE")],
    count: Annotated[int, typer.Option("-n", min=1, help="Records to show.")] = 10,
    with_hex: Annotated[bool, typer.Option("--hex", help="Show the bytes of every cell.")] = False,
) -> None:
    """Show decoded records, with hex for what does not decode."""
    from pipelines.cli.peek import peek as command

    command(
        file, copybook=options.copybook, charset=options.charset, source=options.source, count=count,
        with_hex=with_hex, **options.for_plans(),
    )


@with_file_options


def convert(
    options: FileOptions,
    file: Annotated[str, typer.Argument(help="Received file, or postgresql://user@host/database.", metavar="FILE")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="New file: .parquet, .arrow, .csv, .jsonl; .dat: a table to a host's.")
    ],
    round_trip: Annotated[
        bool, typer.Option("--round-trip", help="Count the records that write back byte for byte.")
    ] = False,
    nested: Annotated[
        bool, typer.Option("--nested", help="One JSON line a parent, with the records below it (.jsonl).")
    ] = False,
    raw_bytes: Annotated[
        list[str] | None,
        typer.Option(
            "--raw-bytes", help="Keep the bytes of an item beside its text; 'record': of all. Repeat.", metavar="ITEM"
        ),
    ] = None,
) -> int:
    """Extract a received file: decoded, no rules, no mapping."""
    from pipelines.cli.convert import convert as command

    return command(
        file, copybook=options.copybook, charset=options.charset, source=options.source, out=out,
        round_trip=round_trip, nested=nested, **options.for_plans(tuple(raw_bytes or ())),
    )
