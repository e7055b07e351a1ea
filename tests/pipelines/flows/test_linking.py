"""種イ end to end: one person with several numbers is linked by decision, never renumbered; a link can be undone."""

from __future__ import annotations

import csv
import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from pipelines.ledger import Approval, Proposal, classify, open_ledger
from pipelines.reports.run_files import open_run
from pipelines.reports.verification.duplicates import link_sheet, pair_sheet
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


def test_a_link_is_written_logged_kept_and_undone(small_city: Path) -> None:
    city = small_city
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

    report = open_run(after)
    by_numbers = {frozenset((r[1], r[3])): r for r in pair_sheet(report).rows}
    assert by_numbers[frozenset((number, target))][-2:] == (target, "承認済")
    assert [(r[0], r[1], r[9]) for r in link_sheet(report).rows] == [(number, target, "適用")]
    confidence = issues(after, "DUP-003")["confidence"].unique().to_list()
    assert all(text.startswith("A（強）・点") for text in confidence)

    undo = decide(city, first, "undo", supersedes=decision)
    free = run(city)
    assert standard(free).equals(was)
    (row,) = table(free)
    assert (row["状態"], row["取消の判断"], row["取消した人"], row["行数"]) == ("解除", undo, "課長 二郎", "0")
    assert row["取消日時"].startswith("2026-04-02")
    assert second["issue_id"] in issues(free, "DUP-003")["issue_id"].to_list()
    assert broken(verify_run(free)) == []


def second_generation(city: Path, delivery: Any) -> Path:
    """The first delivery once more as the second; gives the folder of 住登外."""
    exports = data_of(city) / "exports"
    second = sorted(p for p in exports.iterdir() if p.is_dir())[1]
    shutil.rmtree(second)
    shutil.copytree(delivery(city).exports, second)
    return second / "juutogai"


def edit(folder: Path, number: str, old: str | None, new: str = "") -> None:
    """Replace a text in somebody's line, or leave the line out; the receipt is written as the city would."""
    (path,) = [p for p in folder.iterdir() if p.name != "receipt.csv"]
    lines = path.read_bytes().splitlines(keepends=True)
    (at,) = [n for n, line in enumerate(lines) if number.encode() in line.split(b",")[0]]
    if old is None:
        del lines[at]
    else:
        assert old.encode("cp932") in lines[at]
        lines[at] = lines[at].replace(old.encode("cp932"), new.encode("cp932"), 1)
    path.write_bytes(b"".join(lines))
    receipt = folder / "receipt.csv"
    with receipt.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    content = path.read_bytes()
    for row in rows:
        row["バイト数"], row["SHA-256"] = str(len(content)), hashlib.sha256(content).hexdigest()
        row["件数"] = str(int(row["件数"]) - (old is None))
    with receipt.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def outsider_of(issue: dict[str, Any], folder: Path) -> dict[str, Any]:
    (row,) = standard(folder).filter(pl.col("宛名番号").is_in(issue["before"].split(" / "))).to_dicts()
    return row


@pytest.mark.long
def test_a_decided_pair_is_asked_again_only_when_its_evidence_changes(city: Path, delivery: Any) -> None:
    first = run(city)
    pairs = [
        p for p in alone(issues(first, "DUP-003", "DUP-004")) if len(p["subject"].split("|")) == 2
        and standard(first).filter(pl.col("宛名番号").is_in(p["before"].split(" / "))).height == 1
    ]  # fmt: skip
    stays, moved, retold, linked, gone, restated = pairs[:6]
    apart = {p["issue_id"]: decide(city, p, "not_duplicate") for p in (stays, moved, retold)}
    kept = link(city, linked)
    lost = link(city, gone)
    stale = link(city, restated)
    second = second_generation(city, delivery)
    edit(second, outsider_of(moved, first)["宛名番号"], outsider_of(moved, first)["住所_番地号表記"], "９９９番地")
    row = outsider_of(retold, first)
    born = row["生年月日"].replace("-", "/")
    edit(second, row["宛名番号"], born, born[:3] + str((int(born[3]) + 1) % 10) + born[4:])
    edit(second, outsider_of(gone, first)["宛名番号"], None)
    row = outsider_of(restated, first)
    edit(second, row["宛名番号"], row["住所_番地号表記"], "９９８番地")

    after = run(city, 2)
    assert broken(verify_run(after)) == []
    found = issues(after, "DUP-002", "DUP-003", "DUP-004", "DUP-005", "DUP-006", "DUP-007")
    with open_ledger(data_of(city)) as ledger:
        states = dict(
            classify(found, ledger.decisions(), generation="g2").select("issue_id", "state").iter_rows()
        )
    by_subject = {r["subject"]: r for r in found.iter_rows(named=True)}
    assert states[stays["issue_id"]] == "承認済"
    assert "失効" not in by_subject[stays["subject"]]["evidence"]
    told = by_subject[moved["subject"]]
    assert states[told["issue_id"]] in ("未判断", "失効")
    assert f"判断{apart[moved['issue_id']]}（別人（重複でない））は失効: 住所が変わった" in told["evidence"]
    for value in (outsider_of(moved, first)["住所_番地号表記"], "９９９"):
        assert value not in told["evidence"]
    again = by_subject[retold["subject"]]
    assert (again["rule_id"], states[again["issue_id"]]) == ("DUP-005", "未判断")
    assert f"生年月日が変わった、水準が変わった（{retold['rule_id']}からDUP-005へ）" in again["evidence"]
    by_decision = {r["判断"]: r for r in table(after)}
    assert by_decision[kept[2]]["状態"] == "適用"
    assert (by_decision[lost[2]]["状態"], by_decision[lost[2]]["説明"]) == (
        "該当なし", "名寄せ元の宛名番号が今回のデータに無い",
    )  # fmt: skip
    assert by_decision[stale[2]]["状態"] == "失効"
    assert "住所が変わった" in by_decision[stale[2]]["説明"]
    rows = standard(after).filter(pl.col("宛名番号").is_in([kept[0], stale[0]])).select(ITEMS).sort("宛名番号")
    assert sorted(rows.rows()) == sorted([(kept[0], "1", kept[1]), (stale[0], "0", None)])
