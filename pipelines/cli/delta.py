"""``ikou run --delta GEN_A GEN_B``: follow up the changes after the freeze; ``--if-new`` of ``ikou run``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from char_mapping.errors import DefinitionError


def delta(before: str, after: str, *, project: Path) -> int:
    """Run the later generation and write what changed since the frozen one; refused when it was done before.

    Raises:
        DefinitionError: A generation that was not received or not run, or a delta made before (RCN-012).
    """
    from pipelines.cli.run import headline, perform
    from pipelines.project.data_folder import data_folder, generations
    from pipelines.project.definition import load_definition
    from pipelines.runs.delta import newest_run_of, refuse_twice, write_delta

    project = project.resolve()
    data = data_folder(project, load_definition(project))
    names = generations(data)
    for name in (before, after):
        if name not in names:
            raise DefinitionError(f"--delta {name}", expected="one of " + ", ".join(names), found=name)
    refuse_twice(data, before, after)  # said before hours of work
    frozen = newest_run_of(data, before)
    outcome = perform(project, rehearsal=names.index(after) + 1)
    sys.stdout.write(headline(outcome) + "\n")
    written = write_delta(frozen, outcome.folder, at=datetime.now(UTC))
    sys.stdout.write(f"差分    {before} → {after}（{frozen.name} → {outcome.folder.name}）\n")
    for group, counts in written.counts.items():
        sys.stdout.write(f"        {group}：" + "、".join(f"{kind} {n:,} 行" for kind, n in counts.items()) + "\n")
    sys.stdout.write(f"        {written.folder}\n")
    return outcome.exit_code


def ran_before(project: Path, areas: tuple[str, ...], *, rehearsal: int | None, source_only: bool) -> bool:
    """Whether the generation at hand was run already, said in one line."""
    from pipelines.project.data_folder import choose_generation, data_folder
    from pipelines.project.definition import load_definition
    from pipelines.runs.folder import already_ran

    project = project.resolve()
    data = data_folder(project, load_definition(project))
    generation = choose_generation(data, rehearsal)
    run = already_ran(data, generation, areas, source_only=source_only)
    if run:
        sys.stdout.write(f"世代 {generation} は実行 {run} で済んでいます。\n")
    return bool(run)
