"""``ikou verify`` against every way a finished run may be touched: each is named, with exit 4."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pipelines.cli.boundary import run_command_line
from pipelines.ledger import Registration, open_ledger
from pipelines.runs.fingerprint import sha256_of
from pipelines.runs.folder import read_json, write_json

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

RESIDENTS = "standard/001/resident.arrow"


@pytest.fixture(scope="module")
def finished(module_city, prefect_api):
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(module_city, Options(rehearsal=1), lambda *_: None).folder


@pytest.fixture
def copied(finished, tmp_path):
    """The run and its ledger, to be touched by one test."""
    data = tmp_path / "data"
    shutil.copytree(finished, data / "runs" / finished.name)
    shutil.copy(finished.parent.parent / "ledger.db", data / "ledger.db")
    return data / "runs" / finished.name


def verify(capsys, run) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        run_command_line(["verify", str(run)])
    said = capsys.readouterr()
    assert "inside ikou" not in said.err
    return int(left.value.code or 0), said.out + said.err


def hash_again(run) -> None:
    """Write the manifest as if the run had made these files."""
    manifest = read_json(run / "manifest.json")
    manifest["files"] = {name: sha256_of(run / name) for name in manifest["files"]}
    write_json(run / "manifest.json", manifest)


def register_again(run) -> None:
    """Write a new ledger that knows only the touched manifest, as one could who may write the data folder."""
    (run.parent.parent / "ledger.db").unlink()
    manifest = read_json(run / "manifest.json")
    entry = Registration("run", manifest["run_id"], sha256_of(run / "manifest.json"), "x", manifest["generation"])
    with open_ledger(run.parent.parent) as ledger:
        ledger.register(entry, at=datetime(2026, 5, 1, tzinfo=UTC))


def rewrite_batches(path, change) -> None:
    with pa.OSFile(str(path)) as handle:
        reader = pa.ipc.open_file(handle)
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
    with pa.ipc.new_file(path, batches[0].schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        for batch in batches:
            writer.write_batch(change(batch))


def swap_first_rows(batch: pa.RecordBatch) -> pa.RecordBatch:
    order = list(range(batch.num_rows))
    order[0], order[1] = 1, 0
    return batch.take(pa.array(order))


def one_other_sex(batch: pa.RecordBatch) -> pa.RecordBatch:
    at = batch.schema.get_field_index("性別")
    values = batch.column(at).to_pylist()
    values[0] = "2" if values[0] == "1" else "1"
    return batch.set_column(at, "性別", pa.array(values, pa.string()))


def test_an_untouched_run_is_whole(copied, capsys):
    code, said = verify(capsys, copied)
    assert code == 0, said


def test_one_byte_of_any_file(copied, capsys):
    """A file of every kind, some in their middle, some at their first or last byte."""
    kinds = {}
    for path in sorted(p for p in copied.rglob("*") if p.is_file()):
        name = path.relative_to(copied).as_posix()
        kinds.setdefault((name.split("/")[0], path.suffix), name)
    assert len(kinds) >= 15
    unnamed = []
    for number, name in enumerate(kinds.values()):
        path = copied / name
        content = path.read_bytes()
        spoilt = bytearray(content)
        spoilt[(len(content) // 2, 0, -1)[number % 3]] ^= 1
        path.write_bytes(bytes(spoilt))
        code, said = verify(capsys, copied)
        path.write_bytes(content)
        if code != 4 or name not in said:
            unnamed.append((name, code))
    assert unnamed == []


def test_a_file_taken_away(copied, capsys):
    for name in ("issues/001.parquet", "standard/001/resident.csv", "decisions.parquet", "reports/移行結果報告書.html"):
        (copied / name).rename(copied.parent / "away")
        code, said = verify(capsys, copied)
        (copied.parent / "away").rename(copied / name)
        assert code == 4
        assert f"{name} is missing" in said


def test_a_file_put_in(copied, capsys):
    (copied / "standard" / "001" / "more.csv").write_text("1\n", encoding="utf-8")
    code, said = verify(capsys, copied)
    assert code == 4
    assert "standard/001/more.csv does not belong to the run" in said


def test_rows_swapped_and_hashed_again_are_seen_by_the_ledger(copied, capsys):
    rewrite_batches(copied / RESIDENTS, swap_first_rows)
    hash_again(copied)
    code, said = verify(capsys, copied)
    assert code == 4
    assert "BROKEN ledger" in said
    assert "manifest.json differs from the one registered" in said


@pytest.mark.parametrize(("change", "law"), [(swap_first_rows, "law 5"), (one_other_sex, "law 2")])
def test_the_laws_see_what_was_even_registered_again(copied, capsys, change, law):
    rewrite_batches(copied / RESIDENTS, change)
    hash_again(copied)
    register_again(copied)
    code, said = verify(capsys, copied)
    assert code == 4
    assert f"BROKEN {law}" in said


def test_the_csv_beside_the_arrow_file_says_the_same(copied, capsys):
    path = copied / "standard/001/resident.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[1], lines[2] = lines[2], lines[1]
    path.write_text("\n".join(lines), encoding="utf-8")
    hash_again(copied)
    register_again(copied)
    code, said = verify(capsys, copied)
    assert code == 4
    assert "resident.csv" in said


@pytest.mark.parametrize("statement", ["UPDATE event SET sha256 = 'x' || substr(sha256, 2)", "DELETE FROM event"])
def test_a_ledger_that_was_edited(copied, capsys, statement):
    ledger = sqlite3.connect(copied.parent.parent / "ledger.db")
    for verb in ("update", "delete"):
        ledger.execute(f"DROP TRIGGER event_refuses_{verb}")
    ledger.execute(statement)
    ledger.commit()
    ledger.close()
    code, said = verify(capsys, copied)
    assert code == 4
    assert "BROKEN ledger" in said


def test_a_ledger_that_was_written_anew(copied, capsys):
    """Another chain, whole in itself, that registers the run: the head the manifest names is not in it."""
    manifest = read_json(copied / "manifest.json")
    assert set(manifest["ledger"]) == {"rows", "hash"}
    manifest["ledger"] = {"rows": 1, "hash": "0" * 64}
    write_json(copied / "manifest.json", manifest)
    register_again(copied)
    code, said = verify(capsys, copied)
    assert code == 4
    assert "BROKEN ledger" in said


def test_no_ledger(copied, capsys):
    (copied.parent.parent / "ledger.db").unlink()
    code, said = verify(capsys, copied)
    assert code == 4
    assert "no ledger beside the run" in said


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", json.dumps({"files": 3})])
def test_a_manifest_that_is_none(copied, capsys, content):
    (copied / "manifest.json").write_text(content, encoding="utf-8")
    code, said = verify(capsys, copied)
    assert code == 4
    assert "manifest.json" in said


def test_a_released_run_whose_release_was_touched_or_taken_away(copied, capsys):
    from pipelines.runs.release import release_run

    gates = read_json(copied / "statistics.json")["gates"]
    shut = [g["id"] for g in gates if g["verdict"] != "可"]
    path = release_run(copied, actor="事務局", waivers=dict.fromkeys(shut, "決裁"), at=datetime(2026, 5, 1, tzinfo=UTC))
    assert verify(capsys, copied)[0] == 0
    path.unlink()
    code, said = verify(capsys, copied)
    assert code == 4
    assert "release.json" in said
