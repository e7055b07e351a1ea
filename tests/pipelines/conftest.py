"""One small sample city and one smaller for all tests of the pipelines, and one Prefect API for the session."""

from __future__ import annotations

import os
import shutil

import pytest

from pipelines.sample_city.city import make_city

PEOPLE = 1200
FEW_PEOPLE = 300
LEFT_OUT = shutil.ignore_patterns("runs", "ledger.db*", ".lock")


@pytest.fixture(scope="session")
def made_city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city") / "sample-city"
    make_city(folder, PEOPLE, seed=7)
    return folder


@pytest.fixture
def city(made_city, tmp_path):
    """A copy of the city that a test may spoil."""
    shutil.copytree(made_city.parent, tmp_path / "copy", ignore=LEFT_OUT)
    return tmp_path / "copy" / made_city.name


@pytest.fixture(scope="session")
def made_small_city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "sample-city"
    make_city(folder, FEW_PEOPLE, seed=3)
    return folder


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
