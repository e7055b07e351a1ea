"""What a column of text holds, measured and without showing whose it is: lengths, kinds of characters, shapes, codes.

A value is only ever shown when it is a code: short, one of few, and shared by several records. Everything else is shown
as a shape (漢2　漢2, 9{8}). Lengths count user-perceived characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from char_mapping.text import count_characters

# In this order: the first class that fits a character names it. Extensions and compatibility ideographs are kanji;
# variation selectors belong to the character before them.
CLASSES: tuple[tuple[str, str, str], ...] = (
    ("9", "半角数字", "[0-9]"), ("A", "半角英大", "[A-Z]"), ("a", "半角英小", "[a-z]"), ("ｱ", "半角カナ", "[｡-ﾟ]"),
    ("９", "全角数字", "[０-９]"), ("Ａ", "全角英字", "[Ａ-Ｚａ-ｚ]"), ("ア", "カタカナ", "[ァ-ヺー]"),
    ("あ", "ひらがな", "[ぁ-ゖ]"),
    ("漢", "漢字", "[一-\u9fff㐀-\u4dbf\uf900-\ufaff\U00020000-\U0003ffff々〆〇]"),
    ("外", "私用領域", "[\ue000-\uf8ff\U000f0000-\U0010ffff]"),
)
_SELECTORS = "[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
_SENTINELS = ("^0+$", "^9+$", "^(0000-00-00|0000/00/00)$", "^9999[-/]12[-/]31$", "^[*＊]+$", "^[-－]+$", "^[?？]+$",
              "^(?i:null|na|n/a)$")
_DATE_FORMS: Mapping[str, str] = {
    "ISO": r"^[0-9]{4}-(0[0-9]|1[0-2])-[0-3][0-9]$",
    "SLASH": r"^[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}$",
    "YYYYMMDD": r"^(1[89]|20)[0-9]{2}(0[0-9]|1[0-2])([0-2][0-9]|3[01])$",
    "GGYYMMDD": r"^0[1-5][0-6][0-9](0[0-9]|1[0-2])([0-2][0-9]|3[01])$",
    "GYYMMDD": r"^[1-5MTSHR][0-6][0-9](0[0-9]|1[0-2])([0-2][0-9]|3[01])$",
    "YYMMDD": r"^[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$",
    "WAREKI_TEXT": r"^(明治|大正|昭和|平成|令和|明|大|昭|平|令)",
}
_MOST_CODES, _LONGEST_CODE, _LEAST_SHARED = 60, 6, 3
_ENOUGH = 0.95


@dataclass(frozen=True)
class ColumnProfile:
    """One column as measured.

    Attributes:
        name: The column.
        rows: All rows.
        filled: Rows whose value is neither null nor blank.
        distinct: Different filled values.
        shortest: Fewest characters of a filled value.
        longest: Most characters of a filled value.
        kinds: Filled rows by kind of character (Japanese label → rows that hold one).
        shapes: The most frequent shapes and their rows.
        codes: Values and their rows where the column is one of codes; empty where values may be somebody's.
        sentinels: Rows by a value that stands for nothing (all 0, all 9, 9999-12-31 …).
        date_forms: Share of the filled, non-sentinel rows by form of a date, those of at least 95 %.
        years: First and last year where it is a date in ISO, SLASH or YYYYMMDD.
        digits: Fewest and most digits where every value is a number.
        trimmed: Rows with blanks at an end.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    shortest: int
    longest: int
    kinds: Mapping[str, int]
    shapes: tuple[tuple[str, int], ...]
    codes: tuple[tuple[str, int], ...]
    sentinels: tuple[tuple[str, int], ...]
    date_forms: Mapping[str, float]
    years: tuple[str, str] | None
    digits: tuple[int, int] | None
    trimmed: int

    @property
    def fill_rate(self) -> float:
        """Share of filled rows, 0 where there is no row."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 0 and self.distinct == self.rows == self.filled


def profile_column(column: pl.Series) -> ColumnProfile:
    """Measure one String column."""
    text = column.cast(pl.String)
    rows = text.len()
    counted = (text.to_frame("value").filter(pl.col("value").is_not_null()).group_by("value").agg(pl.len().alias("n"))
               .with_columns(pl.col("value").str.strip_chars(" 　\t").alias("bare"))
               .with_columns(count_characters(pl.col("bare")).alias("length")))
    trimmed = int(counted.filter((pl.col("value") != pl.col("bare")) & (pl.col("bare") != ""))["n"].sum())
    values = (counted.filter(pl.col("bare") != "").group_by("bare").agg(pl.col("n").sum(), pl.col("length").first())
              .sort("n", "bare", descending=[True, False]))
    filled = int(values["n"].sum())
    sentinels = _sentinels(values)
    plain = values.filter(~pl.col("bare").is_in([value for value, _ in sentinels]))
    dates = _date_forms(plain)
    numeric = plain.height > 0 and plain.select(pl.col("bare").str.contains(r"^-?[0-9]+(\.[0-9]+)?$").all()).item()
    digits = None
    if numeric:
        lengths = plain["bare"].str.replace_all("[^0-9]", "").str.len_chars()
        digits = (_whole(lengths.min()), _whole(lengths.max()))
    return ColumnProfile(
        name=column.name, rows=rows, filled=filled, distinct=values.height, shortest=_whole(values["length"].min()),
        longest=_whole(values["length"].max()), kinds=_kinds(values), shapes=_shapes(values),
        codes=_codes(values, dates), sentinels=sentinels, date_forms=dates, years=_years(plain, dates), digits=digits,
        trimmed=trimmed)


def profile_columns(table: pl.DataFrame) -> tuple[ColumnProfile, ...]:
    """Measure every column that is not ikou's own (names beginning with ``_``), in the table's order."""
    return tuple(profile_column(table[name]) for name in table.columns if not name.startswith("_"))


def shape_of_value(text: str) -> str:
    """The shape of one value: runs of one class of characters with their length, other signs as they stand.

    >>> shape_of_value("山田　太郎"), shape_of_value("1-23"), shape_of_value("S500101")
    ('漢2　漢2', '9-9{2}', 'A9{6}')
    """
    return _collapsed(_mask(pl.Series([text])).item())


def _mask(values: pl.Series) -> pl.Series:
    masked = values.str.replace_all(_SELECTORS, "")
    for sign, _, pattern in CLASSES:
        # A private sign first: a class's sign would be met by a later class.
        masked = masked.str.replace_all(pattern, chr(0x1B00 + ord(sign) % 0x100))
    return masked


_SIGN_OF = {chr(0x1B00 + ord(sign) % 0x100): sign for sign, _, _ in CLASSES}
assert len(_SIGN_OF) == len(CLASSES)


def _collapsed(mask: str) -> str:
    found = []
    for run in re.finditer(r"(.)\1*", mask, re.DOTALL):
        sign = _SIGN_OF.get(run[1])
        count = len(run[0])
        if sign is None:
            found.append(run[0] if count < 4 else f"{run[1]}{{{count}}}")
        elif count == 1:
            found.append(sign)
        else:
            found.append(f"{sign}{{{count}}}" if ord(sign) < 0x80 else f"{sign}{count}")
    return "".join(found)


def _shapes(values: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    masks = (values.select(_mask(values["bare"]).alias("mask"), "n").group_by("mask").agg(pl.col("n").sum())
             .sort("n", "mask", descending=[True, False]).head(2000))
    found: dict[str, int] = {}
    for mask, count in masks.iter_rows():
        shape = _collapsed(mask)
        found[shape] = found.get(shape, 0) + count
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:5])


def _kinds(values: pl.DataFrame) -> dict[str, int]:
    found = {label: int(values.filter(pl.col("bare").str.contains(pattern))["n"].sum())
             for _, label, pattern in CLASSES}
    return {label: count for label, count in found.items() if count}


def _sentinels(values: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    """All 0 and all 9 only where values are longer than a code of one character, or 9 is just a code."""
    longest = _whole(values["length"].max())
    found = []
    for pattern in _SENTINELS:
        hits = values.filter(pl.col("bare").str.contains(pattern) & ((pl.col("length") > 1) | (longest > 2)))
        found += [(value, count) for value, count in hits.select("bare", "n").iter_rows()]
    return tuple(sorted(dict(found).items(), key=lambda pair: (-pair[1], pair[0])))


def _date_forms(values: pl.DataFrame) -> dict[str, float]:
    total = int(values["n"].sum())
    if not total:
        return {}
    found = {form: int(values.filter(pl.col("bare").str.contains(pattern))["n"].sum()) / total
             for form, pattern in _DATE_FORMS.items()}
    likely = {form: share for form, share in found.items() if share >= _ENOUGH}
    # Six or seven digits are a date only where they are many: a code list may look like one.
    return likely if values.height > 12 or {"ISO", "SLASH", "WAREKI_TEXT"} & likely.keys() else {}


def _years(values: pl.DataFrame, dates: Mapping[str, float]) -> tuple[str, str] | None:
    if not {"ISO", "SLASH", "YYYYMMDD"} & dates.keys():
        return None
    years = values["bare"].str.extract("^([0-9]{4})", 1).drop_nulls()
    return (str(years.min()), str(years.max())) if years.len() else None


def _codes(values: pl.DataFrame, dates: Mapping[str, float]) -> tuple[tuple[str, int], ...]:
    """The values, where they are codes: short, few, most of them shared; a value of fewer than three rows stays out."""
    total = int(values["n"].sum())
    if not total or dates or values.height > min(_MOST_CODES, max(total // 5, 2)):
        return ()
    half = values.select((pl.col("bare").str.contains("^[!-~]+$") & (pl.col("length") <= _LONGEST_CODE)).all()).item()
    wide = values.select((pl.col("length") <= 2).all()).item() and values.height <= 20
    if not (half or wide):
        return ()
    shown = values.filter(pl.col("n") >= _LEAST_SHARED)
    return tuple(shown.select("bare", "n").iter_rows())


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int) else 0
