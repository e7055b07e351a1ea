r"""MOJ-023 文字化けの典型：UTF-8 を CP932 や Latin-1 で読んだときに現れる文字の並びがある。ファイルを受け直す。

Issued by: domain knowledge (△): UTF-8 kana and kanji begin with the bytes E3 … E9, which CP932 reads as 縺 繧 繝 譁
and their kin, and Latin-1 as ã å æ. A single 縺 may be a name: found only where two such pairs stand in one value,
or U+FFFD among them. The file, not the value, is at fault. Source: rule catalogue MOJ-023.

>>> from rules.trial import bound, try_find
>>> texts = ["螻ｱ逕ｰ縲螟ｪ驛", "縺薙ｓ縺ｫ縺｡縺ｯ", "å±±ç\x94°", "縺　太郎", "山田　太郎", "ｶﾌﾞ縺"]
>>> [before for before, _, _ in try_find(find, {"氏名": texts}, bound("氏名", "person.name"))]
['縺薙ｓ縺ｫ縺｡縺ｯ', 'å±±ç\x94°']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_LEADS = "縺繧繝"
_KANA_AS_CP932 = "[縺繧繝][ｦ-ﾟァ-ヺ\u4e00-\u9fff\ufffd].*[縺繧繝][ｦ-ﾟァ-ヺ\u4e00-\u9fff\ufffd]"
_LATIN = "[\u00e3-\u00e9][\u0080-\u00bf]{2}"
_UTF8_AS_LATIN = f"{_LATIN}.*{_LATIN}|{_LATIN}[\u00e3-\u00e9]"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Values that were read in the wrong character code."""
    found = []
    for item in ctx.items_of_kind("name", "kana", "roman", "address", "text"):
        if rows_where(block, item.name, f"[{_LEADS}\u00e3-\u00e9]"):
            value = pl.col(item.name)
            mask = value.str.contains(_KANA_AS_CP932) | value.str.contains(_UTF8_AS_LATIN)
            found.append(Finding(item.name, mask, reason="wrong_code"))
    return found
