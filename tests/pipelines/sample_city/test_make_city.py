"""The city as a delivery: the same bytes again, papers that fit the files, definitions the loaders take."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from layouts.records.reader import open_source_file
from pipelines.project.data_folder import read_controls, read_receipt
from pipelines.project.loading import Project, load_project
from pipelines.sample_city import CityReport, make_city
from pipelines.sample_city.city import CORE_AREAS
from pipelines.sample_city.hosts import HOSTS
from pipelines.steps.receive import receive


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first = make_city(tmp_path / "a" / "mihon", 300, seed=5, areas=CORE_AREAS)
    second = make_city(tmp_path / "b" / "mihon", 300, seed=5, areas=CORE_AREAS)
    other = make_city(tmp_path / "c" / "mihon", 300, seed=6, areas=CORE_AREAS)
    assert _digests(first.project) == _digests(second.project)
    assert _digests(first.data) == _digests(second.data)
    assert _digests(first.data) != _digests(other.data)


def test_receipts_and_trailers_fit_the_files(city: CityReport, project: Project) -> None:
    for generation in city.generations:
        for source in project.sources.values():
            received = receive(city.data / "exports" / generation, source)
            assert {r.name: r.records for r in received}.items() <= city.records[generation].items()
            for file in received:
                assert file.path.stat().st_size == file.size


def test_trailers_hold_count_and_hash_total(city: CityReport, project: Project) -> None:
    source = project.sources["jumin"]
    for path in sorted((city.data / "exports" / city.generations[1] / "jumin").glob(source.files)):
        (block,) = open_source_file(source, path, block_records=100_000)
        header, trailer = block.control
        assert header["_record"] == "ヘッダ"
        assert int(trailer["件数"]) == block.table.height
        assert int(trailer["宛名番号合計"]) == block.table["宛名番号"].cast(pl.Int64).sum()
        assert block.apart["fate"].to_list() == ["control", "control"]


def test_every_mapped_item_fits_its_meaning(project: Project) -> None:
    warnings = [w for mappings in project.mappings.values() for m in mappings for w in m.warnings]
    # The standard has no item for the ward: its own area codes (地区管理コード) carry it.
    assert [w.item for w in warnings] == ["地区管理コード1"]


def test_scope_expects_what_the_files_hold(city: CityReport, project: Project) -> None:
    (exclusion,) = project.scope.exclude
    source = project.sources["jumin"]
    for generation in city.generations:
        deleted = 0
        for path in sorted((city.data / "exports" / generation / "jumin").glob(source.files)):
            for block in open_source_file(source, path, block_records=100_000):
                deleted += block.table["論理削除"].is_in(exclusion.where.values).sum()
        assert deleted == exclusion.expected


NATIONS = {
    "BRA": "ブラジル", "CHN": "中国", "IDN": "インドネシア", "KOR": "韓国", "MMR": "ミャンマー", "NPL": "ネパール",
    "PHL": "フィリピン", "RUS": "ロシア", "USA": "アメリカ", "VNM": "ベトナム",
}  # fmt: skip


def test_controls_disagree_once_in_each_generation(city: CityReport, project: Project) -> None:
    source = project.sources["jumin"]
    for generation in city.generations:
        frames = []
        for path in sorted((city.data / "exports" / generation / "jumin").glob(source.files)):
            frames += [block.table for block in open_source_file(source, path, block_records=100_000)]
        latest = pl.concat(frames).filter(pl.col("最新区分") == "1", pl.col("論理削除") == "0")
        here = latest.filter(pl.col("住民状態") == "1")
        counted = {
            ("人口総数", ""): here.height,
            ("男女別人口", "男"): here.filter(pl.col("性別") == "1").height,
            ("男女別人口", "女"): here.filter(pl.col("性別") == "2").height,
            ("世帯数", ""): here["世帯番号"].n_unique(),
            ("外国人人口", ""): here.filter(pl.col("住民種別") == "2").height,
            ("区別人口", "東区"): here.filter(pl.col("区コード") == "1").height,
            ("区別人口", "西区"): here.filter(pl.col("区コード") == "2").height,
            ("除票数", ""): latest.height - here.height,
        }
        for kind, country, people in here.group_by("住民種別", "国籍コード").len().iter_rows():
            said_as = {"1": "日本人", "2": "外国人住民"}[kind], NATIONS.get(country or "", "－")
            counted["国籍別人口", "/".join(said_as)] = people
        said = {(c.item, c.division): c.value for c in read_controls(city.data, generation, "001")}
        measures = read_receipt(city.data / "exports" / generation / "shien")
        assert said.pop(("支援措置対象者数", "")) == sum(r.records for r in measures)
        wrong = [key for key in counted if counted[key] != said[key]]
        assert said.keys() == counted.keys()
        truth = pl.read_parquet(city.data / "truth" / f"{generation}.parquet")
        planted = truth.filter(pl.col("rule_id") == "RCN-003", pl.col("planted"))["subject"].to_list()
        assert [f"人口統計表/{item}/{division}" for item, division in wrong] == planted
        (outside,) = read_controls(city.data, generation, "031")
        assert outside.value == city.records[generation]["juutogai.csv"]


def test_generations_grow_and_defects_are_put_right(city: CityReport) -> None:
    truths = [pl.read_parquet(city.data / "truth" / f"{g}.parquet").filter(pl.col("planted")) for g in city.generations]
    keys = [set(t.select("subject", "rule_id", "item").iter_rows()) for t in truths]
    assert keys[0] - keys[1], "some defect is put right in the second generation"
    assert keys[1] - keys[0], "some defect is new in the second generation"
    assert keys[0] & keys[1] & keys[2], "some defect remains"
    assert city.records["g2-2026-02"]["JUMIN_EAST.dat"] > city.records["g1-2026-01"]["JUMIN_EAST.dat"]


def test_the_same_code_is_another_glyph_in_the_other_ward(city: CityReport) -> None:
    tables = []
    for ward in ("east", "west"):
        with (city.project / "gaiji" / f"jumin_{ward}.csv").open(encoding="utf-8", newline="") as file:
            tables.append({row["code"]: row["char"] for row in csv.DictReader(file)})
    shared = [code for code in tables[0] if tables[1].get(code)]
    assert len(shared) >= 8
    assert all(tables[0][code] != tables[1][code] for code in shared)


ITEMS = ["宛名番号", "履歴番号", "氏名漢字", "氏名カナ", "生年月日", "町名", "番地", "世帯番号", "住民となった日"]


def _decoded(city: CityReport) -> pl.DataFrame:
    source = load_project(city.project).sources["jumin"]
    paths = sorted((city.data / "exports" / "g1-2026-01" / "jumin").glob(source.files))
    blocks = [next(iter(open_source_file(source, path, block_records=100_000))) for path in paths]
    return pl.concat([block.table.select(ITEMS) for block in blocks])


@pytest.fixture(scope="module")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return _decoded(make_city(tmp_path_factory.mktemp("jef") / "mihon", 400, generations=1, areas=CORE_AREAS))


@pytest.mark.parametrize("host", sorted(HOSTS.keys() - {"jef"}))
def test_every_host_holds_the_same_city(host: str, tmp_path: Path, small_city: pl.DataFrame) -> None:
    other = _decoded(make_city(tmp_path / "mihon", 400, host=host, generations=1, areas=CORE_AREAS))
    assert other.height == small_city.height
    # Hosts without shift codes leave some kinds of defect out, so that a few records carry another one.
    same = other.join(small_city, on=ITEMS, how="semi", nulls_equal=True)
    assert same.height >= other.height * 0.9


@pytest.mark.parametrize(("people", "host"), [(50, "jef"), (1000, "vax")])
def test_wrong_arguments_are_refused(people: int, host: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError):
        make_city(tmp_path / "mihon", people, host=host)


def test_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mihon").mkdir()
    (tmp_path / "mihon" / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DefinitionError, match="empty folder"):
        make_city(tmp_path / "mihon", 300)
