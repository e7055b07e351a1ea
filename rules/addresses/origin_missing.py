"""ADR-025 転入前住所の欠落：転入した人に転入前住所の記録が無い。空欄のまま移し、件数を残す。

Issued by: 標準仕様書 and R27: origins of long ago were not recorded. Nothing is made up (no 不詳 either): the items
stay empty, and each such row stands in the list to confirm, counted as one kind. A person moved in where the day they
became a resident is later than the birth. Groups and sources without any origin item are not asked. Source: rule
catalogue ADR-025 (R27).

>>> from rules.trial import bound, try_find
>>> rows = {"生": ["1980-01-01", "1980-01-01", "2000-05-05"], "住": ["2001-04-01", "2001-04-01", "2000-05-05"],
...         "前": ["北斗市", None, None]}
>>> try_find(find, rows, bound("生", "person.birth_date"), bound("住", "person.became_resident_date"),
...          bound("前", "previous_address.municipality", source_item="転入前市区町村"))
[(None, 'no_origin', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_ISO = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ORIGIN = "previous_address."


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Residents who moved in and have no origin at all."""
    birth, since = ctx.one("person.birth_date"), ctx.one("person.became_resident_date")
    origins = [i for i in ctx.items if i.meaning.startswith(_ORIGIN)]
    first = next((i for i in origins if i.meaning.endswith(".municipality") and i.source_item), None)
    if birth is None or since is None or first is None:
        return []
    born, became = pl.col(birth.name), pl.col(since.name)
    empty = pl.all_horizontal((pl.col(i.name).fill_null("") == "") for i in origins)
    dated = born.str.contains(_ISO) & became.str.contains(_ISO)
    return [Finding(first.name, empty & dated & (became > born), reason="no_origin",
                    rows_about=(since.name,))]  # fmt: skip
