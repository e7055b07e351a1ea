"""ADR-025 転入前住所の欠落：転入した人に転入前住所の記録が無い。空欄のまま移し、件数を残す。

Issued by: 標準仕様書 and R27: origins of long ago were not recorded. Nothing is made up (no 不詳 either): the items
stay empty, and each such row stands in the list to confirm, counted as one kind. Only rows that enter a 転入 from
within the country (異動事由 01) are asked, and only where the source has an origin at all. Source: rule
catalogue ADR-025 (R27).

>>> from rules.trial import bound, try_find
>>> rows = {"事由": ["01", "01", "02", "03"], "前": ["北斗市", None, None, None]}
>>> try_find(find, rows, bound("事由", "person.change_reason"),
...          bound("前", "previous_address.municipality", source_item="転入前市区町村"))
[(None, 'no_origin', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_MOVED_IN = "01"
_ORIGIN = "previous_address."


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Rows of a 転入 without any part of an origin."""
    why = ctx.one("person.change_reason")
    origins = [i for i in ctx.items if i.meaning.startswith(_ORIGIN)]
    first = next((i for i in origins if i.meaning.endswith(".municipality") and i.source_item), None)
    if why is None or first is None:
        return []
    empty = pl.all_horizontal((pl.col(i.name).fill_null("") == "") for i in origins)
    reasons = {_MOVED_IN}
    if not ctx.group and why.code_map in ctx.code_maps:
        # Source items hold the source's codes.
        reasons = {code for code, standard in ctx.code_maps[why.code_map].standard.items() if standard == _MOVED_IN}
    return [Finding(first.name, empty & pl.col(why.name).is_in(sorted(reasons)), reason="no_origin")]
