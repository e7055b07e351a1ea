"""ORG-003 医療法人等の二段：「医療法人社団桜会桜病院」のように、法人名と施設名が一つの欄に入っている。

Issued by: GIF 434 法人 (法人名 and 事業所名 are two items). Only corporations whose own name ends in 会, 学園, 学院
or 寺 社 before the facility are split; a facility that is nothing but the word (桜会病院: the corporation may be
called so) is left. The candidate is the corporation; the facility goes to its own item by the steward. Source: rule
catalogue ORG-003 (R4).

>>> from rules.trial import bound, try_find
>>> name = bound("名称", "corporation.name")
>>> names = ["医療法人社団桜会桜病院", "社会福祉法人緑会　みどり保育園", "医療法人社団桜会", "医療法人桜会病院"]
>>> [(before, candidate) for before, _, candidate in try_find(find, {"名称": names}, name)]
[('医療法人社団桜会桜病院', '医療法人社団桜会'), ('社会福祉法人緑会　みどり保育園', '社会福祉法人緑会')]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.corporations.legal_forms import spelled_out

_OWNERS = "医療法人(?:社団|財団)?|社会医療法人(?:社団|財団)?|社会福祉法人|学校法人|宗教法人"
_FACILITIES = (
    "病院|医院|クリニック|診療所|歯科|保育園|保育所|幼稚園|こども園|ホーム|センター|苑|荘|小学校|中学校|高等学校|高校|"
    "大学|専門学校|老人保健施設|ステーション"
)
_TWO_LEVELS = rf"^((?:{_OWNERS})[　 ]?[^　 ]+?(?:会|学園|学院))[　 ]*[^　 ]+?(?:{_FACILITIES})$"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names that hold a corporation and its facility."""
    return [
        Finding(
            item.name,
            spelled_out(pl.col(item.name)).str.contains(_TWO_LEVELS),
            spelled_out(pl.col(item.name)).str.extract(_TWO_LEVELS, 1),
            "facility",
            within=pl.col(item.name).str.contains(f"(?:{_FACILITIES})$"),
        )
        for item in ctx.items_of("corporation.name", "person.name")
    ]
