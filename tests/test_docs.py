from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GENERATORS = sorted((ROOT / "docs/reference").glob("write_*.py"))
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")})


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda path: path.stem)
def test_generated_pages_are_up_to_date(generator: Path) -> None:
    done = subprocess.run([sys.executable, generator, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_name_files_that_exist(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        return  # tells of files that were
    named = re.findall(r"`((?:char_mapping|layouts|rules|pipelines|tests|docs|benchmarks|\.ci)/[\w./-]*)`",
                       page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_rule_has_its_place_in_the_reference() -> None:
    catalogue = (ROOT / "rules/catalogue.csv").read_text("utf-8")
    page = (ROOT / "docs/reference/rules.md").read_text("utf-8")
    rules = re.findall(r"^([A-Z]{3}-[0-9]{3}),", catalogue, re.MULTILINE)
    assert rules
    assert [rule for rule in rules if rule not in page] == []
