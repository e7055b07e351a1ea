"""REF-003 and REF-004: who moved in with a number of 住登外, who moved out and got a new one. The pair is one question,
put by the duplicates' rules, and its reason says which of the two it is.
"""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates import same_person_medium, same_person_strong

PLACE = {"address_town": "本町二丁目", "address_lot": "１番６号"}
ABSENT = (
    "person_household_number", "person_became_resident_date", "person_my_number_digest", "person_resident_code_digest",
    "person_alias", "person_alias_kana", "person_former_name_kana", "person_kana_given", "person_kana_family",
    "person_name_roman", "address_building", "previous_address_town", "previous_address_lot", "addressee_no_sharing",
    "addressee_merged_into", "addressee_business",
)  # fmt: skip


def _person(number: str, area: str, **changes: str | None) -> dict[str, object]:
    register = area == "001"
    return {
        "area": area, "group_id": "resident" if register else "addressee", "source": "s", "file": "f",
        "record_no": int(number), "byte_offset": 0, "subject": number, "person_number": number,
        "person_latest": "1" if register else None, "person_status": "1" if register else None, "person_deleted": "0",
        "person_name": "渡邉\u3000太郎", "person_kana": "ワタナベ\u3000タロウ", "person_sex": "1",
        "person_birth_date": "1970-05-06", **PLACE, **dict.fromkeys(ABSENT), "person_removed_date": None,
        "person_removed_reason": None, "moved_to_address_town": None, "moved_to_address_lot": None, **changes,
    }  # fmt: skip


def _told(*people: dict[str, object]) -> list[tuple[str, str]]:
    with duckdb.connect() as connection:
        texts = {c: pl.String for c in people[0] if c not in ("record_no", "byte_offset")}
        frame = pl.DataFrame(list(people), schema_overrides=texts)
        connection.register("persons", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        context = RuleContext("", "", "", date(2026, 4, 1), ())
        found = [rule.find_whole(connection, context) for rule in (same_person_strong, same_person_medium)]
    return list(pl.concat(found).select("rule_id", "reason").iter_rows())


def test_a_resident_whose_outsider_number_is_still_used() -> None:
    assert _told(_person("1", "001"), _person("9", "031")) == [("DUP-003", "resident_and_outsider")]


def test_a_removed_person_who_got_a_new_number() -> None:
    gone = _person("1", "001", person_status="2", person_removed_date="2025-04-01", moved_to_address_town="松風町",
                   moved_to_address_lot="５番")  # fmt: skip
    new = _person("9", "031", address_town="松風町", address_lot="５番")
    assert _told(gone, new) == [("DUP-004", "removed_and_outsider")]


def test_who_keeps_the_number_is_no_question() -> None:
    gone = _person("1", "001", person_status="2", person_removed_date="2025-04-01")
    assert _told(gone, _person("1", "031")) == []
