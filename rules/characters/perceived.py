"""Characters as a person counts them, and the marks that stand where a character is missing."""

from __future__ import annotations

import polars as pl

SUBSTITUTE_PATTERN = "[\N{REPLACEMENT CHARACTER}〓？?＿■●□]"
"""What hosts and converters write where a character could not be carried: U+FFFD 〓 ？ ＿ ■ ● □, and byte 3F."""


def perceived_length(text: pl.Expr) -> pl.Expr:
    r"""Length in user-perceived characters: a base with its variation selector or combining mark is one.

    >>> pl.DataFrame({"t": ["辻", "辻\U000E0102", "𠮷野"]}).select(perceived_length(pl.col("t")))["t"].to_list()
    [1, 1, 2]
    """
    return text.str.len_chars() - text.str.count_matches(r"\p{M}")


def rows_where(block: pl.DataFrame, column: str, pattern: str) -> bool:
    """Whether any value of a column matches: lets a cleaner leave a column alone that holds nothing for it."""
    return bool(block.select(pl.col(column).str.contains(pattern).any()).item())
