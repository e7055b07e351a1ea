from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.copybook import parse_copybook
from layouts.records.writer import RecordWriter
from pipelines.cli.convert import convert
from pipelines.cli.peek import peek

COPYBOOK = """\
       01  R.
           05  番号                PIC 9(4).
           05  個人-番号           PIC X(4).
           05  個人番号            PIC X(12).
           05  氏名                PIC N(4).
           05  給付 OCCURS 2.
               10  金額            PIC S9(5) COMP-3.
           05  FILLER              PIC X(2).
"""


@pytest.fixture
def received(tmp_path: Path) -> Path:
    book = parse_copybook(COPYBOOK, name="t")
    (tmp_path / "r.cpy").write_text(COPYBOOK, encoding="utf-8")
    rows = pl.DataFrame({
        "番号": ["1", "2", "3"], "個人-番号": ["A", "B", "C"], "個人番号": ["123456789018"] * 3,
        "氏名": ["山田", "佐藤", None], "給付(1).金額": ["10", "-20", "0"], "給付(2).金額": ["1", "2", "3"],
    })
    writer = RecordWriter(book, load_code_system("jef"))
    path = tmp_path / "r.dat"
    bad = {(1, "氏名"): b"\x80\xa1" + b"\x40" * 6, (2, "給付(2).金額"): b"\x40" * 3}
    path.write_bytes(writer.write(rows, overrides=bad))
    return path


def test_convert_writes_every_form(received: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outs = {suffix: received.with_suffix(suffix) for suffix in (".parquet", ".arrow", ".csv", ".jsonl")}
    for out in outs.values():
        assert convert(received, copybook=received.with_name("r.cpy"), charset="jef", out=out) == 1
    flat = pl.read_parquet(outs[".parquet"])
    assert flat.columns == ["番号", "個人_番号", "個人番号", "氏名", "給付(1).金額", "給付(2).金額"]
    assert flat["氏名"].to_list() == ["山田", None, None]
    assert pl.read_ipc(outs[".arrow"]).equals(flat)
    assert pl.read_csv(outs[".csv"], infer_schema=False).equals(flat)
    nested = [json.loads(line) for line in outs[".jsonl"].read_text(encoding="utf-8").splitlines()]
    assert nested[1] == {
        "番号": "0002", "個人_番号": "B", "個人番号": "123456789018", "氏名": None,
        "給付": [{"金額": "-00020"}, {"金額": "00002"}],
    }
    faults = [json.loads(line) for line in (received.parent / "r.jsonl.faults.jsonl").read_text("utf-8").splitlines()]
    assert [(f["record_no"], f["item"], f["fault"], f["raw_bytes"]) for f in faults] == [
        (2, "氏名", "undecided_gaiji", "80A1404040404040"), (3, "給付(2).金額", "packed_blank", "404040"),
    ]
    assert "1 cells: 氏名 undecided_gaiji" in capsys.readouterr().out


def test_convert_leaves_no_half_output_and_no_empty_fault_file(received: Path) -> None:
    out = received.with_suffix(".csv")
    received.write_bytes(received.read_bytes() + b"x")
    with pytest.raises(UnreadableFile, match="FIL-001"):
        convert(received, copybook=received.with_name("r.cpy"), charset="jef", out=out)
    assert sorted(p.name for p in received.parent.iterdir()) == ["r.cpy", "r.dat"]
    received.write_bytes(received.read_bytes()[: len(received.read_bytes()) // 3])
    assert convert(received, copybook=received.with_name("r.cpy"), charset="jef", out=out) == 0
    assert sorted(p.name for p in received.parent.iterdir()) == ["r.cpy", "r.csv", "r.dat"]


def test_convert_refuses_an_unknown_form(received: Path) -> None:
    with pytest.raises(DefinitionError, match=r"\.parquet, \.arrow, \.csv, \.jsonl; .*, found \.xml"):
        convert(received, copybook=received.with_name("r.cpy"), charset="jef", out=received.with_suffix(".xml"))


def test_convert_reads_a_package_export(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("番号,名\n1,髙\n2,\n".encode("cp932"))
    out = tmp_path / "a.jsonl"
    assert convert(path, copybook=None, charset="cp932", out=out, framing="csv") == 0
    assert out.read_text(encoding="utf-8") == '{"番号":"1","名":"髙"}\n{"番号":"2","名":null}\n'


def test_peek_shows_offsets_texts_and_hex_but_never_my_number(
    received: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peek(received, copybook=received.with_name("r.cpy"), charset="jef", count=2)
    shown = capsys.readouterr().out
    assert "record 2  byte 36  36 bytes  R" in shown
    assert "     0    4  番号          0001\n" in shown
    assert "{80A1}  x'80A1404040404040'  <- undecided_gaiji" in shown
    assert "給付(1).金額  -00020" in shown
    assert "123456789018" not in shown
    assert "record 3" not in shown


def test_peek_shows_rows_of_a_package_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("番号,個人番号\n1,123456789018\n".encode())
    peek(path, copybook=None, charset="utf-8", framing="csv")
    assert capsys.readouterr().out == "record 2  byte 20\n  番号  1\n  個人番号  (not shown)\n"
