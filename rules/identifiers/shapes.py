"""The shape of numbers kept as text."""

from __future__ import annotations

import polars as pl


def digits_only(column: str, length: int) -> pl.Expr:
    r"""Mask: exactly ``length`` ASCII digits (full-width digits are none, nor is a line break at the end).

    Examples:
        >>> pl.DataFrame({"n": ["0123", "123", "０１２３", "012\n"]}).select(digits_only("n", 4))["n"].to_list()
        [True, False, False, False]
    """
    value = pl.col(column)
    return (value.str.len_bytes() == length) & value.str.contains(r"\A[0-9]+\z")
