"""ORG-002 前株・後株：法人の種類の位置（前・後）が食い違う、または前後の両方にある。

Issued by: GIF 434 法人; 株式会社山田商店 and 山田商店株式会社 are two corporations. Nothing is swapped and no
candidate is given: the 国税庁 法人番号公表サイト says which one is meant. Found where the kana of the same record
has the form on the other side, and where a form stands both before and after the name. Source: rule catalogue
ORG-002 (R4).

>>> from rules.trial import bound, try_find
>>> items = bound("名称", "corporation.name"), bound("カナ", "corporation.kana")
>>> names = ["山田商店（株）", "株式会社山田商店", "株式会社山田商店株式会社"]
>>> kana = ["カブシキガイシャヤマダショウテン", "カブシキガイシャヤマダショウテン", None]
>>> try_find(find, {"名称": names, "カナ": kana}, *items)
[('山田商店（株）', 'kana_on_the_other_side', None), ('株式会社山田商店株式会社', 'both_sides', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.corporations.legal_forms import FORM_PATTERN, spelled_out

_KANA = "(?:カブシキ|ユウゲン|ゴウシ|ゴウメイ|ゴウドウ)ガイシ[ヤャ]|カ[）)]|[（(]カ"
_COMPANIES = "株式会社|有限会社|合資会社|合名会社|合同会社"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names whose form stands on both sides, or elsewhere than in the kana."""
    found = []
    kana = ctx.one("corporation.kana")
    for item in ctx.items_of("corporation.name"):
        name = spelled_out(pl.col(item.name))
        before, after = name.str.contains(f"^(?:{FORM_PATTERN})"), name.str.contains(f"(?:{FORM_PATTERN})$")
        twice = name.str.contains(f"^(?:{_COMPANIES}).+(?:{_COMPANIES})$")
        found.append(Finding(item.name, twice, reason="both_sides"))
        if kana is not None:
            spoken = pl.col(kana.name)
            other = (before & ~after & spoken.str.contains(f"(?:{_KANA})$") & ~spoken.str.contains(f"^(?:{_KANA})")) | (
                after & ~before & spoken.str.contains(f"^(?:{_KANA})") & ~spoken.str.contains(f"(?:{_KANA})$")
            )
            found.append(Finding(item.name, other, reason="kana_on_the_other_side", rows_about=(kana.name,)))
    return found
