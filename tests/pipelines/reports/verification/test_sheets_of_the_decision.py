"""RPT-12 to RPT-14, RPT-19 and RPT-20: issues, requests, samples, rehearsals, the decision."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

from pipelines.reports.judgement import judge_areas
from pipelines.reports.run_files import open_run
from pipelines.reports.verification import build_sheets
from pipelines.reports.verification.rehearsals import rehearsal_sheet


def test_rules_say_weight_treatment_and_who(shown):
    rows = {row["規則"]: row for row in shown().records("RPT-12")}
    assert (rows["DAT-003"]["重さ"], rows["DAT-003"]["処置"]) == ("誤り", "現行で直す")
    assert "市民課" in rows["DAT-003"]["担当"]
    assert rows["DAT-001"]["処置"] == "自動で整える"


def test_requests_say_what_kind_of_correction(shown):
    rows = shown().records("RPT-13")
    assert {row["修正の別"] for row in rows} <= {"軽微な修正", "職権修正", "誤記の訂正"}
    assert {row["主管課"] for row in rows} == {"市民課", "税務課"}


def test_the_strata_and_the_method_of_drawing_are_told(shown):
    """The seed is the fingerprint: whoever draws again from the run draws the same people."""
    told = shown()
    sheet = told.sheets["RPT-14b"]
    assert "指紋 " + "f" * 16 in sheet.lead
    assert sum(told.column("RPT-14b", "抽出した人")) == len(told.sheets["RPT-14"].rows)
    assert told.records("RPT-14b")[0]["層"] == "全数　支援措置・抑止の対象者"


def test_criteria_come_before_areas_and_the_missed_before_the_passed(shown):
    rows = shown().records("RPT-20")
    assert rows[0]["業務"] == "全体"
    assert rows[0]["未達の内容・扱い"] == "取込を中止し原因を特定する"
    area = [row["判定"] for row in rows if row["業務"].startswith("001") and row["項目"].startswith("　")]
    assert area == sorted(area, key=lambda one: ["未達", "未実施", "理由付き", "差0"].index(one))
    notes = " ".join(str(row["未達の内容・扱い"]) for row in rows)
    assert "住民情報 氏名" in notes
    assert "resident" not in notes


def test_rehearsals_stand_side_by_side_with_their_times(make_run):
    """Of runs that are complete; one with other areas is no earlier rehearsal."""
    first = make_run("0001-g1")
    for name, generation in (("0002-other", "x"), ("0003-g2", "g2-2026-02")):
        folder = first.with_name(name)
        shutil.copytree(first, folder)
        statistics = json.loads((folder / "statistics.json").read_text("utf-8")) | {"generation": generation}
        if generation == "x":
            del statistics["areas"]["031"]
        (folder / "statistics.json").write_text(json.dumps(statistics), encoding="utf-8")
    for number, name in enumerate(("0001-g1", "0002-other", "0003-g2"), 1):
        (first.with_name(name) / "run.json").write_text(json.dumps({"seconds": 61.5 * number}), encoding="utf-8")
    sheet = rehearsal_sheet(open_run(first.with_name("0003-g2")))
    assert [heading for heading, _ in sheet.columns[1:3]] == ["第2回\ng1-2026-01", "第3回\ng2-2026-02"]
    assert sheet.rows[0] == ("所要時間", "1分01秒", "3分04秒", "")


def test_a_run_at_work_tells_no_times(make_run):
    """Two equal runs would differ; the last run is what statistics.json keeps of it."""
    run = open_run(make_run())
    previous = {key: run.statistics[key] for key in ("generation", "gates", "rules")} | {"issues": {"total": 3}}
    at_work = replace(run, statistics={**run.statistics, "previous": previous})
    sheet = rehearsal_sheet(at_work)
    assert "所要時間" not in [row[0] for row in sheet.rows]
    assert [heading.split("\n")[0] for heading, _ in sheet.columns[1:3]] == ["前回", "今回"]


def test_each_sheet_without_rows_says_why(make_run):
    """The bare canary run has neither receivers nor figures nor an earlier rehearsal."""
    run = open_run(make_run())
    sheets = build_sheets(run, judge_areas(run, None), None, unmasked=False)
    empty = [sheet for sheet in sheets if not sheet.rows]
    assert len(empty) > 10
    assert [sheet.number for sheet in empty if len(sheet.why) < 6] == []
