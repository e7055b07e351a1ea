"""Runs the rules of a block: cleans in catalogue order with every change logged, all finding masks in one select.

The engine knows no rule. It asks each module what it found or would change, refuses what a certified item may not
suffer, and writes rows. Nothing but the catalogue's order decides what comes first, and nothing suppresses a finding.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import polars as pl

from char_mapping.errors import DefinitionError
from rules.catalogue import Catalogue, Rule, RuleSet, load_catalogue
from rules.column_facts import empty_columns, hand_on
from rules.contract import (
    BEFORE,
    BYTE_OFFSET,
    CHANGE_SCHEMA,
    COLUMN_CHANGE_SCHEMA,
    FINDING_SCHEMA,
    ORDINAL,
    RECORD_NO,
    Change,
    ColumnChange,
    Finding,
    RuleContext,
    is_reserved,
)
from rules.dates.block_readings import with_readings
from rules.faults import SENSITIVE_MEANINGS, counts_by_rule, findings_of_faults

__all__ = [
    "Catalogue",
    "CleanResult",
    "RuleSet",
    "clean_block",
    "column_changes_frame",
    "counts_by_rule",
    "find_block",
    "findings_of_faults",
    "load_catalogue",
    "undo_changes",
    "without_found",
]

_FEW = 16


@dataclass(frozen=True, slots=True)
class CleanResult:
    """What :func:`clean_block` returns.

    ``frame`` has the columns of the input plus reserved ones (``before:<item>`` of cleaned dates, readings);
    ``changes`` is CHANGE_SCHEMA; ``refused`` (FINDING_SCHEMA) are the cells of certified items that an AUTO rule of
    more than form would have changed: they become 修正依頼 with its value as candidate; ``counts`` is rule id →
    cells changed.
    """

    frame: pl.DataFrame
    changes: pl.DataFrame
    column_changes: list[ColumnChange]
    refused: pl.DataFrame
    counts: dict[str, int]


def clean_block(frame: pl.DataFrame, ctx: RuleContext, rules: RuleSet) -> CleanResult:
    """Apply the AUTO rules to one block, tier by tier in catalogue order.

    Args:
        frame: Lineage columns and String items; one row a target row.
        ctx: The group's context; its items name the columns of ``frame``.
        rules: From :meth:`RuleSet.select`.

    Returns:
        The cleaned frame and everything that is needed to undo it.

    Raises:
        DefinitionError: A rule changes a column that is not there, or one that is reserved.
    """
    work = with_readings(frame, ctx)
    originals: dict[str, pl.Series] = {}
    certified = frozenset(i.name for i in ctx.items if i.certified)
    empty: frozenset[str] | None = None
    filled = ctx
    kept = {i.name for i in ctx.items if i.kind == "date" or i.code_map}
    cells: list[pl.DataFrame] = []
    columns: list[ColumnChange] = []
    refused: list[pl.DataFrame] = []
    counts: dict[str, int] = {}
    step = 0
    for _, tier in groupby(rules.cleans, key=lambda pair: pair[0].order):
        if empty_columns(work) != empty:
            empty, filled = empty_columns(work), _without_empty(work, ctx)
        wanted = [(r, change) for r, clean in tier for change in clean(work, ctx if r.sees_empty else filled)]
        _check_targets(work, wanted)
        refused += _refuse(work, ctx, wanted, certified)
        allowed = [(rule, change) for rule, change in wanted if _may_change(rule, change, certified)]
        for group in _without_repeats(allowed):
            step += 1
            before = work
            work = _apply(work, group)
            touched: set[str] = set()
            differs = _differences(before, work, [change.item for _, change in group])
            for rule, change in group:
                changed = differs[change.item]
                count = int(changed.sum())
                if not count:
                    continue
                old = before[change.item]
                touched.add(change.item)
                counts[rule.id] = counts.get(rule.id, 0) + count
                if change.item in kept:
                    originals.setdefault(change.item, old)
                whole, rows = _log(work, old, changed, count, rule, change, step)
                cells.append(rows)
                columns += whole
            hand_on(before, work, touched)
    cleaned = work.with_columns(series.alias(BEFORE + item) for item, series in originals.items())
    hand_on(work, cleaned)
    return CleanResult(
        frame=cleaned,
        changes=pl.concat(cells) if cells else pl.DataFrame(schema=CHANGE_SCHEMA),
        column_changes=columns,
        refused=pl.concat(refused) if refused else pl.DataFrame(schema=FINDING_SCHEMA),
        counts=counts,
    )


def _check_targets(frame: pl.DataFrame, wanted: Iterable[tuple[Rule, Change]]) -> None:
    there = frozenset(frame.columns)
    for rule, change in wanted:
        if change.item not in there or is_reserved(change.item):
            raise DefinitionError(
                f"{rule.module}: {rule.id}",
                expected="a change of an item of the block",
                found=change.item,
                todo="Bind by meaning.",
            )


def _differences(before: pl.DataFrame, after: pl.DataFrame, items: Sequence[str]) -> pl.DataFrame:
    """Per item, the rows of two frames of the same rows that hold different values."""
    old = [before[item].alias(f"old {k}") for k, item in enumerate(items)]
    new = [after[item].alias(f"new {k}") for k, item in enumerate(items)]
    return pl.DataFrame([*old, *new]).select(
        pl.col(f"old {k}").ne_missing(pl.col(f"new {k}")).alias(item) for k, item in enumerate(items)
    )


def _may_change(rule: Rule, change: Change, certified: frozenset[str]) -> bool:
    return rule.action == "AUTO" and (rule.form_only or change.item not in certified)


def _refuse(
    frame: pl.DataFrame, ctx: RuleContext, wanted: Iterable[tuple[Rule, Change]], certified: frozenset[str]
) -> list[pl.DataFrame]:
    found = [
        (rule, Finding(change.item, pl.col(change.item).ne_missing(change.value), change.value, change.reason))
        for rule, change in wanted
        if not _may_change(rule, change, certified)
    ]
    return _findings(frame, ctx, found)


def _without_repeats(wanted: Sequence[tuple[Rule, Change]]) -> list[list[tuple[Rule, Change]]]:
    """Split a tier so that no group changes one item twice; a later change then sees the earlier one's value."""
    groups: list[dict[str, tuple[Rule, Change]]] = []
    for rule, change in wanted:
        group = next((group for group in groups if change.item not in group), None)
        if group is None:
            groups.append(group := {})
        group[change.item] = rule, change
    return [list(group.values()) for group in groups]


def _without_empty(frame: pl.DataFrame, ctx: RuleContext) -> RuleContext:
    """The context without the items no row of the block has a value for: most rules have nothing to say of them."""
    empty = empty_columns(frame)
    return replace(ctx, items=tuple(i for i in ctx.items if i.name not in empty))


def _apply(frame: pl.DataFrame, group: Sequence[tuple[Rule, Change]]) -> pl.DataFrame:
    """One ``with_columns`` for a group; a change that reads only empty columns is tried on one row first."""
    empty = empty_columns(frame)
    idle = [c for _, c in group if set(c.value.meta.root_names()) <= empty and c.item in empty]
    waking: set[int] = set()
    if idle and frame.height:
        probe = frame.head(1).select(c.value.cast(pl.String).alias(str(k)) for k, c in enumerate(idle))
        waking = {id(c) for k, c in enumerate(idle) if probe[str(k)][0] is not None}
    asleep = {id(c) for c in idle} - waking
    awake = [c for _, c in group if id(c) not in asleep]
    if not awake:
        return frame
    rows = frame.select(c.within.fill_null(False).alias(c.item) for c in awake if c.within is not None)
    return frame.with_columns(
        c.value.cast(pl.String).alias(c.item) if c.within is None else _changed(frame, c, _true_rows(rows[c.item]))
        for c in awake
    )


def _changed(frame: pl.DataFrame, change: Change, rows: pl.Series) -> pl.Series:
    """A column with the values of some rows computed anew."""
    old = frame[change.item]
    new = _of_rows(frame, rows, change.value.cast(pl.String))
    places = np.arange(len(old), dtype=np.uint32)
    places[rows.to_numpy()] = np.arange(len(old), len(old) + len(new), dtype=np.uint32)
    return pl.concat([old, new.alias(change.item)]).gather(places)


def _log(
    frame: pl.DataFrame, old: pl.Series, changed: pl.Series, count: int, rule: Rule, change: Change, step: int
) -> tuple[list[ColumnChange], pl.DataFrame]:
    whole: list[ColumnChange] = []
    rest = changed
    if change.inverse is not None and count > _FEW and not any(map(is_reserved, change.inverse.meta.root_names())):
        restored = frame.select(RECORD_NO, change.inverse.cast(pl.String).alias(change.item))[change.item]
        lost = restored.ne_missing(old)
        if int(lost.sum()) * 2 < count:
            numbers = frame[RECORD_NO]
            whole.append(
                ColumnChange(
                    item=change.item,
                    step=step,
                    rule_id=rule.id,
                    rule_version=rule.version,
                    first_record_no=_bound(numbers.min()),
                    last_record_no=_bound(numbers.max()),
                    count=count,
                    inverse=change.inverse.meta.serialize(format="json"),
                )
            )
            rest = lost
    hit = _true_rows(rest)
    rows = pl.DataFrame([frame[RECORD_NO][hit], frame[ORDINAL][hit], old[hit].alias("before")]).select(
        pl.col(RECORD_NO).cast(pl.Int64).alias("record_no"),
        pl.col(ORDINAL).cast(pl.Int32).alias("ordinal"),
        pl.lit(change.item).alias("item"),
        pl.lit(step, pl.Int32).alias("step"),
        pl.lit(rule.id).alias("rule_id"),
        pl.lit(rule.version, pl.Int32).alias("rule_version"),
        "before",
    )
    return whole, rows


def _bound(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{RECORD_NO} holds {type(value).__name__}, not integers")
    return value


def column_changes_frame(changes: Sequence[ColumnChange]) -> pl.DataFrame:
    """Column changes as rows of COLUMN_CHANGE_SCHEMA, in the order given."""
    return pl.DataFrame(
        [{name: getattr(change, name) for name in COLUMN_CHANGE_SCHEMA} for change in changes],
        schema=COLUMN_CHANGE_SCHEMA,
    )


def undo_changes(
    frame: pl.DataFrame, changes: pl.DataFrame, column_changes: Sequence[ColumnChange] | pl.DataFrame
) -> pl.DataFrame:
    """Restore the conformed values (law 3): the steps are undone from the last to the first.

    Args:
        frame: Cleaned rows with ``_record_no`` and ``_ordinal``; rows of one file, any number of blocks.
        changes: CHANGE_SCHEMA of these rows.
        column_changes: As returned by :func:`clean_block`, or as COLUMN_CHANGE_SCHEMA.

    Returns:
        The frame as it was before cleaning: the same rows, lineage columns and items, reserved columns dropped.

    Raises:
        DefinitionError: A change names a row or an item that is not there (law 3 is broken).
    """
    work = frame.select(c for c in frame.columns if not is_reserved(c) or c in (RECORD_NO, BYTE_OFFSET, ORDINAL))
    if isinstance(column_changes, pl.DataFrame):
        column_changes = [
            ColumnChange(**row) for row in column_changes.select(*COLUMN_CHANGE_SCHEMA).iter_rows(named=True)
        ]
    keys = work.select(pl.col(RECORD_NO).alias("record_no"), pl.col(ORDINAL).cast(pl.Int32).alias("ordinal"))
    rows = changes.join(keys.with_row_index("row"), on=["record_no", "ordinal"], how="left", maintain_order="left")
    stray = rows.filter(pl.col("row").is_null() | ~pl.col("item").is_in(work.columns))
    if not stray.is_empty():
        first = stray.row(0, named=True)
        raise DefinitionError(
            f"changes: record {first['record_no']} {first['item']}", expected="a row and item of the output",
            found="neither", todo="Law 3 is broken: the change log and the output do not belong together.",
        )  # fmt: skip
    by_step = rows.partition_by("step", "item", as_dict=True)
    steps = {step for step, _ in by_step} | {change.step for change in column_changes}
    for step in sorted(steps, reverse=True):
        work = _undo_columns(work, [c for c in column_changes if c.step == step])
        cells = []
        for (other, item), part in by_step.items():
            if other == step:
                full = pl.DataFrame({"row": pl.Series(range(work.height), dtype=part.schema["row"])}).join(
                    part.select("row", "before", touched=pl.lit(True)), on="row", how="left", maintain_order="left"
                )
                cells.append(
                    pl.when(full["touched"].fill_null(False))
                    .then(full["before"])
                    .otherwise(pl.col(str(item)))
                    .alias(str(item))
                )
        if cells:
            work = work.with_columns(cells)
    return work


def _undo_columns(frame: pl.DataFrame, changes: Sequence[ColumnChange]) -> pl.DataFrame:
    restored: dict[str, pl.Expr] = {}
    for change in changes:
        inverse = pl.Expr.deserialize(io.StringIO(change.inverse), format="json").cast(pl.String)
        inside = pl.col(RECORD_NO).is_between(change.first_record_no, change.last_record_no)
        restored[change.item] = pl.when(inside).then(inverse).otherwise(restored.get(change.item, pl.col(change.item)))
    return frame.with_columns(value.alias(item) for item, value in restored.items()) if restored else frame


def find_block(frame: pl.DataFrame, ctx: RuleContext, rules: RuleSet) -> pl.DataFrame:
    """Everything the finding rules see in one block.

    Args:
        frame: A cleaned block, or a block of source items.
        ctx: Its context.
        rules: From :meth:`RuleSet.select`.

    Returns:
        FINDING_SCHEMA, sorted by record and row, then by catalogue order; one row a rule, item and row. ``before`` of a
        cleaned date is its conformed original. 個人番号 stands in no column but ``about`` (which is only ever hashed).
    """
    if not frame.height:
        return pl.DataFrame(schema=FINDING_SCHEMA)
    work = with_readings(frame, ctx)
    filled = _without_empty(work, ctx)
    wanted = [(r, finding) for r, find in rules.finds for finding in find(work, ctx if r.sees_empty else filled)]
    found = _findings(work, ctx, wanted)
    if not found:
        return pl.DataFrame(schema=FINDING_SCHEMA)
    return (
        pl.concat(found)
        .unique(subset=["record_no", "ordinal", "rule_id", "item"], keep="first", maintain_order=True)
        .sort("record_no", "ordinal", maintain_order=True)
    )


def _findings(frame: pl.DataFrame, ctx: RuleContext, wanted: Sequence[tuple[Rule, Finding]]) -> list[pl.DataFrame]:
    if not wanted or not frame.height:
        return []
    hidden = frozenset(i.name for i in ctx.items if i.meaning in SENSITIVE_MEANINGS)
    return _rows(frame, [(*wanted[k], rows) for k, rows in _hits(frame, wanted) if len(rows)], hidden)


def _hits(frame: pl.DataFrame, wanted: Sequence[tuple[Rule, Finding]]) -> Iterator[tuple[int, pl.Series]]:
    """The row numbers each finding's mask is true for, in the order of the findings."""
    live = _live(frame, wanted)
    # The record number beside them keeps a mask without columns at the block's height.
    masks = frame.select(RECORD_NO, *(_first_mask(wanted[k][1]).fill_null(False).alias(str(k)) for k in live))
    for k in live:
        if not masks[str(k)].any():
            continue
        rows = _true_rows(masks[str(k)])
        finding = wanted[k][1]
        if finding.within is not None:
            hit = _of_rows(frame, rows, finding.mask.fill_null(False))
            rows = rows.filter(hit)
        yield k, rows


def _first_mask(finding: Finding) -> pl.Expr:
    return finding.mask if finding.within is None else finding.within


def _true_rows(mask: pl.Series) -> pl.Series:
    """Row numbers (0-based) at which a mask without nulls is true."""
    return pl.Series(np.flatnonzero(mask.to_numpy()).astype(np.uint32))


def _of_rows(frame: pl.DataFrame, rows: pl.Series, value: pl.Expr) -> pl.Series:
    """An expression's values on some rows of a block (Int or UInt row numbers, 0-based)."""
    part = pl.DataFrame([frame[name][rows] for name in dict.fromkeys([RECORD_NO, *value.meta.root_names()])])
    return part.select(RECORD_NO, value.alias("value"))["value"]


def _live(frame: pl.DataFrame, wanted: Sequence[tuple[Rule, Finding]]) -> list[int]:
    """The masks worth a pass: one that reads only empty columns is the same on every row, so one row is asked."""
    empty = empty_columns(frame)
    constant = [k for k, (_, f) in enumerate(wanted) if set(f.mask.meta.root_names()) <= empty]
    if not constant:
        return list(range(len(wanted)))
    probe = frame.head(1).select(wanted[k][1].mask.fill_null(False).alias(str(k)) for k in constant)
    silent = {k for k in constant if not probe[str(k)][0]}
    return [k for k in range(len(wanted)) if k not in silent]


def _rows(
    frame: pl.DataFrame, found: Sequence[tuple[Rule, Finding, pl.Series]], hidden: frozenset[str]
) -> list[pl.DataFrame]:
    """The rows of all findings that have any (FINDING_SCHEMA), in the order of the findings."""
    if not found:
        return []
    lineage = [name for name in (RECORD_NO, ORDINAL, BYTE_OFFSET) if name in frame.columns]
    at = pl.concat([rows for _, _, rows in found])
    which = np.repeat(np.arange(len(found), dtype=np.uint32), [len(rows) for _, _, rows in found])
    said = pl.DataFrame(
        [(rule.id, finding.item, finding.reason) for rule, finding, _ in found],
        schema={"rule_id": pl.String, "item": pl.String, "reason": pl.String}, orient="row",
    )  # fmt: skip
    texts = pl.concat([_texts(frame, finding, rows, hidden) for _, finding, rows in found])
    table = pl.DataFrame([*(frame[name][at] for name in lineage), *said[pl.Series(which)], *texts])
    return [
        table.select(
            pl.col(RECORD_NO).cast(pl.Int64).alias("record_no"),
            pl.col(ORDINAL).cast(pl.Int32).alias("ordinal"),
            (pl.col(BYTE_OFFSET).cast(pl.Int64) if BYTE_OFFSET in lineage else pl.lit(None, pl.Int64)).alias(
                "byte_offset"
            ),
            *said.columns,
            "before",
            "candidate",
            "evidence",
            pl.col("about").fill_null(""),
            pl.lit(None, pl.Binary).alias("raw_bytes"),
        )
    ]


def _texts(frame: pl.DataFrame, finding: Finding, hit: pl.Series, hidden: frozenset[str]) -> pl.DataFrame:
    """What a finding says of its rows: before, candidate, evidence and about (null for an empty value)."""
    shown = BEFORE + finding.item if BEFORE + finding.item in frame.columns else finding.item
    secret = finding.secret or finding.item in hidden
    candidate = None if secret else finding.candidate
    evidence = finding.evidence
    value = frame[shown][hit].cast(pl.String)
    before = pl.repeat(None, len(hit), dtype=pl.String, eager=True) if secret else value
    if candidate is None and not finding.rows_about and not isinstance(evidence, pl.Expr):
        said = pl.repeat(evidence, len(hit), dtype=pl.String, eager=True)
        nothing = pl.repeat(None, len(hit), dtype=pl.String, eager=True)
        columns = {"before": before, "candidate": nothing, "evidence": said, "about": value}
        return pl.DataFrame([series.alias(name) for name, series in columns.items()])
    expressions = [e for e in (candidate, evidence) if isinstance(e, pl.Expr)]
    needed = {RECORD_NO, shown, *finding.rows_about, *(root for e in expressions for root in e.meta.root_names())}
    about = [pl.col(name).cast(pl.String).fill_null("") for name in (shown, *finding.rows_about)]
    return pl.DataFrame([frame[name][hit] for name in sorted(needed & set(frame.columns))]).select(
        before.alias("before"),
        (pl.lit(None) if candidate is None else candidate).cast(pl.String).alias("candidate"),
        (evidence if isinstance(evidence, pl.Expr) else pl.lit(evidence)).cast(pl.String).alias("evidence"),
        pl.concat_str(about, separator="\x1f").alias("about"),
    )


def without_found(schema_findings: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The safety net's findings on cells no rule has found: a named rule says more than a type check."""
    return schema_findings.join(found, on=["record_no", "ordinal", "item"], how="anti", maintain_order="left")
