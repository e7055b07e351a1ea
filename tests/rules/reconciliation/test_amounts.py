"""RCN-002: what an amount is, and how the links of a figure are judged."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.steps.figures import CHAIN_SCHEMA
from rules.reconciliation.amounts import amount_of, figure_findings, find_whole, is_no_amount, judged
from rules.trial import context


def _amount(text: str | None) -> int | None:
    return pl.select(amount_of(pl.lit(text, dtype=pl.String))).item()


@given(st.integers(-(10**15), 10**15))
def test_every_way_to_write_an_amount_reads_as_the_same_number(value: int) -> None:
    """Half- and full-width digits, commas, △ and zeros behind a point."""
    plain = str(value)
    wide = plain.translate(str.maketrans("0123456789-", "０１２３４５６７８９△"))
    assert [_amount(t) for t in (plain, wide, f"{value:,}", f" {plain} ", f"{plain}.00")] == [value] * 5


@pytest.mark.parametrize("text", ["", "   ", None])
def test_a_blank_is_no_amount_and_no_fault(text: str | None) -> None:
    """Nothing was written."""
    assert _amount(text) is None
    assert not pl.select(is_no_amount(pl.lit(text, dtype=pl.String))).item()


@given(st.text(max_size=12))
def test_what_is_no_number_is_never_read_as_one(text: str) -> None:
    """A text is an amount, a blank, or a named fault: nothing falls between."""
    amount = _amount(text)
    if amount is None and text.strip(" 　"):
        assert pl.select(is_no_amount(pl.lit(text))).item()
    if amount is not None:
        assert any(c in "0123456789０１２３４５６７８９" for c in text)


@pytest.mark.parametrize("text", ["1,2", "12.5", "100-", "1e3", "ABC", "12 34", "--5", "△"])
def test_near_misses_of_an_amount(text: str) -> None:
    """Nobody guesses what was meant."""
    assert _amount(text) is None
    assert pl.select(is_no_amount(pl.lit(text))).item()


def _chain(**values: int | None) -> pl.DataFrame:
    row = {"area": "010", "帳票名": "調定簿", "項目": "調定額", "区分": "", "単位": "円"} | values
    return pl.DataFrame({k: pl.Series([row.get(k)], dtype=t) for k, t in CHAIN_SCHEMA.items()})


@pytest.mark.parametrize(("values", "verdict"), [
    ({"現行値": 100, "源泉値": 100, "出力値": 100}, "一致"),
    ({"現行値": 101, "源泉値": 100, "出力値": 100}, "不一致"),
    ({"現行値": 100, "源泉値": 100, "出力値": 99}, "不一致"),
    ({"現行値": 100, "源泉値": 100, "出力値": 90, "除外値": 10}, "理由付き"),
    ({"現行値": 100, "源泉値": 100, "出力値": 90, "保留値": 10}, "理由付き"),
    ({"現行値": 100, "源泉値": 100, "出力値": 105, "規則値": 5}, "理由付き"),
    ({"現行値": 100, "源泉値": 100, "出力値": 90, "除外値": 9}, "不一致"),
    ({"現行値": 100, "源泉値": 100, "出力値": 100, "非数値": 1}, "不一致"),
    ({"源泉値": 100, "出力値": 100}, "未実施"),
    ({"源泉値": 100, "出力値": 99}, "不一致"),
    ({"現行値": 100, "源泉値": 100}, "一致"),
])  # fmt: skip
def test_the_links_of_a_figure(values: dict[str, int], verdict: str) -> None:
    """One yen, one record held back, one cell that is no number: each is seen; what was not supplied is 未実施."""
    assert judged(_chain(**values))["判定"].item() == verdict


def test_a_difference_is_a_finding_of_amounts_or_of_counts() -> None:
    """Yen are RCN-002, people RCN-003; a missing control is no finding."""
    lost = judged(_chain(現行値=100, 源泉値=100, 出力値=99))
    people = lost.with_columns(単位=pl.lit("人"), 項目=pl.lit("納税義務者数"))
    silent = judged(_chain(源泉値=100, 出力値=100))
    with duckdb.connect() as connection:
        connection.register("reconcile_figures_in", pl.concat([lost, people, silent]).to_arrow())
        connection.execute("CREATE TABLE reconcile_figures AS SELECT * FROM reconcile_figures_in")
        connection.execute(
            "CREATE TABLE reconcile_not_numbers AS SELECT '010' AS area, 's' AS source, 'f.dat' AS file, "
            "'調定簿' AS 帳票名, '調定額' AS 項目, 7::BIGINT AS record_no, '00000001' AS subject"
        )
        amounts = find_whole(connection, context(()))
        counts = figure_findings(connection, "RCN-003", "単位 <> '円'")
    assert amounts["subject"].to_list() == ["調定簿/調定額/", "00000001"]
    assert amounts["reason"].to_list() == ["figure", "not_a_number"]
    assert "差（出力−源泉）-1" in amounts["evidence"][0]
    assert counts["subject"].to_list() == ["調定簿/納税義務者数/"]
