"""What the schema finds in one block, as finding rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from char_mapping.errors import DefinitionError
from layouts.standard_groups import StandardGroup
from rules.characters.occurrences import rows_where
from rules.contract import BYTE_OFFSET, FINDING_SCHEMA, ORDINAL, RECORD_NO, RuleContext
from rules.faults import SENSITIVE_MEANINGS
from rules.schema.cell_checks import CellCheck
from rules.schema.group_schema import build_schema, checks_by_item


@cache
def _agreed(group: StandardGroup) -> set[tuple[str, int]]:
    """Checks (item, number) of a group whose first finding pandera has confirmed in this process."""
    return set()


def schema_findings(frame: pl.DataFrame, group: StandardGroup, ctx: RuleContext) -> pl.DataFrame:
    """Validate one eager block against its group.

    One select first asks every check whether any cell of the block can fail it; a second one finds the rows in the
    columns where one can, and pandera judges a failing row of each. A cell has at most one finding, that of its first
    check.

    Args:
        frame: ``_record_no``, ``_ordinal``, ``_byte_offset`` and the group's items, all String, in the order of
            records.
        group: The standard group.
        ctx: Its bound items: a required item that no source item fills is the mapping's matter, said once when the
            mapping is loaded, and not once a row here.

    Returns:
        FINDING_SCHEMA, sorted by record, row and item order of the group. 個人番号 stands in ``about`` only.

    Raises:
        DefinitionError: the frame lacks an item or holds one that is not text, or a check could not run.
    """
    _check_columns(frame, group)
    if not frame.height:
        return pl.DataFrame(schema=FINDING_SCHEMA)
    suspects = _suspect_items(frame, group, ctx)
    if not suspects:
        return pl.DataFrame(schema=FINDING_SCHEMA)
    return _rows(frame, group, _failing(frame, group, suspects))


def _check_columns(frame: pl.DataFrame, group: StandardGroup) -> None:
    schema = frame.schema
    for name in group.names:
        if schema.get(name) != pl.String:
            raise DefinitionError(f"block of {group.edition}/{group.area}/{group.id} {name}",
                                  expected="a column of text",
                                  found=str(schema.get(name, "no such column")),
                                  todo="Conform the block to this group before validating it")


def _suspect_items(frame: pl.DataFrame, group: StandardGroup, ctx: RuleContext) -> list[str]:
    unfilled = {item.name for item in ctx.items if not item.source_item}
    height = frame.height
    empty = {name for name, count in zip(frame.columns, frame.null_count().row(0), strict=True) if count == height}
    asked: list[tuple[str, pl.Expr]] = []
    for name, checks in checks_by_item(group).items():
        for check in checks:
            if check.asks_for_value:
                if not all(item in unfilled and item in empty for item in check.fills):
                    asked.append((name, check.suspect))
            elif name not in empty and (not check.sign or rows_where(frame, name, check.sign)):
                asked.append((name, check.suspect))
    answers = frame.select(expression.alias(str(k)) for k, (_, expression) in enumerate(asked)).row(0) if asked else ()
    suspects = {name for (name, _), answer in zip(asked, answers, strict=True) if answer}
    return [name for name in group.names if name in suspects]


def _failing(frame: pl.DataFrame, group: StandardGroup, names: list[str]) -> dict[tuple[str, int], pl.Series]:
    """Rows of the block (0-based) by item and check, each cell under its first failing check only.

    The schema's own expressions run together in one select: pandera evaluates and reports them one by one, in several
    passes. The first time a check finds anything, pandera judges the same row; that it finds nothing there would mean
    that the two do not check the same thing.
    """
    asked: list[tuple[tuple[str, int], pl.Expr]] = []
    for name in names:
        for number, check in enumerate(checks_by_item(group)[name]):
            # Null stands for an empty cell, which passes unless the check asks for a value.
            passes = check.passes.fill_null(not check.asks_for_value)
            asked.append(((name, number), ~passes))
    try:
        masks = frame.select(fails.alias(str(k)) for k, (_, fails) in enumerate(asked))
    except pl.exceptions.ComputeError:
        # Some check cannot run: pandera tells which, on all rows.
        _judge(frame, group, names)
        raise
    found: dict[tuple[str, int], pl.Series] = {}
    earlier: dict[str, pl.Series] = {}
    for k, ((name, number), _) in enumerate(asked):
        mask = masks[str(k)]
        if not mask.any():
            continue
        rows = (mask & ~earlier[name] if name in earlier else mask).arg_true()
        earlier[name] = earlier[name] | mask if name in earlier else mask
        if rows.len():
            found[name, number] = rows
    new = {place: rows for place, rows in found.items() if place not in _agreed(group)}
    if new:
        seen = pl.Series(sorted({int(rows[0]) for rows in new.values()}), dtype=pl.UInt32)
        judged = [name for name in group.names if any(name == item for item, _ in new)]
        agreed = _judge(frame.select(pl.col(group.names).gather(seen)), group, judged)
        for name, number in new:
            if (name, number) not in agreed:
                raise DefinitionError(f"schema {group.area}/{group.id} {name}", expected="pandera to find what fails",
                                      found=f"nothing for {checks_by_item(group)[name][number].rule_id}",
                                      todo="Correct the check; this is no fault of the data")
            _agreed(group).add((name, number))
    return found


def _judge(frame: pl.DataFrame, group: StandardGroup, names: list[str]) -> set[tuple[str, int]]:
    """What pandera finds in some rows: items and the numbers of their failing checks."""
    full = build_schema(group)
    schema = pa.DataFrameSchema({name: full.columns[name] for name in names}, name=full.name, strict=False)
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return set()
    # Only what stands on a cell is a finding. Everything else means that a check could not run; pandera's message may
    # quote values, so it is not passed on.
    broken = cases.filter(pl.col("index").is_null() | pl.col("check_number").is_null())
    if not broken.is_empty():
        raise DefinitionError(f"schema {full.name} {broken['column'][0] or ''}", expected="checks that can run",
                              found=f"{broken['check'][0]} failed on the whole column",
                              todo="Correct the check; this is no fault of the data")
    return set(cases.select("column", pl.col("check_number").cast(pl.Int64)).unique().iter_rows())


def _rows(frame: pl.DataFrame, group: StandardGroup, failing: Mapping[tuple[str, int], pl.Series]) -> pl.DataFrame:
    if not failing:
        return pl.DataFrame(schema=FINDING_SCHEMA)
    order = {name: position for position, name in enumerate(group.names)}
    parts = [_findings_of(frame, group, checks_by_item(group)[name][number], order[name], rows)
             for (name, number), rows in failing.items()]
    together = pl.concat(parts)
    # Rows of a block stand in the order of records and rows, so their number sorts like both and compares faster.
    return (together.sort("_row", "_order", maintain_order=True)
            .select(pl.col(name).cast(kind) for name, kind in FINDING_SCHEMA.items()))


def _findings_of(frame: pl.DataFrame, group: StandardGroup, check: CellCheck, order: int,
                 rows: pl.Series) -> pl.DataFrame:
    item = group.by_name[check.item]
    nothing = pl.lit(None, pl.String)
    hidden = item.meaning in SENSITIVE_MEANINGS
    limit = f"{item.type} {item.length},{item.scale}" if item.scale else f"{item.type} {item.length}"
    offset = pl.col(BYTE_OFFSET).cast(pl.Int64) if BYTE_OFFSET in frame.columns else pl.lit(None, pl.Int64)
    needed = [name for name in (RECORD_NO, ORDINAL, BYTE_OFFSET, check.item) if name in frame.columns]
    return frame.select(pl.col(needed).gather(rows)).select(
        pl.col(RECORD_NO).cast(pl.Int64).alias("record_no"),
        pl.col(ORDINAL).cast(pl.Int32).alias("ordinal"),
        offset.alias("byte_offset"),
        pl.lit(check.rule_id).alias("rule_id"),
        pl.lit(check.item).alias("item"),
        pl.lit(check.reason).alias("reason"),
        (nothing if hidden else pl.col(check.item)).alias("before"),
        nothing.alias("candidate"),
        pl.lit(item.code_list or limit).alias("evidence"),
        pl.col(check.item).fill_null("").alias("about"),
        pl.lit(None, pl.Binary).alias("raw_bytes"),
        pl.lit(order, dtype=pl.Int32).alias("_order"),
        rows.alias("_row"),
    )
