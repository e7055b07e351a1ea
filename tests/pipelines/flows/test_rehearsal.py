"""The flow itself, on a real Prefect API: complete runs, decisions carried over, bad deliveries, resumed runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from char_mapping.errors import DefinitionError, UnreadableFile
from pipelines.cli.run import headline
from pipelines.errors import LawBroken
from pipelines.ledger import Approval, Proposal, open_ledger
from pipelines.runs import journal
from pipelines.runs.folder import read_json
from pipelines.runs.release import release_run
from pipelines.runs.scoring import score_run
from pipelines.runs.verification import broken, verify_run

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

NOW = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)


def run(city, **options):
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(city, Options(**options), lambda *_: None)


def data_of(city: Path) -> Path:
    return city.parent / f"{city.name}-data"


@pytest.fixture(scope="module")
def finished(made_city, prefect_api):
    """Rehearsal 1 of the city that no test spoils."""
    return run(made_city, rehearsal=1)


def issues_of(outcome) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(p) for p in sorted((outcome.folder / "issues").glob("*.parquet"))])


def test_a_run_ends_complete_and_proves_itself(finished):
    assert (finished.folder / "manifest.json").is_file()
    assert broken(verify_run(finished.folder)) == []
    assert {g["id"]: g["verdict"] for g in finished.statistics["gates"]}["G01"] == "可"
    assert finished.exit_code == 1
    assert not list((finished.folder / "reports").glob("*.new"))


def test_the_headline_names_people_verdict_and_files(finished):
    text = headline(finished)
    assert "現行" in text
    assert "判定" in text
    assert "移行結果報告書.html" in text


def test_the_received_files_say_the_same(finished):
    from pipelines.flows.reading_again import verify_exports

    assert broken(verify_exports(finished.folder)) == []


def test_every_planted_defect_is_found(finished, made_city):
    truth = pl.read_parquet(data_of(made_city) / "truth" / "g1-2026-01.parquet")
    scored = score_run(finished.folder, truth)
    assert scored.table.filter(pl.col("positives") > 0).height >= 40
    assert scored.misses.filter(pl.col("kind") != "false alarm").rows() == []
    assert scored.misses.rows() == []


@pytest.mark.parametrize(
    "name",
    [
        "standard/001/resident.arrow",
        "standard/001/resident.csv",
        "issues/001.parquet",
        "fates/001.parquet",
        "changes/001/resident.parquet",
        "hold/001.parquet",
        "statistics.json",
    ],
)
def test_one_changed_byte_is_named(finished, tmp_path, name):
    import shutil

    copy = tmp_path / "runs" / finished.folder.name
    shutil.copytree(finished.folder, copy)
    path = copy / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    found = broken(verify_run(copy))
    assert any(p.subject == "hashes" and name in p.found for p in found)


def test_no_value_of_a_resident_stands_where_anybody_looks(finished):
    names = pl.read_ipc(finished.folder / "standard" / "001" / "resident.arrow", columns=["氏名", "個人番号"]).unique()
    shown = "".join(
        (finished.folder / n).read_text(encoding="utf-8") for n in ("manifest.json", "run.json", "statistics.json")
    )
    shown += (finished.folder / "reports" / "移行結果報告書.html").read_text(encoding="utf-8")
    for name, number in names.drop_nulls().iter_rows():
        assert name not in shown
        assert number not in shown


def test_a_decision_is_carried_over_and_goes_stale_where_the_value_changed(city):
    first = run(city, rehearsal=1)
    issues = issues_of(first)
    asked = issues.filter(
        (pl.col("area_id") == "031") & (pl.col("action") == "PROPOSE") & pl.col("candidate").is_not_null()
    )
    chosen = asked if asked.height else issues.filter(pl.col("area_id") == "031")
    kind = "adopt_candidate" if asked.height else "accept_as_is"
    with open_ledger(data_of(city)) as ledger:
        ids = ledger.propose(
            [
                Proposal(
                    rule_id=r["rule_id"],
                    rule_version=r["rule_version"],
                    issue_id=r["issue_id"],
                    value_hash=r["value_hash"],
                    kind=kind,
                    proposer="税務課 一郎",
                    reason="台帳で確認",
                    value=r["candidate"] if kind == "adopt_candidate" else None,
                    certified=False,
                    generation="g1-2026-01",
                )
                for r in chosen.iter_rows(named=True)
            ],
            at=NOW,
        )
        ledger.decide([Approval(decision_id=i, approver="課長 二郎", reason="承認") for i in ids], at=NOW)
    second = run(city, rehearsal=2)
    states = second.statistics["issues"]["states"]
    still = issues_of(second).join(chosen.select("issue_id", "value_hash"), on=["issue_id", "value_hash"], how="semi")
    assert states.get("承認済", 0) == still.height > 0
    changed = issues_of(second).join(chosen.select("issue_id"), on="issue_id", how="semi").height - still.height
    assert states.get("失効", 0) == changed
    if kind == "adopt_candidate":
        row = still.row(0, named=True)
        changes = pl.read_parquet(second.folder / "changes" / "031" / "addressee.parquet")
        assert changes.filter(pl.col("rule_id").str.starts_with("decision:")).height == still.height
        assert row["candidate"]
    assert broken(verify_run(second.folder)) == []
    assert second.statistics["previous"]["generation"] == "g1-2026-01"


def test_the_same_fingerprint_gives_the_same_bytes(city, finished):
    again = run(city, rehearsal=1, threads=1)
    one, other = (read_json(o.folder / "manifest.json")["files"] for o in (finished, again))
    same = ("standard/", "own_items/", "changes/", "fates/", "characters/")
    assert {k: v for k, v in one.items() if k.startswith(same)} == {
        k: v for k, v in other.items() if k.startswith(same)
    }


def test_source_only_needs_no_mapping(city):
    for path in (city / "mappings").rglob("*.yml"):
        path.unlink()
    outcome = run(city, rehearsal=1, source_only=True)
    assert not (outcome.folder / "standard").exists()
    assert issues_of(outcome).height > 0
    assert list((outcome.folder / "reports").glob("確認票_*.xlsx"))


def test_a_spoilt_delivery_ends_its_area_and_not_the_others(city):
    path = data_of(city) / "exports" / "g1-2026-01" / "jumin" / "JUMIN_EAST.dat"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    outcome = run(city, rehearsal=1)
    assert outcome.exit_code == 3
    assert list(outcome.statistics["failed"]) == ["001"]
    assert (outcome.folder / "standard" / "031" / "addressee.csv").is_file()
    assert not (outcome.folder / "standard" / "001").exists()
    with pytest.raises(DefinitionError, match="areas read"):
        release_run(outcome.folder, actor="x", waivers={}, at=NOW)


def test_nothing_readable_leaves_no_run(city):
    for receipt in (data_of(city) / "exports" / "g1-2026-01").glob("*/receipt.csv"):
        receipt.unlink()
    with pytest.raises(UnreadableFile, match="受領票"):
        run(city, rehearsal=1)
    assert list((data_of(city) / "runs").glob("[!.]*")) == []


def test_a_broken_law_leaves_evidence_and_no_run(city, monkeypatch):
    from pipelines.flows import block_work

    monkeypatch.setattr(block_work, "expected_rows", lambda table, mapping: pl.repeat(2, table.height, eager=True))
    with pytest.raises(LawBroken):
        run(city, rehearsal=1)
    runs = data_of(city) / "runs"
    assert list(runs.glob("[!.]*")) == []
    assert list(runs.glob(".*.failed"))


def test_law_1_a_record_that_vanishes_between_the_blocks_and_the_count(city, monkeypatch):
    from pipelines.flows import across_areas

    counted = across_areas.file_counts
    monkeypatch.setattr(across_areas, "file_counts", lambda *a: replace(counted(*a), fates={"converted": 1}))
    with pytest.raises(LawBroken, match="law 1"):
        run(city, rehearsal=1)


def test_an_interrupted_run_goes_on_where_it_stopped(city, finished, monkeypatch):
    from pipelines.flows import block_work, rehearsal

    def cut(*_args, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rehearsal, "link_areas", cut)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - Prefect may wrap the interrupt
            run(city, rehearsal=1)
    partial = next((data_of(city) / "runs").glob(".*.partial"))
    assert len(journal.finished(partial)) == 4
    worked = []
    original = block_work.work_on_range
    monkeypatch.setattr(block_work, "work_on_range", lambda *a: worked.append(a) or original(*a))
    outcome = run(city, rehearsal=1)
    assert worked == []
    one, other = (read_json(o.folder / "manifest.json")["files"] for o in (finished, outcome))
    assert {k: v for k, v in one.items() if k.startswith("standard/")} == {
        k: v for k, v in other.items() if k.startswith("standard/")
    }


def test_a_release_needs_every_gate_or_a_named_waiver(finished):
    shut = [g["id"] for g in finished.statistics["gates"] if g["verdict"] != "可"]
    with pytest.raises(DefinitionError, match="passed or waived"):
        release_run(finished.folder, actor="事務局 三郎", waivers={}, at=NOW)
    with pytest.raises(DefinitionError, match="no reason"):
        release_run(finished.folder, actor="事務局 三郎", waivers={shut[0]: " "}, at=NOW)
    path = release_run(finished.folder, actor="事務局 三郎", waivers=dict.fromkeys(shut, "会議で決裁"), at=NOW)
    assert broken(verify_run(finished.folder)) == []
    path.write_text(path.read_text(encoding="utf-8").replace("三郎", "四郎"), encoding="utf-8")
    assert [p.subject for p in broken(verify_run(finished.folder))] == ["ledger"]
    path.write_text(path.read_text(encoding="utf-8").replace("四郎", "三郎"), encoding="utf-8")
