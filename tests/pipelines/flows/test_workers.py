"""Worker processes: the same parts as this process writes, errors that arrive whole, and nobody left behind."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from types import MappingProxyType

import psutil
import pytest

from char_mapping.errors import DefinitionError, UnreadableFile
from pipelines.errors import InternalError, LawBroken
from pipelines.flows import workers
from pipelines.ledger import open_project_key
from pipelines.runs.folder import read_json

# A parent that opens two workers, says who they are, and waits to be killed or goes wrong.
PARENT = """
import sys, time
import psutil
from pipelines.flows import workers

if __name__ == "__main__":
    workers.LARGE = 0
    with workers.workers(2, 1) as work:
        while len(found := [c for c in psutil.Process().children() if "spawn_main" in " ".join(c.cmdline())]) < 2:
            time.sleep(0.05)
        print(*(c.pid for c in found), flush=True)
        sys.stdin.readline()
        raise KeyboardInterrupt
"""


def parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )  # fmt: skip
    assert process.stdout is not None
    return process, [int(pid) for pid in process.stdout.readline().split()]


def gone(pids: list[int], within: float = 20) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not any(psutil.pid_exists(p) and psutil.Process(p).status() != psutil.STATUS_ZOMBIE for p in pids):
            return True
        time.sleep(0.05)
    return False


def test_workers_end_when_their_parent_is_killed(tmp_path):
    process, pids = parent(tmp_path)
    assert len(pids) == 2
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert gone(pids)


def test_workers_end_when_the_run_ends_early(tmp_path):
    process, pids = parent(tmp_path)
    process.communicate(b"\n", timeout=60)
    assert process.returncode != 0
    assert gone(pids)


def test_a_small_run_or_one_thread_works_in_this_process():
    from pipelines.flows.block_work import work_on_range

    for number, size in ((1, workers.LARGE), (2, workers.LARGE - 1)):
        with workers.workers(number, size) as work:
            assert work is work_on_range


@pytest.mark.parametrize(
    "error",
    [
        DefinitionError("mappings/001/resident.yml:12", expected="a name", found="none", todo="Name it"),
        UnreadableFile("A.dat", expected="400 bytes", found="399", todo="Ask again"),
        LawBroken(2, "U+FFFD appeared twice"),
        InternalError("block", kind="ValueError", file="A.dat", records="1-"),
        workers.Stopped("early"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_arrives_as_it_was_raised(error):
    other = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert vars(other) == vars(error)


def test_frozen_mappings_are_sent_as_such():
    sent = pickle.loads(pickle.dumps(MappingProxyType({"a": 1})))  # noqa: S301 - our own
    assert isinstance(sent, MappingProxyType)
    assert sent == {"a": 1}


@pytest.mark.flow
@pytest.mark.usefixtures("prefect_api")
def test_a_run_in_worker_processes_gives_the_same_files(small_city, tmp_path, monkeypatch):
    from pipelines.flows.rehearsal import Options, run_project

    # One project key: issue ids hang on it.
    open_project_key(small_city.parent / f"{small_city.name}-data")
    twin = tmp_path / "twin" / small_city.name
    shutil.copytree(small_city.parent, twin.parent)
    here = run_project(twin, Options(areas=("001",), rehearsal=1), lambda *_: None)
    monkeypatch.setattr(workers, "LARGE", 0)
    told: list[tuple[str, int, int]] = []
    there = run_project(small_city, Options(areas=("001",), rehearsal=1), lambda *a: told.append((*a, 0, 0)[:3]))
    one, other = (
        {k: v for k, v in read_json(o.folder / "manifest.json")["files"].items() if not k.startswith("reports/")}
        for o in (here, there)
    )
    one.pop("run.json"), other.pop("run.json")
    assert one == other
    assert any(done == total > 0 for _, done, total in told)


@pytest.mark.flow
@pytest.mark.usefixtures("prefect_api")
def test_a_damaged_file_is_named_by_a_worker_too(small_city, monkeypatch):
    from pipelines.flows.rehearsal import Options, run_project

    monkeypatch.setattr(workers, "LARGE", 0)
    monkeypatch.setattr(workers, "_work", _damaged)
    with pytest.raises(UnreadableFile, match=r"JUMIN_.*\.dat"):
        run_project(small_city, Options(areas=("001",), rehearsal=1), lambda *_: None)


def _damaged(_plan, path, *_rest):
    raise UnreadableFile(path.name, expected="whole records", found="a piece of one", todo="Ask again")


@pytest.mark.flow
@pytest.mark.usefixtures("prefect_api")
def test_a_worker_the_system_ends_is_told_with_what_to_do(small_city, monkeypatch):
    from pipelines.flows.rehearsal import Options, run_project

    monkeypatch.setattr(workers, "LARGE", 0)
    monkeypatch.setattr(workers, "_work", _ended)
    with pytest.raises(DefinitionError, match=r"JUMIN_.*\.dat.*memory.*Lower threads"):
        run_project(small_city, Options(areas=("001",), rehearsal=1), lambda *_: None)


def _ended(*_):
    os.kill(os.getpid(), signal.SIGKILL)
