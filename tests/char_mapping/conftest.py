from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"

# The mappings of jef4j (CC0) are test oracles outside the project; where they are not, there is nothing to compare.
collect_ignore = [] if REFERENCE.is_dir() else ["test_reference_oracles.py"]


def pytest_report_header() -> str:
    """Say whether the code systems are compared with the public mappings."""
    return f"code system oracles: {REFERENCE if REFERENCE.is_dir() else f'not compared, no {REFERENCE}'}"


@pytest.fixture
def need_tool() -> Callable[[str], None]:
    """Skips where a program is missing (tests/conftest.py makes that a failure where the tools must be there)."""

    def need(program: str) -> None:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")

    return need
