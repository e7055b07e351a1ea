"""The 町字 master of the アドレス・ベース・レジストリ as rules see it: 町字ID, names and days of validity.

Issued by: デジタル庁 (ABR 町字マスター). It is not shipped: a project imports the file it got, with its edition, into
its data folder (:mod:`layouts.masters.towns`). Without it no 町字コード is given or judged, no lot is called a 住居表示
and no town abolished. Source: rule catalogue ADR-002, ADR-003, ADR-007, ADR-013.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from char_mapping.errors import DefinitionError
from layouts.masters.towns import TOWN_SCHEMA
from rules.addresses.matching_form import matching_form
from rules.contract import RuleContext

MASTER = "towns"
"""The name under which a context holds the master (``ctx.masters``)."""

NO_TOWN_CODE = "9999999"
"""町字ID of an address in no 町字 of the master."""


@dataclass(frozen=True, slots=True)
class TownEntry:
    """One 町字 of the master: ``name`` joins 大字, 丁目 and 小字; ``residential`` is None where the master does not say
    whether 住居表示 is in force; ``valid_to`` (ISO) is the first day on which it is no more.
    """

    town_id: str
    municipality_code: str
    name: str
    residential: bool | None
    valid_from: str
    valid_to: str
    successor: str

    def holds_on(self, day: date) -> bool:
        """Whether the 町字 exists on a day."""
        return self.valid_from <= day.isoformat() and (not self.valid_to or day.isoformat() < self.valid_to)


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


_OPTIONAL = {"residential": "", "successor": ""}


def town_master(table: pl.DataFrame) -> TownMaster:
    """The master from its rows.

    Args:
        table: ``layouts.masters.towns.TOWN_SCHEMA``; ``residential`` (``1`` where 住居表示 is in force) and
            ``successor`` (町字ID that followed) may be there too and are unknown otherwise.

    Raises:
        DefinitionError: A column is missing.
    """
    missing = sorted(set(TOWN_SCHEMA) - set(table.columns))
    if missing:
        raise DefinitionError("masters/towns", expected=", ".join(TOWN_SCHEMA), found=f"no {', '.join(missing)}",
                              todo="Import the 町字マスター again.")  # fmt: skip
    rows = table.with_columns(
        pl.lit(value).alias(name) for name, value in _OPTIONAL.items() if name not in table.columns
    ).select(
        "town_id", "municipality_code", pl.concat_str("town", "chome", "koaza", ignore_nulls=True), "residential",
        pl.col("valid_from", "valid_to", "successor").fill_null(""),
    )
    by_id: dict[tuple[str, str], TownEntry] = {}
    by_key: dict[tuple[str, str], tuple[TownEntry, ...]] = {}
    for town_id, code, name, residential, begin, end, successor in rows.iter_rows():
        flag = None if residential == "" else residential == "1"
        entry = TownEntry(town_id, code, name, flag, begin, end, successor)
        by_id[code, town_id] = entry
        place = (code, matching_form(name))
        by_key[place] = (*by_key.get(place, ()), entry)
    edition = table["edition"][0] if table.height else ""
    return TownMaster(f"町字マスター {edition}", by_id, by_key, frozenset(code for code, _ in by_id))


def master_of(ctx: RuleContext) -> TownMaster | None:
    """The master of a run, where the project has imported one."""
    found = ctx.masters.get(MASTER)
    return found if isinstance(found, TownMaster) else None
