from __future__ import annotations

import stat
from pathlib import Path

import pytest
import typer

from char_mapping.errors import DefinitionError, UnreadableFile
from pipelines.cli import app as declared
from pipelines.cli.boundary import run_command_line
from pipelines.errors import LawBroken, write_detail

SECRET = "山田太郎 1234567890"  # what must never be shown


def leave_with(error: BaseException | None, monkeypatch: pytest.MonkeyPatch) -> int:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def only() -> None:
        if error:
            raise error

    monkeypatch.setattr(declared, "app", app)
    with pytest.raises(SystemExit) as left:
        run_command_line([])
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, 0),
        (DefinitionError("mappings/001/resident.yml:12 氏名", expected="a source item", found="氏名漢"), 2),
        (UnreadableFile("JUMIN_EAST.dat", expected="500 records", found="499"), 3),
        (LawBroken(1, "jumin: 3 records without a fate"), 4),
    ],
)
def test_each_family_of_errors_has_its_exit_code_and_says_itself(
    error: Exception | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave_with(error, monkeypatch) == code
    assert capsys.readouterr().err == (f"ikou: {error}\n" if error else "")


def test_an_unforeseen_exception_shows_its_type_and_hides_its_text_in_a_private_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert leave_with(ValueError(f"could not parse {SECRET}"), monkeypatch) == 4
    shown = capsys.readouterr()
    assert "ValueError" in shown.err
    assert SECRET not in shown.err + shown.out
    (detail,) = tmp_path.rglob("error.txt")
    assert SECRET in detail.read_text("utf-8")
    assert stat.S_IMODE(detail.stat().st_mode) == 0o600


def test_a_detail_never_overwrites_another(tmp_path: Path) -> None:
    path = tmp_path / "error.txt"
    write_detail(ValueError("first"), path)
    with pytest.raises(FileExistsError):
        write_detail(ValueError("second"), path)
