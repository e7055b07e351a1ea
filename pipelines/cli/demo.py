"""``ikou demo``: the sample city, run from host bytes to the standard layout."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from pathlib import Path

from char_mapping.errors import DefinitionError
from pipelines.cli.run import headline, perform


def demo(directory: Path, *, people: int, seed: int, host: str, areas: Collection[str] | None = None) -> int:
    """Make the sample city in ``directory``, run its first two generations, print the headline.

    ``areas`` are 業務IDs beside 001 and 031; all when left out.

    Raises:
        DefinitionError: the directory is there already and is no sample city of the same size, host and seed.
    """
    from pipelines.flows.server import start_api

    start_api()
    from pipelines.sample_city import make_city

    started = time.monotonic()
    if directory.exists() and any(directory.iterdir()):
        raise DefinitionError(
            str(directory),
            expected="a new folder",
            found="a folder with files in it",
            todo="Name another folder, or remove this one and the data folder beside it",
        )
    city = make_city(directory, people, host=host, seed=seed, areas=areas)
    sys.stderr.write(f"sample city: {people:,} people, host {host}, seed {seed}, {time.monotonic() - started:.1f} s\n")
    del city
    first = perform(directory, rehearsal=1)
    sys.stderr.write(f"rehearsal 1: {first.statistics['issues']['total']:,} issues\n")
    outcome = perform(directory, rehearsal=2)
    sys.stdout.write(headline(outcome) + "\n")
    return 0
