"""What a date's meaning allows: off-calendar days of the register, and limits that lie in the future."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules.contract import BoundItem, RuleContext

LIMIT_TENSES = frozenset({"future", "open_end", ""})
"""Tenses of a date that may rightly have been written before its era ended: limits, expiries, and what is not said."""

REGISTRY_REASONS: Mapping[str, tuple[str, frozenset[str]]] = {
    "person.change_date": ("person.change_reason", frozenset({"03", "23"})),
    "person.entered_date": ("person.entered_reason", frozenset({"03"})),
    "person.removed_date": ("person.removed_reason", frozenset({"23"})),
}
"""Dates whose calendar depends on why they stand there: 出生 (03) and 死亡 (23) agree with the 戸籍, others may not.

失踪宣告 has no code of its own in the lists seen; a project adds its codes as ``registry_reasons`` in its parameters.
"""


def off_calendar_allowed(item: BoundItem, block: pl.DataFrame, ctx: RuleContext) -> pl.Expr:
    """Mask of the rows in which a day no calendar has may stand (住民記録システム標準仕様書 1.1.8)."""
    if item.calendar != "by_reason" or item.meaning not in REGISTRY_REASONS:
        return pl.lit(item.calendar == "registry")
    meaning, codes = REGISTRY_REASONS[item.meaning]
    reason = ctx.one(meaning)
    if reason is None or reason.name not in block.columns:
        return pl.lit(False)
    codes = frozenset(ctx.params.get("registry_reasons", codes))
    return pl.col(reason.name).is_in(sorted(codes)).fill_null(False)
