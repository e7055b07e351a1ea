"""Schemas: 40 checks over 20 columns of a million rows, every contender naming (row, column, rule) of what fails.

Contenders: the schemas rules/schema builds (pandera), one plain polars select (the yardstick), and dataframely where it
can be imported (a throw-away environment: it is no dependency). A canary block in which every check must fail guards
against a contender that checks nothing.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import polars as pl

from char_mapping.text import count_characters
from layouts.standard_groups import StandardGroup, StandardItem
from rules.contract import BoundItem, RuleContext
from rules.schema import group_schema, schema_findings
from rules.schema.cell_checks import CellCheck, is_date_text

BLOCK = 65_536
CODES = [f"{n:02d}" for n in range(40)]
OTHER_CODES = [f"{n:02d}" for n in range(60)]
HALF, WIDE = "[ -~｡-ﾟ]", "[^ -~｡-ﾟ]"

Found = pl.DataFrame
Contender = Callable[[pl.DataFrame], Found]


def conditions(name: str, kind: str) -> list[tuple[str, pl.Expr]]:
    """The two checks of a column: rule name and what holds where the cell is right."""
    cell = pl.col(name)
    if kind == "text":
        return [("width", ~cell.str.contains(HALF)), ("length", count_characters(cell) <= 20)]
    if kind == "digits":
        return [("digits", cell.str.contains("^[0-9]*$")), ("fits", cell.str.contains("^(0*[0-9]{1,9})?$"))]
    if kind == "code":
        return [("code", cell.is_in(CODES)), ("other_code", cell.is_in(OTHER_CODES))]
    return [("date", is_date_text(cell, calendar="strict")), ("known", ~cell.is_in(["0000-01-01"]))]


KINDS = ["text"] * 8 + ["digits"] * 4 + ["code"] * 4 + ["date"] * 4
COLUMNS = [f"c{n:02d}" for n in range(len(KINDS))]
CHECKS = [(name, rule, holds) for name, kind in zip(COLUMNS, KINDS, strict=True)
          for rule, holds in conditions(name, kind)]
GOOD = {"text": "東京都千代田区霞が関　見本太郎", "digits": "0123456", "code": "07", "date": "1990-02-03"}
BAD = {"text": "ﾐﾎﾝ" * 8, "digits": "12a4567890123", "code": "ZZ", "date": "1990-02-31"}


def table(rows: int, failures: float, seed: int = 1) -> pl.DataFrame:
    """Rows of good cells with a share of bad ones; the good ones vary, so that no column is one repeated value."""
    chance = random.Random(seed)
    columns = {}
    for name, kind in zip(COLUMNS, KINDS, strict=True):
        good = [variant(GOOD[kind], kind, n) for n in range(997)]
        picks = chance.choices(range(997), k=rows)
        values = pl.Series(good, dtype=pl.String).gather(picks)
        if failures:
            wrong = pl.Series([chance.random() < failures for _ in range(rows)])
            values = values.zip_with(~wrong, pl.Series([BAD[kind]], dtype=pl.String).new_from_index(0, rows))
        columns[name] = values
    return pl.DataFrame(columns)


def variant(text: str, kind: str, number: int) -> str:
    if kind == "text":
        return text + "一二三四五六七八九"[number % 9]
    if kind == "digits":
        return f"{number * 9973 % 10 ** 9:09d}"
    return CODES[number % 40] if kind == "code" else f"19{number % 90 + 10}-0{number % 9 + 1}-{number % 28 + 1:02d}"


def blocks(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for start in range(0, frame.height, BLOCK):
        yield frame.slice(start, BLOCK)


def raw(block: pl.DataFrame) -> Found:
    """One select of 40 masks, then the rows of each that fails."""
    masks = block.select((~holds.fill_null(True)).alias(str(n)) for n, (_, _, holds) in enumerate(CHECKS))
    parts = [pl.DataFrame({"row": masks[str(n)].arg_true(), "column": name, "rule": rule},
                          {"row": pl.UInt32, "column": pl.String, "rule": pl.String})
             for n, (name, rule, _) in enumerate(CHECKS)]
    return pl.concat(parts)


def built() -> Contender:
    """rules/schema as it ships, with these 40 checks in place of a layout's."""
    items = tuple(StandardItem.model_validate({"id": name, "name": name, "meaning": "none", "confidence": "A",
                                               "basis": "b"}) for name in COLUMNS)
    group = StandardGroup.model_validate({"family": "kihon_data_list", "edition": "e", "area": "001", "group": "g",
                                          "label": "g", "source": "s", "licence": "l", "items": items})
    checks = tuple(CellCheck(name, "MOJ-018", rule, holds, suspect(name, rule, holds)) for name, rule, holds in CHECKS)
    vars(group_schema)["checks_of"] = lambda _: checks
    context = RuleContext(area="001", group="g", source="s", as_of=date(2026, 4, 1),
                          items=tuple(BoundItem(name, "none", "text", source_item=name) for name in COLUMNS))

    def run(block: pl.DataFrame) -> Found:
        frame = block.with_columns(pl.int_range(1, block.height + 1, dtype=pl.Int64).alias("_record_no"),
                                   pl.lit(0, pl.Int32).alias("_ordinal"), pl.lit(0, pl.Int64).alias("_byte_offset"))
        found = schema_findings(frame, group, context)
        return found.select(pl.col("record_no").alias("row"), pl.col("item").alias("column"),
                            pl.col("reason").alias("rule"))

    return run


def suspect(name: str, rule: str, holds: pl.Expr) -> pl.Expr:
    """The cheap question of a check, as cell_checks asks it: by distinct values, or by the longest text."""
    if rule == "length":
        return (pl.col(name).str.len_chars().max() > 20).fill_null(False)
    if rule == "width":
        return (~holds).any()
    kind = KINDS[COLUMNS.index(name)]
    distinct = dict(conditions(name, kind))[rule]
    return (~distinct.meta.undo_aliases()).any() if kind == "text" else (~_over_unique(name, kind, rule)).any()


def _over_unique(name: str, kind: str, rule: str) -> pl.Expr:
    values = pl.col(name).unique()
    if kind == "digits":
        return values.str.contains("^[0-9]*$" if rule == "digits" else "^(0*[0-9]{1,9})?$")
    if kind == "code":
        return values.is_in(CODES if rule == "code" else OTHER_CODES)
    return is_date_text(values, calendar="strict") if rule == "date" else ~values.is_in(["0000-01-01"])


def dataframely() -> Contender | None:
    """``filter`` and ``details`` of dataframely, turned into the same rows; None where it is not there."""
    try:
        dy: Any = importlib.import_module("dataframely")  # no dependency of ikou
    except ImportError:
        return None
    columns = {}
    for name, kind in zip(COLUMNS, KINDS, strict=True):
        checks = {rule: (lambda cell, kind=kind, rule=rule: dict(over(cell, kind))[rule])
                  for rule, _ in conditions(name, kind)}
        columns[name] = dy.String(nullable=True, check=checks)
    schema: Any = type("Rows", (dy.Schema,), columns)

    def run(block: pl.DataFrame) -> Found:
        _, failure = schema.filter(block.with_row_index("_row").drop("_row"))
        details: pl.DataFrame = failure.details()
        rules = [name for name in details.columns if "|" in name]
        long = details.with_row_index("row").select("row", *rules).unpivot(rules, index="row")
        wrong = long.filter(pl.col("value").cast(pl.String) == "invalid")
        parts = pl.col("variable").str.split_exact("|", 1)
        return wrong.select("row", parts.struct[0].alias("column"), parts.struct[1].alias("rule"))

    return run


def over(cell: pl.Expr, kind: str) -> list[tuple[str, pl.Expr]]:
    if kind == "text":
        return [("width", ~cell.str.contains(HALF)), ("length", count_characters(cell) <= 20)]
    if kind == "digits":
        return [("digits", cell.str.contains("^[0-9]*$")), ("fits", cell.str.contains("^(0*[0-9]{1,9})?$"))]
    if kind == "code":
        return [("code", cell.is_in(CODES)), ("other_code", cell.is_in(OTHER_CODES))]
    return [("date", is_date_text(cell, calendar="strict")), ("known", ~cell.is_in(["0000-01-01"]))]


def canary(name: str, contender: Contender) -> None:
    """A block of nothing but bad cells: every column must be found in every row."""
    frame = pl.DataFrame({column: [BAD[kind]] * 10 for column, kind in zip(COLUMNS, KINDS, strict=True)})
    found = contender(frame)
    if found.select("row", "column").unique().height != 10 * len(COLUMNS):
        sys.exit(f"{name} checks nothing: the canary block passed")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    contenders: dict[str, Contender] = {"polars select": raw, "rules/schema (pandera)": built()}
    other = dataframely()
    if other is not None:
        contenders["dataframely filter + details"] = other
    for name, contender in contenders.items():
        canary(name, contender)
    print(f"{asked.rows:,} rows x {len(COLUMNS)} columns, {len(CHECKS)} checks, blocks of {BLOCK:,}; CPU seconds")
    for failures in (0.0, 0.01, 0.2):
        frame = table(asked.rows, failures)
        spent: dict[str, float] = {}
        found: dict[str, int] = {}
        for _ in range(asked.rounds):
            for name, contender in contenders.items():
                start = time.process_time()
                count = sum(contender(block).height for block in blocks(frame))
                took = time.process_time() - start
                spent[name] = min(took, spent.get(name, took))
                found[name] = count
        first = spent["polars select"]
        for name, seconds in spent.items():
            print(f"{failures:4.0%}  {name:30} {seconds:7.2f}  {seconds / first:5.2f}x  {found[name]:>9,} found")


if __name__ == "__main__":
    main()
