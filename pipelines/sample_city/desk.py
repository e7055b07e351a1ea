"""What plants are made of: the desk with a chunk of the register, a kind of plant, the cells a plant changes.

A kind names the persons it may befall (``eligible``) and the cells it changes (``make``). A person carries at most one
kind, so that every finding of a rule can be told to be planted or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.hosts import Encoder
from pipelines.sample_city.population import Chunk
from pipelines.sample_city.resident_files import Layout

Flags = NDArray[np.bool_]
Action = Literal["AUTO", "PROPOSE", "REVIEW", "BLOCK", "NONE"]


@dataclass
class Planted:
    """The cells one plant changes in one row, and what its truth row says.

    ``cells`` item → bytes of the whole field. ``item`` is the source item the finding names; ``after`` the standard's
    value once an AUTO rule has run; ``repeat`` doubles the record. ``beside`` are (rule, source item,
    action, after) of what other rules rightly find.
    """

    row: int
    cells: dict[str, bytes]
    item: str
    after: str | None = None
    note: str = ""
    repeat: bool = False
    subject: str | None = None
    beside: tuple[tuple[str, str, Action, str | None], ...] = ()


class Desk:
    """A chunk with the encoder of its ward: what kinds look at and write with."""

    def __init__(self, chunk: Chunk, encoder: Encoder, layout: Layout) -> None:
        self.chunk = chunk
        self.encoder = encoder
        self.layout = layout
        self.people = chunk.people
        self.rows = chunk.rows

    def last(self, person: int) -> int:
        """The person's latest row."""
        return int(self.people["last_row"][person])

    def first(self, person: int) -> int:
        """The person's first row."""
        return int(self.people["first_row"][person])

    def subject(self, row: int) -> str:
        """The key of a row as it stands in the file."""
        return f"{int(self.rows['宛名番号'][row]):010d}/{int(self.rows['履歴番号'][row]):03d}"

    def value(self, row: int, item: str) -> str:
        """The text of a cell as generated."""
        return str(self.rows[item][row])

    def text(self, item: str, text: str) -> bytes:
        """A text as the bytes of the item's field."""
        _, length, codec = self.layout.fields[item]
        return self.encoder.text(text, length, double=codec == "N")

    def number(self, item: str, number: int) -> bytes:
        """A number as the bytes of the item's field."""
        _, length, codec = self.layout.fields[item]
        column = np.array([number], np.int64)
        if codec == "P":
            return self.encoder.packed(column, length * 2 - 1).tobytes()
        return self.encoder.zoned(column, length).tobytes()

    def length(self, item: str) -> int:
        """Bytes of the item's field."""
        return self.layout.fields[item][1]


@dataclass(frozen=True)
class Kind:
    """One kind of defect, or (``planted`` false) of legal oddity on which ``rule`` must not fire.

    ``often`` is the number in a city of 20,000 people. ``also_ok`` are rules that may rightly fire on the same record.
    ``hosts`` are the machines on which the kind can be made (empty: all). ``everyone``: the kind is in the population
    itself, and all rows of all eligible persons are its truth.
    """

    rule: str
    item: str
    make: Callable[[Desk, int, int], Planted]
    eligible: Callable[[Desk], Flags]
    action: Action = "REVIEW"
    often: int = 5
    also_ok: tuple[str, ...] = ()
    planted: bool = True
    hosts: tuple[str, ...] = ()
    everyone: bool = False

    @property
    def name(self) -> str:
        """The kind in one word, for messages and tests."""
        return f"{self.rule}:{self.item}:{'defect' if self.planted else 'oddity'}:{self.make.__name__}"


def mask(flags: Any) -> Flags:
    """Flags, one a person, as an array of truth values."""
    return np.asarray(flags, dtype=np.bool_)


def texts(desk: Desk, row: int, item: str, text: str, **more: Any) -> Planted:
    """One text cell of a row; ``more`` as in Planted."""
    return Planted(row, {item: desk.text(item, text)}, item, **more)


def numbers(desk: Desk, row: int, item: str, number: int, **more: Any) -> Planted:
    """One numeric cell of a row; ``more`` as in Planted."""
    return Planted(row, {item: desk.number(item, number)}, item, **more)


def iso(era_date: int) -> str:
    """GYYMMDD with the era as 1 to 5 as an ISO text."""
    offset = (1867, 1911, 1925, 1988, 2018)[era_date // 1_000_000 - 1]
    return f"{offset + era_date // 10000 % 100:04d}-{era_date // 100 % 100:02d}-{era_date % 100:02d}"


def kept(desk: Desk, person: int, variant: int) -> Planted:
    """Nothing is changed: the latest record is odd and right by itself."""
    return Planted(desk.last(person), {}, "")
