"""kill -9 in the middle: the run goes on where it stopped, the result is byte-identical, no process is left behind."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipelines.runs.folder import read_json

pytestmark = pytest.mark.long

KILLS = 20


def start(city: Path, home: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PREFECT_HOME": str(home)}
    environment.pop("PREFECT_API_URL", None)
    program = [sys.executable, "-c", "from pipelines.cli import main; main()"]
    command = [*program, "run", "--project", str(city), "--rehearsal", "1"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def servers(home: Path) -> list[int]:
    """Servers of this test alone: others may run on the machine at the same time."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "pipelines.flows.server" in (process.info["cmdline"] or []):
            with contextlib.suppress(psutil.Error):
                found += [process.pid] if process.environ().get("PREFECT_HOME") == str(home) else []
    return found


def result(city: Path) -> dict[str, str]:
    run = next((city.parent / f"{city.name}-data" / "runs").glob("[!.]*"))
    names = ("standard/", "own_items/", "hold/", "isolated/", "issues/", "changes/", "reports/確認票")
    return {k: v for k, v in read_json(run / "manifest.json")["files"].items() if k.startswith(names)}


def test_killed_again_and_again(city, made_city, tmp_path):
    import shutil

    whole = tmp_path / "whole" / city.name
    shutil.copytree(city.parent, whole.parent)
    (city.parent / f"{city.name}-data").joinpath("project.key").write_text("00" * 32 + "\n")
    (whole.parent / f"{city.name}-data").joinpath("project.key").write_text("00" * 32 + "\n")
    for data in (city.parent / f"{city.name}-data", whole.parent / f"{city.name}-data"):
        (data / "project.key").chmod(0o600)
    began = time.monotonic()
    assert start(whole, tmp_path / "home").wait() == 1
    takes = time.monotonic() - began
    chance = random.Random(9)
    for _ in range(KILLS):
        process = start(city, tmp_path / "home")
        try:
            process.wait(timeout=chance.uniform(0.1, 0.7) * takes)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    if process.returncode != 1:
        assert start(city, tmp_path / "home").wait() == 1
    time.sleep(1)
    assert servers(tmp_path / "home") == []
    assert result(city) == result(whole)
