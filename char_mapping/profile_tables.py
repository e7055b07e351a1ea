"""What the tables of a profile say together, before any setting of a source: pages, pairs, JIS78 forms, permutation."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from char_mapping.definitions import load_jis78, load_permutation, load_table
from char_mapping.profiles import Newline, Profile


@cache
def page(name: str, newline: Newline) -> tuple[str | None, ...]:
    """The 256 cells of a one-byte page, None where nothing is defined; without a name nothing is."""
    if not name:
        return (None,) * 256
    cells = load_table(f"page_{name}")
    texts = [cells.get(byte) for byte in range(256)]
    if newline == "lf":
        # Hosts end a line with 15 where IBM's tables read NEL; 25 is IBM's LF and takes the place of NEL.
        texts = ["\n" if text == "\x85" else "\x85" if text == "\n" else text for text in texts]
    return tuple(texts)


def permuted(profile: Profile) -> tuple[int, ...]:
    """Byte of the tables → byte of the file."""
    return load_permutation(profile.permutation) if profile.permutation else tuple(range(256))


def table_cells(profile: Profile) -> dict[int, str]:
    """Code → characters of the tables at their places, before the permutation; codes absent from JIS78 left out."""
    cells: dict[int, str] = {}
    for table in profile.tables:
        for code, text in load_table(table.name).items():
            if table.first_row <= code >> 8 <= table.last_row:
                cells[code + table.add] = text
    if profile.jis78 is not None:
        for form in load_jis78():
            row = form.code >> 8
            kept = profile.jis78_keeps is not None and profile.jis78_keeps[0] <= row <= profile.jis78_keeps[1]
            if form.kind == "absent" and not kept:
                cells.pop(form.code + profile.jis78, None)
    return cells


def glyph_pairs(profile: Profile) -> dict[int, tuple[str, str]]:
    """Code → (JIS78 form, JIS90 form), before the permutation. Forms without a character of their own are the same."""
    if profile.jis78 is None:
        return {}
    return {form.code + profile.jis78: (form.jis78, form.jis90) for form in load_jis78() if form.jis78}


def leads(profile: Profile, codes: Iterable[int]) -> frozenset[int]:
    """Bytes that begin a pair (or, 8F in EUC, a triple)."""
    match profile.structure:
        case "lead":
            return frozenset(code >> 8 for code in codes)
        case "euc":
            return frozenset(code >> 8 if code >= 0x8000 else 0x8F for code in codes)
        case _:
            return frozenset()
