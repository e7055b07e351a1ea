"""MOJ-016 合成文字：氏名に É や ñ のようなアクセント付きのローマ字、または結合文字がある。

Issued by: 在留カード writes names in the letters A to Z (出入国管理及び難民認定法施行規則); a letter with an accent
came in by typing. The candidate is the letter without it, in the width it has. か゚ and the other kana of JIS X
0213 with a mark are letters of their own and are left. Source: rule catalogue MOJ-016 (measured: 25 combining
sequences in JIS X 0213).

>>> from rules.trial import bound, try_find
>>> name = bound("ローマ字", "person.name.roman")
>>> found = try_find(find, {"ローマ字": ["RENÉ", "JOSE" + chr(0x301) + " NUÑEZ", "ＫＩＭ", "か" + chr(0x309A)]}, name)
>>> [candidate for _, _, candidate in found]
['RENE', 'JOSE NUNEZ']
"""

from __future__ import annotations

import polars as pl
import unicodedata2

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_ACCENTED = "[\u0300-\u036f\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u1e00-\u1eff]"
_BARE = {
    chr(code): base
    for code in (*range(0xC0, 0x180), *range(0x1E00, 0x1F00), *range(0x300, 0x370))
    for base in ("".join(c for c in unicodedata2.normalize("NFD", chr(code)) if not unicodedata2.combining(c)),)
    if base != chr(code) and base.isascii()
}


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names with an accented letter or a combining mark over one."""
    found = []
    for item in ctx.items_of_kind("name", "roman"):
        if rows_where(block, item.name, _ACCENTED):
            bare = pl.col(item.name).str.replace_many(list(_BARE), list(_BARE.values()))
            candidate = pl.when(bare.str.contains(_ACCENTED)).then(None).otherwise(bare)
            found.append(Finding(item.name, pl.col(item.name).str.contains(_ACCENTED), candidate, "accent"))
    return found
