"""What a run depends on, as one digest: the same fingerprint means byte-identical outputs (law 4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import distributions
from importlib.resources import files
from pathlib import Path
from typing import Any

PACKAGES = ("char_mapping", "layouts", "rules", "pipelines")
CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex, read in chunks of 1 MiB."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_tree(root: Path, paths: Iterable[Path]) -> str:
    """One digest over names (relative to ``root``) and contents of files, in name order."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(bytes.fromhex(sha256_of(path)))
    return digest.hexdigest()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Digest of ikou's own modules and data files and of the version of every installed distribution."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        root = Path(str(files(package)))
        wanted = (p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        digest.update(digest_of_tree(root, wanted).encode())
    for name, version in sorted({(d.metadata["Name"] or "", d.version) for d in distributions()}):
        digest.update(f"{name}=={version}\n".encode())
    return digest.hexdigest()


def definitions_digest(folder: Path) -> str:
    """Digest of a project's definitions (everything in its folder but hidden files)."""
    wanted = (
        p
        for p in folder.rglob("*")
        if p.is_file() and not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )
    return digest_of_tree(folder, wanted)


def fingerprint(parts: Mapping[str, Any]) -> str:
    """The fingerprint of a run: 32 hex digits over the canonical JSON of its parts."""
    canonical = json.dumps(parts, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
