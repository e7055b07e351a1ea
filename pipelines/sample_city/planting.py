"""Which persons of a chunk get which kind of plant, and in which generations it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipelines.sample_city import (
    address_form_plants,
    character_plants,
    date_plants,
    head_plants,
    identifier_plants,
    name_plants,
    number_plants,
    record_plants,
)
from pipelines.sample_city.address_plants import ADDRESS_KINDS
from pipelines.sample_city.desk import Desk, Flags, Kind, Planted
from pipelines.sample_city.field_plants import FIELD_KINDS
from pipelines.sample_city.household_plants import ADDRESS_ITEMS, BIRTH, HOUSEHOLD_KINDS, alone, no_yardstick
from pipelines.sample_city.person_plants import PERSON_KINDS

_BY_SUBJECT = (
    record_plants,
    number_plants,
    date_plants,
    name_plants,
    address_form_plants,
    identifier_plants,
    character_plants,
    head_plants,
)
KINDS: tuple[Kind, ...] = (
    *(kind for module in _BY_SUBJECT for kind in module.DEFECTS),
    *(kind for module in _BY_SUBJECT for kind in module.ODDITIES),
    *HOUSEHOLD_KINDS,
    *FIELD_KINDS,
    *ADDRESS_KINDS,
    *PERSON_KINDS,
)
"""In the order in which they choose their persons: a kind moved, or put before others, makes another city of a seed."""

SCHEDULES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((1, 0), (2, 0), (3, 0)),
    ((1, 0),),
    ((1, 0), (2, 1), (3, 1)),
    ((1, 0), (2, 0), (3, 0)),
    ((1, 0), (2, 0)),
    ((2, 0), (3, 0)),
)
"""In which generations (from 1) a defect stands, and with which of its two forms.

It remains, is put right, is changed, remains, is put right later, or is new in the second generation."""

_ALWAYS = ((1, 0), (2, 0), (3, 0))


@dataclass(frozen=True)
class Placed:
    """A kind on one person of the chunk: what it changes, by generation (from 1)."""

    kind: Kind
    by_generation: Mapping[int, Planted]


class Planter:
    """Places the kinds chunk by chunk; what finds nobody in one chunk is owed to the next."""

    def __init__(self, people: int, host: str) -> None:
        """``people`` are those of the whole city; ``host`` is a host's id."""
        self._people = people
        self._host = host
        self._owed: dict[int, int] = {}

    def place(self, desk: Desk, used: Flags, first: int) -> list[Placed]:
        """Choose persons of a chunk for every kind, spread evenly over the city.

        ``used``: persons who may not be chosen; those chosen are added. ``first``: the chunk's first person, counted
        from 0 over the city.
        """
        found = []
        for place, kind in enumerate(KINDS):
            if kind.everyone or (kind.hosts and self._host not in kind.hosts):
                continue
            wanted = self._wanted(place, kind, first, len(used))
            if not wanted:
                continue
            eligible = kind.eligible(desk) & ~used
            if kind not in HOUSEHOLD_KINDS:
                if kind.item in ADDRESS_ITEMS:
                    eligible &= alone(desk)
                if kind.item == BIRTH:
                    eligible &= no_yardstick(desk)
            for number, target in wanted:
                candidates = np.flatnonzero(eligible)
                if not len(candidates):
                    self._owed[place] = self._owed.get(place, 0) + 1
                    continue
                chosen = int(candidates[min(int(np.searchsorted(candidates, target)), len(candidates) - 1)])
                used[chosen] = True
                eligible[chosen] = False
                if kind.rule in ("HSE-001", "HSE-002"):
                    same = desk.people["household"] == desk.people["household"][chosen]
                    used |= same
                    eligible &= ~same
                schedule = SCHEDULES[(number + place) % len(SCHEDULES) if number else 0] if kind.planted else _ALWAYS
                made = {variant: kind.make(desk, chosen, variant) for variant in {form for _, form in schedule}}
                found.append(Placed(kind, {generation: made[variant] for generation, variant in schedule}))
        return found

    def _wanted(self, place: int, kind: Kind, first: int, people: int) -> list[tuple[int, int]]:
        """Which plants of a kind fall into a chunk: the plant's number and the person of the chunk it is meant for."""
        count = max(1, round(self._people * kind.often / 20_000))
        at = (np.arange(count) * self._people + self._people // 2) // count
        owed = self._owed.pop(place, 0)
        return [
            *((count + i, 0) for i in range(owed)),
            *((i, int(a) - first) for i, a in enumerate(at.tolist()) if first <= a < first + people),
        ]
