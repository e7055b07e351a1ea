"""``ikou init``: an empty migration project with every key explained."""

from __future__ import annotations

import shutil
import sys
from importlib.resources import as_file, files
from pathlib import Path

from char_mapping.errors import DefinitionError


def init(directory: Path) -> int:
    """Lay out an empty project in a new folder; data stays outside it.

    Raises:
        DefinitionError: the folder is there already and is not empty.
    """
    if directory.exists() and any(directory.iterdir()):
        raise DefinitionError(
            str(directory),
            expected="a new or empty folder",
            found="a folder with files in it",
            todo="Name another folder",
        )
    with as_file(files("pipelines.project").joinpath("empty")) as empty:
        shutil.copytree(empty, directory, dirs_exist_ok=True)
    (directory / "gitignore").rename(directory / ".gitignore")
    for name in ("sources", "mappings", "codes", "gaiji"):
        (directory / name).mkdir()
    sys.stdout.write(
        f"{directory}: edit ikou.toml, then put the received files under its data_dir/exports/<generation>/<source>/\n"
    )
    return 0
