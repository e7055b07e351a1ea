"""Where a ledger stands: SQLite beside the data by default, PostgreSQL by URL; both append-only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from char_mapping.errors import DefinitionError

LEDGER_FILE = "ledger.db"
LOCATION_FILE = "ledger.url"

_WRITERS = 0x696B6F75  # "ikou": key of the advisory lock that PostgreSQL's writers take


def remember_location(data_dir: Path, url: str) -> None:
    """Keep beside the data where the project's ledger stands, for commands that are given a run and no project.

    Args:
        data_dir: The project's data folder; made when it is not there and a URL is named.
        url: SQLAlchemy URL without a password; "" is SQLite in the data folder.

    Raises:
        DefinitionError: The URL holds a password, or names a database that is not served.
    """
    path = data_dir / LOCATION_FILE
    if url:
        parsed = sa.make_url(url)
        _check_backend(parsed)
        if parsed.password:
            raise DefinitionError(
                "ikou.toml project.ledger", expected="a URL without a password", found="one with a password",
                todo="Put the password into PGPASSWORD or ~/.pgpass.",
            )
        if not path.is_file() or path.read_text(encoding="utf-8").strip() != url:
            data_dir.mkdir(parents=True, exist_ok=True)
            path.write_text(url + "\n", encoding="utf-8")
    elif path.is_file():
        path.unlink()


def location_of(location: Path | str) -> sa.URL:
    """The database of a data folder, a ``.db`` file or a URL.

    Raises:
        DefinitionError: A database this version does not serve, or a folder that does not exist.
    """
    if isinstance(location, Path) and (location / LOCATION_FILE).is_file():
        location = (location / LOCATION_FILE).read_text(encoding="utf-8").strip()
    if isinstance(location, str) and "://" in location:
        url = sa.make_url(location)
        _check_backend(url)
        if url.get_backend_name() == "postgresql":
            return url.set(drivername="postgresql+psycopg")
        path = Path(url.database or "")
    else:
        path = Path(location)
        path = path / LEDGER_FILE if path.suffix != ".db" else path
    if not path.parent.is_dir():
        raise DefinitionError(str(path), expected="an existing folder", found="none", todo="Make data_dir first.")
    return sa.URL.create("sqlite", database=str(path))


def _check_backend(url: sa.URL) -> None:
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise DefinitionError(
            "ledger URL", expected="sqlite:///<file> or postgresql://<user>@<host>/<database>",
            found=url.get_backend_name(), todo="Leave it out of ikou.toml to use data_dir/ledger.db.",
        )


def exists(location: Path) -> bool:
    """Whether a data folder has a ledger: a file of its own, or the address of a database."""
    return (location / LOCATION_FILE).is_file() or (location / LEDGER_FILE).is_file()


def open_engine(location: Path | str) -> sa.Engine:
    """An engine whose transactions with the option ``appends`` come one after the other.

    Raises:
        DefinitionError: As ``location_of``, or the database does not answer.
    """
    url = location_of(location)
    if url.get_backend_name() == "postgresql":
        engine = sa.create_engine(url, pool_pre_ping=True)
        sa.event.listen(engine, "begin", _lock_for_writing)
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            raise DefinitionError(
                "ledger", expected=f"a database at {url.host}:{url.port or 5432}/{url.database}", found="no answer",
                todo="Start PostgreSQL, or check user, PGPASSWORD and the URL in ikou.toml.",
            ) from None
        return engine
    path = Path(str(url.database))
    if not path.exists():
        # Decisions name people and may hold corrected values: for the owner's eyes only, from the first byte.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    engine = sa.create_engine(url, connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _own_transactions)
    sa.event.listen(engine, "begin", _begin)
    return engine


def make_tables(engine: sa.Engine, metadata: sa.MetaData, append_only: tuple[str, ...]) -> None:
    """Make the tables that are not there, and let the database itself refuse changes to ``append_only`` ones."""
    with engine.execution_options(appends=True).begin() as connection:
        metadata.create_all(connection)
        statements = _postgresql_refusals if engine.dialect.name == "postgresql" else _sqlite_refusals
        for table in append_only:
            for statement in statements(table):
                connection.exec_driver_sql(statement)


def _sqlite_refusals(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_{verb} BEFORE {verb.upper()} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for verb in ("update", "delete")
    ]


def _postgresql_refusals(table: str) -> list[str]:
    return [
        "CREATE OR REPLACE FUNCTION ikou_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_refuses_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ikou_append_only()",
    ]


def _own_transactions(connection: Any, _record: Any) -> None:
    # The driver would begin its transaction only at the first write, after the last hash was read.
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    # A writer locks before it reads the last hash; readers do not wait for each other.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("appends") else "BEGIN")


def _lock_for_writing(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("appends"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
