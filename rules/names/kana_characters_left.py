"""NAM-011 フリガナの文字種：カタカナ・長音・空白でない文字が入っているもの。

The open part of ``kana_characters``: hiragana, kanji, letters and digits in the kana of a person. Hiragana
gets its katakana as a candidate. ヰヱヲヂヅヴヵヶ, the iteration marks ヽヾ and the middle dot between
foreign names are kana. Lone voiced marks are NAM-012's and substitutes MOJ-022's.
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import SUBSTITUTE_PATTERN, rows_where
from rules.contract import Finding, RuleContext
from rules.names.kana import HIRAGANA_TO_KATAKANA, MARK_PATTERN, kana_items
from rules.names.long_vowel import BARS

_OUTSIDE = "[^ァ-ヺーヽヾ・\u3000 ｡-ﾟㇰ-ㇿ゛゜\u3099\u309a]"

# Where a bar cannot lengthen, it joins two parts of a name (ジャン－ポール): NAM-014 leaves it for the same reason.
_HYPHEN = f"[ンッ][{BARS}]"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Kana of persons with a character that is no kana."""
    findings = []
    for item in kana_items(ctx):
        if not rows_where(block, item.name, _OUTSIDE):
            continue
        kana = pl.col(item.name)
        proposed = kana.str.replace_many(list(HIRAGANA_TO_KATAKANA), list(HIRAGANA_TO_KATAKANA.values()))
        candidate = pl.when(proposed.str.contains(_OUTSIDE) | proposed.str.contains(MARK_PATTERN)).then(None).otherwise(
            proposed)
        mask = kana.str.replace_all(_HYPHEN, "").str.contains(_OUTSIDE) & ~kana.str.contains(SUBSTITUTE_PATTERN)
        findings.append(Finding(item.name, mask, candidate, "not_kana"))
    return findings
