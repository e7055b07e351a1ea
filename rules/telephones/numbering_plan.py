"""Japanese telephone numbers by the numbering plan, as ``phonenumbers`` knows it; shared by the rules of this family.

Source: 総務省 電気通信番号計画, through the metadata of phonenumbers (libphonenumber, Apache-2.0). Each distinct
text is asked once in the life of a process.
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

_FULL = "０１２３４５６７８９（）＋－‐―−ー〜～\u3000"
_HALF = "0123456789()+------- "
PLAIN = r"\A[0-9()+\- ]+\z"
"""Digits, brackets, plus, hyphens and blanks: a text that is one number and nothing else."""


def half_width(column: str) -> pl.Expr:
    """The text with digits, brackets and every kind of bar in half width.

    >>> numbers = pl.DataFrame({"t": ["０３（５２５３）５１１１", "０３－５２５３ー５１１１"]})
    >>> numbers.select(half_width("t"))["t"].to_list()
    ['03(5253)5111', '03-5253-5111']
    """
    return pl.col(column).str.replace_many(list(_FULL), list(_HALF))


@lru_cache(maxsize=500_000)
def written(text: str) -> str | None:
    """A valid number of the plan with its hyphens; None for anything else.

    >>> written("03(5253)5111"), written("0138211234"), written("+81 3-5253-5111"), written("5253-5111")
    ('03-5253-5111', '0138-21-1234', '03-5253-5111', None)
    """
    # Its tables take a fifth of a second: only a block with a telephone number pays for them.
    import phonenumbers

    try:
        number = phonenumbers.parse(text, "JP")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != 81 or number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def written_numbers(values: pl.Series) -> pl.Series:
    """:func:`written` of every value that is plain, else null; String."""
    distinct = values.drop_nulls().unique()
    known = {text: written(text) for text in distinct.filter(distinct.str.contains(PLAIN)).to_list()}
    return values.replace_strict(known, default=None, return_dtype=pl.String)
