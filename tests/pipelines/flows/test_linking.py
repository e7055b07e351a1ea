"""種イ end to end: one person with several numbers is linked by decision, never renumbered, and the link can be undone."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from pipelines.ledger import Approval, Proposal, open_ledger
from pipelines.runs.folder import LINKED
from pipelines.runs.verification import broken, verify_run

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

NOW = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
ITEMS = ("宛名番号", "名寄せ元フラグ", "名寄せ先宛名番号")


def run(city: Path, number: int = 1) -> Path:
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(city, Options(areas=("001", "031"), rehearsal=number), lambda *_: None).folder


def data_of(city: Path) -> Path:
    return city.parent / f"{city.name}-data"


def standard(folder: Path, area: str = "031", group: str = "addressee") -> pl.DataFrame:
    with pa.memory_map(str(folder / "standard" / area / f"{group}.arrow")) as handle:
        frame = pl.from_arrow(pa.ipc.open_file(handle).read_all())
    assert isinstance(frame, pl.DataFrame)
    return frame


def issues(folder: Path, *rules: str) -> pl.DataFrame:
    return pl.read_parquet(folder / "issues" / "031.parquet").filter(pl.col("rule_id").is_in(rules))


def table(folder: Path) -> list[dict[str, Any]]:
    return pl.read_csv(folder / LINKED, infer_schema=False).to_dicts()


def decide(city: Path, issue: dict[str, Any], kind: str, value: str | None = None, **more: Any) -> str:
    said = Proposal(
        issue["rule_id"], issue["rule_version"], issue["issue_id"], issue["value_hash"], kind, "税務課 一郎",
        "台帳と戸籍の附票で確認", value=value, **more,
    )
    with open_ledger(data_of(city)) as ledger:
        (decision,) = ledger.propose([said], at=NOW)
        ledger.decide([Approval(decision, "課長 二郎", reference="税務第12号")], at=NOW)
    return decision


def link(city: Path, issue: dict[str, Any], **more: Any) -> tuple[str, str, str]:
    """(number, target, decision): the other number of a pair is linked to the one that stays."""
    target = issue["candidate"]
    (number,) = set(issue["before"].split(" / ")) - {target}
    return number, target, decide(city, issue, "link_to", f"{number}>{target}", **more)


def alone(pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """Pairs whose numbers stand in no other pair, the outsider's being linked to another number."""
    numbers = pairs["before"].str.split(" / ").explode(empty_as_null=True)
    single = set(numbers.filter(~numbers.is_duplicated()))
    return [r for r in pairs.iter_rows(named=True) if r["candidate"] and set(r["before"].split(" / ")) <= single]


def test_a_link_is_written_logged_kept_and_undone(city: Path) -> None:
    before = run(city)
    pairs = issues(before, "DUP-003")
    first, second = alone(pairs)[:2]
    number, target, decision = link(city, first)
    assert not (before / LINKED).exists()

    after = run(city)
    assert broken(verify_run(after)) == []
    rows = standard(after).select(ITEMS)
    assert rows.filter(pl.col("宛名番号") == number).rows() == [(number, "1", target)]
    was, now = standard(before), standard(after)
    changed = was["宛名番号"] == number
    assert was.filter(~changed).equals(now.filter(~changed))
    assert was.drop(ITEMS[1:]).equals(now.drop(ITEMS[1:]))
    assert standard(before, "001", "resident").equals(standard(after, "001", "resident"))
    log = pl.read_parquet(after / "changes" / "031" / "addressee.parquet").filter(
        pl.col("rule_id") == f"decision:{decision}"
    )
    assert sorted(log["item"]) == ["名寄せ元フラグ", "名寄せ先宛名番号"]
    assert [(r["判断"], r["状態"], r["書いた名寄せ先"], r["行数"]) for r in table(after)] == [
        (decision, "適用", target, "1")
    ]
    assert (table(after)[0]["起案者"], table(after)[0]["承認者"]) == ("税務課 一郎", "課長 二郎")

    again = run(city, 2)
    assert [r["状態"] for r in table(again)] in (["適用"], ["失効"], ["該当なし"])
    if table(again)[0]["状態"] == "適用":
        assert standard(again).select(ITEMS).filter(pl.col("宛名番号") == number).rows() == [(number, "1", target)]

    undo = decide(city, first, "undo", supersedes=decision)
    free = run(city)
    assert standard(free).equals(was)
    (row,) = table(free)
    assert (row["状態"], row["取消の判断"], row["取消した人"], row["行数"]) == ("解除", undo, "課長 二郎", "0")
    assert row["取消日時"].startswith("2026-04-02")
    assert second["issue_id"] in issues(free, "DUP-003")["issue_id"].to_list()
    assert broken(verify_run(free)) == []
