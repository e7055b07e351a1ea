"""What the shipped identities say of rows that are wrong, and of rows that look wrong and are lawful.

Each case names the identity, the rows by group (the first value is the row's label) and the labels it must find.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import duckdb
import polars as pl
import pytest

from layouts.identities import load_identities
from layouts.standard_groups import StandardGroup, list_groups
from rules.identities.evaluation import evaluate

FAMILY, EDITION, DAY = "kihon_data_list", "shipped-1", "2026-01-15"
PEOPLE = {
    # 宛名番号: (世帯番号, birth, resident since, 住所を定めた日, status, removed)
    "here": ("H1", "1950-04-01", "1980-01-01", "1990-05-05", "1", None),
    "young": ("H1", "2007-12-10", "2007-12-10", "2007-12-10", "1", None),
    "left": ("H2", "1950-04-01", "1980-01-01", "1980-01-01", "2", "2025-12-20"),
    "left long ago": ("H2", "1950-04-01", "1980-01-01", "1980-01-01", "2", "2025-08-01"),
    "dead": ("H1", "1950-04-01", "1980-01-01", "1980-01-01", "3", "2025-12-20"),
    "other home": ("H3", "1960-04-01", "1980-01-01", "1980-01-01", "1", None),
}
Rows = Sequence[Mapping[str, str | None]]


@dataclass(frozen=True)
class Case:
    """One identity, its rows and the labels of those it finds."""

    area: str
    identity: str
    rows: Mapping[str, Rows]
    found: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.area}-{self.identity}"


def rows(items: str, *values: tuple[str | None, ...]) -> Rows:
    """Rows by item names; the first value of each is its label."""
    names = ("label", *items.split())
    return [dict(zip(names, row, strict=True)) for row in values]


CASES = (
    Case(
        "002",
        "still_here",
        {
            "registration": rows(
                "宛名番号 廃止年月日",
                ("a", "here", None),
                ("b", "left", None),
                ("c", "dead", None),
                ("d", "dead", "2025-12-21"),
                ("e", "of another city", None),
            )
        },
        ("b", "c"),
    ),
    Case(
        "002",
        "of_age",
        {
            "registration": rows(
                "宛名番号 登録年月日",
                ("the day before", "young", "2022-12-09"),
                ("two days before", "young", "2022-12-08"),
            )
        },
        ("two days before",),
    ),
    Case(
        "003",
        "nobody_left",
        {
            "member": rows(
                "戸籍番号 除籍年月日",
                ("in force", "1", None),
                ("removed", "2", None),
                ("renewed", "3", None),
                ("gone", "2", "2000-01-01"),
            ),
            "family_register": rows(
                "戸籍番号 消除年月日 戸籍区分",
                ("", "1", None, "1"),
                ("", "2", "2000-01-01", "2"),
                ("", "3", "2000-01-01", "3"),
            ),
        },
        ("removed",),
    ),
    Case(
        "004",
        "latest_address_since",
        {
            "address_history": rows(
                "宛名番号 最新フラグ 住所を定めた年月日",
                ("same", "here", "1", "1990-05-05"),
                ("other", "here", "1", "1990-05-06"),
                ("former", "here", "0", "1980-01-01"),
                ("where they went", "left", "1", "2025-12-20"),
                ("of another city", "nobody here", "1", "2025-12-20"),
            )
        },
        ("other",),
    ),
    Case(
        "006",
        "of_age",
        {
            "elector": rows(
                "宛名番号 登録年月日 登録区分",
                ("eve of the birthday", "young", "2025-12-09", "1"),
                ("before", "young", "2025-12-01", "1"),
                ("on the polling day", "young", "2025-12-01", "2"),
                ("not even then", "young", "2025-11-01", "2"),
            )
        },
        ("before", "not even then"),
    ),
    Case(
        "006",
        "still_elector",
        {
            "elector": rows(
                "宛名番号 抹消年月日",
                ("a", "here", None),
                ("four months", "left", None),
                ("over", "left long ago", None),
                ("dead", "dead", None),
                ("struck", "dead", "2025-12-21"),
            )
        },
        ("over", "dead"),
    ),
    Case(
        "010",
        "proxy_alive",
        {
            "proxy": rows(
                "送付先宛名番号 終了年月日",
                ("a", "here", None),
                ("b", "dead", "9999-12-31"),
                ("ended", "dead", "2025-12-31"),
                ("moved out", "left", None),
            )
        },
        ("b",),
    ),
    Case(
        "010",
        "proxy_in_time",
        {
            "proxy": rows(
                "開始年月日 終了年月日",
                ("open", "2025-04-01", None),
                ("a day", "2025-04-01", "2025-04-01"),
                ("back", "2025-04-01", "2025-03-31"),
            )
        },
        ("back",),
    ),
    Case(
        "010",
        "proxy_circle",
        {
            "proxy": rows(
                "宛名番号 送付先宛名番号 終了年月日",
                ("ab", "a", "b", None),
                ("ba", "b", "a", None),
                ("cd", "c", "d", None),
                ("de", "d", "e", None),
                ("fg", "f", "g", None),
                ("gf", "g", "f", "2020-03-31"),
            )
        },
        ("ab", "ba"),
    ),
    Case(
        "012",
        "shares_make_one",
        {
            "owner": rows(
                "物件番号 持分分子 持分分母 所有終了年月日",
                ("7ths", "1", "3", "7", None),
                ("4", "1", "4", "7", None),
                ("2/6", "2", "2", "6", None),
                ("2/3", "2", "2", "3", None),
                ("half", "3", "1", "2", None),
                ("third", "3", "1", "3", None),
                ("sold", "3", "1", "6", "2020-01-01"),
                ("word", "4", "全部", "1", None),
            )
        },
        ("half", "word"),
    ),
    Case(
        "012",
        "lot_unique",
        {
            "property": rows(
                "資産区分 所在_町字 所在_地番 課税地目・家屋種類 相当年度",
                ("a", "1", "本町", "1番", "01", "2025"),
                ("another year", "1", "本町", "1番", "01", "2024"),
                ("another use", "1", "本町", "1番", "03", "2025"),
                ("a house", "2", "本町", "1番", "01", "2025"),
                ("b", "1", "本町", "2番", "01", "2025"),
                ("c", "1", "本町", "2番", "01", "2025"),
            )
        },
        ("b|c",),
    ),
    Case(
        "012",
        "house_unique",
        {
            "property": rows(
                "資産区分 所在_町字 家屋番号 相当年度",
                ("a", "2", "本町", "1番", "2025"),
                ("b", "2", "本町", "1番", "2025"),
                ("no number", "2", "本町", None, "2025"),
                ("nor this", "2", "本町", None, "2025"),
            )
        },
        ("a|b",),
    ),
    Case(
        "014",
        "account_there",
        {
            "collection": rows(
                "宛名番号 税目コード 納付方法",
                ("a", "1", "010", "2"),
                ("ended", "2", "010", "2"),
                ("none", "3", "010", "2"),
                ("by slip", "3", "010", "1"),
            ),
            "account": rows(
                "宛名番号 税目コード 振替終了年月日", ("", "1", "010", "9999-12-31"), ("", "2", "010", "2025-12-31")
            ),
        },
        ("ended", "none"),
    ),
    Case(
        "014",
        "collection_identity",
        {
            "collection": rows(
                "調定額 収入済額 還付未済額 不納欠損額 収入未済額",
                ("paid", "100", "100", "0", "0", "0"),
                ("to be repaid", "100", "130", "30", "0", "0"),
                ("of another year", "21601363", "21237066", "8271", "0", "372568"),
                ("forgotten", "21601363", "21237066", "0", "0", "372568"),
                ("written off", "100", "0", "0", "100", "0"),
                ("no number", "百", "0", "0", "0", "0"),
            )
        },
        ("forgotten",),
    ),
    Case(
        "014",
        "receipts_add_up",
        {
            "receipt": rows(
                "税目コード 通知書番号 相当年度 期別 収納区分 収納額",
                ("", "010", "1", "2025", "1", "1", "130"),
                ("", "010", "1", "2025", "1", "2", "30"),
                ("", "010", "2", "2025", "1", "3", "100"),
                ("", "010", "3", "2025", "1", "1", "99"),
            ),
            "collection": rows(
                "税目コード 通知書番号 相当年度 期別 収入済額",
                ("repaid", "010", "1", "2025", "1", "100"),
                ("appropriated", "010", "2", "2025", "1", "100"),
                ("short", "010", "3", "2025", "1", "100"),
                ("unpaid", "010", "4", "2025", "1", "0"),
            ),
        },
        ("short",),
    ),
    Case(
        "014",
        "resident_tax_levied",
        {
            "collection": rows(
                "税目コード 通知書番号 相当年度 期別 調定額",
                ("", "010", "1", "2025", "01", "100"),
                ("", "010", "2", "2025", "01", "90"),
                ("", "010", "3", "2025", "01", "90"),
                ("", "010", "4", "2025", "10", "100"),
                ("", "010", "5", "2024", "01", "90"),
                ("", "012", "6", "2025", "01", "7"),
            ),
            "010/instalment": rows(
                "徴収区分 通知書番号 相当年度 期別 期別税額 納期限",
                ("same", "1", "1", "2025", "01", "100", "2025-06-30"),
                ("corrected", "1", "2", "2025", "01", "100", "2025-06-30"),
                ("wrong", "1", "3", "2025", "01", "100", "2025-06-30"),
                ("March", "2", "4", "2025", "10", "100", "2026-04-10"),
                ("April", "2", "4", "2025", "11", "100", "2026-05-10"),
                ("retroactive", "1", "5", "2024", "01", "100", "2025-09-30"),
                ("not collected here", "2", "7", "2025", "01", "5", "2025-07-10"),
            ),
            "010/levy": rows(
                "通知書番号 相当年度 更正事由 決定年月日",
                ("", "1", "2025", "00", "2025-06-02"),
                ("", "2", "2025", "03", "2025-06-02"),
                ("", "3", "2025", "00", "2025-06-02"),
                ("", "4", "2025", "00", "2025-06-02"),
                ("", "5", "2024", "00", "2025-08-20"),
            ),
        },
        ("wrong",),
    ),
    Case(
        "014",
        "vehicle_tax_levied",
        {
            "collection": rows(
                "税目コード 通知書番号 相当年度 調定額",
                ("", "013", "1", "2025", "100"),
                ("", "013", "2", "2025", "0"),
                ("", "013", "3", "2025", "0"),
            ),
            "013/levy": rows(
                "通知書番号 相当年度 年税額 減免区分",
                ("same", "1", "2025", "100", "0"),
                ("reduced", "2", "2025", "100", "1"),
                ("lost", "3", "2025", "100", "0"),
            ),
        },
        ("lost",),
    ),
    Case(
        "015",
        "prescribed_and_left",
        {
            "arrears": rows(
                "時効完成予定年月日 滞納本税額",
                ("to come", "2026-01-15", "1"),
                ("past", "2026-01-14", "1"),
                ("paid", "2020-01-01", "0"),
            )
        },
        ("past",),
    ),
    Case(
        "017",
        "grade_of_age",
        {
            "pupil": rows(
                "宛名番号 学年 就学区分",
                ("third of senior", "young", "12", "1"),
                ("behind", "young", "11", "1"),
                ("put off", "young", "11", "2"),
            )
        },
        ("behind",),
    ),
    Case(
        "023",
        "still_here",
        {
            "insured": rows(
                "宛名番号 資格喪失年月日 住所地特例フラグ",
                ("here", "here", None, "0"),
                ("in a home elsewhere", "left", None, "1"),
                ("left", "left", None, "0"),
                ("dead in the home", "dead", None, "1"),
                ("lost", "dead", "2025-12-21", "0"),
                ("will be lost", "left", "2026-02-01", "0"),
            )
        },
        ("left", "dead in the home", "will be lost"),
    ),
    Case(
        "023",
        "months_within",
        {
            "levy": rows(
                "賦課月数 被保険者番号 相当年度",
                ("whole year", "12", "a", "2025"),
                ("to September", "6", "b", "2025"),
                ("too long", "7", "b", "2025"),
                ("the year before", "12", "b", "2024"),
            ),
            "insured": rows(
                "被保険者番号 資格取得年月日 資格喪失年月日",
                ("", "a", "2015-05-05", None),
                ("", "b", "2015-05-05", "2025-10-05"),
            ),
        },
        ("too long",),
    ),
    Case(
        "023",
        "somebody_lives_there",
        {
            "insured": rows(
                "世帯番号 資格喪失年月日 住所地特例フラグ",
                ("a", "H1", None, "0"),
                ("empty", "H2", None, "0"),
                ("in a home elsewhere", "H2", None, "1"),
                ("lost", "H2", "2025-12-21", "0"),
                ("unknown", "H9", None, "0"),
            )
        },
        ("empty",),
    ),
    Case(
        "023",
        "entry_in_register",
        {
            "insured": rows(
                "宛名番号 資格取得年月日 資格喪失年月日",
                ("same", "1", "2015-05-05", None),
                ("other", "2", "2015-05-05", None),
                ("no entry", "3", "2015-05-05", None),
                ("lost", "2", "2015-05-05", "2025-12-21"),
            ),
            "001/resident": rows(
                "宛名番号 最新フラグ 介護資格取得年月日",
                ("", "1", "0", "1999-01-01"),
                ("", "1", "1", "2015-05-05"),
                ("", "2", "1", "2015-05-06"),
                ("", "3", "1", None),
            ),
        },
        ("other",),
    ),
    Case(
        "024",
        "head_in_household",
        {
            "nhi_household": rows(
                "世帯番号 世帯主宛名番号 適用終了年月日",
                ("a", "H1", "here", None),
                ("b", "H1", "other home", None),
                ("ended", "H1", "other home", "2025-03-31"),
            )
        },
        ("b",),
    ),
    Case(
        "024",
        "months_of_entitlement",
        {
            "person_levy": rows(
                "賦課月数 宛名番号 相当年度",
                ("a", "12", "1", "2025"),
                ("lost", "5", "2", "2025"),
                ("lost, whole year", "12", "2", "2025"),
                ("came back", "9", "3", "2025"),
                ("too little", "5", "3", "2025"),
                ("late", "6", "4", "2025"),
                ("late, more", "7", "4", "2025"),
            ),
            "nhi_member": rows(
                "宛名番号 履歴番号 最新フラグ 資格取得年月日 資格喪失年月日",
                ("", "1", "001", "1", "2018-04-01", None),
                ("", "2", "001", "1", "2018-04-01", "2025-09-10"),
                ("", "3", "001", "0", "2018-04-01", "2025-07-01"),
                ("", "3", "002", "1", "2025-10-01", None),
                ("", "4", "001", "1", "2025-10-10", None),
            ),
        },
        ("lost, whole year", "too little", "late, more"),
    ),
    Case(
        "024",
        "persons_only",
        {
            "nhi_member": rows(
                "宛名番号", ("a", "here"), ("removed", "dead"), ("a firm", "firm"), ("nobody", "no such number")
            )
        },
        ("a firm",),
    ),
    Case(
        "025",
        "burden_of_income",
        {
            "burden": rows(
                "被保険者番号 課税所得額 一部負担金の割合 適用開始年月日 適用終了年月日",
                ("three tenths", "1", "1450000", "3", "2025-08-01", None),
                ("beside them", "2", "0", "3", "2025-08-01", None),
                ("one tenth", "3", "0", "1", "2025-08-01", None),
                ("beside them once", "6", "0", "3", "2025-08-01", None),
                ("", "7", "1450000", "3", "2024-08-01", "2025-07-31"),
                ("too much", "4", "0", "3", "2025-08-01", None),
                ("too little", "5", "1450000", "2", "2025-08-01", None),
            ),
            "insured": rows(
                "被保険者番号 世帯番号",
                ("", "1", "H1"),
                ("", "2", "H1"),
                ("", "3", "H2"),
                ("", "4", "H2"),
                ("", "5", "H3"),
                ("", "6", "H4"),
                ("", "7", "H4"),
            ),
        },
        ("beside them once", "too much", "too little"),
    ),
    Case(
        "026",
        "still_here",
        {
            "insured": rows(
                "宛名番号 資格喪失年月日", ("a", "here", None), ("moved", "left", None), ("dead", "dead", None)
            )
        },
        ("dead",),
    ),
    Case(
        "032",
        "one_integrated_number",
        {
            "link": rows(
                "宛名番号 統合宛名番号 紐付け終了年月日",
                ("a", "1", "T1", None),
                ("b", "1", "T1", "9999-12-31"),
                ("ended", "1", "T2", "2020-03-31"),
                ("c", "2", "T1", None),
                ("d", "2", "T3", None),
            )
        },
        ("c|d",),
    ),
    Case(
        "032",
        "one_person_each",
        {
            "integrated": rows(
                "統合宛名番号 個人番号リンクキー", ("a", "T1", "k1"), ("b", "T2", "k2"), ("c", "T2", "k3")
            )
        },
        ("b|c",),
    ),
)


@cache
def _groups() -> dict[tuple[str, str], StandardGroup]:
    return {(g.area, g.id): g for g in list_groups(family=FAMILY) if g.edition == EDITION}


def _frame(area: str, group: str, items: Sequence[str], given: Rows) -> pl.DataFrame:
    lineage = {"area": area, "group_id": group, "source": "s", "file": "f", "byte_offset": 0}
    named = [{**lineage, "record_no": n, "subject": row["label"], **{i: row.get(i) for i in items}}
             for n, row in enumerate(given, 1)]  # fmt: skip
    return pl.DataFrame(named, schema_overrides=dict.fromkeys(items, pl.String), infer_schema_length=None)


def _register(connection: duckdb.DuckDBPyConnection) -> None:
    names = ("household_number", "birth_date", "became_resident_date", "address_since_date", "status", "removed_date")
    listed = [{"number": number, **dict(zip(names, values, strict=True))} for number, values in PEOPLE.items()]
    frame = pl.DataFrame(
        [{"area": "001", "group_id": "resident", "source": "s", "file": "f", "record_no": n, "byte_offset": 0,
          "subject": row["number"], "person_latest": "1", **{f"person_{k}": v for k, v in row.items()}}
         for n, row in enumerate(listed)],
        infer_schema_length=None,
    )  # fmt: skip
    connection.register("persons", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
    connection.execute("CREATE TABLE addressees AS SELECT * FROM persons WHERE false")
    connection.execute("INSERT INTO addressees (area, person_number) VALUES ('011', 'firm')")
    connection.execute("CREATE TABLE isolated (person_number VARCHAR, household_number VARCHAR)")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_finds_what_is_wrong_and_lets_be_what_is_lawful(case: Case) -> None:
    identities = {b.identity.id: b for b in load_identities(FAMILY, EDITION, case.area)}
    bound = identities[case.identity]
    given = {tuple(place.split("/")) if "/" in place else (case.area, place): r for place, r in case.rows.items()}
    needs = bound.needs(_groups())
    assert set(given) == set(needs), "rows of every group the identity reads"
    with duckdb.connect() as connection:
        _register(connection)
        for (area, group), items in needs.items():
            used = {name for row in given[area, group] for name in row if name != "label"}
            assert used <= set(items), "only items the identity reads"
            frame = _frame(area, group, items, given[area, group])
            connection.register("given", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
            connection.execute(f'CREATE TABLE "{area}/{group}" AS SELECT * FROM given')
            connection.unregister("given")
        done = evaluate(connection, [bound], {*needs, ("001", "resident")}, {}, date(2026, 4, 1), {case.area: DAY})
    assert done.outcomes["state"].to_list() == ["checked"]
    assert tuple(sorted(done.findings["subject"].to_list())) == tuple(sorted(case.found))


def test_every_entitlement_asks_whether_its_person_is_still_here() -> None:
    asked = {
        area for area in ("002", "006", "023", "024", "025", "026", "027")
        for b in load_identities(FAMILY, EDITION, area) if b.identity.rule == "REF-007"
    }  # fmt: skip
    assert asked == {"002", "006", "023", "024", "025", "026", "027"}


def test_every_number_of_a_person_in_every_area_is_asked_after() -> None:
    asked = {
        (b.area, b.identity.group, item)
        for area in {area for area, _ in _groups()}
        for b in load_identities(FAMILY, EDITION, area)
        for item in (getattr(b.identity, "referring", ()) or (getattr(b.identity, "item", ""),))
    }
    left = {
        (area, group.id, item.name)
        for (area, _), group in _groups().items()
        for item in group.items
        if item.meaning == "person.number" and area != "001" and (area, group.id, item.name) not in asked
    }
    assert not left
