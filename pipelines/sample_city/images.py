"""Made-up images of seals and removed registers: small bitmaps drawn from their number, packed as the city sends them.

The bytes follow from the number alone, so size and SHA-256 can be listed before the pack is written.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.areas.people import spread

SIDE = 32
"""Pixels of a side (one bit each, PBM)."""


def bitmap(number: int, blank: bool = False) -> bytes:
    """One image: a ring with the number's own pattern inside, as a binary PBM file."""
    across, down = np.meshgrid(np.arange(SIDE) - SIDE / 2 + 0.5, np.arange(SIDE) - SIDE / 2 + 0.5)
    radius = np.hypot(across, down)
    ring = (radius < SIDE / 2) & (radius > SIDE / 2 - 3)
    pattern = spread(np.arange(SIDE * SIDE) // 4 + number * 1009, "image", 2).reshape(SIDE, SIDE) == 1
    pixels = np.zeros((SIDE, SIDE), bool) if blank else ring | (pattern & (radius < SIDE / 2 - 4))
    return f"P4\n{SIDE} {SIDE}\n".encode() + np.packbits(pixels, axis=1).tobytes()


def image_columns(prefix: str, numbers: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The columns of an image list: file name, size in bytes and SHA-256 of each number's image."""
    made = [bitmap(int(n)) for n in numbers.tolist()]
    return {
        "画像ファイル名": np.array([image_name(prefix, n) for n in numbers.tolist()], "U20"),
        "画像バイト数": np.array([len(b) for b in made], np.int64),
        "画像ハッシュ値": np.array([hashlib.sha256(b).hexdigest() for b in made], "U64"),
    }


def image_name(prefix: str, number: str) -> str:
    """The file name of an image."""
    return f"{prefix}{number}.pbm"


def pack_path(folder: Path) -> Path:
    """Where the pack of a list lies: beside the list."""
    return folder / "images.zip"
