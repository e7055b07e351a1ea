"""Gather the parts of the block tasks into the files of a run, area by area, in the order of sources, files and
records.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from pipelines.errors import LawBroken
from pipelines.ledger.issue_identity import IssueIdentity


def join_tables(parts: Sequence[Path], target: Path) -> int:
    """Join Parquet parts into one file, in the order given; returns the number of rows (no file when there is no
    part).
    """
    existing = [p for p in parts if p.is_file()]
    if not existing:
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    schema = pq.read_schema(existing[0])
    # As the parts were written: keys, names and dates hardly repeat, a dictionary costs more than it saves.
    with pq.ParquetWriter(
        target, schema, compression="zstd", compression_level=1, use_dictionary=False, write_statistics=False
    ) as writer:
        for part in existing:
            with pq.ParquetFile(part) as reader:
                for batch in reader.iter_batches(batch_size=1 << 15):
                    writer.write_batch(batch)
                    rows += batch.num_rows
    return rows


def _whole_batches(parts: Sequence[Path], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The record batches of parts, one a block, with every item of the layout in its order."""
    for part in parts:
        with pa.OSFile(str(part)) as handle:
            reader = pa.ipc.open_file(handle)
            held = set(reader.schema.names)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                empty = pa.nulls(batch.num_rows, pa.string())
                columns = [batch.column(name) if name in held else empty for name in schema.names]
                yield pa.record_batch(columns, schema=schema)


def join_arrow(parts: Sequence[Path], columns: Sequence[str], target: Path) -> int:
    """Join the parts of a group into one Arrow file (file format, Utf8, LZ4 buffers, a batch a block); returns rows."""
    schema = pa.schema([pa.field(c, pa.string()) for c in columns])
    rows = 0
    with pa.ipc.new_file(target, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        for batch in _whole_batches(parts, schema):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def join_csv(parts: Sequence[Path], columns: Sequence[str], target: Path) -> int:
    """Join the parts of a group into one CSV file.

    UTF-8 without BOM, header line, LF, minimal quotes, null as an empty field: the project's own profile, since the
    standard leaves these open. Returns rows.
    """
    schema = pa.schema([pa.field(c, pa.string()) for c in columns])
    rows = 0
    with target.open("wb") as text:
        text.write((",".join(columns) + "\n").encode())
        for batch in _whole_batches(parts, schema):
            text.write(_lines(batch))
            rows += batch.num_rows
    return rows


def _lines(batch: pa.RecordBatch) -> bytes:
    """A batch as CSV lines with minimal quotes.

    Arrow's writer is three times as fast as polars' but quotes every text or none; almost no block needs a quote.
    """
    plain = pa.BufferOutputStream()
    try:
        csv.write_csv(batch, plain, csv.WriteOptions(include_header=False, quoting_style="none"))
    except pa.ArrowInvalid:
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        quoted = io.BytesIO()
        frame.write_csv(quoted, include_header=False)
        return quoted.getvalue()
    lines: bytes = plain.getvalue().to_pybytes()
    return lines


def gather_tables(
    run: Path, parts: Sequence[Path], area_id: str, groups: Sequence[str], sources: Mapping[str, Sequence[Path]]
) -> None:
    """Join the Parquet parts of an area.

    Args:
        run: The run's folder.
        parts: Part folders of the area, in order.
        area_id: 業務ID.
        groups: Names the parts carry: group ids, or source ids with ``--source-only``.
        sources: Source id → its part folders, in order.
    """
    for kind in ("fates", "isolated", "hold"):
        join_tables([p / f"{kind}.parquet" for p in parts], run / kind / f"{area_id}.parquet")
    for source_id, folders in sources.items():
        join_tables([p / "own.parquet" for p in folders], run / "own_items" / area_id / f"{source_id}.parquet")
        join_tables([p / "raw_bytes.parquet" for p in folders], run / "raw_bytes" / area_id / f"{source_id}.parquet")
    for group in groups:
        join_tables([p / f"keys.{group}.parquet" for p in parts], run / "keys" / area_id / f"{group}.parquet")
        join_tables([p / f"lookups.{group}.parquet" for p in parts], run / "lookups" / area_id / f"{group}.parquet")
        for kind, name in (("changes", group), ("columns", f"{group}.columns"), ("digests", f"{group}.digests")):
            join_tables([p / f"{kind}.{group}.parquet" for p in parts], run / "changes" / area_id / f"{name}.parquet")
    for kind in ("characters", "source_codes"):
        _gather_counts([p / f"{kind}.parquet" for p in parts], run / kind / f"{area_id}.parquet")


def _gather_counts(parts: Sequence[Path], target: Path) -> None:
    existing = [p for p in parts if p.is_file()]
    if not existing:
        return
    counted = pl.concat([pl.read_parquet(p) for p in existing])
    by = [c for c in counted.columns if c != "count"]
    target.parent.mkdir(parents=True, exist_ok=True)
    counted.group_by(by).agg(pl.col("count").sum()).sort(by).write_parquet(target, compression="zstd", statistics=False)


def gather_standard(
    run: Path, parts: Sequence[Path], area_id: str, group_id: str, columns: Sequence[str], kind: str
) -> None:
    """Join the parts of one standard group into one of its files: ``arrow``, ``csv`` or ``lineage.parquet``.

    Raises:
        LawBroken: the file holds another number of rows than the blocks gave lineage to.
    """
    there = [p for p in parts if (p / f"{group_id}.arrow").is_file()]
    target = run / "standard" / area_id / f"{group_id}.{kind}"
    target.parent.mkdir(parents=True, exist_ok=True)
    lineage = [p / f"lineage.{group_id}.parquet" for p in there]
    if kind == "arrow":
        rows = join_arrow([p / f"{group_id}.arrow" for p in there], columns, target)
    elif kind == "csv":
        rows = join_csv([p / f"{group_id}.arrow" for p in there], columns, target)
    else:
        rows = join_tables(lineage, target)
    made = sum(pq.read_metadata(p).num_rows for p in lineage if p.is_file())
    if rows != made:
        raise LawBroken(1, f"standard/{area_id}/{target.name}: {rows:,} rows of {made:,} made")


def gather_issues(
    run: Path, parts: Sequence[Path], area_id: str, whole: pl.DataFrame, identity: IssueIdentity
) -> pl.DataFrame:
    """Join the issue rows of an area and tell equal ones apart (records that came twice with the same key).

    Args:
        run: The run's folder.
        parts: Part folders of the area, in order.
        area_id: 業務ID.
        whole: Issue rows of the rules over whole relations.
        identity: Makes the ids of the second and later equals; the first keeps its id.

    Returns:
        The issue rows as written to ``issues/<area>.parquet``; every ``issue_id`` is unique.
    """
    frames = [pl.read_parquet(p / "issues.parquet") for p in parts if (p / "issues.parquet").is_file()]
    issues = pl.concat([*frames, whole]) if frames else whole
    equal = issues.with_columns(_n=pl.int_range(pl.len()).over("issue_id"))
    if int(equal["_n"].max() or 0):  # type: ignore[arg-type] # an integer column
        later = [
            row["issue_id"]
            if row["_n"] == 0
            else identity.issue_id(
                source=row["source"],
                area=row["area_id"],
                group=row["group_id"],
                subject=row["subject"],
                rule_id=row["rule_id"],
                item_path=row["item_path"],
                ordinal=1_000_000 + row["_n"],
            )
            for row in equal.select(
                "issue_id", "source", "area_id", "group_id", "subject", "rule_id", "item_path", "_n"
            ).iter_rows(named=True)
        ]
        issues = issues.with_columns(pl.Series("issue_id", later, dtype=pl.String))
    target = run / "issues" / f"{area_id}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    issues.write_parquet(target, compression="zstd", statistics=False)
    return issues
