"""OCCURS DEPENDING ON as the reader takes it: three readings, tables in tables, and counters out of range."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.records.blocks import DecodedBlock
from layouts.records.option_plans import plan_of_options
from layouts.records.plans import DecodingPlan, OdoReading
from layouts.records.reader import open_planned_file
from layouts.records.writer import RecordWriter

NESTED = """\
       01  R.
           05  N                   PIC 9.
           05  M                   PIC 9.
           05  T OCCURS 0 TO 3 DEPENDING ON N.
               10  A               PIC X(2).
               10  U OCCURS 0 TO 2 DEPENDING ON M.
                   15  B           PIC 9(3).
           05  C                   PIC X(4).
"""
LENGTH = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("odo")
    (path / "n.cpy").write_text(NESTED, encoding="utf-8")
    return path


def plan_for(folder: Path, odo: OdoReading) -> DecodingPlan:
    return plan_of_options(
        folder / "n.cpy", "ascii", framing="rdw" if odo == "shifted" else "fixed", odo=odo, dialect="gnucobol"
    )


def record(n: int, m: int, odo: OdoReading) -> tuple[bytes, dict[str, str | None]]:
    """The bytes of a record and its cells, made without any of our code."""
    cells: dict[str, str | None] = {"N": str(n), "M": str(m)}
    body = b""
    for outer in (1, 2, 3):
        there = outer <= n
        cells[f"T({outer}).A"] = f"a{outer}" if there else None
        row = f"a{outer}".encode()
        for inner in (1, 2):
            both = there and inner <= m
            cells[f"T({outer}).U({inner}).B"] = f"{outer}{inner}7" if both else None
            if both:
                row += f"{outer}{inner}7".encode()
            elif odo == "reserved":
                row += b"???"
        if there:
            body += row
        elif odo == "reserved":
            body += b"?" * 8
    cells["C"] = f"c{n}{m}z"
    data = f"{n}{m}".encode() + body + f"c{n}{m}z".encode()
    return (data.ljust(LENGTH, b" ") if odo == "padded" else data), cells


def read(folder: Path, data: bytes, plan: DecodingPlan, block: int) -> list[DecodedBlock]:
    path = folder / "n.dat"
    path.write_bytes(data)
    return list(open_planned_file(plan, path, block_records=block))


def framed(record: bytes, odo: OdoReading) -> bytes:
    return (len(record) + 4).to_bytes(2, "big") + b"\0\0" + record if odo == "shifted" else record


@pytest.mark.parametrize("odo", ["shifted", "reserved", "padded"])
@given(
    counts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=12), block=st.integers(1, 5)
)
@settings(max_examples=30)
def test_tables_in_tables_are_read_and_written_in_the_three_readings(
    folder: Path, odo: OdoReading, counts: list[tuple[int, int]], block: int
) -> None:
    plan = plan_for(folder, odo)
    made = [record(n, m, odo) for n, m in counts]
    blocks = read(folder, b"".join(framed(data, odo) for data, _ in made), plan, block)
    table = pl.concat([b.table for b in blocks]).drop("_record_no", "_byte_offset")
    assert table.rows(named=True) == [{name: cells[name] for name in table.columns} for _, cells in made]
    assert sum(b.faults.height + b.apart.height for b in blocks) == 0
    counted = {(item, kind): n for b in blocks for item, kind, n in b.counts.iter_rows() if item == "T(3).A"}
    assert counted["T(3).A", "cell"] == sum(n == 3 for n, _ in counts[-len(blocks[-1].table) :])
    if odo != "reserved":
        assert plan.copybook is not None
        written = RecordWriter(plan.copybook, plan.system, odo=odo).write(
            table, framing="rdw" if odo == "shifted" else "none"
        )
        assert written == b"".join(framed(data, odo) for data, _ in made)


@pytest.mark.parametrize("odo", ["shifted", "reserved", "padded"])
@pytest.mark.parametrize(("counter", "name"), [(b"40", "N"), (b"x0", "N"), (b" 0", "N")])
def test_a_counter_out_of_range_isolates_its_record_alone(
    folder: Path, odo: OdoReading, counter: bytes, name: str
) -> None:
    good, _ = record(1, 1, odo)
    bad = counter + good[2:]
    blocks = read(folder, b"".join(framed(data, odo) for data in (good, bad, good)), plan_for(folder, odo), 10)
    assert pl.concat([b.table for b in blocks])["_record_no"].to_list() == [1, 3]
    apart = pl.concat([b.apart for b in blocks])
    assert apart.select("record_no", "fate", "fault", "item", "raw_bytes").rows() == [
        (2, "isolated", "odo_out_of_range", name, bad),
    ]
