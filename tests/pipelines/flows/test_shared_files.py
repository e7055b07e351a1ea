"""Two sources in one file, bytes kept on request, and records written back: the work of block tasks, no Prefect."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError
from layouts.records.copybook import parse_copybook
from layouts.records.reader import plan_ranges
from layouts.records.writer import RecordWriter
from pipelines.flows import block_work
from pipelines.flows.plan import source_plan
from pipelines.ledger import DECISION_SCHEMA, IssueIdentity
from pipelines.project.loading import load_project
from pipelines.steps.receive import receive
from pipelines.steps.reconcile import FileCount, record_table
from pipelines.steps.register import Register
from rules.catalogue import RuleSet, load_catalogue

COPYBOOK = """\
       01  世帯.
           05  区分                PIC X.
           05  世帯番号            PIC 9(4).
           05  世帯主              PIC N(4).
       01  世帯員.
           05  区分                PIC X.
           05  宛名番号            PIC 9(4).
           05  氏名                PIC N(4).
       01  備考.
           05  区分                PIC X.
           05  文                  PIC X(12).
"""
TOML = """\
[city]
name = "試験市"
code = "012025"
[project]
data_dir = "../data"
as_of = 2026-04-01
[areas."001"]
family = "kihon_data_list"
editions = {resident = "shipped-1"}
sources = ["setai", "setaiin"]
[departments]
"市民課" = {areas = ["001"], due = "2026-05-29"}
"""
SETAI = """\
id: setai
label: 世帯
area: "001"
department: 市民課
files: "*.dat"
format:
  kind: fixed
  record: 世帯
  record_type:
    item: 区分
    values: {H: 世帯, M: 世帯員, N: 備考}
    not_read: {備考: 移行対象外}
copybook: all.cpy
code_system: jef
glyph_policy: area
key: [世帯番号]
raw_bytes: [世帯主, record]
items:
  区分: {meaning: none}
  世帯番号: {meaning: person.household_number}
  世帯主: {meaning: none}
"""
SETAIIN = """\
id: setaiin
label: 世帯員
area: "001"
department: 市民課
files_of: setai
format: {record: 世帯員, parents: [{record: 世帯, items: [世帯番号]}]}
key: [宛名番号]
items:
  世帯.世帯番号: {meaning: person.household_number}
  区分: {meaning: none}
  宛名番号: {meaning: person.number}
  氏名: {meaning: person.name}
"""
AGAIN = """\
id: setaiin
label: 世帯をもう一度
area: "001"
department: 市民課
files_of: setai
format: {record: 世帯}
key: [世帯番号]
items: {区分: {meaning: none}, 世帯番号: {meaning: person.household_number}, 世帯主: {meaning: none}}
"""
ROWS = {
    "H": ("世帯", {"区分": "H", "世帯番号": "1", "世帯主": "山田"}),
    "M": ("世帯員", {"区分": "M", "宛名番号": "11", "氏名": "花子"}),
    "N": ("備考", {"区分": "N", "文": "ﾋﾞｺｳ"}),
}


def project_in(folder: Path, letters: str, *, setai: str = SETAI, setaiin: str = SETAIIN) -> Path:
    city = folder / "city"
    for name, text in (("setai", setai), ("setaiin", setaiin)):
        (city / "sources" / name).mkdir(parents=True)
        (city / "sources" / name / "source.yml").write_text(text, encoding="utf-8")
    (city / "sources" / "setai" / "all.cpy").write_text(COPYBOOK, encoding="utf-8")
    (city / "ikou.toml").write_text(TOML, encoding="utf-8")
    for name in ("scope.yml", "acceptance.yml"):
        empty = Path(block_work.__file__).parents[1] / "project" / "empty" / name
        (city / name).write_text(empty.read_text("utf-8"), encoding="utf-8")
    exports = folder / "data" / "exports" / "g1" / "setai"
    exports.mkdir(parents=True)
    writer = RecordWriter(parse_copybook(COPYBOOK, name="all"), load_code_system("jef"))
    records = [
        b"\xe7" + b"\x40" * 12 if k == "x" else writer.write(pl.DataFrame([ROWS[k][1]]), record=ROWS[k][0])
        for k in letters
    ]
    data = b"".join(records)
    (exports / "a.dat").write_bytes(data)
    with (exports / "receipt.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ファイル名", "件数", "バイト数", "SHA-256", "抽出基準日"])
        rows.writerow(["a.dat", len(letters), len(data), hashlib.sha256(data).hexdigest(), "2026-03-31"])
    return city


def work(city: Path, source: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    project = load_project(city, source_only=True)
    register = Register.of(IssueIdentity(b"k" * 32), load_catalogue(), {"001": ("市民課", None)})
    plan = source_plan(
        project, project.sources[source], RuleSet.select(load_catalogue()), register,
        pl.DataFrame(schema=DECISION_SCHEMA), source_only=True,
    )
    file = receive(project.data / "exports" / "g1", project.sources[source])[0]
    assert (file.source, file.path.parent.name) == (source, "setai")
    parts = folder / f"parts-{source}"
    records = plan_ranges(plan.source, file.path)[0]
    _, counts = block_work.work_on_range(plan, file.path, records, parts, folder / "error.txt", lambda _: None)
    return parts, dict(counts)


def test_every_record_of_a_shared_file_has_one_fate_and_one_reader(tmp_path: Path) -> None:
    letters = "HMMNxHM"
    city = project_in(tmp_path, letters)
    readers: dict[int, list[str]] = {number: [] for number in range(1, len(letters) + 1)}
    for source in ("setai", "setaiin"):
        parts, counts = work(city, source, tmp_path)
        assert counts["decoded"] == len(letters) == sum(counts["fates"].values())
        table = record_table([FileCount("001", source, "a.dat", len(letters), counts["decoded"], counts["fates"], 0)])
        assert table["difference"].to_list() == [0]
        for number, fate, reason in pl.read_parquet(parts / "fates.parquet")["record_no", "fate", "reason"].iter_rows():
            if reason != "other_record_type":
                readers[number].append(f"{source} {fate}")
    assert readers == {
        1: ["setai converted"], 2: ["setaiin converted"], 3: ["setaiin converted"], 4: [], 5: ["setai isolated"],
        6: ["setai converted"], 7: ["setaiin converted"],
    }


def test_bytes_asked_for_stand_beside_the_run_and_round_trips_are_counted(tmp_path: Path) -> None:
    city = project_in(tmp_path, "HMH")
    path = tmp_path / "data" / "exports" / "g1" / "setai" / "a.dat"
    data = bytearray(path.read_bytes())
    data[5:7] = b"\x80\xa1"
    path.write_bytes(data)
    receipt = path.with_name("receipt.csv")
    rows = receipt.read_text("utf-8").splitlines()
    rows[1] = ",".join([*rows[1].split(",")[:3], hashlib.sha256(data).hexdigest(), "2026-03-31"])
    receipt.write_text("\n".join(rows) + "\n", encoding="utf-8")
    parts, counts = work(city, "setai", tmp_path)
    assert (counts["written_back"], counts["round_trips"]) == (2, 1)
    kept = pl.read_parquet(parts / "raw_bytes.parquet")
    assert kept.select("file", "record_no", "世帯主.raw_bytes", "raw_bytes").rows() == [
        ("a.dat", 1, bytes(data[5:13]), bytes(data[:13])), ("a.dat", 3, bytes(data[31:39]), bytes(data[26:])),
    ]
    assert not (work(city, "setaiin", tmp_path)[0] / "raw_bytes.parquet").exists()


@pytest.mark.parametrize(("setai", "setaiin", "message"), [
    (SETAI.replace("    not_read: {備考: 移行対象外}\n", ""), SETAIIN, "a source for the records 備考, found none"),
    (SETAI.replace("備考: 移行", "世帯: 移行"), SETAIIN, "one source for the records 世帯, found setai"),
    (SETAI, AGAIN, "one source for the records 世帯, found setai and setaiin"),
    (SETAI, SETAIIN.replace("files_of: setai", "files_of: juki"), "a source beside this one, found no juki/source.yml"),
    (SETAI, SETAIIN + "code_system: jef\n", "keys of the record; those of the file stand in setai/source.yml"),
    (SETAI.replace("備考: 移行", "備号: 移行"), SETAIIN, "01 levels of values, found 備号"),
    (SETAI.replace('files: "*.dat"', "files_of: setaiin"), SETAIIN, "a source that receives its files itself"),
])
def test_types_without_a_reader_or_with_two(tmp_path: Path, setai: str, setaiin: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        load_project(project_in(tmp_path, "HM", setai=setai, setaiin=setaiin), source_only=True)
