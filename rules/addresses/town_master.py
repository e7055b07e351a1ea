"""The 町字 master of the アドレス・ベース・レジストリ as rules see it: 町字ID, names and days of validity.

Issued by: デジタル庁 (ABR 町字マスター). It is not shipped: a project imports the file it got, with its version, into
``masters/towns.csv`` of its data folder. Without it no 町字コード is given or judged, no lot is called a 住居表示 and
no town abolished. Source: rule catalogue ADR-002, ADR-003, ADR-007, ADR-013.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from char_mapping.errors import DefinitionError
from rules.addresses.matching_form import matching_form
from rules.contract import RuleContext

MASTER = "towns"
"""The name under which a context holds the master (``ctx.masters``)."""

TOWN_SCHEMA: dict[str, Any] = {
    "town_id": pl.String,
    "municipality_code": pl.String,
    "name": pl.String,
    "residential": pl.String,
    "valid_from": pl.String,
    "valid_to": pl.String,
    "successor": pl.String,
}
"""One row a 町字: seven-digit id, six-digit municipality, full name (大字・丁目・小字 joined), ``1`` where 住居表示 is
in force, first and last day (ISO, "" = open) and the 町字ID that followed it ("" = none known)."""

NO_TOWN_CODE = "9999999"
"""町字ID of an address in no 町字 of the master."""


@dataclass(frozen=True, slots=True)
class TownEntry:
    """One 町字 of the master (TOWN_SCHEMA)."""

    town_id: str
    municipality_code: str
    name: str
    residential: bool
    valid_from: str
    valid_to: str
    successor: str

    def holds_on(self, day: date) -> bool:
        """Whether the 町字 exists on a day."""
        return (self.valid_from or "0") <= day.isoformat() and (not self.valid_to or day.isoformat() <= self.valid_to)


@dataclass(frozen=True, slots=True)
class TownMaster:
    """The imported master: ``version`` as it stands on rows; entries by municipality and id, and by matching form."""

    version: str
    by_id: Mapping[tuple[str, str], TownEntry]
    by_key: Mapping[tuple[str, str], tuple[TownEntry, ...]]
    municipalities: frozenset[str]

    def entries(self, code: str, name: str) -> tuple[TownEntry, ...]:
        """The 町字 of a municipality that have a name, past ones included."""
        return self.by_key.get((code, matching_form(name)), ())

    def current(self, code: str, name: str, day: date) -> TownEntry | None:
        """The one 町字 of that name that exists on a day; None where there is none, or more than one."""
        found = [entry for entry in self.entries(code, name) if entry.holds_on(day)]
        return found[0] if len(found) == 1 else None


def town_master(table: pl.DataFrame, version: str) -> TownMaster:
    """The master from its rows.

    Args:
        table: TOWN_SCHEMA; null counts as "".
        version: Name and day of the file it was imported from.

    Raises:
        DefinitionError: A column is missing, or an id is not seven digits.
    """
    missing = sorted(set(TOWN_SCHEMA) - set(table.columns))
    if missing:
        raise DefinitionError("masters/towns.csv", expected=", ".join(TOWN_SCHEMA), found=f"no {', '.join(missing)}")
    rows = table.select(pl.col(name).cast(pl.String).fill_null("") for name in TOWN_SCHEMA)
    wrong = rows.filter(~pl.col("town_id").str.contains("^[0-9]{7}$"))
    if wrong.height:
        raise DefinitionError(
            "masters/towns.csv town_id", expected="seven digits", found=wrong["town_id"][0],
            todo="Import the 町字マスター again; a spreadsheet may have taken leading zeros.",
        )
    by_id: dict[tuple[str, str], TownEntry] = {}
    by_key: dict[tuple[str, str], tuple[TownEntry, ...]] = {}
    for town_id, code, name, residential, begin, end, successor in rows.iter_rows():
        entry = TownEntry(town_id, code, name, residential == "1", begin, end, successor)
        by_id[code, town_id] = entry
        place = (code, matching_form(name))
        by_key[place] = (*by_key.get(place, ()), entry)
    return TownMaster(version, by_id, by_key, frozenset(code for code, _ in by_id))


def master_of(ctx: RuleContext) -> TownMaster | None:
    """The master of a run, where the project has imported one."""
    found = ctx.masters.get(MASTER)
    return found if isinstance(found, TownMaster) else None
