from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from char_mapping.errors import DefinitionError
from layouts.masters.banks import load_banks

AS_OF = date(2026, 4, 1)
HEAD = "bank,branch,new_bank,new_branch,from\n"


def written(folder: Path, rows: str) -> Path:
    (folder / "masters").mkdir()
    (folder / "masters" / "banks.csv").write_text(HEAD + rows, "utf-8")
    return folder


def test_a_project_without_a_list_has_none(tmp_path: Path) -> None:
    assert load_banks(tmp_path, AS_OF) == {}


def test_successors_are_followed_from_their_day_on(tmp_path: Path) -> None:
    rows = "0001,001,,,\n0009,210,0009,215,2020-01-01\n0009,215,0001,001,2024-01-01\n0010,001,0001,001,2027-01-01\n"
    banks = load_banks(written(tmp_path, rows), AS_OF)
    assert banks[("0009", "210")] == ("0001", "001")
    assert banks[("0010", "001")] == ("0010", "001")


@pytest.mark.parametrize(
    "rows",
    ["1,001,,,\n", "0001,001,,,\n0001,001,,,\n", "0001,001,0002,,2020-01-01\n",
     "0001,001,0002,002,2020-01-01\n0002,002,0001,001,2020-01-01\n"],
)  # fmt: skip
def test_what_cannot_be_a_list_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(DefinitionError):
        load_banks(written(tmp_path, rows), AS_OF)
