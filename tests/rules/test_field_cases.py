"""What rules whose items the sample city does not plant find on single records, and where they keep still."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from rules.catalogue import RuleSet, load_catalogue
from rules.engine import find_block
from rules.trial import block, bound, context

CASES = Path(__file__).with_name("field_cases.csv")


def cases() -> list[tuple[str, str, str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))[1:]
    return [(rule, items, values, expected) for rule, items, values, expected in rows]


@pytest.mark.parametrize(("rule", "items", "values", "expected"), cases())
def test_one_record(rule: str, items: str, values: str, expected: str) -> None:
    named = [part.split("=") for part in items.split(" | ")]
    texts = [None if value == "∅" else value for value in values.split(" | ")]
    frame = block({name: [text] for (name, _), text in zip(named, texts, strict=True)})
    alone = RuleSet.select(load_catalogue(), only=frozenset({rule}))
    found = find_block(frame, context([bound(name, meaning) for name, meaning in named]), alone)
    said = [(row["item"], row["reason"], row["candidate"]) for row in found.iter_rows(named=True)]
    if expected == "-":
        assert said == []
        return
    wanted = [tuple(part.split("→")) for part in expected.split(";")]
    assert [(item, reason) for item, reason, _ in said] == [(item, reason) for item, reason, _ in wanted]
    for (_, _, candidate), (_, _, known) in zip(said, wanted, strict=True):
        if not known.endswith("*"):
            assert candidate == (None if known == "∅" else known)


def test_every_case_of_silence_stands_beside_one_that_is_found() -> None:
    found = {rule for rule, _, _, expected in cases() if expected != "-"}
    assert {rule for rule, _, _, expected in cases() if expected == "-"} <= found | {"TEL-002"}
