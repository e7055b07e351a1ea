"""What cannot be read: a cell is held and its resident goes on, a record without a key is kept apart and counted."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.flows.reading_again import verify_exports
from pipelines.runs.verification import broken, verify_run

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

BLANK, UNDEFINED, HIGH = b"\x40", b"\xfe", b"\xff"


def run(city, **options):
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(city, Options(rehearsal=1, **options), lambda *_: None)


@pytest.fixture(scope="module")
def spoilt(module_city, delivery, prefect_api):
    """A run over a city with one unreadable cell and five records without a key; what was spoilt by name."""
    sent = delivery(module_city)
    residents, measures = sent.records("jumin"), sent.records("shien")
    present = residents.filter((pl.col("最新区分") == "1") & (pl.col("住民状態") == "1"))
    households = present.group_by("世帯番号").agg(pl.len()).filter(pl.col("len") >= 3)
    person = measures.filter(pl.col("宛名番号").is_in(residents["宛名番号"].implode()))["宛名番号"][0]
    head = present.filter(
        pl.col("世帯番号").is_in(households["世帯番号"].implode())
        & (pl.col("続柄コード") == "01")
        & (pl.col("宛名番号") != person)
    ).row(0, named=True)
    others = present.filter((pl.col("世帯番号") != head["世帯番号"]) & (pl.col("宛名番号") != person))
    unreadable, low, named = (others.row(i, named=True) for i in (5, 9, 20))
    lost = measures.filter(pl.col("宛名番号") != person).row(0, named=True)
    sent.write("jumin", head, "履歴番号", BLANK)
    sent.write("jumin", residents.filter(pl.col("宛名番号") == person), "履歴番号", BLANK)
    sent.write("jumin", unreadable, "宛名番号", HIGH)
    sent.write("jumin", low, "宛名番号", b"\x3f")
    sent.write("jumin", named, "氏名漢字", UNDEFINED)
    sent.write("shien", lost, "宛名番号", BLANK)
    return run(module_city), {"head": head, "person": person, "named": named, "lost": lost}


def issues_of(outcome, area: str) -> pl.DataFrame:
    return pl.read_parquet(outcome.folder / "issues" / f"{area}.parquet")


def test_a_cell_that_does_not_decode_is_held_and_the_resident_goes_on(spoilt):
    outcome, what = spoilt
    subject = f"{what['named']['宛名番号']}/{what['named']['履歴番号']}"
    lineage = pl.read_parquet(outcome.folder / "standard/001/resident.lineage.parquet").with_row_index()
    row = lineage.filter(pl.col("subject") == subject)["index"][0]
    standard = pl.read_ipc(outcome.folder / "standard/001/resident.arrow")
    assert standard["氏名"][row] is None
    assert standard["生年月日"][row] is not None
    held = pl.read_parquet(outcome.folder / "hold/001.parquet").filter(pl.col("subject") == subject)
    assert "氏名" in held["item"].to_list()
    assert held.filter(pl.col("item") == "氏名")["raw_bytes"][0] == b"\xfe" * 40
    assert "{FEFE}" in held.filter(pl.col("item") == "氏名")["text"][0]


def test_records_without_a_key_are_isolated_counted_and_named(spoilt):
    outcome, what = spoilt
    isolated = pl.read_parquet(outcome.folder / "isolated/001.parquet")
    fates = pl.read_parquet(outcome.folder / "fates/001.parquet")
    assert fates.filter(pl.col("fate") == "isolated").height == isolated.height >= 5
    assert isolated["raw_bytes"].null_count() == 0
    assert isolated["rule_id"].null_count() == 0
    issues = issues_of(outcome, "001")
    named = issues.filter(pl.col("subject").str.starts_with("record:"))
    assert sorted(named["subject"]) == sorted(isolated["subject"])
    assert named["before"].null_count() == named["raw_bytes"].null_count() == named.height
    assert set(named["blocks"]) == {"record"}
    assert what["head"]["宛名番号"] in isolated["person_number"].to_list()
    records = pl.read_parquet(outcome.folder / "reconcile/records.parquet")
    assert records["difference"].to_list() == [0] * records.height
    assert records["isolated"].sum() == isolated.height
    assert outcome.statistics["measures"]["records.isolated"] == isolated.height


def test_the_run_proves_itself_and_reads_the_same_again(spoilt):
    outcome, _ = spoilt
    assert broken(verify_run(outcome.folder)) == []
    assert broken(verify_exports(outcome.folder)) == []


def test_a_household_without_its_isolated_head_is_no_orphan(spoilt):
    outcome, what = spoilt
    found = issues_of(outcome, "001").filter(
        (pl.col("rule_id") == "HSE-002") & (pl.col("before") == what["head"]["世帯番号"])
    )
    assert found.height == 1
    assert "参照先は隔離" in found["evidence"][0]


def test_a_measure_of_an_isolated_person_is_no_orphan_and_an_isolated_measure_is_not_forgotten(spoilt):
    outcome, what = spoilt
    found = issues_of(outcome, "001").filter(pl.col("rule_id") == "HSE-021")
    about = found.filter(pl.col("before") == what["person"])
    assert about.height >= 1
    assert all("参照先は隔離" in text for text in about["evidence"])
    lost = found.filter(pl.col("record_no") == what["lost"]["_record_no"])
    assert lost.height == 1
    assert found.height == about.height + 1
    assert (about["file"] == "SHIEN.dat").all()


def test_a_support_measure_lost_on_the_way_is_found(small_city, delivery):
    first = delivery(small_city).records("shien").row(0, named=True)
    with (small_city / "scope.yml").open("a", encoding="utf-8") as scope:
        scope.write(
            f'  - source: shien\n    where: {{item: 宛名番号, in: ["{first["宛名番号"]}"]}}\n'
            "    reason_code: D02\n    reason: 誤って外した\n"
        )
    outcome = run(small_city, areas=("001",))
    found = issues_of(outcome, "001").filter((pl.col("rule_id") == "HSE-021") & pl.col("evidence").str.contains("無い"))
    assert found.select("record_no", "group_id", "blocks").rows() == [
        (first["_record_no"], "support_measure", "release")
    ]
    assert outcome.statistics["measures"]["support_measures.difference"] == 1
