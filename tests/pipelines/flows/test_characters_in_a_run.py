"""Characters in a run: receivers projected and proven, an approved identification read, every code explained."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.identification.proposals import proposal_of
from pipelines.ledger import Approval, Proposal, open_ledger
from pipelines.project.loading import load_project
from pipelines.runs.folder import read_json
from pipelines.runs.receiver_proofs import receiver_faults
from pipelines.runs.verification import broken, verify_run

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

NOW = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)


def run(city: Path):
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(city, Options(areas=("001",), rehearsal=1), lambda *_: None)


def approve(data: Path, proposals: list[Proposal]) -> list[str]:
    with open_ledger(data) as ledger:
        ids = ledger.propose(proposals, at=NOW)
        ledger.decide([Approval(id_, "課長 二郎", "承認") for id_ in ids], at=NOW)
    return ids


def test_answers_on_characters_are_read_by_the_next_run(city: Path) -> None:
    first = run(city)
    data = first.folder.parent.parent
    assert broken(verify_run(first.folder)) == []
    issues = pl.read_parquet(first.folder / "issues" / "001.parquet")
    asked = issues.filter(pl.col("rule_id").is_in(["MOJ-004", "MOJ-005"]))
    assert asked["item_path"].unique().to_list() == ["chukan_server"]
    summary = read_json(first.folder / "receivers" / "chukan_server" / "summary.json")
    held = summary["groups"]["001/resident"]["items"]["氏名"]["held"]
    assert held > 0
    codes = pl.read_parquet(first.folder / "code_tables" / "001.parquet")
    assert codes.filter(code="80A9")["explained_by"].to_list() == [""]

    high = asked.filter(before="髙").row(0, named=True)
    jumin = load_project(city).sources["jumin"]
    identified, _ = approve(data, [
        proposal_of(jumin, "gaiji/jumin_east.csv", "80A9", "MJ027401", identified_as="字形一致", proposer="市民課 一郎",
                    reason="戸籍で確認"),
        Proposal(rule_id=high["rule_id"], rule_version=high["rule_version"], issue_id=high["issue_id"],
                 value_hash=high["value_hash"], kind="replace_with", proposer="市民課 一郎", reason="包摂", value="高"),
    ])
    second = run(city)
    assert broken(verify_run(second.folder)) == []
    codes = pl.read_parquet(second.folder / "code_tables" / "001.parquet")
    assert codes.filter(code="80A9").select("text", "explained_by").rows() == [("镸", f"判断 {identified}")]
    summary = read_json(second.folder / "receivers" / "chukan_server" / "summary.json")
    assert summary["decided"] == {"髙": "高"}
    assert 0 < summary["groups"]["001/resident"]["items"]["氏名"]["held"] < held
    report = (second.folder / "reports" / "文字の確認書.html").read_text("utf-8")
    assert f"判断 {identified}" in report
    assert second.statistics["fingerprint"] != first.statistics["fingerprint"]
    assert list(receiver_faults(second.folder)) == []

    # A cell of a receiver that nobody explains is found.
    path = second.folder / "receivers" / "certificate" / "001" / "resident.csv"
    lines = path.read_text("utf-8").split("\n")
    number, *rest = lines[1].split(",")
    path.write_text("\n".join([lines[0], ",".join([number, *rest[:-1], "ミズ"]), *lines[2:]]), "utf-8")
    assert any("differ from standard/" in found for found in receiver_faults(second.folder))
