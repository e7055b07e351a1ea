"""What every source gives, and how it is written down in the tables."""

from __future__ import annotations

import unicodedata

Cells = dict[int, str]
"""Code → characters."""


def hexadecimal(text: str) -> str:
    """Code points in hexadecimal, with underscores between."""
    return "_".join(f"{ord(c):04X}" for c in text)


def shown(text: str) -> str:
    """The characters themselves where they can be seen in a CSV file, else nothing."""
    visible = all(unicodedata.category(c)[0] not in "CZ" for c in text) and text not in {'"', ","}
    return text if visible and unicodedata.category(text[0])[0] != "M" else ""
