"""受領票 and 現行帳票の値: the papers that come with an export."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RECEIPT_COLUMNS = ("ファイル名", "件数", "バイト数", "SHA-256", "抽出基準日")
CONTROL_COLUMNS = ("帳票名", "項目", "区分", "値", "基準日", "記入者")


@dataclass(frozen=True, slots=True)
class Receipt:
    """One file as it was handed over: data records (no header, no trailer), bytes, SHA-256, day of extraction.

    ``extracted_on`` is YYYYMMDD.
    """

    name: str
    records: int
    size: int
    sha256: str
    extracted_on: int


def iso(day: int) -> str:
    """YYYY-MM-DD from YYYYMMDD."""
    text = f"{day:08d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def write_receipts(folder: Path, receipts: Iterable[Receipt]) -> None:
    """Write ``receipt.csv`` beside the files."""
    with (folder / "receipt.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(RECEIPT_COLUMNS)
        for r in receipts:
            writer.writerow((r.name, r.records, r.size, r.sha256, iso(r.extracted_on)))


def write_controls(
    path: Path, figures: Iterable[tuple[str, str, str, int]], extracted_on: int, written_by: str
) -> None:
    """Write the city's own figures: (帳票名, 項目, 区分, 値)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CONTROL_COLUMNS)
        for form, item, division, value in figures:
            writer.writerow((form, item, division, value, iso(extracted_on), written_by))
