"""Field rules: CPU time of cleaning and finding over the resident master of a sample city, in all and rule by rule.

The yardstick is one pass of polars that counts the distinct values of every column of the same blocks.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from layouts.conform import conform
from layouts.records.reader import open_source_file
from pipelines.project.loading import load_project
from pipelines.sample_city import make_city
from rules.binding import bind_code_lists, bind_code_maps, bind_standard
from rules.catalogue import RuleSet, load_catalogue
from rules.contract import RuleContext
from rules.engine import clean_block, find_block

_SOURCE = "jumin"


def blocks_of(city: Path, records: int) -> tuple[list[pl.DataFrame], RuleContext]:
    """The resident master as standard rows, block by block, and the context of its group."""
    project = load_project(city)
    (mapping,) = (m for m in project.mappings[_SOURCE] if m.group.id == "resident")
    source = project.sources[_SOURCE]
    items = bind_standard(mapping.group, mapping, source)
    context = RuleContext(
        "001", "resident", _SOURCE, project.as_of, items,
        code_maps=bind_code_maps(project.code_maps), code_lists=bind_code_lists(items),
    )  # fmt: skip
    found = []
    for path in sorted((project.data / "exports").glob(f"*/{_SOURCE}/*.dat")):
        found += [conform(block.table, mapping) for block in open_source_file(source, path, block_records=records)]
    return found, context


def seconds(job: Callable[[], object]) -> float:
    """CPU seconds of this process, all threads together."""
    start = time.process_time()
    job()
    return time.process_time() - start


def _clean(blocks: list[pl.DataFrame], context: RuleContext, rules: RuleSet) -> None:
    for block in blocks:
        clean_block(block.clone(), context, rules)


def _find(blocks: list[pl.DataFrame], context: RuleContext, rules: RuleSet) -> None:
    for block in blocks:
        find_block(block.clone(), context, rules)


def alone(rules: RuleSet, rule_id: str) -> RuleSet:
    """One rule of a set."""
    return RuleSet.select(rules.catalogue, only=frozenset({rule_id}))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="residents of the city (one generation)")
    parser.add_argument("--block", type=int, default=16_384, help="records a block")
    parser.add_argument("--slowest", type=int, default=10, help="rules listed")
    parser.add_argument("--city", type=Path, help="a city made before, kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        city = arguments.city or Path(scratch) / "city"
        if not (city / "ikou.toml").is_file():
            make_city(city, arguments.people, generations=1)
        blocks, context = blocks_of(city, arguments.block)
    rows = sum(block.height for block in blocks)
    rules = RuleSet.select(load_catalogue())
    none = RuleSet(rules.catalogue, (), (), (), {})
    # Once before anything is measured: tables are read and kernels loaded by the first block.
    for block in blocks[:1]:
        find_block(clean_block(block, context, rules).frame, context, rules)
    counting = seconds(lambda: [block.select(pl.all().n_unique()) for block in blocks])
    cleaned: list[pl.DataFrame] = []
    clean = seconds(lambda: cleaned.extend(clean_block(block, context, rules).frame for block in blocks))
    find = seconds(lambda: [find_block(block, context, rules) for block in cleaned])
    scale = 1_000_000 / rows
    print(f"{rows:,} rows in {len(blocks)} blocks, {len(rules.cleans)} cleaning and {len(rules.finds)} finding rules")
    print(f"clean {clean:7.2f} s CPU  {clean * scale:7.1f} s a million rows")
    print(f"find  {find:7.2f} s CPU  {find * scale:7.1f} s a million rows")
    print(f"both  {clean + find:7.2f} s CPU  {(clean + find) * scale:7.1f} s a million rows, "
          f"{(clean + find) * scale / 2:.1f} s on two cores")  # fmt: skip
    print(f"yardstick: distinct values of every column {counting:.2f} s CPU; ratio {(clean + find) / counting:.1f}")
    base_clean = seconds(partial(_clean, blocks, context, none))
    base_find = seconds(partial(_find, cleaned, context, none))
    print(f"reading dates and nothing else: {base_clean:.2f} s of clean, {base_find:.2f} s of find")
    table = []
    for rule_id in sorted({rule.id for rule, _ in (*rules.cleans, *rules.finds)}):
        spent = 0.0
        one = alone(rules, rule_id)
        if one.cleans:
            spent += seconds(partial(_clean, blocks, context, one)) - base_clean
        if one.finds:
            spent += seconds(partial(_find, cleaned, context, one)) - base_find
        table.append((spent, rule_id))
    print(f"the slowest {arguments.slowest}, each alone (what rules share is counted for each):")
    for spent, rule_id in sorted(table, reverse=True)[: arguments.slowest]:
        print(f"  {rule_id}  {spent:6.2f} s CPU  {spent * scale:6.2f} s a million  {rules.catalogue[rule_id].name}")


if __name__ == "__main__":
    main()
