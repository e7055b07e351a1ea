"""Made-up images of seals and removed registers: small bitmaps drawn from their number, packed as the city sends them.

The bytes follow from the number alone, so size and SHA-256 can be listed before the pack is written.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.areas.people import spread
from pipelines.sample_city.receipts import Receipt, write_receipts

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


def packed(name: str, instead: str) -> bytes | None:
    """The bytes packed for a file name; ``instead`` is ``blank``, ``other``, ``absent`` or empty."""
    number = int("".join(c for c in name if c.isdigit()))
    if instead == "absent":
        return None
    return bitmap(number + 1 if instead == "other" else number, blank=instead == "blank")


def digest_of(name: str, instead: str) -> str:
    """The SHA-256 a list shows when it was made from what is packed."""
    return hashlib.sha256(packed(name, instead) or b"").hexdigest()


class ImagePack:
    """The pack of one list in one generation: a ZIP file whose bytes follow from its images alone, and its 受領票."""

    def __init__(self, folder: Path, extracted_on: int) -> None:
        """``extracted_on`` is YYYYMMDD."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._extracted_on, self._count = folder / "IMAGES.zip", extracted_on, 0
        self._zip = zipfile.ZipFile(self._path, "w", zipfile.ZIP_STORED)

    def add(self, names: Iterable[str], instead: Mapping[int, str]) -> None:
        """Pack the images of some rows; ``instead`` by row says what stands in place of an image."""
        for row, name in enumerate(names):
            data = packed(name, instead.get(row, ""))
            if data is not None:
                self._zip.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
                self._count += 1

    def __enter__(self) -> ImagePack:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def write_receipt(self) -> None:
        """Write the 受領票 of the ended pack."""
        data = self._path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        receipt = Receipt(self._path.name, self._count, len(data), digest, self._extracted_on)
        write_receipts(self._path.parent, [receipt])
