"""Figures of 現行帳票: what the received records and the written rows add up to, before anything is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from layouts.sources import item_of_column
from pipelines.project.figures import Condition, Figure, OutputSide, SourceSide
from rules.reconciliation.amounts import amount_of, is_no_amount

COUNTED_SCHEMA: dict[str, Any] = {
    "帳票名": pl.String, "項目": pl.String, "区分": pl.String, "fate": pl.String, "value": pl.Int64,
    "not_numbers": pl.Int64,
}
"""What the records of one fate (converted, excluded, isolated) add up to; ``not_numbers`` are cells that hold no
amount, which are counted apart and not read as 0."""
NOT_NUMBER_SCHEMA: dict[str, Any] = {
    "帳票名": pl.String, "項目": pl.String, "record_no": pl.Int64, "subject": pl.String,
}
CHAIN_SCHEMA: dict[str, Any] = {
    "area": pl.String, "帳票名": pl.String, "項目": pl.String, "区分": pl.String, "単位": pl.String,
    "現行値": pl.Int64, "源泉値": pl.Int64, "除外値": pl.Int64, "隔離値": pl.Int64, "保留値": pl.Int64,
    "規則値": pl.Int64, "出力値": pl.Int64, "非数値": pl.Int64, "基準日": pl.String, "記入者": pl.String,
}
NAMED_NOT_NUMBERS = 20
"""Records named for each figure and block; the others are counted."""


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """``counted``: COUNTED_SCHEMA; ``not_numbers``: NOT_NUMBER_SCHEMA."""

    counted: pl.DataFrame
    not_numbers: pl.DataFrame


def count_source(
    table: pl.DataFrame, figures: Sequence[Figure], fate: pl.Series, subject: pl.Series, faults: pl.DataFrame
) -> SourceFigures:
    """Take the figures of one decoded block, as it was decoded.

    Args:
        table: ``_record_no`` and the source items (String), one row a record, whatever becomes of it.
        figures: Those of this source.
        fate: What becomes of each row: converted, excluded or isolated.
        subject: The key of each row.
        faults: ``record_no, item`` of cells that did not decode.
    """
    counted = [pl.DataFrame(schema=COUNTED_SCHEMA)]
    named = [pl.DataFrame(schema=NOT_NUMBER_SCHEMA)]
    if not table.height:
        return SourceFigures(counted[0], named[0])
    numbered = table.with_columns(fate.alias("_fate"), subject.alias("_named"))
    for figure in figures:
        place = pl.lit(figure.form).alias("帳票名"), pl.lit(figure.item).alias("項目")
        for column in _occurrences(figure.source.sum, table.columns):
            rows = _rows(numbered, figure.source, column)
            if column and not faults.is_empty():
                broken = faults.filter(pl.col("item").is_in([column, item_of_column(column)]))["record_no"]
                undecoded = pl.col("_record_no").is_in(broken.implode()) & pl.col("_value").is_null()
                rows = rows.with_columns(pl.col("_bad") | undecoded)
            counted.append(
                rows.group_by("区分", fate="_fate").agg(
                    value=pl.col("_value").sum(), not_numbers=pl.col("_bad").sum().cast(pl.Int64)
                ).select(*place, "区分", "fate", "value", "not_numbers")
            )
            named.append(
                rows.filter("_bad").head(NAMED_NOT_NUMBERS).select(*place, record_no="_record_no", subject="_named")
            )
    together = (
        pl.concat(counted).group_by("帳票名", "項目", "区分", "fate").agg(pl.col("value", "not_numbers").sum())
        .sort("帳票名", "項目", "区分", "fate")
    )
    return SourceFigures(together, pl.concat(named).sort("帳票名", "項目", "record_no"))


def count_output(paths: Sequence[Path], side: OutputSide) -> pl.DataFrame:
    """What the written rows of a group (Arrow files) add up to: 区分 and value (Int64), and not_numbers."""
    schema: dict[str, Any] = {"区分": pl.String, "value": pl.Int64, "not_numbers": pl.Int64}
    frames = [pl.DataFrame(schema=schema)]
    for path in paths:
        present = pl.read_ipc_schema(path)
        wanted = dict.fromkeys([*([side.sum] if side.sum else []), *side.by, *(one.item for one in side.where)])
        if not wanted:
            frames.append(count_rows(pl.DataFrame({"_row": pl.zeros(_height(path), eager=True)}), side))
            continue
        # An item that no mapping fills is no column of the part: it is empty in every row.
        read = pl.read_ipc(path, columns=[name for name in wanted if name in present])
        if not read.width:
            read = pl.DataFrame({"_row": pl.zeros(_height(path), eager=True)})
        missing = [pl.lit(None, dtype=pl.String).alias(name) for name in wanted if name not in present]
        frames.append(count_rows(read.with_columns(missing), side))
    return pl.concat(frames).group_by("区分").agg(pl.col("value", "not_numbers").sum()).sort("区分")


def _height(path: Path) -> int:
    import pyarrow as pa

    with pa.memory_map(str(path)) as mapped:
        reader = pa.ipc.open_file(mapped)
        return sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))


def count_rows(frame: pl.DataFrame, side: OutputSide) -> pl.DataFrame:
    """What rows of text add up to: 区分, value and not_numbers."""
    rows = _rows(frame, side, side.sum)
    return rows.group_by("区分").agg(value=pl.col("_value").sum(), not_numbers=pl.col("_bad").sum().cast(pl.Int64))


def _occurrences(item: str, columns: Sequence[str]) -> list[str]:
    return [column for column in columns if item_of_column(column) == item] if item else [""]


def _rows(table: pl.DataFrame, side: SourceSide | OutputSide, column: str) -> pl.DataFrame:
    """The rows that count, with 区分, ``_value`` and ``_bad``."""
    where = [_holds(one, _beside(one.item, column, table.columns)) for one in side.where]
    rows = table.filter(where) if where else table
    divisions = [
        _named(pl.col(_beside(item, column, table.columns)), side.names.get(item)) for item in side.by
    ]
    division = pl.concat_str(divisions, separator="/") if divisions else pl.lit("")
    if not column:
        one = pl.lit(1, dtype=pl.Int64)
        return rows.with_columns(division.alias("区分"), one.alias("_value"), pl.lit(False).alias("_bad"))
    # Nearly all amounts are plain digits; only the rest is looked at closely.
    plain = rows.with_columns(division.alias("区分"), pl.col(column).cast(pl.Int64, strict=False).alias("_value"))
    odd = pl.col("_value").is_null() & pl.col(column).is_not_null()
    if not plain.select(odd.any()).item():
        return plain.with_columns(pl.lit(False).alias("_bad"))
    return plain.with_columns(
        pl.when(odd).then(amount_of(pl.col(column))).otherwise(pl.col("_value")).alias("_value"),
        (odd & is_no_amount(pl.col(column))).fill_null(False).alias("_bad"),
    )


def _beside(item: str, column: str, columns: Sequence[str]) -> str:
    """The column of an item beside an occurrence: of the same occurrence where the item occurs as often."""
    if item in columns:
        return item
    if "(" in column:
        occurrence = column[column.index("(") : column.index(")") + 1]
        group, _, name = item.partition(".")
        if f"{group}{occurrence}.{name}" in columns:
            return f"{group}{occurrence}.{name}"
    return next((one for one in columns if item_of_column(one) == item), item)


def _named(text: pl.Expr, names: Mapping[str, str] | None) -> pl.Expr:
    return text.fill_null("").replace(dict(names)) if names else text.fill_null("")


def _holds(condition: Condition, column: str) -> pl.Expr:
    text = pl.col(column).fill_null("")
    holds = pl.lit(True)
    if condition.in_ is not None:
        holds &= text.is_in(list(condition.in_))
    if condition.not_in is not None:
        holds &= ~text.is_in(list(condition.not_in))
    if condition.at_least is not None:
        holds &= text >= condition.at_least
    if condition.at_most is not None:
        holds &= text <= condition.at_most
    return holds


def chain(
    area_id: str, figures: Sequence[Figure], supplied: pl.DataFrame, source: pl.DataFrame | None,
    output: Mapping[tuple[str, str], pl.DataFrame], held: Mapping[tuple[str, str], int],
    ruled: Mapping[tuple[str, str], int],
) -> pl.DataFrame:
    """The links of an area's figures beside each other (CHAIN_SCHEMA), before they are judged.

    Args:
        area_id: The area.
        figures: What its figures count.
        supplied: 帳票名, 項目, 区分, 値, 基準日, 記入者 of its control sheet (or no row).
        source: COUNTED_SCHEMA of all blocks; None when the records were not read.
        output: (帳票名, 項目) → 区分, value, not_numbers of the rows written; a figure that was not taken is absent.
        held: (帳票名, 項目) → sum of the amounts in ``hold/``; of figures neither divided nor conditional only.
        ruled: (帳票名, 項目) → what rules and decisions added to the amounts; of the same figures.
    """
    frames = [pl.DataFrame(schema=CHAIN_SCHEMA)]
    for figure in figures:
        key = (figure.form, figure.item)
        here = (pl.col("帳票名") == figure.form) & (pl.col("項目") == figure.item)
        theirs = supplied.filter(here).select("区分", "基準日", "記入者", 現行値="値")
        parts = [theirs]
        if source is not None:
            taken = source.filter(here).group_by("区分").agg(
                源泉値=pl.col("value").sum(),
                除外値=pl.col("value").filter(pl.col("fate") == "excluded").sum(),
                隔離値=pl.col("value").filter(pl.col("fate") == "isolated").sum(),
                非数値=pl.col("not_numbers").sum(),
            )
            parts.append(taken)
        if key in output:
            parts.append(output[key].select("区分", 出力値="value"))
        divisions = pl.concat([part.select("区分") for part in parts]).unique()
        if not figure.source.by and divisions.is_empty():
            divisions = pl.DataFrame({"区分": [""]})
        rows = divisions
        for part in parts:
            rows = rows.join(part, on="区分", how="left")
        # A class that stands on no record is 0 where records were counted at all, and unknown where they were not.
        zeros = [name for name in ("源泉値", "除外値", "隔離値", "非数値", "出力値") if name in rows.columns]
        rows = rows.with_columns(pl.col(name).fill_null(0) for name in zeros)
        known = {
            "area": area_id, "帳票名": figure.form, "項目": figure.item, "単位": figure.unit,
            "保留値": held.get(key), "規則値": ruled.get(key),
        }
        rows = rows.with_columns(pl.lit(value).alias(name) for name, value in known.items())
        frames.append(rows.select(
            (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in CHAIN_SCHEMA.items()
        ))
    return pl.concat(frames).sort("area", "帳票名", "項目", "区分")
