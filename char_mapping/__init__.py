"""bytes → Unicode → a receiver's character set: code systems, tables, kernels, 外字. Knows no records.

Start with :func:`load_code_system`; whole columns go through :mod:`char_mapping.kernels` (imported separately: it
needs numba).
"""

from __future__ import annotations

from char_mapping.cell_encoding import UnencodableCharacter
from char_mapping.cells import FAULT_NAMES, CellState, CharFault, Decoded
from char_mapping.code_systems import CodeSystem, GlyphPolicy, Kind, load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from char_mapping.gaiji import GaijiTable, load_gaiji_table
from char_mapping.profiles import ProfileInfo, list_profiles

__all__ = [
    "FAULT_NAMES",
    "CellState",
    "CharFault",
    "CodeSystem",
    "Decoded",
    "DefinitionError",
    "GaijiTable",
    "GlyphPolicy",
    "Kind",
    "ProfileInfo",
    "UnencodableCharacter",
    "UnreadableFile",
    "list_profiles",
    "load_code_system",
    "load_gaiji_table",
]
