"""NAM-021 敬称・肩書・世帯主注記：様、殿、（亡）、（故）、相続人代表 などが氏名に混じっている。

Issued by: team knowledge (△): address labels of tax systems. 様 and 殿 count only after a blank or at the end
of a name of two parts (殿 is also the end of a family name, 様 that of none here). The candidate is the name
without the note; 死亡区分 and 相続人代表 go to their own items. Source: rule catalogue NAM-021.

>>> frame = pl.DataFrame({"n": ["（亡）山田　太郎　相続人", "山田　太郎　様", "鵜殿　太郎", "故　山田　太郎"]})
>>> frame.select(pl.col("n").str.contains(TITLE_PATTERN))["n"].to_list()
[True, True, False, True]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext
from rules.names.separator_blanks import one_blank

TITLE_PATTERN = (
    "[（(〔](?:亡|故|相続人|相続人代表|代表|納税管理人|世帯主)[）)〕]|^(?:亡|故)[\u3000 ]|[\u3000 ](?:様|殿|氏|御中)$|"
    "[\u3000 ]相続人(?:代表者?)?$|[\u3000 ]納税管理人$"
)
_SIGN = "[亡故続表納帯様殿氏御]"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names that carry a title or a note."""
    findings = []
    for item in ctx.items_of("person.name", "person.alias", "person.household_head_name"):
        name = pl.col(item.name)
        if rows_where(block, item.name, TITLE_PATTERN, _SIGN):
            bare = one_blank(name.str.replace_all(TITLE_PATTERN, "\u3000"))
            candidate = pl.when(bare == "").then(None).otherwise(bare)
            findings.append(Finding(item.name, name.str.contains(TITLE_PATTERN), candidate, "title"))
    return findings
