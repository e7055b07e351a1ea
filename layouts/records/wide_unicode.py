"""UTF-16 and UTF-32 text read as UTF-8: the same characters, with every position and byte as it stands in the file.

Halves of surrogate pairs that stand alone become the three bytes UTF-8 would have for them, so nothing is lost on the
way and back.
"""

from __future__ import annotations

import codecs
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import polars as pl

from char_mapping.code_systems import CodeSystem, load_code_system
from char_mapping.errors import UnreadableFile
from layouts.records.blocks import BYTE_OFFSET
from layouts.records.raw_bytes import is_bytes_column
from layouts.records.received import ReceivedFile

_CHUNK = 1 << 20
_MARKS = {
    2: {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"},
    4: {b"\xff\xfe\0\0": "utf-32-le", b"\0\0\xfe\xff": "utf-32-be"},
}
_SYSTEMS = {"utf-16-le": "utf-16le", "utf-16-be": "utf-16", "utf-32-le": "utf-32le", "utf-32-be": "utf-32"}


class WidePositions:
    """Bytes and positions of the UTF-8 text → those of the UTF-16 or UTF-32 file it was made of.

    ``mark`` is the length in bytes of the byte order mark, ``encoding`` the Python name of the file's byte order.
    """

    def __init__(self, text: ReceivedFile, mark: int, encoding: str, system: CodeSystem) -> None:
        self.text = text
        self.mark = mark
        self.encoding = encoding
        self.system = system
        # What stands in the file is read in the file's own byte order, whatever the definition names.
        self.file_system = load_code_system(_SYSTEMS[encoding])
        self._unit = unit_of(self.file_system)
        self._at = 0
        self._units = 0

    def offsets(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Positions in the file of positions in the text; quick where they ascend from one call to the next."""
        if not places.size:
            return places
        first, last = int(places.min()), int(places.max())
        if first < self._at:
            self._at = self._units = 0
        while first - self._at > _CHUNK:
            self._advance(_CHUNK)
        data = np.frombuffer(self.text.read(last - self._at, self._at), np.uint8)
        units = np.concatenate((np.zeros(1, np.int64), np.cumsum(self._counted(data))))
        found = self.mark + self._unit * (self._units + units[places - self._at])
        self._advance(first - self._at)
        return np.asarray(found, np.int64)

    def _advance(self, size: int) -> None:
        self._units += int(self._counted(np.frombuffer(self.text.read(size, self._at), np.uint8)).sum())
        self._at += size

    def _counted(self, data: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """Units of the file that begin at each byte of UTF-8: none at a continuation byte; of UTF-16 two at a lead of
        four bytes.
        """
        begins = ((data & 0xC0) != 0x80).astype(np.int64)
        return np.asarray(begins + (data >= 0xF0) if self._unit == 2 else begins, np.int64)

    def bytes_of(self, data: bytes) -> bytes:
        """The bytes of the file that became ``data``."""
        return data.decode("utf-8", "surrogatepass").encode(self.encoding, "surrogatepass")

    def table(self, table: pl.DataFrame) -> pl.DataFrame:
        """A table of the text with the positions of its records in the file."""
        found = self.offsets(table[BYTE_OFFSET].to_numpy())
        raw = [
            pl.Series(name, [None if cell is None else self.bytes_of(cell) for cell in table[name]], dtype=pl.Binary)
            for name in table.columns if is_bytes_column(name)
        ]
        return table.with_columns(pl.Series(BYTE_OFFSET, found, dtype=pl.Int64), *raw)

    def faults(self, faults: pl.DataFrame) -> pl.DataFrame:
        """FAULT_SCHEMA rows of the text as rows of the file."""
        raw = [self.bytes_of(cell) for cell in faults["raw_bytes"]]
        return faults.with_columns(
            byte_offset=pl.Series(self.offsets(faults["byte_offset"].to_numpy()), dtype=pl.Int64),
            raw_bytes=pl.Series(raw, dtype=pl.Binary),
            text=pl.Series([self.file_system.decode(cell, "mixed").text for cell in raw], dtype=pl.String),
        )

    def apart(self, apart: pl.DataFrame) -> pl.DataFrame:
        """APART_SCHEMA rows of the text as rows of the file."""
        return apart.with_columns(
            byte_offset=pl.Series(self.offsets(apart["byte_offset"].to_numpy()), dtype=pl.Int64),
            raw_bytes=pl.Series([self.bytes_of(record) for record in apart["raw_bytes"]], dtype=pl.Binary),
        )


@contextmanager
def open_wide(file: ReceivedFile, system: CodeSystem) -> Iterator[tuple[ReceivedFile, WidePositions]]:
    """The text of a UTF-16 or UTF-32 file as UTF-8 without its byte order mark, and the way back.

    The text stands in a file without a name in the temporary folder. The byte order is that of the mark, else that of
    the code system.

    Raises:
        UnreadableFile: A file that ends in part of a character, or a unit of UTF-32 that is no character.
    """
    unit = unit_of(system)
    encoding = _MARKS[unit].get(file.read(unit, 0), "")
    mark = unit if encoding else 0
    encoding = encoding or f"utf-{8 * unit}-{'le' if system.profile.structure.endswith('le') else 'be'}"
    if file.size % unit:
        raise UnreadableFile(
            file.name, expected=f"a multiple of {unit} bytes of UTF-{8 * unit}", found=f"{file.size} bytes",
            todo="Receive the file again, or correct code_system in source.yml (FIL-001).",
        )
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    with tempfile.TemporaryFile() as target:
        for place in range(mark, file.size, _CHUNK):
            piece = file.read(_CHUNK, place)
            try:
                text = decoder.decode(piece, final=place + _CHUNK >= file.size)
            except UnicodeDecodeError as error:
                where = place + error.start
                raise UnreadableFile(
                    file.name, expected="characters up to U+10FFFF", found=f"another unit at byte {where}",
                    todo="Receive the file again, or correct code_system in source.yml (FIL-006).",
                ) from None
            target.write(text.encode("utf-8", "surrogatepass"))
        target.flush()
        spool = ReceivedFile(file.name, os.fstat(target.fileno()).st_size, target.fileno())
        yield spool, WidePositions(spool, mark, encoding, system)


def unit_of(system: CodeSystem) -> int:
    """Bytes of a unit of UTF-16 (2) or UTF-32 (4); 0 for every other code system."""
    return {"utf-16": 2, "utf-32": 4}.get(system.profile.structure[:6], 0)
