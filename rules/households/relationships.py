"""続柄 in text: what may be written, and what older writings mean (``relationships.csv``).

Issued by: 住民基本台帳事務処理要領: 世帯主, 夫・妻 (未届 in brackets), 子, 父・母, 兄・弟・姉・妹, joined by の up to
four words; 縁故者 and 同居人 stand alone. Since 1 March 1995 every child is 子. Read by HSE-005, HSE-006 and HSE-007.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import polars as pl

WORDS = "(?:夫（未届）|妻（未届）|夫|妻|子|父|母|兄|弟|姉|妹)"
ALONE = ("世帯主", "縁故者", "同居人")
FEW, MANY = rf"^{WORDS}(?:の{WORDS}){{0,3}}$", rf"^{WORDS}(?:の{WORDS}){{4,}}$"


@cache
def _table() -> tuple[dict[str, str], dict[str, str]]:
    text = resources.files("rules.households").joinpath("relationships.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    certain = {row["text"]: row["candidate"] for row in rows if row["candidate"]}
    return certain, {row["text"]: row["possibilities"] for row in rows if row["possibilities"]}


def candidates() -> dict[str, str]:
    """An older writing → the one writing of today it means."""
    return _table()[0]


def possibilities() -> dict[str, str]:
    """A writing that may mean several of today's → those, joined by ・."""
    return _table()[1]


def bare(text: pl.Expr) -> pl.Expr:
    """A 続柄 without blanks, brackets in full width."""
    return text.str.replace_all("[ \u3000]", "").str.replace_all("[(]", "（").str.replace_all("[)]", "）")


def is_allowed(text: pl.Expr) -> pl.Expr:
    """Whether a bare 続柄 is one of today's writings, of four words or fewer."""
    return text.is_in(ALONE) | text.str.contains(FEW)


def is_too_deep(text: pl.Expr) -> pl.Expr:
    """Whether a bare 続柄 is made of today's words but of five or more of them."""
    return text.str.contains(MANY)
