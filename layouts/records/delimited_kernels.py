"""Cut delimited text (CSV, TSV) into cells in one pass; a broken row is set apart without losing the next one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from char_mapping.kernels.cache import typed_kernel

GOOD, RAGGED, BAD_QUOTES = 0, 1, 2
"""What a record is: as many cells as columns, another number of cells, quotes that do not close."""


@typed_kernel(
    "UniTuple(int64, 3)(uint8[::1], int64, boolean, int64, int64, int64, int64, "
    "Array(uint8, 1, 'C', readonly=True), int64, int64[:, ::1], int32[:, ::1], int64[::1], int32[::1], uint8[::1])"
)
def cut_cells(
    data: npt.NDArray[np.uint8],
    size: int,
    whole: bool,
    columns: int,
    delimiter: int,
    quote: int,
    newline: int,
    leads: npt.NDArray[np.uint8],
    longest: int,
    starts: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int32],
    record_starts: npt.NDArray[np.int64],
    record_lengths: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
) -> tuple[int, int, int]:
    """Cut ``data[:size]`` into records.

    Quoted cells with doubled quotes are unescaped behind ``size`` (the buffer holds at least ``2 * size`` bytes); all
    other cells stay where they are. A record whose quotes do not close within ``longest`` bytes, or that spans lines
    and has another number of cells than ``columns``, ends at its first line end, and reading goes on behind it.
    ``leads`` is 1 for the lead bytes of two-byte characters, whose second byte is never a delimiter; ``quote`` -1: no
    quoting; ``whole``: the data ends with the file. Returns (records, bytes consumed, end of the unescaped cells).
    """
    records = 0
    at = 0
    aux = size
    while at < size and records < record_starts.shape[0]:
        begin = at
        first_line_end = -1
        cells = 0
        kind = 0
        ended = False
        stop = begin
        saved_aux = aux
        while not ended:
            # One cell.
            cell = at
            cell_end = at
            if quote >= 0 and at < size and data[at] == quote:
                at += 1
                cell = at
                moved = False
                closed = False
                target = aux
                while at < size and at - begin < longest:
                    byte = data[at]
                    if byte == quote:
                        if at + 1 < size and data[at + 1] == quote:
                            if not moved:
                                for k in range(cell, at):
                                    data[target] = data[k]
                                    target += 1
                                moved = True
                            data[target] = byte
                            target += 1
                            at += 2
                            continue
                        closed = True
                        break
                    if byte == newline and first_line_end < 0:
                        first_line_end = at
                    step = 1
                    if leads[byte] and at + 1 < size and data[at + 1] >= 0x40:
                        step = 2
                    if moved:
                        for k in range(step):
                            data[target + k] = data[at + k]
                        target += step
                    at += step
                if not closed:
                    if at >= size and not whole and at - begin < longest:
                        return records, begin, saved_aux
                    kind = 2
                    break
                if at + 1 >= size and not whole:
                    return records, begin, saved_aux
                if moved:
                    cell = aux
                    cell_end = target
                    aux = target
                else:
                    cell_end = at
                at += 1
                if at < size and data[at] == 0x0D and newline == 0x0A and at + 1 < size and data[at + 1] == newline:
                    at += 1
                if at < size and data[at] != delimiter and data[at] != newline:
                    if not (data[at] == 0x0D and newline == 0x0A and at + 1 == size):
                        kind = 2
                        break
                    at += 1
            else:
                while at < size and data[at] != delimiter and data[at] != newline:
                    if leads[data[at]] and at + 1 < size and data[at + 1] >= 0x40:
                        at += 2
                    else:
                        at += 1
                at = min(at, size)
                cell_end = at
                line_ends = at >= size or data[at] == newline
                if line_ends and cell_end > cell and newline == 0x0A and data[cell_end - 1] == 0x0D:
                    cell_end -= 1
            if at >= size and not whole:
                return records, begin, saved_aux
            if cells < columns:
                starts[records, cells] = cell
                lengths[records, cells] = cell_end - cell
            cells += 1
            if at >= size:
                stop = size
                ended = True
            elif data[at] == newline:
                stop = at
                at += 1
                ended = True
            else:
                at += 1
                if at >= size and whole:
                    # The file ends behind a delimiter: one more, empty cell.
                    if cells < columns:
                        starts[records, cells] = size
                        lengths[records, cells] = 0
                    cells += 1
                    stop = size
                    ended = True
        if kind == 0 and cells != columns:
            kind = 1
        if kind == 2 or (kind == 1 and first_line_end >= 0):
            # Go on behind the first line end: one broken quote must not swallow the next residents.
            kind = 2
            aux = saved_aux
            end = begin
            while end < size and data[end] != newline:
                end += 1
            if end >= size and not whole:
                return records, begin, saved_aux
            stop = end
            at = end + 1 if end < size else size
        if stop > begin and newline == 0x0A and data[stop - 1] == 0x0D:
            stop -= 1
        record_starts[records] = begin
        record_lengths[records] = stop - begin
        kinds[records] = kind
        records += 1
    return records, at, aux
