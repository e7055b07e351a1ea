"""A run's folder and its states: ``.<fingerprint>.partial`` → complete (``<run-id>``) or ``.<fingerprint>.failed``.

A run exists if and only if its manifest does; renaming the folder is the last act of completing it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from char_mapping.errors import DefinitionError

RENUMBERED = "renumbering/旧新対応表.csv"
"""Old and new 宛名番号 of a run, where a decision on 種ア gave some."""
LINKED = "links/名寄せ対応表.csv"
"""Every link (種イ) that was ever approved: carried out by the run, stale, withdrawn, or why it could not be."""
MANIFEST = "manifest.json"


def runs_folder(data: Path) -> Path:
    """Where runs live under the data folder."""
    return data / "runs"


@contextmanager
def only_writer(data: Path) -> Iterator[None]:
    """Hold the operating system's lock on the project's runs; it goes with the process, also when that is killed.

    Raises:
        DefinitionError: another process is running this project.
    """
    folder = runs_folder(data)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DefinitionError(
                str(folder),
                expected="one run at a time",
                found="another run of this project at work",
                todo="Wait for it to end, or stop it",
            ) from error
        yield


def partial_folder(data: Path, fingerprint: str) -> Path:
    """The folder a run works in; made when it is new, kept when a run with the same fingerprint was interrupted."""
    folder = runs_folder(data) / f".{fingerprint}.partial"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fail(partial: Path) -> Path:
    """Keep what a failed run left as evidence, under ``.<fingerprint>.failed`` (an older one is replaced)."""
    failed = partial.with_suffix(".failed")
    if failed.exists():
        shutil.rmtree(failed)
    partial.rename(failed)
    return failed


def complete(partial: Path, run_id: str) -> Path:
    """Give a finished run its name; everything of it is on disk by then.

    A folder of the same name can only be an earlier run with the same fingerprint and is replaced by its equal.
    """
    final = partial.parent / run_id
    if final.exists():
        shutil.rmtree(final)
    partial.rename(final)
    descriptor = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return final


def write_json(path: Path, content: Any) -> None:
    """Write JSON the same way everywhere: sorted keys, UTF-8, atomically replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(path.name + ".new")
    scratch.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")
    scratch.replace(path)


def read_json(path: Path) -> Any:
    """Read a JSON file of a run."""
    return json.loads(path.read_text(encoding="utf-8"))


def completed_runs(data: Path) -> list[Path]:
    """Folders of the runs that exist, oldest number first."""
    folder = runs_folder(data)
    if not folder.is_dir():
        return []
    return sorted(p.parent for p in folder.glob(f"[!.]*/{MANIFEST}"))


def next_run_id(data: Path, generation: str, registered: Iterable[str]) -> str:
    """``NNNN-<generation>``: one more than the highest number of the runs there are and of those the ledger knows.

    A run that was killed after its registration, or removed later, keeps its number.
    """
    names = {*(r.name for r in completed_runs(data)), *registered}
    numbers = [int(name[:4]) for name in names if name[:4].isdigit()]
    return f"{max(numbers, default=0) + 1:04d}-{generation}"


def already_ran(data: Path, generation: str, areas: tuple[str, ...], *, source_only: bool) -> str:
    """The newest run of this generation and these areas, "" when there is none: a schedule then has something to do."""
    for run in reversed(completed_runs(data)):
        manifest = read_json(run / MANIFEST)
        if (
            manifest["generation"] == generation and tuple(manifest["asked_areas"]) == areas
            and bool(manifest["source_only"]) == source_only
        ):
            return run.name
    return ""


def find_run(name: str, data: Path | None) -> Path:
    """A run by path, by name, or the newest one for ``latest``.

    Raises:
        DefinitionError: there is no such run.
    """
    direct = Path(name)
    if (direct / MANIFEST).is_file():
        return direct.resolve()
    if data is not None:
        runs = completed_runs(data)
        if name == "latest" and runs:
            return runs[-1]
        if (runs_folder(data) / name / MANIFEST).is_file():
            return runs_folder(data) / name
    raise DefinitionError(
        f"run {name}",
        expected="a folder with a manifest.json, a run id, or `latest`",
        found="none",
        todo="List the runs folder; a run exists only once it is complete",
    )
