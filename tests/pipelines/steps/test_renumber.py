"""Decisions on 種ア: what they may name, and what a block becomes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from pipelines.ledger.events import Proposal
from pipelines.steps.renumber import STEP, Renumbering, of_area, renumber, renumberings, table_of
from rules.contract import ORDINAL, RECORD_NO
from rules.trial import bound

AS_OF = date(2026, 4, 1)


def decided(*rows: tuple[str, str, str], state: str = "approved", expires: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"id": f"D{n}", "kind": "renumber", "state": state, "expires": expires, "value": new,
             "selector": f'{{"areas":"{areas}","number":"{old}"}}'}
            for n, (old, new, areas) in enumerate(rows)
        ],
        schema=dict.fromkeys(("id", "kind", "state", "expires", "value", "selector"), pl.String),
    )  # fmt: skip


def found(decisions: pl.DataFrame) -> tuple[Renumbering, ...]:
    return renumberings(decisions, AS_OF, "9000", "9099", ("001", "010", "031"))


def test_only_what_is_approved_and_lasting_counts() -> None:
    assert found(decided(("0001", "9000", "010 031"))) == (Renumbering("0001", "9000", ("010", "031"), "D0"),)
    assert found(decided(("0001", "9000", "010"), state="proposed")) == ()
    assert found(decided(("0001", "9000", "010"), expires="2026-03-31")) == ()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("0001", "8999", "031")], "a new number of"),
        ([("0001", "09000", "031")], "a new number of"),
        ([("0001", "9000", "001")], "areas of the 住登外 side"),
        ([("0001", "9000", "023")], "areas of the 住登外 side"),
        ([("0001", "9000", "031"), ("0002", "9000", "031")], "given once"),
        ([("0001", "9000", "031"), ("0001", "9001", "010 031")], "one new number an area"),
    ],
)
def test_a_decision_that_cannot_be_carried_out_is_refused(rows: list[tuple[str, str, str]], expected: str) -> None:
    with pytest.raises(DefinitionError, match=expected):
        found(decided(*rows))


def test_the_ledger_never_takes_one_for_a_resident() -> None:
    proposal = Proposal("DUP-001", 1, "", "", "renumber", "一郎", "別人", value="9000", scope="value",
                        selector={"number": "0001", "areas": "001 031"})  # fmt: skip
    with pytest.raises(DefinitionError, match="a 住民 is never renumbered"):
        proposal.check()


def test_every_number_item_of_the_area_is_rewritten_and_can_be_undone() -> None:
    items = (bound("宛名番号", "person.number"), bound("先", "addressee.merged_into"), bound("氏名", "person.name"))
    frame = pl.DataFrame({RECORD_NO: [1, 2], ORDINAL: [0, 0], "宛名番号": ["0001", "0002"], "先": [None, "0001"],
                          "氏名": ["0001", "x"]})  # fmt: skip
    wanted = of_area(found(decided(("0001", "9000", "031"))), "031")
    new, log = renumber(frame, items, wanted, 3)
    assert new.select("宛名番号", "先", "氏名").rows() == [("9000", None, "0001"), ("0002", "9000", "x")]
    assert log.select("record_no", "item", "before", "rule_id", "step").rows() == [
        (1, "宛名番号", "0001", "decision:D0", STEP), (2, "先", "0001", "decision:D0", STEP),
    ]  # fmt: skip
    assert of_area(found(decided(("0001", "9000", "031"))), "010") == {}
    (row,) = table_of([("031", "g", log.filter(pl.col("item") == "先"))], tuple(wanted.values())).rows(named=True)
    assert (row["旧宛名番号"], row["新宛名番号"], row["rows"]) == ("0001", "9000", 1)


def test_a_reserved_number_that_somebody_has_stops_the_run() -> None:
    frame = pl.DataFrame({RECORD_NO: [1], ORDINAL: [0], "宛名番号": ["9000"]})
    wanted = of_area(found(decided(("0001", "9000", "031"))), "031")
    with pytest.raises(DefinitionError, match="reserved numbers that nobody has"):
        renumber(frame, (bound("宛名番号", "person.number"),), wanted, 1)
