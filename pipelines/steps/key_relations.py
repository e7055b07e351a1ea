"""Link & check: rules over whole relations (uniqueness, duplicates, references), out of core in DuckDB.

The relations are views over the run's key files by meaning, so the same rules run whether the keys come from
standard items or, with ``--source-only``, from source items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

LINEAGE = ("area", "group_id", "source", "file", "record_no", "byte_offset", "subject")
VIEWS = {
    "persons": ("person.number", "person.name"),
    "support": ("person.number", "support.start_date"),
    "addressees": ("person.number", "addressee.business"),
    "accounts": ("person.number", "account.number"),
    "corporations": ("person.number", "corporation.name"),
}
"""View → meanings a key file must hold to be part of it. A list of support measures names people and is no register of
them: it never is part of ``persons``."""
IN_KEYS = frozenset(
    {
        *(
            f"person.{part}"
            for part in (
                "number",
                "my_number",
                "resident_code",
                "history_number",
                "history_branch",
                "latest",
                "household_number",
                "kind",
                "status",
                "deleted",
                "name",
                "name.family",
                "name.given",
                "name.kanji",
                "name.roman",
                "kana",
                "kana.family",
                "kana.given",
                "kana.confirmed",
                "alias",
                "alias.kana",
                "former_name",
                "former_name.kana",
                "sex",
                "birth_date",
                "relationship",
                "relationship_text",
                "household_head_name",
                "became_resident_date",
                "address_since_date",
                "change_date",
                "change_reason",
                "processed_date",
                "removed_date",
                "removed_reason",
            )
        ),
        *(
            f"address.{part}"
            for part in (
                "municipality_code",
                "prefecture",
                "municipality",
                "town",
                "lot",
                "building",
            )
        ),
        *(f"{place}.{part}" for place in ("previous_address", "moved_to_address") for part in ("town", "lot")),
        *(f"last_address.{part}" for part in ("town", "lot", "building")),
        *(f"moved_within_address.{part}" for part in ("town", "lot", "building")),
        *(f"support.{part}" for part in ("history_number", "start_date", "end_date", "kind")),
        *(f"addressee.{part}" for part in ("business", "merged_flag", "merged_into", "no_sharing")),
        "person.corporate_number",
        "corporation.name",
        *(f"account.{part}" for part in ("bank_code", "branch_code", "kind", "number")),
        "operator.date",
        "ward.code",
    }
)
"""Meanings that rules over relations and work lists ask for."""
DIGESTED = ("person.my_number", "person.resident_code")
"""Of 個人番号 and 住民票コード a key row holds a keyed digest, never the number; only 番号利用事務 compare them."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Key rows of one group or source: paths of its Parquet files, the meanings they hold, and of a standard group
    that identities read its (area, group) and the items they read.
    """

    paths: tuple[Path, ...]
    meanings: frozenset[str]
    group: tuple[str, str] | None = None
    items: tuple[str, ...] = ()


def holds_support(meanings: Iterable[str]) -> bool:
    """Whether rows with these meanings are support measures (view ``support``)."""
    return set(VIEWS["support"]).issubset(meanings)


def column_of(meaning: str) -> str:
    """The key column of a meaning (``person.birth_date`` → ``person_birth_date``)."""
    return meaning.replace(".", "_") + ("_digest" if meaning in DIGESTED else "")


def key_rows(
    frame: pl.DataFrame,
    items: Sequence[tuple[str, str]],
    named: Sequence[str] = (),
    *,
    area: str,
    group: str,
    source: str,
    file: str,
) -> pl.DataFrame:
    """The key rows of a block: lineage and one String column a meaning (the first item of each meaning).

    Args:
        frame: ``_record_no``, ``_byte_offset``, ``_subject`` and items.
        items: (column, meaning) of the block.
        named: Columns that also go in under their own names: those the layouts' identities read.
        area: 業務ID.
        group: Group id, "" for source items.
        source: Source id.
        file: Name of the received file.
    """
    columns: dict[str, pl.Expr] = {}
    for name, meaning in items:
        if meaning in IN_KEYS:
            columns.setdefault(column_of(meaning), pl.col(name))
    return frame.select(
        area=pl.lit(area),
        group_id=pl.lit(group),
        source=pl.lit(source),
        file=pl.lit(file),
        record_no="_record_no",
        byte_offset="_byte_offset",
        subject="_subject",
        **columns,
        **{name: pl.col(name) for name in named},
    )


@contextmanager
def relations(
    keys: Sequence[KeyFile],
    tables: Mapping[str, pl.DataFrame],
    meanings: Sequence[str],
    *,
    memory_mib: int,
    threads: int,
    scratch: Path,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with the views ``persons``, ``support`` and ``addressees``, a view ``"<area>/<group>"`` for
    every group that identities read, and the small ``tables``.

    Args:
        keys: Key files of the run.
        tables: Name → rows of what is reconciled.
        meanings: Every meaning there is; a view has a column for each, NULL where no file holds it.
        memory_mib: DuckDB's memory limit in MiB; beyond it, it spills into ``scratch``.
        threads: DuckDB's threads.
        scratch: A folder for spilled data, removed by the caller.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory_mib}MB",
            "threads": threads,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    columns = [column_of(m) for m in meanings if m in IN_KEYS]
    types = ", ".join(
        [f"NULL::{'BIGINT' if c in ('record_no', 'byte_offset') else 'VARCHAR'} AS {c}" for c in LINEAGE]
        + [f'NULL::VARCHAR AS "{c}"' for c in columns]
    )
    try:
        for view, needed in VIEWS.items():
            paths = [
                str(p)
                for k in keys
                if k.meanings.issuperset(needed) and not (view == "persons" and holds_support(k.meanings))
                for p in k.paths
            ]
            body = f"SELECT {types} WHERE false"
            if paths:
                body += f" UNION ALL BY NAME SELECT * FROM {_parquet(paths)}"
            connection.execute(f"CREATE VIEW {view} AS SELECT {', '.join((*LINEAGE, *columns))} FROM ({body})")
        for place, names in {k.group: k.items for k in keys if k.group}.items():
            paths = [str(p) for k in keys if k.group == place for p in k.paths]
            listed = ", ".join((*LINEAGE, *(_quoted(n) for n in names)))
            connection.execute(f"CREATE VIEW {_quoted('/'.join(place))} AS SELECT {listed} FROM {_parquet(paths)}")
        for name, frame in tables.items():
            rows = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            connection.register("given", rows)
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            connection.unregister("given")
        yield connection
    finally:
        connection.close()


def _parquet(paths: Sequence[str]) -> str:
    listing = ", ".join("'" + p.replace("'", "''") + "'" for p in paths)
    return f"read_parquet([{listing}], union_by_name=true)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
