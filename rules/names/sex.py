"""NAM-024 性別：0 不明／1 男／2 女。空白は不可。氏名から推定しない。

Issued by: 基本データリスト code list 性別(住民基本台帳); 住登外者宛名番号管理 個別:1. Asked after the code
map has run; on a source that has its own codes, those of its map are right. An optional item (任意, as in
031) may be empty. Source: rule catalogue NAM-024 (R3).
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_CODES = frozenset({"0", "1", "2"})


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Sex outside the list, and empty where the item is not optional."""
    findings = []
    for item in ctx.items_of("person.sex"):
        sex = pl.col(item.name)
        known = set(_CODES)
        if not item.type and (code_map := ctx.code_maps.get(item.code_map)) is not None:
            known |= {*code_map.standard, *code_map.variants, *code_map.ignored}
        findings.append(Finding(item.name, sex.is_not_null() & (sex != "") & ~sex.is_in(sorted(known)),
                                reason="not_in_list"))
        if item.condition != "任意":
            findings.append(Finding(item.name, sex.is_null() | (sex == ""), reason="empty"))
    return findings
