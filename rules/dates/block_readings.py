"""The readings of the dates of a block: looked up, kept from block to block, and asked for by the date rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
import numpy.typing as npt
import polars as pl

from rules.column_facts import fact_of, hand_on, is_empty
from rules.contract import BEFORE, ISO_DATE, READING, TRIPLE_TEXT, BoundItem, DateForm, RuleContext
from rules.dates.reading import (
    ERA,
    FOREIGN_ERA,
    FOREIGN_MEANINGS,
    FOREIGN_WESTERN,
    OTHER_FORM,
    REASONS,
    Reading,
    read_date,
)

_CACHE_LIMIT = 300_000
"""Distinct texts of one form that are kept."""

_TABLE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "reason": pl.Enum(REASONS), "iso": pl.String, "text": pl.String, "western": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Table:
    """What the distinct texts of one form say; no text at all is read like an empty one.

    ``keys`` are those of the short texts, ``rows`` their rows in ``said``, ``slots`` the hash table of both;
    ``others`` has the rows of the texts without a key.
    """

    keys: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int64]
    others: Mapping[str, int]
    said: pl.DataFrame


class _Readings:
    """Readings of the distinct texts of one form, kept from block to block.

    A cache of a pure function: what it holds never shows in a result. A table is replaced, never changed in place, so
    that blocks on several threads may share it.
    """

    def __init__(self) -> None:
        self._tables: dict[DateForm, _Table] = {}

    def look_up(self, values: pl.Series, form: DateForm) -> pl.DataFrame:
        # Kernels are imported by the first block: a list of rules needs none.
        from char_mapping.kernels.short_texts import NOT_SHORT, find_keys, short_text_keys

        keys = short_text_keys(values.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()))
        table = self._tables.get(form) or _no_readings()
        if table.said.height > _CACHE_LIMIT:
            table = _no_readings()
        places = find_keys(table.slots, keys)
        if places.min(initial=0) < 0:
            other = keys == NOT_SHORT
            texts = values.filter(pl.Series(other)).to_list()
            short = np.unique(keys[(places < 0) & ~other])
            rest = sorted(set(texts).difference(table.others))
            if short.size or rest:
                table = _read_more(table, short, rest, form)
                self._tables[form] = table
                places = find_keys(table.slots, keys)
            places[other] = [table.others[text] for text in texts]
        return table.said[places]


def _no_readings() -> _Table:
    from char_mapping.kernels.short_texts import index_keys

    none = np.empty(0, np.int64)
    return _Table(none, none, index_keys(none, none), {}, _said([]))


def _read_more(table: _Table, short: npt.NDArray[np.int64], rest: list[str], form: DateForm) -> _Table:
    from char_mapping.kernels.short_texts import index_keys, text_of_key

    texts = [*(text_of_key(key) for key in short.tolist()), *rest]
    new = np.arange(table.said.height, table.said.height + len(texts), dtype=np.int64)
    keys, rows = np.concatenate([table.keys, short]), np.concatenate([table.rows, new[: short.size]])
    return _Table(
        keys,
        rows,
        index_keys(keys, rows),
        {**table.others, **dict(zip(rest, new[short.size :].tolist(), strict=True))},
        pl.concat([table.said, _said([read_date(text, form) for text in texts])]).rechunk(),
    )


_READINGS = _Readings()


def _said(readings: Sequence[Reading]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [getattr(reading, name) for reading in readings] for name in _TABLE_SCHEMA}, schema=_TABLE_SCHEMA
    )


def form_of(item: BoundItem) -> DateForm:
    """The form of an item's texts: as its source says, ISO where nothing is said."""
    return item.date_form or DateForm()


def foreign_codes(ctx: RuleContext) -> frozenset[str]:
    """Values of 住民種別 that mean 外国人住民, as source and standard write them (standard code 2)."""
    item = ctx.one("person.kind")
    codes = {"2"}
    if item is not None and item.code_map in ctx.code_maps:
        map_ = ctx.code_maps[item.code_map]
        codes = {source for source, standard in {**map_.standard, **map_.variants}.items() if standard == "2"}
    return frozenset(ctx.params.get("foreign_kinds", codes))


def with_readings(block: pl.DataFrame, ctx: RuleContext) -> pl.DataFrame:
    """The block with the reading of each date item that is not empty altogether.

    Adds ``reading:<item>`` (Enum of :data:`rules.dates.reading.REASONS`), ``iso:<item>`` and ``unknown:<item>``
    (不詳表記). A cleaned date is read from ``before:<item>``. Columns that are there already are kept, so the pass
    runs once a block.
    """
    kind = ctx.one("person.kind")
    columns: list[pl.Series] = []
    foreign: pl.Series | None = None
    there = frozenset(block.columns)
    for item in ctx.items_of_kind("date"):
        if item.name not in there or READING + item.name in there:
            continue
        column = BEFORE + item.name if BEFORE + item.name in there else item.name
        if is_empty(block, column):
            continue
        found = _READINGS.look_up(block[column], form_of(item))
        if item.meaning in FOREIGN_MEANINGS and kind is not None and kind.name in there:
            if foreign is None:
                foreign = block[kind.name].is_in(sorted(foreign_codes(ctx))).fill_null(False)
            found = _as_foreign(found, foreign)
        columns += [
            found["reason"].alias(READING + item.name),
            found["iso"].alias(ISO_DATE + item.name),
            found["text"].alias(TRIPLE_TEXT + item.name),
        ]
    if not columns:
        return block
    read = block.with_columns(columns)
    hand_on(block, read)
    return read


def _as_foreign(found: pl.DataFrame, foreign: pl.Series) -> pl.DataFrame:
    """Foreign residents' dates are Gregorian: an era is turned, a Gregorian date among era dates is right (DAT-017)."""
    reason = pl.col("reason")
    western = foreign & (reason == OTHER_FORM) & pl.col("iso").is_not_null()
    return found.with_columns(
        pl.when(foreign & (reason == ERA))
        .then(pl.lit(FOREIGN_ERA, pl.Enum(REASONS)))
        .when(western)
        .then(pl.lit(FOREIGN_WESTERN, pl.Enum(REASONS)))
        .otherwise(reason)
        .alias("reason"),
        pl.when(foreign).then(pl.col("western")).otherwise(pl.col("text")).alias("text"),
    )


def dates_with_reason(block: pl.DataFrame, ctx: RuleContext, *reasons: str) -> tuple[BoundItem, ...]:
    """The date items of a block of which a reading ended with one of ``reasons`` (any, where none is named)."""
    there = frozenset(block.columns)
    dates = (i for i in ctx.items_of_kind("date") if READING + i.name in there)
    return tuple(i for i in dates if not reasons or not reasons_of(block, i).isdisjoint(reasons))


def converted(block: pl.DataFrame, ctx: RuleContext, *reasons: str) -> tuple[BoundItem, ...]:
    """Like :func:`dates_with_reason`, of the items their mapping gives to the date rules (``convert: DAT-001``)."""
    return tuple(i for i in dates_with_reason(block, ctx, *reasons) if "DAT-001" in i.convert)


def reasons_of(block: pl.DataFrame, item: BoundItem) -> frozenset[str]:
    """The reasons that an item's readings ended with in a block."""
    return fact_of(block, READING + item.name, "reasons", lambda readings: frozenset(readings.unique().to_list()))


def has_reason(item: BoundItem, *reasons: str) -> pl.Expr:
    """Mask of the rows in which an item's reading ended with one of the reasons."""
    column = pl.col(READING + item.name)
    return reduce(or_, [column == reason for reason in reasons])


def unknown_is_allowed(item: BoundItem) -> bool:
    """Whether the item's definition has room for a 不詳 date (its companions, or the meaning for a source item)."""
    return item.unknown_allowed and (item.unknown_flag is not None or not item.type)
