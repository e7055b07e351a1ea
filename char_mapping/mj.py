"""MJ文字図形名 (文字情報基盤) and GJ追加文字名 ↔ Unicode with variation selectors.

The shipped table is Unihan's ``kMojiJoho`` with a list of overrides by hand (``tables/mj_overrides.csv``); where both
differ the MJ list wins. A GJ name has no agreed code point: text holds it as the private-use character
U+F0000 + its number, which says the name and nothing else (:func:`gj_text`); the provisional plane-16 code points of
one version of the official font are written at output only (:mod:`char_mapping.receivers`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from char_mapping.definitions import read_text, table_lines

_GJ_FIRST, _GJ_LAST = 0xF0001, 0xFFFFD
_GJ_NAME = re.compile("GJ([0-9]{6})")


@dataclass(frozen=True)
class MjNames:
    """Both directions of one state of the tables.

    ``sequences``: name → every text that means it, the bare character first; ``names``: text → name;
    ``without_code``: names of the list that no code point can express.
    """

    sequences: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    without_code: frozenset[str] = field(default_factory=frozenset)

    def name_of(self, text: str) -> str | None:
        """MJ or GJ name of one character (with its variation selector); None where the tables know none.

        A selector that the table does not list is not dropped to find a name: another glyph is another name.

        >>> load_mj_names().name_of("葛"), load_mj_names().name_of("葛" + chr(0xE0102))
        ('MJ022336', 'MJ022335')
        """
        return self.names.get(text) or gj_name(text)

    def text_of(self, name: str, *, explicit: bool = False) -> str | None:
        """The text that means ``name``; with ``explicit`` the one with a variation selector where there is one."""
        texts = self.sequences.get(name, ())
        if not texts:
            return gj_text(name)
        return next((text for text in texts if len(text) > 1), texts[0]) if explicit else texts[0]

    def variants_of(self, base: str) -> tuple[str, ...]:
        """Every text of this base character that has a name, the bare one first."""
        return self._by_base.get(base, ())

    @cached_property
    def _by_base(self) -> Mapping[str, tuple[str, ...]]:
        bases: dict[str, list[str]] = {}
        for text in sorted(self.names, key=lambda text: (len(text), text)):
            bases.setdefault(text[0], []).append(text)
        return {base: tuple(texts) for base, texts in bases.items()}


@cache
def load_mj_names() -> MjNames:
    """The shipped table: 58,843 names with a code point and 19 without."""
    sequences = {name: tuple(read_text(codes) for codes in texts.split()) for name, texts in table_lines("mj_unicode")}
    without_code = set()
    for name, texts, reason in table_lines("mj_overrides"):
        if reason == "no_code":
            without_code.add(name)
        else:
            sequences[name] = tuple(read_text(codes) for codes in texts.split())
    return names_from(sequences, frozenset(without_code))


def names_from(sequences: Mapping[str, tuple[str, ...]], without_code: frozenset[str] = frozenset()) -> MjNames:
    """A table of these names; where two names claim one text the first name keeps it."""
    names: dict[str, str] = {}
    for name in sorted(sequences):
        for text in sequences[name]:
            names.setdefault(text, name)
    return MjNames(dict(sequences), names, without_code)


def gj_text(name: str) -> str | None:
    """The private-use character that stands for a GJ name in text; None for anything else.

    >>> f"{ord(gj_text('GJ005360')):X}", gj_text("MJ000004")
    ('F14F0', None)
    """
    found = _GJ_NAME.fullmatch(name)
    if found is None or not _GJ_FIRST <= 0xF0000 + int(found[1]) <= _GJ_LAST:
        return None
    return chr(0xF0000 + int(found[1]))


def gj_name(text: str) -> str | None:
    """The GJ name that a character of text stands for; None for every other character."""
    if len(text) == 1 and _GJ_FIRST <= ord(text) <= _GJ_LAST:
        return f"GJ{ord(text) - 0xF0000:06d}"
    return None
