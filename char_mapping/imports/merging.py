"""An incoming table beside what is in force, code by code: what is new, what is the same, what conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from char_mapping.code_systems import CodeSystem
from char_mapping.gaiji import GaijiDecision, GaijiTable
from char_mapping.imports.incoming import IncomingRow, IncomingTable, RefusedRow

Outcome = Literal["added", "same", "glyph", "conflict", "outside"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One code: ``in_force`` is what decides it now and ``by`` which table says so (both empty: nothing does)."""

    code: int
    outcome: Outcome
    incoming: str
    mj: str
    in_force: str
    by: str
    where: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Every code of the incoming table with its outcome, and the table that holds what was added."""

    compared: tuple[Compared, ...]
    refused: tuple[RefusedRow, ...]
    table: GaijiTable

    def with_outcome(self, outcome: Outcome) -> tuple[Compared, ...]:
        """The codes of one outcome, by code."""
        return tuple(row for row in self.compared if row.outcome == outcome)


def merge(incoming: IncomingTable, in_force: GaijiTable, system: CodeSystem) -> Merge:
    """Compare a table with the standard table of ``system`` and with ``in_force``, and add what neither says.

    A code that the 外字対応表 leaves undecided is filled in. A conflict changes nothing: the row in force stays until a
    person edits it. ``glyph`` is a conflict of another kind: both name one character, one of them with the variation
    selector of a glyph. ``outside`` are codes whose first byte begins nothing in the system. A code whose JIS78 and
    JIS83 glyphs differ agrees with either reading, and the wave dash family with either of its forms.
    """
    decisions = dict(in_force.decisions)
    compared = tuple(_compare(incoming, in_force, system, decisions))
    return Merge(compared, incoming.refused, GaijiTable(in_force.name, dict(sorted(decisions.items()))))


def _compare(
    incoming: IncomingTable, in_force: GaijiTable, system: CodeSystem, decisions: dict[int, GaijiDecision]
) -> Iterator[Compared]:
    unified = system.symbols
    for row in incoming.rows:
        now, by = _now(row.code, in_force, system)
        readings = system.readings(row.code) or ()
        if system.leads and row.code >> 8 not in system.leads:
            outcome: Outcome = "outside"
        elif not now and row.char:
            outcome = "added"
            decisions[row.code] = _decision(row, decisions.get(row.code))
        elif not now:
            outcome = "same" if row.code in decisions else "added"
            decisions.setdefault(row.code, _decision(row, None))
        elif row.char in ("", *(() if by == in_force.name else readings)) or unified.get(row.char, row.char) == now:
            outcome = "same"
        else:
            outcome = "glyph" if row.char[0] in (now[0], *readings) else "conflict"
        yield Compared(row.code, outcome, row.char, row.mj, now, by, row.where)


def _now(code: int, in_force: GaijiTable, system: CodeSystem) -> tuple[str, str]:
    decided = in_force.decisions.get(code)
    if decided is not None and decided.char:
        return decided.char, in_force.name
    if code in system.double and code not in system.private_use:
        return system.double[code], system.id
    return "", ""


def _decision(row: IncomingRow, undecided: GaijiDecision | None) -> GaijiDecision:
    line = undecided.line if undecided else 0
    kept = undecided.identified_as if undecided else ""
    return GaijiDecision(row.code, row.char, row.mj, kept, row.evidence, "", line)
