"""ADR-020 郵便番号形式：半角7桁の数字、ハイフン無し。

Issued by: 日本郵便 (seven digits since 1998-02-02); 項目定義書 type X, length 7. The postal sign, hyphens and
blanks go and full-width digits become half width, but only where exactly seven digits remain: nothing is
completed or cut. Three- and five-digit codes of before 1998 are asked about (``postal_code_form_left``).
Source: rule catalogue ADR-020 (R3, R4).

>>> frame = pl.DataFrame({"t": ["100-0013", "〒１００－００１３", "100", "040 0001 "]})
>>> frame.select(seven_digits(pl.col("t")))["t"].to_list()
['1000013', '1000013', '100', '0400001']
"""

from __future__ import annotations

import polars as pl

from rules.characters.width import to_half_width
from rules.contract import Change, RuleContext

_SIGNS = "[ \u3000〒〶‐‑‒–—―−－─━ーｰ-]"


def seven_digits(code: pl.Expr) -> pl.Expr:
    """The code without signs where that leaves seven digits; else as it was."""
    bare = to_half_width(code.str.replace_all(_SIGNS, ""))
    return pl.when(bare.str.contains("^[0-9]{7}$")).then(bare).otherwise(code)


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Every postal code that is not seven half-width digits already."""
    return [
        Change(item.name, seven_digits(pl.col(item.name)), pl.col(item.name).str.replace("^([0-9]{3})", "$1-"), "form",
               ~pl.col(item.name).str.contains("^[0-9]{7}$"))
        for item in ctx.items_of_kind("postal_code")
    ]
