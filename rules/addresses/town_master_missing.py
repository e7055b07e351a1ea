"""ADR-002 町字コード：町字マスターが取り込まれていない（実行ごとに1件）。

The run-level half of ``town_code``: without the 町字 master of アドレス・ベース・レジストリ every 町字コード stays as
it came, empty where it was empty, and one finding says so, not one a resident.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.addresses.town_master import master_of
from rules.contract import RuleContext
from rules.references.relations import whole_findings

SUBJECT = "町字マスター"


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a run that has residents and no master."""
    areas = relation.execute("SELECT min(area) FROM persons").fetchone()
    area = areas[0] if areas is not None and master_of(ctx) is None else None
    rows = [] if area is None else [(area, SUBJECT, "町字コードは空のまま。町字マスターの取込み待ち")]
    frame = pl.DataFrame(rows, schema=["area", "subject", "evidence"], orient="row").with_columns(
        reason=pl.lit("no_master"), item=pl.lit("町字コード"), about=pl.lit("no_master"))
    return whole_findings(frame, "ADR-002")
