"""The files of a delivered set: any folder of CSV, Arrow, Parquet or Excel files, read as text block by block.

Nothing of a project is needed: encoding and delimiter are told from the file, the group from its name or its columns.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from char_mapping.errors import UnreadableFile
from layouts.standard_groups import StandardGroup

READABLE = frozenset({".csv", ".tsv", ".txt", ".arrow", ".parquet", ".xlsx"})
BLOCK_ROWS = 1 << 16
_HEAD_BYTES = 1 << 20
_LEAST_OVERLAP = 0.5


@dataclass(frozen=True)
class DeliveredFile:
    """One file of the set: its columns in order, how it is written, and why it cannot be read, if so.

    ``encoding`` is UTF-8, UTF-8（BOM）or CP932, empty for what is no text.
    """

    path: Path
    columns: tuple[str, ...]
    encoding: str = ""
    delimiter: str = ""
    fault: str = ""


def list_files(folder: Path) -> tuple[DeliveredFile, ...]:
    """Every readable file below ``folder`` (or the one file named), by path.

    Raises:
        UnreadableFile: no such folder, or none of the readable kinds in it.
    """
    found = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.is_file())
    # A run's own record of where rows came from is no delivery.
    wanted = [p for p in found if p.suffix.lower() in READABLE and not p.name.startswith(".")
              and not p.name.endswith(".lineage.parquet")]
    if not wanted:
        raise UnreadableFile(str(folder), expected=f"files {', '.join(sorted(READABLE))}", found="none",
                             todo="Name the folder of the delivered set")
    return tuple(_opened(path) for path in wanted)


def blocks(file: DeliveredFile) -> Iterator[pl.DataFrame]:
    """The rows as text, in blocks of at most 65,536; columns that begin with ``_`` are left out.

    Raises:
        UnreadableFile: a line with another number of cells, or bytes that are not of the encoding.
    """
    suffix = file.path.suffix.lower()
    try:
        for frame in _frames(file, suffix):
            names = [name for name in frame.columns if not name.startswith("_")]
            yield frame.select(pl.col(name).cast(pl.String) for name in names)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        # polars quotes cells in its messages, so only their kind is passed on.
        expected = f"{len(file.columns)} cells a line in {file.encoding or suffix}"
        raise UnreadableFile(str(file.path), expected=expected,
                             found=type(error).__name__, todo="Receive it again, or correct its quoting") from None


def _frames(file: DeliveredFile, suffix: str) -> Iterator[pl.DataFrame]:
    if suffix == ".parquet":
        yield from pl.scan_parquet(file.path).collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True)
    elif suffix == ".arrow":
        yield from pl.scan_ipc(file.path).collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True)
    elif suffix == ".xlsx":
        yield pl.read_excel(file.path, infer_schema_length=0)
    elif file.encoding == "CP932":
        text = file.path.read_bytes().decode("cp932")
        yield pl.read_csv(io.StringIO(text), separator=file.delimiter, infer_schema=False)
    else:
        lazy = pl.scan_csv(file.path, separator=file.delimiter, infer_schema=False)
        yield from lazy.collect_batches(chunk_size=BLOCK_ROWS, maintain_order=True)


def group_of(file: DeliveredFile, groups: Sequence[StandardGroup]) -> StandardGroup | None:
    """The group a file holds: by its place and name, else by the columns it shares; None where neither says so."""
    names = {file.path.stem, *file.path.stem.replace("-", "_").split("_")}
    by_name = [one for one in groups if one.label.split("（")[0] in names or one.label == file.path.stem
               or (one.id == file.path.stem and one.area in (file.path.parent.name, *names))]
    candidates = by_name or list(groups)
    best = max(candidates, key=lambda one: (_overlap(file.columns, one), one.edition), default=None)
    if best is None or (not by_name and _overlap(file.columns, best) < _LEAST_OVERLAP):
        return None
    return best


def _overlap(columns: Sequence[str], group: StandardGroup) -> float:
    """Shared names over all names of both, 0 to 1."""
    names = {name for name in columns if not name.startswith("_")}
    both = len(names & set(group.names))
    return both / max(len(names | set(group.names)), 1)


def _opened(path: Path) -> DeliveredFile:
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            return DeliveredFile(path, tuple(pl.read_parquet_schema(path)))
        if suffix == ".arrow":
            return DeliveredFile(path, tuple(pl.read_ipc_schema(path)))
        if suffix == ".xlsx":
            return DeliveredFile(path, tuple(pl.read_excel(path, infer_schema_length=0).columns))
    except pl.exceptions.PolarsError as error:
        return DeliveredFile(path, (), fault=type(error).__name__)
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    encoding = _encoding(head)
    if not encoding:
        return DeliveredFile(path, (), fault="UTF-8 でも CP932 でもない")
    text = head.decode("utf-8-sig" if encoding.startswith("UTF-8") else "cp932", errors="ignore")
    line = text.splitlines()[0] if text.strip() else ""
    delimiter = "\t" if line.count("\t") > line.count(",") else ","
    return DeliveredFile(path, tuple(next(csv.reader([line], delimiter=delimiter), ())), encoding, delimiter)


def _encoding(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "UTF-8（BOM）"
    for name, label in (("utf-8", "UTF-8"), ("cp932", "CP932")):
        try:
            codecs.getincrementaldecoder(name)().decode(head)
        except UnicodeDecodeError:
            continue
        return label
    return ""
