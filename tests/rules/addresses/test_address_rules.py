import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.addresses import (
    address_overflow,
    build_municipalities,
    chome_numeral,
    hyphens,
    municipality_code,
    postal_code_form,
    postal_code_form_left,
)
from rules.addresses.municipalities import ended_municipalities, municipalities, with_check_digit
from rules.contract import BoundItem, RuleContext

SHARED = Path(__file__).parents[4] / "shared" / "data" / "check_digit_vectors.csv"
ITEMS = (
    BoundItem("コード", "address.municipality_code", "code", "X", 6, certified=True),
    BoundItem("前コード", "previous_address.municipality_code", "code", "X", 6),
    BoundItem("町字", "address.town", "address", "N", 120, certified=True),
    BoundItem("番地", "address.lot", "address", "N", 50, certified=True),
    BoundItem("方書", "address.building", "address", "N", 300, certified=True),
    BoundItem("郵便番号", "address.postal_code", "postal_code", "X", 7),
)


def context(*items):
    return RuleContext("001", "resident", "jumin", date(2026, 4, 1), items or ITEMS)


def block(**columns):
    height = max(len(values) for values in columns.values())
    return pl.DataFrame(
        {i.name: columns.get(i.name, [None] * height) for i in ITEMS}, schema={i.name: pl.String for i in ITEMS})


def hits(rule, frame, reason=None):
    found = set()
    for finding in rule.find(frame, context()):
        if reason is None or finding.reason == reason:
            mask = frame.select(finding.mask.fill_null(False).alias("m"))["m"]
            found |= {(finding.item, row) for row in mask.arg_true().to_list()}
    return found


def cleaned(rule, frame, item):
    for change in rule.clean(frame, context()):
        if change.item == item:
            return frame.select(change.value.alias("c"))["c"].to_list()
    return frame[item].to_list()


@pytest.mark.skipif(not SHARED.exists(), reason="../shared with the check digit vectors is not beside this checkout")
def test_municipality_codes_of_the_vectors():
    with SHARED.open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row and row[0] == "全国地方公共団体コード"]
    assert len(rows) > 50
    for _, code, verdict, *_ in rows:
        assert (with_check_digit(code[:5]) == code) is (verdict == "valid")


def test_every_municipality_of_the_table_passes_and_a_wrong_digit_does_not():
    codes = sorted(municipalities())
    assert len(codes) > 1900
    assert not hits(municipality_code, block(コード=codes))
    wrong = [code[:5] + str((int(code[5]) + 1) % 10) for code in codes]
    assert len(hits(municipality_code, block(コード=wrong), "check_digit")) == len(codes)


def test_a_wrong_code_gets_the_right_one_where_its_five_digits_exist():
    frame = block(コード=["131017", "13101", "１３１０１６", "999999", "131", None, "012025"])
    findings = {f.reason: f for f in municipality_code.find(frame, context()) if f.item == "コード"}
    assert hits(municipality_code, frame, "check_digit") == {("コード", 0), ("コード", 3)}
    assert hits(municipality_code, frame, "form") == {("コード", 1), ("コード", 2), ("コード", 4)}
    proposed = frame.select(findings["form"].candidate.alias("c"))["c"].to_list()
    assert proposed[1:5] == ["131016", None, None, None]


def test_former_addresses_keep_codes_that_were_abolished():
    abolished = with_check_digit("13199")
    frame = block(コード=[abolished, None, None], 前コード=[None, abolished, "000000"])
    assert hits(municipality_code, frame) == {("コード", 0)}


def test_the_table_is_what_its_script_writes(tmp_path):
    build_municipalities.build(tmp_path / "municipalities.csv")
    shipped = Path(build_municipalities.__file__).with_name("municipalities.csv")
    assert (tmp_path / "municipalities.csv").read_bytes() == shipped.read_bytes()


@pytest.mark.parametrize(("town", "proposed"), [
    ("霞が関２丁目", "霞が関二丁目"), ("美原10丁目", "美原十丁目"), ("北２０条西１５丁目", "北二十条西十五丁目"),
    ("第１地割３丁目", "第１地割３丁目"),
])
def test_digits_before_chome_are_proposed_in_kanji(town, proposed):
    frame = block(町字=[town])
    (finding,) = chome_numeral.find(frame, context())
    assert frame.select(finding.mask.alias("m"))["m"][0]
    assert frame.select(finding.candidate.alias("c"))["c"][0] == proposed


@pytest.mark.parametrize("town", ["霞が関二丁目", "一番町", "三ノ輪", "八丁目", "北１条西", "丁目"])
def test_towns_that_are_written_right_are_left(town):
    assert not hits(chome_numeral, block(町字=[town]))


@pytest.mark.parametrize(("before", "after"), [
    ("１ー６", "１－６"), ("１‐６―３", "１－６－３"), ("１━２━３━４", "１－２－３－４"), ("Ａ−１０１", "Ａ－１０１"),
    ("３丁目ー５", "３丁目－５"), ("センター１", "センター１"), ("ハイツ２ー１０１", "ハイツ２－１０１"),
    ("１号ーハイツ", "１号ーハイツ"),
    ("サンライズ－東", "サンライズ－東"), ("ベーター２", "ベーター２"), ("１－６", "１－６"), ("1-6", "1-6"),
])
def test_bars_next_to_digits_become_one_kind(before, after):
    assert cleaned(hyphens, block(方書=[before], 番地=[before]), "方書") == [after]


def test_towns_are_never_touched():
    assert not [c for c in hyphens.clean(block(町字=["１ー２"]), context()) if c.item == "町字"]


@pytest.mark.parametrize(("before", "after"), [
    ("100-0013", "1000013"), ("〒１００－００１３", "1000013"), ("1000013", "1000013"), ("040ー0001", "0400001"),
    ("100", "100"), ("100-13", "100-13"), ("10000130", "10000130"), ("A00-0013", "A00-0013"),
])
def test_postal_codes(before, after):
    assert cleaned(postal_code_form, block(郵便番号=[before]), "郵便番号") == [after]


def test_old_and_impossible_postal_codes_are_asked():
    frame = block(郵便番号=["100", "100-13", "1000013", "100-0013", "12345678", None, "〒"])
    assert hits(postal_code_form_left, frame, "old_code") == {("郵便番号", 0), ("郵便番号", 1)}
    assert hits(postal_code_form_left, frame, "form") == {("郵便番号", 4), ("郵便番号", 6)}


def test_overflow_counts_characters():
    frame = block(方書=["ア" * 301, "辻\U000E0102" * 300, "ア" * 300], 番地=["１" * 51, None, "１" * 50])
    assert hits(address_overflow, frame) == {("方書", 0), ("番地", 0)}


ADDRESSES = st.text(alphabet="霞が関センタ１２6-ー－‐―−〒 北条丁目Ａ〓辻\U000E0102", max_size=14)


@pytest.mark.parametrize("cleaner", [hyphens.one_hyphen, postal_code_form.seven_digits, chome_numeral.kanji_chome],
                         ids=["hyphens", "postal", "chome"])
@settings(max_examples=80)
@given(value=ADDRESSES)
def test_cleaners_are_idempotent_and_change_marks_alone(cleaner, value):
    frame = pl.DataFrame({"t": [value]})
    once = frame.select(cleaner(pl.col("t")).alias("t"))
    assert once.select(cleaner(pl.col("t")).alias("t")).equals(once)
    assert "\N{REPLACEMENT CHARACTER}" not in once["t"][0]
    if cleaner is hyphens.one_hyphen:
        assert len(once["t"][0]) == len(value)
        kept = str.maketrans(dict.fromkeys("ー－‐―−"))
        assert once["t"][0].translate(kept) == value.translate(kept)


def test_a_municipality_that_ended_leads_to_the_one_that_followed():
    frame = block(コード=["221317", "221350", "403059"], 前コード=["221317", None, None])
    found = next(f for f in municipality_code.find(frame, context()) if f.reason == "no_municipality")
    assert hits(municipality_code, frame, "no_municipality") == {("コード", 0), ("コード", 1), ("コード", 2)}
    assert frame.select(found.candidate)["コード"].to_list() == ["221384", None, "402311"]


def test_the_history_names_no_municipality_that_exists_and_only_successors_that_do():
    for code, ended in ended_municipalities().items():
        assert with_check_digit(code[:5]) == code
        assert code not in municipalities()
        assert ended.successors
        assert set(ended.successors) <= set(municipalities())
