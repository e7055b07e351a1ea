"""Try one rule on a few rows: what the examples in rule modules and the tests of rules run.

A trial builds the smallest block and context a rule can run in, and runs it through the engine, so that an
example shows what a real run would do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from layouts.meanings import load_meanings
from rules.catalogue import Rule, RuleSet, load_catalogue
from rules.contract import BYTE_OFFSET, ORDINAL, RECORD_NO, BoundItem, Change, CodeMap, Finding, RuleContext
from rules.engine import CleanResult, clean_block, find_block

AS_OF = date(2026, 4, 1)


def bound(name: str, meaning: str, **known: Any) -> BoundItem:
    """An item bound to a meaning of layouts/meanings.csv; ``known`` sets or overrides any field."""
    found = load_meanings()[meaning]
    item = BoundItem(
        name=name,
        meaning=meaning,
        kind=found.kind,
        calendar=found.calendar,
        unknown_allowed=found.unknown_allowed,
        tense=found.tense,
        certified=found.certified,
    )
    return replace(item, **known)


def context(items: Sequence[BoundItem], **known: Any) -> RuleContext:
    """A context of area 001 on 2026-04-01; ``known`` sets or overrides any field."""
    return replace(RuleContext("001", "resident", "jumin", AS_OF, tuple(items)), **known)


def block(columns: Mapping[str, Sequence[str | None]]) -> pl.DataFrame:
    """Text columns with the lineage of records 1, 2, 3 …"""
    height = max((len(values) for values in columns.values()), default=0)
    return pl.DataFrame(
        {
            RECORD_NO: pl.Series(range(1, height + 1), dtype=pl.Int64),
            BYTE_OFFSET: pl.Series([100 * k for k in range(height)], dtype=pl.Int64),
            ORDINAL: pl.Series([0] * height, dtype=pl.Int32),
            **{name: pl.Series(values, dtype=pl.String) for name, values in columns.items()},
        }
    )


def _rule_of(function: Callable[..., Any]) -> Rule:
    return next(rule for rule in load_catalogue() if function.__module__ in rule.modules)


def _alone(rule: Rule, verb: str, function: Callable[..., Any]) -> RuleSet:
    lists = {"clean": (), "find": (), verb: ((rule, function),)}
    return RuleSet(load_catalogue(), cleans=lists["clean"], finds=lists["find"], wholes=(), off={})


def try_find(
    find: Callable[[pl.DataFrame, RuleContext], list[Finding]],
    columns: Mapping[str, Sequence[str | None]],
    *items: BoundItem,
    **known: Any,
) -> list[tuple[str | None, str, str | None]]:
    """Run one finding rule: (before, reason, candidate) of each finding, by row."""
    found = find_block(block(columns), context(items, **known), _alone(_rule_of(find), "find", find))
    return [(row["before"], row["reason"], row["candidate"]) for row in found.iter_rows(named=True)]


def try_clean(
    clean: Callable[[pl.DataFrame, RuleContext], list[Change]],
    columns: Mapping[str, Sequence[str | None]],
    *items: BoundItem,
    **known: Any,
) -> dict[str, list[str | None]]:
    """Run one cleaning rule: the columns afterwards."""
    result = clean_alone(clean, columns, *items, **known)
    return {name: result.frame[name].to_list() for name in columns}


def clean_alone(
    clean: Callable[[pl.DataFrame, RuleContext], list[Change]],
    columns: Mapping[str, Sequence[str | None]],
    *items: BoundItem,
    **known: Any,
) -> CleanResult:
    """Run one cleaning rule: everything the engine returns."""
    rules = _alone(_rule_of(clean), "clean", clean)
    return clean_block(block(columns), context(items, **known), rules)


def code_map(standard: Mapping[str, str], variants: Mapping[str, str] | None = None, **ignored: str) -> CodeMap:
    """A code map named ``map``; ``ignored`` by keyword are codes that carry nothing."""
    return CodeMap("map", standard, dict(variants or {}), ignored)
