"""What 名寄せ could not compare is named and counted, and the verdict says so: placeholder values, a home, a crowd."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from rules.duplicates.candidate_pairs import LIMIT
from rules.duplicates.clusters import SIZE_LIMIT

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

GATE = "名寄せで比べられなかった値・組"
MANY, CROWD = LIMIT + 5, SIZE_LIMIT + 4


def placeholder_names() -> Iterator[dict[str, str]]:
    for n in range(MANY):
        yield {"宛名番号": f"{7000000000 + n}", "氏名": "不明", "氏": "", "名": "", "フリガナ": "フメイ",
               "生年月日": "1900/01/01", "番地": f"{n + 1}番", "方書": ""}  # fmt: skip


def shared_care_home() -> Iterator[dict[str, str]]:
    for n in range(MANY):
        yield {"宛名番号": f"{7100000000 + n}", "氏名": "入所者", "氏": "", "名": "", "フリガナ": "ニュウショシャ",
               "生年月日": f"19{10 + n}/05/06", "番地": "９９番９号", "方書": "やすらぎ苑"}  # fmt: skip


def one_crowd() -> Iterator[dict[str, str]]:
    for n in range(CROWD):
        yield {"宛名番号": f"{7200000000 + n}", "氏名": "群　太郎", "氏": "群", "名": "太郎",
               "フリガナ": "ムラ　タロウ", "生年月日": "1955/05/05", "番地": "７番７号", "方書": ""}  # fmt: skip


PLANTS = {"placeholder": placeholder_names, "care_home": shared_care_home, "crowd": one_crowd}
NAMED = {
    "placeholder": ["照合キー/kana_birth", "照合キー/name_birth"],
    "care_home": ["照合キー/kana_place", "照合キー/name_place"],
    "crowd": ["|".join(f"{7200000000 + n}" for n in range(CROWD))],
}


def plant(folder: Path) -> None:
    """Add the people behind a line of the delivery, as the city would: with the receipt."""
    path = folder / "juutogai.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    header = next(csv.reader([lines[0].decode("cp932")]))
    model = dict(zip(header, next(csv.reader([lines[1].decode("cp932")])), strict=True))
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=lines[0][-2:].decode().lstrip('"'))
    added = [row for people in PLANTS.values() for row in people()]
    writer.writerows([*({**model, "通称": "", "名寄せ元": "0", "名寄せ先": "", **row}.values() for row in added)])
    path.write_bytes(path.read_bytes() + text.getvalue().encode("cp932"))
    content = path.read_bytes()
    with (folder / "receipt.csv").open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    row |= {"件数": str(int(row["件数"]) + len(added)), "バイト数": str(len(content)),
            "SHA-256": hashlib.sha256(content).hexdigest()}  # fmt: skip
    with (folder / "receipt.csv").open("w", encoding="utf-8", newline="") as stream:
        writer_of = csv.DictWriter(stream, fieldnames=list(row))
        writer_of.writeheader()
        writer_of.writerow(row)


@pytest.fixture(scope="module")
def finished(module_city: Path) -> Path:
    from pipelines.flows.rehearsal import Options, run_project

    data = module_city.parent / f"{module_city.name}-data"
    plant(data / "exports" / "g1-2026-01" / "juutogai")
    return run_project(module_city, Options(areas=("001", "031"), rehearsal=1), lambda *_: None).folder


def large(issues: pl.DataFrame) -> pl.DataFrame:
    return issues.filter(
        (pl.col("rule_id") == "DUP-005") & pl.col("subject").str.contains(r"^照合キー/|\|.*\|")
    ).sort("subject")


def gate_of(run: Path) -> tuple[dict[str, object], tuple[str, ...]]:
    from pipelines.reports.judgement import judge_areas
    from pipelines.reports.run_files import open_run

    area = next(a for a in judge_areas(open_run(run), None) if a.area == "031")
    return next(dict(g) for g in area.gates if g["item"] == GATE), area.against


@pytest.mark.parametrize("kind", [*PLANTS, "none"])
def test_each_is_named_counted_and_missed(finished: Path, tmp_path: Path, kind: str) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished, copy)
    path = copy / "issues" / "031.parquet"
    issues = pl.read_parquet(path)
    found = large(issues)
    assert found["subject"].to_list() == sorted(s for subjects in NAMED.values() for s in subjects)
    others = [s for k, subjects in NAMED.items() if k != kind for s in subjects]
    issues.filter(~pl.col("subject").is_in(others)).write_parquet(path)
    gate, against = gate_of(copy)
    expected = len(NAMED.get(kind, []))
    assert (gate["verdict"], gate["differences"]) == (("未達", expected) if expected else ("差0", 0))
    assert any(GATE in text and f"{expected}件" in text for text in against) is bool(expected)
    told = found.filter(pl.col("subject").is_in(NAMED.get(kind, [])))["evidence"].to_list()
    counted = {"placeholder": f"のべ{MANY}人", "care_home": f"のべ{MANY}人", "crowd": f"{CROWD}件つながる"}
    assert all(counted[kind] in text for text in told)
    assert not any(name in text for text in told for name in ("不明", "入所者", "群", "やすらぎ苑"))


def test_nothing_is_dropped_and_no_pair_is_made_of_them(finished: Path) -> None:
    pairs = pl.read_parquet(finished / "links" / "pairs.parquet")
    held = pl.concat([pairs["a_number"], pairs["b_number"]])
    assert not held.str.starts_with("70000000").any()
    assert not held.str.starts_with("71000000").any()
    crowd = pairs.filter(pl.col("a_number").str.starts_with("72000000"))
    assert crowd.height == CROWD * (CROWD - 1) // 2
    assert crowd["cluster"].null_count() == crowd.height
    rows = pl.read_ipc(finished / "standard" / "031" / "addressee.arrow")
    assert rows.filter(pl.col("宛名番号").str.starts_with("7")).height >= 2 * MANY + CROWD
