"""The journal of a run: one line per finished task, with the files it wrote and their SHA-256.

A task counts as done only when its line is there and every file still has the digest in it, so a killed run goes
on where it stopped and a damaged part is written again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from pipelines.runs.fingerprint import sha256_of

NAME = "journal.jsonl"
_APPENDING = Lock()


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished task: its name, the files it wrote (path relative to the run → SHA-256) and what it counted."""

    task: str
    files: Mapping[str, str]
    counts: Mapping[str, Any]


def append(run: Path, task: str, files: list[Path], counts: Mapping[str, Any]) -> Entry:
    """Add a line for a finished task and force it to disk."""
    entry = Entry(task, {p.relative_to(run).as_posix(): sha256_of(p) for p in files}, counts)
    line = json.dumps({"task": task, "files": entry.files, "counts": counts}, ensure_ascii=False, sort_keys=True)
    with _APPENDING, (run / NAME).open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return entry


def finished(run: Path) -> dict[str, Entry]:
    """Tasks whose line is whole and whose files are as they were written."""
    path = run / NAME
    entries: dict[str, Entry] = {}
    if not path.is_file():
        return entries
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            raw = json.loads(line)
        except json.JSONDecodeError:
            continue  # a line cut by the kill: its task is simply not done
        entries[raw["task"]] = Entry(raw["task"], raw["files"], raw["counts"])
    return {name: e for name, e in entries.items() if _intact(run, e)}


def _intact(run: Path, entry: Entry) -> bool:
    return all((run / name).is_file() and sha256_of(run / name) == digest for name, digest in entry.files.items())
