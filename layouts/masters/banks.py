"""The list of banks and branches a project may bring (``masters/banks.csv`` in its data folder): which stand, and what
the others became.

統一金融機関コード are published for members only, so ikou ships none. One row a branch: 金融機関コード (four digits),
店舗コード (three), the pair it became, and the day from which on that holds; the last three are empty while the branch
stands.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from char_mapping.errors import DefinitionError
from layouts.csv_tables import read_table
from layouts.masters.towns import FOLDER

FILE = "banks.csv"
_COLUMNS = ("bank", "branch", "new_bank", "new_branch", "from")
_PAIR = re.compile(r"[0-9]{4}/[0-9]{3}")

Branch = tuple[str, str]


def load_banks(data: Path, as_of: date) -> dict[Branch, Branch]:
    """Every branch of the list and the branch it is on a day: itself, or its successor (followed to the end).

    Args:
        data: The project's data folder.
        as_of: Successions from a later day on do not count yet.

    Returns:
        Nothing where the project has no list.

    Raises:
        DefinitionError: A code of another form, a branch twice, half a successor or a circle of them, with the line.
    """
    path = data / FOLDER / FILE
    if not path.is_file():
        return {}
    became: dict[Branch, Branch] = {}
    for line, row in read_table(path, _COLUMNS):
        old, new = (row["bank"], row["branch"]), (row["new_bank"], row["new_branch"])
        gone = any(new)
        whole = _PAIR.fullmatch("/".join(old)) and (not gone or _PAIR.fullmatch("/".join(new)))
        if not whole or old in became:
            raise DefinitionError(
                f"{path}:{line}", expected="each branch once: bank of four digits, branch of three, and the new pair",
                found="/".join((*old, *new)), todo="Correct the row; leading zeros are part of a code",
            )  # fmt: skip
        became[old] = new if gone and row["from"] <= as_of.isoformat() else old
    return {old: _last(old, became, path) for old in became}


def _last(branch: Branch, became: dict[Branch, Branch], path: Path) -> Branch:
    seen = {branch}
    while became.get(branch, branch) != branch:
        branch = became[branch]
        if branch in seen:
            raise DefinitionError(
                str(path), expected="successors that end", found="/".join(branch), todo="Break the circle of rows"
            )
        seen.add(branch)
    return branch
