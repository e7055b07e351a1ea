"""Walk the lengths of records, one after the other, where a file has too many for Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from char_mapping.kernels.cache import typed_kernel

# A Python int here, an integer register in machine code.
Scalar = Any


@typed_kernel(
    "int64(Array(uint8, 1, 'C', readonly=True), int64, int64, int64, boolean, int64, int64[::1], int32[::1])",
    allocates=False,
)
def walk_lengths(
    data: npt.NDArray[np.uint8], head: int, length_at: int, length_bytes: int, little: bool, added: int,
    starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int32],
) -> int:
    """Where the records begin that stand whole in ``data``, each behind ``head`` bytes; at most as many as fit.

    ``length_bytes`` from ``length_at`` on in the head, and ``added``, are the length. It stops before the first record
    that is cut or whose length is below 0: what is wrong with it is for the caller to say. Returns how many there are.
    """
    count = 0
    position: Scalar = np.int64(0)
    while count < starts.shape[0] and position + head <= data.shape[0]:
        stated: Scalar = np.int64(0)
        for k in range(length_bytes):
            place = length_bytes - 1 - k if little else k
            stated = stated << 8 | np.int64(data[position + length_at + place])
        length = stated + added
        if length < 0 or position + head + length > data.shape[0]:
            break
        starts[count] = position + head
        lengths[count] = length
        position += head + length
        count += 1
    return count
