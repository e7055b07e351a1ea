"""Compare what a writer would write with what was read, one field of all records at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from char_mapping.kernels.cache import typed_kernel


@typed_kernel(
    "void(Array(uint8, 2, 'C', readonly=True), Array(uint8, 1, 'C', readonly=True), "
    "Array(int64, 1, 'C', readonly=True), int64, boolean[::1])",
    allocates=False,
)
def strike_different(
    cells: npt.NDArray[np.uint8],
    data: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    offset: int,
    same: npt.NDArray[np.bool_],
) -> None:
    """Set ``same`` to False where a record has other bytes at a field than the field's cell.

    Args:
        cells: uint8[records, field length], as the field would be written.
        data: The bytes of the file that hold all records.
        starts: First byte of each record in ``data``, 0-based.
        offset: Where the field begins in a record, in bytes.
        same: One value a record; never set to True.
    """
    for row in range(cells.shape[0]):
        first = starts[row] + offset
        for place in range(cells.shape[1]):
            if cells[row, place] != data[first + place]:
                same[row] = False
                break
