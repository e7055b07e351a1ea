"""One small city of the default host for all tests, and its files decoded by the project's own definitions."""

from __future__ import annotations

import polars as pl
import pytest

from layouts.records.reader import open_source_file
from pipelines.project.loading import Project, load_project
from pipelines.sample_city import CityReport, make_city
from pipelines.sample_city.city import CORE_AREAS


def _decode(project: Project, city: CityReport, source: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows (with ``subject``) and faults (subject, item, fault) of a source in the first generation."""
    definition = project.sources[source]
    tables, faults = [], []
    for path in sorted((city.data / "exports" / city.generations[0] / source).glob(definition.files)):
        for block in open_source_file(definition, path, block_records=50_000):
            named = block.table.with_columns(pl.concat_str(*definition.key, separator="/").alias("subject"))
            tables.append(named)
            subjects = named.select(record_no="_record_no", subject="subject")
            faults.append(block.faults.join(subjects, on="record_no", how="left").select("subject", "item", "fault"))
    return pl.concat(tables), pl.concat(faults)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityReport:
    return make_city(tmp_path_factory.mktemp("city") / "mihon", 2000, seed=3, areas=CORE_AREAS)


@pytest.fixture(scope="session")
def project(city: CityReport) -> Project:
    return load_project(city.project)


@pytest.fixture(scope="session")
def decoded_residents(city: CityReport, project: Project) -> tuple[pl.DataFrame, pl.DataFrame]:
    return _decode(project, city, "jumin")


@pytest.fixture(scope="session")
def residents(decoded_residents: tuple[pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    return decoded_residents[0]


@pytest.fixture(scope="session")
def resident_faults(decoded_residents: tuple[pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    return decoded_residents[1]


@pytest.fixture(scope="session")
def addressees(city: CityReport, project: Project) -> pl.DataFrame:
    return _decode(project, city, "juutogai")[0]


@pytest.fixture(scope="session")
def measures(city: CityReport, project: Project) -> tuple[pl.DataFrame, pl.DataFrame]:
    return _decode(project, city, "shien")


@pytest.fixture(scope="session")
def truth(city: CityReport) -> pl.DataFrame:
    return pl.read_parquet(city.data / "truth" / f"{city.generations[0]}.parquet")
