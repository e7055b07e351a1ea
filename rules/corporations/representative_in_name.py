"""ORG-005 代表者・支店・部署混入：法人名欄に「代表取締役　山田太郎」や「函館支店」が続いている。

Issued by: GIF 434 法人: name, representative and office are items of their own. The candidate is the name before the
title, or before the last blank that a branch follows; without a blank nobody can say where the name ends and there is
none. 工場, 本社 and 事業所 belong to many registered names and count after a blank only. Source: rule catalogue ORG-005
(R4).

>>> from rules.trial import bound, try_find
>>> name = bound("名称", "corporation.name")
>>> names = ["株式会社Ａ商店　代表取締役　山田", "株式会社道南銀行　函館支店", "株式会社道南銀行函館支店"]
>>> for found in try_find(find, {"名称": [*names, "有限会社山田工場"]}, name): print(found)
('株式会社Ａ商店　代表取締役　山田', 'representative', '株式会社Ａ商店')
('株式会社道南銀行　函館支店', 'branch', '株式会社道南銀行')
('株式会社道南銀行函館支店', 'branch', None)
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.corporations.legal_forms import FORM_PATTERN, SIGN_PATTERN

_TITLES = "代表取締役|取締役社長|代表社員|代表理事|代表清算人|清算人|代表者|理事長|代表役員|支配人"
_OFFICES = "支店|支社|営業所|出張所|支部"
_OFFICES_APART = f"{_OFFICES}|本店|本社|工場|事業所|事務所|総務部|経理部|人事部|人事課|総務課|経理課|係"
_REPRESENTATIVE = rf"^([^　 ]+?)[　 ]*(?:{_TITLES})(?:[　 ].*|.*)$"
_APART = rf"^(.+?)[　 ]+[^　 ]*(?:{_OFFICES_APART})$"
_JOINED = rf"(?:{FORM_PATTERN}|{SIGN_PATTERN}).*(?:{_OFFICES})$"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names with a title, a branch or a department behind them."""
    found = []
    for item in ctx.items_of("corporation.name"):
        name = pl.col(item.name)
        titled = name.str.contains(_REPRESENTATIVE)
        branch = ~titled & (name.str.contains(_APART) | name.str.contains(_JOINED))
        found.append(Finding(item.name, titled, name.str.extract(_REPRESENTATIVE, 1), "representative"))
        found.append(Finding(item.name, branch, name.str.extract(_APART, 1), "branch"))
    return found
