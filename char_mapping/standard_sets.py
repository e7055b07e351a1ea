"""The character sets that standards and receivers name: which user-perceived characters they hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from char_mapping.code_systems import SIX_SYMBOLS
from char_mapping.definitions import load_table
from char_mapping.errors import DefinitionError
from char_mapping.mj import gj_name, load_mj_names

SetId = Literal["ascii", "jis0201_kana", "jis0208", "jis0212", "jis0213", "cp932", "mj", "gj"]


@dataclass(frozen=True)
class StandardSet:
    """``texts`` are base characters or sequences; ``open_ended`` sets hold every GJ name besides."""

    ids: tuple[str, ...]
    texts: frozenset[str]
    holds_gj: bool = False

    def holds(self, character: str) -> bool:
        """Whether the set has this user-perceived character, with the variation selector it carries.

        >>> union_of(("jis0213",)).holds("髙"), union_of(("cp932",)).holds("髙")
        (False, True)
        """
        return character in self.texts or (self.holds_gj and gj_name(character) is not None)

    def missing(self, characters: list[str]) -> list[str]:
        """Those of the characters that the set does not have, in order."""
        return [character for character in characters if not self.holds(character)]


def _tables(set_id: SetId) -> frozenset[str]:
    match set_id:
        case "ascii":
            return frozenset(map(chr, range(0x20, 0x7F)))
        case "jis0213":
            return frozenset({*load_table("jis0213_plane1").values(), *load_table("jis0213_plane2").values()})
        case "mj":
            # 住民記録 writes kana, letters and signs beside the kanji: those of JIS X 0213 that are no ideographs.
            return frozenset(load_mj_names().names) | {t for t in _tables("jis0213") if not _is_ideograph(t)}
        case "gj":
            return frozenset()
        case _:
            return frozenset(load_table(set_id).values())


def _is_ideograph(text: str) -> bool:
    return "\u3400" <= text[0] <= "\u9fff" or "\uf900" <= text[0] <= "\ufaff" or text[0] >= "\U00020000"


@cache
def union_of(ids: tuple[str, ...]) -> StandardSet:
    """The union of sets by id. The wave dash family is in a set in both of its forms: one character, two mappings.

    Raises:
        DefinitionError: An unknown id.
    """
    known: tuple[SetId, ...] = get_args(SetId)
    texts: set[str] = set()
    for name in ids:
        found = next((set_id for set_id in known if set_id == name), None)
        if found is None:
            raise DefinitionError("character set", expected=f"one of {', '.join(known)}", found=name)
        texts |= _tables(found)
    both = {form for pair in SIX_SYMBOLS.items() if texts & set(pair) for form in pair}
    return StandardSet(ids, frozenset(texts | both), "gj" in ids)


@cache
def men_ku_ten() -> MappingProxyType[str, str]:
    """Character → its place in JIS X 0213:2012 as ``1-36-52``."""
    places = {
        text: f"{plane}-{(code >> 8) - 0x20}-{(code & 0xFF) - 0x20}"
        for plane, table in ((2, "jis0213_plane2"), (1, "jis0213_plane1"))
        for code, text in load_table(table).items()
    }
    return MappingProxyType(places)
