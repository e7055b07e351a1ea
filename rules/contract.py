"""The contract between a rule and the engine: what a rule sees, and what it may say.

A rule module exports exactly one of ``find``, ``clean`` and ``find_whole``. It never sees where data comes from, only a
block of columns bound to meanings; it never decides an action, only what it found: severity, action and what is blocked
are the catalogue's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl


@dataclass(frozen=True, slots=True)
class DateForm:
    """How a source writes dates in one item (``date:`` of a source item).

    ``form`` is GYYMMDD, GGYYMMDD, YYYYMMDD, YYMMDD, ISO, SLASH or WAREKI_TEXT; ``era`` names a list in
    layouts/era_codes.csv; ``zeros`` and ``nines`` say what an all-0 or all-9 value means
    (empty, unknown, open_start, open_end); ``unknown_parts`` are the two-digit values that mean 不詳 in a month or
    day position.
    """

    form: str = "ISO"
    era: str = "one_digit"
    zeros: str = "empty"
    nines: str = "empty"
    unknown_parts: tuple[str, ...] = ("00",)


@dataclass(frozen=True, slots=True)
class BoundItem:
    """One column of a block with everything a rule may know of it.

    ``length`` counts user-perceived characters (0 = not bounded), ``type`` is the standard's X, N, 9, 9V, S9, DATE,
    TIME, YEAR, or "" for a source item. ``unknown_flag`` and ``unknown_text`` name the companion columns of a
    不詳 triple.
    """

    name: str
    meaning: str
    kind: str
    type: str = ""
    length: int = 0
    scale: int = 0
    certified: bool = False
    key: bool = False
    code_list: str = ""
    condition: str = ""
    calendar: str = ""
    unknown_allowed: bool = False
    tense: str = ""
    unknown_flag: str | None = None
    unknown_text: str | None = None
    date_form: DateForm | None = None
    code_map: str = ""
    convert: tuple[str, ...] = ()
    source_item: str = ""
    source_digits: int = 0


@dataclass(frozen=True, slots=True)
class CodeMap:
    """A source code list turned into a standard one: disjoint sets (``codes/<id>.yml``).

    ``standard``, ``variants`` and ``city`` map a source code to the standard's, ``ignored`` to the reason why it
    carries nothing, ``several`` to the codes it may mean. ``labels`` are the source's words, ``validity`` first and
    last day of a source code as ISO texts, "" where open.
    """

    id: str
    standard: Mapping[str, str]
    variants: Mapping[str, str]
    ignored: Mapping[str, str]
    several: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    city: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    validity: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[str]:
        """Every source code the map says something about."""
        return frozenset({*self.standard, *self.variants, *self.ignored, *self.several, *self.city})


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a rule may know beside the block: frozen, the same for every block of a run."""

    area: str
    group: str
    source: str
    as_of: date
    items: tuple[BoundItem, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    masters: Mapping[str, Any] = field(default_factory=dict)
    code_maps: Mapping[str, CodeMap] = field(default_factory=dict)
    code_lists: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def items_of(self, *meanings: str) -> tuple[BoundItem, ...]:
        """Items whose meaning is one of ``meanings``, in column order."""
        return tuple(i for i in self.items if i.meaning in meanings)

    def items_of_kind(self, *kinds: str) -> tuple[BoundItem, ...]:
        """Items whose meaning is of one of ``kinds`` (name, kana, date …), in column order."""
        return tuple(i for i in self.items if i.kind in kinds)

    def one(self, meaning: str) -> BoundItem | None:
        """The only item of a meaning, or None when the block has none (first one where a layout has several)."""
        found = self.items_of(meaning)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Finding:
    """What ``find`` returns: where ``mask`` is true, the value of ``item`` is at fault.

    ``candidate`` (String expression) proposes a value; ``reason`` is a short code kept with the issue; ``evidence`` is
    text that holds no value of its own, or a String expression. ``rows_about`` names further columns the value hash
    covers. Mask, candidate and evidence look at one row at a time. ``secret`` keeps the value out of every column that
    is shown (a 個人番号 in a remark). ``within`` is a cheap mask outside of which ``mask`` is never true: only the rows
    in it are asked.
    """

    item: str
    mask: pl.Expr
    candidate: pl.Expr | None = None
    reason: str = ""
    evidence: pl.Expr | str | None = None
    rows_about: tuple[str, ...] = ()
    secret: bool = False
    within: pl.Expr | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What ``clean`` returns: the new value of one column. Cells that stay equal are not changed and not logged.

    ``inverse`` (an expression over the new item columns, never over reserved ones) restores the old value. Where it
    does for most cells of a block the engine logs the column once (:class:`ColumnChange`) and only the rest cell
    by cell. ``within`` is a cheap mask outside of which the value stays: only the rows in it are computed, each by
    itself.
    """

    item: str
    value: pl.Expr
    inverse: pl.Expr | None = None
    reason: str = ""
    within: pl.Expr | None = None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A lossless change of a whole column in one block, logged once: ``inverse`` restores it.

    ``first_record_no`` and ``last_record_no`` (1-based, both included) bound the block inside its file; ``count`` cells
    changed; ``inverse`` is the serialised polars expression (JSON). Cells it does not restore have rows of their own in
    CHANGE_SCHEMA with the same ``step``, applied after it when undoing.
    """

    item: str
    step: int
    rule_id: str
    rule_version: int
    first_record_no: int
    last_record_no: int
    count: int
    inverse: str


RECORD_NO, BYTE_OFFSET, ORDINAL = "_record_no", "_byte_offset", "_ordinal"
"""Lineage columns of a block: record 1-based in its file, byte offset 0-based, row within its record 0-based."""

BEFORE, READING, ISO_DATE, TRIPLE_TEXT = "before:", "reading:", "iso:", "unknown:"
"""Prefixes of reserved columns: the conformed original of a cleaned date or code, a date's reason, ISO, wording."""


def is_reserved(column: str) -> bool:
    """Whether a column of a block is ikou's own and not an item."""
    return column in (RECORD_NO, BYTE_OFFSET, ORDINAL) or column.startswith((BEFORE, READING, ISO_DATE, TRIPLE_TEXT))


COLUMN_CHANGE_SCHEMA: dict[str, Any] = {
    "item": pl.String,
    "step": pl.Int32,
    "rule_id": pl.String,
    "rule_version": pl.Int32,
    "first_record_no": pl.Int64,
    "last_record_no": pl.Int64,
    "count": pl.Int64,
    "inverse": pl.String,
}
"""One row a :class:`ColumnChange` (``changes/columns.parquet``)."""

FINDING_SCHEMA: dict[str, Any] = {
    "record_no": pl.Int64,
    "ordinal": pl.Int32,
    "byte_offset": pl.Int64,
    "rule_id": pl.String,
    "item": pl.String,
    "reason": pl.String,
    "before": pl.String,
    "candidate": pl.String,
    "evidence": pl.String,
    "about": pl.String,
    "raw_bytes": pl.Binary,
}
"""One row a finding inside a block. ``about`` is what value_hash covers (the offending values joined by U+001F)."""

ABOUT_PART = "\x1d"
"""Sets parts of ``about`` apart whose change a clerk is told of one by one (at most eight)."""

WHOLE_FINDING_SCHEMA: dict[str, Any] = {
    "area": pl.String,
    "group_id": pl.String,
    "source": pl.String,
    "file": pl.String,
    "record_no": pl.Int64,
    "byte_offset": pl.Int64,
    "subject": pl.String,
    "rule_id": pl.String,
    "item": pl.String,
    "reason": pl.String,
    "before": pl.String,
    "candidate": pl.String,
    "evidence": pl.String,
    "about": pl.String,
}
"""One row a finding over whole relations. ``subject`` of a pair or cluster is the sorted subjects joined by ``|``."""

CHANGE_SCHEMA: dict[str, Any] = {
    "record_no": pl.Int64,
    "ordinal": pl.Int32,
    "item": pl.String,
    "step": pl.Int32,
    "rule_id": pl.String,
    "rule_version": pl.Int32,
    "before": pl.String,
}
"""One row a changed cell, in the order of application (``step``); undone from the last step to the first."""

ISSUE_SCHEMA: dict[str, Any] = {
    "issue_id": pl.String,
    "value_hash": pl.String,
    "rule_id": pl.String,
    "rule_version": pl.Int32,
    "source": pl.String,
    "area_id": pl.String,
    "group_id": pl.String,
    "subject": pl.String,
    "item_path": pl.String,
    "file": pl.String,
    "record_no": pl.Int64,
    "byte_offset": pl.Int64,
    "raw_bytes": pl.Binary,
    "before": pl.String,
    "candidate": pl.String,
    "severity": pl.String,
    "action": pl.String,
    "blocks": pl.String,
    "confidence": pl.String,
    "evidence": pl.String,
    "owner": pl.String,
    "due": pl.String,
}
"""The issue row of every area and rule; record_no is 1-based, byte_offset 0-based in the received file."""
