"""What the schema finds in one block, as finding rows."""

from __future__ import annotations

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


def schema_findings(frame: pl.DataFrame, group: StandardGroup, ctx: RuleContext) -> pl.DataFrame:
    """Validate one eager block against its group.

    One select first asks every check whether any cell of the block can fail it; pandera then validates the columns
    where one can, and says which rows. A cell has at most one finding, that of its first check.

    Args:
        frame: ``_record_no``, ``_ordinal``, ``_byte_offset`` and the group's items, all String.
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
    return _rows(frame, group, _failures(frame, group, suspects))


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


def _failures(frame: pl.DataFrame, group: StandardGroup, names: list[str]) -> pl.DataFrame:
    """Failure cases of some columns: ``item``, ``check_number``, ``index`` (row of the block, 0-based)."""
    full = build_schema(group)
    schema = pa.DataFrameSchema({name: full.columns[name] for name in names}, name=full.name, strict=False)
    cases: pl.DataFrame | None = None
    rows = _suspect_rows(frame, group, names)
    try:
        schema.validate(frame.select(pl.col(group.names).gather(rows)), lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    if cases is None:
        return pl.DataFrame(schema={"item": pl.String, "check_number": pl.Int32, "index": pl.Int64})
    # Only what stands on a cell is a finding. Everything else means that a check could not run; pandera's message may
    # quote values, so it is not passed on.
    broken = cases.filter(pl.col("index").is_null() | pl.col("check_number").is_null())
    if not broken.is_empty():
        raise DefinitionError(f"schema {full.name} {broken['column'][0] or ''}", expected="checks that can run",
                              found=f"{broken['check'][0]} failed on the whole column",
                              todo="Correct the check; this is no fault of the data")
    return cases.select(pl.col("column").alias("item"), pl.col("check_number").cast(pl.Int32),
                        rows.gather(cases["index"].cast(pl.Int64)).cast(pl.Int64).alias("index"))


def _suspect_rows(frame: pl.DataFrame, group: StandardGroup, names: list[str]) -> pl.Series:
    """Numbers of the rows in which a check of some columns may fail: what is worth pandera's several passes."""
    failing = []
    for name in names:
        for check in checks_by_item(group)[name]:
            fails = ~check.passes.fill_null(False)
            failing.append(fails if check.asks_for_value else fails & pl.col(name).is_not_null())
    try:
        return frame.select(pl.any_horizontal(failing).alias("fails"))["fails"].arg_true()
    except pl.exceptions.ComputeError:
        # Some check cannot run: pandera tells which, on all rows.
        return pl.Series(range(frame.height), dtype=pl.UInt32)


def _rows(frame: pl.DataFrame, group: StandardGroup, failures: pl.DataFrame) -> pl.DataFrame:
    if failures.is_empty():
        return pl.DataFrame(schema=FINDING_SCHEMA)
    first = failures.group_by("item", "index").agg(pl.col("check_number").min())
    order = {name: position for position, name in enumerate(group.names)}
    parts = []
    for (name, number), cells in first.partition_by("item", "check_number", as_dict=True).items():
        check = checks_by_item(group)[str(name)][int(number)]
        parts.append(_findings_of(frame, group, check, order[check.item], cells["index"].sort()))
    return (pl.concat(parts).sort("record_no", "ordinal", "_order", maintain_order=True)
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
    )
