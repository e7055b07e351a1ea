"""What decoders report becomes findings here: ``faults.csv`` names the rule of each fault.

Lower layers know no rules. They return faults (a word, the record, the item, the bytes); this table is the one
place that says which catalogue rule a word means.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

import polars as pl

from char_mapping.errors import DefinitionError
from rules.catalogue import Catalogue, load_catalogue
from rules.contract import FINDING_SCHEMA, RuleContext

SENSITIVE_MEANINGS = frozenset({"person.my_number"})
"""Meanings whose values stand in no finding: 個人番号 is carried and checked, never shown."""


@cache
def fault_rules() -> Mapping[str, str]:
    """Fault → rule id, from ``rules/faults.csv``.

    Raises:
        DefinitionError: A fault repeats, or its rule is not in the catalogue.
    """
    catalogue = load_catalogue()
    text = resources.files("rules").joinpath("faults.csv").read_text(encoding="utf-8")
    table: dict[str, str] = {}
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        if row["fault"] in table or row["rule_id"] not in catalogue.by_id:
            raise DefinitionError(
                f"rules/faults.csv:{line}",
                expected="each fault once, with a rule of the catalogue",
                found=f"{row['fault']} → {row['rule_id']}",
            )
        table[row["fault"]] = row["rule_id"]
    return MappingProxyType(table)


def findings_of_faults(faults: pl.DataFrame, ctx: RuleContext) -> pl.DataFrame:
    """Turn a block's faults into findings.

    Args:
        faults: record_no Int64 (1-based), item String (source item), fault String, byte_offset Int64 (0-based in the
            file), raw_bytes Binary, text String (with ``{HEX}`` where it does not decode).
        ctx: An item named as the source of a bound item gets that item's name; the first one where several read it.

    Returns:
        FINDING_SCHEMA, in the order of the faults. Faults of AUTO rules (blanks, LOW-VALUE) are no findings: they are
        counted by :func:`counts_by_rule`.

    Raises:
        DefinitionError: A fault that ``faults.csv`` does not name.
    """
    catalogue = load_catalogue()
    rules = fault_rules()
    unknown = sorted(set(faults["fault"].unique().to_list()) - set(rules))
    if unknown:
        raise DefinitionError(
            "rules/faults.csv", expected="a row for every fault", found=", ".join(unknown), todo="Add it."
        )
    shown = {fault: rule for fault, rule in rules.items() if catalogue[rule].action != "AUTO"}
    rows = faults.filter(pl.col("fault").is_in(list(shown)))
    if rows.is_empty():
        return pl.DataFrame(schema=FINDING_SCHEMA)
    names: dict[str, str] = {}
    for item in ctx.items:
        names.setdefault(item.source_item or item.name, item.name)
    hidden = {i.name for i in ctx.items if i.meaning in SENSITIVE_MEANINGS}
    hidden |= {i.source_item for i in ctx.items if i.meaning in SENSITIVE_MEANINGS}
    secret = pl.col("item").is_in(sorted(hidden))
    return rows.select(
        pl.col("record_no").cast(pl.Int64),
        pl.lit(0, pl.Int32).alias("ordinal"),
        pl.col("byte_offset").cast(pl.Int64),
        pl.col("fault").replace_strict(shown, return_dtype=pl.String).alias("rule_id"),
        pl.col("item").replace(names),
        pl.col("fault").alias("reason"),
        pl.when(secret).then(pl.lit(None, pl.String)).otherwise(pl.col("text")).alias("before"),
        pl.lit(None, pl.String).alias("candidate"),
        pl.lit(None, pl.String).alias("evidence"),
        pl.coalesce(pl.col("raw_bytes").bin.encode("hex"), pl.col("text")).alias("about"),
        pl.when(secret).then(pl.lit(None, pl.Binary)).otherwise(pl.col("raw_bytes")).alias("raw_bytes"),
    ).unique(subset=["record_no", "item", "rule_id"], keep="first", maintain_order=True)


def counts_by_rule(counts: pl.DataFrame, catalogue: Catalogue | None = None) -> pl.DataFrame:
    """Counts of cell states (blank, low_value …) a rule and item: what FIL-008 … FIL-011 did while decoding.

    Args:
        counts: item String, kind String, count Int64; kinds without a rule (``cell``) are left out.
        catalogue: For tests; the shipped one by default.

    Returns:
        rule_id String, item String, count Int64, sorted.
    """
    known = {f: r for f, r in fault_rules().items() if r in (catalogue or load_catalogue()).by_id}
    return (
        counts.filter(pl.col("kind").is_in(list(known)) & (pl.col("count") > 0))
        .select(
            pl.col("kind").replace_strict(known, return_dtype=pl.String).alias("rule_id"),
            "item",
            pl.col("count").cast(pl.Int64),
        )
        .group_by("rule_id", "item")
        .agg(pl.col("count").sum())
        .sort("rule_id", "item")
    )
