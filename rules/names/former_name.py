"""NAM-010 旧氏：旧氏を持てるのは日本人住民だけ。

Issued by: 住民基本台帳法施行令 30条の13 (旧氏 of a person with a 戸籍); foreign residents have 通称 instead.
A 旧氏フリガナ without 旧氏 belongs to nobody and is asked too. Source: rule catalogue NAM-010 (R1).
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """旧氏 of a foreign resident, and the kana of a 旧氏 that is not there."""
    kind, former, kana = (ctx.one(m) for m in ("person.kind", "person.former_name", "person.former_name.kana"))
    findings = []
    if former is not None and kind is not None and block[former.name].null_count() < block.height:
        held = pl.col(former.name).fill_null("") != ""
        findings.append(Finding(former.name, held & (pl.col(kind.name) == "2"), reason="foreign_resident",
                                rows_about=(kind.name,)))
    if former is not None and kana is not None and block[kana.name].null_count() < block.height:
        alone = (pl.col(kana.name).fill_null("") != "") & (pl.col(former.name).fill_null("") == "")
        findings.append(Finding(kana.name, alone, reason="kana_alone"))
    return findings
