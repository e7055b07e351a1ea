from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from char_mapping.imports.official import JIS_UCS, MINJI_5202, NOTICE_582_1
from char_mapping.receivers import Receiver, load_receiver, receiver_of_project
from char_mapping.shrinking import ShrinkTables
from char_mapping.text import SUBSTITUTES
from pipelines.steps.receivers import (
    GroupRows,
    character_rows,
    check_findings,
    lacking,
    project_group,
    questions,
)
from rules.contract import BoundItem

TABLES = ShrinkTables({
    "MJ028902": ((JIS_UCS, "高", None, None),),
    "MJ032129": ((NOTICE_582_1, "桔", 1, None), (MINJI_5202, "吉", None, None)),
})
ITEMS = (
    BoundItem("宛名番号", "person.number", "number", "X", 15, key=True),
    BoundItem("氏名", "person.name", "name", "N", 6, certified=True),
    BoundItem("カナ", "person.kana", "kana", "N", 100),
    BoundItem("方書", "address.building", "address", "N", 50),
)
NAMES = ["髙橋", "山田", None, "𠮷田", "〓村"]
KANA = ["タカハシ　ジュンイチロウ", "ヤマダ", None, "ヨシダ", "ムラ"]
PLACES = ["髙砂荘", "髙砂～荘", "", "吉荘", None]


@pytest.fixture
def group(tmp_path: Path) -> GroupRows:
    folders = []
    for place, rows in enumerate((slice(0, 2), slice(2, 5))):
        folder = tmp_path / f"part{place}"
        folder.mkdir()
        numbers = ["1", "2", "3", "4", "5"][rows]
        frame = {"宛名番号": numbers, "氏名": NAMES[rows], "カナ": KANA[rows], "方書": PLACES[rows]}
        table = pa.table({name: pa.array(values, pa.string()) for name, values in frame.items()})
        with pa.ipc.new_file(folder / "resident.arrow", table.schema) as writer:
            writer.write_table(table)
        pl.DataFrame({"subject": [f"{n}/1" for n in numbers]}).write_parquet(folder / "lineage.resident.parquet")
        folders.append(folder)
    return GroupRows("001", "resident", tuple(folders), ITEMS, ("宛名番号", "氏名", "方書"))


def receiver(name: str, **decided: str) -> Receiver:
    return Receiver(load_receiver(name), TABLES, decided, {})


def test_what_a_receiver_lacks_is_written_by_its_table_or_held(group: GroupRows, tmp_path: Path) -> None:
    out = tmp_path / "out"
    counts = project_group(group, receiver("intermediate_server"), out)
    # 高 by JIS包摂 outside certified items; a certified name waits for a person, and so does what has two candidates.
    assert (out / "resident.csv").read_text("utf-8").splitlines() == [
        "宛名番号,氏名,方書", "1,,高砂荘", "2,山田,高砂〜荘", '3,,""', "4,,吉荘", "5,〓村,",
    ]
    steps = pl.read_parquet(out / "resident.steps.parquet")
    assert steps.rows() == [
        (0, "氏名", "held", None, "未決"), (0, "方書", "shrunk", "高砂荘", JIS_UCS),
        (1, "方書", "shrunk", "高砂〜荘", JIS_UCS),
        (3, "氏名", "held", None, "未決"),
    ]
    assert counts.as_dict()["items"] == {"方書": {"shrunk": 2}, "氏名": {"held": 2}}
    names = pl.read_parquet(out / "resident.names.parquet")
    assert names.select("subject", "standard").rows() == [("1/1", "髙橋"), ("4/1", "𠮷田")]


def test_a_person_is_asked_once_a_character(group: GroupRows) -> None:
    one = receiver("intermediate_server")
    asked = questions(lacking([group], [one]), one)
    assert asked.select("rule_id", "before", "candidate").rows() == [("MOJ-004", "髙", "高"), ("MOJ-004", "𠮷", "吉")]
    assert "住民票記載事項 1件" in asked["evidence"][0]
    without = Receiver(load_receiver("intermediate_server"), ShrinkTables({}))
    assert questions(lacking([group], [without]), without)["rule_id"].to_list() == ["MOJ-005", "MOJ-005"]


def test_decisions_are_written_and_nothing_is_asked_again(group: GroupRows, tmp_path: Path) -> None:
    one = Receiver(load_receiver("intermediate_server"), TABLES, {"髙": "高", "𠮷": "吉"})
    project_group(group, one, tmp_path / "out")
    text = (tmp_path / "out" / "resident.csv").read_text("utf-8")
    assert "1,高橋,高砂荘" in text
    assert "4,吉田,吉荘" in text
    assert pl.read_parquet(tmp_path / "out" / "resident.steps.parquet")["by"].to_list().count("decision") == 4


def test_kana_stands_for_a_name_where_the_receiver_takes_kana(group: GroupRows, tmp_path: Path) -> None:
    one = receiver("certificate")
    assert questions(lacking([group], [one]), one).is_empty()
    counts = project_group(group, one, tmp_path / "out")
    lines = (tmp_path / "out" / "resident.csv").read_text("utf-8").splitlines()
    assert lines[1] == "1,タカハシ　ジュンイチロウ,高砂荘"
    # The reading is longer than the item.
    findings = check_findings({("001", "resident"): counts}, one)
    assert findings.select("rule_id", "item").rows() == [("MOJ-021", "氏名")]


def test_a_package_gets_its_own_bytes(group: GroupRows, tmp_path: Path) -> None:
    project_group(group, receiver("package_cp932"), tmp_path / "out")
    data = (tmp_path / "out" / "resident.csv").read_bytes()
    assert data.decode("cp932").splitlines()[1] == "1,髙橋,髙砂荘"


def test_no_substitute_is_ever_introduced(group: GroupRows, tmp_path: Path) -> None:
    before = "".join(text or "" for text in (*NAMES, *PLACES))
    for name in ("intermediate_server", "certificate", "package_cp932", "standard"):
        project_group(group, receiver(name), tmp_path / name)
        raw = (tmp_path / name / "resident.csv").read_bytes()
        text = raw.decode("cp932" if name == "package_cp932" else "utf-8")
        assert all(text.count(one) <= before.count(one) for one in SUBSTITUTES)


def test_one_row_a_character_with_its_codes(group: GroupRows) -> None:
    one = receiver("intermediate_server")
    rows = character_rows(lacking([group], [one]), [one], {"髙": "jumin:80A1"}, {"髙": "コウ タカイ"})
    first = rows.row(0, named=True)
    assert (first["原コード"], first["文字"], first["MJ・GJ"]) == ("jumin:80A1", "髙", "MJ028902")
    assert first["かな"] == "コウ タカイ"
    assert (first["0213代表字"], first["面区点"], first["0208代表字"], first["件数"]) == ("高", "1-25-66", "高", 3)


def test_a_gj_name_without_code_point_is_held(group: GroupRows) -> None:
    gj = chr(0xF0001)
    plain, known = receiver("standard"), Receiver(load_receiver("standard"), TABLES, {}, {"GJ000001": 0x100000})
    assert plain.project(gj, certified=False).outcome == "held"
    assert known.project(gj, certified=False).text == gj
    assert known.encode(f"{gj}\n") == (chr(0x100000) + "\n").encode()


def test_a_project_may_bring_its_own_receiver(tmp_path: Path) -> None:
    (tmp_path / "receivers").mkdir()
    (tmp_path / "receivers" / "print.toml").write_text(
        'label = "帳票"\nsets = ["cp932", "ascii"]\nencoding = "cp932"\n'
        'six_symbols = "fullwidth"\notherwise = "hold"\n',
        "utf-8",
    )
    assert receiver_of_project("print", tmp_path).label == "帳票"
    assert receiver_of_project("certificate", tmp_path).otherwise == "kana"


def test_the_codec_writes_what_the_code_system_writes() -> None:
    package = receiver("package_cp932")
    for text in sorted(package.profile.characters.texts):
        written = package.project(text, certified=False).text or ""
        assert package.encode(written) == package.write(written)
