"""種イ: one person with several 宛名番号. An approved decision links one number to another; nothing is renumbered.

What is written are the link items of the 住登外 row (名寄せ元フラグ and 名寄せ先宛名番号, or 代表宛名フラグ in the
other edition), logged under the decision, so that undoing it leaves the next run free of it. Balances, entitlements and
every other item stay where they are. Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④, 機能ID 0310009.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.ledger.matching import with_selectors
from rules.contract import CHANGE_SCHEMA, BoundItem

STEP = 960
"""After everything else, also after renumbering: a link names numbers as they are handed over."""
INTO, FLAGS = "addressee.merged_into", ("addressee.merged_flag", "addressee.representative_flag")
"""Meanings of the link items; 1 says of both flags that the row is not the one that stays."""
LINKED_FLAG = "1"

WRITTEN, ALREADY, RECORDED = "適用", "現行で紐付け済み", "記録のみ"
REFUSED, STALE, ABSENT, EXPIRED, WITHDRAWN = "適用できない", "失効", "該当なし", "期限切れ", "解除"
TABLE_SCHEMA = {
    "名寄せ元宛名番号": pl.String, "名寄せ先宛名番号": pl.String, "書いた名寄せ先": pl.String, "判断": pl.String,
    "規則": pl.String, "起案者": pl.String, "承認者": pl.String, "承認日時": pl.String, "期限": pl.String,
    "状態": pl.String, "説明": pl.String, "行数": pl.Int64, "取消の判断": pl.String, "取消した人": pl.String,
    "取消日時": pl.String,
}  # fmt: skip
"""名寄せ対応表 of a run: one row a link that was ever approved."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A link that is carried out: its 名寄せ先, the decision, and the version of the rule it was made on."""

    target: str
    decision: str
    rule_version: int


def link_decisions(decisions: pl.DataFrame) -> pl.DataFrame:
    """Every decision that links two numbers and was approved once, withdrawn ones too.

    Returns:
        DECISION_SCHEMA, and ``number``, ``target``, ``_issue_id``; sorted by id.
    """
    parts = pl.col("value").str.splitn(">", 2)
    once = pl.col("state").is_in(["approved", "superseded"]) & pl.col("decided_at").is_not_null()
    return (
        with_selectors(decisions)
        .filter((pl.col("kind") == "link_to") & once)
        .with_columns(number=parts.struct.field("field_0"), target=parts.struct.field("field_1"))
        .sort("id")
    )


def in_force_on(as_of: date) -> pl.Expr:
    """Whether a decision of ``link_decisions`` is still approved on a day."""
    return (pl.col("state") == "approved") & (pl.col("expires").is_null() | (pl.col("expires") >= as_of.isoformat()))


def link_block(
    frame: pl.DataFrame, items: Iterable[BoundItem], wanted: Mapping[str, Linked]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the links into a block.

    Args:
        frame: ``_record_no``, ``_ordinal`` and items.
        items: The items bound to the frame.
        wanted: Number → link.

    Returns:
        The frame and CHANGE_SCHEMA rows that restore the old values; a cell that is right already is not logged.
    """
    here = [i for i in items if i.name in frame.columns]
    numbers = [i.name for i in here if i.meaning == "person.number"]
    logs = [pl.DataFrame(schema=CHANGE_SCHEMA)]
    if not numbers or not wanted:
        return frame, logs[0]
    number = pl.col(numbers[0])
    hit = number.is_in(list(wanted))
    rules = {n: f"decision:{one.decision}" for n, one in wanted.items()}
    versions = {n: one.rule_version for n, one in wanted.items()}
    for item in here:
        if item.meaning == INTO:
            targets = {n: one.target for n, one in wanted.items()}
            new = number.replace_strict(targets, default=None, return_dtype=pl.String)
        elif item.meaning in FLAGS:
            new = pl.lit(LINKED_FLAG)
        else:
            continue
        old = pl.col(item.name)
        changes = hit & old.ne_missing(new)
        logs.append(frame.filter(changes).select(
            record_no="_record_no", ordinal=pl.col("_ordinal").cast(pl.Int32), item=pl.lit(item.name),
            step=pl.lit(STEP, dtype=pl.Int32), rule_id=number.replace_strict(rules, return_dtype=pl.String),
            rule_version=number.replace_strict(versions, return_dtype=pl.Int32), before=old,
        ))  # fmt: skip
        frame = frame.with_columns(pl.when(changes).then(new).otherwise(old).alias(item.name))
    return frame, pl.concat(logs).cast(pl.Schema(CHANGE_SCHEMA))


def table_of(
    links: pl.DataFrame, decisions: pl.DataFrame, states: Mapping[str, tuple[str, str, str]], rows: Mapping[str, int]
) -> pl.DataFrame:
    """名寄せ対応表 (TABLE_SCHEMA), by number, target and decision.

    Args:
        links: From ``link_decisions``.
        decisions: All decisions, for who withdrew a link and when.
        states: Decision → state, explanation, 名寄せ先 that was written ("" when none).
        rows: Decision → rows it was written into.
    """
    ended = _ends(decisions)
    told = []
    for link in links.iter_rows(named=True):
        state, why, written = states[link["id"]]
        end = ended.get(link["id"], {}) if link["state"] == "superseded" else {}
        told.append((
            link["number"], link["target"], written or None, link["id"], link["rule_id"], link["proposer"],
            link["approver"], link["decided_at"], link["expires"], state, why or None, rows.get(link["id"], 0),
            end.get("id"), end.get("approver"), end.get("decided_at"),
        ))  # fmt: skip
    table = pl.DataFrame(told, schema=TABLE_SCHEMA, orient="row")
    return table.sort("名寄せ元宛名番号", "名寄せ先宛名番号", "判断")


def _ends(decisions: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Decision → the approved one that ended it, also by way of drafts in between."""
    earlier = dict(decisions.select("id", "supersedes").iter_rows())
    decided = decisions.filter(pl.col("decided_at").is_not_null() & (pl.col("state") != "rejected"))
    ended: dict[str, dict[str, Any]] = {}
    for one in decided.sort("decided_at", "id").iter_rows(named=True):
        before = one["supersedes"]
        while before and before not in ended:
            ended[before] = one
            before = earlier.get(before)
    return ended
