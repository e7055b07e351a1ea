"""How the open issues fall from rehearsal to rehearsal: numbers and lines for the dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.review.desk import RunInBrief

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _BOTTOM, _TOP = 720, 290, 64, 76, 34, 22
_WEIGHTS = {"E": 1, "W": 2, "I": 3}
_SERIES = (("total", "指摘"), ("open", "未解決"), ("individual", "個別の判断"))


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a table: value, open, waiting, settled, and the shares of a hundred that are drawn."""

    value: str
    open: int
    waiting: int
    settled: int

    @property
    def all(self) -> int:
        """Issues in all."""
        return self.open + self.waiting + self.settled

    @property
    def shares(self) -> tuple[float, float]:
        """Percent settled, and percent settled or waiting."""
        whole = max(1, self.all)
        return round(100 * self.settled / whole, 1), round(100 * (self.settled + self.waiting) / whole, 1)


def bars(counts: Sequence[tuple[str, Mapping[str, int]]], asked: Iterable[str]) -> list[Bar]:
    """Bars of a facet, the most open first."""
    again = set(asked)
    told = []
    for value, states in counts:
        opened = sum(size for state, size in states.items() if state in again)
        waiting = states.get("起案中", 0)
        told.append(Bar(value, opened, waiting, sum(states.values()) - opened - waiting))
    return sorted(told, key=lambda bar: (_WEIGHTS.get(bar.value, 0), -bar.open, bar.value))


def total(counts: Sequence[tuple[str, Mapping[str, int]]]) -> dict[str, int]:
    """Issues by state over all values of a facet."""
    told: dict[str, int] = {}
    for _, states in counts:
        for state, size in states.items():
            told[state] = told.get(state, 0) + size
    return told


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines of a burn-down in a picture of ``width`` by ``height``: series, axis labels and grid."""

    width: int
    height: int
    series: Sequence[tuple[str, str, Sequence[tuple[float, float, int]]]]
    labels: Sequence[tuple[float, str]]
    grid: Sequence[tuple[float, int]]


def chart(runs: Sequence[RunInBrief]) -> Chart:
    """The burn-down over runs: issues, open ones, and those a person must decide one by one."""
    shown = runs[-12:]
    numbers = {
        key: [int(run.statistics.get("issues", {}).get(key, 0)) for run in shown] for key, _ in _SERIES
    }
    highest = _round_up(max((max(values) for values in numbers.values() if values), default=1))
    step = (_WIDTH - _LEFT - 20 - _RIGHT) / max(1, len(shown) - 1)

    def at(place: int, value: int) -> tuple[float, float]:
        x = _LEFT + 20 + (step * place if len(shown) > 1 else (_WIDTH - _LEFT - 20 - _RIGHT) / 2)
        return round(x, 1), round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / highest), 1)

    return Chart(
        _WIDTH, _HEIGHT,
        [(key, label, [(*at(n, v), v) for n, v in enumerate(numbers[key])]) for key, label in _SERIES],
        [(at(n, 0)[0], run.run_id[:4]) for n, run in enumerate(shown)],
        [(at(0, value)[1], value) for value in sorted({0, highest // 2, highest})],
    )


def _round_up(value: int) -> int:
    unit = int("1" + "0" * (len(str(max(1, value))) - 1))
    half = max(1, unit // 2)
    return max(2, -(-value // half) * half)
