"""TEL-002 市外局番と桁数：番号計画に無い番号（市外局番が無い、桁数が違う、実在しない局番）。

Issued by: 総務省 電気通信番号計画: a fixed line has ten digits, 050 070 080 090 eleven, and begins with 0. A number
without its 市外局番 has a candidate only where the project says which one is the city's (parameter ``area_code``),
and only if the plan then has it. Foreign numbers (+1 …) are not asked about. Source: rule catalogue TEL-002 (R7).

>>> from rules.trial import bound, try_find
>>> phone = bound("電話", "person.phone")
>>> numbers = ["21-1234", "03-5253-5111", "0138-21-12345", "0150-12-3456", "+1 202 555 0100", "090-1234-5678"]
>>> try_find(find, {"電話": numbers}, phone, params={"area_code": "0138"})
[('21-1234', 'no_area_code', '0138-21-1234'), ('0138-21-12345', 'digits', None), ('0150-12-3456', 'not_assigned', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.telephones.numbering_plan import PLAIN, half_width, written_numbers


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Plain numbers that the plan does not have."""
    found = []
    local = str(ctx.params.get("area_code", ""))
    for item in ctx.items_of_kind("phone"):
        text = half_width(item.name)
        digits = text.str.replace_all("[^0-9]", "")
        domestic = text.str.contains(PLAIN) & ~text.str.contains(r"\A *\+")
        unknown = domestic & text.map_batches(written_numbers, return_dtype=pl.String).is_null()
        zero = digits.str.starts_with("0")
        length = digits.str.len_bytes()
        wrong_length = zero & (length != pl.when(digits.str.contains("^0[25789]0")).then(11).otherwise(10))
        whole = pl.concat_str(pl.lit(local), digits).map_batches(written_numbers, return_dtype=pl.String)
        found += [
            Finding(item.name, unknown & ~zero, whole if local else None, "no_area_code"),
            Finding(item.name, unknown & wrong_length, reason="digits"),
            Finding(item.name, unknown & zero & ~wrong_length, reason="not_assigned"),
        ]
    return found
