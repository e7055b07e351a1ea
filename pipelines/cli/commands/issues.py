"""``ikou issues``: the stewards' workbooks out, and their answers back in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import OutFolder, Project, RunFolder


def export(run: RunFolder, out: OutFolder = None) -> int | None:
    """Write the 確認票 of every 主管課, with the decisions made so far."""
    from pipelines.cli.decisions import export as command

    return command(run, out=out)


def requests(run: RunFolder, out: OutFolder = None) -> int | None:
    """Write the 修正依頼リスト of every 主管課 and the files for 住所一括変更."""
    from pipelines.cli.decisions import requests as command

    return command(run, out=out)


def apply(
    workbook: Annotated[Path, typer.Argument(help="Answered 確認票 (.xlsx).", metavar="WORKBOOK")],
    project: Project = Path(),
    proposer: Annotated[str, typer.Option("--proposer", help="Who answered; rows may name another 回答者.")] = "",
) -> int | None:
    """Record the answers of a 確認票 as proposed decisions in the ledger."""
    from pipelines.cli.decisions import apply as command

    return command(workbook, project=project, proposer=proposer)


def approve(
    approver: Annotated[str, typer.Option("--approver", help="Who approves; not the proposer.")],
    decisions: Annotated[
        list[str] | None, typer.Argument(help="Decision ids; without: all that wait.", metavar="ID")
    ] = None,
    project: Project = Path(),
    reason: Annotated[str, typer.Option("--reason", help="Why; this or --reference must be given.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="決裁番号.")] = "",
    reject: Annotated[bool, typer.Option("--reject", help="却下: do not apply them.")] = False,
) -> int | None:
    """Approve proposed decisions: the next run applies them."""
    from pipelines.cli.decisions import approve as command

    return command(
        tuple(decisions or ()), project=project, approver=approver, reason=reason, reference=reference, reject=reject,
    )


def renumber(
    number: Annotated[str, typer.Argument(help="The 宛名番号 two people hold.", metavar="NUMBER")],
    area: Annotated[list[str], typer.Option("--area", help="業務ID whose rows are the 住登外 person's; never 001.")],
    proposer: Annotated[str, typer.Option("--proposer", help="Who proposes.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, and from which papers.")],
    project: Project = Path(),
    new: Annotated[str, typer.Option("--new", help="Not the next free one of [reserved_numbers], but this.")] = "",
) -> int | None:
    """Propose a new 宛名番号 for the 住登外 side of one number on two persons (種ア, DUP-001)."""
    from pipelines.cli.renumber import renumber as command

    return command(project, number=number, areas=tuple(area), proposer=proposer, reason=reason, new=new)
