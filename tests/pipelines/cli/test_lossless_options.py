"""``--raw-bytes``, ``--hex``, ``--nested``, ``--source``, ``--length-place``, and tables written back for a host."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from char_mapping.code_systems import load_code_system
from char_mapping.errors import IkouError
from layouts.records.copybook import parse_copybook
from layouts.records.writer import RecordWriter
from pipelines.cli.app import app

COPYBOOK = """\
       01  世帯.
           05  区分                PIC X.
           05  世帯番号            PIC 9(4).
           05  世帯主              PIC N(4).
       01  世帯員.
           05  区分                PIC X.
           05  宛名番号            PIC 9(4).
           05  氏名                PIC N(4).
       01  所得.
           05  区分                PIC X.
           05  年                  PIC 9(4).
           05  額                  PIC S9(14) COMP-3.
"""
ROWS = {
    "h": ("世帯", {"区分": "H", "世帯番号": "1", "世帯主": "山田"}),
    "H": ("世帯", {"区分": "H", "世帯番号": "2", "世帯主": "佐藤"}),
    "m": ("世帯員", {"区分": "M", "宛名番号": "11", "氏名": "花子"}),
    "n": ("世帯員", {"区分": "M", "宛名番号": "12", "氏名": "次郎"}),
    "i": ("所得", {"区分": "I", "年": "2026", "額": "-5"}),
}
TYPES = (
    "--record-type", "区分", "--type", "H=世帯", "--type", "M=世帯員", "--type", "I=所得",
    "--parent", "世帯:世帯番号", "--parent", "世帯員:宛名番号",
)


def run(*words: object) -> tuple[int, str]:
    answer = CliRunner().invoke(app, [str(word) for word in words])
    if answer.exception is not None and not isinstance(answer.exception, SystemExit | IkouError):
        raise answer.exception
    return answer.exit_code, answer.output + (str(answer.exception) if answer.exception else "")


def households(folder: Path, letters: str) -> Path:
    (folder / "h.cpy").write_text(COPYBOOK, encoding="utf-8")
    writer = RecordWriter(parse_copybook(COPYBOOK, name="h"), load_code_system("jef"))
    path = folder / "h.dat"
    path.write_bytes(b"".join(writer.write(pl.DataFrame([ROWS[k][1]]), record=ROWS[k][0]) for k in letters))
    return path


def test_one_json_line_a_household_with_everything_below_it(tmp_path: Path) -> None:
    path, out = households(tmp_path, "imhmiinHmi"), tmp_path / "out.jsonl"
    code, said = run("convert", path, "-c", tmp_path / "h.cpy", "--charset", "jef", "-o", out, *TYPES, "--nested")
    assert code == 1
    assert "8 records -> " in said
    assert "2 records apart: isolated no_parent" in said
    income = {"区分": "I", "年": "2026", "額": "-00000000000005"}
    hanako, jiro = ({"区分": "M", "宛名番号": n, "氏名": name} for n, name in (("0011", "花子"), ("0012", "次郎")))
    assert [json.loads(line) for line in out.read_text("utf-8").splitlines()] == [
        {"区分": "H", "世帯番号": "0001", "世帯主": "山田", "世帯員": [hanako | {"所得": [income, income]}, jiro]},
        {"区分": "H", "世帯番号": "0002", "世帯主": "佐藤", "世帯員": [hanako | {"所得": [income]}]},
    ]


@pytest.mark.parametrize(("words", "message"), [
    (("--type", "H=世帯", "--record-type", "区分"), "no --parent"), (("--record", "世帯"), "no --parent"),
])
def test_nesting_needs_a_chain_of_parents(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    path = households(tmp_path, "hm")
    code, said = run(
        "convert", path, "-c", tmp_path / "h.cpy", "--charset", "jef", "-o", tmp_path / "o.jsonl", "--nested", *words
    )
    assert code != 0
    assert message in said
    assert not (tmp_path / "o.jsonl").exists()


VARYING = """\
       01  R.
           05  N                   PIC 9.
           05  X                   PIC X(3).
           05  T OCCURS 0 TO 3 DEPENDING ON N.
               10  A-1             PIC S9(3) COMP-3.
               10  K               PIC S9(4) COMP.
           05  E                   PIC N(2).
"""


@pytest.mark.parametrize(("suffix", "text"), [(".parquet", False), (".arrow", False), (".csv", True)])
@pytest.mark.parametrize("words", [
    ("--format", "rdw"), ("--format", "bdw", "--endian", "little"), ("--format", "rdw", "--length-place", "2:0:2"),
    ("--format", "vbs", "--length-adjustment", "-3"), ("--format", "lines", "--newline", "0D25", "--odo", "padded"),
])
def test_what_does_not_decode_is_written_back_from_its_bytes(
    tmp_path: Path, suffix: str, text: bool, words: tuple[str, ...]
) -> None:
    (tmp_path / "r.cpy").write_text(VARYING, encoding="utf-8")
    table = pl.DataFrame({
        "N": ["0", "2"], "X": ["ABC", "D"], "T(1).A-1": [None, "-1"], "T(1).K": ["0", "7"], "T(2).A-1": [None, "2"],
        "T(2).K": ["0", "-9"], "T(3).A-1": [None, None], "T(3).K": ["0", "0"], "E": ["山", "田"],
    })
    (tmp_path / "t.parquet").write_bytes(b"")
    table.rename({c: c.replace("-", "_") for c in table.columns}).write_parquet(tmp_path / "t.parquet")
    common = ("-c", tmp_path / "r.cpy", "--charset", "jef", *words)
    code, said = run("convert", tmp_path / "t.parquet", *common, "-o", tmp_path / "a.dat")
    assert (code, said) == (0, f"2 records -> {tmp_path / 'a.dat'}\n")
    data = (tmp_path / "a.dat").read_bytes()
    data = data.replace(b"\x00\x1d", b"\x0f\xff") if words[1] != "lines" else data
    data = data.replace(load_code_system("jef").encode("山", "double")[:2], b"\x80\xa1")
    (tmp_path / "a.dat").write_bytes(data)
    asked = ("--raw-bytes", "T.A-1", "--raw-bytes", "E", "--raw-bytes", "record")
    out = tmp_path / f"b{suffix}"
    assert run("convert", tmp_path / "a.dat", *common, "-o", out, *asked)[0] == 1
    read = {".parquet": pl.read_parquet, ".arrow": pl.read_ipc}.get(suffix, pl.read_csv)(out)
    raw = read["raw_bytes"].to_list()
    assert "E.raw_bytes" in read.columns
    assert "T(2).A_1.raw_bytes" in read.columns
    assert read["E"].to_list()[0] is None
    assert all((bytes.fromhex(one) if text else one) in data for one in raw)
    assert run("convert", out, *common, "-o", tmp_path / "c.dat")[0] == 0
    assert (tmp_path / "c.dat").read_bytes() == data


def test_bytes_of_csv_cells_and_records_in_json(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"k,n\r\n1,\xfa\x5c\r\n2,\"\xf0\x40\"\r\n")
    out = tmp_path / "a.jsonl"
    asked = ("--raw-bytes", "n", "--raw-bytes", "record")
    run("convert", tmp_path / "a.csv", "--format", "csv", "--charset", "cp932", "-o", out, *asked)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [(row["n"], row["n.raw_bytes"], row["raw_bytes"]) for row in rows] == [
        ("纊", "FA5C", "312CFA5C"), (None, "F040", "322C22F04022"),
    ]
    (tmp_path / "b.csv").write_bytes("\ufeffk,n\r\n1,髙\r\n".encode("utf-16-le"))
    run("convert", tmp_path / "b.csv", "--format", "csv", "--charset", "utf-16", "-o", out, *asked)
    row = json.loads(out.read_text("utf-8"))
    assert (row["n.raw_bytes"], row["raw_bytes"]) == ("D99A", "31002C00D99A")


def test_unknown_items_and_files_without_bytes_are_refused(tmp_path: Path) -> None:
    path = households(tmp_path, "h")
    code, said = run(
        "convert", path, "-c", tmp_path / "h.cpy", "--charset", "jef", "--record", "世帯", "-o", tmp_path / "o.csv",
        "--raw-bytes", "氏",
    )
    assert code != 0
    assert "found 氏" in said
    pl.DataFrame({"a": ["1"]}).write_parquet(tmp_path / "t.parquet")
    code, said = run(
        "convert", tmp_path / "t.parquet", "--format", "parquet", "--charset", "utf-8", "-o", tmp_path / "o.csv",
        "--raw-bytes", "a",
    )
    assert "no bytes of their own" in said


def test_peek_shows_the_bytes_of_every_cell_and_reads_as_a_source_says(tmp_path: Path) -> None:
    folder = tmp_path / "sources" / "setai"
    folder.mkdir(parents=True)
    path = households(folder, "hm")
    (folder / "source.yml").write_text("""\
id: setai
label: 世帯
area: "001"
department: 市民課
files: "*.dat"
format: {kind: fixed, record: 世帯, record_type: {item: 区分, values: {H: 世帯, M: 世帯員}}}
copybook: h.cpy
code_system: jef
glyph_policy: area
key: [世帯番号]
raw_bytes: [世帯番号]
items:
  区分: {meaning: none}
  世帯番号: {meaning: person.household_number}
  世帯主: {meaning: none}
""", encoding="utf-8")
    code, said = run("peek", path, "--source", folder, "--hex")
    assert code == 0
    assert "世帯番号  0001  x'F0F0F0F1'\n" in said
    code, said = run("convert", path, "--source", folder, "-o", tmp_path / "o.csv")
    assert (code, (tmp_path / "o.csv").read_text("utf-8")) == (
        0, "区分,世帯番号,世帯主,世帯番号.raw_bytes\nH,0001,山田,F0F0F0F1\n"
    )
    code, said = run("peek", path)
    assert "expected a profile of `ikou chars profiles`, or --source" in said


def test_the_bytes_of_my_number_are_not_shown_either(tmp_path: Path) -> None:
    (tmp_path / "r.cpy").write_text("       01  R.\n           05  個人番号 PIC X(4).\n", encoding="utf-8")
    (tmp_path / "r.dat").write_bytes(b"1234")
    code, said = run("peek", tmp_path / "r.dat", "-c", tmp_path / "r.cpy", "--charset", "ascii", "--hex")
    assert code == 0
    assert "31323334" not in said


def test_tables_that_the_record_cannot_hold(tmp_path: Path) -> None:
    (tmp_path / "r.cpy").write_text("       01  R.\n           05  A PIC 9(2).\n", encoding="utf-8")
    for name, column, values in (("a", "B", ["1"]), ("b", "A", ["123"]), ("c", "A", ["x"])):
        pl.DataFrame({column: values}).write_csv(tmp_path / f"{name}.csv")
    common = ("-c", tmp_path / "r.cpy", "--charset", "ascii", "-o", tmp_path / "o.dat")
    assert "columns named as the items of the record, found B" in run("convert", tmp_path / "a.csv", *common)[1]
    assert "values that R can hold" in run("convert", tmp_path / "b.csv", *common)[1]
    _, said = run("convert", tmp_path / "c.csv", *common)
    assert "A row 0: not a number" in said
    assert [p.name for p in tmp_path.iterdir() if "o.dat" in p.name] == []
