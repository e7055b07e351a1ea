"""Receivers: the canonical form projected into the character set of the one that is handed the data.

A receiver is one small TOML file of ``receiver_profiles``: ``sets`` (:mod:`char_mapping.standard_sets`), ``encoding``,
``six_symbols`` (which form of the wave dash family it expects), ``otherwise`` (``hold``, or ``kana``: the value's kana
where a character has no place). Variation selectors are kept by the sets that have the sequence.

What is written for a character is, in this order: itself; what a person decided for this receiver; outside certified
items the one JIS包摂・UCS統合 target; otherwise nothing: the kana, or the value is held. A substitute (〓, ？, ＿, ■,
U+FFFD) is never introduced.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

from char_mapping.code_systems import SIX_SYMBOLS, load_code_system
from char_mapping.definitions import load_table
from char_mapping.errors import DefinitionError
from char_mapping.mj import gj_name, load_mj_names
from char_mapping.shrinking import Candidate, ShrinkTables
from char_mapping.standard_sets import StandardSet, men_ku_ten, union_of
from char_mapping.text import SUBSTITUTES, split_characters

PROFILES = Path(__file__).parent / "receiver_profiles"

SymbolForm = Literal["fullwidth", "jis"]
Otherwise = Literal["hold", "kana"]
StepState = Literal["same", "automatic", "decided", "open"]
Outcome = Literal["same", "shrunk", "kana", "held"]

_KEYS = {"label": str, "sets": list, "encoding": str, "six_symbols": str, "otherwise": str}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "six_symbols": get_args(SymbolForm), "otherwise": get_args(Otherwise), "encoding": ("utf-8", "cp932"),
}


@dataclass(frozen=True, slots=True)
class ReceiverProfile:
    """One receiver as its file declares it."""

    id: str
    label: str
    sets: tuple[str, ...]
    encoding: str
    six_symbols: str
    otherwise: str

    @property
    def characters(self) -> StandardSet:
        """The set of the receiver."""
        return union_of(self.sets)


@dataclass(frozen=True, slots=True)
class Step:
    """One character: what is written for it (empty while open), which table or decision says so, what is possible."""

    character: str
    written: str
    state: StepState
    by: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Projection:
    """A value for a receiver: ``text`` is None where it is held; ``steps`` are the characters that are not the same."""

    text: str | None
    outcome: Outcome
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class CharacterRow:
    """One character on all its ways: source code, MJ or GJ name, sequence, JIS X 0213 and 0208, kana."""

    source_code: str
    mj: str
    text: str
    x0213: str
    x0213_place: str
    x0208: str
    kana: str


def receiver_of_project(profile_id: str, folder: Path) -> ReceiverProfile:
    """A receiver of a project: ``receivers/<id>.toml`` of its folder, else the shipped one.

    Raises:
        DefinitionError: As :func:`load_receiver`, or TOML that does not parse.
    """
    path = folder / "receivers" / f"{profile_id}.toml"
    if not path.is_file():
        return load_receiver(profile_id)
    try:
        return read_receiver(profile_id, tomllib.loads(path.read_text("utf-8")), str(path))
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(str(path), expected="TOML", found=str(error), todo="Correct the line named") from None


@cache
def load_receiver(receiver_id: str) -> ReceiverProfile:
    """Read one receiver file.

    Raises:
        DefinitionError: No such receiver; a missing or unknown key, or a value that the key does not know.
    """
    path = PROFILES / f"{receiver_id}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in PROFILES.glob("*.toml")))
        raise DefinitionError(f"receiver {receiver_id}", expected=f"one of {known}", todo="Name an existing receiver")
    return read_receiver(receiver_id, tomllib.loads(path.read_text("utf-8")), str(path))


def read_receiver(receiver_id: str, values: Mapping[str, Any], where: str) -> ReceiverProfile:
    """A receiver from the values of its file (a project may bring one of its own).

    Raises:
        DefinitionError: As :func:`load_receiver`; with ``where``.
    """
    wrong = set(values) ^ set(_KEYS)
    if wrong:
        raise DefinitionError(where, expected=f"the keys {', '.join(_KEYS)}", found=f"{', '.join(sorted(wrong))} amiss")
    for key, kind in _KEYS.items():
        if not isinstance(values[key], kind) or (key in _CHOICES and values[key] not in _CHOICES[key]):
            expected = " or ".join(_CHOICES.get(key, (kind.__name__,)))
            raise DefinitionError(f"{where} {key}", expected=expected, found=str(values[key]))
    sets = tuple(str(name) for name in values["sets"])
    union_of(sets)
    return ReceiverProfile(receiver_id, sets=sets, **{key: values[key] for key in _KEYS if key != "sets"})


def list_receivers() -> tuple[ReceiverProfile, ...]:
    """Every shipped receiver, by id."""
    return tuple(load_receiver(path.stem) for path in sorted(PROFILES.glob("*.toml")))


@dataclass(frozen=True)
class Receiver:
    """A receiver with the 縮退 tables and the approved decisions of a project: character → what is written for it.

    ``gj_code_points`` is what one version of the official font writes for each GJ name; a name without code point is
    a character that the receiver lacks.

    Raises:
        DefinitionError: A decision writes a character that the receiver does not have, or a substitute.
    """

    profile: ReceiverProfile
    tables: ShrinkTables
    decided: Mapping[str, str] = field(default_factory=dict)
    gj_code_points: Mapping[str, int] | None = None

    def holds(self, character: str) -> bool:
        """Whether the receiver has this user-perceived character and a code point to write it with."""
        name = gj_name(character) if self.gj_code_points is not None else None
        return self.profile.characters.holds(character) and (name is None or name in (self.gj_code_points or {}))

    def __post_init__(self) -> None:
        for character, written in self.decided.items():
            where = f"receiver {self.profile.id}: the decision on {_points(character)}"
            if not written or any(not self.holds(one) for one in split_characters(written)):
                raise DefinitionError(where, expected="characters that the receiver has", found=_points(written))
            if set(written) & set(SUBSTITUTES):
                raise DefinitionError(where, expected="a character", found=f"the substitute {_points(written)}",
                                      todo="Leave the value held until someone knows the character")

    def step(self, character: str, *, certified: bool) -> Step:
        """What is written for one user-perceived character in an item that is ``certified`` (住民票記載事項) or not."""
        held = self.profile.characters
        if self.holds(character):
            return Step(character, self._form(character), "same", "")
        if character in self.decided:
            return Step(character, self._form(self.decided[character]), "decided", "decision")
        candidates = tuple(
            one for one in self.tables.candidates(character, held) if all(map(self.holds, split_characters(one.text)))
        )
        if candidates and candidates[0].automatic and not certified:
            return Step(character, self._form(candidates[0].text), "automatic", candidates[0].table, candidates)
        return Step(character, "", "open", "", candidates)

    def project(self, text: str, *, certified: bool, kana: str | None = None) -> Projection:
        """A value as the receiver gets it; ``kana`` is the reading of the same value, for receivers that take it."""
        steps = [self.step(character, certified=certified) for character in split_characters(text)]
        changed = tuple(step for step in steps if step.state != "same")
        if not any(step.state == "open" for step in changed):
            written = "".join(step.written for step in steps)
            return Projection(written, "shrunk" if changed else "same", changed)
        reading = split_characters(kana or "")
        if self.profile.otherwise == "kana" and reading and all(map(self.holds, reading)):
            return Projection("".join(map(self._form, reading)), "kana", changed)
        return Projection(None, "held", changed)

    def write(self, text: str, gj_code_points: Mapping[str, int] | None = None) -> bytes:
        """The bytes of a projected value; GJ names become the code points of one version of the official font.

        Raises:
            DefinitionError: A GJ name without code point: the official font has not been imported.
            UnencodableCharacter: A character that the encoding lacks; :meth:`project` leaves none.
        """
        points = gj_code_points or self.gj_code_points or {}
        coded = "".join(self._gj_character(character, points) for character in text) if _GJ.search(text) else text
        if self.profile.encoding == "cp932":
            return load_code_system("cp932").encode(coded, "mixed")
        return coded.encode("utf-8")

    def encode(self, lines: str) -> bytes:
        """The bytes of whole lines of projected values, as :meth:`write` gives them."""
        if self.profile.encoding == "cp932" and not _written_otherwise().search(lines):
            return lines.encode("cp932")
        return self.write(lines)

    def form_column(self, column: pl.Series) -> pl.Series:
        """A text column with the wave dash family in the receiver's form."""
        forms = SIX_SYMBOLS if self.profile.six_symbols == "fullwidth" else _JIS_FORMS
        if not column.str.contains(f"[{''.join(forms)}]").any():
            return column
        return column.str.replace_many(list(forms), list(forms.values()))

    def _gj_character(self, character: str, code_points: Mapping[str, int]) -> str:
        name = gj_name(character)
        if name is None:
            return character
        if name not in code_points:
            raise DefinitionError(f"{name} for receiver {self.profile.id}", expected="its provisional code point",
                                  found="none", todo="Run ikou chars import acgjm.ttf --format gj-font")
        return chr(code_points[name])

    def _form(self, text: str) -> str:
        if self.profile.six_symbols == "fullwidth":
            return "".join(SIX_SYMBOLS.get(char, char) for char in text)
        return "".join(_JIS_FORMS.get(char, char) for char in text)


@cache
def _written_otherwise() -> re.Pattern[str]:
    """Characters of two codes in CP932 for which Python's codec writes the other one than Microsoft and the profile."""
    system = load_code_system("cp932")
    texts = {text for text in load_table("cp932").values() if text.encode("cp932") != system.encode(text, "mixed")}
    return re.compile(f"[{''.join(sorted(texts))}]")


_GJ = re.compile("[\U000f0001-\U000ffffd]")
_JIS_FORMS = {full: jis for jis, full in SIX_SYMBOLS.items()}


def _points(text: str) -> str:
    return "_".join(f"U+{ord(char):04X}" for char in text) or "nothing"


def character_row(
    text: str, tables: ShrinkTables, *, source_code: str = "", kana: str = "", decided: Mapping[str, str] | None = None
) -> CharacterRow:
    """The row of one character (cleansing.md §8.3, 7): what stands for it where, empty where a person has to say."""
    def in_set(*ids: str) -> str:
        held = union_of(ids)
        if held.holds(text):
            return text
        if decided and held.holds(decided.get(text, "\0")):
            return decided[text]
        candidates = tables.candidates(text, held)
        return candidates[0].text if candidates and candidates[0].automatic else ""

    x0213 = in_set("jis0213")
    place = men_ku_ten().get(_JIS_FORMS.get(x0213, x0213), "")
    name = load_mj_names().name_of(text) or ""
    return CharacterRow(source_code, name, text, x0213, place, in_set("jis0208"), kana)
