"""A package in another family than the run's, codes of the user area with their counts, and packs of images."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import fastexcel
import polars as pl
import pytest

from char_mapping.errors import UnreadableFile
from layouts.sources import load_source
from layouts.standard_groups import StandardGroup, StandardItem, load_group
from pipelines.conformance import handover, other_family
from pipelines.conformance.handover import pack
from pipelines.conformance.other_family import correspond, correspond_all
from pipelines.flows.code_tables import CODE_SCHEMA
from rules.contract import ISSUE_SCHEMA

RESIDENT = load_group("kihon_data_list", "shipped-1", "001", "resident")
MEASURE = load_group("kihon_data_list", "shipped-1", "001", "support_measure")
VALUES = {"宛名番号": ["1", "2"], "氏名": ['髙"橋,', ""], "生年月日": ["1980-01-02", ""], "性別": ["1", "2"],
          "最新フラグ": ["1", "0"]}


def item(number: int, name: str, like: str, **changes: object) -> StandardItem:
    found = RESIDENT.by_name[like].model_copy(update={"id": f"{number:06d}", "name": name, "key": False})
    return found.model_copy(update=changes)


def changed(group: StandardGroup, **changes: object) -> StandardGroup:
    found = group.model_copy(update=changes)
    vars(found).pop("by_name", None)  # what the other group has looked up is not this one's
    return found


TARGET = changed(RESIDENT, family="chukan_v2_7", edition="2.7", id="person", label="住民", items=(
        item(1, "宛名番号", "宛名番号", key=True),
        item(2, "氏名又は名称", "氏名"),  # by meaning
        item(3, "誕生日", "生年月日", meaning="none", aliases=("生年月日",)),  # by alias
        item(4, "性別", "性別", code_list="住民状態"),
        item(5, "旧データ区分", "最新フラグ", meaning="none", inverted_aliases=("最新フラグ",)),
        item(6, "新しい項目", "異動事由", meaning="none"),
    ))
FEW = changed(RESIDENT, items=tuple(RESIDENT.by_name[name].model_copy(update={"key": name == "宛名番号"})
                                    for name in VALUES))


def test_items_correspond_by_name_alias_and_meaning_and_say_why_not() -> None:
    found = correspond(FEW, [TARGET])
    assert found is not None
    assert [(one.item, one.target, one.why) for one in found.items] == [
        ("宛名番号", "宛名番号", "名称"), ("氏名", "氏名又は名称", "意味"), ("生年月日", "誕生日", "別名")]
    reasons = dict(found.left_out)
    assert "コード表が違う" in reasons["性別"]
    assert reasons["最新フラグ"] == "旧データ区分 は意味が逆"
    assert found.unfilled == ("性別", "旧データ区分", "新しい項目")


def test_a_group_without_its_key_or_of_another_area_takes_no_rows() -> None:
    keyed = changed(TARGET, items=(*TARGET.items, item(7, "連番", "異動事由", meaning="none", key=True)))
    assert correspond(FEW, [keyed]) is None
    assert correspond(FEW, [changed(TARGET, area="010")]) is None
    # A target takes one group's rows: two would write over each other.
    smaller = changed(FEW, id="other", items=FEW.items[:2])
    assert set(correspond_all([smaller, FEW], [TARGET])) == {("001", "resident")}


@pytest.mark.parametrize(("changes", "why"), [
    ({"length": 1}, "桁数が違う"), ({"type": "9"}, "型が違う"), ({"meaning": "person.alias"}, "意味が違う"),
])
def test_values_that_would_not_fit_stay_out(changes: dict[str, object], why: str) -> None:
    name = item(2, "氏名", "氏名", **changes)
    target = changed(TARGET, id="resident", items=(TARGET.items[0], name, *TARGET.items[2:]))
    found = correspond(FEW, [target])
    assert found is not None
    assert why in dict(found.left_out)["氏名"]


@pytest.fixture
def project(tmp_path: Path) -> SimpleNamespace:
    """A project with a list of images, and its run folder under ``runs/1``."""
    source = tmp_path / "sources" / "inei"
    source.mkdir(parents=True)
    (source / "source.yml").write_text("""
id: inei
label: 印影
area: "001"
department: 市民課
files: "*.csv"
format: {kind: csv, header: true}
code_system: cp932
key: [番号]
images: {name: 名, size: 大, sha256: 要約}
items:
  番号: {meaning: person.number}
  名: {meaning: image.name}
  大: {meaning: image.size}
  要約: {meaning: image.hash}
""", encoding="utf-8")
    (tmp_path / "gaiji").mkdir()
    (tmp_path / "gaiji" / "east.csv").write_text(
        "code,char,mj,class,evidence,decided_on\nF040,髙,MJ028902,字形一致,外字台帳,2025-10-01\n"
        "F041,𠮷,MJ030196,字形一致,外字台帳,2025-10-01\n", encoding="utf-8")
    packs = tmp_path / "data" / "exports" / "g1" / "inei" / "images"
    packs.mkdir(parents=True)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as one:
        one.writestr("1.png", b"picture")
    (packs / "a.zip").write_bytes(held.getvalue())
    with (packs / "receipt.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("ファイル名", "件数", "バイト数", "SHA-256", "抽出基準日"))
        writer.writerow(("a.zip", 1, len(held.getvalue()), hashlib.sha256(held.getvalue()).hexdigest(), "2026-01-01"))
    run = tmp_path / "runs" / "1"
    for folder in ("standard/001", "code_tables", "reconcile", "issues"):
        (run / folder).mkdir(parents=True)
    pl.DataFrame(VALUES).write_csv(run / "standard/001/resident.csv")
    pl.DataFrame({"record_no": [1, 2]}).write_parquet(run / "standard/001/resident.lineage.parquet")
    pl.DataFrame(schema=ISSUE_SCHEMA).write_parquet(run / "issues/001.parquet")
    pl.DataFrame([
        {"source": "jumin", "table": "gaiji/east.csv", "code": "F040", "text": "髙", "user_area": True, "count": 7},
        {"source": "jumin", "table": "own/x.csv gaiji/east.csv", "code": "F0FF", "text": None, "user_area": True,
         "count": 2},
        {"source": "jumin", "table": "gaiji/east.csv", "code": "3021", "text": "亜", "user_area": False, "count": 99},
    ], schema=CODE_SCHEMA).write_parquet(run / "code_tables/001.parquet")
    pl.DataFrame([("001", "inei", 1, 1, 1, 1, 0, 0, 0, 0)], orient="row", schema=[
        "area", "source", "listed", "announced", "packed", "matching", "missing", "extra", "different", "blank"]
        ).write_parquet(run / "reconcile/images.parquet")
    (run / "manifest.json").write_text(json.dumps({"generation": "g1"}), encoding="utf-8")
    return SimpleNamespace(folder=tmp_path, data=tmp_path / "data", groups={("001", "resident"): FEW}, identities=(),
                           sources={"inei": load_source(source)}, run=run)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_package_of_the_other_family(project: SimpleNamespace, tmp_path: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    def known(family: str, folder: Path) -> tuple[StandardGroup, ...]:
        assert (family, folder) == ("chukan_v2_7", tmp_path)
        return (TARGET,)

    monkeypatch.setattr(handover, "groups_of_family", known)
    out = tmp_path / "package"
    file, = pack(project.run, project, out, family="chukan_v2_7")
    assert (file.path, file.rows, file.group.family) == ("data/001/person.csv", 2, "chukan_v2_7")
    rows = rows_of(out / file.path)
    assert [row["氏名又は名称"] for row in rows] == ['髙"橋,', ""]
    assert [row["誕生日"] for row in rows] == ["1980-01-02", ""]
    assert {row["性別"] for row in rows} == {""}
    beside = rows_of(out / "独自項目" / "001_resident_対応なし.csv")
    assert [row["性別"] for row in beside] == ["1", "2"]
    table = fastexcel.read_excel(out / "項目対応表.xlsx").load_sheet(0, header_row=3).to_polars()
    said = {row[2] or f"→{row[4]}": (row[4], row[6]) for row in table.iter_rows()}
    assert said["氏名"][0] == "氏名又は名称"
    assert "コード表が違う" in said["性別"][1]
    assert said["→新しい項目"][1] == "この移行データに元の項目がない"


def test_codes_of_the_user_area_come_with_their_count(project: SimpleNamespace, tmp_path: Path) -> None:
    pack(project.run, project, tmp_path / "package")
    rows = rows_of(tmp_path / "package" / "外字表.csv")
    assert [(row["外字表"], row["外字コード"], row["文字"], row["区分"], row["出現数"]) for row in rows] == [
        ("east", "F040", "髙", "字形一致", "7"), ("east", "F041", "𠮷", "字形一致", "0"),
        ("east", "F0FF", "", "未対応", "2")]


def test_packs_of_images_are_copied_and_their_hashes_listed(project: SimpleNamespace, tmp_path: Path) -> None:
    pack(project.run, project, tmp_path / "package")
    copy = tmp_path / "package" / "画像" / "001_inei" / "a.zip"
    original = project.data / "exports/g1/inei/images/a.zip"
    assert copy.read_bytes() == original.read_bytes()
    book = fastexcel.read_excel(tmp_path / "package" / "件数・金額表.xlsx")
    listed = book.load_sheet("画像ファイル", header_row=3).to_polars().row(0)
    assert listed[2:4] == ("画像/001_inei/a.zip", 1.0)
    assert listed[5] == hashlib.sha256(original.read_bytes()).hexdigest()
    assert "画像照合" in book.sheet_names
    original.write_bytes(b"another")
    with pytest.raises(UnreadableFile, match="as its 受領票 says"):
        pack(project.run, project, tmp_path / "second")


def test_groups_of_a_family_are_those_that_ship_and_the_projects_own(tmp_path: Path) -> None:
    assert other_family.groups_of_family("chukan_v2_7", tmp_path) == ()
    assert {one.family for one in other_family.groups_of_family("kihon_data_list", tmp_path)} == {"kihon_data_list"}
