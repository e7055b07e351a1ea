"""The generator is closed: an independent reading of the decoded files finds what the truth names, and nothing else.

The predicates are written here from the catalogue's wording and know neither the rules nor the generator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

import polars as pl
import pytest

from pipelines.sample_city import CityReport

Row = dict[str, str | None]
Predicate = Callable[[Row], bool]

ERAS = {"1": 1867, "2": 1911, "3": 1925, "4": 1988, "5": 2018}
ERA_ENDS = {"1": date(1912, 7, 30), "2": date(1926, 12, 25), "3": date(1989, 1, 7), "4": date(2019, 4, 30)}
ERA_ITEMS = (
    "生年月日",
    "住民となった日",
    "住所を定めた日",
    "異動日",
    "転出予定日",
    "転出日",
    "消除日",
    "在留期間満了日",
    "外国人住民となった日",
)
WESTERN_ITEMS = ("届出日", "処理日")
MAY_BE_OFF = ("生年月日", "住民となった日", "住所を定めた日", "外国人住民となった日")
MAY_BE_UNKNOWN = (*MAY_BE_OFF, "異動日", "消除日")
SUBSTITUTES = set("\ufffd〓？＿■●□")
AS_OF = date(2026, 4, 1)


def _iso(value: str | None) -> str | None:
    """YYYY-MM-DD of a full era date, whether or not the calendar has the day; else None."""
    if value is None or len(value) != 7 or value == "0000000" or value[0] not in ERAS or value[1:3] == "00":
        return None
    if value[3:5] == "00" or value[5:] == "00":
        return None
    return f"{ERAS[value[0]] + int(value[1:3]):04d}-{value[3:5]}-{value[5:]}"


def _western(value: str | None) -> str | None:
    if value is None or len(value) != 8 or value[4:6] == "00" or value[6:] == "00":
        return None
    return f"{value[:4]}-{value[4:6]}-{value[6:]}"


def _is_day(iso: str) -> bool:
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return True


def _filled(row: Row, items: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for item in items:
        value = row[item]
        if value is not None and value.strip("0"):
            yield item, value


def _era(row: Row, wanted: Callable[[str, str], bool], items: tuple[str, ...] = ERA_ITEMS) -> bool:
    return any(wanted(item, value) for item, value in _filled(row, items))


def _after_era(item: str, value: str) -> bool:
    iso = _iso(value)
    if iso is None or not _is_day(iso) or item == "在留期間満了日":
        return False
    end = ERA_ENDS.get(value[0])
    return end is not None and date.fromisoformat(iso) > end


def _off_calendar(iso: str | None) -> bool:
    return iso is not None and not _is_day(iso)


def _out_of_order(row: Row) -> bool:
    birth, since, here = (_iso(row[i]) for i in ("生年月日", "住民となった日", "住所を定めた日"))
    change, report, done = _iso(row["異動日"]), _western(row["届出日"]), _western(row["処理日"])
    moved_out = row["住民状態"] == "2" or row["異動事由"] in ("21", "22")
    pairs = [(birth, since), (since, here), (here, change), (birth, change), (report, done)]
    if not moved_out:
        pairs.append((change, done))
    return any(a is not None and b is not None and a > b for a, b in pairs)


def _reported_before(row: Row) -> bool:
    change, report = _iso(row["異動日"]), _western(row["届出日"])
    compared = change is not None and report is not None and _is_day(change) and _is_day(report)
    return compared and row["異動事由"] in ("01", "02", "03", "23", "31") and str(report) < str(change)


def _check_digit(digits: str) -> bool:
    total = sum(int(d) * (i % 6 + 2) for i, d in enumerate(reversed(digits[:-1]))) % 11
    return int(digits[-1]) == (0 if total <= 1 else 11 - total)


def _municipality(code: str) -> bool:
    return (11 - sum(int(d) * w for d, w in zip(code, (6, 5, 4, 3, 2), strict=False)) % 11) % 10 == int(code[5])


def _japanese(row: Row) -> bool:
    return row["住民種別"] == "1"


REASONS = {"01", "02", "03", "06", "07", "21", "22", "23", "26", "31", "32", "33", "36", "37", "38", "39"}

ROW_PREDICATES: dict[str, Predicate] = {
    "COD-001": lambda r: bool(r["異動事由"]) and r["異動事由"] not in REASONS,
    "COD-003": lambda r: r["続柄コード"] in ("11", "12", "13", "14"),
    "DAT-002": lambda r: _era(r, lambda _, v: v[0] not in ERAS),
    "DAT-003": lambda r: _era(r, _after_era),
    "DAT-004": lambda r: _era(r, lambda _, v: (_iso(v) or "") > "2019-04-30" and v[0] == "4", ("在留期間満了日",)),
    "DAT-005": lambda r: _era(r, lambda _, v: v in ("1450730", "2151225")),
    "DAT-006": lambda r: _era(r, lambda _, v: v[0] in ERAS and v[1:3] == "00"),
    "DAT-007": lambda r: _era(r, lambda _, v: _off_calendar(_iso(v)), MAY_BE_OFF),
    "DAT-008": lambda r: any(_off_calendar(_western(r[i])) for i in WESTERN_ITEMS),
    "DAT-009": lambda r: _era(r, lambda _, v: v[1:3] != "00" and v[3:] == "0000", MAY_BE_UNKNOWN),
    "DAT-010": lambda r: any((r[i] or "0").strip("0") and (r[i] or "")[-2:] == "00" for i in WESTERN_ITEMS),
    "DAT-020": lambda r: (_western(r["届出日"]) or "") > AS_OF.isoformat(),
    "NAM-001": lambda r: _japanese(r) and "\u3000" not in (r["氏名漢字"] or "\u3000") and r["氏名漢字"] != "未定",
    "NAM-002": lambda r: "\u3000\u3000" in (r["氏名漢字"] or ""),
    "NAM-003": lambda r: (
        _japanese(r)
        and bool(r["氏"])
        and (r["氏名漢字"] or "").replace("\u3000", "") != (r["氏"] or "") + (r["名"] or "")
    ),
    "NAM-004": lambda r: r["氏名漢字"] == "未定",
    "NAM-005": lambda r: bool(re.search("[ａ-ｚ]", r["ローマ字氏名"] or "")),
    "NAM-014": lambda r: bool(re.search("[ｦ-ｯｱ-ﾜ]-", re.sub("[ｯﾝ]-", "", r["氏名カナ"] or ""))),
    "NAM-020": lambda r: bool(SUBSTITUTES & set(r["氏名漢字"] or "")),
    "NAM-024": lambda r: r["性別"] not in ("0", "1", "2"),
    "ADR-001": lambda r: bool(r["転入前市区町村コード"]) and not _municipality(r["転入前市区町村コード"] or ""),
    "ADR-006": lambda r: bool(re.search("[０-９]丁目", r["町名"] or "")),
    "ADR-009": lambda r: bool(re.search("[０-９]ー[０-９]", r["番地"] or "")),
    "ADR-020": lambda r: bool(r["郵便番号"]) and re.fullmatch("[0-9]{7}", r["郵便番号"] or "") is None,
    "HSE-012": _out_of_order,
    "HSE-005": lambda r: r["続柄"] in ("孫", "養子"),
    "HSE-006": lambda r: r["続柄"] in ("甥", "いとこ"),
    "HSE-013": _reported_before,
    "HSE-014": lambda r: r["消除事由"] == "21" and (_iso(r["消除日"]) or "") > (_iso(r["転出予定日"]) or "9"),
    "HSE-022": lambda r: (not r["本籍"]) == _japanese(r),
    "IDN-001": lambda r: not _check_digit(r["個人番号"] or "00"),
    "IDN-003": lambda r: bool(r["転入前市区町村コード"]) and not _municipality(r["転入前市区町村コード"] or ""),
    "IDN-005": lambda r: not _check_digit(r["宛名番号"] or "00") or not _check_digit(r["世帯番号"] or "00"),
    "MOJ-018": lambda r: bool(re.search("[!-~]", r["方書"] or "")),
    "MOJ-022": lambda r: bool(SUBSTITUTES & set((r["方書"] or "") + (r["氏名カナ"] or "") + (r["町名"] or ""))),
}
FAULT_PREDICATES = {
    "FIL-003": ("shift_unbalanced", "odd_kanji_run"),
    "FIL-006": ("undefined_code", "undecided_gaiji"),
    "FIL-007": ("control_character",),
    "FIL-008": ("low_value",),
    "FIL-009": ("high_value",),
    "NUM-001": ("packed_sign",),
    "NUM-002": ("packed_digit", "packed_blank"),
    "NUM-003": ("zoned_sign", "zoned_digit"),
}


def _planted(truth: pl.DataFrame, rule: str, source: str = "jumin", *, allowed: bool = False) -> set[str]:
    """Subjects of a rule's truth rows; ``allowed`` adds those on which the rule may rightly fire as well."""
    rows = truth.filter(pl.col("source") == source, pl.col("planted"))
    named = pl.col("rule_id") == rule
    if allowed:
        named |= pl.col("also_ok").list.contains(rule)
    return set(rows.filter(named)["subject"])


@pytest.fixture(scope="session")
def rows(residents: pl.DataFrame) -> list[Row]:
    kept = residents.filter(pl.col("論理削除") == "0")
    return list(kept.iter_rows(named=True))


@pytest.mark.parametrize("rule", sorted(ROW_PREDICATES))
def test_row_predicates_find_what_is_planted_and_nothing_else(rule: str, rows: list[Row], truth: pl.DataFrame) -> None:
    found = {str(row["subject"]) for row in rows if ROW_PREDICATES[rule](row)}
    assert _planted(truth, rule) <= found
    assert found <= _planted(truth, rule, allowed=True)
    assert found


@pytest.mark.parametrize("rule", sorted(FAULT_PREDICATES))
def test_faults_of_the_decoder_are_planted(rule: str, resident_faults: pl.DataFrame, truth: pl.DataFrame) -> None:
    found = resident_faults.filter(pl.col("fault").is_in(FAULT_PREDICATES[rule]))
    assert set(found["subject"]) == _planted(truth, rule)
    assert found.height


def test_repeated_keys_are_planted(residents: pl.DataFrame, truth: pl.DataFrame) -> None:
    twice = residents.filter(pl.col("subject").is_duplicated())
    assert set(twice["subject"]) == _planted(truth, "FIL-016") == _planted(truth, "HSE-017")
    items = [c for c in twice.columns if not c.startswith("_")]
    assert twice.select(items).unique().height == twice.height // 2


def test_history_numbers_count_up_to_the_latest_row(residents: pl.DataFrame) -> None:
    one = residents.unique("subject").with_columns(number=pl.col("履歴番号").cast(pl.Int64))
    each = one.group_by("宛名番号").agg(
        rows=pl.len(), highest=pl.col("number").max(), latest=pl.col("number").filter(pl.col("最新区分") == "1")
    )
    assert each.filter(pl.col("rows") != pl.col("highest")).is_empty()
    assert each.filter(pl.col("latest") != pl.concat_list("highest")).is_empty()


def test_households_have_one_head_but_where_planted(residents: pl.DataFrame, truth: pl.DataFrame) -> None:
    here = residents.unique("subject").filter(
        pl.col("最新区分") == "1", pl.col("住民状態") == "1", pl.col("論理削除") == "0"
    )
    homes = here.group_by("世帯番号").agg(
        heads=(pl.col("続柄コード") == "01").sum(),
        members=pl.col("subject").sort().str.join("|"),
        head_subjects=pl.col("subject").filter(pl.col("続柄コード") == "01").sort().str.join("|"),
    )
    assert set(homes.filter(pl.col("heads") > 1)["head_subjects"]) == _planted(truth, "HSE-001")
    assert set(homes.filter(pl.col("heads") == 0)["members"]) == _planted(truth, "HSE-002")


def test_members_share_an_address_and_fit_each_other_but_where_planted(
    residents: pl.DataFrame, truth: pl.DataFrame
) -> None:
    here = residents.unique("subject").filter(
        pl.col("最新区分") == "1", pl.col("住民状態") == "1", pl.col("論理削除") == "0"
    )
    spouses = here.filter(pl.col("続柄コード").is_in(["02", "03"]))
    homes = here.group_by("世帯番号").agg(
        places=pl.concat_str(pl.col("町名", "番地", "方書").fill_null("")).n_unique(),
        members=pl.col("subject").sort().str.join("|"),
    )
    assert set(homes.filter(pl.col("places") > 1)["members"]) == _planted(truth, "HSE-004")
    couples = spouses.group_by("世帯番号").agg(n=pl.len(), subjects=pl.col("subject").sort().str.join("|"))
    assert set(couples.filter(pl.col("n") > 1)["subjects"]) == _planted(truth, "HSE-010")
    born = here.with_columns(born=pl.col("生年月日").map_elements(_iso, return_dtype=pl.String)).filter(
        pl.col("born").str.contains("^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$")
    )
    heads = born.filter(pl.col("続柄コード") == "01").select("世帯番号", head="born").unique("世帯番号", keep="none")
    children = born.filter(pl.col("続柄コード").is_in(["10", "11", "12"])).join(heads, on="世帯番号")
    older = children.filter(pl.col("born") < pl.col("head"))
    assert _planted(truth, "HSE-009") <= set(older["subject"]) <= _planted(truth, "HSE-009", allowed=True)


def test_processing_goes_on_through_a_history_but_where_planted(residents: pl.DataFrame, truth: pl.DataFrame) -> None:
    rows = residents.unique("subject").sort("subject").with_columns(
        before=pl.col("処理日").shift().over("宛名番号"), change=pl.col("処理日")
    )
    assert set(rows.filter(pl.col("change") < pl.col("before"))["subject"]) == _planted(truth, "HSE-018")


def test_numbers_of_other_persons_and_stale_copies_are_planted(
    residents: pl.DataFrame, addressees: pl.DataFrame, truth: pl.DataFrame
) -> None:
    latest = residents.unique("subject").filter(pl.col("最新区分") == "1")
    pairs = addressees.join(latest, on="宛名番号", suffix="_r")
    assert pairs.height >= 8
    born = pl.col("生年月日").str.replace_all("/", "-")
    pairs = pairs.with_columns(
        pair=pl.concat_str("subject", "subject_r", separator="|"),
        born=born,
        born_r=pl.col("生年月日_r").map_elements(_iso, return_dtype=pl.String),
    )
    others = pairs.filter(pl.col("born") != pl.col("born_r"))
    assert set(others["pair"]) == _planted(truth, "DUP-001", "juutogai")
    copies = pairs.filter(pl.col("born") == pl.col("born_r"), pl.col("住民状態") == "1")
    stale = copies.filter((pl.col("町字") != pl.col("町名")) | (pl.col("番地") != pl.col("番地_r")))
    assert set(stale["pair"]) == _planted(truth, "REF-023", "juutogai")


ADDRESSEE_PREDICATES: dict[str, Predicate] = {
    "NUM-007": lambda r: re.fullmatch("[0-9]{1,5}", r["市区町村コード"] or "") is not None,
    "ADR-001": lambda r: (
        bool(r["市区町村コード"])
        and (len(r["市区町村コード"] or "") != 6 or not _municipality(r["市区町村コード"] or ""))
    ),
    "NAM-011": lambda r: bool(re.search("[ｦ-ﾟぁ-ゖ]", r["フリガナ"] or "")),
    "NAM-012": lambda r: "゛" in (r["フリガナ"] or ""),
    "NAM-014": lambda r: "‐" in (r["フリガナ"] or ""),
    "NAM-020": lambda r: bool(SUBSTITUTES & set(r["氏名"] or "")),
    "NAM-023": lambda r: len(r["氏名"] or "") > 100,
    "ADR-027": lambda r: len(r["番地"] or "") > 50 or len(r["方書"] or "") > 300,
    "ADR-020": lambda r: bool(r["郵便番号"]) and len(r["郵便番号"] or "") != 7,
    "ADR-009": lambda r: bool(re.search("[０-９]ー[０-９]", r["番地"] or "")),
    "MOJ-018": lambda r: bool(re.search("[!-~]", (r["番地"] or "") + (r["方書"] or "") + (r["町字"] or ""))),
    "MOJ-022": lambda r: bool(SUBSTITUTES & set(r["フリガナ"] or "")),
    "DAT-007": lambda r: r["生年月日"] == "1975/02/29",
    "DAT-009": lambda r: (r["生年月日"] or "").endswith("/00/00"),
    "DAT-015": lambda r: "/" not in (r["生年月日"] or "/"),
}


@pytest.mark.parametrize("rule", sorted(ADDRESSEE_PREDICATES))
def test_addressee_predicates_find_what_is_planted_and_nothing_else(
    rule: str, addressees: pl.DataFrame, truth: pl.DataFrame
) -> None:
    rows: list[Row] = list(addressees.iter_rows(named=True))
    found = {str(row["subject"]) for row in rows if ADDRESSEE_PREDICATES[rule](row)}
    assert _planted(truth, rule, "juutogai") <= found
    assert found <= _planted(truth, rule, "juutogai", allowed=True)


def test_support_measures_hold_what_is_planted(
    measures: tuple[pl.DataFrame, pl.DataFrame], residents: pl.DataFrame, truth: pl.DataFrame
) -> None:
    table, faults = measures
    assert set(table.filter(pl.col("支援終了日") == "99999999")["subject"]) == _planted(truth, "DAT-014", "shien")
    assert set(table.filter(pl.col("履歴番号") > "0999")["subject"]) == _planted(truth, "NUM-004", "shien")
    assert set(faults["fault"]) == {"glyph_undecided"}
    assert set(faults["subject"]) == _planted(truth, "MOJ-007", "shien")
    nobody = table.join(residents, on="宛名番号", how="anti")
    assert set(nobody["subject"]) == _planted(truth, "HSE-021", "shien")
    assert nobody.height


def test_forty_rules_and_as_many_oddities_as_defects(city: CityReport, truth: pl.DataFrame) -> None:
    planted = truth.filter(pl.col("planted"))
    assert planted["rule_id"].n_unique() >= 40
    assert truth.height - planted.height >= planted.height
    assert city.planted.keys() == set(planted["rule_id"])


def test_every_rule_with_a_decision_has_an_oddity(city: CityReport) -> None:
    without = city.planted.keys() - city.oddities.keys()
    assert not without


def test_one_decision_in_a_hundred_residents_at_the_most(truth: pl.DataFrame, city: CityReport) -> None:
    asked = truth.filter(pl.col("planted"), pl.col("action").is_in(["REVIEW", "PROPOSE", "BLOCK"]))
    # Small cities plant each kind at least once; a city of 20,000 has the same number of kinds, ten times the people.
    assert asked.height <= 4 * len(city.planted)
