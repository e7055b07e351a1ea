from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pipelines.sample_city.second_numbers import one_digit_off


@given(st.dates(date(1900, 1, 1), date(2026, 12, 31)))
def test_a_birth_date_one_digit_off_is_another_day_of_the_calendar(birth: date) -> None:
    other = one_digit_off(birth.isoformat())
    assert date.fromisoformat(other) != birth
    assert [a == b for a, b in zip(other, birth.isoformat(), strict=True)].count(False) == 1
