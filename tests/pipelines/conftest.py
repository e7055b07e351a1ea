"""One small sample city and one smaller for all tests of the pipelines, and one Prefect API for the session."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from layouts.records.plans import plan_of_source
from layouts.records.reader import open_source_file
from layouts.sources import load_source
from pipelines.sample_city.city import CORE_AREAS, make_city

PEOPLE = 1200
FEW_PEOPLE = 300
LEFT_OUT = shutil.ignore_patterns("runs", "ledger.db*", ".lock")


class Delivery:
    """The first generation of a city's exports, for tests that spoil bytes of it."""

    def __init__(self, city: Path) -> None:
        self.city = city
        self.data = city.parent / f"{city.name}-data"
        self.exports = self.data / "exports" / "g1-2026-01"

    def files(self, source: str) -> list[Path]:
        return [p for p in sorted((self.exports / source).iterdir()) if p.name != "receipt.csv"]

    def records(self, source_id: str) -> pl.DataFrame:
        """All decoded records with the column ``file``."""
        source = load_source(self.city / "sources" / source_id)
        return pl.concat(
            block.table.with_columns(file=pl.lit(path.name))
            for path in self.files(source_id)
            for block in open_source_file(source, path, block_records=100_000)
        )

    def write(self, source_id: str, rows: pl.DataFrame | dict[str, Any], item: str, content: bytes) -> None:
        """Write ``content`` over the cell of each record; one byte fills the whole cell."""
        source = load_source(self.city / "sources" / source_id)
        cell = next(f for f in plan_of_source(source, self.files(source_id)[0]).fields() if f.name == item)
        content = content * cell.length if len(content) == 1 else content
        assert len(content) == cell.length
        several = rows.to_dicts() if isinstance(rows, pl.DataFrame) else [rows]
        for name in {row["file"] for row in several}:
            path = self.exports / source_id / name
            spoilt = bytearray(path.read_bytes())
            for row in several:
                if row["file"] == name:
                    start = row["_byte_offset"] + cell.offset
                    spoilt[start : start + cell.length] = content
            path.write_bytes(bytes(spoilt))
        self.receipt(source_id)

    def receipt(self, source_id: str) -> None:
        """Write size and hash of every file anew, as if the city had sent exactly this."""
        path = self.exports / source_id / "receipt.csv"
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            content = (path.parent / row["ファイル名"]).read_bytes()
            row["バイト数"], row["SHA-256"] = str(len(content)), hashlib.sha256(content).hexdigest()
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture(scope="session")
def delivery():
    """The class above, which test modules cannot import."""
    return Delivery


@pytest.fixture(scope="session")
def made_city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city") / "sample-city"
    make_city(folder, PEOPLE, seed=7, areas=CORE_AREAS)
    return folder


@pytest.fixture
def city(made_city, tmp_path):
    """A copy of the city that a test may spoil."""
    shutil.copytree(made_city.parent, tmp_path / "copy", ignore=LEFT_OUT)
    return tmp_path / "copy" / made_city.name


@pytest.fixture(scope="session")
def made_small_city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "sample-city"
    make_city(folder, FEW_PEOPLE, seed=3, areas=CORE_AREAS)
    return folder


@pytest.fixture(scope="module")
def module_city(made_small_city, tmp_path_factory):
    """A copy of the smaller city that the tests of one module spoil once and share."""
    folder = tmp_path_factory.mktemp("module") / "copy"
    shutil.copytree(made_small_city.parent, folder, ignore=LEFT_OUT)
    return folder / made_small_city.name


@pytest.fixture
def small_city(made_small_city, tmp_path):
    """A copy of the smaller city, for tests that look at one thing only."""
    shutil.copytree(made_small_city.parent, tmp_path / "small", ignore=LEFT_OUT)
    return tmp_path / "small" / made_small_city.name


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory):
    """The API that `ikou run` starts for itself, with a database of its own; gives its PREFECT_HOME."""
    home = tmp_path_factory.mktemp("prefect")
    os.environ["PREFECT_HOME"] = str(home)
    from pipelines.flows.server import start_api, wait_for_api

    start_api()
    wait_for_api()
    return home
