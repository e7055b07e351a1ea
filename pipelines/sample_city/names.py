"""Names of the fictitious people: lists written for this project, beside this module."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jaconv
import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.hosts import GAIJI_BASE

HERE = Path(__file__).parent


@dataclass(frozen=True)
class NameList:
    """Names with their readings: ``kana`` in full width, ``half`` in half width; ``odds`` add up to 1."""

    name: NDArray[np.str_]
    kana: NDArray[np.str_]
    half: NDArray[np.str_]
    odds: NDArray[np.float64]


@dataclass(frozen=True)
class ForeignNames:
    """Names of foreign residents: Roman letters and kana in full width, kana in half width, country, sex (1 or 2)."""

    roman: NDArray[np.str_]
    kana: NDArray[np.str_]
    half: NDArray[np.str_]
    country: NDArray[np.str_]
    sex: NDArray[np.int64]


def half_width(kana: str) -> str:
    """Full-width kana and blanks as the one-byte page writes them."""
    return str(jaconv.z2h(kana, kana=True, ascii=False, digit=False)).replace("\u3000", " ")


def wide_kana(half: str) -> str:
    """Half-width kana as the standard writes them: full width, marks composed, one full-width blank."""
    return str(jaconv.h2z(half, kana=True, ascii=False, digit=False)).replace(" ", "\u3000").replace("-", "－")


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _list(rows: list[tuple[str, str, float]]) -> NameList:
    odds = np.array([weight for _, _, weight in rows])
    return NameList(
        np.array([n for n, _, _ in rows]),
        np.array([k for _, k, _ in rows]),
        np.array([half_width(k) for _, k, _ in rows]),
        odds / odds.sum(),
    )


@cache
def family_names() -> NameList:
    """Family names; ``{2}田`` in the list is 田 after the user-defined character no. 2 of gaiji_characters.csv."""
    placeholders = [chr(GAIJI_BASE + i) for i in range(16)]
    return _list(
        [(row["name"].format(*placeholders), row["kana"], float(row["weight"])) for row in _rows("names_family.csv")]
    )


@cache
def given_names(sex: int) -> NameList:
    """Given names of men (1) or women (2)."""
    return _list([(row["name"], row["kana"], 1.0) for row in _rows("names_given.csv") if row["sex"] == str(sex)])


@cache
def foreign_names() -> ForeignNames:
    """Names of foreign residents."""
    rows = _rows("names_foreign.csv")
    return ForeignNames(
        np.array([r["roman"] for r in rows]),
        np.array([r["kana"] for r in rows]),
        np.array([half_width(r["kana"]) for r in rows]),
        np.array([r["country"] for r in rows]),
        np.array([int(r["sex"]) for r in rows]),
    )


@cache
def nations() -> dict[str, str]:
    """Codes of nationality as 人口統計表 words them; a Japanese has none."""
    return {row["country"]: row["nation"] for row in _rows("names_foreign.csv")} | {"": "－"}


@cache
def building_names() -> NDArray[np.str_]:
    """Names of apartment houses."""
    return np.array([row["name"] for row in _rows("buildings.csv")])
