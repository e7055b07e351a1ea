"""One run over every area of a small city: what is planted for an identity is found by it and by nothing else."""

import polars as pl
import pytest

from pipelines.flows.rehearsal import Options, run_project
from pipelines.runs.scoring import score_run
from pipelines.runs.verification import broken, verify_run
from pipelines.sample_city.areas.registry import MODULES
from pipelines.sample_city.city import CORE_AREAS, make_city

pytestmark = [pytest.mark.flow, pytest.mark.long]


@pytest.fixture(scope="module")
def run_of_all_areas(tmp_path_factory, prefect_api):
    city = make_city(tmp_path_factory.mktemp("all") / "mihon", 1200, seed=4, generations=1)
    outcome = run_project(city.project, Options(), lambda what, done=0, total=0: None)
    return city, outcome


def test_every_area_is_run_and_every_file_has_its_fates(run_of_all_areas):
    city, outcome = run_of_all_areas
    assert set(outcome.statistics["areas"]) == {*CORE_AREAS, *(m.area for m in MODULES)}
    records = pl.read_parquet(outcome.folder / "reconcile" / "records.parquet")
    assert set(records["file"]) == set(city.records[city.generations[0]])
    assert records["difference"].sum() == 0
    theirs = records.filter(~pl.col("area").is_in(CORE_AREAS))
    assert theirs["isolated"].sum() + theirs["excluded"].sum() == 0


def test_the_run_proves_itself_whatever_its_records_are_read_by(run_of_all_areas):
    _, outcome = run_of_all_areas
    assert broken(verify_run(outcome.folder)) == []


def test_every_identity_was_checked(run_of_all_areas):
    _, outcome = run_of_all_areas
    outcomes = pl.read_parquet(outcome.folder / "reconcile" / "identities.parquet")
    assert set(outcomes["state"]) == {"checked"}
    assert {f"ARE-{m.area}" for m in MODULES} <= set(outcomes["rule_id"])
    assert outcomes.filter(pl.col("rule_id").str.starts_with("ARE"))["rows"].min() > 0


def test_what_is_planted_is_found_by_its_identity_and_by_nothing_else(run_of_all_areas):
    city, outcome = run_of_all_areas
    truth = pl.read_parquet(city.data / "truth" / f"{city.generations[0]}.parquet")
    scored = score_run(outcome.folder, truth)
    of_identities = scored.table.filter(pl.col("rule_id").str.contains("^ARE-"))
    assert set(of_identities["rule_id"]) == {f"ARE-{m.area}" for m in MODULES}
    assert of_identities["recall"].min() == 1
    assert of_identities["precision"].min() == 1
    theirs = scored.misses.filter(
        ~pl.col("area").is_in(CORE_AREAS) & pl.col("rule_id").str.contains("^(ARE|REF|IDN|NUM|DAT|COD|NUL|FIL)-")
    )
    assert theirs.rows() == []


def test_images_are_counted(run_of_all_areas):
    _, outcome = run_of_all_areas
    images = pl.read_parquet(outcome.folder / "reconcile" / "images.parquet")
    assert images["source"].to_list() == ["seal_image", "koseki_image"]
    assert (images["listed"] - images["missing"] - images["different"] - images["blank"] == images["matching"]).all()
    assert images["blank"].to_list() == images["different"].to_list() == images["missing"].to_list() == [1, 1]
