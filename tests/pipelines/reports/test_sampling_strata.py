"""The strata of §7.2 that are taken whole: who is in each, from the files of a run."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from pipelines.reports import sampling
from pipelines.reports.run_files import open_run
from pipelines.reports.sampling import sampling_sheet
from pipelines.runs.folder import LINKED


def _people(folder):
    drawn = sampling_sheet(open_run(folder))
    found = {}
    for stratum, number in drawn.select("stratum", "number").iter_rows():
        found.setdefault(stratum.removeprefix("全数　"), []).append(number)
    return found


def _keys(folder, **columns):
    path = folder / "keys/001/resident.parquet"
    pl.read_parquet(path).with_columns(**columns).write_parquet(path)


def test_every_stratum_of_the_law_is_in_the_table():
    with sampling._STRATA.open(encoding="utf-8", newline="") as file:
        told = "".join(row["stratum"] for row in csv.DictReader(file))
    wanted = ("支援措置", "外字", "同定", "不詳日", "暦外日", "外国人", "通称", "旧氏", "名寄せの対象", "送付先",
              "納税管理人", "相続人代表", "桁あふれ", "還付未済", "過年度", "名寄せを解除")  # fmt: skip
    assert [one for one in wanted if one not in told] == []


def test_names_with_user_codes_and_names_changed_at_a_receiver(make_run):
    folder = make_run()
    (folder / "code_tables").mkdir()
    pl.DataFrame({"text": ["髙", None], "user_area": [True, True]}).write_parquet(folder / "code_tables/001.parquet")
    names = folder / "receivers/chukan/001/resident.names.parquet"
    names.parent.mkdir(parents=True)
    pl.DataFrame({"subject": ["0000000203/1", "0000000203/2"]}).write_parquet(names)
    people = _people(folder)
    assert set(people["外字を含む氏名の人"]) == {"0000000101", "0000000102"}
    assert people["送信先で字形が変わる人"] == ["0000000203"]


def test_residents_with_a_former_name_or_an_alias(make_run):
    folder = make_run()
    only = pl.when(pl.col("person_number") == "0000000102").then(pl.lit("旧")).otherwise(pl.lit(""))
    _keys(folder, person_former_name=only, person_birth_date=pl.lit("1980-01-01"), person_latest=pl.lit("1"))
    assert _people(folder)["通称・旧氏のある人"] == ["0000000102"]


def test_both_sides_of_a_link_that_was_taken_back(make_run):
    folder = make_run()
    path = folder / LINKED
    path.parent.mkdir()
    pl.DataFrame({
        "名寄せ元宛名番号": ["9", "8"], "名寄せ先宛名番号": ["1", "2"], "取消日時": ["2026-02-01T00:00", ""],
    }).write_csv(path, include_bom=True)  # fmt: skip
    assert sorted(_people(folder)["名寄せを解除した人"]) == ["1", "9"]


@pytest.mark.parametrize(("as_of", "people"), [("2026-05-31", ["1"]), ("2026-06-01", ["1", "2"])])
def test_who_owes_for_a_year_whose_accounts_are_closed(as_of, people, make_run):
    folder = make_run(extra={"as_of": as_of})
    path = folder / "standard/014/collection.arrow"
    path.parent.mkdir(parents=True)
    pl.DataFrame({
        "宛名番号": ["1", "2", "3", "4"], "相当年度": ["2024", "2025", "2026", "2024"],
        "収入未済額": ["5", "5", "5", "0"],
    }).write_ipc(path)  # fmt: skip
    assert _people(folder)["過年度分"] == people
