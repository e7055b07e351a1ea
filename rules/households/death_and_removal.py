"""HSE-015 死亡・除票の整合：消除の事由が死亡なら住民状態は死亡者、住民状態が死亡者なら消除の事由は死亡。

Issued by: 住民基本台帳法施行令 8条 (消除); code lists 住民状態 (3 死亡者) and 消除の事由 (23 死亡) of the
基本データリスト. Asked of latest rows in standard codes; a present resident with a 消除の事由 of death is
named the same way. A date of death that is 不詳 is legal and not asked, and an empty 事由 is NUL's. Source:
rule catalogue HSE-015 (△).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.households.residents import CURRENT
from rules.references.relations import item_name, rows_of, select_columns, whole_findings

_COLUMNS = ("person_number", "person_latest", "person_deleted", "person_status", "person_removed_reason")
_DEAD, _DEATH = "3", "23"


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a person whose 住民状態 and 消除の事由 disagree on a death."""
    found = rows_of(relation, f"""
        SELECT * FROM (SELECT {select_columns(relation, 'persons', *_COLUMNS)} FROM persons)
        WHERE {CURRENT} AND group_id = 'resident' AND person_status IS NOT NULL AND person_removed_reason IS NOT NULL
          AND (person_status = '{_DEAD}') <> (person_removed_reason = '{_DEATH}')""")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "person.removed_reason")), before=pl.col("person_removed_reason"),
        reason=pl.when(pl.col("person_status") == _DEAD).then(pl.lit("dead_for_another_reason")).otherwise(
            pl.lit("death_of_the_living")),
        evidence=pl.format("住民状態は{}", "person_status"),
        about=pl.concat_str("person_status", "person_removed_reason", separator="\x1f")), "HSE-015")
