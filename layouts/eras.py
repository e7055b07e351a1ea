"""The five eras: first and last day, last year, and how sources write their code.

Table: eras.csv (sources: 総務省 住民記録システム標準仕様書 on the two days that belong to both eras, law and 詔書 on
the starts). ``one_digit`` is the code of 住基ネット and existing 住基 systems; ``two_digit`` is the two-digit
年号コード of the 中間標準レイアウト: its length is known from the specification, its values (01…05) are domain
knowledge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from char_mapping.errors import DefinitionError
from layouts.csv_tables import read_table

ERA_TABLE = Path(__file__).with_name("eras.csv")
CODE_TABLE = Path(__file__).with_name("era_codes.csv")


@dataclass(frozen=True, slots=True)
class Era:
    """One era. ``end`` is None while it lasts; ``last_year`` is 0 then. ``start`` of 明治 is set back to 1868-01-25."""

    name: str
    letter: str
    start: date
    end: date | None
    last_year: int
    note: str

    @property
    def year_offset(self) -> int:
        """Gregorian year = era year + this."""
        return self.start.year - 1


@cache
def load_eras() -> tuple[Era, ...]:
    """All eras, oldest first.

    Raises:
        DefinitionError: A row of eras.csv without readable dates; with its line.
    """
    found = []
    for line, row in read_table(ERA_TABLE, ("name", "letter", "start", "end", "last_year", "note")):
        try:
            found.append(Era(row["name"], row["letter"], date.fromisoformat(row["start"]),
                             date.fromisoformat(row["end"]) if row["end"] else None, int(row["last_year"] or 0),
                             row["note"]))
        except ValueError:
            raise DefinitionError(f"{ERA_TABLE}:{line}", expected="dates as YYYY-MM-DD and a number of years",
                                  found=row["start"], todo="Correct the row") from None
    return tuple(found)


@cache
def load_era_codes() -> dict[str, dict[str, Era]]:
    """Era code lists by id (``one_digit``, ``two_digit``, ``letter`` …): code → era.

    Raises:
        DefinitionError: A row of era_codes.csv of an unknown era, or a code twice in a list; with its line.
    """
    eras = {era.name: era for era in load_eras()}
    lists: dict[str, dict[str, Era]] = {}
    for line, row in read_table(CODE_TABLE, ("list", "code", "era", "confidence", "source")):
        era = eras.get(row["era"])
        codes = lists.setdefault(row["list"], {})
        if era is None or row["code"] in codes:
            raise DefinitionError(f"{CODE_TABLE}:{line}", expected="a known era, each code once in a list",
                                  found=f"{row['code']} {row['era']}", todo="Correct the row")
        codes[row["code"]] = era
    return lists
