"""The identities that ship: every one fits its groups, and every rule that promises identities has some."""

from __future__ import annotations

from pathlib import Path

import pytest

from layouts.identities import IDENTITIES, check_items, load_identities
from layouts.standard_groups import STANDARD, list_groups
from rules.catalogue import load_catalogue
from rules.identities.evaluation import REGISTRY, check_identities

FILES = sorted(STANDARD.glob(f"*/*/*/{IDENTITIES}"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-4:-1]))
def test_items_and_conditions_fit_the_groups(path: Path) -> None:
    family, edition, area = path.parts[-4:-1]
    groups = {(g.area, g.id): g for g in list_groups(family=family) if g.edition == edition or g.area == "031"}
    check_items(path, {g.id: g for (a, _), g in groups.items() if a == area})
    check_identities(load_identities(family, edition, area), groups, load_catalogue())


def test_every_rule_of_identities_has_one_and_every_area_its_own() -> None:
    named = {
        (bound.area, bound.identity.rule)
        for path in FILES
        for bound in load_identities(*path.parts[-4:-1])
    }  # fmt: skip
    promised = {rule.id for rule in load_catalogue().built() if rule.module == REGISTRY}
    assert promised == {rule for _, rule in named}
    own = {(area, rule) for area, rule in named if rule.startswith("ARE-")}
    assert own == {(rule.removeprefix("ARE-"), rule) for _, rule in own}
