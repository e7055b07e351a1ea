"""MOJ-009 JIS2004例示字形168字：例示字形が変わった168字（辻 葛 祇 榊 …）が、字形の指定（IVS）なしで使われている。

Issued by: JIS X 0213:2004 (168 characters whose sample glyph changed: ``jis2004_shapes.csv``). The code stays;
which glyph the former system showed is lost unless a selector says so. One question a character and area, with the
number of places: keep the former glyph with a selector, or take the difference as design (デザイン差). Source: rule
catalogue MOJ-009 (R35).
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import rows_of, view_columns, whole_findings


@cache
def changed_shapes() -> frozenset[int]:
    """The code points of the 168 characters.

    >>> len(changed_shapes()), ord("辻") in changed_shapes(), ord("高") in changed_shapes()
    (168, True, False)
    """
    text = resources.files("rules.characters").joinpath("jis2004_shapes.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(int(line.split(",")[0], 16) for line in lines[1:])


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding an area and character that was written."""
    if not view_columns(relation, "reconcile_characters"):
        return whole_findings(pl.DataFrame(schema={"area": pl.String}), "MOJ-009")
    points = ", ".join(str(point) for point in sorted(changed_shapes()))
    found = rows_of(
        relation,
        f"""SELECT area, code_point, SUM(count)::BIGINT AS places FROM reconcile_characters
            WHERE stage = 'out' AND code_point IN ({points}) GROUP BY ALL HAVING SUM(count) > 0""",
    )
    shown = found.with_columns(
        character=pl.col("code_point").map_elements(chr, return_dtype=pl.String),
        subject=pl.col("code_point").map_elements(lambda code: f"U+{code:04X}", return_dtype=pl.String),
    )
    return whole_findings(
        shown.with_columns(
            item=pl.lit(""), reason=pl.lit("changed_shape"), before="character",
            evidence=pl.format("{} 箇所", "places"), about="subject",
        ),
        "MOJ-009",
    )  # fmt: skip
