"""Bad definitions, deliveries and commands through the real command line: one clear message, no half output."""

from __future__ import annotations

import csv
import hashlib
import subprocess
from pathlib import Path

import pytest

from pipelines.cli.boundary import run_command_line
from pipelines.runs.folder import only_writer

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

GENERATION = "g1-2026-01"
RESIDENT_BYTES = 886


def data_of(city: Path) -> Path:
    return city.parent / f"{city.name}-data"


def exports_of(city: Path, source: str) -> Path:
    return data_of(city) / "exports" / GENERATION / source


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def change_receipt(folder: Path, column: str, change) -> None:
    path = folder / "receipt.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[0][column] = change(rows[0][column])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def refresh_receipt(folder: Path) -> None:
    """Write size and hash of every file anew, as if the city had sent exactly this."""
    path = folder / "receipt.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        content = (folder / row["ファイル名"]).read_bytes()
        row["バイト数"], row["SHA-256"] = str(len(content)), hashlib.sha256(content).hexdigest()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def patch_trailer(city: Path, at: int) -> None:
    path = exports_of(city, "jumin") / "JUMIN_EAST.dat"
    content = bytearray(path.read_bytes())
    start = len(content) - RESIDENT_BYTES + at
    content[start] = (content[start] & 0xF0) | ((content[start] & 0x0F) + 1) % 10
    path.write_bytes(bytes(content))
    refresh_receipt(path.parent)


def cut_last_byte(city: Path) -> None:
    path = exports_of(city, "jumin") / "JUMIN_EAST.dat"
    path.write_bytes(path.read_bytes()[:-1])
    refresh_receipt(path.parent)


def drop_every_receipt_but(city: Path, kept: str) -> None:
    for folder in (data_of(city) / "exports" / GENERATION).iterdir():
        if folder.name != kept:
            (folder / "receipt.csv").unlink()


def make_work_tree(city: Path) -> None:
    subprocess.run(["git", "init", "-q", str(data_of(city))], check=True, timeout=30)


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


DEFINITIONS = {
    "an unknown copybook clause": (
        lambda c: replace_in(c / "sources/jumin/jumin.cpy", "PIC X(1).", "PIC X(1) GLOBALLY."),
        ["jumin.cpy:", "GLOBALLY"],
    ),
    "a picture that is none": (
        lambda c: replace_in(c / "sources/shien/shien.cpy", "PIC 9(4).", "PIC Q(4)."),
        ["shien.cpy:4", "Q(4)"],
    ),
    "a missing copybook": (lambda c: (c / "sources/jumin/jumin.cpy").unlink(), ["source.yml:", "jumin.cpy"]),
    "an item the copybook lacks": (
        lambda c: replace_in(c / "sources/shien/source.yml", "特記事項:", "特記:"),
        ["source.yml", "特記事項"],
    ),
    "a record that is none": (
        lambda c: replace_in(c / "sources/jumin/source.yml", "trailer: トレーラ", "trailer: 末尾"),
        ["末尾"],
    ),
    "an unknown profile": (
        lambda c: replace_in(c / "sources/jumin/source.yml", "jef-kana", "jeff"),
        ["source.yml", "jeff", "jef-kana"],
    ),
    "an unknown meaning": (
        lambda c: replace_in(c / "sources/jumin/source.yml", "meaning: person.sex", "meaning: person.gender"),
        ["source.yml:", "person.gender"],
    ),
    "a code map of a source that is none": (
        lambda c: replace_in(c / "sources/jumin/source.yml", "codes: sex", "codes: gender"),
        ["source.yml items.性別.codes", "gender"],
    ),
    "a missing 外字対応表": (lambda c: (c / "gaiji/jumin_east.csv").unlink(), ["jumin_east.csv"]),
    "a mapping to an item that does not exist": (
        lambda c: replace_in(c / "mappings/001/resident.yml", "  本籍: {", "  本籍地: {"),
        ["resident.yml:", "本籍地"],
    ),
    "a mapping from an item that does not exist": (
        lambda c: replace_in(c / "mappings/001/resident.yml", "from: 本籍}", "from: 本籍地}"),
        ["resident.yml:", "本籍地", "jumin"],
    ),
    "a source item nobody maps": (
        lambda c: replace_in(c / "mappings/001/resident.yml", "  本籍: {from: 本籍}\n", ""),
        ["resident.yml", "本籍"],
    ),
    "a conversion that is no rule": (
        lambda c: replace_in(c / "mappings/001/resident.yml", "convert: DAT-001", "convert: DAT-999"),
        ["resident.yml", "DAT-999"],
    ),
    "a missing mapping": (lambda c: (c / "mappings/001/resident.yml").unlink(), ["resident.yml", "no such file"]),
    "an unquoted code in YAML": (
        lambda c: replace_in(c / "mappings/001/resident.yml", 'constant: "012025"', "constant: 012025"),
        ["resident.yml:6", "012025", "quotes"],
    ),
    "an unquoted code without a leading zero": (
        lambda c: replace_in(c / "mappings/001/resident.yml", 'constant: "012025"', "constant: 112025"),
        ["resident.yml:6", "112025", "quotes"],
    ),
    "an unquoted area": (
        lambda c: replace_in(c / "sources/jumin/source.yml", 'area: "001"', "area: 001"),
        ["source.yml:4", "001", "quotes"],
    ),
    "an unquoted code in ikou.toml": (
        lambda c: replace_in(c / "ikou.toml", 'code = "012025"', "code = 112025"),
        ["ikou.toml", "city.code", "quotes"],
    ),
    "an unquoted code with a leading zero in ikou.toml": (
        lambda c: replace_in(c / "ikou.toml", 'code = "012025"', "code = 012025"),
        ["ikou.toml", "line 4"],
    ),
    "an unquoted list of sources": (
        lambda c: replace_in(c / "ikou.toml", 'sources = ["jumin", "shien"]', 'sources = "jumin"'),
        ["ikou.toml", "areas.001.sources"],
    ),
    "an unknown key in ikou.toml": (
        lambda c: replace_in(c / "ikou.toml", "threads = 2", "treads = 2"),
        ["ikou.toml", "treads"],
    ),
    "an unknown edition": (
        lambda c: replace_in(c / "ikou.toml", 'resident = "shipped-1"', 'resident = "3.0"'),
        ["3.0", "shipped-1"],
    ),
    "an unknown family": (
        lambda c: replace_in(c / "ikou.toml", 'family = "kihon_data_list"', 'family = "kihon"'),
        ["kihon"],
    ),
    "a source that does not exist": (
        lambda c: replace_in(c / "ikou.toml", '"shien"]', '"sien"]'),
        ["sien", "no such file"],
    ),
    "a department of an area that is none": (
        lambda c: replace_in(c / "ikou.toml", '"税務課" = {areas = ["031"]', '"税務課" = {areas = ["013"]'),
        ["ikou.toml", "税務課", "013"],
    ),
    "an unknown rule switched off": (
        lambda c: replace_in(c / "ikou.toml", "[rules.off]", '[rules.off]\n"NAM-999" = "方針"'),
        ["ikou.toml", "NAM-999"],
    ),
    "a rule switched off without a reason": (
        lambda c: replace_in(c / "ikou.toml", "[rules.off]", '[rules.off]\n"NAM-001" = " "'),
        ["ikou.toml", "NAM-001", "reason"],
    ),
    "an overlapping code map": (
        lambda c: write(
            c / "codes/sex.yml", 'list: 性別(住民基本台帳)\nmap: {"1": "1", "2": "2"}\nvariants: {"1": "2"}\n'
        ),
        ["sex.yml:3", "1"],
    ),
    "a code map to a value that is none": (
        lambda c: replace_in(c / "codes/sex.yml", '"2": "2"', '"2": "7"'),
        ["sex.yml:", "7"],
    ),
    "a scope over an item that does not exist": (
        lambda c: replace_in(c / "scope.yml", "item: 論理削除", "item: 削除"),
        ["scope.yml:", "削除"],
    ),
    "an unknown measure of a gate": (
        lambda c: replace_in(c / "acceptance.yml", "controls.mismatch", "controls.differences"),
        ["acceptance.yml:", "controls.differences"],
    ),
    "a data folder inside a work tree": (make_work_tree, ["ikou.toml", "data_dir", "work tree"]),
    "YAML that does not parse": (lambda c: write(c / "scope.yml", "exclude: [\n"), ["scope.yml:"]),
    "TOML that does not parse": (lambda c: write(c / "ikou.toml", "[city\n"), ["ikou.toml", "line 1"]),
    "a definition that is not UTF-8": (
        lambda c: (c / "ikou.toml").write_bytes('[city]\nname = "見本市"\n'.encode("cp932")),
        ["ikou.toml", "UTF-8"],
    ),
    "no project": (lambda c: (c / "ikou.toml").unlink(), ["ikou.toml", "no such file"]),
    "a figure of the city that is no number": (
        lambda c: replace_in(data_of(c) / "controls" / GENERATION / "001.csv", ",人口総数,,", ",人口総数,,約"),
        ["001.csv:3", "値"],
    ),
}

DELIVERIES = {
    "a size that does not divide": (cut_last_byte, ["JUMIN_EAST.dat", str(RESIDENT_BYTES)]),
    "a missing file": (lambda c: (exports_of(c, "jumin") / "JUMIN_EAST.dat").unlink(), ["JUMIN_EAST.dat", "no such"]),
    "an unannounced file": (
        lambda c: write(exports_of(c, "jumin") / "JUMIN_NORTH.dat", "x"),
        ["JUMIN_NORTH.dat", "receipt.csv"],
    ),
    "a 受領票 with another count": (
        lambda c: change_receipt(exports_of(c, "jumin"), "件数", lambda n: str(int(n) + 1)),
        ["JUMIN_EAST.dat", "FIL-002", "data records"],
    ),
    "a 受領票 with another size": (
        lambda c: change_receipt(exports_of(c, "jumin"), "バイト数", lambda n: str(int(n) + 1)),
        ["JUMIN_EAST.dat", "FIL-002", "bytes"],
    ),
    "a 受領票 with another hash": (
        lambda c: change_receipt(exports_of(c, "jumin"), "SHA-256", lambda h: h[::-1]),
        ["JUMIN_EAST.dat", "FIL-002", "SHA-256"],
    ),
    "a trailer with another count": (lambda c: patch_trailer(c, 4), ["JUMIN_EAST.dat", "件数", "FIL-012"]),
    "a trailer with another hash total": (
        lambda c: patch_trailer(c, 13),
        ["JUMIN_EAST.dat", "宛名番号合計", "FIL-012"],
    ),
}


def ikou(capfd, *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        run_command_line(list(arguments))
    said = capfd.readouterr()
    return int(left.value.code or 0), said.err + said.out


def assert_clear(said: str, parts: list[str]) -> None:
    assert "Traceback" not in said
    assert "inside ikou" not in said
    (message,) = [line for line in said.splitlines() if line.startswith("ikou: ")]
    for part in parts:
        assert part in message, message
    assert "expected" in message, message


def visible_runs(city: Path) -> list[str]:
    return sorted(p.name for p in (data_of(city) / "runs").glob("*") if p.name not in (".lock",))


@pytest.mark.parametrize("case", DEFINITIONS)
def test_a_wrong_definition_is_named_before_any_data_is_read(small_city, capfd, case):
    spoil, parts = DEFINITIONS[case]
    spoil(small_city)
    code, said = ikou(capfd, "run", "--project", str(small_city), "--rehearsal", "1")
    assert code == 2, said
    assert_clear(said, parts)
    assert visible_runs(small_city) == []


@pytest.mark.parametrize("case", DELIVERIES)
def test_a_wrong_delivery_is_named_and_leaves_no_run(small_city, capfd, case):
    spoil, parts = DELIVERIES[case]
    spoil(small_city)
    code, said = ikou(capfd, "run", "001", "--project", str(small_city), "--rehearsal", "1")
    assert code == 3, said
    assert_clear(said, parts)
    assert visible_runs(small_city) == []


def spoil_key(city: Path) -> None:
    (data_of(city) / "project.key").write_text("not a key", encoding="ascii")


COMMANDS = {
    "an area that does not exist": (["run", "999", "--project", "{city}"], 2, ["999", "001, 031"]),
    "a rehearsal that was not received": (["run", "--project", "{city}", "--rehearsal", "9"], 3, ["9", "3 gen"]),
    "a folder without a project": (["run", "--project", "{tmp}"], 2, ["ikou.toml", "ikou init"]),
    "a folder that does not exist": (["run", "--project", "{tmp}/nowhere"], 2, ["nowhere", "no such file"]),
    "verify of no run": (["verify", "{tmp}"], 2, ["manifest.json"]),
    "score of no run": (["score", "{tmp}/none"], 2, ["manifest.json"]),
    "release of no run": (["release", "{tmp}", "--by", "x"], 2, ["manifest.json"]),
    "report of no run": (["report", "{tmp}"], 2, ["manifest.json"]),
    "issues export of no run": (["issues", "export", "{tmp}"], 2, ["manifest.json"]),
    "answers that are no workbook": (["issues", "apply", "{city}/ikou.toml", "--project", "{city}"], 3, ["ikou.toml"]),
    "answers that are not there": (["issues", "apply", "{tmp}/a.xlsx", "--project", "{city}"], 3, ["a.xlsx"]),
    "sample into a folder that is not empty": (["sample", "{city}"], 2, ["sample-city"]),
    "init of a folder that is not empty": (["init", "{city}"], 2, ["sample-city"]),
    "peek at no file": (["peek", "{tmp}/x.dat", "--charset", "jef", "-c", "{city}/sources/shien/shien.cpy"], 3, ["x."]),
    "peek with no copybook": (["peek", "{city}/ikou.toml", "--charset", "jef"], 2, ["copybook"]),
    "peek with an unknown profile": (
        ["peek", "{city}/ikou.toml", "--charset", "jeff", "-c", "{city}/sources/shien/shien.cpy"],
        2,
        ["jeff"],
    ),
    "convert of a size that does not divide": (
        [
            "convert", "{city}/ikou.toml", "--charset", "jef-kana", "-c", "{city}/sources/shien/shien.cpy",
            "-o", "{tmp}/x.csv",
        ],
        3,
        ["ikou.toml"],
    ),
    "convert to an unknown kind of file": (
        [
            "convert", "{data}/exports/g1-2026-01/shien/SHIEN.dat", "--charset", "jef-kana",
            "-c", "{city}/sources/shien/shien.cpy", "-o", "{tmp}/x.doc",
        ],
        2,
        [".parquet"],
    ),
    "a rule that is none": (["rules", "show", "NAM-999"], 2, ["NAM-999"]),
    "a layout that is none": (["layouts", "show", "001", "residents"], 2, ["residents"]),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS)
def test_wrong_use_of_a_command_is_named(small_city, tmp_path, capfd, case):
    words, expected, parts = COMMANDS[case]
    places = {"city": str(small_city), "tmp": str(tmp_path), "data": str(data_of(small_city))}
    code, said = ikou(capfd, *(w.format(**places) for w in words))
    assert code == expected, said
    assert_clear(said, parts)
    assert not list(tmp_path.glob("x.*"))
    assert visible_runs(small_city) == []


def test_a_key_that_is_wrong_is_named(small_city, capfd):
    spoil_key(small_city)
    code, said = ikou(capfd, "run", "--project", str(small_city), "--rehearsal", "1")
    assert code == 2, said
    assert_clear(said, ["project.key"])
    assert visible_runs(small_city) == []


def test_a_second_writer_is_told_to_wait(small_city, capfd):
    with only_writer(data_of(small_city)):
        code, said = ikou(capfd, "run", "--project", str(small_city), "--rehearsal", "1")
    assert code == 2, said
    assert_clear(said, ["runs", "another run"])
    assert visible_runs(small_city) == []
