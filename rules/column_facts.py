"""What is known of the columns of a block as a whole: asked once, remembered as long as the frame lives.

Many rules ask the same of a column before they look at its rows (which characters does it hold, which reasons have its
dates). All rules of a stage see one frame, so the first answer serves them all; what a cleaning step leaves alone is
handed on to the next frame. A fact is a function of the column's values: remembering it never shows in a result.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Hashable
from typing import Any, TypeVar

import polars as pl

Fact = TypeVar("Fact")

# Keyed by identity and forgotten with the frame; threads work on frames of their own.
_known: dict[int, dict[str, dict[Hashable, Any]]] = {}
_empty: dict[int, frozenset[str]] = {}


def _facts(block: pl.DataFrame) -> dict[str, dict[Hashable, Any]]:
    key = id(block)
    if key not in _known:
        _known[key] = {}
        weakref.finalize(block, _known.pop, key, None)
    return _known[key]


def fact_of(block: pl.DataFrame, column: str, question: Hashable, ask: Callable[[pl.Series], Fact]) -> Fact:
    """The answer to a question about a column of a block.

    Args:
        block: The block; never changed in place.
        column: Its column.
        question: What is asked; the same question always with the same ``ask``.
        ask: Answers from the column's values alone.
    """
    facts = _facts(block).setdefault(column, {})
    if question not in facts:
        facts[question] = ask(block[column])
    answer: Fact = facts[question]
    return answer


def hand_on(before: pl.DataFrame, after: pl.DataFrame, changed: Collection[str] = ()) -> None:
    """Tell ``after`` what is known of ``before``: a frame of the same rows, with other values in ``changed`` only."""
    if after is before:
        return
    _facts(after).update({column: facts for column, facts in _facts(before).items() if column not in changed})
    if id(before) in _empty:
        known = set(before.columns).difference(changed)
        asked = [column for column in after.columns if column not in known]
        _remember_empty(after, _without_values(after, asked) | (_empty[id(before)] & known).intersection(after.columns))


def is_empty(block: pl.DataFrame, column: str) -> bool:
    """Whether no row of a column has a value."""
    return column in empty_columns(block)


def empty_columns(block: pl.DataFrame) -> frozenset[str]:
    """The columns in which no row has a value."""
    if id(block) not in _empty:
        _remember_empty(block, _without_values(block, block.columns))
    return _empty[id(block)]


def _without_values(block: pl.DataFrame, columns: Collection[str]) -> frozenset[str]:
    return frozenset(column for column in columns if block[column].null_count() == block.height)


def _remember_empty(block: pl.DataFrame, columns: frozenset[str]) -> None:
    if id(block) not in _empty:
        weakref.finalize(block, _empty.pop, id(block), None)
    _empty[id(block)] = columns
