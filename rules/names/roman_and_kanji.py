"""NAM-006 ローマ字と漢字の併記：一つの氏名に「ＺＨＡＮＧ　ＹＵＬＩＮ　張　玉蓮」と両方が入っている。

Issued by: 住民記録システム標準仕様書 1.1.2: 氏名（漢字） and 氏名（アルファベット） are two items. The
candidate is the kanji part where it stands in one piece after or before the roman part; the roman part is
named in the evidence's reason only. Names in one script, and a middle initial, are left. Source: rule
catalogue NAM-006 (R1, R3).

>>> frame = pl.DataFrame({"n": ["ＺＨＡＮＧ　ＹＵＬＩＮ　張　玉蓮", "ＺＨＡＮＧ　ＹＵＬＩＮ", "張　玉蓮"]})
>>> frame.select(pl.col("n").str.extract(_TWO_SCRIPTS, 1))["n"].to_list()
['張　玉蓮', None, None]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_LETTER = "A-Za-zＡ-Ｚａ-ｚ"
_TWO_SCRIPTS = rf"^[{_LETTER}]{{2}}[{_LETTER}\u3000 ．.・－-]*[（(\u3000 ]([\p{{Han}}々\u3000 ]*\p{{Han}})[）)]?$"
_KANJI_FIRST = rf"^([\p{{Han}}々][\p{{Han}}々\u3000 ]*)[（(\u3000 ][{_LETTER}]{{2}}[{_LETTER}\u3000 ．.・－-]*[）)]?$"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names that hold a roman and a kanji name."""
    findings = []
    for item in ctx.items_of("person.name", "person.name.roman", "person.name.kanji"):
        name = pl.col(item.name)
        if not rows_where(block, item.name, f"[{_LETTER}]"):
            continue
        mask = name.str.contains(_TWO_SCRIPTS) | name.str.contains(_KANJI_FIRST)
        kanji = pl.coalesce(name.str.extract(_TWO_SCRIPTS, 1), name.str.extract(_KANJI_FIRST, 1))
        findings.append(Finding(item.name, mask, kanji.str.strip_chars("\u3000 "), "two_scripts"))
    return findings
