"""Every kernel compiled anew: the machine code that other tests take from the cache comes about without a warning."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numba
import pytest

from char_mapping.kernels.cache import Kernel

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("char_mapping", "layouts", "rules") for path in (ROOT / package).rglob("*.py")
    if "@typed_kernel" in path.read_text(encoding="utf-8")
)


@pytest.mark.long
@pytest.mark.parametrize("module", MODULES)
def test_kernels_compile_without_a_warning(module: str) -> None:
    # Warnings are errors in all tests; numba says NumbaIRAssumptionWarning where it distrusts its own reading.
    kernels = [found for found in vars(import_module(module)).values() if isinstance(found, Kernel)]
    for found in kernels:
        numba.njit(found.signature, nogil=True, error_model="numpy", _nrt=found.allocates)(found.python)
    assert kernels
