"""Write: the parts of one block task, appended block by block so that memory stays bounded by the block."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

OLDEST = pl.CompatLevel.oldest()
ROWS_OF_A_GROUP = 1 << 15
"""Rows gathered before a Parquet row group is written: a block of a few issues is not worth one of its own."""
PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": False,
    "write_statistics": False,
}
"""How record-sized tables are written: keys, names and dates hardly repeat, and zstd folds what does."""


def _arrow(frame: pl.DataFrame) -> pa.Table:
    table = frame.to_arrow(compat_level=OLDEST)
    fields = [
        pa.field(
            f.name,
            pa.string()
            if pa.types.is_large_string(f.type)
            else pa.binary()
            if pa.types.is_large_binary(f.type)
            else f.type,
        )
        for f in table.schema
    ]
    return table.cast(pa.schema(fields))


class PartWriter:
    """The files one block task writes below ``parts/<task>/``: a Parquet file per kind, Arrow and CSV parts per group.

    Everything is appended block by block, so memory stays bounded by the block; ``close`` gives the paths written.
    """

    def __init__(self, folder: Path) -> None:
        """Start afresh in ``folder``; what an interrupted attempt left there is removed."""
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        self.folder = folder
        self._waiting: dict[str, list[pa.Table]] = {}
        self._tables: dict[str, pq.ParquetWriter] = {}
        self._standard: dict[str, pa.RecordBatchFileWriter] = {}
        self._paths: list[Path] = []

    def add(self, kind: str, frame: pl.DataFrame) -> None:
        """Append rows to ``<kind>.parquet`` (the first call fixes the schema; empty frames only fix it)."""
        waiting = self._waiting.setdefault(kind, [])
        # Arrow's plain strings are a copy: a few rows of a polars frame would keep the text of their whole block alive.
        waiting.append(_arrow(frame))
        if sum(table.num_rows for table in waiting) >= ROWS_OF_A_GROUP:
            self._flush(kind)

    def _flush(self, kind: str) -> None:
        waiting = self._waiting.pop(kind, [])
        if not waiting:
            return
        table = pa.concat_tables(waiting).combine_chunks()
        if kind not in self._tables:
            path = self.folder / f"{kind}.parquet"
            self._paths.append(path)
            self._tables[kind] = pq.ParquetWriter(path, table.schema, **PARQUET)
        if table.num_rows:
            self._tables[kind].write_table(table)

    def add_standard(self, group_id: str, frame: pl.DataFrame) -> None:
        """Append one block of a standard group to ``<group_id>.arrow`` (one record batch a block)."""
        table = _arrow(frame).combine_chunks()
        if group_id not in self._standard:
            path = self.folder / f"{group_id}.arrow"
            self._paths.append(path)
            self._standard[group_id] = pa.ipc.new_file(
                path, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
            )
        self._standard[group_id].write_table(table)

    def close(self) -> list[Path]:
        """Close every file; returns their paths in a fixed order."""
        for kind in list(self._waiting):
            self._flush(kind)
        for writer in (*self._tables.values(), *self._standard.values()):
            writer.close()
        return sorted(self._paths)

    def __enter__(self) -> PartWriter:
        """Use as a context manager: files are closed on the way out, also after an error."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files."""
        if kind is None:
            self.close()


def rewrite_table(path: Path, frame: pl.DataFrame) -> None:
    """Write a Parquet part anew, as ``PartWriter`` would have."""
    pq.write_table(_arrow(frame), path, **PARQUET)


def rewrite_standard(path: Path, edit: Callable[[int, pl.DataFrame], pl.DataFrame]) -> None:
    """Write the Arrow part of a standard group anew, batch by batch: ``edit`` gives the new rows of the n-th batch."""
    beside = path.with_suffix(".anew")
    with pa.OSFile(str(path)) as handle:
        reader = pa.ipc.open_file(handle)
        with pa.ipc.new_file(beside, reader.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            for number in range(reader.num_record_batches):
                frame = pl.from_arrow(reader.get_batch(number))
                assert isinstance(frame, pl.DataFrame)
                writer.write_table(_arrow(edit(number, frame)).cast(reader.schema).combine_chunks())
    beside.replace(path)
