from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from char_mapping.kernels import cache, decode_cells

SOURCE = Path(decode_cells.__file__)


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.cache_directory.cache_clear()


def test_the_directory_is_named_by_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKOU_CACHE_DIR", str(tmp_path))
    directory = cache.cache_directory(SOURCE)
    assert directory == tmp_path / "ikou" / "kernels" / cache.source_digest(SOURCE)
    other = tmp_path / "kernel.py"
    other.write_text("one", "utf-8")
    before = cache.source_digest(other)
    other.write_text("two", "utf-8")
    assert cache.source_digest(other) != before


def test_the_next_place_is_taken_where_the_first_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    monkeypatch.setenv("IKOU_CACHE_DIR", str(blocked))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    directory = cache.cache_directory(SOURCE)
    assert directory is not None
    assert directory.is_relative_to(tmp_path / "xdg")


def test_kernels_run_without_any_cache_directory(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    program = (
        "import numpy as np, pyarrow as pa\n"
        "from char_mapping.kernels import cache\n"
        "from char_mapping.kernels.text_columns import count_characters_column\n"
        "assert count_characters_column(pa.array(['\\u8fbb\\U000e0102'])).tolist() == [1]\n"
        "assert not list(cache._places()[0].parent.glob('ikou'))\n"
    )
    places = {
        "IKOU_CACHE_DIR": str(blocked),
        "XDG_CACHE_HOME": str(blocked),
        "HOME": str(blocked),
        "TMPDIR": str(blocked),
    }
    environment = {**os.environ, **places}
    program = f"import tempfile; tempfile.tempdir = {str(blocked)!r}\n" + program
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
