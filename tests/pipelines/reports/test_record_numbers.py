"""Whose number stands under 宛名番号 when a record is keyed by another one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.reports.run_files import open_run
from pipelines.reports.work_list import build_work_list
from pipelines.reports.workbook import write_workbooks

LEVY = [("N001", "0000000101"), ("N002", "0000000203"), ("N003", "0000000101"), ("N003", "0000000305")]


@pytest.fixture
def run(make_run: Callable[..., Path]) -> Path:
    """A run with a levy keyed by 通知書番号, its 期別 without a person's number, and a household keyed by one."""
    folder = make_run()
    items = json.loads((folder / "items.json").read_text(encoding="utf-8"))
    for group, item, meaning, key in (("levy", "通知書番号", "business.number", 0),
                                      ("levy", "宛名番号", "person.number", -1),
                                      ("instalment", "通知書番号", "business.number", 0),
                                      ("card", "被保険者番号", "insurance.care_number", 0),
                                      ("card", "宛名番号", "person.number", 1)):
        items.append({"area": "010", "group": group, "item": item, "certified": False, "owner": "税務課",
                      "meaning": meaning, "key": key})
    (folder / "items.json").write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")
    (folder / "keys" / "010").mkdir()
    place = {"file": "zei.csv", "record_no": 1}
    pl.DataFrame([{**place, "record_no": n, "subject": notice, "person_number": number}
                  for n, (notice, number) in enumerate(LEVY, 1)]).write_parquet(folder / "keys/010/levy.parquet")
    pl.DataFrame([{**place, "file": "ki.csv", "subject": "N001/1"}]).write_parquet(
        folder / "keys/010/instalment.parquet")
    pl.DataFrame([{**place, "file": "card.csv", "subject": "K9/0000000102"}]).write_parquet(
        folder / "keys/010/card.parquet")
    pattern = pl.read_parquet(folder / "issues/001.parquet").row(0, named=True)
    told = [("levy", "zei.csv", 2, "N002"), ("instalment", "ki.csv", 1, "N001/1"),
            ("instalment", "ki.csv", 2, "N003/1"), ("instalment", "ki.csv", 3, "N009/1"),
            ("card", "card.csv", 1, "K9/0000000102"), ("levy", "zei.csv", 9, "record:abc")]
    schema = pl.read_parquet_schema(folder / "issues/001.parquet")
    pl.DataFrame([{**pattern, "issue_id": f"i{n}", "area_id": "010", "group_id": group, "file": file,
                   "record_no": record, "subject": subject, "owner": "税務課", "item_path": "通知書番号"}
                  for n, (group, file, record, subject) in enumerate(told)], schema=schema
                 ).write_parquet(folder / "issues/010.parquet")
    return folder


def test_the_number_is_the_persons_and_the_key_stands_beside_it(run: Path) -> None:
    rows = build_work_list(open_run(run)).filter(pl.col("area_id") == "010").sort("issue_id")
    assert rows.select("number", "record_key").rows() == [
        ("0000000203", "N002"),
        ("0000000101", "N001/1"),
        ("", "N003/1"),  # two persons have notices of that number
        ("", "N009/1"),  # nothing of the run has it
        ("0000000102", "K9/0000000102"),
        ("", ""),  # a digest stands for a record whose key could not be read
    ]


def test_a_number_that_is_the_whole_key_is_not_said_twice(run: Path) -> None:
    rows = build_work_list(open_run(run)).filter(pl.col("area_id") != "010", pl.col("number") == pl.col("record_key"),
                                                      pl.col("number") != "")
    assert rows.height == 0


def test_the_workbook_has_a_column_for_the_key(run: Path, sheets) -> None:
    path = next(p for p in write_workbooks(run) if "税務課" in p.name)
    grid = sheets.read_grid(path)
    heads = next(row for rows in grid.values() for row in rows if "宛名番号" in row)
    assert heads[heads.index("氏名") + 1] == "記録のキー"
    shown = {(row[heads.index("宛名番号")], row[heads.index("記録のキー")])
             for rows in grid.values() for row in rows if len(row) == len(heads)}
    assert ("0000000101", "N001/1") in shown
    assert not any(number.startswith("N") for number, _ in shown)


def test_a_pair_names_the_people_of_its_own_group_whatever_another_area_keys_alike(run: Path) -> None:
    """The numbers of two seals of one person are 通知書番号 of others in area 010, which is read first or last."""
    path = run / "issues/010.parquet"
    issues = pl.read_parquet(path)
    pair = issues.head(1).with_columns(
        issue_id=pl.lit("pair"), area_id=pl.lit("002"), group_id=pl.lit("registration"), file=pl.lit("seal.csv"),
        subject=pl.lit("N001|N002"),
    )
    pair.write_parquet(run / "issues/002.parquet")
    (run / "keys" / "002").mkdir()
    pl.DataFrame([
        {"file": "seal.csv", "record_no": n, "subject": f"N00{n}", "person_number": "0000000406"} for n in (1, 2)
    ]).write_parquet(run / "keys/002/registration.parquet")
    for area in ("002", "010"):  # wherever the people of the finding stand, before or after the others
        moved = pair.with_columns(area_id=pl.lit(area), group_id=pl.lit("registration" if area == "002" else "levy"))
        moved.write_parquet(run / "issues/002.parquet")
        (row,) = build_work_list(open_run(run)).filter(pl.col("issue_id") == "pair").rows(named=True)
        assert row["number"].split("\n") == {"002": ["0000000406"] * 2, "010": ["0000000101", "0000000203"]}[area]
