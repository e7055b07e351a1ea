from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.eras import load_eras
from rules.contract import DateForm, RuleContext
from rules.dates import reading
from rules.dates.block_readings import with_readings
from rules.dates.reading import Reading, read_date
from rules.dates.writing import as_source_writes
from rules.trial import block, bound, context

ERA = DateForm("GYYMMDD", unknown_parts=("00", "99"))
WESTERN = DateForm("YYYYMMDD", unknown_parts=("00", "99"))
FORMS = [
    DateForm("GYYMMDD"),
    DateForm("GYYMMDD", era="letter"),
    DateForm("GGYYMMDD", era="two_digit"),
    DateForm("YYYYMMDD"),
    DateForm("ISO"),
    DateForm("SLASH"),
    DateForm("WAREKI_TEXT"),
    DateForm("YYMMDD"),
]
days = st.dates(date(1873, 1, 1), date(2099, 12, 31))


def unknown(text: str) -> Reading:
    return Reading("unknown", None, text, text)


def in_era(day: date) -> str:
    number, era = max((n, e) for n, e in enumerate(load_eras(), start=1) if e.start <= day)
    return f"{number}{day.year - era.year_offset:02d}{day:%m%d}"


@given(days)
def test_every_day_reads_the_same_in_every_form(day: date) -> None:
    digits = in_era(day)
    era = load_eras()[int(digits[0]) - 1]
    written = {
        "GYYMMDD": digits,
        "YYYYMMDD": f"{day:%Y%m%d}",
        "ISO": day.isoformat(),
        "SLASH": f"{day:%Y/%m/%d}",
        "WAREKI_TEXT": f"{era.name}{int(digits[1:3])}年{day.month}月{day.day}日",
    }
    for form, text in written.items():
        found = read_date(text, DateForm(form))
        assert found.iso == day.isoformat()
        assert found.reason in reading.LEGAL


@given(st.text(max_size=12) | st.text("0123456789ABMTSHR年月日-/.", max_size=10), st.sampled_from(FORMS))
def test_any_text_ends_with_one_known_reason(text: str, form: DateForm) -> None:
    found = read_date(text, form)
    assert found.reason in reading.REASONS
    assert (found.text is not None) == (found.reason in reading.UNKNOWN_REASONS)
    if found.iso is not None:
        assert len(found.iso) == 10
    if found.reason in reading.LEGAL:
        assert date.fromisoformat(found.iso or "").isoformat() == found.iso


@given(st.from_regex(r"\A[1-5][0-9]{6}\Z"))
def test_no_day_is_ever_made_up(text: str) -> None:
    found = read_date(text, ERA)
    if found.iso is not None and found.reason != reading.YEAR_ZERO:
        assert found.iso[5:] == f"{text[3:5]}-{text[5:]}"


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("1450730", ERA, Reading("boundary", "1912-07-30")),
        ("2010730", ERA, Reading("era", "1912-07-30")),
        ("2151225", ERA, Reading("boundary", "1926-12-25")),
        ("3011225", ERA, Reading("era", "1926-12-25")),
        ("3011224", ERA, Reading("before_era", "1926-12-24")),
        ("3640107", ERA, Reading("era", "1989-01-07")),
        ("3640108", ERA, Reading("after_era", "1989-01-08")),
        ("4010108", ERA, Reading("era", "1989-01-08")),
        ("4310430", ERA, Reading("era", "2019-04-30")),
        ("4310501", ERA, Reading("after_era", "2019-05-01")),
        ("4350331", ERA, Reading("after_era", "2023-03-31")),
        ("5010501", ERA, Reading("era", "2019-05-01")),
        ("5010430", ERA, Reading("before_era", "2019-04-30")),
        ("1060101", ERA, Reading("era", "1873-01-01")),
        ("1051202", ERA, Reading("lunar")),
        ("1051203", ERA, Reading("missing_1872")),
        ("1011101", ERA, Reading("lunar")),
        ("3500229", ERA, Reading("off_calendar", "1975-02-29")),
        ("3510229", ERA, Reading("era", "1976-02-29")),
        ("3501301", ERA, Reading("off_calendar", "1975-13-01")),
        ("3200000", ERA, unknown("昭和２０年　月日不詳")),
        ("5010600", ERA, Reading("unknown", None, "令和元年６月　日不詳", "令和元年６月　日不詳")),
        ("3209999", ERA, Reading("unknown_code", None, "昭和２０年　月日不詳", "昭和２０年　月日不詳")),
        ("3000000", ERA, Reading("unknown", None, "年月日不詳", "年月日不詳")),
        ("3200015", ERA, Reading("off_calendar", "1945-00-15")),
        ("5000501", ERA, Reading("year_zero", "2019-05-01")),
        ("5000431", ERA, Reading("year_zero")),
        ("0500101", ERA, Reading("unknown_era")),
        ("9500101", ERA, Reading("unknown_era")),
        ("0000000", ERA, Reading("empty")),
        ("9999999", ERA, Reading("empty")),
        ("　　", ERA, Reading("empty")),
        ("19751301", ERA, Reading("not_a_date")),
        ("19451231", ERA, Reading("other_form", "1945-12-31")),
        ("451231", ERA, Reading("other_form")),
        ("1945A100", WESTERN, Reading("season", None, "昭和２０年春", "１９４５年春")),
        ("1945C400", WESTERN, Reading("season", None, "昭和２０年仲冬", "１９４５年仲冬")),
        ("194505A3", WESTERN, Reading("season", None, "昭和２０年５月下旬", "１９４５年５月下旬")),
        ("19890000", WESTERN, Reading("unknown", None, "１９８９年　月日不詳", "１９８９年　月日不詳")),
        ("19459999", WESTERN, Reading("unknown_code", None, "昭和２０年　月日不詳", "１９４５年　月日不詳")),
        ("99991231", WESTERN, Reading("open_end", "9999-12-31")),
        ("00000101", WESTERN, Reading("open_start", "0000-01-01")),
        ("3451231", WESTERN, Reading("other_form", "1970-12-31")),
        ("１９７５０１０１", WESTERN, Reading("other_form", "1975-01-01")),
        ("1978/1/5", DateForm("SLASH"), Reading("western", "1978-01-05")),
        ("1978-01-05", DateForm("SLASH"), Reading("other_form", "1978-01-05")),
        ("1978-1-5", DateForm("ISO"), Reading("other_form", "1978-01-05")),
        ("S50.1.1", DateForm("WAREKI_TEXT"), Reading("era", "1975-01-01")),
        ("昭和元年１２月２５日", DateForm("WAREKI_TEXT"), Reading("era", "1926-12-25")),
        ("昭和20年月日不詳", DateForm("WAREKI_TEXT"), unknown("昭和２０年　月日不詳")),
        ("令和2年3月日不詳", DateForm("WAREKI_TEXT"), unknown("令和２年３月　日不詳")),
        ("520101", DateForm("YYMMDD"), Reading("two_digit_year")),
        ("01500101", DateForm("GGYYMMDD", era="two_digit"), Reading("after_era", "1917-01-01")),
        ("19780101", DateForm("GGYYMMDD", era="two_digit"), Reading("other_form", "1978-01-01")),
        ("00000000", DateForm("YYYYMMDD", zeros="open_start"), Reading("open_start", "0000-01-01")),
        ("99999999", DateForm("YYYYMMDD", nines="open_end"), Reading("open_end", "9999-12-31")),
        ("99999999", DateForm("YYYYMMDD", nines="unknown"), Reading("unknown_code", None, "年月日不詳", "年月日不詳")),
    ],
)  # fmt: skip
def test_reading(text: str, form: DateForm, expected: Reading) -> None:
    assert read_date(text, form) == expected


@given(
    st.lists(st.none() | days, min_size=1, max_size=20), st.sampled_from(["GYYMMDD", "YYYYMMDD", "SLASH"])
)
def test_the_way_back_restores_what_the_source_wrote(values: list[date | None], form: str) -> None:
    write: Any = {"GYYMMDD": in_era, "YYYYMMDD": "{:%Y%m%d}".format, "SLASH": "{:%Y/%m/%d}".format}[form]
    frame = pl.DataFrame(
        {"d": [None if v is None else v.isoformat() for v in values]}, schema={"d": pl.String}
    )
    back = as_source_writes("d", DateForm(form))
    assert back is not None
    assert frame.select(back)["d"].to_list() == [None if v is None else write(v) for v in values]


def test_a_block_is_read_once_and_like_single_values() -> None:
    born = bound("生年月日", "person.birth_date", date_form=ERA)
    values = [in_era(date(1990, 1, 1) + timedelta(days=k)) for k in range(500)] + ["3500229", None, "x"]
    ctx: RuleContext = context([born])
    first = with_readings(block({"生年月日": values}), ctx)
    assert first["reading:生年月日"].to_list() == [read_date(v, ERA).reason for v in values]
    assert first["iso:生年月日"].to_list() == [read_date(v, ERA).iso for v in values]
    assert with_readings(first, ctx) is first


def test_items_that_are_empty_throughout_are_not_read() -> None:
    born = bound("生年月日", "person.birth_date", date_form=ERA)
    frame = block({"生年月日": [None, None]})
    assert with_readings(frame, context([born])) is frame
