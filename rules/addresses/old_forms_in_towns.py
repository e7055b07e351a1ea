"""ADR-012 旧字・異体(地名)：地名の旧字・異体字が町域マスターの表記と違う。

Issued by: 項目定義書 (住所 in the official spelling) and abr-geocoder (forms to compare in, ``old_forms.csv``). 條 and
条, 﨑 and 崎, 巿 (U+5DFF) and 市 are compared as one; the master's form is a candidate where the place is certain. Of
which form a city's 条例 is stays the city's answer, so that the kind is asked once. Source: rule catalogue ADR-012
(R5 R6).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["131016"] * 3, "町": ["麴町一丁目", "麹町一丁目", "神田三﨑町"]}
>>> try_find(find, rows, bound("市", "address.municipality_code"), bound("町", "address.town"))
[('麴町一丁目', 'old_form', '麹町一丁目'), ('神田三﨑町', 'old_form', '神田三崎町')]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.respelling import respellings
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Towns and municipalities that the master writes in another form."""
    return respellings(block, ctx, "form", "old_form")
