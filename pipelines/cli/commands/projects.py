"""``ikou demo``, ``sample``, ``init``, ``cutovers``: a city's project, or a made-up one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipelines.cli.options import AsJson

Host = Literal["jef", "keis", "jips", "ibm", "cp932"]

AreaOption = Annotated[
    list[str] | None, typer.Option("--area", help="業務 of the sample city: 001, 031 and these; all without.")
]
People = Annotated[int, typer.Option("--people", min=100, help="Residents of the sample city.")]
Seed = Annotated[int, typer.Option("--seed", help="Same seed, same city.")]
HostOption = Annotated[Host, typer.Option("--host", help="Mainframe the exports come from.")]


def demo(
    directory: Annotated[
        Path | None, typer.Argument(help="New folder; without: ikou-demo beside this work tree.", metavar="DIR")
    ] = None,
    people: People = 20_000,
    seed: Seed = 1,
    host: HostOption = "jef",
    area: AreaOption = None,
) -> int | None:
    """Make the sample city, run every area, show the outcome."""
    from pipelines.cli.demo import demo as command

    return command(directory or _outside_work_tree("ikou-demo"), people=people, seed=seed, host=host, areas=area)


def sample(
    directory: Annotated[Path, typer.Argument(help="New folder for the city.", metavar="DIR")],
    people: People = 20_000,
    host: HostOption = "jef",
    seed: Seed = 1,
    area: AreaOption = None,
) -> int | None:
    """Make the sample city alone, with the truth beside it."""
    from pipelines.cli.sample import sample as command

    return command(directory, people=people, host=host, seed=seed, areas=area)


def init(directory: Annotated[Path, typer.Argument(help="New project folder.", metavar="DIR")]) -> int | None:
    """Lay out an empty migration project, commented."""
    from pipelines.cli.init import init as command

    return command(directory)


def cutovers(
    project: Annotated[
        Path | None, typer.Option("--project", "-p", help="Only the areas of this project.", metavar="DIR")
    ] = None,
    as_json: AsJson = False,
) -> int | None:
    """List the orders of cut-over (移行順序) and the feeds each needs meanwhile."""
    from pipelines.cli.cutovers import cutovers as command

    return command(project=project, as_json=as_json)


def _outside_work_tree(name: str) -> Path:
    """A folder here, or beside the git work tree around us: data of residents, even made-up ones, stay out of it."""
    here = Path.cwd()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)
    return (top.parent if top else here) / name
