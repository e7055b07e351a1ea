"""Databases through ADBC: a SQLite file as a source, PostgreSQL as an extraction.

Every column is cast to text by the database itself, so that numbers keep all their digits and a SQLite column may hold
values of several types.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.code_systems import CodeSystem, load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.blocks import DecodedBlock
from layouts.records.column_names import check_column_names
from layouts.records.plans import QueryShape
from layouts.records.text_tables import decode_table

_SQLITE_HEAD = b"SQLite format 3\0"


def read_sqlite(
    path: Path, shape: QueryShape, key: tuple[str, ...], system: CodeSystem, block_records: int
) -> Iterator[DecodedBlock]:
    """Decode a table or the rows of a query of a SQLite file, opened so that nothing can be written to it.

    Records are numbered from 1 in the order the query gives; of a table in the order of its rows.

    Raises:
        UnreadableFile: No SQLite file, or other columns than declared.
        DefinitionError: No such table, or a query the database refuses.
    """
    import adbc_driver_sqlite.dbapi as sqlite

    with path.open("rb") as file:
        if file.read(16) != _SQLITE_HEAD:
            raise UnreadableFile(path.name, expected="a SQLite file", found="other first bytes",
                                 todo="Receive the file again (FIL-001).")
    with ExitStack() as stack:
        connection = stack.enter_context(sqlite.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1"))
        cursor = stack.enter_context(connection.cursor())
        query = shape.query or f"SELECT * FROM {_quoted(shape.table or _only_table(cursor, path))}"
        yield from _rows(cursor, query, path.name, shape.columns, key, system, block_records)


def read_postgresql(url: str, query: str, block_records: int) -> Iterator[DecodedBlock]:
    """Decode the rows of a query on a PostgreSQL server, in its order; the transaction can only read.

    Args:
        url: ``postgresql://user@host/database``; the password comes from ``PGPASSWORD`` or ``~/.pgpass``.
        query: One SELECT; name an order, or two extractions of the same rows differ.
        block_records: Rows of a block at most.

    Raises:
        DefinitionError: No connection, or a query the database refuses.
    """
    import adbc_driver_manager
    import adbc_driver_postgresql.dbapi as postgresql

    with ExitStack() as stack:
        try:
            connection = stack.enter_context(postgresql.connect(url))
            cursor = stack.enter_context(connection.cursor())
            cursor.execute("SET TRANSACTION READ ONLY")
        except adbc_driver_manager.Error as error:
            raise DefinitionError("database", expected="a PostgreSQL server that lets us in",
                                  found=type(error).__name__, todo="Check host, user and PGPASSWORD.") from None
        yield from _rows(cursor, query, "database", (), (), load_code_system("utf-8"), block_records)


def _rows(
    cursor: Any, query: str, where: str, declared: tuple[str, ...], key: tuple[str, ...], system: CodeSystem,
    block_records: int,
) -> Iterator[DecodedBlock]:
    import adbc_driver_manager

    query = query.strip().rstrip(";")
    try:
        cursor.execute(f"SELECT * FROM ({query}) AS extracted LIMIT 0")
        names = [column[0] for column in cursor.description]
        check_column_names(names, declared, where)
        texts = ", ".join(f"CAST({_quoted(name)} AS TEXT) AS {_quoted(name)}" for name in names)
        cursor.execute(f"SELECT {texts} FROM ({query}) AS extracted")
    except adbc_driver_manager.Error as error:
        raise DefinitionError(f"{where} query", expected="one SELECT that the database understands",
                              found=type(error).__name__, todo="Try it in the database's own client.") from None
    number = 1
    with cursor.fetch_record_batch() as reader:
        for batch in reader:
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            frame = frame.cast(pl.String)
            for first in range(0, frame.height, block_records):
                part = frame[first : first + block_records]
                numbers = pl.int_range(number, number + part.height, dtype=pl.Int64, eager=True)
                yield decode_table(part, numbers, key, system)
                number += part.height


def _only_table(cursor: Any, path: Path) -> str:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    names = [row[0] for row in cursor.fetchall()]
    if len(names) != 1:
        raise DefinitionError(path.name, expected="one table, or the name of one", found=", ".join(names) or "none",
                              todo="Name the table: format: {table: …} in source.yml, or --query.")
    return str(names[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
