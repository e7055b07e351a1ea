"""Tables that hold text already: Parquet, Arrow, SQLite, PostgreSQL."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.blocks import DecodedBlock
from layouts.records.databases import read_postgresql
from layouts.records.plans import ColumnarShape, DecodingPlan, QueryShape
from layouts.records.reader import open_planned_file

FRAME = pl.DataFrame({
    "番号": ["001", None, "003 ", "  ", "005"],
    "額": [decimal.Decimal("1.50"), None, decimal.Decimal("-12345678901234.05"), decimal.Decimal(0), None],
    "数": [1, 2, 9007199254740993, None, -5],
    "日": [dt.date(1975, 1, 31), None, None, None, None],
    "時": [dt.datetime(2026, 1, 2, 3, 4, 5), None, None, None, None],
    "可": [True, False, None, None, None],
    "名": ["髙橋", "a\x1fb", "𠮷", None, "　"],
})


def read(
    path: Path, shape: ColumnarShape | QueryShape, *, block: int = 2, key: tuple[str, ...] = ()
) -> list[DecodedBlock]:
    plan = DecodingPlan(load_code_system("utf-8"), key=key, tabular=shape)
    return list(open_planned_file(plan, path, block_records=block))


def write(path: Path, frame: pl.DataFrame) -> Path:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_ipc(path, compat_level=pl.CompatLevel.oldest())
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_values_of_every_type_become_exact_text(tmp_path: Path, suffix: str) -> None:
    blocks = read(write(tmp_path / f"a{suffix}", FRAME), ColumnarShape(tuple(FRAME.columns)))
    assert [b.table.height for b in blocks] == [2, 2, 1]
    assert pl.concat([b.table for b in blocks]).rows() == [
        (1, 0, "001", "1.50", "1", "1975-01-31", "2026-01-02T03:04:05.000000", "true", "髙橋"),
        (2, 0, None, None, "2", None, None, "false", "a\x1fb"),
        (3, 0, "003", "-12345678901234.05", "9007199254740993", None, None, None, "𠮷"),
        (4, 0, None, "0.00", None, None, None, None, None),
        (5, 0, "005", None, "-5", None, None, None, None),
    ]
    assert blocks[0].faults.select("record_no", "item", "fault").rows() == [(2, "名", "control_character")]
    counts = {(item, kind): n for b in blocks for item, kind, n in b.counts.iter_rows() if n}
    assert counts["番号", "blank"] == counts["番号", "trimmed"] == 1
    assert counts["名", "wide_blank"] == 1


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_records_without_a_key_are_isolated_in_every_block(tmp_path: Path, suffix: str) -> None:
    blocks = read(write(tmp_path / f"a{suffix}", FRAME), ColumnarShape(), key=("番号",))
    apart = pl.concat([b.apart for b in blocks])
    assert apart.select("record_no", "fault").rows() == [(2, "blank"), (4, "blank")]
    assert apart["raw_bytes"].to_list() == [b"\t\t2\t\t\tfalse\ta\x1fb", b"  \t0.00\t\t\t\t\t"]


def test_other_columns_than_declared_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="among them 氏名, found 7 columns"):
        read(write(tmp_path / "a.parquet", FRAME), ColumnarShape((*FRAME.columns, "氏名")))


def test_a_column_of_lists_is_unreadable(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", pl.DataFrame({"n": ["1"], "l": [[1, 2]]}))
    with pytest.raises(UnreadableFile, match=r"column l: expected texts, numbers, dates or times"):
        read(path, ColumnarShape())


@pytest.mark.parametrize("data", [b"PAR1 and then nothing", b"ARROW1 and then nothing", b"", b"a,b\n"])
def test_damaged_tables_are_unreadable(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"a.parquet: expected a"):
        read(path, ColumnarShape())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE 住民 (番号 TEXT, 額 NUMERIC, 名 TEXT, "列""名" ANY)')
        connection.executemany("INSERT INTO 住民 VALUES (?, ?, ?, ?)", [
            ("001", 15, "髙橋", 1), ("002", 9007199254740993, "𠮷 ", "text"), (None, None, "名無し", 2.5),
        ])
    connection.close()
    return path


@pytest.mark.parametrize("shape", [
    QueryShape(), QueryShape("住民"), QueryShape(query="SELECT * FROM 住民;"),
    QueryShape("住民", columns=("番号", "額", "名", '列"名')),
])
def test_a_sqlite_table_comes_as_text(database: Path, shape: QueryShape) -> None:
    before = database.read_bytes()
    blocks = read(database, shape, key=("番号",))
    assert pl.concat([b.table for b in blocks]).rows() == [
        (1, 0, "001", "15", "髙橋", "1"), (2, 0, "002", "9007199254740993", "𠮷", "text"),
    ]
    assert pl.concat([b.apart for b in blocks]).select("record_no", "fault").rows() == [(3, "blank")]
    assert database.read_bytes() == before
    assert [p.name for p in database.parent.iterdir()] == ["a.db"]


@pytest.mark.parametrize(("shape", "message"), [
    (QueryShape("無い"), "a.db query: expected one SELECT that the database understands"),
    (QueryShape(query="DELETE FROM 住民"), "a.db query: expected one SELECT"),
])
def test_a_query_that_the_database_refuses_is_a_definition_error(
    database: Path, shape: QueryShape, message: str
) -> None:
    with pytest.raises(DefinitionError, match=message):
        read(database, shape)


def test_a_file_that_is_no_sqlite_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"no database")
    with pytest.raises(UnreadableFile, match="expected a SQLite file"):
        read(path, QueryShape("t"))


def _server_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of its own, which only this test run can reach."""
    programs = _server_programs()
    if programs is None:
        if os.environ.get("IKOU_REQUIRE_TOOLS") == "1":
            pytest.fail("postgresql is missing")
        pytest.skip("PostgreSQL (Debian: postgresql) is not installed")
    folder = tmp_path_factory.mktemp("postgresql")
    as_user: list[str] = []
    if os.geteuid() == 0:
        # initdb refuses root; the server's own folder belongs to the user that Debian made for it.
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        for place in (folder, *folder.parents[:2]):
            place.chmod(0o755)
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, log = folder / "data", folder / "log"
    initdb: list[str | Path] = [
        programs / "initdb", "-D", data, "-A", "trust", "-U", "ikou", "--no-sync", "-E", "UTF8", "--locale=C",
    ]
    subprocess.run([*as_user, *initdb], check=True, capture_output=True, cwd="/")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
    subprocess.run([*as_user, programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        yield f"postgresql://ikou@127.0.0.1:{port}/postgres"
    finally:
        stop: list[str | Path] = [programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
        subprocess.run([*as_user, *stop], check=True, capture_output=True, cwd="/")


def test_a_query_on_postgresql_comes_as_text(server: str) -> None:
    query = """
        SELECT * FROM (VALUES
            ('001', 1234567890123456789.05::numeric, DATE '1975-01-31', TRUE, '髙橋 ', ARRAY[1, 2]),
            ('002', NULL, NULL, FALSE, E'a\\tb', NULL)
        ) AS 住民 (番号, 額, 日, 可, 名, 列) ORDER BY 番号;"""
    blocks = list(read_postgresql(server, query, 1))
    assert pl.concat([b.table for b in blocks]).rows() == [
        (1, 0, "001", "1234567890123456789.05", "1975-01-31", "true", "髙橋", "{1,2}"),
        (2, 0, "002", None, None, "false", "a\tb", None),
    ]


@pytest.mark.parametrize("query", ["CREATE TABLE t (a int)", "SELECT * FROM no_such_table"])
def test_postgresql_is_only_read(server: str, query: str) -> None:
    with pytest.raises(DefinitionError, match="database query: expected one SELECT"):
        list(read_postgresql(server, query, 10))


def test_a_server_that_is_not_there_is_a_definition_error() -> None:
    with pytest.raises(DefinitionError, match="expected a PostgreSQL server that lets us in"):
        list(read_postgresql("postgresql://ikou@127.0.0.1:1/none", "SELECT 1", 10))
