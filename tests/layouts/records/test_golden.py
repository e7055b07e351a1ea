"""Golden cases: copybook + bytes → records as JSON lines + what is at fault. ``golden/README`` says how to read one."""

from __future__ import annotations

import io
import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from layouts.records.blocks import DecodedBlock
from layouts.records.nesting import nested_columns
from layouts.records.option_plans import plan_of_options
from layouts.records.plans import DecodingPlan, ParentSegment, WorkbookShape
from layouts.records.reader import open_planned_file

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(p.name for p in GOLDEN.iterdir() if p.is_dir())


def plan_of(case: Path) -> DecodingPlan:
    """The plan of ``options.toml``: the options of ``ikou convert``, ``key`` and ``block`` of a source definition."""
    options: dict[str, Any] = tomllib.loads((case / "options.toml").read_text(encoding="utf-8"))
    charset, key, block = options.pop("charset"), tuple(options.pop("key", ())), options.pop("block", {})
    options["parents"] = tuple(ParentSegment(p["record"], tuple(p["items"])) for p in options.get("parents", ()))
    for name in ("record_type", "raw_bytes"):
        options[name] = tuple(options.get(name, ()))
    copybook = case / "copybook.cpy" if (case / "copybook.cpy").is_file() else None
    numbers = frozenset(options.pop("text_columns", ()))
    plan = plan_of_options(copybook, charset, **options)
    if isinstance(plan.tabular, WorkbookShape):
        plan = replace(plan, tabular=replace(plan.tabular, text_columns=numbers))
    return replace(plan, key=key, framing=plan.framing and replace(plan.framing, **block))


def data_of(case: Path) -> bytes:
    lines = (case / "data.hex").read_text(encoding="utf-8").splitlines()
    return bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


def records_text(plan: DecodingPlan, blocks: list[DecodedBlock]) -> str:
    out = io.BytesIO()
    for block in blocks:
        raw = block.table.select(pl.col("^_raw_bytes.*$").bin.encode("hex"))
        if plan.copybook is None:
            block.table.select(pl.exclude("^_.*$")).hstack(raw).write_ndjson(out)
        else:
            above = [name for parent in plan.parents for name in parent.columns()]
            block.table.select(*above, *nested_columns(plan.layout)).hstack(raw).write_ndjson(out)
    return out.getvalue().decode("utf-8")


def faults_text(blocks: list[DecodedBlock]) -> str:
    rows: list[dict[str, Any]] = []
    for block in blocks:
        rows += [{"control": row} for row in block.control]
        for frame in (block.faults, block.apart):
            for row in frame.iter_rows(named=True):
                rows.append({k: v.hex() if isinstance(v, bytes) else v for k, v in row.items()})
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.mark.parametrize("name", CASES)
def test_golden_case(name: str, tmp_path: Path) -> None:
    case = GOLDEN / name
    plan = plan_of(case)
    path = tmp_path / "data"
    path.write_bytes(data_of(case))
    blocks = list(open_planned_file(plan, path, block_records=1000))
    assert records_text(plan, blocks) == (case / "expected.jsonl").read_text(encoding="utf-8")
    assert faults_text(blocks) == (case / "faults.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_block_size_changes_nothing(name: str, tmp_path: Path) -> None:
    case = GOLDEN / name
    plan = plan_of(case)
    path = tmp_path / "data"
    path.write_bytes(data_of(case))
    whole = list(open_planned_file(plan, path, block_records=1000))
    parts = list(open_planned_file(plan, path, block_records=2))
    assert records_text(plan, parts) == records_text(plan, whole)
    assert sorted(faults_text(parts).splitlines()) == sorted(faults_text(whole).splitlines())
