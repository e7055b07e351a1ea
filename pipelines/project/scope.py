"""移行範囲 (``scope.yml``) and the gates agreed before the rehearsal (``acceptance.yml``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from layouts.sources import SourceDefinition
from layouts.yaml_reader import Definition, read_yaml


class Where(Definition):
    """Which records: the decoded value of ``item`` is one of ``values`` (``in:`` in the file)."""

    item: str
    values: tuple[str, ...] = Field(alias="in")


class Exclusion(Definition):
    """Records that do not move, with the reason, the 決裁 behind it and the number the city expects."""

    source: str
    where: Where
    reason_code: str
    reason: str
    approval: str = ""
    expected: int | None = None


class Scope(Definition):
    """The whole of ``scope.yml``: without it everything moves."""

    exclude: tuple[Exclusion, ...] = ()


Measure = Literal[
    "records.unexplained",
    "records.isolated",
    "controls.mismatch",
    "amounts.mismatch",
    "issues.open_errors",
    "issues.release_blocked",
    "characters.unexplained",
    "support_measures.difference",
    "decisions.pending_individual",
    "laws.broken",
    "scope.difference",
]


class Gate(Definition):
    """One criterion of the go/no-go meeting: ``measure`` at most ``at_most``; what follows if it is missed."""

    id: str
    item: str
    measure: Measure
    at_most: int
    department: str = ""
    agreed_on: str = ""
    if_missed: str = ""
    rollback: str = ""


class Acceptance(Definition):
    """The whole of ``acceptance.yml``."""

    gates: tuple[Gate, ...] = ()


def load_scope(folder: Path, sources: Mapping[str, SourceDefinition]) -> Scope:
    """Read ``scope.yml`` and hold it against the sources that move.

    Raises:
        DefinitionError: an unknown key or type, a source that does not move, an item its source lacks; with line.
    """
    path = folder / "scope.yml"
    if not path.is_file():
        return Scope()
    document = read_yaml(path)
    scope = document.build(Scope)
    for number, exclusion in enumerate(scope.exclude):
        if exclusion.source not in sources:
            raise document.error(
                "exclude",
                number,
                "source",
                expected="a source of ikou.toml",
                found=exclusion.source,
                todo="Name a source that moves",
            )
        if exclusion.where.item not in sources[exclusion.source].items:
            raise document.error(
                "exclude",
                number,
                "where",
                "item",
                expected=f"an item of {exclusion.source}",
                found=exclusion.where.item,
                todo="Name an item of its source.yml",
            )
    return scope


def load_acceptance(folder: Path) -> Acceptance:
    """Read ``acceptance.yml``; raises DefinitionError on an unknown key, type or measure."""
    path = folder / "acceptance.yml"
    return read_yaml(path).build(Acceptance) if path.is_file() else Acceptance()


def exclusions_of(scope: Scope, source: str) -> Sequence[Exclusion]:
    """The exclusions of one source, in file order (the first that holds gives the reason)."""
    return [e for e in scope.exclude if e.source == source]
