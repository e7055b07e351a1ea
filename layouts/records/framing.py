"""How a file is cut into records, what a piece of a cut file is, and the lengths that stand before records and blocks.

Offsets are bytes from the start of the file, 0-based; a record's offset is that of its first data byte (after its RDW).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

PADDING = 64
"""Zero bytes behind the data of a block: kernels read up to 7 bytes past a cell."""

FramingKind = Literal["fixed", "rdw", "bdw", "vbs", "lines", "variable"]
FRAMING_KINDS: tuple[FramingKind, ...] = get_args(FramingKind)


@dataclass(frozen=True, slots=True)
class LengthItem:
    """Where a record says how long it is: ``offset`` (0-based) and ``size`` of the item in bytes.

    ``read`` gives the number in those bytes, -1 when they are none.
    """

    offset: int
    size: int
    read: Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Framing:
    """How to cut a file into records.

    ``record_length`` in bytes for ``fixed``. For ``rdw``, ``bdw`` and ``vbs``: the length stands in ``length_bytes``
    bytes from byte ``length_at`` of the ``header_bytes`` before each record, in the order ``endian``;
    ``includes_header`` is whether it counts the header. ``adjustment`` is added to the length that a record states,
    also to that of ``variable``, which stands in ``length_item``. ``block_endian`` (that of the records when None),
    ``block_includes_header`` and ``block_adjustment`` are the same for the 4 bytes before a block. For ``lines``:
    ``newline`` bytes.
    """

    kind: FramingKind
    record_length: int = 0
    endian: Literal["big", "little"] = "big"
    includes_header: bool = True
    adjustment: int = 0
    newline: bytes = b"\n"
    length_item: LengthItem | None = None
    header_bytes: int = 4
    length_at: int = 0
    length_bytes: int = 2
    block_endian: Literal["big", "little"] | None = None
    block_includes_header: bool = True
    block_adjustment: int = 0


@dataclass(frozen=True, slots=True)
class RecordRange:
    """A run of records: ``first_record`` is 0-based over every physical record, ``byte_offset`` where reading begins.

    ``count`` -1 means to the end of the file.
    """

    first_record: int
    count: int
    byte_offset: int


@dataclass(frozen=True, slots=True)
class RawBlock:
    """Records of one block, not yet decoded.

    ``data`` is uint8 with :data:`PADDING` bytes behind; ``starts`` int64[n] positions in ``data``, ``lengths`` int32[n]
    bytes, ``offsets`` int64[n] positions in the file; ``first_record`` is the 0-based number of the first one; ``last``
    is true for the block that ends the file.
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    first_record: int
    last: bool

    def record(self, index: int) -> bytes:
        """The bytes of one record of the block."""
        start = int(self.starts[index])
        return self.data[start : start + int(self.lengths[index])].tobytes()


def record_length_at(head: bytes, framing: Framing) -> int:
    """Bytes of a record without its header, as the header says."""
    stated = int.from_bytes(head[framing.length_at : framing.length_at + framing.length_bytes], framing.endian)
    return stated + framing.adjustment - (framing.header_bytes if framing.includes_header else 0)


def block_length_at(head: bytes, framing: Framing) -> int:
    """Bytes of a block with its own 4: 15 bits in two bytes, or 31 bits in four when the first bit is set; -1 at the
    end of the file.
    """
    if len(head) < 4:
        return -1
    endian = framing.block_endian or framing.endian
    at = framing.length_at if framing.header_bytes == 4 else 0
    if endian == "big" and head[0] & 0x80:
        stated = int.from_bytes(head, "big") & 0x7FFFFFFF
    else:
        stated = int.from_bytes(head[at : at + 2], endian)
    return stated + framing.block_adjustment + (0 if framing.block_includes_header else 4)
