"""Exit codes of ``ikou run``, ``--exit-zero``, and a run on source items alone."""

from __future__ import annotations

import json

import pytest

from pipelines.cli.boundary import run_command_line

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]


def ikou(capsys, *arguments) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        run_command_line([str(a) for a in arguments])
    return int(left.value.code or 0), capsys.readouterr().out


def test_a_run_on_source_items_finds_what_a_run_on_the_standard_finds(small_city, delivery, capsys):
    code, said = ikou(capsys, "run", "--project", small_city, "--rehearsal", "1", "--source-only")
    assert code == 1
    assert "判定" in said
    (run,) = (delivery(small_city).data / "runs").glob("*-source-only")
    assert not (run / "standard").exists()
    assert ikou(capsys, "verify", run)[0] == 0
    code, said = ikou(capsys, "score", run, "--json")
    assert code == 0
    scored = json.loads(said)
    assert sum(row["positives"] for row in scored["rules"]) >= 30
    assert scored["misses"] == []


def test_exit_zero_hides_no_unreadable_delivery(small_city, delivery, capsys):
    delivery(small_city).files("juutogai")[0].unlink()
    code, said = ikou(capsys, "run", "--project", small_city, "--rehearsal", "1", "--exit-zero", "--source-only")
    assert code == 3
    assert "読めなかった業務 031" in said
    assert "juutogai.csv" in said


@pytest.mark.parametrize(("outcome", "plain", "zero"), [(0, 0, 0), (1, 1, 0), (3, 3, 3)])
def test_exit_zero_changes_one_into_zero_only(outcome, plain, zero, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("pipelines.cli.run.run", lambda *_, **__: outcome)
    assert ikou(capsys, "run", "--project", tmp_path)[0] == plain
    assert ikou(capsys, "run", "--project", tmp_path, "--exit-zero")[0] == zero
