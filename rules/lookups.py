"""What a lookup could not answer becomes findings: an empty cell under NUL-002, with the key it was asked by."""

from __future__ import annotations

import polars as pl

from rules.catalogue import RuleSet
from rules.contract import FINDING_SCHEMA

RULE = "NUL-002"
"""Required values: an item that a mapping fills from another source must be there."""


def findings_of_lookups(unanswered: pl.DataFrame, rules: RuleSet) -> pl.DataFrame:
    """Turn the unanswered lookups of a block into findings.

    Args:
        unanswered: UNANSWERED_SCHEMA of ``layouts.lookup_tables``; ``evidence`` names items and sources, no value.
        rules: Nothing is found where the project switched the rule off.

    Returns:
        FINDING_SCHEMA, sorted by record, row and item. The cell is empty; ``about`` is the key, so that a decision
        holds as long as the record asks for the same one.
    """
    if RULE in rules.off:
        return pl.DataFrame(schema=FINDING_SCHEMA)
    return unanswered.sort("record_no", "ordinal", "item").select(
        "record_no", "ordinal", "byte_offset",
        pl.lit(RULE).alias("rule_id"), "item", "reason",
        pl.lit(None, pl.String).alias("before"),
        pl.lit(None, pl.String).alias("candidate"),
        "evidence",
        pl.col("key").alias("about"),
        pl.lit(None, pl.Binary).alias("raw_bytes"),
    ).cast(pl.Schema(FINDING_SCHEMA))
