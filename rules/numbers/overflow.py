"""NUM-004 桁あふれ: a number with more digits than the standard item has room for.

Issued by: デジタル庁 項目定義書 (digits of 9, 9V and S9 items). Nothing is cut: the item is held, the record
goes on, the hand-over waits. A decoder that cannot fit a field reports the same as the fault ``overflow``.

>>> from rules.trial import bound, try_find
>>> order = bound("履歴番号", "person.history_number", type="9", length=3)
>>> share = bound("率", "person.history_branch", type="9V", length=5, scale=2)
>>> try_find(find, {"履歴番号": ["1000", "0999", "-12"], "率": ["1234.5", "123.45", None]}, order, share)
[('1000', 'too_many_digits', None), ('1234.5', 'too_many_digits', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_NUMERIC = frozenset({"9", "9V", "S9"})


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Digits before the point (leading zeros and sign aside) or after it beyond the item's length and scale."""
    found = []
    for item in ctx.items:
        if item.type not in _NUMERIC or not item.length:
            continue
        text = pl.col(item.name).str.strip_chars_start("+-")
        whole = text.str.extract(r"\A([0-9]*)").str.strip_chars_start("0").str.len_bytes()
        part = text.str.extract(r"\.([0-9]*)\z").fill_null("").str.strip_chars_end("0").str.len_bytes()
        too_long = (whole > item.length - item.scale) | (part > item.scale)
        found.append(Finding(item.name, too_long, reason="too_many_digits"))
    return found
