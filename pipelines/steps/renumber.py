"""種ア: one 宛名番号 on two persons. An approved decision gives the 住登外 side a new one, in every area that follows.

The one exception to law 5 (numbers are never renumbered): the number comes from the project's reserved range, a 住民
never gets another, every changed cell is logged under its decision, and 旧新対応表 is an output of the run. Issued by:
デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ② (duplicates are gone before the move).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from char_mapping.errors import DefinitionError
from rules.contract import CHANGE_SCHEMA, BoundItem

STEP = 950
"""After rules and decisions on values: what was found was found under the number as received."""
NUMBERS = ("person.number", "addressee.merged_into")
"""Meanings of items that hold somebody's 宛名番号."""
RULE = "DUP-001"
TABLE_SCHEMA = {
    "area": pl.String, "group_id": pl.String, "item": pl.String, "旧宛名番号": pl.String, "新宛名番号": pl.String,
    "decision": pl.String, "rows": pl.Int64,
}  # fmt: skip
"""旧新対応表 of a run: one row an item that was rewritten."""


@dataclass(frozen=True, slots=True)
class Renumbering:
    """An approved decision: ``old`` becomes ``new`` in all rows of ``areas``."""

    old: str
    new: str
    areas: tuple[str, ...]
    decision: str


def renumberings(
    decisions: pl.DataFrame, as_of: date, first: str, last: str, areas: Iterable[str]
) -> tuple[Renumbering, ...]:
    """The renumberings in force, sorted by the old number.

    Args:
        decisions: DECISION_SCHEMA rows, frozen.
        as_of: Day against which ``expires`` is read.
        first: First reserved number ("" when the project has none).
        last: Last reserved number, of the same length.
        areas: 業務IDs of the project.

    Raises:
        DefinitionError: a new number outside the reserved range or used twice, an old one renumbered twice in one
            area, an unknown area, or a 住民's area.
    """
    lasting = pl.col("expires").is_null() | (pl.col("expires") >= as_of.isoformat())
    live = decisions.filter((pl.col("kind") == "renumber") & (pl.col("state") == "approved") & lasting)
    found = [
        Renumbering(old, new, tuple(named.split()), decision)
        for decision, new, old, named in live.select(
            "id", "value", pl.col("selector").str.json_path_match("$.number").alias("old"),
            pl.col("selector").str.json_path_match("$.areas").alias("areas"),
        ).iter_rows()
    ]  # fmt: skip
    known, taken, given = set(areas), set[tuple[str, str]](), set[str]()
    for one in found:
        where = f"decision {one.decision}"
        if not (first and len(one.new) == len(first) == len(last) and first <= one.new <= last):
            raise DefinitionError(
                where, expected="a new number of [reserved_numbers] in ikou.toml", found="another number",
                todo="Undo the decision, or reserve the range",
            )  # fmt: skip
        if one.new in given:
            raise DefinitionError(where, expected="every reserved number given once", found="one given twice",
                                  todo="Undo one of the two decisions")  # fmt: skip
        given.add(one.new)
        for area in one.areas:
            if area == "001" or area not in known:
                raise DefinitionError(where, expected="areas of the 住登外 side in ikou.toml", found=area,
                                      todo="Undo the decision and name the areas again")  # fmt: skip
            if (area, one.old) in taken:
                raise DefinitionError(where, expected="one new number an area", found=f"area {area} named twice",
                                      todo="Undo one of the two decisions")  # fmt: skip
            taken.add((area, one.old))
    return tuple(sorted(found, key=lambda r: (r.old, r.areas)))


def of_area(found: Sequence[Renumbering], area: str) -> dict[str, Renumbering]:
    """Old number → renumbering of one area."""
    return {r.old: r for r in found if area in r.areas}


def renumber(
    frame: pl.DataFrame, items: Iterable[BoundItem], wanted: Mapping[str, Renumbering], rule_version: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the new numbers into a block.

    Args:
        frame: ``_record_no``, ``_ordinal`` and items.
        items: The items bound to the frame.
        wanted: Old number → renumbering of the block's area.
        rule_version: Version of DUP-001.

    Returns:
        The frame and CHANGE_SCHEMA rows that restore the old numbers.

    Raises:
        DefinitionError: somebody of the block has the new number already.
    """
    logs = [pl.DataFrame(schema=CHANGE_SCHEMA)]
    if not wanted:
        return frame, logs[0]
    new = {old: r.new for old, r in wanted.items()}
    rules = {old: f"decision:{r.decision}" for old, r in wanted.items()}
    for item in items:
        if item.meaning not in NUMBERS or item.name not in frame.columns:
            continue
        values = pl.col(item.name)
        if frame.select(values.is_in(list(new.values())).any()).item():
            raise DefinitionError(
                f"item {item.name}", expected="reserved numbers that nobody has", found="one in the received data",
                todo="Reserve another range in ikou.toml and decide again",
            )  # fmt: skip
        hit = values.is_in(list(new))
        logs.append(frame.filter(hit).select(
            record_no="_record_no", ordinal=pl.col("_ordinal").cast(pl.Int32), item=pl.lit(item.name),
            step=pl.lit(STEP, dtype=pl.Int32), rule_id=values.replace_strict(rules, return_dtype=pl.String),
            rule_version=pl.lit(rule_version, dtype=pl.Int32), before=values,
        ))  # fmt: skip
        frame = frame.with_columns(values.replace(new).alias(item.name))
    return frame, pl.concat(logs).cast(pl.Schema(CHANGE_SCHEMA))


def table_of(changes: Iterable[tuple[str, str, pl.DataFrame]], found: Sequence[Renumbering]) -> pl.DataFrame:
    """旧新対応表 (TABLE_SCHEMA) from the change logs of a run: (area, group, log)."""
    new = {f"decision:{r.decision}": r.new for r in found}
    frames = [pl.DataFrame(schema=TABLE_SCHEMA)]
    for area, group, log in changes:
        hits = log.filter((pl.col("step") == STEP) & pl.col("rule_id").is_in(list(new)))
        frames.append(
            hits.group_by("item", "before", "rule_id").agg(rows=pl.len()).select(
                area=pl.lit(area), group_id=pl.lit(group), item="item", 旧宛名番号="before",
                新宛名番号=pl.col("rule_id").replace_strict(new, return_dtype=pl.String),
                decision=pl.col("rule_id").str.strip_prefix("decision:"), rows=pl.col("rows").cast(pl.Int64),
            )
        )  # fmt: skip
    return pl.concat(frames).sort("旧宛名番号", "area", "group_id", "item")
