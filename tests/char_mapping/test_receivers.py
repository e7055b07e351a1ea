from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping import DefinitionError
from char_mapping.imports.official import (
    DICTIONARIES,
    JIS_UCS,
    KOSEKI,
    MINJI_2842_OTHER,
    MINJI_5202,
    MJ_SCHEMA,
    NOTICE_582_1,
    SHRINK_SCHEMA,
)
from char_mapping.receivers import Receiver, character_row, list_receivers, load_receiver, read_receiver
from char_mapping.reference_data import Origin, store_table
from char_mapping.shrinking import ShrinkTables, load_shrink_tables
from char_mapping.standard_sets import men_ku_ten, union_of
from char_mapping.text import SUBSTITUTES, split_characters

Rows = tuple[tuple[str, str, int | None, int | None], ...]

TARGETS: dict[str, Rows] = {
    "MJ028902": ((JIS_UCS, "高", None, None),),
    "MJ032129": ((NOTICE_582_1, "吉", 1, None), (JIS_UCS, "吉", None, None)),
    # The order of the rows is not the order of preference; 崎 is 別字.
    "MJ000004": (
        (DICTIONARIES, "岡", None, None), (KOSEKI, "丘", None, 2), (KOSEKI, "亜", None, 1),
        (MINJI_5202, "阜", None, None),
        (MINJI_2842_OTHER, "崎", None, None), (NOTICE_582_1, "崎", 1, None), (NOTICE_582_1, "〓", 1, None),
    ),
    "GJ000138": (("代替マップ", "高", None, None),),
}
TABLES = ShrinkTables(TARGETS, {"亜": "常用漢字"})
RARE = "\u3400"


def receiver(name: str, **decided: str) -> Receiver:
    return Receiver(load_receiver(name), TABLES, {key: value for key, value in decided.items() if key})


# --- sets


def test_the_sets_have_the_sizes_of_their_standards() -> None:
    # Plus the second form of those of the wave dash family of which the standard has one form.
    assert len(union_of(("jis0213",)).texts) == 11_233 + 4
    assert len(union_of(("jis0208",)).texts) == 6_879 + 7
    assert len(union_of(("jis0208", "jis0212")).texts) == 6_879 + 6_067 + 7
    assert union_of(("jis0208",)).texts < union_of(("jis0208", "jis0212")).texts


@pytest.mark.parametrize(
    ("ids", "inside", "outside"),
    [
        (("jis0213",), "﨑～〜か", "髙𠮷"), (("jis0208",), "高亜", "﨑髙①"), (("jis0208", "jis0212"), "丂", "﨑"),
        (("cp932",), "髙﨑①", "𠮷"), (("mj",), "𠮷あＡ々", "\U000f0001"), (("mj", "gj"), "\U000f0001", "\ue000"),
    ],
)
def test_what_each_set_holds(ids: tuple[str, ...], inside: str, outside: str) -> None:
    held = union_of(ids)
    assert held.missing(list(inside)) == []
    assert held.missing(list(outside)) == list(outside)


def test_a_sequence_is_held_as_a_whole() -> None:
    assert union_of(("jis0213",)).holds("か\u309a")
    assert union_of(("mj",)).holds("辻\U000e0102")
    assert not union_of(("jis0213",)).holds("辻\U000e0102")
    assert not union_of(("mj",)).holds("辻\U000e01ef")


def test_an_unknown_set_is_an_error() -> None:
    with pytest.raises(DefinitionError, match="jis9999"):
        union_of(("jis9999",))


def test_places_in_jis_x_0213() -> None:
    assert [men_ku_ten()[text] for text in ("辻", "﨑", "亜")] == ["1-36-52", "1-47-82", "1-16-1"]


# --- candidates


def test_candidates_come_in_the_order_of_the_ipa_and_without_other_characters() -> None:
    found = TABLES.candidates(RARE, union_of(("jis0208",)))
    assert [(one.text, one.table) for one in found] == [
        ("阜", MINJI_5202), ("亜", KOSEKI), ("丘", KOSEKI), ("岡", DICTIONARIES),
    ]
    assert not any(one.automatic for one in found)


def test_only_the_first_table_is_automatic() -> None:
    (found,) = TABLES.candidates("𠮷", union_of(("jis0208",)))
    assert (found.text, found.table, found.automatic) == ("吉", JIS_UCS, True)


def test_two_targets_of_the_first_table_are_a_question() -> None:
    tables = ShrinkTables({"MJ028902": ((JIS_UCS, "高", None, None), (JIS_UCS, "亜", None, None))})
    assert [one.automatic for one in tables.candidates("髙", union_of(("jis0208",)))] == [False, False]


def test_common_characters_come_first_among_equals() -> None:
    tables = ShrinkTables(
        {"MJ028902": ((KOSEKI, "丘", None, 1), (KOSEKI, "高", None, 1))}, {"高": "常用漢字", "丘": "人名用漢字"}
    )
    assert [one.text for one in tables.candidates("髙", union_of(("jis0208",)))] == ["高", "丘"]


def test_a_selector_that_the_set_lacks_needs_no_table() -> None:
    (found,) = ShrinkTables({}).candidates("辻\U000e0102", union_of(("jis0208",)))
    assert (found.text, found.table, found.automatic) == ("辻", JIS_UCS, True)
    assert ShrinkTables({}).candidates("山\U000e01ef", union_of(("jis0208",))) == ()


# --- projections


@pytest.mark.parametrize(
    ("name", "text", "written", "outcome"),
    [
        ("standard", "渡\u9089\U000e0110髙𠮷", "渡\u9089\U000e0110髙𠮷", "same"),
        ("intermediate_server", "髙﨑", "高﨑", "shrunk"),
        ("intermediate_server", "１～３", "１〜３", "same"),
        ("package_cp932", "髙﨑ｶﾅ 1", "髙﨑ｶﾅ 1", "same"),
        ("package_cp932", "𠮷田", "吉田", "shrunk"),
        ("certificate", RARE, "カナ", "kana"),
        ("intermediate_server", RARE, None, "held"),
        ("intermediate_server", "\ufffd山", None, "held"),
        ("intermediate_server", "？〓山", "？〓山", "same"),
    ],
)
def test_a_value_on_its_way_to_each_receiver(name: str, text: str, written: str | None, outcome: str) -> None:
    projected = receiver(name).project(text, certified=False, kana="カナ")
    assert (projected.text, projected.outcome) == (written, outcome)


def test_in_certified_items_nothing_is_automatic() -> None:
    projected = receiver("intermediate_server").project("髙島", certified=True)
    assert (projected.text, projected.outcome) == (None, "held")
    assert [one.text for one in projected.steps[0].candidates] == ["高"]


def test_a_decision_goes_before_the_tables() -> None:
    decided = Receiver(load_receiver("intermediate_server"), TABLES, {"髙": "高", RARE: "丘"})
    projected = decided.project("髙" + RARE, certified=True)
    assert (projected.text, [step.state for step in projected.steps]) == ("高丘", ["decided", "decided"])


@pytest.mark.parametrize("written", ["", "髙", "〓", "？", "■", "\ufffd", "＿"])
def test_a_decision_for_a_substitute_or_an_unknown_character_is_refused(written: str) -> None:
    with pytest.raises(DefinitionError, match="decision on U\\+3400"):
        Receiver(load_receiver("intermediate_server"), TABLES, {RARE: written})


def test_kana_that_the_receiver_lacks_holds_the_value() -> None:
    assert receiver("certificate").project(RARE, certified=False, kana="ｶﾅ").outcome == "held"
    assert receiver("certificate").project(RARE, certified=False).outcome == "held"


@pytest.mark.parametrize("profile", [profile.id for profile in list_receivers()])
@given(text=st.text(st.sampled_from("山髙𠮷﨑辻葛\U000e0102①～〜か\u309a\u3400\ue000\ufffd\U000f008a Aｱ"), max_size=8))
@settings(max_examples=20)
def test_a_receiver_gets_its_own_characters_and_no_new_substitute(profile: str, text: str) -> None:
    one = receiver(profile)
    projected = one.project(text, certified=False, kana="カナ")
    if projected.text is None:
        assert any(step.state == "open" for step in projected.steps)
        return
    assert one.profile.characters.missing(split_characters(projected.text)) == []
    assert {char for char in projected.text if char in SUBSTITUTES} <= set(text)
    one.write(projected.text, {"GJ000138": 0x100089})


def test_bytes_of_a_receiver_and_of_a_gj_name() -> None:
    assert receiver("package_cp932").write("髙～") == b"\xfb\xfc\x81\x60"
    assert receiver("standard").write("\U000f008a", {"GJ000138": 0x100089}) == "\U00100089".encode()
    with pytest.raises(DefinitionError, match="GJ000138"):
        receiver("standard").write("\U000f008a")


def test_the_row_of_a_character() -> None:
    row = character_row("髙", TABLES, source_code="80A1", kana="タカ")
    assert (row.source_code, row.mj, row.x0213, row.x0213_place, row.x0208, row.kana) == (
        "80A1", "MJ028902", "高", "1-25-66", "高", "タカ",
    )
    assert character_row(RARE, TABLES).x0213 == ""
    assert character_row(RARE, TABLES, decided={RARE: "丘"}).x0208 == "丘"


# --- profiles and tables


@pytest.mark.parametrize(
    "change",
    [
        {"encoding": "latin-1"}, {"sets": ["none"]}, {"sets": "mj"}, {"otherwise": "〓"}, {"label": None},
        {"colour": "x"},
    ],
)
def test_a_receiver_of_ones_own_is_checked(change: dict[str, object]) -> None:
    values = {"label": "x", "sets": ["mj"], "encoding": "utf-8", "six_symbols": "jis", "otherwise": "hold", **change}
    with pytest.raises(DefinitionError):
        read_receiver("own", values, "receivers/own.toml")


def test_an_unknown_receiver_names_the_known_ones() -> None:
    with pytest.raises(DefinitionError, match="intermediate_server"):
        load_receiver("nobody")


def test_tables_that_the_machine_lacks_are_named(tmp_path: Path) -> None:
    tables = load_shrink_tables(tmp_path)
    assert tables.missing == ("mjsm", "substitutes", "mji")


def test_tables_of_the_reference_folder_are_used(tmp_path: Path) -> None:
    origin = Origin("test", "0", "none")
    rows = [("MJ028902", JIS_UCS, "高", "1-25-66", None, None)]
    store_table(tmp_path, "mjsm", pl.DataFrame(rows, SHRINK_SCHEMA, orient="row"), origin)
    listed = dict.fromkeys(MJ_SCHEMA) | {"mj": "MJ028000", "implemented": "高", "policy": "常用漢字"}
    store_table(tmp_path, "mji", pl.DataFrame([listed], MJ_SCHEMA), origin)
    tables = load_shrink_tables(tmp_path)
    assert tables.missing == ("substitutes",)
    (found,) = tables.candidates("髙", union_of(("jis0208",)))
    assert (found.text, found.policy, found.automatic) == ("高", "常用漢字", True)
