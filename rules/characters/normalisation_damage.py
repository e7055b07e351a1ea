"""MOJ-013 NFC/NFKC禁止：互換漢字（福 U+FA1B など）が、正規化によって別の字（福 U+798F）に変わっていないか。

Issued by: Unicode (singleton decompositions of the CJK compatibility ideographs); NFC replaces 78 characters of JIS
X 0213 and 22 of the IBM extension of CP932 by others. ikou never normalises kanji: here the character counts of the
run prove it, area by area. A compatibility ideograph that came in and is missing, while its normalised form is too
many, is the damage. It shuts the hand-over gate. Source: rule catalogue MOJ-013, measured.

>>> import duckdb
>>> from rules.trial import context
>>> relation = duckdb.connect()
>>> _ = relation.execute('''CREATE VIEW reconcile_characters AS SELECT * FROM (VALUES
...     ('001', 'in', 64027, 2), ('001', 'out', 31119, 2), ('031', 'in', 64027, 1), ('031', 'out', 64027, 1))
...     t(area, stage, code_point, count)''')
>>> find_whole(relation, context([])).select("area", "subject", "evidence").rows()
[('001', 'U+FA1B', '2 字が U+798F になった')]
"""

from __future__ import annotations

from functools import cache

import duckdb
import polars as pl
import unicodedata2

from rules.contract import RuleContext
from rules.reconciliation.characters import unexplained_characters
from rules.references.relations import rows_of, view_columns, whole_findings


@cache
def normalised_ideographs() -> pl.DataFrame:
    """Compatibility ideographs and what NFC makes of them: code_point, becomes (UInt32).

    >>> normalised_ideographs().height
    1002
    """
    blocks = (range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))
    pairs = [
        (code, ord(unicodedata2.normalize("NFC", chr(code))))
        for block in blocks
        for code in block
        if unicodedata2.normalize("NFC", chr(code)) != chr(code)
    ]
    return pl.DataFrame(pairs, schema={"code_point": pl.UInt32, "becomes": pl.UInt32}, orient="row")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding an area and ideograph that went missing in favour of its normalised form."""
    if not view_columns(relation, "reconcile_characters"):
        return whole_findings(pl.DataFrame(schema={"area": pl.String}), "MOJ-013")
    odd = unexplained_characters(
        rows_of(
            relation,
            "SELECT area, stage, code_point, SUM(count)::BIGINT AS count FROM reconcile_characters GROUP BY ALL",
        )
    ).with_columns(pl.col("code_point").cast(pl.UInt32))
    lost = odd.filter(pl.col("difference") < 0).join(normalised_ideographs(), on="code_point", how="inner")
    made = odd.filter(pl.col("difference") > 0).select("area", becomes="code_point")
    found = lost.join(made, on=["area", "becomes"], how="semi")

    def point(column: str) -> pl.Expr:
        return pl.col(column).map_elements(lambda code: f"U+{code:04X}", return_dtype=pl.String)

    return whole_findings(
        found.with_columns(
            subject=point("code_point"), item=pl.lit(""), reason=pl.lit("normalised"),
            evidence=pl.format("{} 字が {} になった", -pl.col("difference"), point("becomes")),
            about=pl.concat_str(point("code_point"), point("becomes"), separator="\x1f"),
        ),
        "MOJ-013",
    )  # fmt: skip
