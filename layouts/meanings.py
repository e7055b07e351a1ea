"""Meanings: the one list of what an item can be, so that rules bind to meanings and not to item ids (meanings.csv)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from char_mapping.errors import DefinitionError
from layouts.csv_tables import read_table

MEANING_TABLE = Path(__file__).with_name("meanings.csv")

MeaningKind = Literal["name", "kana", "roman", "date", "address", "postal_code", "code", "number", "amount", "flag",
                      "text", "time", "year", "phone", "account"]
Calendar = Literal["", "registry", "by_reason", "strict"]
Tense = Literal["", "past", "future", "moving_out", "open_start", "open_end"]

_KINDS = frozenset(MeaningKind.__args__)  # type: ignore[attr-defined]
_CALENDARS = frozenset(Calendar.__args__)  # type: ignore[attr-defined]
_TENSES = frozenset(Tense.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an item is.

    ``certified``: 住民票記載事項 where the area keeps the register (001). ``calendar``: ``registry`` lets days stand
    that no calendar has (生年月日 … agree with the 戸籍), ``by_reason`` only for 出生, 死亡 and 失踪, ``strict`` never;
    empty for what is no date. ``unknown_allowed``: 不詳 may stand in it. ``tense``: past, future, moving_out (a past
    event that may lie ahead), open_start (0000-01-01 for an unknown start), open_end (9999-12-31 for no end).
    """

    id: str
    label: str
    kind: MeaningKind
    certified: bool
    calendar: Calendar
    unknown_allowed: bool
    tense: Tense


@cache
def load_meanings() -> dict[str, Meaning]:
    """All meanings by id, in the order of the table. ``none`` is the meaning of items no rule looks at.

    Raises:
        DefinitionError: a word the table's columns do not know, or an id twice, with the line.
    """
    found: dict[str, Meaning] = {}
    columns = ("meaning", "label", "kind", "certified", "calendar", "unknown_allowed", "tense")
    for line, row in read_table(MEANING_TABLE, columns):
        for column, allowed in (("kind", _KINDS), ("calendar", _CALENDARS), ("tense", _TENSES),
                                ("certified", {"yes", "no"}), ("unknown_allowed", {"yes", "no"})):
            if row[column] not in allowed:
                raise DefinitionError(f"{MEANING_TABLE}:{line} {row['meaning']}",
                                      expected=f"{column} one of {', '.join(sorted(w for w in allowed if w))}",
                                      found=repr(row[column]), todo="Correct the cell")
        if row["meaning"] in found:
            raise DefinitionError(f"{MEANING_TABLE}:{line}", expected="every meaning once", found=row["meaning"],
                                  todo="Remove one of the two rows")
        found[row["meaning"]] = Meaning(
            row["meaning"], row["label"], cast(MeaningKind, row["kind"]), row["certified"] == "yes",
            cast(Calendar, row["calendar"]), row["unknown_allowed"] == "yes", cast(Tense, row["tense"]))
    return found
