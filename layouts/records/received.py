"""A received file as bytes to read at any place: plain, or packed by gzip, bzip2 or Zstandard."""

from __future__ import annotations

import bz2
import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from char_mapping.errors import UnreadableFile

_CHUNK = 1 << 20
_PACKED_NAMES = {".gz": "gzip", ".bz2": "bzip2", ".zst": "Zstandard", ".zstd": "Zstandard"}
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """An open file: ``name`` for messages; ``size`` in bytes and ``descriptor`` for pread are of the unpacked data."""

    name: str
    size: int
    descriptor: int

    def read(self, size: int, offset: int) -> bytes:
        """At most ``size`` bytes from ``offset``; fewer only at the end of the file."""
        return os.pread(self.descriptor, size, offset)


def packing_of(path: Path) -> str:
    """``gzip``, ``bzip2``, ``Zstandard``, or empty for a plain file: by its first bytes, whatever its name.

    Where the name promises nothing the file must also begin to unpack: a host's record may start with any bytes.

    Raises:
        UnreadableFile: No such file, or a name that promises a packing its bytes do not have.
    """
    if not path.is_file():
        raise UnreadableFile(path.name, expected="a file", found="no such file")
    with path.open("rb") as file:
        head = file.read(10)
    found = ""
    if head[:3] == b"\x1f\x8b\x08":
        found = "gzip"
    elif head[:3] == b"BZh" and head[4:10] in _BZIP2_BLOCKS:
        found = "bzip2"
    elif head[:4] == b"\x28\xb5\x2f\xfd":
        found = "Zstandard"
    promised = _PACKED_NAMES.get(path.suffix.lower(), "")
    if promised and found != promised:
        raise UnreadableFile(
            path.name, expected=f"a {promised} file as its name says", found=f"{found or 'other'} bytes",
            todo="Receive the file again, or give it the name of what it is (FIL-001).",
        )
    return found if promised or not found or _begins_to_unpack(path, found) else ""


def _begins_to_unpack(path: Path, packing: str) -> bool:
    try:
        with _opened(path, packing) as packed:
            packed.read(1)
    except (OSError, EOFError, zlib.error):
        return False
    return True


@contextmanager
def open_received(path: Path) -> Iterator[ReceivedFile]:
    """Open a received file for reading; it is never written to.

    A packed file is unpacked into a file without a name in the temporary folder (``TMPDIR``), which is gone when this
    process ends, however it ends: positions in it are positions in the unpacked data.

    Raises:
        UnreadableFile: No such file, or one that does not unpack to its end.
    """
    packing = packing_of(path)
    with ExitStack() as stack:
        if not packing:
            file: IO[bytes] = stack.enter_context(path.open("rb"))
        else:
            file = stack.enter_context(tempfile.TemporaryFile())
            _unpack(path, packing, file)
        yield ReceivedFile(path.name, os.fstat(file.fileno()).st_size, file.fileno())


def _unpack(path: Path, packing: str, target: IO[bytes]) -> None:
    try:
        with _opened(path, packing) as packed:
            while chunk := packed.read(_CHUNK):
                target.write(chunk)
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UnreadableFile(
            path.name, expected=f"a whole {packing} file", found=f"damage after {target.tell()} unpacked bytes",
            todo="Receive the file again (FIL-001).",
        ) from None
    target.flush()


def _opened(path: Path, packing: str) -> Any:
    if packing == "gzip":
        return gzip.open(path, "rb")
    if packing == "bzip2":
        return bz2.open(path, "rb")
    import pyarrow as pa

    return pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")
