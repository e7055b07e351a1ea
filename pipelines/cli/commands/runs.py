"""Commands on a run, from making one to removing a generation of it: ``ikou run``, ``verify``, ``report`` …"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import AsJson, ExitZero, OutFolder, Project, RunFolder


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
) -> int | None:
    """Run the areas: received files to standard layouts."""
    if delta is not None:
        from pipelines.cli.delta import delta as follow_up

        return follow_up(delta[0], delta[1], project=project)
    if if_new:
        from pipelines.cli.delta import ran_before

        if ran_before(project, tuple(areas or ()), rehearsal=rehearsal, source_only=source_only):
            return 0
    from pipelines.cli.run import run as command

    code = command(
        tuple(areas or ()), project=project, rehearsal=rehearsal, source_only=source_only,
        as_of=as_of.date() if as_of else None,
    )
    return 0 if exit_zero and code == 1 else code


def verify(
    run: RunFolder,
    exports: Annotated[bool, typer.Option("--exports", help="Decode the received files again.")] = False,
    rerun: Annotated[bool, typer.Option("--rerun", help="Prove law 4 by running again.")] = False,
) -> int | None:
    """Prove the laws on a finished run, and say which was proven how."""
    from pipelines.cli.verify import verify as command

    return command(run, exports=exports, rerun=rerun)


def release(
    run: RunFolder,
    by: Annotated[str, typer.Option("--by", help="Who opens the gate.")],
    waive: Annotated[list[str] | None, typer.Option("--waive", help="Missed gate: G03=REASON.", metavar="GATE")] = None,
) -> int | None:
    """Hand a complete run over: all gates passed, or waived by name."""
    from pipelines.cli.release import release as command

    return command(run, by=by, waive=tuple(waive or ()))


def score(run: RunFolder, as_json: AsJson = False) -> int | None:
    """Precision and recall per rule, against truth/."""
    from pipelines.cli.score import score as command

    return command(run, as_json=as_json)


def report(
    run: RunFolder,
    previous: Annotated[Path | None, typer.Option("--previous", help="Earlier run, for 前回比.", metavar="RUN")] = None,
    out: OutFolder = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the 移行結果報告書 too, by an installed chromium.")] = False,
) -> int | None:
    """Write a run's 報告書 and 確認票 again from its files."""
    from pipelines.cli.decisions import report as command

    return command(run, previous=previous, out=out, pdf=pdf)


def reconcile(
    run: RunFolder,
    loaded: Annotated[
        Path | None, typer.Option("--loaded", help="Re-extracts by area; without: data_dir/loaded.", metavar="DIR")
    ] = None,
    unmasked_for: Annotated[
        str, typer.Option("--unmasked-for", help="操作者 who may see values; written to the operation log.")
    ] = "",
    exit_zero: ExitZero = False,
) -> int | None:
    """Compare a run with what the new system holds after loading; 移行検証報告書 and 移行判定書."""
    from pipelines.cli.reconcile import reconcile as command

    return command(run, loaded=loaded, unmasked_for=unmasked_for, exit_zero=exit_zero)


def compare(
    earlier: RunFolder,
    later: Annotated[Path, typer.Argument(help="The run to compare it with.", metavar="RUN")],
    as_json: AsJson = False,
) -> int | None:
    """Compare two rehearsals: issues new, gone, decided, asked again; forecast to zero."""
    from pipelines.cli.compare import compare as command

    return command(earlier, later, as_json=as_json)


def erase(
    generation: Annotated[str, typer.Argument(help="Folder below data_dir/exports.", metavar="GENERATION")],
    by: Annotated[str, typer.Option("--by", help="Who removes it.")],
    witness: Annotated[str, typer.Option("--witness", help="Who is present; another person.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, such as the end of the keeping period.")],
    confirm: Annotated[str, typer.Option("--confirm", help="The name of the generation again.")],
    project: Project = Path(),
) -> int | None:
    """Remove a generation's data for good and write the 削除証明 and the 受払簿."""
    from pipelines.cli.erase import erase as command

    return command(generation, project=project, by=by, witness=witness, reason=reason, confirm=confirm)
