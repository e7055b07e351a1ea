"""What is planted in dates: eras that had ended, days off the calendar, unknown and future days."""

from __future__ import annotations

from pipelines.sample_city.calendar_dates import day
from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, iso, kept, mask, numbers
from pipelines.sample_city.eligible import anyone, foreigner, japanese, leaver, migrated, present


def born_in_overflow(desk: Desk) -> Flags:
    """Born in the first year of 平成 or 令和, whose year the former era would have had too."""
    birth = desk.people["birth"]
    return mask(
        japanese(desk)
        & (
            ((birth >= day(1989, 1, 8)) & (birth <= day(1989, 12, 31)))
            | ((birth >= day(2019, 5, 1)) & (birth <= day(2019, 12, 31)))
        )
    )


def moved_in_overflow(desk: Desk) -> Flags:
    """Latest change of address in the first year of 平成 or 令和."""
    here = desk.people["here"]
    return mask(
        present(desk)
        & (
            ((here >= day(1989, 1, 8)) & (here <= day(1989, 12, 31)))
            | ((here >= day(2019, 5, 1)) & (here <= day(2019, 12, 31)))
        )
    )


def old(desk: Desk) -> Flags:
    """Japanese residents of 85 and more who came from elsewhere."""
    return mask(migrated(desk) & (desk.people["age"] >= 80))


def leap_born(desk: Desk) -> Flags:
    """Born on 29 February."""
    return mask(japanese(desk) & (desk.rows["生年月日"][desk.people["last_row"]] % 10000 == 229))


def dead_long_ago(desk: Desk) -> Flags:
    """Removed by death, came from elsewhere."""
    people = desk.people
    return mask(
        anyone(desk) & (people["status"] == 3) & ~people["foreign"] & (people["resident_since"] - people["birth"] > 800)
    )


def _child_of_1989(desk: Desk) -> Flags:
    birth = desk.people["birth"]
    return mask(migrated(desk) & (birth >= day(1988, 1, 1)) & (birth <= day(1990, 12, 31)))


def unknown_era(desk: Desk, person: int, variant: int) -> Planted:
    """An era code that no era has."""
    return numbers(desk, desk.last(person), "住所を定めた日", (6080401, 7080401)[variant])


def _former_era(value: int) -> int:
    """平成元年 as 昭和64年, 令和元年 as 平成31年."""
    return value - 1_000_000 + ((64 if value // 1_000_000 == 4 else 31) - 1) * 10000


def birth_after_era(desk: Desk, person: int, variant: int) -> Planted:
    """昭和64年2月10日: a birth date in an era that had ended."""
    row = desk.last(person)
    return numbers(desk, row, "生年月日", _former_era(int(desk.rows["生年月日"][row])))


def change_after_era(desk: Desk, person: int, variant: int) -> Planted:
    """A change dated in an era that had ended."""
    row = desk.last(person)
    return numbers(desk, row, "異動日", _former_era(int(desk.rows["異動日"][row])))


def expiry_in_former_era(desk: Desk, person: int, variant: int) -> Planted:
    """平成39年3月31日: a limit set before the era changed is right."""
    return numbers(desk, desk.last(person), "在留期間満了日", 4390331, after="2027-03-31")


def era_boundary(desk: Desk, person: int, variant: int) -> Planted:
    """大正15年12月25日 was also 昭和元年12月25日."""
    return numbers(desk, desk.last(person), "生年月日", 2151225)


def year_zero(desk: Desk, person: int, variant: int) -> Planted:
    """令和00年: the first year of an era is 01."""
    row = desk.last(person)
    return numbers(desk, row, "住所を定めた日", int(desk.rows["住所を定めた日"][row]) - 10000)


def off_calendar_birth(desk: Desk, person: int, variant: int) -> Planted:
    """29 February of a year without one, as it stands in the 戸籍."""
    row = desk.last(person)
    value = int(desk.rows["生年月日"][row])
    return numbers(desk, row, "生年月日", _common_year(value) + 229)


def _common_year(value: int) -> int:
    """Era and year of a date, moved to a neighbour without 29 February."""
    year = int(iso(value)[:4])
    leap = year % 4 == 0
    head = value // 10000
    return (head + 1 if leap and head % 100 < 15 else head - 1 if leap else head) * 10000


def off_calendar_report(desk: Desk, person: int, variant: int) -> Planted:
    """30 February in an item where it cannot be, before the day of processing."""
    row = desk.last(person)
    day_of_report = int(desk.rows["届出日"][row])
    year = day_of_report // 10000 - (day_of_report % 10000 < 301)
    return numbers(desk, row, "届出日", year * 10000 + (230, 231)[variant])


def unknown_birth(desk: Desk, person: int, variant: int) -> Planted:
    """昭和２０年　月日不詳."""
    row = desk.last(person)
    return numbers(desk, row, "生年月日", int(desk.rows["生年月日"][row]) // 10000 * 10000, after="")


def unknown_report(desk: Desk, person: int, variant: int) -> Planted:
    """不詳 where the item does not allow it."""
    row = desk.last(person)
    return numbers(desk, row, "届出日", int(desk.rows["届出日"][row]) // 100 * 100)


def future_report(desk: Desk, person: int, variant: int) -> Planted:
    """A report dated decades ahead."""
    return numbers(
        desk,
        desk.last(person),
        "届出日",
        (20620510, 20530510)[variant],
        beside=(("HSE-012", "処理日", "REVIEW", None),),
    )


def boundary_without_fault(desk: Desk, person: int, variant: int) -> Planted:
    """The same day as a legal oddity: in its era, noticed and left alone."""
    made = era_boundary(desk, person, variant)
    made.beside = (("DAT-005", "生年月日", "NONE", None),)
    return made


def off_calendar_birth_allowed(desk: Desk, person: int, variant: int) -> Planted:
    """A birth on 29 February of a common year as a legal oddity: noticed as such, never as an error."""
    made = off_calendar_birth(desk, person, variant)
    made.beside = (("DAT-007", "生年月日", "REVIEW", None),)
    return made


def expiry_as_it_is(desk: Desk, person: int, variant: int) -> Planted:
    """平成39年 in a limit is no date after its era: DAT-004 converts it."""
    made = expiry_in_former_era(desk, person, variant)
    return Planted(made.row, made.cells, made.item, beside=(("DAT-004", made.item, "AUTO", made.after),))


def first_day_of_era(desk: Desk, person: int, variant: int) -> Planted:
    """昭和64年1月7日, the last day of an era."""
    return numbers(desk, desk.last(person), "生年月日", 3640107)


def born_in_meiji(desk: Desk, person: int, variant: int) -> Planted:
    """明治45年7月29日: the oldest era is an era."""
    return numbers(desk, desk.last(person), "生年月日", 1450729)


def unknown_resident_since(desk: Desk, person: int, variant: int) -> Planted:
    """住民となった日 may be 不詳: DAT-009 makes it a triple."""
    item, row = "住民となった日", desk.last(person)
    value = int(desk.rows[item][row]) // 10000 * 10000
    return numbers(desk, row, item, value, beside=(("DAT-009", item, "AUTO", ""),))


def kept_birth(desk: Desk, person: int, variant: int) -> Planted:
    """A full birth date is no 不詳 date."""
    row = desk.last(person)
    return Planted(row, {}, "生年月日", after=iso(int(desk.rows["生年月日"][row])))


def kept_expiry(desk: Desk, person: int, variant: int) -> Planted:
    """A limit in the present era."""
    row = desk.last(person)
    return Planted(row, {}, "在留期間満了日", after=iso(int(desk.rows["在留期間満了日"][row])))


def future_leaving(desk: Desk, person: int, variant: int) -> Planted:
    """A leaving date after the report and the day of processing is right."""
    return Planted(desk.last(person), {}, "異動日")


DEFECTS: tuple[Kind, ...] = (
    Kind("DAT-002", "住所を定めた日", unknown_era, present, "BLOCK", 5),
    Kind("DAT-003", "生年月日", birth_after_era, born_in_overflow, often=5),
    Kind("DAT-003", "異動日", change_after_era, moved_in_overflow, often=4),
    Kind("DAT-004", "在留期間満了日", expiry_in_former_era, foreigner, "AUTO", 15, also_ok=("DAT-017", "DAT-001")),
    Kind("DAT-005", "生年月日", era_boundary, old, "NONE", 6),
    Kind("DAT-006", "住所を定めた日", year_zero, moved_in_overflow, "PROPOSE", 5),
    Kind("DAT-007", "生年月日", off_calendar_birth, migrated, often=6),
    Kind("DAT-008", "届出日", off_calendar_report, present, often=5),
    Kind("DAT-009", "生年月日", unknown_birth, old, "AUTO", 12),
    Kind("DAT-010", "届出日", unknown_report, present, often=5),
    Kind("DAT-020", "届出日", future_report, present, often=5, also_ok=("HSE-013",)),
)
ODDITIES: tuple[Kind, ...] = (
    Kind("DAT-002", "生年月日", born_in_meiji, dead_long_ago, planted=False, often=8),
    Kind("DAT-003", "在留期間満了日", expiry_as_it_is, foreigner, planted=False, often=10),
    Kind("DAT-003", "生年月日", first_day_of_era, _child_of_1989, planted=False, often=8),
    Kind("DAT-003", "生年月日", boundary_without_fault, old, planted=False, often=4),
    Kind("DAT-004", "在留期間満了日", kept_expiry, foreigner, planted=False, often=20),
    Kind("DAT-005", "生年月日", first_day_of_era, _child_of_1989, planted=False, often=8),
    Kind("DAT-006", "住所を定めた日", kept, moved_in_overflow, planted=False, often=20),
    Kind("DAT-007", "生年月日", kept, leap_born, planted=False, often=12),
    Kind("DAT-008", "生年月日", off_calendar_birth_allowed, migrated, planted=False, often=6),
    Kind("DAT-009", "生年月日", kept_birth, old, planted=False, often=20),
    Kind("DAT-010", "住民となった日", unknown_resident_since, migrated, planted=False, often=8),
    Kind("DAT-020", "異動日", future_leaving, leaver, planted=False, often=40),
)
