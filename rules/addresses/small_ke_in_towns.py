"""ADR-011 ヶ・ケ・が・ガ・ヵ・カ：地名の小書きのヶなどが町域マスターの表記と違う。

Issued by: 町字 and municipalities are named by 条例 and law, each with its own of these characters; public papers mix
them (茅ヶ崎 and 茅ケ崎). They are compared as one; the master's character is a candidate where the place is certain.
Names of one city that differ in nothing else (カキ田 and ガギ田) get no answer. Source: rule catalogue ADR-011 (R3 R6).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["131016", "131016", "131016", "012025"], "町": ["霞ヶ関２丁目", "霞が関", "ヶ丘", "霞ヶ関"]}
>>> try_find(find, rows, bound("市", "address.municipality_code"), bound("町", "address.town"))
[('霞ヶ関２丁目', 'small_ke', '霞が関２丁目')]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.respelling import respellings
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Towns and municipalities that the master writes with another ヶ."""
    return respellings(block, ctx, "ke", "small_ke")
