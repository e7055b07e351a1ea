"""MOJ-009 JIS2004例示字形168字：例示字形が変わった168字（辻 葛 祇 榊 …）が、字形の指定（IVS）なしで使われている。

Issued by: JIS X 0213:2004 (168 characters whose sample glyph changed: ``jis2004_shapes.csv``). The code stays; which
glyph the former system showed is lost unless a selector says so. One question an area, with the characters and the
number of places of each: keep the former glyph with a selector, or take the difference as design (デザイン差). Source:
rule catalogue MOJ-009 (R35).

>>> import duckdb
>>> from rules.trial import context
>>> relation = duckdb.connect()
>>> _ = relation.execute('''CREATE VIEW reconcile_characters AS SELECT * FROM (VALUES
...     ('001', 'in', 36795, 12), ('001', 'out', 36795, 12), ('001', 'out', 27147, 384), ('001', 'out', 39640, 9))
...     t(area, stage, code_point, count)''')
>>> find_whole(relation, context([])).select("area", "before", "evidence").rows()
[('001', '樋辻', '樋 384・辻 12')]
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
    """One finding an area in which any of them was written."""
    if not view_columns(relation, "reconcile_characters"):
        return whole_findings(pl.DataFrame(schema={"area": pl.String}), "MOJ-009")
    points = ", ".join(str(point) for point in sorted(changed_shapes()))
    found = rows_of(
        relation,
        f"""SELECT area, code_point, SUM(count)::BIGINT AS places FROM reconcile_characters
            WHERE stage = 'out' AND code_point IN ({points}) GROUP BY ALL HAVING SUM(count) > 0""",
    )
    shown = found.sort("area", "code_point").with_columns(
        character=pl.col("code_point").map_elements(chr, return_dtype=pl.String)
    )
    by_area = shown.group_by("area", maintain_order=True).agg(
        before=pl.col("character").str.join(""),
        evidence=pl.format("{} {}", "character", "places").str.join("・"),
        about=pl.col("character").str.join(""),
    )
    return whole_findings(
        by_area.with_columns(subject=pl.lit("JIS X 0213:2004"), item=pl.lit(""), reason=pl.lit("changed_shape")),
        "MOJ-009",
    )
