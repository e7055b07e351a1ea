"""Pairs of meanings that are taken for each other in mappings (``meaning_traps.csv``).

A mapping whose two sides differ in meaning is the commonest cause of accidents: a 届出日 that became 不詳, a 前住所
taken for the 転入前住所. The table says what is wrong with a pair; a pair it lacks is warned about all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from char_mapping.errors import DefinitionError
from layouts.csv_tables import read_table
from layouts.meanings import load_meanings

_TABLE = Path(__file__).with_name("meaning_traps.csv")
_COLUMNS = ("from", "to", "both_ways", "rule_id", "message")
_RULE_ID = re.compile(r"[A-Z]{3}-[0-9]{3}")


@dataclass(frozen=True, slots=True)
class Trap:
    """A pair of meanings, or of everything below them (``last_address`` is all parts of it).

    ``rule_id`` is the catalogue rule that looks for the consequences, "" where none does.
    """

    have: str
    want: str
    rule_id: str
    message: str


@cache
def load_traps(path: Path = _TABLE) -> tuple[Trap, ...]:
    """All pairs, each direction by itself, the narrower meanings first.

    Raises:
        DefinitionError: a meaning that does not exist, a rule id of another form, a pair that stands twice, or a
            ``both_ways`` other than yes and no; with its line.
    """
    known = {prefix for name in load_meanings() for prefix in _prefixes(name)}
    found: dict[tuple[str, str], Trap] = {}
    for line, row in read_table(path, _COLUMNS):
        pairs = [(row["from"], row["to"])] + ([(row["to"], row["from"])] if row["both_ways"] == "yes" else [])
        wrong = [name for name in pairs[0] if name not in known]
        if wrong or row["both_ways"] not in ("yes", "no") or not row["message"]:
            raise DefinitionError(f"{path}:{line}", expected="two meanings, yes or no, and a message",
                                  found=wrong[0] if wrong else row["both_ways"], todo="See meanings.csv")
        if row["rule_id"] and not _RULE_ID.fullmatch(row["rule_id"]):
            raise DefinitionError(f"{path}:{line} rule_id", expected="a rule id", found=row["rule_id"],
                                  todo="See 'ikou rules list'")
        for have, want in pairs:
            if (have, want) in found:
                raise DefinitionError(f"{path}:{line}", expected="each pair once", found=f"{have} → {want} again",
                                      todo="Remove one of them")
            found[have, want] = Trap(have, want, row["rule_id"], row["message"])
    return tuple(sorted(found.values(), key=lambda one: (-len(one.have) - len(one.want), one.have, one.want)))


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]


def trap_between(have: str, want: str) -> Trap | None:
    """What is known of mapping an item of meaning ``have`` to one of meaning ``want``; the narrowest pair wins."""
    if have == want:
        return None
    return next((one for one in load_traps()
                 if one.have in _prefixes(have) and one.want in _prefixes(want)), None)
