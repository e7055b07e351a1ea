"""MOJ-025 戸籍との不一致：住民票の氏名と、同じ記録にある戸籍の氏名の字が違う。

Issued by: 住民基本台帳法 (the 氏名 of a Japanese resident is the one of the 戸籍) and 住民記録システム標準仕様書
4.2.3.2 (軽微な修正). Compared character by character, selectors included, without blanks; 髙 against 高 is a
variant and says so, anything else another name. Asked where a record holds both (附票, 戸籍). Source: rule
catalogue MOJ-025 (R1).

>>> from rules.trial import bound, try_find
>>> items = bound("氏名", "person.name"), bound("戸籍氏名", "person.family_register_name")
>>> columns = {"氏名": ["髙橋　一", "高橋　一", "高橋　一"], "戸籍氏名": ["高橋　一", "高橋　一", "鈴木　一"]}
>>> try_find(find, columns, *items)
[('髙橋　一', 'variant', None), ('高橋　一', 'other_name', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.duplicates.matching_keys import name_key


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names that differ from the 戸籍's."""
    name, registered = ctx.one("person.name"), ctx.one("person.family_register_name")
    if name is None or registered is None:
        return []
    ours, theirs = (pl.col(i.name).str.replace_many([" ", "\u3000"], [""]) for i in (name, registered))
    differs = ours != theirs
    variant = name_key(pl.col(name.name)) == name_key(pl.col(registered.name))
    about = (registered.name,)
    return [
        Finding(name.name, differs & variant, reason="variant", rows_about=about, within=differs),
        Finding(name.name, differs & ~variant, reason="other_name", rows_about=about, within=differs),
    ]
