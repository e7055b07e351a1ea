"""HSE-022 本籍・筆頭者：日本人は空にしない（「なし」「不明」は書ける）。外国人住民は空である。

Issued by: 住民基本台帳法 7条5号 (戸籍の表示) and 住民記録システム標準仕様書 1.1.1 (「なし」「不明」 are written where
there is none or it is not known). An empty 本籍 proposes 不明; the item is certified, so it leaves as a request.
Source: rule catalogue HSE-022 (R1).

>>> from rules.trial import bound, try_find
>>> rows = {"種別": ["1", "1", "2", "2"], "本籍": [None, "なし", None, "北海道函館市"]}
>>> try_find(find, rows, bound("種別", "person.kind"), bound("本籍", "person.honseki"))
[(None, 'missing', '不明'), ('北海道函館市', 'of_foreigner', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

JAPANESE, FOREIGN = "1", "2"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Japanese residents without, and foreign residents with 本籍 or 筆頭者."""
    kind = ctx.one("person.kind")
    if kind is None:
        return []
    findings = []
    for item in ctx.items_of("person.honseki", "person.honseki.head"):
        empty = pl.col(item.name).is_null() | (pl.col(item.name) == "")
        findings += [
            Finding(item.name, empty & (pl.col(kind.name) == JAPANESE), candidate=pl.lit("不明"), reason="missing",
                    rows_about=(kind.name,)),
            Finding(item.name, ~empty & (pl.col(kind.name) == FOREIGN), reason="of_foreigner",
                    rows_about=(kind.name,)),
        ]
    return findings
