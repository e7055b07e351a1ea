"""What one decoded cell is: its text, what was wrong with it, and the bits of its state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

FAULT_NAMES = (
    "undefined_code", "undecided_gaiji", "shift_unbalanced", "odd_kanji_run", "control_character", "glyph_undecided",
    "low_value", "high_value",
)
UNDEFINED, UNDECIDED_GAIJI, SHIFT, ODD, CONTROL, GLYPH, LOW, HIGH = range(len(FAULT_NAMES))
"""The faults by their places in FAULT_NAMES, as the kernels count them."""


class CellState(IntFlag):
    """What one cell was besides its text; the bits of ``TextColumn.state``."""

    BLANK = 1
    LOW_VALUE = 2
    HIGH_VALUE = 4
    TRIMMED = 8
    FAULT = 16
    CONTROL = 32
    GLYPH_UNDECIDED = 64
    WIDE_BLANK = 128


_NO_STATE = CellState(0)


@dataclass(frozen=True, slots=True)
class CharFault:
    """One thing wrong in a cell: ``offset`` (0-based) and ``length`` in bytes in the cell, ``code`` as hexadecimal."""

    fault: str
    offset: int
    length: int
    code: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """A cell in plain Python: text without trailing blanks, ``{F0A1}`` where a code does not decode, faults, state."""

    text: str
    faults: tuple[CharFault, ...] = ()
    state: CellState = _NO_STATE


def is_control(text: str) -> bool:
    """A C0 or C1 control character or DEL."""
    return len(text) == 1 and (text < " " or "\x7f" <= text <= "\x9f")


def finished(text: str, faults: tuple[CharFault, ...]) -> Decoded:
    """A cell from all of its text: trailing blanks cut, the bits of its state set."""
    state = CellState(0)
    for fault in faults:
        if fault.fault == "control_character":
            state |= CellState.CONTROL
        elif fault.fault == "glyph_undecided":
            state |= CellState.GLYPH_UNDECIDED
        else:
            state |= CellState.FAULT
    cut = text.rstrip(" \u3000")
    if state & (CellState.FAULT | CellState.GLYPH_UNDECIDED):
        return Decoded(cut, faults, state)
    if not cut:
        state |= CellState.BLANK
        if "\u3000" in text:
            state |= CellState.WIDE_BLANK
    elif len(cut) < len(text):
        state |= CellState.TRIMMED
    return Decoded(cut, faults, state)
