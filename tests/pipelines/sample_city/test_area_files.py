"""The departments' files of the sample city: papers that fit, rows the definitions read, every area's fault planted."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from layouts.records.reader import open_source_file
from pipelines.project.data_folder import read_controls, read_receipt
from pipelines.project.loading import Project, load_project
from pipelines.sample_city import CityReport, make_city
from pipelines.sample_city.areas.corporations import corporate_number
from pipelines.sample_city.areas.people import anniversary, attained, full_years, spread
from pipelines.sample_city.areas.registry import MODULES
from pipelines.sample_city.areas.tables import instalments, several
from pipelines.sample_city.calendar_dates import day, parts
from pipelines.sample_city.city import CORE_AREAS, modules_of
from pipelines.sample_city.images import bitmap
from pipelines.steps.receive import receive

G1 = "g1-2026-01"


@pytest.fixture(scope="module")
def whole_city(tmp_path_factory: pytest.TempPathFactory) -> CityReport:
    return make_city(tmp_path_factory.mktemp("areas") / "mihon", 1500, seed=4, generations=2)


@pytest.fixture(scope="module")
def whole_project(whole_city: CityReport) -> Project:
    return load_project(whole_city.project)


@pytest.fixture(scope="module")
def tables(whole_city: CityReport, whole_project: Project) -> dict[str, pl.DataFrame]:
    """Every source of the first generation, decoded by its definition."""
    found = {}
    for source in whole_project.sources.values():
        paths = sorted((whole_city.data / "exports" / G1 / source.id).glob(source.files))
        blocks = [b for path in paths for b in open_source_file(source, path, block_records=100_000)]
        assert source.area in CORE_AREAS or all(block.faults.is_empty() for block in blocks), source.id
        found[source.id] = pl.concat([block.table for block in blocks])
    return found


def _identities(truth: pl.DataFrame) -> pl.DataFrame:
    """What is planted for the identities of the other areas."""
    return truth.filter(~pl.col("area").is_in(CORE_AREAS) & pl.col("rule_id").str.contains("^(ARE|REF)-"))


def test_all_areas_are_there_in_a_project_that_loads(whole_project: Project) -> None:
    assert set(whole_project.definition.areas) == {*CORE_AREAS, *(m.area for m in MODULES)}
    assert len(MODULES) == 22
    for module in MODULES:
        assert whole_project.definition.department_of(module.area) == module.department
    warnings = [w for mappings in whole_project.mappings.values() for m in mappings for w in m.warnings]
    assert [w.item for w in warnings] == ["地区管理コード1"]


def test_receipts_fit_the_files(
    whole_city: CityReport, whole_project: Project, tables: dict[str, pl.DataFrame]
) -> None:
    for source in whole_project.sources.values():
        received = receive(whole_city.data / "exports" / G1, source)
        assert sum(file.records for file in received) == tables[source.id].height


def test_keys_are_unique_but_where_that_is_the_fault(whole_project: Project, tables: dict[str, pl.DataFrame]) -> None:
    for source in whole_project.sources.values():
        if source.area not in CORE_AREAS:
            keys = tables[source.id].select(source.key)
            assert keys.is_duplicated().sum() == 0, source.id


def test_every_area_has_its_own_fault_planted(whole_city: CityReport) -> None:
    for generation in whole_city.generations:
        truth = pl.read_parquet(whole_city.data / "truth" / f"{generation}.parquet")
        theirs = _identities(truth)
        assert {f"ARE-{m.area}" for m in MODULES} <= set(theirs["rule_id"])
        told = dict(theirs.filter("planted")["rule_id"].value_counts().iter_rows())
        lawful = set(theirs.filter(~pl.col("planted"))["rule_id"])
        assert {f"ARE-{m.area}" for m in MODULES} <= told.keys()
        assert len(lawful) >= 30
        # Nothing is planted twice in one place: a finding can be told to be this plant's.
        assert theirs.select("area", "group_id", "subject", "item").is_duplicated().sum() == 0


def test_a_planted_subject_stands_in_its_file(
    whole_city: CityReport, whole_project: Project, tables: dict[str, pl.DataFrame]
) -> None:
    truth = pl.read_parquet(whole_city.data / "truth" / f"{G1}.parquet")
    for source, rows in _identities(truth).group_by("source"):
        definition = whole_project.sources[str(source[0])]
        there = set(tables[definition.id].select(pl.concat_str(*definition.key, separator="/")).to_series())
        subjects = {part for subject in rows["subject"] for part in subject.split("|")}
        assert subjects <= there, definition.id
        items = {item for mapping in whole_project.mappings[definition.id] for item in mapping.group.names}
        assert set(rows["item"]) <= items, definition.id


@pytest.mark.parametrize("source_id", ["corporation_return", "single_parent_child"])
def test_a_key_that_is_the_fault_is_told_as_each_generation_shows_it(
    source_id: str, whole_city: CityReport, whole_project: Project
) -> None:
    source = whole_project.sources[source_id]
    for generation in whole_city.generations:
        truth = _identities(pl.read_parquet(whole_city.data / "truth" / f"{generation}.parquet"))
        (path,) = (whole_city.data / "exports" / generation / source_id).glob(source.files)
        (block,) = open_source_file(source, path, block_records=100_000)
        there = set(block.table.select(pl.concat_str(*source.key, separator="/")).to_series())
        planted = truth.filter(pl.col("source") == source_id)["subject"].to_list()
        assert planted
        assert set(planted) <= there


def test_controls_are_the_departments_own(whole_city: CityReport, tables: dict[str, pl.DataFrame]) -> None:
    figures = {c.item: c.value for c in read_controls(whole_city.data, G1, "014")}
    planted = pl.read_parquet(whole_city.data / "truth" / f"{G1}.parquet").filter("planted")
    # The sums of the file differ from the city's figure exactly by what is planted: they are not read back from it.
    due = tables["collection"]["調定額"].cast(pl.Int64).sum()
    astray = planted.filter(pl.col("rule_id") == "REF-010")["area"].to_list()
    assert due - figures["調定額"] == 1_000 * astray.count("010") + 500 * astray.count("012") > 0
    paid = tables["receipt_line"]["収納額"].cast(pl.Int64).sum()
    assert paid - figures["収納額"] == 500 * planted.filter(pl.col("rule_id") == "ARE-014").height
    assert figures["口座件数"] == tables["account"].height
    for module in MODULES:
        assert {c.item for c in read_controls(whole_city.data, G1, module.area)} == {f.name for f in module.figures}


def test_images_are_packed_as_listed_but_for_the_faults(
    whole_city: CityReport, tables: dict[str, pl.DataFrame]
) -> None:
    planted = pl.read_parquet(whole_city.data / "truth" / f"{G1}.parquet").filter(pl.col("source") == "seal_image")
    folder = whole_city.data / "exports" / G1 / "seal_image" / "images"
    (receipt,) = read_receipt(folder)
    different = []
    with zipfile.ZipFile(folder / receipt.name) as pack:
        assert len(pack.namelist()) == receipt.records
        listed = tables["seal_image"]
        for number, name, digest in listed.select("印鑑登録番号", "画像ファイル名", "画像ハッシュ値").iter_rows():
            data = pack.read(name) if name in pack.namelist() else b""
            if hashlib.sha256(data).hexdigest() != digest or data == bitmap(int(number), blank=True):
                different.append(number)
    assert sorted(different) == sorted(planted["subject"])
    assert len(different) == 3


def test_the_same_areas_give_the_same_bytes_and_no_others(tmp_path: Path) -> None:
    made = [make_city(tmp_path / name / "mihon", 300, seed=5, generations=1, areas=("015", "002")) for name in "ab"]
    digests = [
        {str(p.relative_to(city.data)): hashlib.sha256(p.read_bytes()).hexdigest()
         for p in sorted(city.data.rglob("*")) if p.is_file()}
        for city in made
    ]  # fmt: skip
    assert digests[0] == digests[1]
    project = load_project(made[0].project)
    assert set(project.definition.areas) == {*CORE_AREAS, "002", "010", "012", "013", "014", "015"}
    assert set(project.sources) == {p.name for p in (made[0].data / "exports" / G1).iterdir()}


def test_an_area_the_city_does_not_have_is_refused() -> None:
    assert modules_of(CORE_AREAS) == ()
    assert [m.area for m in modules_of(("023",))] == ["023"]
    with pytest.raises(DefinitionError, match="found 036"):
        modules_of(("036",))


def test_csv_of_the_packages_quotes_and_ends_lines_as_they_do(whole_city: CityReport) -> None:
    raw = (whole_city.data / "exports" / G1 / "pupil" / "GAKUREI.csv").read_bytes()
    lines = raw.decode("cp932").split("\r\n")
    assert lines[-1] == ""
    assert all(line.startswith('"') and line.endswith('"') for line in lines[:-1])
    assert next(csv.reader([lines[0]]))[0] == "学齢簿番号"


days = st.integers(day(1930, 1, 1), day(2025, 12, 31))


@given(days, st.integers(0, 100))
def test_an_age_is_complete_on_the_day_before_the_birthday(birth: int, years: int) -> None:
    born = np.array([birth])
    complete = attained(born, years)
    assert full_years(born, complete)[0] == years
    assert full_years(born, complete - 1)[0] == years - 1
    year, month, of_month = (int(p[0]) for p in parts(anniversary(born, years)))
    was = tuple(int(p[0]) for p in parts(born))
    leap_day = was[1:] == (2, 29) and (month, of_month) == (3, 1)
    assert year == was[0] + years
    assert leap_day or (month, of_month) == was[1:]


@given(st.lists(st.tuples(st.integers(0, 900_000), st.integers(1, 4)), min_size=1, max_size=20))
def test_instalments_add_up_and_the_first_takes_the_rest(rows: list[tuple[int, int]]) -> None:
    total, counts = (np.array(column) for column in zip(*rows, strict=True))
    made = instalments(total, counts, tuple(day(2025, m, 28) for m in (6, 8, 10, 12)), "税額")
    amounts = np.array([made[f"期別({n}).税額"] for n in range(1, 5)])
    assert (amounts.sum(0) == total).all()
    assert (amounts >= 0).all()
    assert (amounts[1:] % 1000 == 0).all()
    there = np.array([made[f"期別({n}).期"] != "" for n in range(1, 5)])
    assert (there.sum(0) == np.where(total > 0, counts, 0)).all()


@given(st.lists(st.integers(0, 5), max_size=20))
def test_one_to_many_rows_know_their_parent_and_place(counts: list[int]) -> None:
    index, place = several(np.array(counts, np.int64))
    assert list(zip(index.tolist(), place.tolist(), strict=True)) == [
        (parent, n) for parent, count in enumerate(counts) for n in range(count)]


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_what_is_drawn_stays_below_and_stays_the_same(serial: int, below: int) -> None:
    one, again = (spread(np.array([serial]), "x", below)[0] for _ in range(2))
    assert one == again
    assert 0 <= one < below


def test_corporate_numbers_have_their_check_digit() -> None:
    numbers = corporate_number(np.arange(50))
    assert all(len(number) == 13 for number in numbers)
    # 国税庁's example of the rule: 国税庁 itself is 7000012050002.
    assert corporate_number(np.array([12_050_002 - 430_001_000_000]))[0] == "7000012050002"


