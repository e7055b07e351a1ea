"""BNK-005 ゆうちょ：記号・番号を、振込用の店番・口座番号で候補にする。

Issued by: ゆうちょ銀行「記号・番号から振込用の店名・預金種目・口座番号を調べる」(R38). 記号 1…0 (総合口座): 店番 is
its second and third digit and 8, 口座番号 the 番号 without its last digit 1, seven digits; 記号 0…: 店番 ends in 9
and the 番号 is only filled up. A 記号 or 番号 that cannot be one has no candidate. Source: rule catalogue BNK-005.

>>> from rules.trial import bound, try_find
>>> items = bound("記号", "account.post_symbol"), bound("番号", "account.post_number")
>>> columns = {"記号": ["10530", "00120", "10530", "1053"], "番号": ["12345671", "765432", "12345670", "12345671"]}
>>> for found in try_find(find, columns, *items): print(found)
('12345671', 'transfer', '058 / 1234567')
('765432', 'transfer', '019 / 0765432')
('12345670', 'number', None)
('1053', 'symbol', None)
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_SYMBOL = r"\A(?:1[0-9]{3}0|0[0-9]{4})\z"
_SAVINGS, _GIRO = r"\A[0-9]{1,7}1\z", r"\A[0-9]{1,7}\z"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Numbers that a transfer cannot use, and 記号 and 番号 that are none."""
    symbol, number = ctx.one("account.post_symbol"), ctx.one("account.post_number")
    if symbol is None or number is None:
        return []
    sign, value = pl.col(symbol.name), pl.col(number.name)
    known = sign.str.contains(_SYMBOL)
    savings = sign.str.starts_with("1")
    fits = pl.when(savings).then(value.str.contains(_SAVINGS)).otherwise(value.str.contains(_GIRO))
    branch = sign.str.slice(1, 2) + pl.when(savings).then(pl.lit("8")).otherwise(pl.lit("9"))
    account = pl.when(savings).then(value.str.head(-1)).otherwise(value).str.zfill(7)
    about = (symbol.name,)
    transfer = pl.concat_str(branch, account, separator=" / ")
    return [
        Finding(symbol.name, ~known, reason="symbol"),
        Finding(number.name, known & ~fits, reason="number", rows_about=about),
        Finding(number.name, known & fits, transfer, "transfer", rows_about=about),
    ]
