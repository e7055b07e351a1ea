"""Where in a block a character stands at all: what lets most rules pass most columns without a second look."""

from __future__ import annotations

import re

import polars as pl

from char_mapping.text import SUBSTITUTES
from rules.column_facts import fact_of

SUBSTITUTE_PATTERN = f"[?{''.join(SUBSTITUTES)}]"
"""What hosts and converters write where a character could not be carried: U+FFFD 〓 ？ ＿ ■ ● □, and byte 3F."""
SELECTOR_PATTERN = r"[\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}]"
PRIVATE_USE_PATTERN = r"[\x{E000}-\x{F8FF}\x{F0000}-\x{FFFFD}\x{100000}-\x{10FFFD}]"
RADICAL_PATTERN = r"[\x{2E80}-\x{2EF3}\x{2F00}-\x{2FD5}]"
OTHER_SIDE_PATTERN = "[\u301c\u2016\u2212\u00a2\u00a3\u00ac\u2014]"

_ONE_CLASS = re.compile(r"\[[^\[\]&]+\]")

# A class → the code points asked about so far, and those of them it holds. Replaced, never changed in place.
_classes: dict[str, tuple[frozenset[int], frozenset[int]]] = {}


def rows_where(block: pl.DataFrame, column: str, pattern: str, sign: str = "") -> bool:
    """Whether any value of a column matches: lets a rule leave a column alone that holds nothing for it.

    A pattern that is one class of characters is answered from the distinct characters of the column, which are
    collected once for all rules. ``sign`` is such a class, of which every match of the pattern holds a character: a
    column without any is not looked through.
    """
    if sign and not rows_where(block, column, sign):
        return False
    if _ONE_CLASS.fullmatch(pattern):
        held = characters_of(block, column)
        return not held.isdisjoint(_held(pattern, held))
    return bool(block[column].str.contains(pattern).any())


def characters_of(block: pl.DataFrame, column: str) -> frozenset[int]:
    """The code points that stand anywhere in a text column."""
    return fact_of(block, column, "characters", lambda _: frozenset(histogram_of(block, column)[0]))


def histogram_of(block: pl.DataFrame, column: str) -> tuple[list[int], list[int]]:
    """The code points of a text column in ascending order, and how often each occurs."""
    return fact_of(block, column, "histogram", _histogram)


def _histogram(values: pl.Series) -> tuple[list[int], list[int]]:
    # Kernels are imported by the first block: a list of rules needs none.
    from char_mapping.kernels.histogram import code_point_histogram

    points, counts = code_point_histogram(values.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()))
    return points.tolist(), counts.tolist()


def _held(pattern: str, points: frozenset[int]) -> frozenset[int]:
    """The code points of a class, as far as they have been seen."""
    asked, held = _classes.get(pattern, (frozenset(), frozenset()))
    new = sorted(points - asked)
    if new:
        hits = pl.Series([chr(point) for point in new], dtype=pl.String).str.contains(pattern)
        held |= {point for point, hit in zip(new, hits, strict=True) if hit}
        _classes[pattern] = asked | points, held
    return held


def distinct_where(block: pl.DataFrame, column: str, condition: pl.Expr) -> list[str]:
    """The distinct values of a text column for which a condition on that column holds, sorted."""
    found = block.select(pl.col(column).drop_nulls().unique()).filter(condition)[column]
    return found.sort().to_list()
