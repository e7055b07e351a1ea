"""A city whose residents carry marker strings: none may show where anybody but its own 主管課 could look."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import polars as pl
import pytest

from char_mapping.code_systems import load_code_system
from pipelines.cli.boundary import run_command_line

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

KANJI, KANA, HIDING, NUMBER = "金糸雀", "ｶﾅﾘﾔ", "隠里", "987650001"
MARKERS = (KANJI, "カナリヤ", KANA, HIDING, NUMBER)


def spellings(marker: str) -> set[bytes]:
    """How a marker may stand in a file: UTF-8, and as JSON writes it without characters beyond ASCII."""
    return {marker.encode(), json.dumps(marker)[1:-1].encode()}


def markers_in(content: bytes, markers=MARKERS) -> list[str]:
    return [m for m in markers if any(s in content for s in spellings(m))]


def text_of(workbook: Path) -> bytes:
    with zipfile.ZipFile(workbook) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def cells_of(path: Path) -> bytes:
    """Everything a Parquet file shows, as text."""
    rows = pl.read_parquet(path)
    binary = [c for c, dtype in rows.schema.items() if dtype == pl.Binary]
    raw = b"".join(value for c in binary for value in rows[c].drop_nulls())
    return rows.drop(binary).write_csv().encode() + raw + raw.decode("cp037").encode()


@pytest.fixture(scope="module")
def marked(module_city, delivery):
    """The city with its markers; some numbers and names do not decode, so that raw bytes are kept of them."""
    jef = load_code_system("jef-kana", glyph_policy="glyph")

    def wide(text: str, length: int) -> bytes:
        return jef.encode(text, "double", length=length)

    def narrow(text: str, length: int) -> bytes:
        return jef.encode(text, "mixed", length=length)

    sent = delivery(module_city)
    residents, measures = sent.records("jumin"), sent.records("shien")
    protected = residents.filter(pl.col("宛名番号").is_in(measures["宛名番号"].implode()))
    households = residents.filter(pl.col("世帯番号").is_in(protected["世帯番号"].implode()))
    for number in range(3):
        rows = residents.filter(pl.col("_record_no") % 3 == number)
        sent.write("jumin", rows, "氏名漢字", wide(f"{KANJI}　〓太郎{'一二三'[number]}", 40))
        sent.write("jumin", rows, "個人番号", f"{NUMBER}{number:03d}".encode("cp037"))
    sent.write("jumin", residents, "世帯主氏名", wide(f"{KANJI}　〓次郎", 40))
    sent.write("jumin", residents, "氏名カナ", narrow(f"{KANA} ﾀ-!", 30))
    sent.write("jumin", residents, "番地", wide(f"{KANJI}〓１号", 24))
    sent.write("jumin", residents, "備考", narrow(f"{KANA} {NUMBER}000 {NUMBER}001", 40))
    sent.write("jumin", households, "番地", wide(f"{HIDING}〓１号", 24))
    sent.write("jumin", households, "町名", wide(f"{HIDING}町〓", 24))
    sent.write("jumin", households, "本籍", wide(f"{HIDING}〓", 48))
    sent.write("jumin", residents[10:14], "個人番号", f"{NUMBER}00".encode("cp037") + b"\xff")
    sent.write("jumin", residents[20:24], "氏名漢字", wide(KANJI, 40)[:-2] + b"\xfe\xfe")
    sent.write("jumin", residents[30:32], "履歴番号", b"\x40")
    sent.write("shien", measures, "申出者氏名", wide(f"{KANJI}〓", 40))
    sent.write("shien", measures, "特記事項", narrow(f"{KANA} {NUMBER}001", 40))
    path = sent.files("juutogai")[0]
    lines = path.read_text(encoding="cp932").split("\n")
    for at in range(1, len(lines) - 1):
        cells = lines[at].split(",")
        cells[1], cells[14], cells[-1] = f'"{KANJI}　〓{at}"', f'"{KANJI}{at}"', f'"カナリヤ {NUMBER}002"'
        lines[at] = ",".join(cells)
    path.write_bytes("\n".join(lines).encode("cp932"))
    sent.receipt("juutogai")
    return sent


@pytest.fixture(scope="module")
def finished(marked, prefect_api):
    """The folder of a run over the marked city, and what every command said about it."""
    import contextlib
    import io

    said = io.StringIO()

    def ikou(*arguments: str) -> None:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.suppress(SystemExit):
            run_command_line(list(arguments))

    ikou("run", "--project", str(marked.city), "--rehearsal", "1")
    folder = next((marked.data / "runs").glob("[!.]*/manifest.json")).parent
    lists = marked.city.parent / "lists"
    ikou("verify", str(folder), "--exports")
    ikou("score", str(folder))
    ikou("report", str(folder), "--out", str(lists))
    ikou("issues", "export", str(folder), "--out", str(lists))
    ikou("release", str(folder), "--by", "事務局")
    return folder, lists, said.getvalue()


def test_the_markers_are_there_to_be_found(finished):
    folder, _, _ = finished
    standard = (folder / "standard/001/resident.csv").read_bytes()
    assert markers_in(standard, (NUMBER, "カナリヤ")) == [NUMBER, "カナリヤ"]
    assert {"個人番号", "氏名"} <= set(pl.read_parquet(folder / "hold/001.parquet")["item"])
    rules = set(pl.read_parquet(folder / "issues/001.parquet")["rule_id"])
    assert {"FIL-006", "MOJ-022"} <= rules


def test_no_marker_stands_in_what_commands_say(finished):
    _, _, said = finished
    assert "inside ikou" not in said
    assert markers_in(said.encode()) == []


def test_no_marker_stands_in_the_run_files_that_everybody_reads(finished):
    folder, lists, _ = finished
    read = [*folder.glob("*.json"), *folder.glob("reports/*.html"), *lists.rglob("*.html")]
    assert len(read) >= 6
    assert {p.name: found for p in read if (found := markers_in(p.read_bytes()))} == {}


def test_no_marker_stands_in_prefects_database(finished, prefect_api):
    files = [p for p in prefect_api.rglob("*") if p.is_file()]
    assert any(p.suffix == ".db" for p in files)
    assert {p.name: found for p in files if (found := markers_in(p.read_bytes()))} == {}


def test_no_personal_number_stands_where_lists_are_made_from(finished):
    folder, lists, _ = finished
    tables = [p for kind in ("issues", "keys", "reconcile", "hold") for p in (folder / kind).rglob("*.parquet")]
    assert {p.name: found for p in tables if (found := markers_in(cells_of(p), (NUMBER,)))} == {}
    books = [*folder.glob("reports/*.xlsx"), *lists.rglob("*.xlsx")]
    assert len(books) >= 2
    assert {p.name: found for p in books if (found := markers_in(text_of(p), (NUMBER,)))} == {}


def test_no_address_under_support_measures_stands_in_the_general_work_lists(finished):
    folder, lists, _ = finished
    books = [*folder.glob("reports/*.xlsx"), *lists.rglob("*.xlsx")]
    assert any(markers_in(text_of(p), (KANJI,)) for p in books)
    assert {p.name: found for p in books if (found := markers_in(text_of(p), (HIDING,)))} == {}


def quoting(*arguments, **named):
    raise ValueError(f"could not read {KANJI} {NUMBER}001")


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("pipelines.flows.block_work", "hold"),
        ("pipelines.flows.rehearsal", "link_areas"),
        ("pipelines.flows.rehearsal", "judge_run"),
    ],
)
def test_a_library_that_quotes_a_resident_is_not_heard(marked, capfd, monkeypatch, prefect_api, module, name):
    import importlib

    monkeypatch.setattr(importlib.import_module(module), name, quoting)
    with pytest.raises(SystemExit) as left:
        run_command_line(["run", "--project", str(marked.city), "--rehearsal", "1"])
    said = capfd.readouterr()
    assert left.value.code == 4
    assert "ValueError inside ikou" in said.err
    assert "Traceback" not in said.err
    assert markers_in((said.err + said.out).encode()) == []
    for path in prefect_api.rglob("*"):
        assert not path.is_file() or markers_in(path.read_bytes()) == []
    detail = Path(said.err.split("values): ")[1].strip())
    assert detail.stat().st_mode & 0o777 == 0o600
    assert KANJI in detail.read_text(encoding="utf-8")
    assert not list((marked.data / "runs").glob(".*.partial"))
