"""What laws 2, 3 and 5 are proven from: digests of changed columns, characters before and after, numbers untouched."""

from __future__ import annotations

from typing import Any

import polars as pl

from char_mapping.text import SUBSTITUTES
from pipelines.errors import LawBroken
from pipelines.flows.block_tally import Tally
from pipelines.flows.plan import SourcePlan, Target
from pipelines.runs.column_proofs import CharacterCounts, changed_columns, column_digest, count_characters_of
from pipelines.steps.write import PartWriter
from rules.contract import CHANGE_SCHEMA, RECORD_NO
from rules.engine import (
    column_changes_frame,
)

CHANGE_FILE_SCHEMA: dict[str, Any] = {"file": pl.String, "block": pl.Int32, **CHANGE_SCHEMA}


DIGEST_SCHEMA: dict[str, Any] = {
    "file": pl.String,
    "block": pl.Int32,
    "first_record_no": pl.Int64,
    "last_record_no": pl.Int64,
    "rows": pl.Int64,
    "item": pl.String,
    "sha256": pl.String,
}


CHARACTER_SCHEMA: dict[str, Any] = {
    "group_id": pl.String,
    "stage": pl.String,
    "item": pl.String,
    "code_point": pl.UInt32,
    "count": pl.Int64,
}


def prove(
    plan: SourcePlan,
    target: Target,
    file: str,
    number: int,
    conformed: pl.DataFrame,
    final: pl.DataFrame,
    column_changes: list[Any],
    changes: pl.DataFrame,
    writer: PartWriter,
    tally: Tally,
    characters: dict[tuple[str, str], CharacterCounts],
) -> None:
    """Take what laws 2, 3 and 5 are proven from: digests of what changed, characters before and after, numbers
    untouched.
    """
    changed = changed_columns(conformed, final, target.written)
    stray = [
        i.name
        for i in target.context.items
        if i.name not in target.written and final[i.name].null_count() != final.height
    ]
    if stray:
        raise LawBroken(3, f"{file} block {number}: items filled that no mapping or rule declares: {', '.join(stray)}")
    first, last = (int(conformed[RECORD_NO][0]), int(conformed[RECORD_NO][-1])) if conformed.height else (0, 0)
    digests = pl.DataFrame(
        [(file, number, first, last, conformed.height, c, column_digest(conformed[c])) for c in changed],
        schema=DIGEST_SCHEMA,
        orient="row",
    )
    group = target.group_id or plan.source.id
    writer.add(f"digests.{group}", digests)
    logged = set(changes["item"].unique().to_list()) | {c.item for c in column_changes}
    unexplained = [c for c in changed if c not in logged]
    if unexplained:
        raise LawBroken(3, f"{file} block {number}: values of {', '.join(unexplained)} changed without a rule")
    for item, rule_id in changes.select("item", "rule_id").unique().iter_rows():
        tally.changed_by.setdefault(f"{group}/{item}", []).append(rule_id)
    for column_change in column_changes:
        tally.changed_by.setdefault(f"{group}/{column_change.item}", []).append(column_change.rule_id)
    writer.add(
        f"changes.{group}",
        changes.with_columns(file=pl.lit(file), block=pl.lit(number, dtype=pl.Int32)).select(list(CHANGE_FILE_SCHEMA)),
    )
    writer.add(
        f"columns.{group}",
        column_changes_frame(column_changes).with_columns(file=pl.lit(file), block=pl.lit(number, dtype=pl.Int32)),
    )
    same = [c for c in target.written if c not in set(changed)]
    into = characters.setdefault((group, "in"), {})
    out = characters.setdefault((group, "out"), {})
    unchanged: CharacterCounts = {}
    count_characters_of(final, same, unchanged)
    for key, count in unchanged.items():
        into[key] = into.get(key, 0) + count
        out[key] = out.get(key, 0) + count
    count_characters_of(conformed, changed, into)
    count_characters_of(final, changed, out)
    for item in target.numbers:
        if item.name not in changed or item.meaning != "person.number":
            continue
        wanted = conformed[item.name].replace({old: r.new for old, r in plan.renumberings.items()})
        if final[item.name].ne_missing(wanted).any():
            raise LawBroken(5, f"{file} block {number}: {item.name} was changed")


def check_characters(tally: Tally, characters: dict[tuple[str, str], CharacterCounts]) -> None:
    """Law 2 for the range: no substitute has appeared, and characters differ only where a rule or decision changed
    the item.
    """
    points = {ord(c) for c in SUBSTITUTES}
    for (group, stage), out in characters.items():
        if stage != "out":
            continue
        before = characters.get((group, "in"), {})
        for (item, point), count in out.items():
            if point in points and count > before.get((item, point), 0):
                raise LawBroken(
                    2, f"{group} {item}: U+{point:04X} appeared {count - before.get((item, point), 0)} times"
                )
        explained = {name.split("/", 1)[1] for name in tally.changed_by if name.startswith(f"{group}/")}
        for item, point in set(before) | set(out):
            if item not in explained and before.get((item, point), 0) != out.get((item, point), 0):
                raise LawBroken(2, f"{group} {item}: U+{point:04X} changed without a rule")


def write_characters(writer: PartWriter, characters: dict[tuple[str, str], CharacterCounts]) -> None:
    """Write how often every character stands in every item, before and after the rules."""
    rows = [
        (group, stage, item, point, count)
        for (group, stage), counts in sorted(characters.items())
        for (item, point), count in sorted(counts.items())
    ]
    writer.add("characters", pl.DataFrame(rows, schema=CHARACTER_SCHEMA, orient="row"))
