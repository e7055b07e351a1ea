from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from layouts.meaning_traps import load_traps, trap_between
from layouts.meanings import load_meanings
from rules.catalogue import load_catalogue

HEADER = "from,to,both_ways,rule_id,message\n"


@pytest.mark.parametrize(("have", "want", "rule_id", "word"), [
    ("last_address.town", "previous_address.town", "ADR-026", "前住所（一つ前の住所）"),
    ("previous_address.lot", "last_address.lot", "ADR-026", "前住所（一つ前の住所）"),
    ("moved_within_address.town", "previous_address.town", "ADR-026", "転居前住所"),
    ("planned_address.town", "moved_to_address.town", "ADR-026", "予定と確定"),
    ("person.report_date.move", "person.report_date", "NUL-006", "出生などの届出日が失われる"),
    ("person.report_date.birth", "person.report_date", "NUL-006", "転居などの届出日が失われる"),
    ("person.moved_out_planned_date", "person.moved_out_date", "NUL-006", "予定日と確定日"),
    ("person.became_resident_date", "person.address_since_date", "NUL-006", "市内で転居した人"),
    ("person.kana.family", "person.registered_kana.family", "NAM-019", "戸籍に記載された振り仮名"),
    ("levy.accounting_year", "levy.due_year", "", "会計年度と相当年度"),
])
def test_known_traps(have: str, want: str, rule_id: str, word: str) -> None:
    found = trap_between(have, want)
    assert found is not None
    assert found.rule_id == rule_id
    assert word in found.message


def test_traps_name_rules_of_the_catalogue_and_a_direction_each() -> None:
    catalogue = load_catalogue()
    assert {one.rule_id for one in load_traps()} - {""} <= set(catalogue.by_id)
    # A 届出日 of one reason loses the others; the whole one loses nothing where it goes to one of them.
    assert trap_between("person.report_date", "person.report_date.move") is None


@given(st.sampled_from(sorted(load_meanings())))
def test_no_meaning_is_a_trap_of_itself(meaning: str) -> None:
    assert trap_between(meaning, meaning) is None


@pytest.mark.parametrize(("row", "why"), [
    ("nothing,person.name,yes,,x", "found nothing"),
    ("person.name,person.alias,maybe,,x", "found maybe"),
    ("person.name,person.alias,yes,,", "a message"),
    ("person.name,person.alias,yes,NAM,x", "a rule id"),
    ("person.name,person.alias,yes,,x\nperson.alias,person.name,no,,x", "each pair once"),
])
def test_a_wrong_row_is_named_by_its_line(tmp_path: Path, row: str, why: str) -> None:
    path = tmp_path / "traps.csv"
    path.write_text(HEADER + row + "\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=why) as caught:
        load_traps(path)
    assert f"traps.csv:{1 + len(row.splitlines())}" in str(caught.value)
