"""Which characters and 外字 codes really occur, how often, where, and what a receiver would make of them.

An unused 外字 needs no 同定: only what occurs is listed, the most frequent first (MOJ-020). The same code in two wards
is two rows; where their tables disagree on a code that occurs, both readings stand side by side (MOJ-019).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from char_mapping.gaiji import GaijiTable
from char_mapping.mj import load_mj_names
from char_mapping.receivers import Projection, Receiver
from char_mapping.standard_sets import StandardSet, union_of
from char_mapping.text import JOINING_CLASS, split_characters

SAMPLES = 3
_CODE = re.compile(r"\{([0-9A-F]{4})\}")

CHARACTER_SCHEMA = {
    "source": pl.String, "area": pl.String, "item": pl.String, "state": pl.String, "character": pl.String,
    "code_points": pl.String, "mj": pl.String, "count": pl.Int64, "samples": pl.String,
}
GAIJI_SCHEMA = {
    "source": pl.String, "table": pl.String, "item": pl.String, "state": pl.String, "code": pl.String,
    "decided": pl.String, "count": pl.Int64, "samples": pl.String,
}
DISAGREEMENT_SCHEMA = {
    "code": pl.String, "table": pl.String, "decided": pl.String, "mj": pl.String, "count": pl.Int64,
}
COVERAGE_SCHEMA = {
    "receiver": pl.String, "character": pl.String, "code_points": pl.String, "mj": pl.String, "count": pl.Int64,
    "state": pl.String, "written": pl.String, "by": pl.String, "candidates": pl.String,
}


def count_of_characters(values: pl.Series) -> Counter[str]:
    """User-perceived characters of a text column and how often each occurs; nulls count nothing.

    >>> sorted(count_of_characters(pl.Series(["山山", "辻" + chr(0xE0102), None])).values())
    [1, 2]
    """
    from char_mapping.kernels.histogram import code_point_histogram

    counts: Counter[str] = Counter()
    texts = values.drop_nulls().cast(pl.String)
    joined = texts.str.contains(JOINING_CLASS)
    points, found = code_point_histogram(texts.filter(~joined).to_arrow())
    counts.update({chr(point): count for point, count in zip(points.tolist(), found.tolist(), strict=True)})
    for text, count in texts.filter(joined).value_counts().iter_rows():
        for character in split_characters(text):
            counts[character] += count
    return counts


def _ordinary() -> StandardSet:
    return union_of(("jis0208", "jis0201_kana", "ascii"))


@dataclass
class Inventory:
    """Counts that grow block by block: characters of text items, and user-defined codes without decision.

    Record keys are kept for characters outside JIS X 0208 alone, at most ``SAMPLES`` of each: everybody has the others.
    """

    characters: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)
    gaiji: Counter[tuple[str, str, str, str, str, str]] = field(default_factory=Counter)
    samples: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def add(self, block: pl.DataFrame, *, source: str, area: str, items: Sequence[str]) -> None:
        """Count characters. ``block`` has the ``items``, ``subject`` (record key) and ``state`` (現存, 除票)."""
        from char_mapping.kernels.text_columns import character_set, find_outside

        ordinary = character_set(_ordinary().texts)
        for part in block.partition_by("state", maintain_order=True):
            state = part["state"][0] or ""
            for item in items:
                values = part[item]
                for character, count in count_of_characters(values).items():
                    self.characters[source, area, item, state, character] += count
                rare = find_outside(values.cast(pl.String).to_arrow(), ordinary) >= 0
                if rare.any():
                    rows = part.select("subject", item).filter(pl.Series(rare)).iter_rows()
                    for subject, text in rows:
                        for character in set(split_characters(text)):
                            if not _ordinary().holds(character):
                                self._sample((source, area, item, state, character), subject)

    def add_gaiji(
        self, faults: pl.DataFrame, *, source: str, table: str, decided: Mapping[int, str] | None = None
    ) -> None:
        """Count the user-defined codes of ``faults``: item, text with ``{F0A1}``, ``subject``, ``state``."""
        for item, text, subject, state in faults.select("item", "text", "subject", "state").iter_rows():
            for code in _CODE.findall(text or ""):
                key = (source, table, item, state or "", code, (decided or {}).get(int(code, 16), ""))
                self.gaiji[key] += 1
                self._sample(key, subject)

    def add_codes(self, codes: Mapping[int, int], *, source: str, table: GaijiTable) -> None:
        """Count the codes that a 外字対応表 decides, as they stood in the file; they were read, so no item is known."""
        for code, char in table.decided().items():
            if codes.get(code):
                self.gaiji[source, table.name, "", "", f"{code:04X}", char] += codes[code]

    def _sample(self, key: tuple[str, ...], subject: str | None) -> None:
        kept = self.samples.setdefault(key, [])
        if subject and subject not in kept and len(kept) < SAMPLES:
            kept.append(subject)

    def character_rows(self) -> pl.DataFrame:
        """``CHARACTER_SCHEMA``, the most frequent first."""
        names = load_mj_names()
        rows = [
            (*key, points_of(key[4]), names.name_of(key[4]) or "", count, " ".join(self.samples.get(key, ())))
            for key, count in self.characters.items()
        ]
        frame = pl.DataFrame(rows, CHARACTER_SCHEMA, orient="row")
        return frame.sort("count", "character", "source", "item", "state", descending=[True, *[False] * 4])

    def gaiji_rows(self) -> pl.DataFrame:
        """``GAIJI_SCHEMA``, the most frequent first."""
        rows = [(*key, count, " ".join(self.samples.get(key, ()))) for key, count in self.gaiji.items()]
        frame = pl.DataFrame(rows, GAIJI_SCHEMA, orient="row")
        return frame.sort("count", "code", "source", "table", "item", "state", descending=[True, *[False] * 5])

    def totals(self) -> Counter[str]:
        """Character → how often it occurs altogether."""
        totals: Counter[str] = Counter()
        for (_, _, _, _, character), count in self.characters.items():
            totals[character] += count
        return totals


def points_of(text: str) -> str:
    """``U+8FBB U+E0102``."""
    return " ".join(f"U+{ord(char):04X}" for char in text)


def disagreements(tables: Mapping[str, tuple[GaijiTable, Mapping[int, int]]]) -> pl.DataFrame:
    """Codes that occur here and that two tables read differently (undecided is a reading too): one row per table.

    Args:
        tables: Label of the table (source and file) → the table and how often each code occurs in what it reads.
    """
    occurring = {code for _, counts in tables.values() for code, count in counts.items() if count}
    rows = []
    for code in sorted(occurring):
        said = {
            label: table.decisions.get(code)
            for label, (table, counts) in tables.items()
            if code in table.decisions or counts.get(code)
        }
        if len({row.char if row else "" for row in said.values()}) > 1:
            rows += [
                (f"{code:04X}", label, row.char if row else "", row.mj if row else "", tables[label][1].get(code, 0))
                for label, row in sorted(said.items())
            ]
    return pl.DataFrame(rows, DISAGREEMENT_SCHEMA, orient="row")


def coverage(counts: Mapping[str, int], receiver: Receiver, *, certified: bool) -> pl.DataFrame:
    """What a receiver makes of each character that it lacks (``COVERAGE_SCHEMA``), the most frequent first."""
    names = load_mj_names()
    rows: list[tuple[Any, ...]] = []
    for character, count in counts.items():
        step = receiver.step(character, certified=certified)
        if step.state != "same":
            candidates = " ".join(f"{one.text}({one.table})" for one in step.candidates)
            rows.append((
                receiver.profile.id, character, points_of(character), names.name_of(character) or "", count, step.state,
                step.written, step.by, candidates,
            ))
    return pl.DataFrame(rows, COVERAGE_SCHEMA, orient="row").sort("count", "character", descending=[True, False])


def projections(
    values: Iterable[tuple[str, str | None]], receiver: Receiver, *, certified: bool
) -> dict[tuple[str, str | None], Projection]:
    """Each distinct (value, its kana) that a receiver would not get as it is (変更対象者一覧), and what it would."""
    held = receiver.profile.characters
    plain: dict[str, bool] = {}
    found = {}
    for value, kana in dict.fromkeys(values):
        if any(not plain.setdefault(character, held.holds(character)) for character in split_characters(value)):
            found[value, kana] = receiver.project(value, certified=certified, kana=kana)
    return found
