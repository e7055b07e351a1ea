from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from layouts.identities import BoundIdentity, check_items, load_identities
from layouts.standard_groups import StandardGroup, StandardItem
from rules.catalogue import load_catalogue
from rules.identities.evaluation import check_identities, evaluate, items_by_group

AREA = "023"
AS_OF = date(2026, 4, 1)
ITEMS = {
    "insured": ("宛名番号", "世帯番号", "被保険者番号", "資格取得年月日", "資格月数"),
    "levy": ("通知書番号", "宛名番号", "年税額", "最新", "賦課月数"),
    "instalment": ("通知書番号", "期別", "期別額"),
    "certification": ("被保険者番号", "開始日", "終了日", "取消"),
    "co_owner": ("物件番号", "分子", "分母"),
    "collection": ("通知書番号", "調定額", "収入済額", "還付未済額", "不納欠損額", "収入未済額"),
    "number": ("個人番号", "統合番号"),
}


@dataclass
class City:
    """Identities of one made-up area and the rows they are held against."""

    folder: Path
    connection: duckdb.DuckDBPyConnection

    def identity(self, **definition: object) -> BoundIdentity:
        path = self.folder / "kihon_data_list" / "x" / AREA / "identities.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"    {k}: {v}\n" for k, v in definition.items())
        path.write_text("identities:\n  - id: tested\n" + text, encoding="utf-8")
        load_identities.__globals__["_read"].cache_clear()
        (bound,) = load_identities("kihon_data_list", "x", AREA, root=self.folder)
        return bound

    def rows(self, group: str, *rows: tuple[str | None, ...]) -> None:
        lineage = {"area": AREA, "group_id": group, "source": "s", "file": "f", "byte_offset": 0}
        frame = pl.DataFrame(
            [
                {**lineage, "record_no": n, "subject": f"{group}{n}", **dict(zip(ITEMS[group], row, strict=True))}
                for n, row in enumerate(rows, 1)
            ],
            schema_overrides=dict.fromkeys(ITEMS[group], pl.String),
        )
        self.connection.register("given", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        self.connection.execute(f'CREATE OR REPLACE TABLE "{AREA}/{group}" AS SELECT * FROM given')

    def found(self, bound: BoundIdentity, off: dict[str, str] | None = None) -> list[tuple[str, str, str, str]]:
        check_identities([bound], GROUPS, load_catalogue())
        done = evaluate(self.connection, [bound], RUN, off or {}, AS_OF, {AREA: "2026-01-15"})
        assert set(done.findings["rule_id"]) <= {bound.identity.rule}
        return list(done.findings.select("subject", "item", "reason", "before").sort("subject").iter_rows())


def _group(name: str) -> StandardGroup:
    return StandardGroup(
        family="kihon_data_list", edition="x", area=AREA, group=name, label=name, source="", licence="",
        items=tuple(
            StandardItem(id=f"{name}.{n}", name=item, meaning="none", confidence="D", basis="")
            for n, item in enumerate(ITEMS[name])
        ),
    )  # fmt: skip


GROUPS = {(AREA, name): _group(name) for name in ITEMS}
RUN = frozenset({*GROUPS, ("001", "resident")})


@pytest.fixture
def city(tmp_path: Path) -> City:
    connection = duckdb.connect()
    people = pl.DataFrame(
        {
            "area": ["001", "001", "031", "023"],
            "group_id": ["resident", "resident", "addressee", "insured"],
            "source": "s", "file": "f", "record_no": [1, 2, 3, 4], "byte_offset": 0, "subject": ["1", "2", "3", "4"],
            "person_number": ["0001", "0001", "0003", "0004"],
            "person_latest": ["0", "1", None, None],
            "person_household_number": ["H0", "H1", None, None],
            "person_birth_date": ["1900-01-01", "2008-04-02", "1950-01-01", "1950-01-01"],
        }
    )  # fmt: skip
    connection.register("persons", people.to_arrow(compat_level=pl.CompatLevel.oldest()))
    connection.execute("CREATE TABLE addressees AS SELECT * FROM persons WHERE area = '031'")
    connection.execute("CREATE TABLE isolated (person_number VARCHAR, household_number VARCHAR)")
    connection.execute("INSERT INTO isolated VALUES ('0009', 'H9')")
    return City(tmp_path, connection)


def test_a_number_nobody_holds_is_an_orphan_and_one_of_an_isolated_record_is_none(city: City) -> None:
    bound = city.identity(rule="REF-001", kind="reference", group="insured", item="宛名番号", to="addressees")
    city.rows("insured", *((n, "", "", "", "") for n in ("0001", "0003", "0009", "0004", None)))
    assert city.found(bound) == [("insured4", "宛名番号", "tested", "0004")]


def test_a_household_is_looked_up_among_households(city: City) -> None:
    bound = city.identity(rule="REF-006", kind="reference", group="insured", item="世帯番号", to="households")
    city.rows("insured", *(("0001", h, "", "", "") for h in ("H0", "H1", "H9", "H2")))
    assert city.found(bound) == [("insured4", "世帯番号", "tested", "H2")]


def test_a_reference_of_several_items_is_to_one_row(city: City) -> None:
    bound = city.identity(
        rule="REF-001", kind="reference", group="levy", item="[通知書番号, 宛名番号]",
        to="{group: insured, item: [被保険者番号, 宛名番号]}",
    )  # fmt: skip
    city.rows("insured", ("0001", "", "A", "", ""), ("0002", "", "B", "", ""))
    city.rows("levy", ("A", "0001", "", "", ""), ("A", "0002", "", "", ""), (None, "0002", "", "", ""))
    assert city.found(bound) == [("levy2", "通知書番号", "tested", "A / 0002")]


def test_instalments_add_up_to_the_year_or_say_how_not(city: City) -> None:
    bound = city.identity(
        rule="REF-012", kind="sum", group="instalment", amount="期別額", by="[通知書番号]",
        equals="{group: levy, amount: 年税額, by: [通知書番号], where: \"最新 = '1'\"}",
    )  # fmt: skip
    city.rows("levy", ("A", "", "300", "1", ""), ("A", "", "999", "0", ""), ("B", "", "300", "1", ""),
              ("C", "", "5", "1", ""), ("D", "", "0", "1", ""), ("E", "", "x", "1", ""))  # fmt: skip
    city.rows("instalment", ("A", "1", "100"), ("A", "2", "200"), ("B", "1", "299"), ("E", "1", "1"), ("F", "1", "7"))
    assert city.found(bound) == [
        ("instalment5", "期別額", "tested:no_whole", "7 / -"),
        ("levy3", "年税額", "tested", "299 / 300"),
        ("levy4", "年税額", "tested:no_parts", "- / 5"),
        ("levy6", "年税額", "tested:not_a_number", "1 / -"),
    ]


def test_the_collection_identity_needs_the_repayment_not_yet_made(city: City) -> None:
    bound = city.identity(
        rule="REF-011", kind="check", group="collection",
        items="[調定額, 収入済額, 還付未済額, 不納欠損額, 収入未済額]",
        holds='"num(収入未済額) = num(調定額) - (num(収入済額) - num(還付未済額)) - num(不納欠損額)"',
    )  # fmt: skip
    city.rows("collection", ("A", "21601363", "21237066", "8271", "0", "372568"),
              ("B", "21601363", "21237066", "0", "0", "372568"), ("C", "", "1", "0", "0", "1"))  # fmt: skip
    assert city.found(bound) == [("collection2", "調定額", "tested", "21601363 / 21237066 / 0 / 0 / 372568")]


def test_a_check_may_ask_the_person_and_another_group(city: City) -> None:
    of_age = city.identity(
        rule="ARE-006", kind="check", group="insured", items="[宛名番号, 資格取得年月日]", person="宛名番号",
        holds='"age(person.birth_date, 資格取得年月日) >= 18"',
    )  # fmt: skip
    city.rows("insured", ("0001", "", "A", "2026-03-31", "8"), ("0001", "", "A", "2026-04-01", "8"))
    assert city.found(of_age) == [("insured1", "資格取得年月日", "tested", "2026-03-31")]
    now = city.identity(
        rule="ARE-006", kind="check", group="insured", items="[宛名番号, 資格取得年月日]", person="宛名番号",
        holds='"age(person.birth_date, as_of()) >= 18 AND fiscal_year(資格取得年月日) = \'2025\'"',
    )  # fmt: skip
    assert [s for s, *_ in city.found(now)] == ["insured2"]
    months = city.identity(
        rule="REF-009", kind="check", group="levy", items="[賦課月数]",
        joins="[{alias: insured, group: insured, on: {宛名番号: 宛名番号}}]",
        holds='"num(own.賦課月数) <= num(insured.資格月数)"',
    )  # fmt: skip
    city.rows("levy", ("A", "0001", "", "", "8"), ("B", "0001", "", "", "12"), ("C", "0007", "", "", "12"))
    assert city.found(months) == [("levy2", "賦課月数", "tested", "12")]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([("1", "3")] * 3, []),
        ([("1", "2"), ("1", "3")], ["tested"]),
        ([("1", "1")], []),
        ([("33333333", "100000000")] * 3, ["tested"]),
        ([("1", "0"), ("1", "1")], ["tested:not_a_number"]),
        ([("半", "1")], ["tested:not_a_number"]),
        ([("1", "99991"), ("99990", "99991")], []),
    ],
)
def test_shares_make_exactly_one(city: City, parts: list[tuple[str, str]], found: list[str]) -> None:
    bound = city.identity(
        rule="REF-016", kind="shares", group="co_owner", by="[物件番号]", numerator="分子", denominator="分母"
    )
    city.rows("co_owner", *(("P", n, d) for n, d in parts), ("Q", "1", "1"))
    assert [reason for _, _, reason, _ in city.found(bound)] == found


def test_periods_neither_overlap_nor_leave_a_gap(city: City) -> None:
    bound = city.identity(
        rule="ARE-023", kind="periods", group="certification", by="[被保険者番号]", start="開始日", end="終了日",
        gap="no", where="\"取消 = '0'\"",
    )  # fmt: skip
    city.rows(
        "certification",
        ("A", "2024-04-01", "2025-03-31", "0"), ("A", "2025-04-01", "", "0"),
        ("B", "2024-04-01", "2025-03-31", "0"), ("B", "2025-03-31", "2026-03-31", "0"), ("B", "2025-01-01", "", "1"),
        ("C", "2024-04-01", "2025-03-31", "0"), ("C", "2025-05-01", "9999-12-31", "0"),
        ("D", "2024-04-01", "2023-04-01", "0"), ("E", "不詳", "2023-04-01", "0"),
    )  # fmt: skip
    assert [(s, r) for s, _, r, _ in city.found(bound)] == [
        ("certification4", "tested:overlap"),
        ("certification7", "tested:gap"),
        ("certification8", "tested:reversed"),
    ]


def test_one_number_has_one_number_and_a_plate_is_unique(city: City) -> None:
    rows = (("P1", "T1"), ("P1", "T1"), ("P2", "T2"), ("P2", "T3"), (None, "T4"), (None, "T5"))
    city.rows("number", *rows)
    depends = city.identity(rule="REF-020", kind="depends", group="number", **{"from": "[個人番号]"}, to="[統合番号]")
    assert city.found(depends) == [("number3|number4", "統合番号", "tested", "T2 / T3")]
    unique = city.identity(rule="REF-018", kind="unique", group="number", items="[個人番号, 統合番号]")
    assert city.found(unique) == [("number1|number2", "個人番号", "tested", "P1 / T1")]


def test_a_register_makes_its_numbers_known(city: City) -> None:
    city.rows("insured", ("0007", "", "", "", ""))
    city.rows("levy", ("A", "0007", "", "", ""))
    register = city.identity(rule="REF-001", kind="register", group="levy", item="宛名番号")
    bound = city.identity(rule="REF-001", kind="reference", group="insured", item="宛名番号", to="addressees")
    assert evaluate(city.connection, [bound], RUN, {}, AS_OF, {}).findings.height == 1
    assert evaluate(city.connection, [register, bound], RUN, {}, AS_OF, {}).findings.is_empty()


def test_what_was_not_run_or_is_off_is_said_and_no_pass(city: City) -> None:
    bound = city.identity(rule="REF-001", kind="reference", group="levy", item="宛名番号",
                          to='{area: "010", group: person, item: 宛名番号}')  # fmt: skip
    done = evaluate(city.connection, [bound], RUN, {}, AS_OF, {})
    assert done.outcomes.select("state", "why", "rows").row(0) == ("not_run", "010/person を実行していない", None)
    known = city.identity(rule="REF-001", kind="reference", group="levy", item="宛名番号", to="addressees")
    alone = evaluate(city.connection, [known], GROUPS.keys(), {}, AS_OF, {})
    assert alone.outcomes.select("state", "why").row(0) == ("not_run", "001（住民基本台帳） を実行していない")
    off = evaluate(city.connection, [bound], RUN, {"REF-001": "市の判断"}, AS_OF, {})
    assert off.outcomes.select("state", "why").row(0) == ("off", "市の判断")


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"rule": "NAM-001", "kind": "unique", "group": "levy", "items": "[通知書番号]"}, "rules/identities"),
        ({"rule": "REF-018", "kind": "unique", "group": "levy", "items": "[無い項目]"}, "items of 023/levy"),
        ({"rule": "REF-011", "kind": "check", "group": "levy", "items": "[年税額]", "holds": "num(無い項目) > 0"},
         "conditions DuckDB understands"),
        ({"rule": "REF-011", "kind": "check", "group": "levy", "items": "[年税額]"}, "the key 'holds'"),
        ({"rule": "REF-011", "kind": "guess", "group": "levy"}, "kind"),
    ],
)  # fmt: skip
def test_a_wrong_definition_names_its_line(city: City, definition: dict[str, str], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected) as caught:
        check_identities([city.identity(**definition)], GROUPS, load_catalogue())
    assert "identities.yml:" in str(caught.value)


def test_every_item_of_an_own_group_is_checked_with_the_layouts(city: City) -> None:
    city.identity(rule="REF-018", kind="unique", group="levy", items="[無い項目]")
    path = city.folder / "kihon_data_list" / "x" / AREA / "identities.yml"
    with pytest.raises(DefinitionError, match="items of group levy"):
        check_items(path, {name: group for (_, name), group in GROUPS.items()})


def test_only_items_that_identities_read_go_into_key_rows(city: City) -> None:
    bound = city.identity(rule="REF-018", kind="unique", group="levy", items="[通知書番号]", where="\"最新 = '最新'\"")
    assert items_by_group([bound], GROUPS) == {(AREA, "levy"): ("通知書番号", "最新")}


def test_days_of_the_run_and_of_the_extract_and_fiscal_years_may_be_asked(city: City) -> None:
    days = (
        "extracted() = '2026-01-15' AND as_of() = '2026-04-01' AND fiscal_year(資格取得年月日) = '2025' AND "
        "fiscal_start('2025') = '2025-04-01' AND year_eve(extracted()) = '2025-03-31' AND "
        "year_end(as_of()) = '2027-03-31'"
    )
    bound = city.identity(rule="ARE-023", kind="check", group="insured", items="[資格取得年月日]", holds=f'"{days}"')
    city.rows("insured", ("0001", "", "A", "2026-03-31", ""), ("0001", "", "A", "2025-04-01", ""))
    assert city.found(bound) == []
    city.rows("insured", ("0001", "", "A", "2026-04-01", ""))
    assert len(city.found(bound)) == 1
