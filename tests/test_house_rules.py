"""House rules of CONTRIBUTING.md that no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("char_mapping", "layouts", "rules", "pipelines")
LOWER = ("char_mapping", "layouts", "rules")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
NAMED_AFTER_A_ROLE = {"utils", "util", "helpers", "helper", "common", "tasks", "constants", "misc"}
BROAD_HANDLERS = {"pipelines/cli/boundary.py", "pipelines/errors.py"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(tree: ast.AST) -> set[str]:
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {function.attr for function in functions if isinstance(function, ast.Attribute)}


def test_no_module_is_named_after_its_role_in_a_tool() -> None:
    assert [name_of(path) for path in MODULES if path.stem in NAMED_AFTER_A_ROLE] == []


def test_tests_have_unique_names_and_no_packages() -> None:
    files = [path for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    names = [path.name for path in files]
    assert [name for name in names if name == "__init__.py"] == []
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_below_pipelines_nobody_asks_what_day_it_is() -> None:
    lower = [path for path in MODULES if path.relative_to(ROOT).parts[0] in LOWER]
    asking = {"today", "now", "utcnow"}
    assert [name_of(path) for path in lower if calls(ast.parse(path.read_text("utf-8"))) & asking] == []


def test_broad_handlers_stand_at_the_boundary_of_tasks_and_at_the_command_line_alone() -> None:
    broad = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = "" if node.type is None else ast.unparse(node.type)
            if caught in ("", "Exception", "BaseException"):
                broad.add(name_of(path))
    assert broad <= BROAD_HANDLERS


@pytest.mark.parametrize("package", PACKAGES)
def test_patterns_for_polars_name_the_ascii_digits(package: str) -> None:
    # Rust's \d matches full-width digits; Python's re does so too for str.
    pattern = re.compile(r"""r?["'][^"'\n]*\\d[^"'\n]*["']""")
    found = [
        f"{name_of(path)}:{number}"
        for path in MODULES if path.relative_to(ROOT).parts[0] == package
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []
