from __future__ import annotations

from collections import Counter

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.gaiji import GaijiDecision, GaijiTable
from char_mapping.inventory import Inventory, count_of_characters, coverage, disagreements, projections
from char_mapping.receivers import Receiver, load_receiver
from char_mapping.shrinking import ShrinkTables
from char_mapping.text import split_characters

TABLES = ShrinkTables({"MJ028902": (("JIS包摂規準・UCS統合規則", "高", None, None),)})


def table(name: str, **chars: str) -> GaijiTable:
    rows = {int(code[1:], 16): char for code, char in chars.items()}
    return GaijiTable(name, {c: GaijiDecision(c, char, "", "", "", "", 0) for c, char in rows.items()})


@given(st.lists(st.none() | st.text(st.sampled_from("山辻\U000e0102か\u309a A髙"), max_size=6), max_size=12))
@settings(max_examples=25)
def test_counting_is_what_splitting_every_text_gives(texts: list[str | None]) -> None:
    expected = Counter(character for text in texts for character in split_characters(text or ""))
    assert count_of_characters(pl.Series(texts, dtype=pl.String)) == expected


def test_characters_are_counted_by_source_item_and_state_with_keys_of_the_rare_ones() -> None:
    block = pl.DataFrame({
        "氏名": ["髙橋", "髙山", "山", None, "髙\U000e0100"], "subject": ["1", "2", "3", "4", "5"],
        "state": ["現存", "現存", "除票", "現存", "除票"],
    })
    counted = Inventory()
    counted.add(block, source="jumin", area="001", items=["氏名"])
    rows = {row["character"] + row["state"]: row for row in counted.character_rows().to_dicts()}
    assert (rows["髙現存"]["count"], rows["髙現存"]["samples"], rows["髙現存"]["mj"]) == (2, "1 2", "MJ028902")
    assert (rows["山除票"]["count"], rows["山除票"]["samples"]) == (1, "")
    assert rows["髙\U000e0100除票"]["code_points"] == "U+9AD9 U+E0100"
    assert counted.totals() == {"髙": 2, "橋": 1, "山": 2, "髙\U000e0100": 1}


def test_no_more_than_three_keys_are_kept() -> None:
    counted = Inventory()
    block = pl.DataFrame({"氏名": ["髙"] * 9, "subject": list("123456789"), "state": [""] * 9})
    counted.add(block, source="jumin", area="001", items=["氏名"])
    assert counted.character_rows()["samples"].to_list() == ["1 2 3"]


def test_gaiji_codes_are_listed_most_frequent_first_and_unused_ones_are_out() -> None:
    counted = Inventory()
    faults = pl.DataFrame({
        "item": ["氏名", "氏名", "住所"], "text": ["{80A9}山{80A9}", "{80A1}", "{80A9}"], "subject": ["1", "2", "3"],
        "state": ["現存", "除票", "現存"],
    })
    counted.add_gaiji(faults, source="jumin", table="east.csv")
    counted.add_codes({0x80A2: 5}, source="jumin", table=table("east.csv", c80A2="髙", c80A3="﨑"))
    rows = [(r["code"], r["item"], r["decided"], r["count"]) for r in counted.gaiji_rows().to_dicts()]
    assert rows == [
        ("80A2", "", "髙", 5), ("80A9", "氏名", "", 2), ("80A1", "氏名", "", 1), ("80A9", "住所", "", 1),
    ]


def test_tables_disagree_only_on_codes_that_occur() -> None:
    east = table("east.csv", c80A1="髙", c80A2="﨑", c80A3="山")
    west = table("west.csv", c80A1="﨑", c80A2="﨑", c80A3="川")
    found = disagreements({"east": (east, {0x80A1: 3, 0x80A2: 1}), "west": (west, {0x80A4: 2})})
    assert found.select("code", "table", "decided", "count").rows() == [
        ("80A1", "east", "髙", 3), ("80A1", "west", "﨑", 0),
    ]


def test_coverage_names_what_a_receiver_lacks_and_what_it_would_write() -> None:
    receiver = Receiver(load_receiver("intermediate_server"), TABLES)
    rows = coverage({"山": 9, "髙": 4, "\u3400": 5}, receiver, certified=False)
    assert rows.select("character", "count", "state", "written").rows() == [
        ("\u3400", 5, "open", ""), ("髙", 4, "automatic", "高"),
    ]


def test_only_values_that_change_are_projected() -> None:
    receiver = Receiver(load_receiver("intermediate_server"), TABLES)
    values = [("山田", None), ("髙橋", None), ("\u3400山", None), ("髙橋", None)]
    found = projections(values, receiver, certified=False)
    outcomes = {value: projected.outcome for (value, _), projected in found.items()}
    assert outcomes == {"髙橋": "shrunk", "\u3400山": "held"}
    assert projections(values, receiver, certified=True)["髙橋", None].outcome == "held"


def test_a_receiver_that_takes_kana_gets_the_kana_of_the_same_record() -> None:
    receiver = Receiver(load_receiver("certificate"), TABLES)
    found = projections([("\u3400山", "キュウザン"), ("\u3400山", "")], receiver, certified=True)
    assert [projected.text for projected in found.values()] == ["キュウザン", None]
