"""The table of all commands of ``ikou``, in the order of its help.

What a command takes is declared in ``pipelines/cli/commands``; what it does, in ``pipelines/cli/<command>.py``: a
function that takes plain typed values, prints to stdout, returns the exit code (None is 0) and raises DefinitionError,
UnreadableFile or LawBroken where the boundary shall speak.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from pipelines.cli.commands import chars, files, issues, layouts, projects, rules, runs, servers

_COMMANDS: tuple[Callable[..., int | None], ...] = (
    projects.demo,
    projects.sample,
    projects.init,
    runs.run,
    files.peek,
    files.convert,
    runs.verify,
    runs.release,
    runs.score,
    runs.report,
    servers.review,
    projects.cutovers,
    servers.serve,
    runs.reconcile,
    runs.compare,
    runs.erase,
)
"""Called by the names of their functions."""

_GROUPS: Mapping[str, tuple[str, Mapping[str, Callable[..., int | None]]]] = {
    "layouts": ("The standard layouts of the 20 areas.", {
        "list": layouts.list_layouts,
        "show": layouts.show,
        "import": layouts.import_file,
        "export": layouts.export,
        "diff": layouts.diff,
        "check": layouts.check,
        "profile": layouts.profile,
        "gap": layouts.gap,
        "handover": layouts.handover,
        "interfaces": layouts.interfaces,
    }),
    "rules": ("The rule catalogue.", {"list": rules.list_rules, "show": rules.show}),
    "chars": ("Code systems and characters.", {
        "profiles": chars.list_profiles,
        "import": chars.import_table,
        "fetch": chars.fetch,
        "inventory": chars.inventory,
        "identify": chars.identify,
        "decide": chars.decide,
        "coverage": chars.coverage,
    }),
    "issues": ("The stewards' workbooks out and back in.", {
        "export": issues.export,
        "requests": issues.requests,
        "apply": issues.apply,
        "approve": issues.approve,
        "renumber": issues.renumber,
    }),
}  # fmt: skip


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"ikou {version('ikou')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None: ...


def _leaving(command: Callable[..., int | None]) -> Callable[..., None]:
    """``command`` with the number it returns as the exit code of the process."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        raise typer.Exit(command(*arguments, **options) or 0)

    return run


def _declare() -> typer.Typer:
    # Without rich markup: typer would import rich for every --help, which triples its time.
    declared = typer.Typer(
        no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False,
        help="Move a municipality's records from its mainframes into the government-standard layouts, "
        "and prove that nothing was lost.",
    )
    declared.callback()(_root)
    for command in _COMMANDS:
        declared.command()(_leaving(command))
    for name, (told, members) in _GROUPS.items():
        group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=told)
        for member, command in members.items():
            group.command(member)(_leaving(command))
        declared.add_typer(group, name=name)
    return declared


app = _declare()
