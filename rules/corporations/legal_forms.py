"""The legal forms of corporations and how they are shortened; shared by the rules of this family.

Source: 会社法6条, the acts of the single forms, and the abbreviations that banks and tax systems write
(cleansing.md §2; R22). A form keeps its place: before or after the name it makes two corporations.
"""

from __future__ import annotations

import polars as pl

ABBREVIATED = {
    "株": "株式会社", "有": "有限会社", "資": "合資会社", "名": "合名会社", "同": "合同会社", "合": "合同会社",
    "医": "医療法人", "社": "社団法人", "財": "財団法人", "学": "学校法人", "福": "社会福祉法人", "宗": "宗教法人",
    "一社": "一般社団法人", "一財": "一般財団法人", "公社": "公益社団法人", "公財": "公益財団法人",
    "特非": "特定非営利活動法人", "独": "独立行政法人", "地独": "地方独立行政法人", "協": "協同組合",
    "企": "企業組合", "農": "農事組合法人", "税": "税理士法人", "弁": "弁護士法人", "司": "司法書士法人",
}
_SIGNS = {
    "㈱": "株式会社", "㍿": "株式会社", "㈲": "有限会社", "㈾": "合資会社", "㈴": "合名会社", "㈳": "社団法人",
    "㈶": "財団法人", "㈻": "学校法人", "㈿": "協同組合", "㈽": "企業組合",
}
FORMS = (
    *dict.fromkeys(ABBREVIATED.values()), "国立大学法人", "公立大学法人", "相互会社", "監査法人", "行政書士法人",
    "社会保険労務士法人", "土地家屋調査士法人", "ＮＰＯ法人", "NPO法人", "管理組合法人", "信用金庫", "信用組合",
    "労働金庫", "農業協同組合", "漁業協同組合", "森林組合", "生活協同組合", "健康保険組合", "商工会議所", "商工会",
    "土地改良区", "認可地縁団体", "特殊法人", "公庫", "公社", "機構",
)
_WORDS = "|".join(sorted(ABBREVIATED, key=lambda word: (-len(word), word)))

SIGN_PATTERN = f"[{''.join(_SIGNS)}]"
BRACKET_PATTERN = rf"[（(](?:{_WORDS})[）)]"
"""A legal form shortened in brackets, as no word of another name is."""
_HALF_OPEN, _HALF_SHUT = r"^(株|有)[）)]", r"[（(](株|有)$"
ABBREVIATION_PATTERN = f"{SIGN_PATTERN}|{BRACKET_PATTERN}|{_HALF_OPEN}|{_HALF_SHUT}"
FORM_PATTERN = "|".join(sorted(FORMS, key=lambda form: (-len(form), form)))
"""A legal form in full."""

_SPELLED = _SIGNS | {
    opening + word + closing: form
    for word, form in ABBREVIATED.items()
    for opening in "（("
    for closing in "）)"
}


def spelled_out(name: pl.Expr) -> pl.Expr:
    """A name with its shortened legal forms in full, where they stand.

    >>> names = pl.DataFrame({"n": ["㈱山田商店", "山田商店（株）", "株)山田商店", "(医)桜会", "（有）（株）"]})
    >>> names.select(spelled_out(pl.col("n")))["n"].to_list()
    ['株式会社山田商店', '山田商店株式会社', '株式会社山田商店', '医療法人桜会', '有限会社株式会社']
    """
    whole = name.str.replace_many(list(_SPELLED), list(_SPELLED.values()))
    for pattern in (_HALF_OPEN, _HALF_SHUT):
        for word in ("株", "有"):
            whole = whole.str.replace(pattern.replace("株|有", word), ABBREVIATED[word])
    return whole
