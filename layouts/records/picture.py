"""PICTURE strings: category, digits, scale and length of one elementary item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Category = Literal[
    "numeric", "numeric_edited", "alphabetic", "alphanumeric", "alphanumeric_edited", "national", "boolean"
]

_SYMBOL = re.compile(r"(CR|DB|[ABEGNPSVXZ019*+\-,./$\\¥￥])(?:\(([0-9]+)\))?")
_CURRENCY = "$\\¥￥"


@dataclass(frozen=True, slots=True)
class Picture:
    """A parsed PICTURE.

    ``characters`` counts character positions in DISPLAY (a two-byte N or G is one). ``digits`` are the stored decimal
    digits (without P); ``scale`` is the number of decimal places, negative where P stands left of the point (``9PP``
    has scale -2).
    """

    text: str
    category: Category
    characters: int
    digits: int = 0
    scale: int = 0
    signed: bool = False
    symbols: tuple[str, ...] = ()


class PictureError(ValueError):
    """The string is no PICTURE; the message says why and holds only the string."""


def _expand(text: str) -> list[str]:
    symbols: list[str] = []
    position = 0
    upper = text.upper()
    while position < len(upper):
        match = _SYMBOL.match(upper, position)
        if match is None:
            raise PictureError(f"character {upper[position]!r} at position {position + 1} of picture {text}")
        count = int(match.group(2)) if match.group(2) else 1
        if count == 0 or count > 65535:
            raise PictureError(f"repetition ({match.group(2)}) in picture {text}")
        symbols.extend([match.group(1)] * count)
        position = match.end()
    return symbols


def _numeric(text: str, symbols: list[str]) -> Picture:
    signed = symbols[0] == "S"
    body = symbols[1:] if signed else symbols
    joined = "".join(body)
    if not re.fullmatch(r"P*V?P*9+V?9*P*V?", joined) or joined.count("V") > 1 or "S" in joined:
        raise PictureError(f"order of the symbols of picture {text}")
    digits = joined.count("9")
    leading = len(joined) - len(joined.lstrip("PV"))
    left_p, right_p = joined[:leading].count("P"), joined[leading:].count("P")
    if left_p and right_p:
        raise PictureError(f"P on both sides of picture {text}")
    if left_p:
        scale = digits + left_p
    elif right_p:
        scale = -right_p
    else:
        scale = len(joined) - joined.index("V") - 1 if "V" in joined else 0
    if digits > 38:
        raise PictureError(f"{digits} digits (38 at most) in picture {text}")
    return Picture(text, "numeric", digits, digits, scale, signed)


def _numeric_edited(text: str, symbols: list[str]) -> Picture:
    """Edited numbers are carried as text; digits and scale describe the number :func:`edited_number` reads."""
    floating = {s for s in set(symbols) & set("+-" + _CURRENCY) if symbols.count(s) > 1}
    places: list[bool] = []
    fraction = 0
    seen_point = False
    for symbol in symbols:
        if symbol in ("V", ".") and not seen_point:
            seen_point = True
        elif symbol in ("9", "Z", "*") or symbol in floating:
            places.append(True)
            fraction += seen_point
    digits = len(places) - len(floating)
    characters = sum(2 if s in ("CR", "DB") else 0 if s in ("V", "P", "S") else 1 for s in symbols)
    signed = bool({"+", "-", "CR", "DB"} & set(symbols))
    return Picture(text, "numeric_edited", characters, digits, fraction, signed, tuple(symbols))


def parse_picture(text: str) -> Picture:
    """Parse one PICTURE character string (without the word PIC).

    Raises:
        PictureError: Unknown symbol, impossible order or repetition.
    """
    symbols = _expand(text)
    kinds = set(symbols)
    if kinds <= set("S9VP") and "9" in kinds:
        return _numeric(text, symbols)
    if kinds <= set("NG"):
        return Picture(text, "national", len(symbols))
    if kinds & set("NG") and kinds <= set("NGB0/"):
        return Picture(text, "national", len(symbols), symbols=tuple(symbols))
    if kinds == {"1"}:
        return Picture(text, "boolean", len(symbols))
    if kinds <= {"A", "B"} and "A" in kinds:
        return Picture(text, "alphabetic", len(symbols))
    if kinds & {"X", "A"}:
        if kinds <= set("XA9"):
            return Picture(text, "alphanumeric", len(symbols))
        if kinds <= set("XA9B0/"):
            return Picture(text, "alphanumeric_edited", len(symbols))
    elif kinds <= {*"9ZVP*+-,./0BE" + _CURRENCY, "CR", "DB"} and kinds & set("9Z*+-" + _CURRENCY):
        return _numeric_edited(text, symbols)
    raise PictureError(f"combination of symbols in picture {text}")


def edited_number(text: str, picture: Picture) -> str | None:
    """The number an edited text shows (``1,234.50-`` → ``-1234.50``); None when the text shows no number.

    Blanks only (all digits suppressed) give the zero the program moved there; leading zeros are not restored.
    """
    body = text.strip()
    negative = "-" in body or body.endswith(("CR", "DB"))
    digits = re.sub(r"(CR|DB)$", "", body)
    for symbol in " ,*+-/" + _CURRENCY:
        digits = digits.replace(symbol, "")
    if digits in ("", "."):
        digits = "0"
    if not re.fullmatch(r"[0-9]*\.?[0-9]*", digits):
        return None
    if "V" in picture.symbols and picture.scale and "." not in digits:
        digits = digits.rjust(picture.scale + 1, "0")
        digits = f"{digits[: -picture.scale]}.{digits[-picture.scale :]}"
    return f"-{digits}" if negative else digits
