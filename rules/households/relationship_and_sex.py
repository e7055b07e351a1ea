"""HSE-008 続柄と性別：夫・父・兄・弟は男、妻・母・姉・妹は女（末尾の語で判定）。

Issued by: 住民基本台帳事務処理要領 (続柄); team knowledge (△) for the comparison. The last word decides:
子の妻 is a woman whatever 子 is. 未届 in brackets is left off; sex 0 (不明) and an empty sex are not
compared. Which of the two is wrong, the register knows. Source: rule catalogue HSE-008.

>>> frame = pl.DataFrame({"t": ["妻（未届）", "子の夫", "夫の母", "縁故者"]})
>>> frame.select(expected_sex(pl.col("t")).alias("t"))["t"].to_list()
['2', '1', '2', None]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import distinct_where
from rules.contract import Finding, RuleContext


def expected_sex(relationship: pl.Expr) -> pl.Expr:
    """1, 2 or null by the last word of a 続柄 in text."""
    word = relationship.str.replace("[（(]未届[^）)]*[）)]$", "").str.extract("(夫|父|兄|弟|妻|母|姉|妹)$")
    return pl.when(word.is_in(["夫", "父", "兄", "弟"])).then(pl.lit("1")).when(word.is_not_null()).then(pl.lit("2"))


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Sex that the 続柄 contradicts."""
    relationship, sex = ctx.one("person.relationship_text"), ctx.one("person.sex")
    if relationship is None or sex is None:
        return []
    expected = expected_sex(pl.col(relationship.name))
    of_men, of_women = (distinct_where(block, relationship.name, expected == code) for code in ("1", "2"))
    text, code = pl.col(relationship.name), pl.col(sex.name)
    mask = ((code == "2") & text.is_in(of_men)) | ((code == "1") & text.is_in(of_women))
    return [Finding(sex.name, mask, reason="contradicts_relationship", rows_about=(relationship.name,))]
