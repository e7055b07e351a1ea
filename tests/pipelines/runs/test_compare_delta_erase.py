"""Comparing runs, following up changes after the freeze, and removing a generation: on small made-up runs."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from pipelines.cli.compare import compare
from pipelines.ledger import DECISION_SCHEMA, Approval, Proposal, open_ledger
from pipelines.project.cutover import PRESENT_TO_STANDARD, STANDARD_TO_PRESENT, load_patterns
from pipelines.runs.comparison import compare_runs, runs_to_zero
from pipelines.runs.delta import newest_run_of, refuse_twice, write_delta
from pipelines.runs.erasure import belongings, certificate_path, erase_generation, read_certificate
from pipelines.runs.folder import already_ran
from rules.contract import ISSUE_SCHEMA

AT = datetime(2026, 5, 1, tzinfo=UTC)


def make_run(data, run_id, generation, issues, *, people=(), source_only=False, decisions=None):
    folder = data / "runs" / run_id
    (folder / "issues").mkdir(parents=True)
    pl.DataFrame(
        [
            dict.fromkeys(ISSUE_SCHEMA) | {
                "issue_id": id_, "value_hash": value, "rule_id": rule, "rule_version": 1, "area_id": "001",
                "group_id": "g", "item_path": "氏名", "severity": "E",
            }
            for id_, value, rule in issues
        ],
        schema=ISSUE_SCHEMA,
    ).write_parquet(folder / "issues/001.parquet")
    (decisions if decisions is not None else pl.DataFrame(schema=DECISION_SCHEMA)).write_parquet(
        folder / "decisions.parquet"
    )
    (folder / "statistics.json").write_text(json.dumps({
        "as_of": "2026-04-01", "generation": generation, "measures": {"issues.open_errors": len(issues)},
        "issues": {"open": len(issues)},
    }))
    (folder / "run.json").write_text('{"seconds": 12.5}')
    standard = folder / "standard/001"
    standard.mkdir(parents=True)
    pl.DataFrame(
        [{"宛名番号": n, "氏名": name} for n, name in people], schema={"宛名番号": pl.String, "氏名": pl.String}
    ).write_ipc(standard / "resident.arrow", compat_level=pl.CompatLevel.oldest())
    pl.DataFrame({"subject": [n for n, _ in people]}, schema={"subject": pl.String}).write_parquet(
        standard / "resident.lineage.parquet"
    )
    (folder / "manifest.json").write_text(json.dumps({
        "project": "p", "generation": generation, "source_only": source_only, "asked_areas": [], "areas": ["001"],
        "run_id": run_id,
    }))
    exports = data / "exports" / generation / "jumin"
    exports.mkdir(parents=True, exist_ok=True)
    (exports / "JUMIN.dat").write_bytes(b"secret" * 1000)
    return folder


def frozen_of(data, *issues):
    with open_ledger(data) as ledger:
        ids = ledger.propose([
            Proposal(rule, 1, id_, value, "accept_as_is", "山田", "確認", generation="g1")
            for id_, value, rule in issues
        ], at=AT)
        ledger.decide([Approval(id_, "佐藤", reason="可") for id_ in ids], at=AT)
        return ledger.freeze()


@pytest.fixture
def runs(tmp_path):
    before = [("a", "1", "R1"), ("b", "1", "R1"), ("c", "1", "R2"), ("d", "1", "R2")]
    one = make_run(tmp_path, "0001-g1", "g1", before, people=[("1", "甲"), ("2", "乙"), ("3", "丙")],
                   decisions=frozen_of(tmp_path, ("d", "1", "R2")))
    decisions = frozen_of(tmp_path, ("a", "1", "R1"))
    after = [("a", "1", "R1"), ("c", "1", "R2"), ("d", "2", "R2"), ("e", "1", "R3")]
    now = [("1", "甲"), ("2", "丁"), ("4", "戊")]
    two = make_run(tmp_path, "0002-g2", "g2", after, people=now, decisions=decisions)
    return one, two


def test_issues_new_gone_decided_and_asked_again(runs):
    told = compare_runs(*runs)
    assert told.totals == {
        "earlier": 4, "later": 4, "new": 1, "gone": 1, "decided": 1, "reopened": 1, "changed": 1, "open_earlier": 3,
        "open_later": 3,
    }
    by_rule = {row["rule_id"]: row for row in told.rules.to_dicts()}
    assert (by_rule["R1"]["gone"], by_rule["R1"]["decided"]) == (1, 1)
    assert (by_rule["R2"]["reopened"], by_rule["R3"]["new"]) == (1, 1)
    assert told.seconds == (12.5, 12.5)
    assert told.open_by_run == [("0001-g1", 4), ("0002-g2", 4)]
    assert told.forecast is None


def test_the_comparison_as_text_and_as_json(runs, capsys):
    assert compare(*runs, as_json=False) == 0
    assert "再びお尋ね" in capsys.readouterr().out
    compare(*runs, as_json=True)
    assert json.loads(capsys.readouterr().out)["totals"]["new"] == 1


def test_the_comparison_says_what_the_gates_said_and_that_a_criterion_changed(runs, capsys):
    for run, verdict, value, at_most in ((runs[0], "可", 3, 5), (runs[1], "未達", 3, 0)):
        path = run / "statistics.json"
        told = json.loads(path.read_text("utf-8"))
        gate = {"id": "G05", "item": "未解決の誤り", "measure": "issues.open_errors", "verdict": verdict,
                "value": value, "at_most": at_most}
        path.write_text(json.dumps(told | {"gates": [gate]}), encoding="utf-8")
    (runs[1] / "rules.json").write_text(json.dumps({"R3": {"name_ja": "三番の規則"}}), encoding="utf-8")
    compare(*runs, as_json=False)
    said = capsys.readouterr().out
    assert "可（3、基準 5 以下） → 未達（3、基準 0 以下）  ※基準が変わった" in said
    assert next(line for line in said.splitlines() if line.startswith("  R3")).endswith("三番の規則")


def test_runs_of_different_kinds_are_not_compared(runs, tmp_path):
    other = make_run(tmp_path, "0003-g2-source-only", "g2", [], source_only=True)
    with pytest.raises(DefinitionError, match="two runs of one project"):
        compare_runs(runs[0], other)


@pytest.mark.parametrize(
    ("opened", "expected"),
    [([], None), ([5], None), ([0], 0), ([10, 6], 2), ([10, 7], 3), ([6, 6], None), ([6, 9], None)],
)
def test_the_forecast(opened, expected):
    assert runs_to_zero(opened) == expected


def test_a_delta_holds_what_came_went_and_changed_with_what_it_replaces(runs, tmp_path):
    delta = write_delta(*runs, at=AT)
    assert delta.counts == {"001/resident": {"追加": 1, "変更": 1, "削除": 1}}
    rows = pl.read_parquet(delta.folder / "001/resident.parquet")
    assert rows.select("操作", "対象", "氏名").rows() == [("変更", "2", "丁"), ("削除", "3", None), ("追加", "4", "戊")]
    assert rows["変更前"][0] == hashlib.md5("2\x1f乙".encode(), usedforsecurity=False).hexdigest()
    assert rows["変更前"].null_count() == 1
    with open_ledger(tmp_path) as ledger:
        assert ledger.runs().filter(pl.col("event") == "delta")["run_id"].to_list() == ["g1..g2"]
        ledger.verify_chain()


def test_changes_are_not_applied_twice(runs, tmp_path):
    write_delta(*runs, at=AT)
    with pytest.raises(DefinitionError, match="RCN-012"):
        write_delta(*runs, at=AT)
    for before, after in (("g1", "g3"), ("g0", "g2")):
        with pytest.raises(DefinitionError, match=r"RCN-012.*--delta g2"):
            refuse_twice(tmp_path, before, after)
    refuse_twice(tmp_path, "g2", "g3")
    with pytest.raises(DefinitionError, match="another order"):
        refuse_twice(tmp_path, "g3", "g2")
    with pytest.raises(DefinitionError, match="Run it first"):
        newest_run_of(tmp_path, "g9")
    assert newest_run_of(tmp_path, "g2") == runs[1]


def test_a_schedule_knows_what_ran(runs, tmp_path):
    assert already_ran(tmp_path, "g2", (), source_only=False) == "0002-g2"
    assert already_ran(tmp_path, "g2", ("001",), source_only=False) == ""
    assert already_ran(tmp_path, "g3", (), source_only=False) == ""


def test_a_generation_is_erased_with_a_certificate_in_the_chain(runs, tmp_path):
    content = (tmp_path / "exports/g1/jumin/JUMIN.dat").read_bytes()
    told = erase_generation(tmp_path, "g1", by="伊藤", witness="加藤", reason="保存期間の満了", at=AT)
    assert told.left == 0
    assert not (tmp_path / "exports/g1").exists()
    assert not runs[0].exists()
    assert runs[1].exists()
    assert belongings(tmp_path, "g1") == ([], [])
    by_name = {file.path: file for file in told.files}
    assert by_name["exports/g1/jumin/JUMIN.dat"].sha256 == hashlib.sha256(content).hexdigest()
    assert read_certificate(certificate_path(tmp_path, "g1")).runs == ["0001-g1"]
    with open_ledger(tmp_path) as ledger:
        row = ledger.runs().filter(pl.col("event") == "erasure").row(0, named=True)
        assert row["sha256"] == hashlib.sha256(certificate_path(tmp_path, "g1").read_bytes()).hexdigest()
        ledger.verify_chain()
    with pytest.raises(DefinitionError, match="deliveries or runs"):
        erase_generation(tmp_path, "g1", by="伊藤", witness="加藤", reason="x", at=AT)


def test_the_content_is_overwritten_before_the_name_goes(tmp_path, monkeypatch):
    from pathlib import Path

    seen = {}
    original = Path.unlink

    def look(self, missing_ok=False):
        seen[self.name] = self.read_bytes()
        original(self, missing_ok=missing_ok)

    make_run(tmp_path, "0001-g1", "g1", [])
    monkeypatch.setattr(Path, "unlink", look)
    erase_generation(tmp_path, "g1", by="伊藤", witness="加藤", reason="x", at=AT)
    assert seen
    assert not [name for name, content in seen.items() if b"secret" in content or "JUMIN" in name]


@pytest.mark.parametrize(
    "people", [{"by": "伊藤", "witness": "伊 藤"}, {"by": " ", "witness": "加藤"}, {"by": "伊藤", "witness": ""}]
)
def test_an_erasure_needs_two_people(runs, tmp_path, people):
    with pytest.raises(DefinitionError):
        erase_generation(tmp_path, "g1", reason="x", at=AT, **people)
    assert (tmp_path / "exports/g1").exists()


def test_the_orders_of_cut_over_and_their_feeds():
    counted = {p.id: (p.count(STANDARD_TO_PRESENT), p.count(PRESENT_TO_STANDARD)) for p in load_patterns()}
    assert counted == {"①": (5, 0), "②": (0, 5), "③a": (6, 0), "③b": (9, 1), "④": (0, 0)}
    residents_first = next(p for p in load_patterns() if p.id == "③a")
    assert [len(step) for step in residents_first.steps] == [1, 4, 15]
    assert residents_first.feeds[0].receivers[:4] == ("010", "011", "012", "013")
    few = {p.id: len(p.feeds) for p in load_patterns(("001", "010", "002"))}
    assert few == {"①": 2, "②": 2, "③a": 3, "③b": 4, "④": 0}


@pytest.mark.parametrize("pattern", ["①", "②", "③a", "③b", "④"])
def test_every_feed_bridges_a_period_in_which_one_side_moved(pattern):
    told = next(p for p in load_patterns() if p.id == pattern)
    moved_at = {area: number for number, step in enumerate(told.steps) for area in step}
    for feed in told.feeds:
        sender = moved_at[feed.sender] < feed.period
        assert sender == (feed.direction == STANDARD_TO_PRESENT)
        assert all((moved_at[area] < feed.period) != sender for area in feed.receivers)
