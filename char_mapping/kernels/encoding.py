"""Whole columns through a code system: Arrow text → fields of a host."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from char_mapping.cell_encoding import UnencodableCharacter
from char_mapping.code_systems import CodeSystem, Kind
from char_mapping.kernels.encode_cells import FALLBACK, TOO_LONG, UNENCODABLE, encode_cells

_CODES: dict[tuple[int, str], tuple[CodeSystem, NDArray[np.int32]]] = {}


def _codes(system: CodeSystem, kind: Kind) -> NDArray[np.int32]:
    """Code point → code to write, as :func:`encode_cells` reads it."""
    if (id(system), kind) not in _CODES:
        table = np.full(0x110000, -1, np.int32)
        if kind != "single":
            for text, code in system.double_codes.items():
                if len(text) == 1:
                    table[ord(text)] = (0x10000 if len(system.code_bytes(code)) == 2 else 0x20000) + code
        if kind != "double":
            for text, byte in system.single_codes.items():
                table[ord(text)] = byte
        if kind != "single":
            for text in system.double_codes:
                if len(text) == 2:
                    table[ord(text[1])] = -2
        _CODES[(id(system), kind)] = (system, table)
    return _CODES[(id(system), kind)][1]


def encode_column(
    values: pa.Array | pa.ChunkedArray | Sequence[str | None], length: int, system: CodeSystem, kind: Kind
) -> NDArray[np.uint8]:
    """Encode many texts into fields of ``length`` bytes: a matrix of one row per text, padded with blanks; null is
    all blanks.

    Raises:
        UnencodableCharacter: A text has a character without code or does not fit; the row and the code point are named.
        DefinitionError: The system has no fields of this kind.
    """
    kind = system.effective_kind(kind)
    column = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, pa.large_string())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    column = column.cast(pa.large_string())
    if column.null_count:
        column = column.fill_null("")
    matrix = np.empty((len(column), length), np.uint8)
    if kind == "double":
        if length % 2:
            raise UnencodableCharacter(f"a double-byte field of {length} bytes in {system.id} has an odd length")
        matrix.reshape(-1, 2)[:] = np.frombuffer(system.wide_blanks[0].to_bytes(2, "big"), np.uint8)
    else:
        matrix[:] = system.blank
    if system.is_unicode:
        for row, text in enumerate(column.to_pylist()):
            matrix[row] = np.frombuffer(system.encode(text, kind, length=length), np.uint8)
        return matrix
    _, offset_buffer, data_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer is not None else np.empty(0, np.uint8)
    shifting = system.profile.structure == "shift" and kind == "mixed"
    into = np.frombuffer(system.shift_in[0] if shifting else b"", np.uint8)
    away = np.frombuffer(system.shift_out[0] if shifting else b"", np.uint8)
    status = np.zeros(len(column), np.int32)
    points = np.zeros(len(column), np.int32)
    encode_cells(data, offsets, _codes(system, kind), into, away, matrix, status, points)
    for row in np.flatnonzero(status).tolist():
        if status[row] == UNENCODABLE:
            raise UnencodableCharacter(f"row {row}: U+{points[row]:04X} has no code in {system.id} ({kind})")
        if status[row] == TOO_LONG:
            raise UnencodableCharacter(f"row {row}: the text in {system.id} does not fit into {length} bytes")
        if status[row] == FALLBACK:
            matrix[row] = np.frombuffer(system.encode(column[row].as_py(), kind, length=length), np.uint8)
    return matrix
