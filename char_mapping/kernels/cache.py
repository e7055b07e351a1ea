"""Compile kernels once, lazily, and keep the machine code in a directory named by what it was made from.

numba refuses ``cache=True`` where no cache directory can be written, so a writable one is looked for first
(``IKOU_CACHE_DIR``, then ``XDG_CACHE_HOME``, ``~/.cache``, the temporary directory); where none is found a kernel is
compiled in memory, for this process only. The directory's name holds a digest of every kernel source and of the
versions: machine code never outlives a change of the text it came from. A kernel calls functions of its own file
only; files meet at arrays.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import numba
import numpy as np
from numba.extending import register_jitable

P = ParamSpec("P")
R = TypeVar("R")

_LOCK = threading.RLock()


def source_digest(source: Path) -> str:
    """Digest of the kernel files beside this one, of ``source`` and of everything else the machine code depends on."""
    digest = hashlib.sha256()
    for path in sorted({*Path(__file__).parent.glob("*.py"), source}):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    digest.update(f"{numba.__version__} {np.__version__} {sys.version}".encode())
    return digest.hexdigest()[:16]


def _places() -> list[Path]:
    named = [os.environ.get("IKOU_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME")]
    places = [Path(name) for name in named if name]
    if home := os.environ.get("HOME"):
        places.append(Path(home) / ".cache")
    return [*places, Path(tempfile.gettempdir()) / f"user-{_user()}"]


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


@cache
def cache_directory(source: Path) -> Path | None:
    """Where the kernels of the file ``source`` are kept: the first place that can be written; None without one."""
    for place in _places():
        directory = place / "ikou" / "kernels" / source_digest(source)
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Cached code is run: what another user may have put there is not ours to load.
            if directory.stat().st_uid == _user():
                with tempfile.TemporaryFile(dir=directory):
                    return directory
        except OSError:
            continue
    return None


def _options(function: Callable[..., Any]) -> dict[str, Any]:
    """Options of ``numba.njit``; points numba's own setting at the directory of this function's file."""
    directory = cache_directory(Path(function.__code__.co_filename))
    if directory is not None:
        vars(numba.config)["CACHE_DIR"] = str(directory)
    return {"nogil": True, "error_model": "numpy", "cache": directory is not None}


class Kernel(Generic[P, R]):
    """A function that is compiled at its first call for its one signature, and runs without the GIL."""

    def __init__(self, function: Callable[P, R], signature: str, allocates: bool) -> None:
        self.python = function
        self.signature = signature
        self.allocates = allocates
        self._compiled: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the compiled function, compiling it if this is the first call of the process."""
        if self._compiled is None:
            with _LOCK:
                if self._compiled is None:
                    options = {**_options(self.python), "_nrt": self.allocates}
                    self._compiled = numba.njit(self.signature, **options)(self.python)
        return self._compiled(*args, **kwargs)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: a numba function that compiles once per argument types; kernels of the same file may call it."""
    with _LOCK:
        compiled: Callable[P, R] = numba.njit(**_options(function))(function)
    return compiled


def typed_kernel(signature: str, *, allocates: bool = True) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Decorator: a :class:`Kernel` of this one numba signature (which can say that inputs may be read-only).

    A kernel that makes no array says so by ``allocates=False``: nothing then counts who holds the arrays, which costs
    more than a short cell wherever a step is not merged into its kernel.
    """

    def decorate(function: Callable[P, R]) -> Kernel[P, R]:
        return Kernel(function, signature, allocates)

    return decorate


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: a step of kernels of the same file; never call it from another file."""
    jitable: Callable[P, R] = register_jitable(function)
    return jitable


def merged(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: an :func:`inlined` step that is copied to wherever it is used.

    For steps of every cell: a call would hand over seven numbers for each array.
    """
    jitable: Callable[P, R] = register_jitable(forceinline=True)(function)
    return jitable
