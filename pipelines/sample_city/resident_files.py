"""The resident master as fixed-length records: one file a ward and generation, with header and trailer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from layouts.records.copybook import parse_copybook
from pipelines.sample_city.hosts import Bytes, Encoder, Numbers
from pipelines.sample_city.population import Chunk
from pipelines.sample_city.receipts import Receipt

PROJECT = Path(__file__).parent / "project"
MUNICIPALITY_CODE = "012025"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the items of a record stand: name → (byte offset, byte length, codec ``N``/``X``/``9``/``P``)."""

    length: int
    fields: Mapping[str, tuple[int, int, str]]


@cache
def layout_of(source: str, record: str, dialect: str) -> Layout:
    """Offsets of a record of the sample project's copybook."""
    path = PROJECT / "sources" / source / f"{source}.cpy"
    copybook = parse_copybook(path.read_text(encoding="utf-8"), name=path.name, dialect=dialect)
    found = copybook.record(record)
    fields = {}
    for each in found.fields():
        picture = each.text_kind == "double"
        codec = ("N" if picture else "X") if each.codec == "text" else "P" if each.usage == "packed" else "9"
        fields[each.name] = (each.offset, each.length, codec)
    return Layout(found.length, fields)


_MIXED = frozenset({"方書", "備考", "特記事項"})


def encode_rows(chunk: Chunk, encoder: Encoder, layout: Layout) -> Bytes:
    """All rows of a chunk as records, one row of the matrix each; 最新区分 is left to the generation."""
    matrix = np.full((chunk.count, layout.length), encoder.blank, np.uint8)
    constant = {
        "レコード区分": "D",
        "区コード": str(chunk.ward),
        "市区町村コード": MUNICIPALITY_CODE,
        "最新区分": "0",
    }
    for name, (offset, length, codec) in layout.fields.items():
        if name == "履歴枝番":
            column: Bytes = encoder.zoned(np.zeros(chunk.count, np.int64), length)
        elif name in constant:
            column = np.broadcast_to(encoder.single(np.array([constant[name]]), length), (chunk.count, length))
        elif codec == "N":
            column = encoder.double(chunk.rows[name], length // 2)
        elif codec == "P":
            column = encoder.packed(chunk.rows[name], length * 2 - 1)
        elif codec == "9":
            column = encoder.zoned(chunk.rows[name], length)
        elif name in _MIXED:
            column = encoder.mixed(chunk.rows[name], length)
        elif chunk.rows[name].dtype.kind == "i":
            column = encoder.single(np.char.zfill(chunk.rows[name].astype(str), length), length)
        else:
            column = encoder.single(chunk.rows[name], length)
        matrix[:, offset : offset + length] = column
    return matrix


class ResidentFile:
    """One file being written: header, records in any number of batches, trailer."""

    def __init__(self, path: Path, encoder: Encoder, ward: int, extracted_on: int) -> None:
        """``extracted_on`` is YYYYMMDD."""
        dialect = encoder.host.dialect
        self._header = layout_of("jumin", "ヘッダ", dialect)
        self._trailer = layout_of("jumin", "トレーラ", dialect)
        self._encoder = encoder
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self._records = 0
        self._total = 0
        self._extracted_on = extracted_on
        self._write(
            self._control(
                self._header,
                {
                    "ヘッダ区分": "H",
                    "ヘッダファイル名": "JUMIN",
                    "ヘッダ抽出基準日": extracted_on,
                    "ヘッダ区コード": str(ward),
                },
            )
        )

    def __enter__(self) -> ResidentFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _control(self, layout: Layout, values: dict[str, str | int]) -> bytes:
        record = bytearray([self._encoder.blank]) * layout.length
        for name, value in values.items():
            offset, length, codec = layout.fields[name]
            if isinstance(value, str):
                cell = self._encoder.single(np.array([value]), length)
            elif codec == "P":
                cell = self._encoder.packed(np.array([value], np.int64), length * 2 - 1)
            else:
                cell = self._encoder.zoned(np.array([value], np.int64), length)
            record[offset : offset + length] = cell.tobytes()
        return bytes(record)

    def _write(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._hash.update(data)

    def records(self, matrix: Bytes, numbers: Numbers) -> None:
        """Write records; ``numbers`` are their 宛名番号, for the hash total."""
        self._write(np.ascontiguousarray(matrix).reshape(-1).data)
        self._records += len(matrix)
        self._total += int(numbers.sum())

    def close(self) -> Receipt:
        """Write the trailer; returns the file's row of the 受領票."""
        self._write(
            self._control(self._trailer, {"トレーラ区分": "T", "件数": self._records, "宛名番号合計": self._total})
        )
        self._file.close()
        return Receipt(
            self.path.name, self._records, self.path.stat().st_size, self._hash.hexdigest(), self._extracted_on
        )
