from __future__ import annotations

from datetime import date

import pandera.polars as pa
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from char_mapping.errors import DefinitionError
from layouts.meanings import load_meanings
from layouts.standard_groups import BlankRule, StandardGroup, StandardItem, load_group
from rules.catalogue import load_catalogue
from rules.contract import FINDING_SCHEMA, BoundItem, RuleContext
from rules.schema import build_schema, schema_findings
from rules.schema import group_schema as schemas
from rules.schema.cell_checks import CellCheck, checks_of, is_date_text

RESIDENT = load_group("kihon_data_list", "shipped-1", "001", "resident")
ADDRESSEE = load_group("kihon_data_list", "koumoku_teigi", "031", "addressee")


def item(name: str, **more: object) -> StandardItem:
    plain = {"id": name, "name": name, "meaning": "none", "confidence": "A", "basis": "b"}
    return StandardItem.model_validate(plain | more)


def group(*items: StandardItem) -> StandardGroup:
    return StandardGroup.model_validate({"family": "kihon_data_list", "edition": "e", "area": "001", "group": "g",
                                         "label": "g", "source": "s", "licence": "l", "items": items})


def context(of: StandardGroup, *, unfilled: tuple[str, ...] = ()) -> RuleContext:
    meanings = load_meanings()
    return RuleContext(area=of.area, group=of.id, source="s", as_of=date(2026, 4, 1), items=tuple(
        BoundItem(i.name, i.meaning, meanings[i.meaning].kind, source_item="" if i.name in unfilled else i.name)
        for i in of.items))


def block(of: StandardGroup, **columns: list[str | None]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    lineage = {"_record_no": pl.Series(range(1, height + 1), dtype=pl.Int64),
               "_byte_offset": pl.Series(range(0, 100 * height, 100), dtype=pl.Int64),
               "_ordinal": pl.Series([0] * height, dtype=pl.Int32)}
    return pl.DataFrame(lineage | {n: pl.Series(columns.get(n, [None] * height), dtype=pl.String) for n in of.names})


def found(of: StandardGroup, unfilled: tuple[str, ...] = (), **columns: list[str | None]) -> list[tuple[object, ...]]:
    findings = schema_findings(block(of, **columns), of, context(of, unfilled=unfilled))
    assert findings.schema == FINDING_SCHEMA
    return findings.select("record_no", "item", "rule_id", "reason").rows()


def one(cell: str | None, **more: object) -> list[tuple[object, ...]]:
    return [(rule, reason) for _, _, rule, reason in found(group(item("甲", **more)), 甲=[cell])]


@pytest.mark.parametrize("of", [RESIDENT, ADDRESSEE], ids=lambda g: g.id)
def test_canary_of_a_block_in_which_every_checked_cell_is_wrong(of: StandardGroup) -> None:
    """Guards against a silent no-op: a schema that checks nothing would pass this block."""
    wrong = {i.name: ["ｱx漢" * 200] * 3 for i in of.items}
    findings = schema_findings(block(of, **wrong), of, context(of))
    checked = {check.item for check in checks_of(of) if not check.asks_for_value}
    assert set(findings["item"]) == checked
    assert len(checked) > len(of.items) // 2
    assert findings.height == 3 * len(checked)


def test_pandera_itself_fails_on_an_eager_block() -> None:
    frame = block(ADDRESSEE, 性別=["9"])
    with pytest.raises(SchemaErrors) as caught:
        build_schema(ADDRESSEE).validate(frame, lazy=True)
    assert "COD-001" in caught.value.failure_cases["check"].to_list()
    assert build_schema(ADDRESSEE).columns["性別"].metadata["item"] == ADDRESSEE.by_name["性別"]


def test_every_rule_of_a_check_is_in_the_catalogue() -> None:
    known = load_catalogue().by_id
    for of in (RESIDENT, ADDRESSEE, load_group("kihon_data_list", "fuban_api_2_0", "031", "addressee")):
        assert {check.rule_id for check in checks_of(of)} <= set(known)


@pytest.mark.parametrize(("cell", "more", "expected"), [
    ("123", {"type": "X", "length": 3}, []),
    ("ｱｲｳ ", {"type": "X", "length": 4}, []),
    ("１２", {"type": "X", "length": 3}, [("MOJ-018", "full_width_in_x")]),
    ("漢", {"type": "X", "length": 3}, [("MOJ-018", "full_width_in_x")]),
    ("1234", {"type": "X", "length": 3, "meaning": "person.number"}, [("NUM-004", "too_long")]),
    ("1234", {"type": "X", "length": 3, "meaning": "address.postal_code"}, [("ADR-020", "too_long")]),
    ("1234", {"type": "X", "length": 3}, [("MOJ-021", "too_long")]),
    ("山田　太郎", {"type": "N", "length": 5}, []),
    ("山田 太郎", {"type": "N", "length": 5}, [("MOJ-018", "half_width_in_n")]),
    ("ﾔﾏﾀﾞ", {"type": "N", "length": 5}, [("MOJ-018", "half_width_in_n")]),
    ("山田太郎", {"type": "N", "length": 3, "meaning": "person.name"}, [("NAM-023", "too_long")]),
    ("山田太郎", {"type": "N", "length": 3, "meaning": "address.town"}, [("ADR-027", "too_long")]),
    ("ヤマダタ", {"type": "N", "length": 3, "meaning": "address.building.kana"}, [("ADR-027", "too_long")]),
    ("辻\U000e0102辻\U000e0101邉\ufe00", {"type": "N", "length": 3, "meaning": "person.name"}, []),
    ("𠮷𠮷𠮷", {"type": "N", "length": 3, "meaning": "person.name"}, []),
    ("𠮷𠮷𠮷𠮷", {"type": "N", "length": 3, "meaning": "person.name"}, [("NAM-023", "too_long")]),
    ("012", {"type": "9", "length": 3}, []),
    ("12a", {"type": "9", "length": 3}, [("NUM-007", "not_digits")]),
    ("１２", {"type": "9", "length": 3}, [("NUM-007", "not_digits")]),
    ("1234", {"type": "9", "length": 3}, [("NUM-004", "too_many_digits")]),
    ("0001", {"type": "9", "length": 3}, []),
    ("-00123.40", {"type": "S9", "length": 5, "scale": 2}, []),
    ("123.45", {"type": "9V", "length": 5, "scale": 2}, []),
    ("1234.5", {"type": "9V", "length": 5, "scale": 2}, [("NUM-004", "too_many_digits")]),
    ("1.234", {"type": "9V", "length": 5, "scale": 2}, [("NUM-004", "too_many_digits")]),
    ("1.", {"type": "9V", "length": 5, "scale": 2}, [("NUM-005", "not_a_number")]),
    ("-1", {"type": "9V", "length": 5, "scale": 2}, [("NUM-006", "negative")]),
    ("-123", {"type": "S9", "length": 3}, []),
    ("-1234", {"type": "S9", "length": 3}, [("NUM-004", "too_many_digits")]),
    ("12:34:56", {"type": "TIME", "length": 8}, []),
    ("24:00:00", {"type": "TIME", "length": 8}, [("DAT-022", "not_a_time")]),
    ("12:34:56\n", {"type": "TIME", "length": 8}, [("DAT-022", "not_a_time")]),
    ("2026", {"type": "YEAR", "length": 4}, []),
    ("26", {"type": "YEAR", "length": 4}, [("DAT-008", "not_a_year")]),
    ("2026-02-29", {"type": "DATE", "length": 10}, [("DAT-008", "not_a_date")]),
    ("1", {"type": "X", "length": 1, "code_list": "性別"}, []),
    ("3", {"type": "X", "length": 1, "code_list": "性別"}, [("COD-001", "not_in_code_list")]),
    ("１", {"type": "X", "length": 1, "code_list": "性別"}, [("COD-001", "not_in_code_list")]),
    ("59", {"code_list": "記載の事由/消除の事由/修正の事由"}, []),
    ("60", {"code_list": "記載の事由/消除の事由/修正の事由"}, [("COD-001", "not_in_code_list")]),
    ("3A", {"type": "X", "length": 2, "code_list": "続柄"}, []),
    ("何でも", {"type": "X", "length": 3, "code_list": "支援措置区分"}, [("MOJ-018", "full_width_in_x")]),
    ("a漢" * 500, {}, []),
    ("", {"type": "X", "length": 1, "code_list": "性別"}, []),
    ("", {"type": "DATE", "length": 10}, []),
    (None, {"type": "DATE", "length": 10}, []),
])
def test_types_widths_lengths_and_codes(cell: str | None, more: dict[str, object],
                                        expected: list[tuple[str, str]]) -> None:
    assert one(cell, **more) == expected


def test_required_only_where_the_official_text_says_so() -> None:
    assert one(None, condition="必須") == [("NUL-002", "blank")]
    assert one("", condition="必須") == [("NUL-002", "blank")]
    assert one(None, condition="必須", confidence="D") == []
    assert one(None, condition="条件付き必須") == []
    assert one(None, key=True) == [("NUL-001", "blank_key")]


def test_conditional_requirements_are_named_rules() -> None:
    when = {"required_when": {"name": "name_of_a_japanese", "item": "種別", "in": ("1",), "basis": "b"}}
    filled = {"required_when": {"name": "branch_with_number", "item": "種別", "basis": "b"}}
    kinds: list[str | None] = ["1", "2", "1", None]
    of = group(item("種別"), item("氏", **when))
    assert found(of, 種別=kinds, 氏=[None, None, "山", ""]) == [(1, "氏", "NUL-002", "name_of_a_japanese")]
    of = group(item("種別"), item("枝", **filled))
    assert [row[0] for row in found(of, 種別=kinds, 枝=["x", None, "", None])] == [2, 3]
    assert found(of, ("枝",), 種別=kinds, 枝=[None] * 4) == []


def test_items_without_a_source_are_not_asked_for_on_every_row() -> None:
    of = group(item("甲", condition="必須"), item("乙"))
    assert found(of, ("甲",), 甲=[None, None], 乙=["x", "y"]) == []
    assert len(found(of, (), 甲=[None, None], 乙=["x", "y"])) == 2
    assert found(of, ("甲",), 甲=["x", None], 乙=["x", "y"]) == [(2, "甲", "NUL-002", "blank")]


def test_blank_not_allowed_of_the_register() -> None:
    rows: dict[str, list[str | None]] = {
        "市区町村コード": ["131016"] * 6, "宛名番号": ["1"] * 6, "個人履歴番号": ["1"] * 6,
        "個人履歴番号_枝番号": ["0"] * 6, "世帯番号": ["1"] * 6, "第30条45規定区分": ["01"] * 6,
        "住民種別": ["1", "2", "1", "1", "2", "1"], "住民状態": ["1", "1", "3", "1", "1", "1"],
        "生年月日": ["1990-01-01", "1990-01-01", "1990-01-01", None, None, "1990-01-01"],
        "生年月日_不詳フラグ": [None, None, None, "1", "0", None],
        "住民票コード": ["1", "1", None, "1", "1", None],
        "住所_町字": ["町"] * 5 + [None], "住所_番地号表記": ["１"] * 5 + [""],
        "本籍": ["なし", None, "不明", "県", None, None], "本籍_町字": [None] * 5 + ["町"],
        "戸籍_筆頭者": ["甲", None, "甲", None, None, "甲"],
        "住民となった年月日": ["1990-01-01", None, "1990-01-01", "1990-01-01", None, "1990-01-01"],
        "外国人住民となった年月日": [None, "1990-01-01", None, None, None, None],
    }
    assert found(RESIDENT, **rows) == [
        (4, "戸籍_筆頭者", "NUL-001", "blank"),
        (5, "生年月日", "NUL-001", "blank"), (5, "外国人住民となった年月日", "NUL-001", "blank"),
        (6, "住民票コード", "NUL-001", "blank"), (6, "住所_町字", "NUL-001", "blank")]


def test_findings_carry_the_row_and_hide_the_individual_number() -> None:
    of = group(item("番号", type="X", length=12, meaning="person.my_number"), item("氏名", type="N", length=2,
                                                                                 meaning="person.name"))
    findings = schema_findings(block(of, 番号=["1" * 12, "1" * 13], 氏名=["山田太", "山"]), of, context(of))
    assert findings.select("record_no", "ordinal", "byte_offset", "item", "before", "about", "evidence").rows() == [
        (1, 0, 0, "氏名", "山田太", "山田太", "N 2"), (2, 0, 100, "番号", None, "1" * 13, "X 12")]


def test_a_frame_that_is_not_conformed_is_a_definition_error() -> None:
    of = group(item("甲", type="X", length=1))
    with pytest.raises(DefinitionError, match="expected a column of text, found no such column"):
        schema_findings(block(of, 甲=["1"]).drop("甲"), of, context(of))
    with pytest.raises(DefinitionError, match="expected a column of text, found Int64"):
        schema_findings(block(of, 甲=["1"]).with_columns(pl.lit(1, pl.Int64).alias("甲")), of, context(of))
    assert schema_findings(block(of, 甲=["1"]).clear(), of, context(of)).is_empty()


def test_a_check_that_cannot_run_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    of = group(item("甲", type="X", length=1, note="broken"))
    broken = CellCheck("甲", "MOJ-018", "full_width_in_x", pl.col("甲").str.to_integer() > 0, pl.lit(True))
    monkeypatch.setattr(schemas, "checks_of", lambda _: (broken,))
    with pytest.raises(DefinitionError, match="MOJ-018 failed on the whole column") as caught:
        schema_findings(block(of, 甲=["秘密"]), of, context(of))
    assert "秘密" not in str(caught.value)


dates = ["2024-02-29", "2023-02-29", "0000-01-01", "9999-12-31", "0000-00-00", "12:00:00"]
cells = st.one_of(st.none(), st.text(alphabet="0129aア漢ｱ　 -:\U000e0100\U00020bb7", max_size=6),
                  st.sampled_from(dates))
MIXED = group(item("文字", type="X", length=4, meaning="person.number", condition="必須"),
              item("全角", type="N", length=3, meaning="person.name"),
              item("区分", type="X", length=1, code_list="性別"),
              item("日付", type="DATE", length=10, meaning="person.birth_date", unknown_flag="区分",
                   blank_not_allowed=BlankRule(basis="b")),
              item("数", type="9", length=3), item("率", type="9V", length=4, scale=2),
              item("時刻", type="TIME", length=8))


@settings(max_examples=30)
@given(st.lists(st.tuples(*[cells] * 7), min_size=1, max_size=6))
def test_the_quick_question_never_hides_what_the_whole_schema_finds(rows: list[tuple[str | None, ...]]) -> None:
    frame = block(MIXED, **{name: [row[k] for row in rows] for k, name in enumerate(MIXED.names)})
    try:
        build_schema(MIXED).validate(frame, lazy=True)
        whole: set[tuple[int, str]] = set()
    except SchemaErrors as errors:
        whole = set(errors.failure_cases.select(pl.col("index").cast(pl.Int64) + 1, "column").rows())
    quick = schema_findings(frame, MIXED, context(MIXED))
    assert set(quick.select("record_no", "item").rows()) == whole
    assert quick.height == len(whole)


@given(st.one_of(st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True), st.dates().map(str),
                 st.text(alphabet="0123456789-年 ", max_size=11)))
def test_dates_are_those_that_python_knows(text: str) -> None:
    try:
        known = date.fromisoformat(text).isoformat() == text
    except ValueError:
        known = False
    expected = known or text in ("", "0000-01-01")
    assert _is_date(text, "strict") == expected
    assert _is_date(text, "registry") >= expected


@pytest.mark.parametrize(("text", "strict", "registry"), [
    ("1975-02-29", False, True), ("1975-02-31", False, True), ("1975-02-32", False, False),
    ("1975-13-01", False, False), ("0000-00-00", False, False), ("0000-01-02", False, False),
    ("9999-12-31", True, True), ("1912-07-30", True, True), ("1975-2-9", False, False),
    ("１９７５-02-28", False, False), ("1975-02-28\n", False, False), ("1975-00-00", False, False),
])
def test_days_that_no_calendar_has(text: str, strict: bool, registry: bool) -> None:
    assert _is_date(text, "strict") == strict
    assert _is_date(text, "registry") == registry
    assert _is_date(text, "by_reason") == registry


def _is_date(text: str, calendar: str) -> bool:
    return bool(pl.DataFrame({"d": [text]}).select(is_date_text(pl.col("d"), calendar=calendar)).item())


def test_pandera_on_a_lazy_frame_checks_nothing_which_is_why_blocks_are_eager() -> None:
    frame = block(ADDRESSEE, 性別=["9"])
    schema = pa.DataFrameSchema({"性別": build_schema(ADDRESSEE).columns["性別"]})
    assert isinstance(schema.validate(frame.lazy()), pl.LazyFrame)
