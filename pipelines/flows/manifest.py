"""The manifest: a run exists when it is there."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipelines.ledger import Access, Registration, open_ledger
from pipelines.project.loading import Project
from pipelines.runs.fingerprint import sha256_of
from pipelines.runs.folder import MANIFEST, read_json, write_json


def write_manifest(
    project: Project,
    run: Path,
    run_id: str,
    fingerprint: str,
    generation: str,
    areas: Sequence[str],
    failed: Mapping[str, str],
    started_at: datetime,
    seconds: float,
    *,
    asked: Sequence[str],
    source_only: bool,
) -> None:
    """Write ``run.json`` and, last of all, ``manifest.json`` with the SHA-256 of every file; registers both in the
    ledger.
    """
    write_json(
        run / "run.json",
        {
            "run_id": run_id,
            "started": started_at.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 1),
            "host": platform.node(),
            "python": platform.python_version(),
            "versions": {
                n: version(n)
                for n in ("ikou", "polars", "pyarrow", "duckdb", "prefect", "pandera", "numba", "unicodedata2")
            },
        },
    )
    paths = sorted(p for p in run.rglob("*") if p.is_file())
    with ThreadPoolExecutor(max_workers=2) as pool:
        hashes = {p.relative_to(run).as_posix(): h for p, h in zip(paths, pool.map(sha256_of, paths), strict=True)}
    numbers = any(item["meaning"] == "person.my_number" for item in read_json(run / "items.json"))
    with open_ledger(project.data) as ledger:
        # A batch stands in the operation log as a screen does (住民記録標準仕様書 10.2).
        done = Access("ikou run", "移行リハーサル", platform.node(), run_id, my_number=numbers)
        ledger.log([done], at=datetime.now(UTC))
        head = ledger.head()
        write_json(
            run / MANIFEST,
            {
                "run_id": run_id,
                "fingerprint": fingerprint,
                "generation": generation,
                "as_of": project.as_of.isoformat(),
                "areas": list(areas),
                "asked_areas": list(asked),
                "source_only": source_only,
                "failed": dict(failed),
                "project": str(project.folder),
                "files": hashes,
                "ledger": {"rows": head[0], "hash": head[1]},
            },
        )
        ledger.register(
            Registration(
                "run",
                run_id,
                sha256_of(run / MANIFEST),
                "ikou run",
                generation,
                detail=json.loads(json.dumps({"fingerprint": fingerprint})),
            ),
            at=datetime.now(UTC),
        )
