"""Code systems as data: the profile files of ``char_mapping/systems``.

A profile is one small TOML file. Keys: ``label``; ``base`` (inherit from another profile); ``structure`` (how bytes
follow each other); ``single_page`` and ``tables`` (which tables, at which place of the code space); ``jis78`` (JIS X
0208 codes carry the JIS78 glyphs, at this offset); ``shift_in``, ``shift_out``, ``idle_shifts``
(shifts, ``in`` or ``out``, that may stand where they change nothing); ``blank``,
``wide_blank`` (the first one is written); ``newline`` (``nel``: 15 is U+0085 and 25 U+000A; ``lf``: the other way
round); ``jis78_keeps`` (rows of JIS X 0208 that exist although JIS78 lacks them); ``user_area`` (linear ranges to the
private use area); ``write_last`` (codes that are read but written only when no other code has the character);
``permutation`` (a byte table that every code of the profile goes through). Codes are hexadecimal text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from char_mapping.definitions import TABLES
from char_mapping.errors import DefinitionError

PROFILES = Path(__file__).parent / "systems"

Newline = Literal["nel", "lf"]
Structure = Literal[
    "single", "double", "shift", "lead", "euc", "utf-8", "utf-16be", "utf-16le", "utf-32be", "utf-32le"
]
STRUCTURES: tuple[Structure, ...] = get_args(Structure)


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """What a list of profiles shows."""

    id: str
    label: str
    structure: str
    glyph_policy_needed: bool


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A double-byte table and where it stands: ``add`` is added to each code whose lead byte is in the rows."""

    name: str
    add: int
    first_row: int
    last_row: int


@dataclass(frozen=True, slots=True)
class UserArea:
    """A range of user-defined codes that runs linearly through the private use area from ``private_use``."""

    first: int
    last: int
    private_use: int
    low_first: int
    low_last: int
    low_gap: int

    def codes(self) -> dict[int, int]:
        """Code → private-use code point for every cell of the range."""
        lows = [low for low in range(self.low_first, self.low_last + 1) if low != self.low_gap]
        cells = (hi << 8 | low for hi in range(self.first >> 8, (self.last >> 8) + 1) for low in lows)
        return {code: self.private_use + n for n, code in enumerate(c for c in cells if self.first <= c <= self.last)}


@dataclass(frozen=True, slots=True)
class Profile:
    """One code system as its file declares it; the codes of areas and shifts are before ``permutation``."""

    id: str
    label: str
    structure: Structure
    single_page: str
    tables: tuple[TablePlace, ...]
    jis78: int | None
    jis78_keeps: tuple[int, int] | None
    newline: Newline
    shift_in: tuple[bytes, ...]
    shift_out: tuple[bytes, ...]
    idle_shifts: tuple[str, ...]
    blank: int
    wide_blank: tuple[int, ...]
    user_area: tuple[UserArea, ...]
    permutation: str
    write_last: tuple[int, int] | None


_KEYS = {
    "label", "base", "structure", "single_page", "tables", "jis78", "shift_in", "shift_out", "idle_shifts", "blank",
    "wide_blank", "user_area", "permutation", "write_last", "jis78_keeps", "newline",
}


def _raw(profile_id: str) -> dict[str, Any]:
    path = PROFILES / f"{profile_id}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in PROFILES.glob("*.toml")))
        raise DefinitionError(f"code system {profile_id}", expected=f"one of {known}", todo="Name an existing profile")
    values = tomllib.loads(path.read_text("utf-8"))
    unknown = set(values) - _KEYS
    if unknown:
        raise DefinitionError(str(path), expected="known profile keys", found=", ".join(sorted(unknown)))
    base = values.pop("base", None)
    return {**_raw(base), **values} if base else values


def _hex(text: str) -> int:
    return int(text, 16)


@cache
def load_profile(profile_id: str) -> Profile:
    """Read one profile file.

    Raises:
        DefinitionError: No such profile, an unknown key or an unknown structure.
    """
    raw = _raw(profile_id)
    structure = raw["structure"]
    if structure not in STRUCTURES:
        raise DefinitionError(f"profile {profile_id}", expected=f"structure of {STRUCTURES}", found=str(structure))
    return Profile(
        id=profile_id,
        label=raw["label"],
        structure=cast(Structure, structure),
        single_page=raw.get("single_page", ""),
        tables=tuple(_place(table) for table in raw.get("tables", ())),
        jis78=_hex(raw["jis78"]) if "jis78" in raw else None,
        jis78_keeps=_range(raw["jis78_keeps"]) if "jis78_keeps" in raw else None,
        newline=raw.get("newline", "nel"),
        shift_in=tuple(bytes.fromhex(code) for code in raw.get("shift_in", ())),
        shift_out=tuple(bytes.fromhex(code) for code in raw.get("shift_out", ())),
        idle_shifts=tuple(raw.get("idle_shifts", ())),
        blank=_hex(raw["blank"]),
        wide_blank=tuple(_hex(code) for code in raw.get("wide_blank", ())),
        user_area=tuple(_area(area) for area in raw.get("user_area", ())),
        permutation=raw.get("permutation", ""),
        write_last=_range(raw["write_last"]) if "write_last" in raw else None,
    )


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return _hex(first), _hex(last)


def _place(raw: Mapping[str, str]) -> TablePlace:
    return TablePlace(raw["name"], _hex(raw.get("add", "0000")), *_range(raw.get("rows", "00-FF")))


def _area(raw: Mapping[str, str]) -> UserArea:
    first, last = _hex(raw["first"]), _hex(raw["last"])
    low_first = _hex(raw.get("low_first", f"{first & 0xFF:02X}"))
    low_last = _hex(raw.get("low_last", f"{last & 0xFF:02X}"))
    return UserArea(first, last, _hex(raw["private_use"]), low_first, low_last, _hex(raw.get("low_gap", "100")))


def list_profiles() -> tuple[ProfileInfo, ...]:
    """Every shipped profile, by id."""
    profiles = [load_profile(path.stem) for path in sorted(PROFILES.glob("*.toml"))]
    return tuple(ProfileInfo(p.id, p.label, p.structure, p.jis78 is not None) for p in profiles)


def single_pages() -> tuple[str, ...]:
    """Names of the one-byte pages that ship: what ``single_page`` of a profile or a source may name."""
    return tuple(sorted(path.stem.removeprefix("page_") for path in TABLES.glob("page_*.csv")))
