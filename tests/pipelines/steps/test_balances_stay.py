"""DUP-010 and DUP-012: a link names numbers; balances, entitlements and every other item stay where they are."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipelines.steps.linking import Linked, link_block
from rules.contract import BoundItem
from rules.trial import bound

LINKS = (bound("名寄せ元フラグ", "addressee.merged_flag"), bound("名寄せ先宛名番号", "addressee.merged_into"))
NUMBER = bound("宛名番号", "person.number")
BALANCES = (bound("収入未済額", "business.amount"), bound("資格取得年月日", "business.start_date"))
TEXT = st.sampled_from([None, "0", "1", "12000", "2018-04-01"])


def _block(rows: list[tuple[str, str | None, str | None]], items: tuple[BoundItem, ...]) -> pl.DataFrame:
    names = [item.name for item in (NUMBER, *BALANCES)]
    values = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    places = pl.DataFrame({"_record_no": range(1, len(rows) + 1), "_ordinal": [0] * len(rows)},
                          schema={"_record_no": pl.Int64, "_ordinal": pl.Int32})  # fmt: skip
    more = [pl.lit(None, dtype=pl.String).alias(item.name) for item in items]
    return pl.concat([places, values], how="horizontal").with_columns(more)


@given(st.lists(st.tuples(st.sampled_from("123456"), TEXT, TEXT), min_size=1, max_size=9),
       st.dictionaries(st.sampled_from("123456"), st.sampled_from("789"), min_size=1, max_size=4))  # fmt: skip
def test_a_link_moves_nothing(rows: list[tuple[str, str | None, str | None]], targets: dict[str, str]) -> None:
    wanted = {number: Linked(target, "D", 1) for number, target in targets.items()}
    # An area with balances holds no link items: its rows are handed on as they are.
    plain = _block(rows, ())
    assert link_block(plain, (NUMBER, *BALANCES), wanted)[0].equals(plain)
    # The rows of 住登外 get their link and keep all else.
    frame = _block(rows, LINKS)
    after, log = link_block(frame, (NUMBER, *BALANCES, *LINKS), wanted)
    kept = [NUMBER.name, *(item.name for item in BALANCES)]
    assert after.select(kept).equals(frame.select(kept))
    assert set(log["item"]) <= {item.name for item in LINKS}
