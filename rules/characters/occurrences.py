"""Where in a block a character stands at all: what lets most rules pass most columns without a second look."""

from __future__ import annotations

import weakref

import polars as pl

from char_mapping.text import SUBSTITUTES

SUBSTITUTE_PATTERN = f"[?{''.join(SUBSTITUTES)}]"
"""What hosts and converters write where a character could not be carried: U+FFFD 〓 ？ ＿ ■ ● □, and byte 3F."""
SELECTOR_PATTERN = r"[\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]"
PRIVATE_USE_PATTERN = r"[\x{E000}-\x{F8FF}\x{F0000}-\x{FFFFD}\x{100000}-\x{10FFFD}]"
RADICAL_PATTERN = r"[\x{2E80}-\x{2EF3}\x{2F00}-\x{2FD5}]"
OTHER_SIDE_PATTERN = "[\u301c\u2016\u2212\u00a2\u00a3\u00ac\u2014]"
_RARE = "|".join(
    (SUBSTITUTE_PATTERN, SELECTOR_PATTERN, PRIVATE_USE_PATTERN, RADICAL_PATTERN, OTHER_SIDE_PATTERN))

# All finding rules see one frame, one after the other: one pass a column serves them all. Keyed by identity and
# forgotten with the frame; threads work on frames of their own.
_seen: dict[int, dict[str, bool]] = {}


def rows_where(block: pl.DataFrame, column: str, pattern: str) -> bool:
    """Whether any value of a column matches: lets a cleaner leave a column alone that holds nothing for it."""
    return bool(block[column].str.contains(pattern).any())


def rare_where(block: pl.DataFrame, column: str, pattern: str) -> bool:
    """Like :func:`rows_where`, for one of the rare patterns of this module.

    A column without any rare character answers for all patterns after one pass.
    """
    key = id(block)
    if key not in _seen:
        _seen[key] = {}
        weakref.finalize(block, _seen.pop, key, None)
    known = _seen[key]
    if column not in known:
        known[column] = rows_where(block, column, _RARE)
    return known[column] and rows_where(block, column, pattern)


def distinct_where(block: pl.DataFrame, column: str, condition: pl.Expr) -> list[str]:
    """The distinct values of a text column for which a condition on that column holds, sorted."""
    found = block.select(pl.col(column).drop_nulls().unique()).filter(condition)[column]
    return found.sort().to_list()
