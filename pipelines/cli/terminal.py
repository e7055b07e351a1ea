"""Texts in columns of a terminal, where a full-width character takes two."""

from __future__ import annotations

from unicodedata import east_asian_width


def columns_of(text: str) -> int:
    """Columns that a text takes; characters of ambiguous width take one, as in a terminal of UTF-8."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A text with blanks up to ``width`` columns, behind it or (``right``) before it; a longer one stays as it is."""
    blanks = " " * (width - columns_of(text))
    return blanks + text if right else text + blanks
