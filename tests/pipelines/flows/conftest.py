"""One small sample city for all flow tests, and one Prefect API for the session."""

from __future__ import annotations

import os
import shutil

import pytest

from pipelines.sample_city.city import make_city

PEOPLE = 1200


@pytest.fixture(scope="session")
def made_city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city") / "sample-city"
    make_city(folder, PEOPLE, seed=7)
    return folder


@pytest.fixture
def city(made_city, tmp_path):
    """A copy of the city that a test may spoil."""
    shutil.copytree(made_city.parent, tmp_path / "copy", ignore=shutil.ignore_patterns("runs", "ledger.db*", ".lock"))
    return tmp_path / "copy" / made_city.name


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory):
    """The API that `ikou run` starts for itself, with a database of its own."""
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    from pipelines.flows.server import start_api, wait_for_api

    start_api()
    wait_for_api()
