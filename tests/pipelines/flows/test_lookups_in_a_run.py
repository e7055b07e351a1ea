"""A run whose mapping fills an item from another source: values, issues, lineage, and the proofs of the run."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from pipelines.flows.looking_up import check_lookups, prepare_lookups
from pipelines.project.loading import load_project
from pipelines.runs.verification import broken, verify_run

ASKED = ('{lookup: {group: 001/resident, on: {宛名番号: 宛名番号}, item: 個人履歴番号, '
         'where: {item: 最新区分, in: ["1"]}}}')
FEW = 100
OTHER = "通称: {lookup: {source: jumin, on: {通称: 宛名番号}, item: 氏名漢字}}"


@pytest.fixture(scope="module")
def looking_up(module_city: Path, delivery: type) -> Path:
    """The city with 履歴番号 of 支援措置 taken from the register; the number of one record is in no register."""
    path = module_city / "mappings" / "001" / "support_measure.yml"
    text = path.read_text(encoding="utf-8").replace("履歴番号: {from: 履歴番号}", f"履歴番号: {ASKED}")
    path.write_text(text.replace("own: [", "own: [履歴番号, "), encoding="utf-8")
    there = delivery(module_city)
    there.write("shien", there.records("shien").row(0, named=True), "宛名番号", b"\xf9")
    return module_city


def register(city: Path, delivery: type) -> dict[str, set[str]]:
    """What the latest records of the register say of each number, by reading the files themselves."""
    rows = delivery(city).records("jumin").filter(pl.col("最新区分") == "1")
    said: dict[str, set[str]] = {}
    for number, history in rows.select("宛名番号", "履歴番号").iter_rows():
        said.setdefault(number, set()).add(history)
    return said


@pytest.mark.flow
@pytest.mark.usefixtures("prefect_api")
def test_values_come_from_the_other_source_and_the_run_proves_it(looking_up: Path, delivery: type) -> None:
    from pipelines.flows.reading_again import verify_exports
    from pipelines.flows.rehearsal import Options, run_project

    outcome = run_project(looking_up, Options(rehearsal=1), lambda *_: None)
    said = register(looking_up, delivery)
    standard = outcome.folder / "standard" / "001"
    rows = pl.concat([pl.read_ipc(standard / "support_measure.arrow").select("宛名番号", "履歴番号"),
                      pl.read_parquet(standard / "support_measure.lineage.parquet")], how="horizontal")
    for number, history in rows.select("宛名番号", "履歴番号").iter_rows():
        assert history == (next(iter(said[number])) if len(said.get(number, ())) == 1 else None)
    assert rows["履歴番号"].drop_nulls().len() == rows.height - 1
    issues = pl.read_parquet(outcome.folder / "issues" / "001.parquet").filter(
        pl.col("rule_id") == "NUL-002", pl.col("group_id") == "support_measure", pl.col("item_path") == "履歴番号")
    assert set(issues["record_no"]) == set(rows.filter(pl.col("履歴番号").is_null())["record_no"])
    assert issues.filter(pl.col("record_no") == 1)["evidence"].item() == "参照先 jumin に同じ宛名番号の記録がない"
    origins = pl.read_parquet(outcome.folder / "lookups" / "001" / "support_measure.parquet")
    assert origins.height == rows["履歴番号"].drop_nulls().len()
    first = origins.row(0, named=True)
    assert (first["from_source"], first["from_item"]) == ("jumin", "履歴番号")
    there = delivery(looking_up).records("jumin").filter(
        pl.col("file") == first["from_file"], pl.col("_record_no") == first["from_record_no"])
    mine = rows.filter(pl.col("file") == first["file"], pl.col("record_no") == first["record_no"])
    assert there["宛名番号"].item() == mine["宛名番号"].item()
    assert not (outcome.folder / "scratch").exists()
    assert broken(verify_run(outcome.folder)) == []
    assert broken(verify_exports(outcome.folder)) == []


def test_the_same_files_give_the_same_tables(looking_up: Path, tmp_path: Path) -> None:
    project = load_project(looking_up)
    exports = project.data / "exports" / "g1-2026-01" / "jumin"
    files = {"jumin": sorted(exports.glob(project.sources["jumin"].files)), "shien": []}
    for name in ("first", "second"):
        assert prepare_lookups(project, ["001"], files, tmp_path / name, lambda _: None) == {}
    table, = (tmp_path / "first").iterdir()
    assert table.read_bytes() == (tmp_path / "second" / table.name).read_bytes()
    keys = pl.read_parquet(table)["key"]
    assert keys.is_sorted()
    assert keys.n_unique() == keys.len()
    assert keys.len() > FEW


def test_an_area_is_not_run_without_what_it_looks_up_in(looking_up: Path, tmp_path: Path) -> None:
    project = load_project(looking_up)
    assert set(prepare_lookups(project, ["001"], {"shien": []}, tmp_path, lambda _: None)) == {"001"}
    check_lookups(project, ["001", "031"])
    path = looking_up / "mappings" / "031" / "addressee.yml"
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(text.replace("通称: {from: 通称}", OTHER), encoding="utf-8")
        project = load_project(looking_up)
        check_lookups(project, ["001", "031"])
        with pytest.raises(DefinitionError, match="--area 001"):
            check_lookups(project, ["031"])
    finally:
        path.write_text(text, encoding="utf-8")
