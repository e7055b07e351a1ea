"""What a work list may show: never a 個人番号, and no address of a person under 支援措置.

Work lists are read inside one 主管課 and show values in plain; these are the exceptions (design §4). Where it is not
certain what a value is, it is not shown.
"""

from __future__ import annotations

import re

import polars as pl

PROTECTED_TEXT = "（支援措置のため表示しません）"
PROTECTED_PLACES = "住所の異同は表示しません（支援措置）"
PERSONAL_NUMBER_TEXT = "（個人番号のため表示しません）"

_ADDRESS_MEANING = r"(^|_)address(\.|$)|honseki"
_ADDRESS_NAME = (
    "住所|居所|本籍|方書|番地|町字|町名|大字|郵便番号|都道府県|市区|地区|転入前|転出先|送付先|備考|特記"
)
_PERSONAL_NUMBER_NAME = r"個人番号|マイナンバー"

# Whether the address of somebody under 支援措置 is another's tells where they live as plainly as the address does.
_ABOUT_PLACES = r"[^・；／、：: ]*(?:住所|方書)[^・；／、]*"

_TWELVE_DIGITS = re.compile(r"(?<![0-9０-９])[0-9０-９]{12}(?![0-9０-９])")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
# 総務省令85号5条: weights of the 11 digits from the left.
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def is_personal_number(digits: str) -> bool:
    """Whether 12 half-width digits carry the check digit of a 個人番号."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits[:11], _WEIGHTS, strict=True)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def without_personal_numbers(text: str) -> str:
    """Text with each 個人番号 that somebody wrote into it (備考 …) replaced; other numbers stay."""
    return _TWELVE_DIGITS.sub(
        lambda found: PERSONAL_NUMBER_TEXT if is_personal_number(found[0].translate(_WIDE_DIGITS)) else found[0], text
    )


def disclose(rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """Replace what may not be shown in ``columns``.

    Args:
        rows: Columns item_path, meaning ("" = unknown), protected (Boolean: the person or somebody of the household is
            under 支援措置) and ``columns`` (String); rule_id where the evidence of pairs is among them.
        columns: Columns that may hold values of a resident; the first is the value itself, where a 個人番号 is named as
            not shown even when the row carries none.
    """
    item = pl.col("item_path").fill_null("")
    address = (
        (item == "") | (pl.col("meaning") == "") | pl.col("meaning").str.contains(_ADDRESS_MEANING)
        | item.str.contains(_ADDRESS_NAME)
    )
    number = (pl.col("meaning") == "person.my_number") | item.str.contains(_PERSONAL_NUMBER_NAME)
    shown = rows.with_columns(
        pl.when(number & (pl.col(name).is_not_null() | (name == columns[0]))).then(pl.lit(PERSONAL_NUMBER_TEXT))
        .when(pl.col(name).is_null()).then(None)
        .when(pl.col("protected") & address).then(pl.lit(PROTECTED_TEXT))
        .otherwise(pl.col(name)).alias(name)
        for name in columns
    )
    if "evidence" in columns and "rule_id" in rows.columns:
        of_pair = pl.col("protected") & pl.col("rule_id").str.starts_with("DUP-")
        hidden = pl.col("evidence").str.replace_all(_ABOUT_PLACES, PROTECTED_PLACES)
        shown = shown.with_columns(pl.when(of_pair).then(hidden).otherwise("evidence").alias("evidence"))
    suspicious = pl.col(columns[0]).str.contains(r"[0-9０-９]{12}")
    for name in columns[1:]:
        suspicious = suspicious | pl.col(name).str.contains(r"[0-9０-９]{12}").fill_null(False)
    if shown.select(suspicious.any()).item():
        shown = shown.with_columns(
            pl.Series(name, [value if value is None else without_personal_numbers(value) for value in shown[name]],
                      dtype=pl.String)
            for name in columns
        )
    return shown
