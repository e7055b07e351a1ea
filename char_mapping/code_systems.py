"""Code systems: bytes of a host ↔ the one canonical form (Unicode with variation selectors).

A code system decodes and encodes in plain Python, cell by cell (:mod:`char_mapping.cell_decoding`,
:mod:`char_mapping.cell_encoding`): that is the reference. :mod:`char_mapping.kernels` does whole columns with the same
tables and must agree with it byte for byte.

The canonical form of the wave dash family is one for every code system (``SIX_SYMBOLS``): the full-width reading
U+FF5E, U+2225, U+FF0D, U+FFE0, U+FFE1, U+FFE2 (and U+2015 for the dash). It keeps the width of what the host stored
in two bytes, so that a full-width ￡ never becomes the half-width £ of an EBCDIC page, and a full-width minus equals
a widened hyphen. What a table said before stays countable: :meth:`CodeSystem.unified_codes` names the codes, the
histogram of source codes counts them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from char_mapping import profile_tables
from char_mapping.cell_decoding import decode_cell
from char_mapping.cell_encoding import encode_cell
from char_mapping.cells import Decoded
from char_mapping.errors import DefinitionError
from char_mapping.gaiji import GaijiTable
from char_mapping.profiles import Newline, Profile, load_profile

Kind = Literal["single", "double", "mixed"]
GlyphPolicy = Literal["glyph", "area"]
SymbolPolicy = Literal["fullwidth", "jis", "table"]
UserAreaPolicy = Literal["gaiji", "private_use"]
BlankPairPolicy = Literal["wide", "two_half"]

# JIS reading → full-width reading (MOJ-011, MOJ-012): the six symbols of cleansing.md §8.2 and the dash of 1-1-29.
SIX_SYMBOLS: Mapping[str, str] = {
    "\u301c": "\uff5e", "\u2016": "\u2225", "\u2212": "\uff0d", "\u00a2": "\uffe0", "\u00a3": "\uffe1",
    "\u00ac": "\uffe2", "\u2014": "\u2015",
}


@dataclass(frozen=True, repr=False)
class CodeSystem:
    """One code system with the settings of one source. Build it with :func:`load_code_system`.

    ``single`` holds the 256 cells of the one-byte page (None = undefined), ``double`` code → characters of what is
    defined, ``undecided`` user-defined code → private-use code point while no 外字対応表 decides it, ``glyph_pairs``
    code → (glyph reading, area reading) where JIS78 and JIS83 differ, ``held`` the codes no policy decides yet. Codes
    are as they stand in the file.
    """

    id: str
    label: str
    profile: Profile
    glyph_policy: GlyphPolicy | None
    gaiji: GaijiTable | None
    single: tuple[str | None, ...]
    double: Mapping[int, str]
    undecided: Mapping[int, int]
    private_use: Mapping[int, int]
    glyph_pairs: Mapping[int, tuple[str, str]]
    held: frozenset[int]
    table_readings: Mapping[int, str]
    shift_in: tuple[bytes, ...]
    shift_out: tuple[bytes, ...]
    blank: int
    wide_blanks: tuple[int, ...]
    leads: frozenset[int]
    symbols: Mapping[str, str] = field(default_factory=dict)
    overrides: GaijiTable | None = None

    def __repr__(self) -> str:
        return f"CodeSystem({self.id}, glyph_policy={self.glyph_policy}, gaiji={self.gaiji and self.gaiji.name})"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of fields this system can hold; ``mixed`` means "as the bytes describe themselves"."""
        match self.profile.structure:
            case "single":
                return ("single", "mixed")
            case "double":
                return ("double",)
            case "utf-8" | "utf-16be" | "utf-16le" | "utf-32be" | "utf-32le":
                return ("mixed",)
            case "euc":
                return ("single", "mixed")
            case _:
                return ("single", "double", "mixed")

    @property
    def is_unicode(self) -> bool:
        """UTF-8, UTF-16 or UTF-32: codes are code points, there are no tables."""
        return self.profile.structure.startswith("utf")

    @property
    def lowest_trail(self) -> int:
        """The lowest byte that can end a pair of a system with lead bytes."""
        return 0xA1 if self.profile.structure == "euc" else 0x40

    def can_stand(self, code: int) -> bool:
        """Whether a two-byte code can be written in this system at all; only then a city's table may decide it."""
        high, low = code >> 8, code & 0xFF
        match self.profile.structure:
            case "single":
                return False
            case "lead":
                return high in self.leads and low >= self.lowest_trail and low not in (0x7F, 0xFF)
            case "euc":
                return low >= 0x21 and (high in self.leads or 0x21 <= high <= 0x7E)
            case _:
                return self.is_unicode or (0x20 < high < 0xFF and 0x20 < low < 0xFF)

    def readings(self, code: int) -> tuple[str, str] | None:
        """(字形重視, 領域重視) of a code whose JIS78 glyph differs; None where both policies read the same."""
        return self.glyph_pairs.get(code)

    def unified_codes(self) -> dict[int, tuple[str, str]]:
        """Code → (what its table says, the canonical form) for the wave dash family (MOJ-011, MOJ-012)."""
        if self.is_unicode:
            return {ord(text): (text, form) for text, form in self.symbols.items() if text >= "\u0800"}
        return {
            code: (text, self.double[code])
            for code, text in self.table_readings.items()
            if text in self.symbols and self.double.get(code) == self.symbols[text]
        }

    def explained_by(self, code: int) -> str:
        """What says how a two-byte code reads: a table, a decision of the ledger, a policy; "" where nothing does."""
        if self.overrides is not None and self.overrides.decided().get(code):
            row = self.overrides.decisions[code]
            return f"判断 {row.evidence}" if not row.line else f"上書き表 {self.overrides.name}:{row.line}"
        if self.gaiji is not None and code in self.gaiji.decisions and self.gaiji.decisions[code].char:
            return f"外字対応表 {self.gaiji.name}:{self.gaiji.decisions[code].line}"
        if code in self.held:
            return ""
        if code in self.glyph_pairs:
            return f"文字コード表 {self.id}（{'字形重視' if self.glyph_policy == 'glyph' else '領域重視'}）"
        if code in self.double or self.is_unicode:
            return f"文字コード表 {self.id}" if code not in self.undecided else ""
        return ""

    def one_way_codes(self) -> dict[int, int]:
        """Code → the other code that is written for the same characters (MOJ-010): such a code does not come back."""
        return {
            code: self.double_codes[text]
            for code, text in self.double.items()
            if code not in self.held and self.double_codes.get(text, code) != code
        }

    def effective_kind(self, kind: Kind) -> Kind:
        """The kind that the bytes are read by.

        UTF-8 and UTF-16 are always self-describing; a page without double bytes reads mixed as single, a pure double
        set only as double.

        Raises:
            DefinitionError: The system cannot hold such a field.
        """
        structure = self.profile.structure
        if self.is_unicode:
            return "mixed"
        if structure == "single" and kind == "mixed":
            return "single"
        if kind not in self.kinds:
            raise DefinitionError(
                f"code system {self.id}", expected=f"a field of kind {' or '.join(self.kinds)}", found=kind,
                todo="Choose the code system that has both pages, or correct the item",
            )
        return kind

    # --- decoding

    def decode(self, data: bytes, kind: Kind) -> Decoded:
        """Decode one cell.

        Raises:
            DefinitionError: The system has no fields of this kind.
        """
        return decode_cell(self, data, kind)

    # --- encoding

    @cached_property
    def single_codes(self) -> Mapping[str, int]:
        """Character → byte of the one-byte page."""
        codes: dict[str, int] = {}
        for byte, text in enumerate(self.single):
            if text is not None:
                codes.setdefault(text, byte)
        return codes

    @cached_property
    def double_codes(self) -> Mapping[str, int]:
        """Characters → code that is written for them: standard codes first, then user-defined ones."""
        blanks = [code for code in self.wide_blanks if self.double[code] == "\u3000"]
        codes: dict[str, int] = {"\u3000": blanks[0]} if blanks else {}
        last = self.profile.write_last or (1, 0)
        user = set(self.private_use)
        ordered = sorted(self.double, key=lambda code: (code in user, last[0] <= code <= last[1], code))
        for code in ordered:
            if code not in self.held and self.double[code] != "  ":
                codes.setdefault(self.double[code], code)
        for code, private_use in self.private_use.items():
            codes.setdefault(chr(private_use), code)
        for source, canonical in self.symbols.items():
            if canonical in codes:
                codes.setdefault(source, codes[canonical])
        return codes

    def encode(self, text: str, kind: Kind, *, length: int | None = None) -> bytes:
        """Encode a text, padded with the profile's blank to ``length`` bytes when given.

        Private-use characters go to their user-defined code; both readings of the six symbols go to the one code.

        Raises:
            UnencodableCharacter: A character has no code, or the bytes do not fit into ``length``.
            DefinitionError: The system has no fields of this kind.
        """
        return encode_cell(self, text, kind, length=length)

    def code_bytes(self, code: int) -> bytes:
        """A code of ``double`` as it stands in a file; EUC writes its second plane (7-bit codes) after 8F."""
        if self.profile.structure == "euc" and code < 0x8000:
            return b"\x8f" + (code | 0x8080).to_bytes(2, "big")
        return code.to_bytes(2, "big")


# --- building -------------------------------------------------------------------------------------------------------


def load_code_system(
    profile_id: str,
    *,
    glyph_policy: GlyphPolicy | None = None,
    gaiji: GaijiTable | None = None,
    single_page: str | None = None,
    six_symbols: SymbolPolicy = "fullwidth",
    user_area: UserAreaPolicy = "gaiji",
    newline: Newline | None = None,
    blank_pair: BlankPairPolicy = "wide",
    overrides: GaijiTable | None = None,
) -> CodeSystem:
    """A code system with the settings of one source; the same settings give the same object.

    Args:
        profile_id: Name of a profile file (:func:`char_mapping.profiles.list_profiles`).
        glyph_policy: ``glyph`` (字形重視: JIS78 forms), ``area`` (領域重視: the code decides) or None: the codes that
            differ are held as ``glyph_undecided``. Without meaning where the profile has no JIS78 codes.
        gaiji: 外字対応表 of the source; it may decide user-defined codes and codes the profile leaves undefined.
        single_page: Another one-byte page than the profile's (``fujitsu_lower``, ``hitachi_ebcdic`` …).
        six_symbols: Canonical form of the wave dash family: ``fullwidth`` (default for every source), ``jis``, or
            ``table``.
        user_area: ``gaiji``: a user-defined code without decision is a fault; ``private_use``: it becomes its
            private-use character.
        newline: ``nel`` reads EBCDIC 15 as U+0085 and 25 as U+000A, ``lf`` the other way round; None: the profile's.
        blank_pair: What two half-width blank bytes are where a pair is expected (KEIS 4040): one full-width blank, or
            two half-width ones.
        overrides: The city's own table; its rows win over every other table.

    Raises:
        DefinitionError: Unknown profile, or a 外字対応表 that gives another character to a code the standard table
            defines.
    """
    key = (
        profile_id, glyph_policy, single_page, six_symbols, user_area, newline, blank_pair, _frozen(gaiji),
        _frozen(overrides),
    )
    with _BUILDING:
        if key in _BUILT:
            return _BUILT[key]
        _BUILT[key] = _build(
            load_profile(profile_id), glyph_policy, gaiji, single_page, six_symbols, user_area, newline, blank_pair,
            overrides,
        )
        return _BUILT[key]


_BUILT: dict[tuple[object, ...], CodeSystem] = {}
_BUILDING = threading.Lock()


def _frozen(table: GaijiTable | None) -> object:
    return None if table is None else (table.name, tuple(sorted(table.decided().items())))


def _build(
    profile: Profile,
    glyph_policy: GlyphPolicy | None,
    gaiji: GaijiTable | None,
    single_page: str | None,
    six_symbols: SymbolPolicy,
    user_area: UserAreaPolicy,
    newline: Newline | None,
    blank_pair: BlankPairPolicy,
    overrides: GaijiTable | None,
) -> CodeSystem:
    permuted = profile_tables.permuted(profile)

    def place(code: int) -> int:
        return permuted[code >> 8] << 8 | permuted[code & 0xFF]

    pairs = {place(jis): pair for jis, pair in profile_tables.glyph_pairs(profile).items()}
    symbols = _symbols(six_symbols)
    readings = {place(code): text for code, text in profile_tables.table_cells(profile).items()}
    double = {code: symbols.get(text, text) for code, text in readings.items()}
    if glyph_policy is not None:
        double.update({code: pair[glyph_policy == "area"] for code, pair in pairs.items()})
    wide_blanks = tuple(place(code) for code in profile.wide_blank)
    double.update(dict.fromkeys(wide_blanks, "\u3000"))
    if blank_pair == "two_half":
        double.update({code: "  " for code in wide_blanks if code == permuted[profile.blank] * 0x101})
    private_use = {place(code): point for area in profile.user_area for code, point in area.codes().items()}
    if profile.structure.startswith("utf"):
        private_use = {code: code for code in range(0xE000, 0xF900)}
    decided = _decided(profile, gaiji, double, private_use)
    double.update(decided)
    undecided = {code: point for code, point in private_use.items() if code not in double}
    if user_area == "private_use":
        double.update({code: chr(point) for code, point in undecided.items()})
        undecided = {}
    if overrides is not None:
        double.update(overrides.decided())
    own_codes = set(decided) | set(overrides.decided() if overrides else ())
    held = frozenset(pairs) - own_codes if glyph_policy is None else frozenset[int]()
    return CodeSystem(
        id=profile.id,
        label=profile.label,
        shift_in=tuple(bytes(permuted[byte] for byte in shift) for shift in profile.shift_in),
        shift_out=tuple(bytes(permuted[byte] for byte in shift) for shift in profile.shift_out),
        profile=profile,
        glyph_policy=glyph_policy,
        gaiji=gaiji,
        single=profile_tables.page(single_page or profile.single_page, newline or profile.newline),
        double=double,
        undecided=undecided,
        private_use=private_use,
        glyph_pairs=pairs,
        held=held,
        table_readings=readings,
        blank=permuted[profile.blank],
        wide_blanks=wide_blanks,
        leads=profile_tables.leads(profile, (*readings, *private_use)),
        symbols=symbols,
        overrides=overrides,
    )


def _symbols(policy: SymbolPolicy) -> Mapping[str, str]:
    match policy:
        case "fullwidth":
            return SIX_SYMBOLS
        case "jis":
            return {canonical: source for source, canonical in SIX_SYMBOLS.items()}
        case "table":
            return {}


def _decided(
    profile: Profile, gaiji: GaijiTable | None, double: Mapping[int, str], private_use: Mapping[int, int]
) -> dict[int, str]:
    if gaiji is None:
        return {}
    for code, row in gaiji.decisions.items():
        if code in double and code not in private_use and row.char and row.char != double[code]:
            raise DefinitionError(
                f"{gaiji.name}:{row.line}", expected=f"a code that {profile.id} leaves to the user",
                found=f"{code:04X}, which the standard table defines",
                todo="Use overrides to go against the standard table",
            )
    return gaiji.decided()
