"""Digests and character counts taken while a block is worked on: what the laws are later proven from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import polars as pl

from rules.characters.occurrences import histogram_of
from rules.column_facts import is_empty

CharacterCounts = dict[tuple[str, int], int]


def column_digest(column: pl.Series) -> str:
    """SHA-256 over the values and nulls of a String column, the same for any chunking or number of threads."""
    filled = column.rechunk().fill_null("")
    array = filled.to_arrow(compat_level=pl.CompatLevel.oldest())
    digest = hashlib.sha256(len(column).to_bytes(8, "little"))
    digest.update(np.packbits(column.is_null().to_numpy()).tobytes())
    for buffer in array.buffers()[1:]:
        if buffer is not None:
            digest.update(buffer)
    return digest.hexdigest()


def changed_columns(before: pl.DataFrame, after: pl.DataFrame, columns: Iterable[str]) -> list[str]:
    """Names of the columns that hold another value in at least one row."""
    names = list(columns)
    if not names:
        return []
    return [c for c in names if before[c].ne_missing(after[c]).any()]


def count_characters_of(frame: pl.DataFrame, columns: Iterable[str], into: CharacterCounts) -> None:
    """Add the code points of every column of a block to ``into`` (item, code point → count)."""
    for name in columns:
        if is_empty(frame, name):
            continue
        for point, count in zip(*histogram_of(frame, name), strict=True):
            into[name, point] = into.get((name, point), 0) + count
