"""What is planted in 個人番号 and 宛名番号: check digits."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask
from pipelines.sample_city.eligible import present


def with_old_number(desk: Desk) -> Flags:
    """Persons whose 宛名番号 is from before check digits."""
    return mask(desk.people["old_number"])


def _ends_in_zero(item: str) -> Callable[[Desk], Flags]:
    """Present residents whose number ends in 0: the check digit of the remainders 0 and 1."""

    def eligible(desk: Desk) -> Flags:
        return mask(present(desk) & (desk.rows[item][desk.people["last_row"]] % 10 == 0))

    return eligible


def wrong_my_number(desk: Desk, person: int, variant: int) -> Planted:
    """個人番号 with a wrong check digit."""
    row = desk.last(person)
    number = int(desk.rows["個人番号"][row])
    return Planted(
        row, {"個人番号": desk.text("個人番号", f"{number - number % 10 + (number + 3) % 10:012d}")}, "個人番号"
    )


def number_before_check_digits(desk: Desk, person: int, variant: int) -> Planted:
    """A 宛名番号 from before check digits is kept."""
    return Planted(desk.last(person), {}, "宛名番号")


DEFECTS: tuple[Kind, ...] = (
    Kind("IDN-001", "個人番号", wrong_my_number, present, often=7),
    Kind("IDN-005", "宛名番号", number_before_check_digits, with_old_number, "NONE", everyone=True),
)
ODDITIES: tuple[Kind, ...] = (
    Kind("IDN-001", "個人番号", kept, _ends_in_zero("個人番号"), planted=False, often=30),
    Kind("IDN-005", "宛名番号", kept, _ends_in_zero("宛名番号"), planted=False, often=160),
)
