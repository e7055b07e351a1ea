"""What :mod:`char_mapping.text` defines, done to whole columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from char_mapping.kernels.arrow_text import pooled_array, text_array, text_buffers
from char_mapping.kernels.unicode_cells import (
    MAPPED,
    SEMI_VOICED,
    TEXT,
    VOICED,
    count_perceived,
    first_outside,
    map_cells,
    widen_kana_cells,
)
from char_mapping.text import JOINING_RANGES, KANA, WIDE
from char_mapping.text import SEMI_VOICED as SEMI_VOICED_KANA
from char_mapping.text import VOICED as VOICED_KANA

_SIZE = 0x110000


@dataclass(frozen=True)
class CharacterMap:
    """Characters → texts as :func:`map_characters` reads it; ``growth`` is the most bytes one byte can become."""

    entries: NDArray[np.uint32]
    three: NDArray[np.uint64]
    texts: NDArray[np.uint8]
    growth: int


@dataclass(frozen=True)
class CharacterSet:
    """A set of code points; ``inside`` has one byte per code point, ``three`` a bit for those of three bytes."""

    inside: NDArray[np.uint8]
    three: NDArray[np.uint64]


def _three_bytes(points: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The bits of these code points as :func:`first_outside` reads them."""
    points = points[(points >= 0x800) & (points < 0x10000)]
    words = np.zeros(0x10000, np.uint64)
    bits = np.left_shift(np.uint64(1), (points & 0x3F).astype(np.uint64))
    np.bitwise_or.at(words, 0xE0 | points >> 12 | (0x80 | points >> 6 & 0x3F) << 8, bits)
    return words


def character_map(replacements: Mapping[str, str], *, compose_kana: bool = False) -> CharacterMap:
    """A map of single code points to texts; with ``compose_kana`` ﾞ and ﾟ join the half-width letter before them.

    Raises:
        ValueError: A key is not one code point, or a text has more than 255 bytes.
    """
    entries = np.zeros(max((ord(key) for key in replacements), default=0) + 1, np.uint32)
    texts: list[bytes] = []
    for key, text in replacements.items():
        data = text.encode("utf-8")
        if len(data) <= 3:
            entries[ord(key)] = MAPPED | len(data) << 24 | int.from_bytes(data, "little")
        else:
            entries[ord(key)] = MAPPED | TEXT | len(texts)
            texts.append(data)
    if compose_kana:
        entries[ord("ﾞ")] |= VOICED
        entries[ord("ﾟ")] |= SEMI_VOICED
    longest = max((len(text) for text in texts), default=0)
    if longest > 255:
        raise ValueError("a text of a character map has more than 255 bytes")
    rows = np.zeros((max(len(texts), 1), longest + 1), np.uint8)
    for row, data in enumerate(texts):
        rows[row, 0] = len(data)
        rows[row, 1 : 1 + len(data)] = np.frombuffer(data, np.uint8)
    growth = max((-(-len(text.encode()) // len(key.encode())) for key, text in replacements.items()), default=1)
    return CharacterMap(entries, _three_bytes(np.flatnonzero(entries)), rows, max(growth, 1))


@cache
def _marks() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    voiced, semi_voiced = np.zeros(64, np.int32), np.zeros(64, np.int32)
    for table, kana in ((voiced, VOICED_KANA), (semi_voiced, SEMI_VOICED_KANA)):
        for half, full in kana.items():
            table[ord(half) - 0xFF66] = ord(full)
    return voiced, semi_voiced


def map_characters(column: pa.Array | pa.ChunkedArray, mapping: CharacterMap) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The column (large_string, nulls kept) with every mapped character replaced, and which rows held one."""
    data, offsets, valid = text_buffers(column)
    # Room for the worst case: pages that nothing is written to are never really taken.
    out = pooled_array(int(offsets[-1] - offsets[0]) * mapping.growth + 8, np.uint8)
    ends, changed = pooled_array(len(offsets), np.int64), np.zeros(len(offsets) - 1, np.uint8)
    ends[0] = 0
    used = map_cells(data, offsets, mapping.entries, mapping.three, mapping.texts, *_marks(), out, ends[1:], changed)
    return text_array(out[:used], ends, valid), changed.view(np.bool_)


@cache
def _kana_pairs() -> NDArray[np.uint32]:
    """The table of :func:`widen_kana_cells`."""
    table = np.zeros((64, 64), np.uint32)
    table[0] = 1 << 24
    joined = {"ﾞ": VOICED_KANA, "ﾟ": SEMI_VOICED_KANA}
    for half, full in KANA.items():
        kana = ord(half) - 0xFF60
        table[kana] = 3 << 24 | int.from_bytes(full.encode(), "little")
        for letter, voiced in joined.get(half, {}).items():
            replaced = 3 << 26 | 3 << 24 | int.from_bytes(voiced.encode(), "little")
            table[kana, ord(letter) - 0xFF60] = replaced
    return table.reshape(-1)


@cache
def _wide_map() -> CharacterMap:
    return character_map({**KANA, **WIDE}, compose_kana=True)


@cache
def _narrow_map() -> CharacterMap:
    return character_map({wide: half for half, wide in WIDE.items()})


def widen_kana_column(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """:func:`char_mapping.text.widen_kana` of every row (large_string)."""
    data, offsets, valid = text_buffers(column)
    out, ends = pooled_array(int(offsets[-1] - offsets[0]) + 8, np.uint8), pooled_array(len(offsets), np.int64)
    ends[0] = 0
    used = widen_kana_cells(data, offsets, _kana_pairs(), out, ends[1:])
    return text_array(out[:used], ends, valid)


def widen_column(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """:func:`char_mapping.text.widen` of every row (large_string)."""
    return map_characters(column, _wide_map())[0]


def narrow_column(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """:func:`char_mapping.text.narrow` of every row (large_string)."""
    return map_characters(column, _narrow_map())[0]


@cache
def _joins() -> NDArray[np.uint8]:
    table = np.zeros(_SIZE, np.uint8)
    for first, last in JOINING_RANGES:
        table[first : last + 1] = 1
    return table


def count_characters_column(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int32]:
    """:func:`char_mapping.text.count_characters` of every row; 0 for a null."""
    data, offsets, _ = text_buffers(column)
    lengths = np.zeros(len(offsets) - 1, np.int32)
    count_perceived(data, offsets, _joins(), lengths)
    return lengths


def character_set(characters: Iterable[str]) -> CharacterSet:
    """A set for :func:`find_outside`; variation selectors are in it only if they are named."""
    inside = np.zeros(_SIZE, np.uint8)
    inside[[ord(char) for text in characters for char in text]] = 1
    return CharacterSet(inside, _three_bytes(np.flatnonzero(inside)))


def find_outside(column: pa.Array | pa.ChunkedArray, allowed: CharacterSet) -> NDArray[np.int32]:
    """For each row the first code point that is not ``allowed``, -1 where every one is (or the row is null)."""
    data, offsets, _ = text_buffers(column)
    points = np.full(len(offsets) - 1, -1, np.int32)
    first_outside(data, offsets, allowed.inside, allowed.three, points)
    return points
