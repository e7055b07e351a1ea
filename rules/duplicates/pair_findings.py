"""What the rules on one person with several numbers say of a pair: read by DUP-002 to DUP-007."""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import ABOUT_PART, RuleContext
from rules.duplicates.clusters import survivors
from rules.duplicates.levels import COUNTER, EVIDENCE, pairs_of_level, wording
from rules.duplicates.matching_people import PEOPLE
from rules.references.relations import LINEAGE, item_name, rows_of, whole_findings

PAIR_RULES = ("DUP-002", "DUP-003", "DUP-004", "DUP-005", "DUP-006", "DUP-007")
"""Rules that name a pair; the same pair stands under one of them, under another when its evidence changes."""
PARTS = {
    "一致の内訳": (), "氏名": ("name_key",), "カナ": ("kana_plain", "kana_key"),
    "生年月日": ("birth", "birth_year"), "性別": ("sex",), "住所": ("place", "building"),
    "住民の状態": ("state", "since", "gone"), "個人番号・住民票コード": ("digest", "code"),
}  # fmt: skip
"""Parts of what a pair was decided on → the keys compared; when one of them changes, the pair is asked again. The first
is what the comparison came to, the last are digests."""


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
    pairs = _with_keys(relation, pairs)
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
        about=_about(tuple(features)),
    ), rule_id)  # fmt: skip


def _with_keys(relation: duckdb.DuckDBPyConnection, pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with the keys of both people (``key_a_…``, ``key_b_…``)."""
    keys = [key for named in PARTS.values() for key in named]
    numbers = pl.concat([pairs["a_number"], pairs["b_number"]]).unique().sort().rename("number").to_frame()
    relation.register("given_numbers", numbers.to_arrow(compat_level=pl.CompatLevel.oldest()))
    people = rows_of(relation, f"SELECT number, {', '.join(keys)} FROM {PEOPLE} SEMI JOIN given_numbers USING (number)")
    relation.unregister("given_numbers")
    for side in "ab":
        named = people.rename({key: f"key_{side}_{key}" for key in keys})
        pairs = pairs.join(named, left_on=f"{side}_number", right_on="number", how="left", maintain_order="left")
    return pairs


def _about(features: tuple[str, ...]) -> pl.Expr:
    said = [pl.concat_str("a_number", "b_number", "level", *features, separator="\x1f")]
    for keys in PARTS.values():
        if keys:
            both = [pl.col(f"key_{side}_{key}").fill_null("\x00") for side in "ab" for key in keys]
            said.append(pl.concat_str(both, separator="\x1f"))
    return pl.concat_str(said, separator=ABOUT_PART)


def _sides() -> pl.Expr:
    """resident_and_outsider, removed_and_outsider, outsiders or residents."""
    outside = (pl.col("a_state") == "outside").cast(pl.Int8) + (pl.col("b_state") == "outside").cast(pl.Int8)
    present = (pl.col("a_state") == "present") | (pl.col("b_state") == "present")
    return (
        pl.when(outside == 2).then(pl.lit("outsiders")).when((outside == 1) & present)
        .then(pl.lit("resident_and_outsider")).when(outside == 1).then(pl.lit("removed_and_outsider"))
        .otherwise(pl.lit("residents"))
    )  # fmt: skip
