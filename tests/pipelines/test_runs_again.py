"""RCN-013 再実行性: ``ikou verify RUN --rerun`` runs the same inputs again; every output has the same bytes (law 4)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.cli.boundary import run_command_line
from pipelines.runs.fingerprint import sha256_of
from pipelines.runs.folder import read_json, write_json

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

MANIFEST, SPOILT = "manifest.json", "standard/001/resident.csv"


@pytest.fixture(scope="module")
def finished(module_city: Path, prefect_api: object) -> Path:
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(module_city, Options(rehearsal=1), lambda *_: None).folder


@pytest.fixture
def touched(finished: Path) -> Iterator[Path]:
    """The run with one output written otherwise, and a manifest that says the run had made it so."""
    manifest, made = finished / MANIFEST, finished / SPOILT
    kept = {path: path.read_bytes() for path in (manifest, made)}
    made.write_bytes(made.read_bytes() + b"\n")
    said = read_json(manifest)
    said["files"][SPOILT] = sha256_of(made)
    write_json(manifest, said)
    yield finished
    for path, data in kept.items():
        path.write_bytes(data)


def _verify(capsys: pytest.CaptureFixture[str], run: Path) -> tuple[int, list[str]]:
    with pytest.raises(SystemExit) as left:
        run_command_line(["verify", str(run), "--rerun"])
    lines = capsys.readouterr().out.splitlines()
    return int(left.value.code or 0), [line for line in lines if "law 4" in line]


def test_the_same_inputs_give_the_same_outputs(capsys: pytest.CaptureFixture[str], finished: Path) -> None:
    before = sorted(path.name for path in finished.parent.iterdir())
    code, (said,) = _verify(capsys, finished)
    assert code == 0
    assert said.startswith("ok")
    assert sorted(path.name for path in finished.parent.iterdir()) == before


@pytest.mark.long
def test_an_output_the_inputs_do_not_give_is_named(capsys: pytest.CaptureFixture[str], touched: Path) -> None:
    code, (said, *_) = _verify(capsys, touched)
    assert code == 4
    assert said.startswith("BROKEN law 4")
    assert SPOILT in said


@pytest.mark.long
def test_other_inputs_prove_nothing(capsys: pytest.CaptureFixture[str], finished: Path) -> None:
    data = finished.parent.parent
    export = next(p for p in sorted((data / "exports").rglob("juutogai*.csv")))
    kept = export.with_suffix(".kept")
    shutil.copy(export, kept)
    export.write_bytes(export.read_bytes().replace(b"TAX01", b"TAX02", 1))
    code, lines = _verify(capsys, finished)
    shutil.move(kept, export)
    assert code != 0
    assert not any(line.startswith("ok") for line in lines)
