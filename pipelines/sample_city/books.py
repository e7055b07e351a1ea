"""What is written down while the city is made: truth, receipts, and the figures the city itself would print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from pipelines.sample_city.calendar_dates import as_western
from pipelines.sample_city.population import EXTRACTED
from pipelines.sample_city.receipts import Receipt
from pipelines.sample_city.truth import TruthBook, TruthRow


class Books:
    """The books of all generations; ``days`` are the days of extraction as YYYYMMDD."""

    def __init__(self, generations: tuple[str, ...]) -> None:
        self.generations = generations
        self.days = {g: int(as_western(np.array([EXTRACTED[i]]))[0]) for i, g in enumerate(generations)}
        self.truth = {g: TruthBook() for g in generations}
        self.figures: dict[str, Counter[tuple[str, str]]] = {g: Counter() for g in generations}
        """By generation: (figure, division) to its value."""
        self.receipts: dict[tuple[str, str], list[Receipt]] = {}
        """By (generation, source)."""
        self.planted: Counter[str] = Counter()
        self.oddities: Counter[str] = Counter()
        """By rule, in the first generation."""

    def tell(self, generation: str, rows: Iterable[TruthRow]) -> None:
        """Take rows of the truth of a generation."""
        for row in rows:
            self.truth[generation].add(row)
            if generation == self.generations[0]:
                (self.planted if row.planted else self.oddities)[row.rule_id] += 1

    def receive(self, generation: str, source: str, receipt: Receipt) -> None:
        """Take the receipt of a file that is written."""
        self.receipts.setdefault((generation, source), []).append(receipt)

    def records(self) -> dict[str, dict[str, int]]:
        """Records by generation and file, in the order the files were written."""
        found: dict[str, dict[str, int]] = {g: {} for g in self.generations}
        for (generation, _), receipts in self.receipts.items():
            found[generation] |= {receipt.name: receipt.records for receipt in receipts}
        return found
