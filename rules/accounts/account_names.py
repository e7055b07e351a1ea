"""The characters of an account name (全銀協 口座名義) and the short legal forms in it; shared by this family.

Source: 全国銀行協会 全銀手順・レコードフォーマット (R22): half-width kana without ｦ, small kana and ｰ, capital
letters, digits, blank and ``( ) - . /``. Banks differ in the signs they take: these are the ones all take.
"""

from __future__ import annotations

import polars as pl

from rules.characters.width import back_to_half_width, to_half_width

ALLOWED = r"\A[ｱ-ﾝﾞﾟA-Z0-9 ().\-/]+\z"
_FOLDED = dict(zip("ｦｧｨｩｪｫｬｭｮｯｰ‐―−－", "ｵｱｲｳｴｵﾔﾕﾖﾂ-----", strict=True)) | {"\u3000": " ", "・": ".", "｡": ".", "､": "."}

FORMS = {
    "ﾄｸﾃｲﾋｴｲﾘｶﾂﾄﾞｳﾎｳｼﾞﾝ": "ﾄｸﾋ", "ﾄﾞｸﾘﾂｷﾞﾖｳｾｲﾎｳｼﾞﾝ": "ﾄﾞｸ", "ｼﾔｶｲﾌｸｼﾎｳｼﾞﾝ": "ﾌｸ", "ｼﾕｳｷﾖｳﾎｳｼﾞﾝ": "ｼﾕｳ",
    "ｶﾞﾂｺｳﾎｳｼﾞﾝ": "ｶﾞｸ", "ｲﾘﾖｳﾎｳｼﾞﾝ": "ｲ", "ｻﾞｲﾀﾞﾝﾎｳｼﾞﾝ": "ｻﾞｲ", "ｼﾔﾀﾞﾝﾎｳｼﾞﾝ": "ｼﾔ", "ｶﾌﾞｼｷｶﾞｲｼﾔ": "ｶ",
    "ｶﾌﾞｼｷｶｲｼﾔ": "ｶ", "ﾕｳｹﾞﾝｶﾞｲｼﾔ": "ﾕ", "ﾕｳｹﾞﾝｶｲｼﾔ": "ﾕ", "ｺﾞｳﾒｲｶﾞｲｼﾔ": "ﾒ", "ｺﾞｳｼｶﾞｲｼﾔ": "ｼ", "ｺﾞｳﾄﾞｳｶﾞｲｼﾔ": "ﾄﾞ",
}
"""A legal form in account characters → its abbreviation; written ``ｶ)`` before, ``(ｶ`` behind and ``(ｶ)`` inside."""
FORM_PATTERN = "|".join(sorted(FORMS, key=lambda form: (-len(form), form)))


def account_name(text: pl.Expr) -> pl.Expr:
    """A name in account characters; what has none (kanji) stays and shows.

    >>> names = pl.DataFrame({"t": ["キュウヨ　イチロー", "ｷﾕｳﾖ ｲﾁﾛ-", "山田"]})
    >>> names.select(account_name(pl.col("t")))["t"].to_list()
    ['ｷﾕｳﾖ ｲﾁﾛ-', 'ｷﾕｳﾖ ｲﾁﾛ-', '山田']
    """
    narrow = to_half_width(back_to_half_width(text)).str.to_uppercase()
    return narrow.str.replace_many(list(_FOLDED), list(_FOLDED.values()))


def with_abbreviation(name: pl.Expr) -> pl.Expr:
    """An account name with its legal form abbreviated, by its place.

    >>> names = pl.DataFrame({"t": ["ｶﾌﾞｼｷｶﾞｲｼﾔｹｲﾖｳ", "ｹｲﾖｳ ｶﾌﾞｼｷｶﾞｲｼﾔ", "ｹｲﾖｳｶﾌﾞｼｷｶﾞｲｼﾔﾊｺﾀﾞﾃｼﾃﾝ", "ｶ)ｹｲﾖｳ"]})
    >>> names.select(with_abbreviation(pl.col("t")))["t"].to_list()
    ['ｶ)ｹｲﾖｳ', 'ｹｲﾖｳ(ｶ', 'ｹｲﾖｳ(ｶ)ﾊｺﾀﾞﾃｼﾃﾝ', 'ｶ)ｹｲﾖｳ']
    """
    for form, short in sorted(FORMS.items(), key=lambda pair: (-len(pair[0]), pair[0])):
        name = name.str.replace(f"^{form} *", f"{short})").str.replace(f" *{form}$", f"({short}")
        name = name.str.replace(f" *{form} *", f"({short})")
    return name
