"""The story of a migration: three rehearsals of the sample city, clerks deciding in between, fewer questions then."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.ledger import Approval, Proposal, classify, in_force, open_ledger
from pipelines.ledger.events import EVERY_VALUE
from pipelines.runs.comparison import compare_runs
from pipelines.runs.delta import write_delta
from pipelines.runs.verification import broken, verify_run

pytestmark = [pytest.mark.flow, pytest.mark.long, pytest.mark.usefixtures("prefect_api")]

AT = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)


def rehearse(city: Path, number: int):
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(city, Options(rehearsal=number), lambda *_: None)


def issues_of(run: Path) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(p) for p in sorted((run / "issues").glob("*.parquet"))])


def certified_items(run: Path) -> pl.DataFrame:
    from pipelines.reports.run_files import open_run

    return open_run(run).items.filter("certified").select("area_id", "group_id", item="item")


def decide(data: Path, run: Path, generation: str) -> int:
    """Two people answer what is open: policies for kinds with several issues, single answers for the rest."""
    issues = issues_of(run).with_columns(
        item=pl.col("item_path").fill_null("").str.replace_all(r"\[[0-9]+\]", ""),
        group_id=pl.col("group_id").fill_null(""),
    ).join(
        certified_items(run).with_columns(certified=pl.lit(True)), on=["area_id", "group_id", "item"], how="left"
    ).with_columns(pl.col("certified").fill_null(False))
    with open_ledger(data) as ledger:
        states = classify(issues, ledger.decisions(), as_of=date(2026, 4, 1), generation=generation)
        waiting = issues.join(states.filter(pl.col("state") == "未判断"), on="issue_id", how="semi")
        proposals = []
        for (rule, area, group, item), rows in waiting.group_by(
            "rule_id", "area_id", "group_id", "item", maintain_order=True
        ):
            first = rows.row(0, named=True)
            if rows.height > 2:
                proposals.append(Proposal(
                    str(rule), first["rule_version"], "", "", "accept_as_is", "市民課 一郎", "方針", scope="pattern",
                    selector={"area": str(area), "group": str(group), "item": str(item), "pattern": EVERY_VALUE},
                    certified=first["certified"], generation=generation,
                ))
                continue
            for row in rows.iter_rows(named=True):
                adopt = bool(row["candidate"]) and not row["certified"] and row["action"] == "PROPOSE"
                proposals.append(Proposal(
                    row["rule_id"], row["rule_version"], row["issue_id"], row["value_hash"],
                    "adopt_candidate" if adopt else "accept_as_is", "市民課 一郎", "台帳で確認",
                    value=row["candidate"] if adopt else None, certified=row["certified"], generation=generation,
                ))
        ids = ledger.propose(proposals, at=AT)
        ledger.decide([Approval(id_, "課長 二郎", reference="市民第1号") for id_ in ids], at=AT)
    return len(ids)


def test_three_rehearsals_ask_less_each_time_and_forget_nothing(city):
    data = city.parent / f"{city.name}-data"
    told = []
    outcomes = []
    for number in (1, 2, 3):
        outcome = rehearse(city, number)
        outcomes.append(outcome)
        statistics, issues = outcome.statistics, issues_of(outcome.folder)
        assert broken(verify_run(outcome.folder)) == []
        frozen = pl.read_parquet(outcome.folder / "decisions.parquet")
        # Every decision that fits an issue of this run is in force in this run, and says so in its states.
        governing = in_force(issues, frozen, statistics["as_of"])
        states = statistics["issues"]["states"]
        assert states.get("承認済", 0) == governing.filter(pl.col("kind") != "send_back").height
        if number > 1:
            assert governing.height > 0
            kept = frozen.filter(pl.col("scope") == "record").with_columns(
                issue_id=pl.col("selector").str.json_path_match("$.issue_id")
            ).join(issues.select("issue_id", "value_hash", "rule_version"), on=["issue_id", "value_hash"], how="semi")
            assert set(kept["id"]) <= set(governing["decision_id"])
        told.append((statistics["issues"]["total"], statistics["issues"]["open"], statistics["issues"]["individual"]))
        if number < 3:
            assert decide(data, outcome.folder, statistics["generation"]) > 0
    opened = [row[1] for row in told]
    assert opened[0] > opened[1] >= opened[2], told
    assert told[0][2] >= told[1][2] >= told[2][2], told
    compared = compare_runs(outcomes[0].folder, outcomes[2].folder)
    assert compared.totals["decided"] > 0
    assert [size for _, size in compared.open_by_run] == opened
    delta = write_delta(outcomes[1].folder, outcomes[2].folder, at=AT)
    assert sum(sum(counts.values()) for counts in delta.counts.values()) > 0
    with open_ledger(data) as ledger:
        assert ledger.verify_chain() > 0
        batches = ledger.accesses(process="移行リハーサル")
        assert batches.select("actor", "my_number").rows() == [("ikou run", 1)] * 3
