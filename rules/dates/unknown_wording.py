"""DAT-011 不詳表記の定型: the wording of a 不詳 date is one of the fourteen of the standard.

Issued by: 総務省 住民記録システム標準仕様書 1.1.8 (令和○○年頃 … 令和○○年○○月○日頃から○日頃までの間).
Another wording may mean one of them; the candidate only writes eras and digits in full and takes the 頃 off a
season, and is given where the result is one of the fourteen.

>>> from rules.trial import bound, try_find
>>> wording = bound("生年月日_不詳表記", "person.birth_date.unknown_text")
>>> texts = ["昭和２０年春", "年月日不詳", "推定昭和２０年３月", "S20年春頃", "昭和20年3月頃", "戦後すぐ", None]
>>> for found in try_find(find, {"生年月日_不詳表記": texts}, wording):
...     print(*found)
S20年春頃 wording 昭和２０年春
昭和20年3月頃 wording 昭和２０年３月頃
戦後すぐ wording None
"""

from __future__ import annotations

import re

import polars as pl

from layouts.eras import load_eras
from rules.contract import Finding, RuleContext

_MONTH, _DAY = "[０-９]{1,2}月", "[０-９]{1,2}日"
_TEN_DAYS = "(?:上|中|下)旬"
_FORMS = (
    "{year}頃",
    f"{{year}}{_MONTH}頃",
    f"{{year}}{_MONTH}{_DAY}頃",
    f"推定{{year}}{_MONTH}{_DAY}",
    f"推定{{year}}{_MONTH}",
    "{year}[初仲晩]?[春夏秋冬]",
    f"{{year}}{_MONTH}{_TEN_DAYS}",
    f"{{year}}{_MONTH}{_TEN_DAYS}頃",
    "年月日不詳",
    "{year}\u3000月日不詳",
    f"{{year}}{_MONTH}\u3000日不詳",
    f"{{year}}{_MONTH}{_DAY}から{_MONTH}{_DAY}頃までの間",
    f"{{year}}{_MONTH}推定{_DAY}から{_DAY}までの間",
    f"{{year}}{_MONTH}{_DAY}頃から{_DAY}頃までの間",
)
_HALF = "0123456789"
_FULL = "０１２３４５６７８９"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Wordings outside the fourteen."""
    standard = _standard_wording()
    return [
        Finding(
            item.name,
            ~pl.col(item.name).str.contains(standard),
            pl.col(item.name).map_batches(_candidates, return_dtype=pl.String),
            "wording",
        )
        for item in ctx.items
        if item.meaning.endswith(".unknown_text")
    ]


def _standard_wording() -> str:
    eras = "|".join(era.name for era in load_eras())
    year = f"(?:(?:{eras})(?:元|[０-９]{{1,2}})|[０-９]{{4}})年"
    return r"\A(?:" + "|".join(form.replace("{year}", year) for form in _FORMS) + r")\z"


def _candidates(wordings: pl.Series) -> pl.Series:
    names = {era.letter: era.name for era in load_eras()}
    full = str.maketrans(_HALF, _FULL)
    standard = re.compile(_standard_wording().replace(r"\z", r"\Z"))
    candidates = []
    for wording in wordings:
        text = re.sub("^[MTSHR]", lambda match: names[match[0]], str(wording).strip()).translate(full)
        text = re.sub("([春夏秋冬])頃$", r"\1", text)
        candidates.append(text if standard.fullmatch(text) else None)
    return pl.Series(wordings.name, candidates, dtype=pl.String)
