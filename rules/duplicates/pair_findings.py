"""What the rules on one person with several numbers say of a pair: read by DUP-002 to DUP-007."""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.clusters import survivors
from rules.duplicates.levels import COUNTER, EVIDENCE, pairs_of_level, wording
from rules.references.relations import LINEAGE, item_name, whole_findings


def pair_findings(relation: duckdb.DuckDBPyConnection, ctx: RuleContext, rule_id: str, *levels: str) -> pl.DataFrame:
    """One finding a pair, at the row of 住登外 (or the later number), which is the one that would be linked.

    ``subject`` is both subjects, sorted, joined by ``|``; ``before`` both numbers; ``candidate`` the number the others
    of the cluster would be linked to; ``evidence`` names what agrees and what speaks against it, and no value. A row
    that other areas may not see (他業務参照不可) keeps the pair in its own area's list.
    """
    pairs = pairs_of_level(relation, *levels)
    if pairs.is_empty():
        return whole_findings(pl.DataFrame(), rule_id)
    chosen = survivors(relation)
    at_b = (
        pl.when(pl.col("b_no_sharing") == "1").then(True).when(pl.col("a_no_sharing") == "1").then(False)
        .when(pl.col("a_state") == "outside").then(pl.col("b_state") == "outside").otherwise(True)
    )  # fmt: skip
    counter = wording(COUNTER)
    features = dict.fromkeys(w.column for w in (*EVIDENCE, *COUNTER))
    found = pairs.join(chosen, left_on="a_number", right_on="number", how="left", maintain_order="left").join(
        chosen, left_on="b_number", right_on="number", how="left", suffix="_b", maintain_order="left"
    ).with_columns(at_b=at_b)  # fmt: skip
    together = pl.col("cluster") == pl.col("cluster_b")
    several = together & (pl.col("size") > 2)
    more = pl.when(several).then(pl.format("（同じ人の候補は{}件）", "size")).otherwise(pl.lit(""))
    against = pl.when(counter != "").then(pl.lit("／反証: ") + counter).otherwise(pl.lit(""))
    return whole_findings(found.with_columns(
        *(pl.when("at_b").then(f"b_{c}").otherwise(f"a_{c}").alias(c) for c in LINEAGE if c != "subject"),
        subject=pl.concat_list("a_subject", "b_subject").list.sort().list.join("|"),
        item=pl.lit(item_name(ctx, "person.number")), reason=_sides(),
        before=pl.format("{} / {}", "a_number", "b_number"),
        candidate=pl.when(together).then("survivor"), evidence=wording(EVIDENCE) + against + more,
        about=pl.concat_str("a_number", "b_number", "level", *features, separator="\x1f"),
    ), rule_id)  # fmt: skip


def _sides() -> pl.Expr:
    """resident_and_outsider, removed_and_outsider, outsiders or residents."""
    outside = (pl.col("a_state") == "outside").cast(pl.Int8) + (pl.col("b_state") == "outside").cast(pl.Int8)
    present = (pl.col("a_state") == "present") | (pl.col("b_state") == "present")
    return (
        pl.when(outside == 2).then(pl.lit("outsiders")).when((outside == 1) & present)
        .then(pl.lit("resident_and_outsider")).when(outside == 1).then(pl.lit("removed_and_outsider"))
        .otherwise(pl.lit("residents"))
    )  # fmt: skip
