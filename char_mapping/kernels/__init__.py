"""Kernels over whole columns (numba, released from the GIL).

Importing this package imports numba; nothing is compiled until it is used.
"""

from __future__ import annotations

from char_mapping.kernels.decoding import (
    FaultRows,
    TextCells,
    TextColumn,
    decode_column,
    decode_columns,
    histogram_codes,
    histogram_rows,
    new_histogram,
    unified_symbols,
)
from char_mapping.kernels.encoding import encode_column

__all__ = [
    "FaultRows",
    "TextCells",
    "TextColumn",
    "decode_column",
    "decode_columns",
    "encode_column",
    "histogram_codes",
    "histogram_rows",
    "new_histogram",
    "unified_symbols",
]
