"""``ikou sample``: the sample city alone, with the truth beside it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


def sample(directory: Path, people: int, host: str, seed: int, areas: Collection[str] | None = None) -> int:
    """Make the sample city in ``directory`` and print what was made.

    Args:
        directory: New folder of the migration project; its data go beside it.
        people: Persons of the register.
        host: ``jef``, ``keis``, ``jips``, ``ibm`` or ``cp932``.
        seed: Same seed, same city.
        areas: 業務IDs beside 001 and 031; all when left out.

    Raises:
        DefinitionError: unknown host, too few people, or a folder that is not empty.
    """
    from pipelines.sample_city import make_city

    report = make_city(directory, people, host=host, seed=seed, areas=areas)
    print(f"project {report.project}")
    print(f"data    {report.data}")
    for generation in report.generations:
        files = ", ".join(f"{name} {count:,}" for name, count in report.records[generation].items())
        print(f"{generation}: {report.residents[generation]:,} residents; records: {files}")
    print(
        f"planted in the first generation: {sum(report.planted.values()):,} defects of {len(report.planted)} rules, "
        f"{sum(report.oddities.values()):,} legal oddities"
    )
    return 0
