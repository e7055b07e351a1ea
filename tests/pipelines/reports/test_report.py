from __future__ import annotations

import re

import pytest

from char_mapping.errors import UnreadableFile
from pipelines.reports import write_reports
from pipelines.reports.charts import age_pyramid, stacked_bars
from pipelines.reports.report import write_report


def text_of(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))


def row_with(html: str, word: str) -> str:
    rows = re.findall(r"<tr[^>]*>.*?</tr>", html, flags=re.DOTALL)
    return " ".join(text_of(next(row for row in rows if word in row)).split())


@pytest.fixture(scope="module")
def html(usual_run, tmp_path_factory):
    return write_report(usual_run, tmp_path_factory.mktemp("report")).read_text(encoding="utf-8")


def test_the_first_page_says_the_verdict_and_the_gates(html):
    first = html.split("</section>")[0]
    assert "<strong>未達</strong>" in first
    assert "可 1、未達 1、未実施 1" in first
    assert (
        row_with(first, "G01")
        == "G01 件数照合 情報政策課 1 0 以下 未達 取込を中止し原因を特定する／切戻し：現行の運用を続ける"
    )
    assert row_with(first, "G03").startswith("G03 人数照合 市民課 — 0 以下 未実施")
    assert "現行帳票 100人" in first


def test_records_are_accounted_for_by_fate(html):
    assert row_with(html, "juutogai.csv") == "juutogai.csv 120 119 119 0 0 0 0 119 1 ―"
    heads = re.findall(r'<tr class="area"><td colspan="11">([^<]*)</td></tr>', html)
    assert heads == ["住民基本台帳（001）", "住登外者宛名番号管理（031）"]
    assert html.index(f">{heads[1]}<") < html.index("juutogai.csv")
    assert row_with(html, "合計") == "合計 228 227 220 3 2 0 2 220 1 95／98"
    assert row_with(html, "JUMIN_EAST.dat").endswith("100 0 95／98")
    assert row_with(html, "D01 論理削除").endswith("移行対象外 D01 論理削除 3")


def test_what_was_not_compared_is_never_a_difference_of_zero(html):
    html = html.split("<h2>2")[1]
    assert row_with(html, "住登外者数").endswith("住登外者数 — 119 — 未実施")
    assert row_with(html, "男女別人口").endswith("男 48 47 -1 不一致")
    assert row_with(html, "人口総数").endswith("100 100 0 一致")


def test_characters_rules_work_and_laws_are_listed(html):
    assert "説明がつかない文字" in html
    assert "U+E000" in html
    assert row_with(html, ">NAM-001<") == "NAM-001 氏名の区切り 警告 6 0 0 6 0"
    assert row_with(html, ">DAT-001<") == "DAT-001 元号→西暦変換 参考 412 412 0 0 0"
    assert row_with(html, '>市民課</td><td class="n">3<').startswith("市民課 3 4 3 2 2")
    assert row_with(html, "同じ入力からは") == "4 再現性 同じ入力からは、同じ結果が一字一句違わずできる 未実施"
    assert "変更を逆順に戻して一致を確かめた" in row_with(html, "変更を逆順に")


def test_no_value_of_a_resident_stands_in_it(html, sheets):
    for marker in (*sheets.MARKERS, "0000000101", "H001", "キヨウコ", "1975-02-29", "3650101", "髙", "𠮷"):
        assert marker not in html


def test_it_asks_nothing_of_the_network_and_prints_on_a4(html):
    assert set(re.findall(r"https?://[^\"' )<]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"<(script|link|img|iframe)|@import|url\(", html)
    assert "@page { size: A4" in html
    assert "display: table-header-group" in html
    assert html.count("<svg") == 3


def test_the_same_run_gives_the_same_bytes_whatever_its_name(make_run, tmp_path):
    first = write_report(make_run("run-1")).read_bytes()
    assert write_report(make_run("run-1")).read_bytes() == first
    assert write_report(make_run("run-2"), tmp_path / "out").read_bytes() == first


def test_comparison_with_the_previous_run(make_run, sheets):
    previous = make_run("run-1")
    rows = sheets.issue_rows()
    html = write_report(
        make_run("run-2", rows=[*rows[1:], ("NAM-020", 1, "氏名", "x", None, "")], generation="g2-2026-04"),
        previous=previous,
    ).read_text(encoding="utf-8")
    assert "前回（g1-2026-01）に残っていた 91件のうち 1件がなくなり、1件が新しく見つかり、いま 91件です" in html
    section = html[html.index("5　前回比") :]
    assert row_with(section, ">DAT-003<").endswith("1 1 0 0")
    assert row_with(section, ">NAM-020<").endswith("1 0 1 2")


def test_comparison_by_counts_where_only_statistics_of_the_previous_run_are_at_hand(make_run):
    previous = {"generation": "g0", "rules": {"DAT-003": {"open": 5}, "OLD-001": {"open": 2}}}
    html = write_report(make_run(extra={"previous": previous})).read_text(encoding="utf-8")
    section = html[html.index("5　前回比") :]
    assert "前回（g0）に残っていたのは 7件、いまは 91件です" in section
    assert row_with(section, ">OLD-001<").endswith("2 2 0 0")


def test_without_gates_controls_or_previous_run_it_says_so(make_run):
    run = make_run(rows=[], extra={"gates": [], "population": {}, "laws": {}})
    for name in ("reconcile/controls.parquet", "characters/001.parquet"):
        (run / name).unlink()
    html = write_report(run).read_text(encoding="utf-8")
    assert "<strong>判定なし</strong>" in html
    assert "現行の帳票の値がないため、未実施です" in html
    assert "比べる前回の実行がありません" in html


def test_names_are_escaped_also_in_the_style_sheet(make_run):
    city = {"name": '"}<script>alert(1)</script>', "code": "012025"}
    html = write_report(make_run(extra={"city": city})).read_text(encoding="utf-8")
    assert "<script" not in html
    assert 'content: "}scriptalert' in html


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="JSON file of a run"):
        write_report(tmp_path)


def test_all_reports_are_written_by_one_call(make_run):
    names = [path.name for path in write_reports(make_run())]
    assert names == [
        "移行結果報告書.html", "移行検証報告書.xlsx", "確認票_保険課.xlsx", "確認票_市民課.xlsx", "確認票_税務課.xlsx",
    ]


def test_a_chart_is_the_same_text_each_time_and_holds_no_reference():
    counts = [{"group": "甲", "part": "残り", "count": 3}, {"group": "乙", "part": "残り", "count": 1}]
    first = stacked_bars(counts, parts={"残り": "#C00000"}, unit="件")
    assert first == stacked_bars(counts, parts={"残り": "#C00000"}, unit="件")
    assert "url(" not in first
    assert " id=" not in first
    assert first.index("甲") < first.index("乙")
    assert stacked_bars([], parts={}, unit="件") == ""


def test_both_halves_of_the_pyramid_show_the_same_classes():
    """Without a woman of 100 the women's bars once stood a class too high."""
    both = [{"age": age, "sex": sex, "side": "出力", "count": 5} for age in (0, 50, 100) for sex in "男女"]
    counts = [row for row in both if (row["sex"], row["age"]) != ("女", 100)]
    svg = age_pyramid(counts, marked="前回")
    places = {
        colour: re.findall(rf'd="M[-0-9.]+,([-0-9.]+)[^"]*" fill="{colour}"', svg) for colour in ("#2F6DA8", "#C0504D")
    }
    assert len(places["#2F6DA8"]) == 3
    assert len(places["#C0504D"]) == 2
    assert set(places["#C0504D"]) < set(places["#2F6DA8"])
