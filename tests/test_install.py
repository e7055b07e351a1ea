from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("package", ["char_mapping", "layouts", "rules", "pipelines"])
def test_each_package_is_this_tree_and_not_a_namesake_from_site_packages(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / package


def test_every_committed_data_file_of_a_package_ships_in_the_wheel() -> None:
    # hatchling leaves git-ignored files out without a word, also inside a package.
    ignored = subprocess.run(
        ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--",
         "char_mapping", "layouts", "rules", "pipelines"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.splitlines()
    assert [name for name in ignored if "__pycache__" not in name] == []


def test_module_names_do_not_shadow_the_standard_library() -> None:
    # Prefect may put the folder of a flow first on sys.path.
    names = {path.stem for path in (ROOT / "pipelines").rglob("*.py")} - {"__init__", "calendar"}
    assert names & set(sys.stdlib_module_names) == set()
