"""What is planted about who heads a household, and about residence before birth."""

from __future__ import annotations

import numpy as np

from pipelines.sample_city.date_plants import future_leaving
from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask, numbers
from pipelines.sample_city.eligible import japanese, leaver, migrated, spouse
from pipelines.sample_city.population import HEAD, LISTED


def migrated_not_born_in_year_one(desk: Desk) -> Flags:
    """Those whose birth has a year before it in the same era."""
    return mask(migrated(desk) & (desk.rows["生年月日"][desk.people["last_row"]] // 10000 % 100 > 1))


def in_single_household(desk: Desk) -> Flags:
    """Residents living alone."""
    return mask(japanese(desk) & (desk.people["household_size"] == 1))


def couple_head(desk: Desk) -> Flags:
    """Heads of households of two."""
    return mask(japanese(desk) & (desk.people["role"] == HEAD) & (desk.people["household_size"] == 2))


def _calm_couple(desk: Desk) -> Flags:
    """Heads of two where both are present and nothing else is planted on either."""
    people = desk.people
    there = np.bincount(people["household"][people["status"] == LISTED], minlength=int(people["household"].max()) + 1)
    return mask(couple_head(desk) & (there[people["household"]] == 2))


def _spouse_with_head(desk: Desk) -> Flags:
    people = desk.people
    head_there = np.zeros(int(people["household"].max()) + 1, bool)
    head_there[people["household"][(people["role"] == HEAD) & (people["status"] == LISTED)]] = True
    return mask(spouse(desk) & head_there[people["household"]])


def second_head(desk: Desk, person: int, variant: int) -> Planted:
    """The spouse is coded as head too."""
    row = desk.last(person)
    cells = {"続柄コード": desk.text("続柄コード", "01"), "続柄": desk.text("続柄", "世帯主")}
    household = desk.people["household"]
    head = int(np.flatnonzero(household == household[person])[0])
    return Planted(
        row, cells, "続柄コード", subject="|".join(sorted([desk.subject(desk.last(head)), desk.subject(row)]))
    )


def no_head(desk: Desk, person: int, variant: int) -> Planted:
    """The head is coded as 同居人; nobody else is head."""
    row = desk.last(person)
    cells = {"続柄コード": desk.text("続柄コード", "40"), "続柄": desk.text("続柄", "同居人")}
    people = desk.people
    same = np.flatnonzero((people["household"] == people["household"][person]) & (people["status"] == LISTED))
    return Planted(row, cells, "続柄コード", subject="|".join(sorted(desk.subject(desk.last(int(p))) for p in same)))


def resident_before_birth(desk: Desk, person: int, variant: int) -> Planted:
    """住民となった日 before the birth."""
    row = desk.last(person)
    birth = int(desk.rows["生年月日"][row])
    return numbers(desk, row, "住民となった日", birth - 10000)


DEFECTS: tuple[Kind, ...] = (
    Kind("HSE-001", "続柄コード", second_head, _spouse_with_head, often=7, also_ok=("HSE-005", "HSE-008", "HSE-011")),
    Kind("HSE-002", "続柄コード", no_head, _calm_couple, often=7, also_ok=("HSE-011", "HSE-015")),
    Kind("HSE-012", "住民となった日", resident_before_birth, migrated_not_born_in_year_one, often=7),
)
ODDITIES: tuple[Kind, ...] = (
    Kind("HSE-001", "続柄コード", kept, spouse, planted=False, often=60),
    Kind("HSE-002", "続柄コード", kept, in_single_household, planted=False, often=60),
    Kind("HSE-012", "異動日", future_leaving, leaver, planted=False, often=40),
)
