"""What one cell of a standard item must be: the checks of a group as polars expressions, each with its catalogue rule.

Types of the standard (基本データリスト): X half width, N full width, 9 digits, 9V and S9 with ``n,m`` digits, DATE
as YYYY-MM-DD text, TIME as HH:MM:SS, YEAR as YYYY. Lengths count user-perceived characters. An empty text passes like
null: whether an item may be empty is a check of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from char_mapping.text import count_characters
from layouts.codes import code_list_of
from layouts.meanings import Meaning, load_meanings
from layouts.standard_groups import BlankRule, RequiredWhen, StandardGroup, StandardItem

START, END = "0000-01-01", "9999-12-31"
"""An unknown start and no end of a period; the only dates outside the years 0001–9998 that a DATE item may hold."""

_DAY = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_TIME = "^(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])?$"
_YEAR = "^([0-9]{4})?$"
_DIGITS = "^[0-9]*$"
_NUMBER = "^(-?[0-9]+(\\.[0-9]+)?)?$"
_NOT_HALF_WIDTH = "[^ -~｡-ﾟ]"
_HALF_WIDTH = "[ -~｡-ﾟ]"
_REGISTERED = "1"
_JAPANESE, _FOREIGN = "1", "2"


@dataclass(frozen=True)
class CellCheck:
    """One check of one item.

    ``passes`` is true, row by row, where the cell is as it must be (null counts as true unless ``asks_for_value``).
    ``suspect`` is one value for a block: false only when no cell can fail; it is what makes clean blocks cheap.
    ``sign`` is a class of characters without one of which no value fails.
    ``fills`` are the items of which one must be mapped for the check to make sense (required items only).
    """

    item: str
    rule_id: str
    reason: str
    passes: pl.Expr
    suspect: pl.Expr
    asks_for_value: bool = False
    fills: tuple[str, ...] = ()
    sign: str = ""


def checks_of(group: StandardGroup) -> tuple[CellCheck, ...]:
    """All checks of a group, by item in the group's order, the telling one of an item first."""
    meanings = load_meanings()
    found: list[CellCheck] = []
    for item in group.items:
        meaning = meanings[item.meaning]
        if item.code_list and all(one.closed for one in code_list_of(item.code_list)):
            found.append(_code_check(item))
        else:
            found += _type_checks(item, meaning)
            if item.length and item.type in ("", "X", "N"):
                found.append(_length_check(item, length_rule(item, meaning)))
        required = _required_check(item, group)
        if required is not None:
            found.append(required)
        if item.required_when is not None:
            found.append(_conditional_check(item, item.required_when))
    return tuple(found)


def length_rule(item: StandardItem, meaning: Meaning) -> str:
    """The catalogue rule of a value that is too long for its item, by what the item is."""
    if meaning.kind == "postal_code":
        return "ADR-020"
    if meaning.kind == "address" or ".building." in item.meaning:
        return "ADR-027"
    if meaning.kind in ("name", "kana", "roman"):
        return "NAM-023"
    return "NUM-004" if meaning.kind in ("number", "amount", "code") else "MOJ-021"


def is_date_text(text: pl.Expr, *, calendar: str) -> pl.Expr:
    """Whether a text is a date the standard can hold; empty text is.

    Args:
        text: A String expression.
        calendar: ``registry`` and ``by_reason`` let days stand that no calendar has (1975-02-29: dates that must agree
            with the 戸籍); anything else does not. 0000-00-00 is never a date.

    >>> frame = pl.DataFrame({"d": ["1975-02-28", "1975-02-29", "0000-01-01", "0000-00-00", "9999-12-31", ""]})
    >>> frame.select(is_date_text(pl.col("d"), calendar="strict"))["d"].to_list()
    [True, False, True, False, True, True]
    >>> frame.select(is_date_text(pl.col("d"), calendar="registry"))["d"].to_list()
    [True, True, True, False, True, True]
    """
    day = text.str.contains(_DAY) & ~text.str.starts_with("0000-")
    if calendar not in ("registry", "by_reason"):
        day = day & text.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    return day | text.is_in(["", START])


def _code_check(item: StandardItem) -> CellCheck:
    codes = sorted({"", *(code for one in code_list_of(item.code_list) for code in one.labels)})
    return _by_value(item, "COD-001", "not_in_code_list", lambda text: text.is_in(codes))


def _type_checks(item: StandardItem, meaning: Meaning) -> list[CellCheck]:
    column = pl.col(item.name)
    if item.type == "DATE":
        return [_by_value(item, "DAT-008", "not_a_date", lambda text: is_date_text(text, calendar=meaning.calendar))]
    if item.type == "TIME":
        return [_by_value(item, "DAT-022", "not_a_time", lambda text: text.str.contains(_TIME))]
    if item.type == "YEAR":
        return [_by_value(item, "DAT-008", "not_a_year", lambda text: text.str.contains(_YEAR))]
    if item.type == "X":
        wide = column.str.contains(_NOT_HALF_WIDTH)
        return [CellCheck(item.name, "MOJ-018", "full_width_in_x", ~wide, wide.any(), sign=_NOT_HALF_WIDTH)]
    if item.type == "N":
        half = column.str.contains(_HALF_WIDTH)
        return [CellCheck(item.name, "MOJ-018", "half_width_in_n", ~half, half.any(), sign=_HALF_WIDTH)]
    return _number_checks(item) if item.type in ("9", "9V", "S9") else []


def _number_checks(item: StandardItem) -> list[CellCheck]:
    """Leading zeros are no digits of the number: 0001 fits in 9(3), as a host's S9(4) writes 1."""
    shape = ("NUM-007", "not_digits", _DIGITS) if item.type == "9" else ("NUM-005", "not_a_number", _NUMBER)
    checks = [_by_value(item, shape[0], shape[1], lambda text: text.str.contains(shape[2]))]
    if item.length:
        decimals = f"(\\.[0-9]{{1,{item.scale}}})?" if item.scale else ""
        fits = f"^(-?0*[0-9]{{1,{item.length - item.scale}}}{decimals})?$"
        checks.append(_by_value(item, "NUM-004", "too_many_digits", lambda text: text.str.contains(fits)))
    if item.type == "9V":
        checks.append(_by_value(item, "NUM-006", "negative", lambda text: ~text.str.starts_with("-")))
    return checks


def _by_value(item: StandardItem, rule_id: str, reason: str, passes: Callable[[pl.Expr], pl.Expr]) -> CellCheck:
    """A check that looks at nothing but the value, so that a block is suspect when one of its distinct values is."""
    column = pl.col(item.name)
    return CellCheck(item.name, rule_id, reason, passes(column), (~passes(column.unique())).any())


def _length_check(item: StandardItem, rule_id: str) -> CellCheck:
    column = pl.col(item.name)
    # Bytes and code points are never fewer than perceived characters, so a block within the limit by either is clean.
    return CellCheck(item.name, rule_id, "too_long", count_characters(column) <= item.length,
                     (column.str.len_chars().max() > item.length).fill_null(False))


def _required_check(item: StandardItem, group: StandardGroup) -> CellCheck | None:
    if item.blank_not_allowed is not None:
        rule = item.blank_not_allowed
        wanted = rule.any_of or (item.name,)
        passes = ~_applies(rule, group) | pl.any_horizontal([_filled(name) for name in wanted])
        if item.unknown_flag is not None:
            passes = passes | pl.col(item.unknown_flag).eq_missing(pl.lit(_REGISTERED))
        return _asking(item, "NUL-001", "blank", passes, wanted)
    if item.key:
        return _asking(item, "NUL-001", "blank_key", _filled(item.name), (item.name,))
    if item.required:
        return _asking(item, "NUL-002", "blank", _filled(item.name), (item.name,))
    return None


def _conditional_check(item: StandardItem, rule: RequiredWhen) -> CellCheck:
    """条件付き必須 as a named rule: the condition looks at one other item of the row."""
    other = pl.col(rule.item)
    applies = other.fill_null("").is_in(list(rule.in_)) if rule.in_ else _filled(rule.item)
    return _asking(item, "NUL-002", rule.name, ~applies | _filled(item.name), (item.name,))


def _asking(item: StandardItem, rule_id: str, reason: str, passes: pl.Expr, fills: tuple[str, ...]) -> CellCheck:
    return CellCheck(item.name, rule_id, reason, passes, (~passes).any(), asks_for_value=True, fills=fills)


def _filled(name: str) -> pl.Expr:
    return pl.col(name).is_not_null() & (pl.col(name).fill_null("") != "")


def _applies(rule: BlankRule, group: StandardGroup) -> pl.Expr:
    """Whether 空欄不可 is asked of a row: by 住民種別 and, for 除票, 住民状態."""
    by_meaning = {item.meaning: item.name for item in group.items}
    applies = pl.lit(True)
    if rule.persons != "all":
        kind = pl.col(by_meaning["person.kind"])
        applies = applies & kind.eq_missing(pl.lit(_JAPANESE if rule.persons == "japanese" else _FOREIGN))
    if rule.except_removed:
        applies = applies & pl.col(by_meaning["person.status"]).eq_missing(pl.lit(_REGISTERED))
    return applies
