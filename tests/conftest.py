"""What every test shares: hypothesis profiles, and skips that count as failures where the tools must be there."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# Deadlines measure the neighbours on a shared machine, not the code. The CI profile repeats its examples.
settings.register_profile("quick", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("quick"), derandomize=True)
EXAMPLES = int(os.environ.get("IKOU_EXAMPLES", "2000"))
settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=EXAMPLES)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

TOOLS_REQUIRED = os.environ.get("IKOU_REQUIRE_TOOLS") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With IKOU_REQUIRE_TOOLS=1 a skipped test has failed: CI may not grow blind in silence."""
    report = yield
    if TOOLS_REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but IKOU_REQUIRE_TOOLS=1: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself while it is collected."""
    report = yield
    if TOOLS_REQUIRED and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, but IKOU_REQUIRE_TOOLS=1: {report.longrepr}"
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long proofs to .ci/long, which names the marker."""
    if "long" in config.getoption("markexpr"):
        return
    long_ones = [item for item in items if item.get_closest_marker("long")]
    if long_ones:
        config.hook.pytest_deselected(items=long_ones)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
