from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from layouts.masters.towns import TOWN_SCHEMA
from rules.addresses import abolished_town, code_and_text, lot_notation, town_code, town_master_missing
from rules.addresses.town_master import NO_TOWN_CODE, town_master
from rules.trial import bound, context, try_find

ROWS = [
    ("0001001", "131016", "東京都", "千代田区", "霞が関", "一丁目", "", "", "", "2026-04-01"),
    ("0001002", "131016", "東京都", "千代田区", "霞が関", "二丁目", "", "1967-01-01", "", "2026-04-01"),
    ("0002001", "131016", "東京都", "千代田区", "外神田", "一丁目", "", "", "2026-04-01", "2026-04-01"),
    ("0003001", "131016", "東京都", "千代田区", "丸の内", "一丁目", "", "2026-05-01", "", "2026-04-01"),
    ("0004001", "131016", "東京都", "千代田区", "永田町", "一丁目", "", "", "", "2026-04-01"),
    ("0004002", "131016", "東京都", "千代田区", "永田町", "一丁目", "", "", "", "2026-04-01"),
]
TABLE = pl.DataFrame(ROWS, schema=TOWN_SCHEMA, orient="row")
MASTER = town_master(TABLE)
CITY, CODE = bound("市", "address.municipality_code"), bound("コード", "address.town_code")
TOWN = bound("町", "address.town")


def found(rule, codes, towns, master=MASTER):
    rows = {"市": ["131016"] * len(towns), "コード": codes, "町": towns}
    return try_find(rule.find, rows, CITY, CODE, TOWN, masters={} if master is None else {"towns": master})


def test_validity_ends_before_the_day_it_names():
    entry = MASTER.by_id["131016", "0002001"]
    assert entry.holds_on(date(2026, 3, 31))
    assert not entry.holds_on(date(2026, 4, 1))
    assert not MASTER.by_id["131016", "0003001"].holds_on(date(2026, 4, 30))
    assert MASTER.version == "町字マスター 2026-04-01"


def test_codes_are_judged_on_the_day():
    assert found(town_code, ["0002001", "0003001", NO_TOWN_CODE, "0001002"], ["霞が関二丁目"] * 4) == [
        ("0002001", "abolished", "0001002"), ("0003001", "abolished", "0001002"),
    ]  # fmt: skip


def test_a_name_two_towns_have_gets_no_code():
    assert found(town_code, [None, None], ["永田町一丁目", "霞ヶ関１丁目"]) == [(None, "empty", "0001001")]


def test_without_the_master_nothing_is_judged_and_one_finding_says_so():
    assert found(town_code, ["x", None], ["霞が関二丁目"] * 2, None) == []
    connection = duckdb.connect()
    connection.execute("CREATE TABLE persons AS SELECT '001' AS area")
    row = town_master_missing.find_whole(connection, context([])).row(0, named=True)
    assert (row["area"], row["subject"], row["rule_id"]) == ("001", "町字マスター", "ADR-002")
    assert town_master_missing.find_whole(connection, context([], masters={"towns": MASTER})).is_empty()
    connection.execute("DELETE FROM persons")
    assert town_master_missing.find_whole(connection, context([])).is_empty()


def test_code_and_town_are_one_place():
    assert found(code_and_text, ["0001002", "0001002", "0001002"], ["霞が関二丁目", "霞が関１丁目", "霞ヶ関"]) == [
        ("0001002", "towns_differ", None)
    ]


def test_towns_that_ended_are_asked_of_present_addresses_only():
    assert found(abolished_town, [None] * 2, ["外神田一丁目", "霞が関一丁目"]) == [("外神田一丁目", "abolished", None)]
    rows = {"市": ["131016"], "町": ["外神田一丁目"]}
    items = (bound("市", "previous_address.municipality_code"), bound("町", "previous_address.town"))
    assert try_find(abolished_town.find, rows, *items, masters={"towns": MASTER}) == []


@pytest.mark.parametrize(("flag", "expected"), [("1", "１番６号"), ("0", "１番地６")])
def test_only_the_master_tells_how_a_lot_is_written(flag, expected):
    master = town_master(TABLE.with_columns(pl.lit(flag).alias("residential")))
    rows = {"市": ["131016"], "町": ["霞が関一丁目"], "番地": ["１－６"]}
    items = (CITY, TOWN, bound("番地", "address.lot"))
    assert try_find(lot_notation.find, rows, *items, masters={"towns": master}) == [("１－６", "hyphens", expected)]
    assert try_find(lot_notation.find, rows, *items, masters={"towns": MASTER}) == [("１－６", "hyphens", None)]


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(DefinitionError, match="valid_to"):
        town_master(TABLE.drop("valid_to"))
