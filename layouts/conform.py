"""Conform: the source's records in the standard's shape. Structure only: no value is changed here.

Rows, names and constants come from the mapping; the number of rows of each record is computed a second time, by another
library and from the decoded source, so that law 1 does not trust the code it checks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from char_mapping.errors import DefinitionError
from layouts.conditions import Condition
from layouts.mappings import Mapping

LINEAGE = {"_record_no": pl.Int64, "_byte_offset": pl.Int64, "_ordinal": pl.Int32}
"""Columns that lead every conformed frame: record in file (1-based), byte offset, row within the record (0-based)."""


def conform(table: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """A decoded block as rows of the standard group.

    Args:
        table: Columns ``_record_no``, ``_byte_offset`` and the source's items, all String.
        mapping: The checked mapping of this source.

    Returns:
        LINEAGE, then every item of the group in order as String; what nothing fills is null. An item that is looked up
        holds its key (see `layouts.lookup_tables.look_up`). Rows are in the order of the records, occurrences of one
        record in their order.

    Raises:
        DefinitionError: the block lacks a column the mapping needs.
    """
    _check_columns(table, mapping)
    unroll = mapping.unroll
    rows = table.with_row_index("_row")
    if mapping.where is not None:
        rows = rows.filter(mask_of(mapping.where))
    if unroll is None:
        return rows.select("_record_no", "_byte_offset", pl.lit(0, dtype=pl.Int32).alias("_ordinal"),
                           *_item_columns(mapping, None, rows.height))
    parts = []
    for occurrence in range(1, unroll.count + 1):
        part = rows if unroll.where is None else rows.filter(mask_of(unroll.where, unroll.group, occurrence))
        parts.append(part.select("_row", pl.lit(occurrence, dtype=pl.Int32).alias("_occurrence"), "_record_no",
                                 "_byte_offset", *_item_columns(mapping, occurrence, part.height)))
    together = pl.concat(parts).sort("_row", "_occurrence")
    ordinal = pl.int_range(pl.len(), dtype=pl.Int32).over("_row").alias("_ordinal")
    return together.select("_record_no", "_byte_offset", ordinal, *mapping.group.names)


def expected_rows(table: pl.DataFrame, mapping: Mapping) -> pl.Series:
    """How many rows the mapping declares for each record of a block, in the block's order (UInt32, ``expected_rows``).

    Computed with Arrow's own kernels straight from the decoded source, apart from `conform`.
    """
    arrays = {name: table[name].to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
              for name in _columns_of_conditions(mapping)}
    passes = _passes(mapping.where, arrays, table.height) if mapping.where else _all_true(table.height)
    if mapping.unroll is None:
        total = pc.cast(passes, pa.uint32())
    else:
        total = pa.array([0] * table.height, pa.uint32())
        for occurrence in range(1, mapping.unroll.count + 1):
            here = _all_true(table.height)
            if mapping.unroll.where is not None:
                here = _passes(mapping.unroll.where, arrays, table.height, mapping.unroll.group, occurrence)
            total = pc.add(total, pc.cast(pc.and_(passes, here), pa.uint32()))
    return pl.Series("expected_rows", total, dtype=pl.UInt32)


@dataclass(frozen=True, slots=True)
class DeclaredRows:
    """Rows a mapping's ``rows`` declares for a block: ``least`` to ``most`` in all.

    ``outside`` are the records, of ``records`` that pass the mapping's condition, that give more or fewer.
    """

    records: int
    least: int
    most: int
    outside: int


def declared_rows(table: pl.DataFrame, mapping: Mapping) -> DeclaredRows | None:
    """Hold the rows each record gives against the mapping's declaration; None where it declares nothing.

    A record whose item ``of`` holds no whole number counts as outside, and as no row.
    """
    rows = mapping.rows
    if rows is None:
        return None
    passing = expected_rows(table, replace(mapping, unroll=None)) > 0
    given = expected_rows(table, mapping).filter(passing).cast(pl.Int64)
    if rows.of is not None:
        text = table[rows.of].filter(passing).fill_null("").str.strip_chars()
        said = pl.select(pl.when(text.str.contains("^[0-9]+$")).then(text)).to_series().cast(pl.Int64)
        total = int(said.sum())
        return DeclaredRows(given.len(), total, total, int((given != said.fill_null(-1)).sum()))
    most = rows.most if rows.most is not None else (mapping.unroll.count if mapping.unroll is not None else 1)
    outside = int((~given.is_between(rows.least, most)).sum())
    return DeclaredRows(given.len(), rows.least * given.len(), most * given.len(), outside)


def column_of(item: str, group: str | None, occurrence: int | None) -> str:
    """The column of a source item for one occurrence: ``給付.金額`` of ``給付`` at 2 → ``給付(2).金額``."""
    if group is None or occurrence is None:
        return item
    if item == group:
        return f"{group}({occurrence})"
    return f"{group}({occurrence}).{item[len(group) + 1:]}" if item.startswith(f"{group}.") else item


def _item_columns(mapping: Mapping, occurrence: int | None, height: int) -> list[pl.Expr | pl.Series]:
    group = mapping.unroll.group if mapping.unroll else None
    mapped = mapping.by_name
    columns: list[pl.Expr | pl.Series] = []
    for name in mapping.group.names:
        item = mapped.get(name)
        if item is None or item.constant is not None:
            value = item.constant if item is not None else None
            columns.append(pl.Series(name, [value], dtype=pl.String).new_from_index(0, height))
        elif item.lookup is not None:
            columns.append(joined_key([column_of(part, group, occurrence) for part in item.lookup.on]).alias(name))
        elif item.join:
            columns.append(_joined([column_of(part, group, occurrence) for part in item.join], item.separator)
                           .alias(name))
        elif item.source_item is not None:
            cell = pl.col(column_of(item.source_item, group, occurrence))
            if item.split is not None:
                cell = cell.str.splitn(item.split.at, item.split.of).struct.field(f"field_{item.split.part - 1}")
            columns.append(cell.alias(name))
    return columns


def joined_key(columns: list[str]) -> pl.Expr:
    """The key a lookup goes by: the values with U+001F between them; null where one of them is empty."""
    filled = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in columns]
    return pl.concat_str(filled, separator="\x1f")


def _joined(columns: list[str], separator: str) -> pl.Expr:
    """The filled ones of several columns with a separator between them; null where none is filled."""
    filled = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in columns]
    return pl.when(pl.any_horizontal(one.is_not_null() for one in filled)).then(
        pl.concat_str(filled, separator=separator, ignore_nulls=True))


def _check_columns(table: pl.DataFrame, mapping: Mapping) -> None:
    group = mapping.unroll.group if mapping.unroll else None
    occurrences: range | tuple[None] = range(1, mapping.unroll.count + 1) if mapping.unroll else (None,)
    there = set(table.columns)
    for item in mapping.items:
        for occurrence in occurrences:
            for name in item.source_items:
                if column_of(name, group, occurrence) not in there:
                    raise DefinitionError(f"{mapping.path} items.{item.name}",
                                          expected="a column of the decoded source",
                                          found=column_of(name, group, occurrence),
                                          todo="Compare the mapping with the copybook ('ikou layouts show --copybook')")


def mask_of(condition: Condition, group: str | None = None, occurrence: int | None = None) -> pl.Expr:
    """A condition over the columns of a decoded block, of one occurrence where it lies inside a repeated group."""
    if condition.all_ is not None:
        return pl.all_horizontal([mask_of(part, group, occurrence) for part in condition.all_])
    if condition.any_ is not None:
        return pl.any_horizontal([mask_of(part, group, occurrence) for part in condition.any_])
    value = pl.col(column_of(condition.item or "", group, occurrence)).fill_null("")
    if condition.in_ is not None:
        return value.is_in(list(condition.in_))
    return ~value.is_in(list(condition.not_in or ()))


def _columns_of_conditions(mapping: Mapping) -> list[str]:
    names = list(mapping.where.source_items) if mapping.where else []
    if mapping.unroll is not None and mapping.unroll.where is not None:
        for occurrence in range(1, mapping.unroll.count + 1):
            names += [column_of(n, mapping.unroll.group, occurrence) for n in mapping.unroll.where.source_items]
    return list(dict.fromkeys(names))


def _passes(condition: Condition, arrays: dict[str, pa.Array], height: int, group: str | None = None,
            occurrence: int | None = None) -> pa.Array:
    if condition.all_ is not None or condition.any_ is not None:
        join = pc.and_ if condition.all_ is not None else pc.or_
        parts = condition.all_ if condition.all_ is not None else condition.any_ or ()
        result = _all_true(height) if condition.all_ is not None else pc.invert(_all_true(height))
        for part in parts:
            result = join(result, _passes(part, arrays, height, group, occurrence))
        return result
    values = pc.fill_null(arrays[column_of(condition.item or "", group, occurrence)], "")
    wanted = condition.in_ if condition.in_ is not None else condition.not_in or ()
    inside = pc.is_in(values, value_set=pa.array(list(wanted), pa.large_string()))
    return inside if condition.in_ is not None else pc.invert(inside)


def _all_true(height: int) -> pa.Array:
    return pa.repeat(pa.scalar(True), height)
