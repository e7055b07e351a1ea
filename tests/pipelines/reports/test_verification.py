"""The 移行検証報告書 and the 移行判定書: every report has its sheet, and nothing passes that was not tried."""

from __future__ import annotations

import fastexcel
import polars as pl
import pytest

from pipelines.flows.evidence import EXPANSION
from pipelines.reports import write_reports
from pipelines.reports.judgement import changed_criteria, judge_areas
from pipelines.reports.run_files import open_run
from pipelines.reports.sampling import sampling_sheet
from pipelines.reports.verification import build_sheets, write_verification
from pipelines.steps.figures import CHAIN_SCHEMA
from rules.reconciliation.amounts import judged

REPORTS = [*(f"RPT-{n:02d}" for n in range(1, 22)), "RCN-014", "RCN-016"]


def _chain(folder, **values):
    known = {
        "area": "001",
        "帳票名": "調定簿",
        "項目": "調定額",
        "区分": "",
        "単位": "円",
        "現行値": 100,
        "源泉値": 100,
        "出力値": 100,
        "非数値": 0,
    } | values
    chain = pl.DataFrame({k: pl.Series([known.get(k)], dtype=t) for k, t in CHAIN_SCHEMA.items()})
    judged(chain).write_parquet(folder / "reconcile" / "figures.parquet")
    return open_run(folder)


def _area(run, area="001", reconciled=None):
    return next(one for one in judge_areas(run, reconciled) if one.area == area)


def _gates(folder, *gates):
    columns = ("area", "report", "rule_id", "item", "verdict", "differences", "note")
    folder.mkdir(exist_ok=True)
    schema = dict.fromkeys(columns, pl.String) | {"differences": pl.Int64}
    pl.DataFrame(gates, schema=schema, orient="row").write_parquet(folder / "gates.parquet")
    return folder


def test_every_report_has_a_sheet(make_run):
    run = open_run(make_run())
    areas = judge_areas(run, None)
    sheets = build_sheets(run, areas, None, unmasked=False)
    assert [r for r in REPORTS if r not in {sheet.number for sheet in sheets}] == []
    assert len({sheet.tab for sheet in sheets}) == len(sheets)
    after_loading = {
        s.number: s.state for s in sheets if s.number in ("RPT-05", "RPT-06", "RPT-15", "RPT-16", "RPT-18")
    }
    assert set(after_loading.values()) == {"未実施"}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"出力値": 99}, "調定簿 調定額"),
        ({"現行値": 101}, "源泉−現行 -1"),
        ({"非数値": 2}, "数でない金額 2件"),
    ],
)
def test_a_lost_yen_and_an_amount_that_is_none_shut_the_area(values, named, make_run):
    folder = make_run()
    before = _area(open_run(folder))
    run = _chain(folder, **values)
    verdict = _area(run)
    assert verdict.verdict == "否"
    assert any(named in one and "未達" in one for one in verdict.against)
    assert not any(named in one for one in before.against)


def test_what_was_not_supplied_is_no_difference_of_zero(make_run):
    run = _chain(make_run(), 現行値=None)
    (sheet,) = (s for s in build_sheets(run, judge_areas(run, None), None, unmasked=False) if s.number == "RPT-03")
    (row,) = sheet.rows
    assert row[4] == "未実施"
    assert row[11] == "未実施"
    assert "差0" not in row


def test_a_gate_missed_after_loading_shuts_the_area(make_run, tmp_path):
    run = open_run(make_run())
    gate = ("001", "RPT-05", "RCN-004", "項目値", "未達", 1, "resident 氏名 文字の破損 キー 7")
    verdict = _area(run, reconciled=_gates(tmp_path / "reconciled", gate))
    assert verdict.verdict == "否"
    assert "項目値：未達（resident 氏名 文字の破損 キー 7）" in verdict.against


def test_the_same_run_gives_the_same_workbook_and_no_value_of_a_resident(make_run, tmp_path, sheets):
    run = open_run(make_run())
    texts = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        path = write_verification(run, tmp_path / name)
        texts.append(path.read_bytes())
        book = fastexcel.read_excel(path)
        cells = "".join(
            book.load_sheet(tab, header_row=None, dtypes="string").to_polars().write_csv() for tab in book.sheet_names
        )
        # Characters are counted one by one in RPT-07; no name, address or number is written.
        assert [marker for marker in sheets.MARKERS if marker in cells] == []
        assert "123456789018" not in cells
    assert texts[0] == texts[1]


def test_the_sheet_of_samples_is_drawn_by_the_fingerprint_and_names_nobody_under_shelter(make_run):
    run = open_run(make_run())
    drawn = sampling_sheet(run)
    assert drawn.equals(sampling_sheet(run))
    shelter = drawn.filter(pl.col("stratum").str.contains("支援措置"))
    assert shelter["number"].to_list() == ["1人　（支援措置の担当者だけに示す）"]


def test_changes_of_the_criteria_are_shown(make_run):
    folder = make_run()
    run = open_run(folder)
    gates = [dict(gate) for gate in run.statistics["gates"]]
    gates[0]["at_most"] = 50
    statistics = {**run.statistics, "previous": {**(run.statistics.get("previous") or {}), "gates": gates[:-1]}}
    changed = changed_criteria(type(run)(folder, statistics, run.rules, run.items))
    assert {
        "gate": gates[0]["id"],
        "what": "基準",
        "before": "50",
        "now": str(run.statistics["gates"][0]["at_most"]),
    } in changed
    assert [c["gate"] for c in changed if c["what"] == "追加"] == [gates[-1]["id"]]


def test_the_report_ends_in_the_decision(make_run):
    html = write_reports(make_run())[0].read_text("utf-8")
    first, last = html.split("</section>")[0], html.split("移行判定書</h2>")[1]
    assert "業務ごとの移行判定" in first
    assert "切戻し条件" in last
    assert "<strong>否</strong>" in last


def test_rows_declared_beforehand_stand_beside_those_made(make_run):
    folder = make_run()
    pl.DataFrame(
        [("001", "s", "a", "1:1〜2　繰返し 給付", 10, 14, 10, 20, 0),
         ("001", "s", "b", "1:N　項目 件数 の数", 10, 9, 9, 9, 2),
         ("001", "s", "c", "1:1", 10, 10, None, None, None)],
        schema=EXPANSION, orient="row",
    ).write_parquet(folder / "reconcile" / "expansion.parquet")  # fmt: skip
    run = open_run(folder)
    sheet = next(s for s in build_sheets(run, judge_areas(run, None), None, unmasked=False) if s.number == "RPT-02b")
    heads = [name for name, _ in sheet.columns]
    said = [(r[heads.index("見込んだ行")], r[heads.index("見込み外の記録")], r[-1]) for r in sheet.rows]
    assert [row[:2] for row in said] == [("10〜20", 0), ("9", 2), (None, None)]
    assert [row[2] == "未達" for row in said] == [False, True, False]
