"""Changes after the freeze (RCN-012): what the records of one generation became in the next, to be applied once.

The delta is the difference of two complete runs in the standard form, row by row. Each row carries the digest of what
it replaces, so that whoever loads it can refuse a record that is no longer as it was (optimistic locking); the ledger
refuses a second delta from or to the same generation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.dataset as ds

from char_mapping.errors import DefinitionError
from pipelines.ledger import Registration, open_ledger
from pipelines.runs.fingerprint import sha256_of
from pipelines.runs.folder import MANIFEST, completed_runs, read_json, write_json

ADDED, CHANGED, REMOVED = "追加", "変更", "削除"

_UNIT = "chr(31)"


@dataclass(frozen=True, slots=True)
class Delta:
    """A written delta: its folder and the rows by area, group and operation."""

    folder: Path
    counts: Mapping[str, Mapping[str, int]]


def newest_run_of(data: Path, generation: str) -> Path:
    """The newest complete run of a generation over all areas.

    Raises:
        DefinitionError: There is none.
    """
    for run in reversed(completed_runs(data)):
        manifest = read_json(run / MANIFEST)
        if manifest["generation"] == generation and not manifest["source_only"] and not manifest["asked_areas"]:
            return run
    raise DefinitionError(
        f"--delta {generation}", expected="a complete run of this generation over all areas", found="none",
        todo=f"Run it first: ikou run --rehearsal N for {generation}.",
    )


def refuse_twice(data: Path, before: str, after: str) -> None:
    """Refuse to follow up a generation twice (RCN-012).

    Raises:
        DefinitionError: A delta from ``before`` or to ``after`` is registered, or the two are in the wrong order.
    """
    if before >= after:
        raise DefinitionError(
            f"--delta {before} {after}", expected="the frozen generation, then a later one", found="another order"
        )
    with open_ledger(data) as ledger:
        known = ledger.runs().filter(pl.col("event") == "delta")["run_id"].to_list()
    for name in known:
        start, _, end = name.partition("..")
        if start == before or end == after:
            raise DefinitionError(
                f"--delta {before} {after} (RCN-012)", expected="changes that were not applied before",
                found=f"the delta {name}",
                todo=f"Go on from where it ended: --delta {end} with the next generation.",
            )


def write_delta(earlier: Path, later: Path, *, at: datetime) -> Delta:
    """Write what changed between two runs and register it.

    Args:
        earlier: Run of the frozen generation.
        later: Run of the generation that followed.
        at: The moment, with time zone.

    Raises:
        DefinitionError: The delta was made before (RCN-012), or the groups differ.
    """
    data = later.parent.parent
    before, after = (read_json(run / MANIFEST)["generation"] for run in (earlier, later))
    refuse_twice(data, before, after)
    folder = data / "deltas" / f"{before}..{after}"
    counts: dict[str, dict[str, int]] = {}
    files: dict[str, str] = {}
    groups = [sorted(p.relative_to(run / "standard") for p in (run / "standard").glob("*/*.arrow"))
              for run in (earlier, later)]
    if groups[0] != groups[1]:
        raise DefinitionError(
            f"--delta {before} {after}", expected="the same areas and groups in both runs", found="others",
            todo="Run both generations with the same definitions.",
        )
    for name in groups[0]:
        rows = _changes(earlier / "standard" / name, later / "standard" / name)
        target = (folder / name).with_suffix(".parquet")
        target.parent.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(target, compression="zstd", statistics=False)
        files[target.relative_to(folder).as_posix()] = sha256_of(target)
        counts[name.with_suffix("").as_posix()] = {
            kind: rows.filter(pl.col("操作") == kind).height for kind in (ADDED, CHANGED, REMOVED)
        }
    told = {
        "from": before, "to": after, "runs": [earlier.name, later.name], "counts": counts, "files": files,
        "manifests": [sha256_of(run / MANIFEST) for run in (earlier, later)],
    }
    write_json(folder / "delta.json", told)
    with open_ledger(data) as ledger:
        ledger.register(
            Registration("delta", f"{before}..{after}", sha256_of(folder / "delta.json"), "ikou run --delta", after,
                         detail={"runs": [earlier.name, later.name]}),
            at=at,
        )
    return Delta(folder, counts)


def _changes(earlier: Path, later: Path) -> pl.DataFrame:
    """Rows that came, went or differ: 操作, 対象, 行, 変更前 (digest of the row replaced) and the items of now."""
    columns = list(pl.read_ipc_schema(later))
    told = ", ".join(f"coalesce(CAST(\"{name}\" AS VARCHAR), {_UNIT})" for name in columns)
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        for side, path in (("a", earlier), ("b", later)):
            # Rows and their lineage stand in the same order.
            rows = ds.dataset(path, format="ipc")
            connection.register(f"{side}_rows", rows)
            lineage = str(path.with_name(f"{path.stem}.lineage.parquet")).replace("'", "''")
            connection.execute(
                f"CREATE TABLE {side} AS SELECT l.subject, row_number() OVER (PARTITION BY l.subject ORDER BY l.n) - 1 "
                f"AS place, l.n, r.digest FROM (SELECT subject, file_row_number AS n FROM "
                f"read_parquet('{lineage}', file_row_number=true)) l JOIN (SELECT row_number() OVER () - 1 AS n, "
                f"md5(concat_ws({_UNIT}, {told})) AS digest FROM {side}_rows) r USING (n)"
            )
        found = pl.from_arrow(connection.sql(
            "SELECT coalesce(b.subject, a.subject) AS subject, coalesce(b.place, a.place) AS place, "
            "a.digest AS before, b.n AS n FROM a FULL JOIN b ON a.subject = b.subject AND a.place = b.place "
            "WHERE a.digest IS DISTINCT FROM b.digest ORDER BY subject, place"
        ).to_arrow_table())
    finally:
        connection.close()
    if not isinstance(found, pl.DataFrame):
        raise TypeError("a query that gives no table")
    places = found["n"].drop_nulls().implode()
    now = pl.scan_ipc(later).with_row_index("_n").filter(pl.col("_n").is_in(places)).collect()
    return found.with_columns(pl.col("n").cast(pl.UInt32)).join(
        now, left_on="n", right_on="_n", how="left", maintain_order="left"
    ).select(
        pl.when(pl.col("before").is_null()).then(pl.lit(ADDED)).when(pl.col("n").is_null()).then(pl.lit(REMOVED))
        .otherwise(pl.lit(CHANGED)).alias("操作"),
        pl.col("subject").alias("対象"), pl.col("place").cast(pl.Int32).alias("行"), pl.col("before").alias("変更前"),
        *columns,
    )
