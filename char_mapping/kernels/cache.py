"""Compile kernels once, lazily, and keep the machine code in a directory named by what it was made from.

A kernel is compiled at its first call for its one signature. numba refuses ``cache=True`` where no cache directory can be
written, so a writable one is looked for first (``IKOU_CACHE_DIR``, then ``XDG_CACHE_HOME``, ``~/.cache``, the temporary
directory); where none is found the kernel is compiled in memory for this process only. The directory's name holds a digest of
every kernel source and of the versions: a cached kernel can never outlive a change of another file.
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
from typing import Any, Generic, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.extending import register_jitable

P = ParamSpec("P")
R = TypeVar("R")

_LOCK = threading.Lock()


def source_digest() -> str:
    """Digest of the kernel sources and of everything the machine code depends on."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    digest.update(f"{numba.__version__} {np.__version__} {sys.version}".encode())
    return digest.hexdigest()[:16]


def _places() -> list[Path]:
    named = [os.environ.get("IKOU_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME")]
    places = [Path(name) for name in named if name]
    if home := os.environ.get("HOME"):
        places.append(Path(home) / ".cache")
    user = os.getuid() if hasattr(os, "getuid") else 0
    return [*places, Path(tempfile.gettempdir()) / f"user-{user}"]


@cache
def cache_directory() -> Path | None:
    """The first directory that can be written, created; None where there is none."""
    for place in _places():
        directory = place / "ikou" / "kernels" / source_digest()
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=directory):
                return directory
        except OSError:
            continue
    return None


class Kernel(Generic[P, R]):
    """A function that is compiled at its first call; released from the GIL, one signature, cached on disk where possible."""

    def __init__(self, function: Callable[P, R], signature: str) -> None:
        self.python = function
        self.signature = signature
        self._compiled: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self._compiled is None:
            with _LOCK:
                if self._compiled is None:
                    self._compiled = self._compile()
        return self._compiled(*args, **kwargs)

    def _compile(self) -> Callable[P, R]:
        directory = cache_directory()
        if directory is not None:
            numba.config.CACHE_DIR = str(directory)
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "cache": directory is not None}
        compiled = numba.njit(self.signature, **options)(self.python)
        return cast(Callable[P, R], compiled)


def kernel(signature: str) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Decorator: the function becomes a lazily compiled :class:`Kernel` of this numba signature."""

    def decorate(function: Callable[P, R]) -> Kernel[P, R]:
        return Kernel(function, signature)

    return decorate


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: a step of kernels of the same file; never call it from another file."""
    return cast(Callable[P, R], register_jitable(function))
