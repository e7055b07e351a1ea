"""Keeping a run within its memory budget where allocators would rather keep what they once had."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import MutableMapping

_M_ARENA_MAX = -8
ARENAS = 2
"""Arenas of the C allocator: by default it makes eight for each core, and each keeps its own free memory."""


def before_import(environment: MutableMapping[str, str]) -> None:
    """Choose allocators; call before pyarrow is imported. Arrow's own pool would not give memory back to the others."""
    environment.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_ARENA_MAX, ARENAS)


def environment_of_children(environment: MutableMapping[str, str]) -> None:
    """The same for a process that is still to start."""
    environment["MALLOC_ARENA_MAX"] = str(ARENAS)


def give_back() -> None:
    """Return free memory to the system between the stages of a run."""
    gc.collect()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
