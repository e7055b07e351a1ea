from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import WHOLE_FINDING_SCHEMA, RuleContext
from rules.duplicates import (
    corporation_repeated,
    household_repeated,
    returned_resident,
    same_person_certain,
    same_person_medium,
    same_person_strong,
    same_person_weak,
    twins,
)
from rules.duplicates.candidate_pairs import LIMIT
from rules.duplicates.clusters import survivors
from rules.duplicates.levels import judged_pairs
from rules.duplicates.number_areas import number_areas
from rules.duplicates.ranking import listed_pairs

CONTEXT = RuleContext("", "", "", date(2026, 4, 1), ())
RULES = {
    "DUP-002": same_person_certain,
    "DUP-003": same_person_strong,
    "DUP-004": same_person_medium,
    "DUP-005": same_person_weak,
    "DUP-006": twins,
    "DUP-007": returned_resident,
}
COLUMNS = {
    "person_household_number": None,
    "person_removed_date": None,
    "person_removed_reason": None,
    "person_became_resident_date": None,
    "person_my_number_digest": None,
    "person_resident_code_digest": None,
    "person_alias": None,
    "person_alias_kana": None,
    "person_former_name_kana": None,
    "person_kana_given": None,
    "person_kana_family": None,
    "person_name_roman": None,
    "address_building": None,
    "previous_address_town": None,
    "previous_address_lot": None,
    "moved_to_address_town": None,
    "moved_to_address_lot": None,
    "addressee_no_sharing": None,
    "addressee_merged_into": None,
    "addressee_business": None,
}


def row(number: str, area: str, **changes: str | None) -> dict[str, object]:
    register = area == "001"
    return {
        "area": area,
        "group_id": "resident" if register else "addressee",
        "source": "s",
        "file": "f",
        "record_no": int(number),
        "byte_offset": 0,
        "subject": number,
        "person_number": number,
        "person_latest": "1" if register else None,
        "person_status": "1" if register else None,
        "person_deleted": "0",
        "person_name": "渡邉\u3000太郎",
        "person_kana": "ワタナベ\u3000タロウ",
        "person_sex": "1",
        "person_birth_date": "1970-05-06",
        "address_town": "本町二丁目",
        "address_lot": "１番６号",
        **COLUMNS,
        **changes,
    }


def resident(number: str = "1", **changes: str | None) -> dict[str, object]:
    return row(number, "001", **changes)


def outsider(number: str = "9", **changes: str | None) -> dict[str, object]:
    return row(number, "031", **changes)


def city(*rows: dict[str, object]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    texts = {c: pl.String for c in rows[0] if c not in ("record_no", "byte_offset")}
    frame = pl.DataFrame(list(rows), schema_overrides=texts)
    connection.register("persons", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return connection


def said(*rows: dict[str, object]) -> list[str]:
    """The rules that name a pair of the rows."""
    connection = city(*rows)
    found = {}
    for rule_id, rule in RULES.items():
        found[rule_id] = rule.find_whole(connection, CONTEXT)
        assert dict(found[rule_id].schema) == WHOLE_FINDING_SCHEMA
    return [rule_id for rule_id, frame in found.items() for _ in range(frame.height)]


OTHER_PLACE: dict[str, str | None] = {"address_town": "松風町", "address_lot": "５番"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"person_name": "渡辺太郎", "person_kana": "ﾜﾀﾅﾍﾞ ﾀﾛｳ", "address_lot": "１－６"}, ["DUP-003"]),
        ({"person_sex": None}, ["DUP-004"]),
        ({"person_sex": "2"}, ["DUP-005"]),
        ({"person_kana": None}, ["DUP-004"]),
        ({"person_birth_date": None}, ["DUP-005"]),
        ({"person_birth_date": "1970-06-05"}, ["DUP-005"]),
        ({"person_birth_date": "1971-05-06"}, ["DUP-005"]),
        ({"person_birth_date": "1985-11-20"}, []),
        ({**OTHER_PLACE}, ["DUP-005"]),
        ({**OTHER_PLACE, "person_name": "渡部\u3000太郎"}, []),
        ({**OTHER_PLACE, "person_sex": "2"}, []),
        ({"person_kana": "ワタナベ\u3000ジロウ", "person_name": "渡邉\u3000次郎"}, ["DUP-006"]),
        ({"person_kana": "スズキ\u3000ジロウ", "person_name": "鈴木\u3000次郎"}, []),
        ({"addressee_merged_into": "1"}, []),
        ({"person_kana": "ワタナベ\u3000ダロウ", "person_name": "渡邉\u3000太朗"}, ["DUP-006"]),
        ({"person_kana": "ワタナヘ\u3000タロウ"}, ["DUP-003"]),
    ],
)
def test_levels_of_a_resident_and_an_outsider(changes: dict[str, str | None], expected: list[str]) -> None:
    assert said(resident(), outsider(**changes)) == expected


def test_earlier_and_later_places_and_other_names_are_compared() -> None:
    past = resident(person_latest="0", **OTHER_PLACE)
    assert said(past, resident(), outsider(**OTHER_PLACE)) == ["DUP-004"]
    gone = resident(person_status="2", moved_to_address_town="松風町", moved_to_address_lot="５番")
    assert said(gone, outsider(**OTHER_PLACE)) == ["DUP-004"]
    foreign = resident(
        person_name="ＳＭＩＴＨ\u3000ＪＯＨＮ",
        person_kana="スミス\u3000ジョン",
        person_alias="渡邉\u3000太郎",
        person_alias_kana="ワタナベ\u3000タロウ",
    )
    assert said(foreign, outsider()) == ["DUP-003"]
    maiden = resident(
        person_kana="サトウ\u3000ハナ", person_name="佐藤\u3000花", person_sex="2", person_former_name_kana="ワタナベ"
    )
    before = outsider(person_kana="ワタナベ\u3000ハナ", person_name="渡邉\u3000花", person_sex="2")
    assert said(maiden, before) == ["DUP-003"]


def test_foreign_names_meet_in_any_order() -> None:
    one = resident(person_name="ZHANG YULI", person_kana="ジャン\u3000ユリ")
    assert said(one, outsider(person_name="YULI ZHANG", person_kana="ユリ\u3000ジャン")) == ["DUP-003"]


def test_personal_numbers_are_certain_and_another_number_is_another_person() -> None:
    other = {"person_kana": "スズキ\u3000ジロウ", "person_name": "鈴木\u3000次郎", **OTHER_PLACE}
    assert said(resident(person_my_number_digest="d"), outsider(person_my_number_digest="d", **other)) == ["DUP-002"]
    assert said(resident(person_my_number_digest="d"), outsider(person_my_number_digest="e")) == []
    assert {"031", "006"} & set(number_areas()) == {"031"}


def test_a_personal_number_is_compared_inside_its_own_work_only() -> None:
    """SEC-006: a 住登外 row of an area without the number is found by name only, and never refused by a number."""
    other = {"person_kana": "スズキ\u3000ジロウ", "person_name": "鈴木\u3000次郎", **OTHER_PLACE}
    by_number = {"person_my_number_digest": "d", **other}
    holder = resident(person_my_number_digest="d")
    assert said(holder, outsider(addressee_business="010", **by_number)) == ["DUP-002"]
    for business in ("002", "003", "006", "901"):
        assert said(holder, outsider(addressee_business=business, **by_number)) == []
    assert said(holder, outsider(addressee_business="010", person_my_number_digest="e")) == []
    connection = city(holder, outsider(addressee_business="002", person_my_number_digest="e"))
    (pair,) = same_person_strong.find_whole(connection, CONTEXT).rows(named=True)
    assert "個人番号" not in pair["evidence"]
    assert connection.execute("SELECT count(digest) FROM match_people").fetchall() == [(1,)]
    assert listed_pairs(connection)["my_number"].to_list() == ["unknown"]


def test_rows_other_areas_may_not_see_keep_the_pair_in_their_own_list() -> None:
    """他業務参照不可: the pair stands where the row stands, whichever number is the smaller."""
    for hidden, open_to_all in (("1", "2"), ("2", "1")):
        found = same_person_strong.find_whole(
            city(outsider(hidden, addressee_no_sharing="1"), outsider(open_to_all)), CONTEXT
        )
        assert found.select("record_no", "area").rows() == [(int(hidden), "031")]
    found = same_person_strong.find_whole(city(resident("1"), outsider("9", addressee_no_sharing="1")), CONTEXT)
    assert found["area"].to_list() == ["031"]


def test_present_residents_are_apart_and_returned_ones_are_found() -> None:
    assert said(resident("1"), resident("2")) == []
    assert said(resident("1", person_status="2"), resident("2")) == ["DUP-007"]
    gone = resident("1", person_status="2", moved_to_address_town="松風町", moved_to_address_lot="５番")
    back = {"address_town": "美原", "previous_address_town": "松風町", "previous_address_lot": "５番"}
    assert said(gone, resident("2", **back)) == ["DUP-007"]
    assert said(gone, resident("2", address_town="美原")) == ["DUP-005"]
    assert said(
        resident("1", person_status="2", person_resident_code_digest="c"),
        resident("2", person_resident_code_digest="c", person_kana="スズキ", person_name="鈴木"),
    ) == ["DUP-007"]
    assert said(resident("1", person_status="3"), resident("2")) == ["DUP-005"]
    assert (
        said(
            resident("1", person_status="3", person_removed_date="2001-01-01"),
            resident("2", person_became_resident_date="2010-01-01"),
        )
        == []
    )
    assert said(resident("1", person_my_number_digest="d"), resident("2", person_my_number_digest="d")) == ["DUP-002"]


def test_a_key_that_many_share_makes_no_pairs_and_is_reported() -> None:
    rows = [
        outsider(
            str(n),
            person_name="不明",
            person_kana="フメイ",
            person_birth_date="1900-01-01",
            address_town=None,
            address_lot=None,
        )
        for n in range(1, LIMIT + 3)
    ]
    connection = city(*rows)
    found = same_person_weak.find_whole(connection, CONTEXT)
    assert found["reason"].unique().to_list() == ["key_too_common"]
    assert found["subject"].to_list() == ["照合キー/kana_birth", "照合キー/name_birth"]


def test_a_placeholder_tells_nothing_at_a_shared_address_either() -> None:
    blank = {"person_name": "不明", "person_kana": "フメイ", "person_birth_date": "1900-01-01"}
    crowd = [outsider(str(n), **blank, address_lot=f"{n}番") for n in range(1, LIMIT + 1)]
    home = [outsider(str(n), **blank) for n in range(100, 103)]
    assert said(*home) == ["DUP-003"] * 3  # three people of one name, birth date and address are worth a question
    found = city(*crowd, *home)
    assert same_person_strong.find_whole(found, CONTEXT).is_empty()
    assert set(same_person_weak.find_whole(found, CONTEXT)["reason"]) == {"key_too_common"}
    numbered = [outsider(str(n), **blank, person_my_number_digest="d") for n in (100, 101)]
    assert said(*crowd, *numbered) == ["DUP-002", "DUP-005", "DUP-005"]


def test_clusters_hold_nobody_who_contradicts_and_the_resident_survives() -> None:
    rows = [resident("5"), outsider("2"), outsider("3"), resident("6", person_status="2", person_my_number_digest="x")]
    connection = city(*rows)
    chosen = survivors(connection)
    assert chosen.filter(pl.col("cluster") == "2").select("number", "survivor").rows() == [
        ("2", "5"),
        ("3", "5"),
        ("5", "5"),
        ("6", "5"),
    ]
    apart = city(
        resident("5", person_my_number_digest="y"),
        outsider("2"),
        resident("6", person_status="2", person_my_number_digest="x"),
    )
    for _, members in survivors(apart).group_by("cluster"):
        assert not {"5", "6"} <= set(members["number"])


def test_pairs_are_ranked_and_the_parts_add_up() -> None:
    strangers = [
        row(
            str(n),
            "031",
            person_name=f"他人{n}",
            person_kana=f"タニン\u3000{chr(0x30A2 + n)}",
            person_birth_date=f"19{n}-01-01",
            address_lot=f"{n}番",
        )
        for n in range(30, 60)
    ]
    connection = city(resident("1"), outsider("2"), outsider("3", person_birth_date=None), *strangers)
    ranked = listed_pairs(connection)
    by_pair = {(a, b): w for a, b, w in ranked.select("a_number", "b_number", "weight").iter_rows()}
    assert by_pair["1", "2"] > by_pair["1", "3"] > 0
    parts = [c for c in ranked.columns if c.startswith("weight_")]
    prior = {round(r["weight"] - sum(r[p] for p in parts), 0) for r in ranked.iter_rows(named=True)}
    assert len(prior) == 1
    assert ranked.equals(listed_pairs(connection))


def test_no_value_of_a_person_stands_in_the_evidence() -> None:
    connection = city(resident(), outsider())
    (found,) = same_person_strong.find_whole(connection, CONTEXT).rows(named=True)
    assert (found["subject"], found["before"], found["candidate"]) == ("1|9", "1 / 9", "1")
    assert found["area"] == "031"
    for value in ("渡邉", "ワタナベ", "1970", "本町"):
        assert value not in found["evidence"]


def test_judging_twice_gives_one_table() -> None:
    connection = city(resident(), outsider())
    assert judged_pairs(connection) == judged_pairs(connection)


def test_households_entered_twice_are_named() -> None:
    def home(number: str, *members: str) -> list[dict[str, object]]:
        return [
            resident(f"{number}{i}", person_household_number=number, person_kana=kana, person_name=kana)
            for i, kana in enumerate(members)
        ]

    twice = city(
        *home("1", "ワタナベ\u3000タロウ", "ワタナベ\u3000ハナ"),
        *home("2", "ワタナベ\u3000ハナ", "ワタナベ\u3000タロウ"),
    )
    assert household_repeated.find_whole(twice, CONTEXT)["subject"].to_list() == ["10|11|20|21"]
    one = city(*home("1", "ワタナベ\u3000タロウ"), *home("2", "ワタナベ\u3000タロウ", "ワタナベ\u3000ハナ"))
    assert household_repeated.find_whole(one, CONTEXT).is_empty()


def corporation(number: str, corporate: str | None, name: str, lot: str = "１番") -> dict[str, object]:
    return {
        "area": "011",
        "group_id": "corporation",
        "source": "s",
        "file": "f",
        "record_no": int(number),
        "byte_offset": 0,
        "subject": number,
        "person_number": number,
        "person_corporate_number": corporate,
        "corporation_name": name,
        "address_town": "本町",
        "address_lot": lot,
    }


ONE, TWO, THREE = "7000012050002", "8000012010038", "4011001098993"


def repeated(*rows: dict[str, object]) -> list[tuple[object, ...]]:
    connection = duckdb.connect()
    texts = {c: pl.String for c in rows[0] if c not in ("record_no", "byte_offset")}
    frame = pl.DataFrame(list(rows), schema_overrides=texts)
    connection.register("corporations", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
    found = corporation_repeated.find_whole(connection, CONTEXT)
    assert dict(found.schema) == WHOLE_FINDING_SCHEMA
    return found.select("subject", "reason").rows()


def test_corporations_meet_by_number_or_by_name_and_place() -> None:
    rows = [
        corporation("1", ONE, "株式会社見本"),
        corporation("2", ONE, "見本（株）"),
        corporation("3", None, "（株）見本"),
        corporation("4", None, "㈱見本"),
        corporation("5", TWO, "株式会社例"),
        corporation("6", THREE, "㈱例"),
    ]
    assert repeated(*rows) == [("1|2", "corporate_number"), ("1|3|4", "name_and_place")]
    assert corporation_repeated.find_whole(duckdb.connect(), CONTEXT).is_empty()


@pytest.mark.parametrize("number", ["9", "0000000000000", "2835678256246", "７０００012050002", "7000012050003"])
def test_a_corporate_number_without_its_check_digit_says_nothing(number: str) -> None:
    assert repeated(corporation("1", number, "株式会社甲"), corporation("2", number, "株式会社乙")) == []
    assert repeated(corporation("1", ONE, "株式会社甲"), corporation("2", number, "㈱甲")) == [
        ("1|2", "name_and_place")
    ]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("㈱A", "A(株)", "legal_form_moved"),
        ("株式会社髙島", "高島株式会社", "legal_form_moved"),
        ("（有）渡邉　商店", "㈲渡辺商店", "name_and_place"),
        ("㈱A", "㈲A", None),
        ("㈱A", "A", None),
        ("㈱A", "㈱B", None),
    ],
)
def test_names_of_corporations_are_folded(one: str, other: str, reason: str | None) -> None:
    expected = [("1|2", reason)] if reason else []
    assert repeated(corporation("1", None, one), corporation("2", None, other)) == expected
    assert repeated(corporation("1", ONE, one), corporation("2", TWO, other)) == []
    assert repeated(corporation("1", None, one), corporation("2", None, other, lot="２番")) == []


def test_somebody_without_a_number_may_be_either() -> None:
    rows = [corporation("1", ONE, "㈱A"), corporation("2", TWO, "㈱A"), corporation("3", None, "㈱A")]
    assert repeated(*rows) == [("1|2|3", "name_and_place")]
