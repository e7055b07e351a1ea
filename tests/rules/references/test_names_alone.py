"""IDN-006 and REF-023 on copies that hold a name and neither birth date nor kana: one asks, the other keeps silent."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import RuleContext
from rules.identifiers import number_across_systems
from rules.references import copies_differ

CONTEXT = RuleContext("", "", "", date(2026, 4, 1), ())
RESIDENT: dict[str, object] = {
    "area": "001", "group_id": "resident", "source": "jumin", "file": "J.dat", "record_no": 1, "byte_offset": 0,
    "subject": "1/2", "person_number": "1", "person_latest": "1", "person_deleted": "0", "person_status": "1",
    "person_name": "山田\u3000花子", "person_kana": "ヤマダ\u3000ハナコ", "person_birth_date": "1980-01-02",
    "person_alias": "山本\u3000ハナ", "person_name_roman": "ＹＡＭＡＤＡ\u3000ＨＡＮＡＫＯ",
    "person_former_name": "鈴木", "person_sex": "2",
}  # fmt: skip
EARLIER = {**RESIDENT, "subject": "1/1", "record_no": 2, "person_latest": "0", "person_name": "佐藤\u3000花子"}


def _found(name: str, **changes: object) -> dict[str, list[str]]:
    copy = {**dict.fromkeys(RESIDENT), "area": "031", "group_id": "addressee", "source": "zei", "file": "Z.csv",
            "record_no": 3, "byte_offset": 0, "subject": "1", "person_number": "1", "person_name": name,
            **changes}  # fmt: skip
    with duckdb.connect() as connection:
        frame = pl.DataFrame([RESIDENT, EARLIER, copy], infer_schema_length=None)
        connection.register("persons", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        return {
            rule.__name__.rsplit(".", 1)[-1]: rule.find_whole(connection, CONTEXT)["reason"].to_list()
            for rule in (number_across_systems, copies_differ)
        }


@pytest.mark.parametrize(
    ("name", "asked", "told"),
    [
        ("山田\u3000花子", [], []),
        ("山田花子", [], []),
        ("山本\u3000ハナ", [], []),
        ("ＹＡＭＡＤＡ\u3000ＨＡＮＡＫＯ", [], []),
        ("鈴木\u3000花子", [], []),
        ("佐藤\u3000花子", [], ["stale"]),
        ("鈴木\u3000太郎", ["other_name"], []),
        ("異田\u3000某", ["other_name"], []),
    ],
)
def test_a_name_alone(name: str, asked: list[str], told: list[str]) -> None:
    assert _found(name) == {"number_across_systems": asked, "copies_differ": told}


def test_with_a_birth_date_to_compare_another_name_is_a_copy_that_differs() -> None:
    found = _found("異田\u3000花子", person_birth_date="1980-01-02")
    assert found == {"number_across_systems": [], "copies_differ": ["unexplained"]}
