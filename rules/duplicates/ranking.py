"""In which order candidates are looked at: match weights by Splink, each with what it is made of.

The levels decide what is listed; Splink (Fellegi-Sunter) only ranks. It is given features that were compared
character by character before (``levels``), not texts, since DuckDB's string distances count bytes. m is fixed
(``weights.csv``, △); u is counted from the city's own keys with whole numbers, so that a run gives the same weights
again.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping
from importlib import resources
from typing import Any

import duckdb
import polars as pl

from rules.duplicates.clusters import survivors
from rules.duplicates.levels import JUDGED, REFUSED, judged_pairs
from rules.duplicates.matching_people import NAMES, PEOPLE
from rules.references.relations import rows_of

UNKNOWN = "unknown"
PRIOR = 0.001
"""Of pairs whose features say nothing, one in a thousand is taken to be one person: ranks do not depend on it."""
_COUNTED: Mapping[tuple[str, str], tuple[str, str]] = {
    ("kana", "equal"): (NAMES, "kana"),
    ("name", "equal"): (NAMES, "name"),
    ("birth_relation", "equal"): (PEOPLE, "birth"),
    ("place", "current"): (PEOPLE, "place_id"),
}


def pair_weights(relation: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row a judged pair that was not refused: a_number, b_number, weight and ``weight_<feature>`` (log2, rounded to
    one digit).
    """
    judged_pairs(relation)
    comparisons, features = _comparisons(relation)
    numbers = dict.fromkeys(("weight", *(f"weight_{f}" for f in features)), pl.Float64)
    schema = {"a_number": pl.String, "b_number": pl.String, **numbers}
    pairs = rows_of(relation, f"SELECT * FROM {JUDGED} WHERE level <> '{REFUSED}' ORDER BY a_number, b_number")
    if pairs.is_empty():
        return pl.DataFrame(schema=schema)
    from splink import DuckDBAPI, Linker, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    both = pairs.select(pl.int_range(pl.len()).alias("pair"), *features)
    sides = pl.concat([
        both.with_columns(unique_id=pl.col("pair") * 2), both.with_columns(unique_id=pl.col("pair") * 2 + 1)
    ])  # fmt: skip
    settings: dict[str, Any] = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": PRIOR,
        "blocking_rules_to_generate_predictions": [block_on("pair")],
        "comparisons": comparisons,
        "retain_intermediate_calculation_columns": True,
    }
    with duckdb.connect() as connection:
        table = DuckDBAPI(connection=connection).register(sides.to_arrow(compat_level=pl.CompatLevel.oldest()))
        predicted: Any = Linker(table, settings, log_level=logging.ERROR).inference.predict()
        scored = pl.from_arrow(predicted.as_pyarrow_table())
    assert isinstance(scored, pl.DataFrame)
    weights = scored.select(
        pair=pl.min_horizontal("unique_id_l", "unique_id_r") // 2,
        weight=pl.col("match_weight").round(1),
        **{f"weight_{f}": pl.col(f"mw_{f}").round(1) for f in features},
    ).sort("pair")
    whole = pl.concat([pairs.select("a_number", "b_number"), weights.drop("pair")], how="horizontal")
    return whole.cast(pl.Schema(schema))


def listed_pairs(relation: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Every pair that was not refused, with its features, level, cluster, the number the cluster would be linked to,
    and its weights; sorted by level and falling weight.
    """
    weights, chosen = pair_weights(relation), survivors(relation).drop("size")
    pairs = rows_of(relation, f"SELECT * FROM {JUDGED} WHERE level <> '{REFUSED}'")
    joined = pairs.join(weights, on=["a_number", "b_number"], how="left").join(
        chosen, left_on="a_number", right_on="number", how="left"
    ).join(chosen, left_on="b_number", right_on="number", how="left", suffix="_b")  # fmt: skip
    together = pl.col("cluster") == pl.col("cluster_b")
    return (
        joined.with_columns(
            pl.when(together).then("cluster").alias("cluster"), pl.when(together).then("survivor").alias("survivor")
        )
        .drop("cluster_b", "survivor_b")
        .sort("level", "weight", "a_number", "b_number", descending=[False, True, False, False])
    )


def _comparisons(relation: duckdb.DuckDBPyConnection) -> tuple[list[dict[str, Any]], list[str]]:
    text = resources.files("rules.duplicates").joinpath("weights.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    features = list(dict.fromkeys(row["feature"] for row in rows))
    comparisons = []
    for feature in features:
        levels: list[dict[str, Any]] = [
            {"sql_condition": f"\"{feature}_l\" = '{UNKNOWN}'", "label_for_charts": "不明", "is_null_level": True}
        ]
        left = 1.0
        for row in (r for r in rows if r["feature"] == feature):
            value = row["value"]
            u = float(row["u"]) if row["u"] else _chance(relation, feature, value) if value else max(1e-9, left)
            left -= u
            levels.append({
                "sql_condition": f"\"{feature}_l\" = '{value}'" if value else "ELSE",
                "label_for_charts": value or "different", "m_probability": float(row["m"]), "u_probability": u,
            })  # fmt: skip
        comparisons.append({"output_column_name": feature, "comparison_levels": levels})
    return comparisons, features


def _chance(relation: duckdb.DuckDBPyConnection, feature: str, value: str) -> float:
    """How often two different people agree in a key: counted with whole numbers, then divided once."""
    table, column = _COUNTED[feature, value]
    counted = f"SELECT COUNT(DISTINCT number) AS n FROM {table} WHERE {column} IS NOT NULL GROUP BY {column}"
    ((same, people),) = relation.execute(
        f"SELECT SUM(n::HUGEINT * (n - 1)), SUM(n)::HUGEINT FROM ({counted})"
    ).fetchall()
    return max(1e-9, int(same or 0) / max(1, int(people or 0) * (int(people or 0) - 1)))
