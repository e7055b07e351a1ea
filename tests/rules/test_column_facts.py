"""What is remembered of a block's columns: asked once, handed on, never across different values."""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import characters_of, rows_where
from rules.column_facts import empty_columns, fact_of, hand_on, is_empty


def test_a_fact_is_asked_once_a_frame_and_column() -> None:
    asked: list[str] = []
    block = pl.DataFrame({"a": ["1"], "b": ["2"]})

    def ask(values: pl.Series) -> int:
        asked.append(values.name)
        return len(values)

    assert [fact_of(block, name, "rows", ask) for name in ("a", "b", "a")] == [1, 1, 1]
    assert asked == ["a", "b"]


def test_facts_of_changed_columns_are_not_handed_on() -> None:
    before = pl.DataFrame({"a": ["〜"], "b": [None]}, schema={"a": pl.String, "b": pl.String})
    assert rows_where(before, "a", "[〜]")
    assert is_empty(before, "b")
    after = before.with_columns(a=pl.lit("～"))
    hand_on(before, after, {"a"})
    assert not rows_where(after, "a", "[〜]")
    assert is_empty(after, "b")
    assert rows_where(before, "a", "[〜]")


def test_one_class_and_the_same_class_in_a_longer_pattern_agree() -> None:
    block = pl.DataFrame({"t": ["神田", None, "", "辻\U000e0102", "a-]"]})
    for one in ("[ -~]", "[^ -~]", r"[\x{E0100}-\x{E01EF}]", "[ァ-ヺ]", "[-]"):
        assert rows_where(block, "t", one) == rows_where(block, "t", f"(?:{one})")
    assert characters_of(block, "t") == {ord(c) for c in "神田辻\U000e0102a-]"}


def test_a_sign_that_stands_nowhere_answers_for_the_pattern() -> None:
    block = pl.DataFrame({"t": ["神田（旧姓鈴木）", None, "山田"]})
    assert rows_where(block, "t", "旧姓|通称", "[称旧]")
    assert not rows_where(block, "t", "旧姓|通称", "[称]")
    assert not rows_where(block, "t", "旧氏|通称", "[称旧]")


def test_empty_columns_follow_what_changed() -> None:
    values = {"a": ["1", None], "b": [None, None], "c": [None, None]}
    before = pl.DataFrame(values, schema=dict.fromkeys("abc", pl.String))
    assert empty_columns(before) == {"b", "c"}
    after = before.select("a", "c", b=pl.lit("2")).with_columns(a=pl.lit(None, pl.String), d=pl.lit(None, pl.String))
    hand_on(before, after, {"a", "b"})
    assert empty_columns(after) == {"a", "c", "d"}
    assert empty_columns(before) == {"b", "c"}
