"""Texts of numbers → digits and signs, for the writer: one pass over an Arrow string column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from char_mapping.kernels.cache import typed_kernel

NOT_A_NUMBER, TOO_MANY_DIGITS, TOO_MANY_PLACES = 1, 2, 3
"""Why a text gives no digits."""

_IN = "Array({}, 1, 'C', readonly=True)".format


@typed_kernel(f"void({_IN('uint8')}, {_IN('int64')}, int64, uint8[:, ::1], boolean[::1], uint8[::1])")
def split_numbers(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    scale: int,
    digits: npt.NDArray[np.uint8],
    negative: npt.NDArray[np.bool_],
    status: npt.NDArray[np.uint8],
) -> None:
    """Write the digits (values 0–9) of each text of a ``large_string`` column into its zeroed row of ``digits``.

    ``scale`` is the number of decimal places the last digit stands for (negative: tens, hundreds …). An empty text
    leaves its row zero. ``status`` is 0, or why the row is not written.
    """
    columns = digits.shape[1]
    for row in range(offsets.shape[0] - 1):
        at = offsets[row]
        end = offsets[row + 1]
        if at == end:
            continue
        if data[at] == 45 or data[at] == 43:
            negative[row] = data[at] == 45
            at += 1
        point = end
        seen = 0
        for k in range(at, end):
            if data[k] == 46 and point == end:
                point = k
            elif data[k] < 48 or data[k] > 57:
                status[row] = NOT_A_NUMBER
            else:
                seen += 1
        if seen == 0:
            status[row] = NOT_A_NUMBER
        if status[row] != 0:
            continue
        for k in range(at, end):
            if k == point:
                continue
            # Power of ten of this digit, then its column counted from the last one.
            power = point - 1 - k if k < point else point - k
            column = columns - 1 - (power + scale)
            value = data[k] - 48
            if column < 0:
                if value != 0:
                    status[row] = TOO_MANY_DIGITS
            elif column >= columns:
                if value != 0:
                    status[row] = TOO_MANY_PLACES
            else:
                digits[row, column] = value
