"""Removing a generation's data so that it cannot be read again, as far as the storage allows, and proving it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from char_mapping.errors import DefinitionError
from pipelines.ledger import Access, Registration, open_ledger
from pipelines.runs.folder import MANIFEST, completed_runs, only_writer, read_json, write_json

CERTIFICATE_FOLDER = "erasures"

_CHUNK = 1 << 20

MEANS = (
    "各ファイルを乱数で上書きして同期（fsync）し、名前を変えて削除。上書きが元の場所に及ぶかは媒体による"
    "（SSD・スナップショット・控えは、媒体ごとの消去または廃棄が別に要る）"
)


@dataclass(frozen=True, slots=True)
class ErasedFile:
    """One file that was removed: path below the data folder, bytes, SHA-256 before."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """削除証明: what was removed by which means, who did it and who was present, and that nothing is left."""

    generation: str
    place: str
    means: str
    by: str
    witness: str
    reason: str
    at: str
    files: Sequence[ErasedFile]
    runs: Sequence[str]
    left: int

    def content(self) -> dict[str, Any]:
        """Plain values, as kept beside the workbook."""
        return asdict(self)


def belongings(data: Path, generation: str) -> tuple[list[Path], list[str]]:
    """Folders of a generation (deliveries, figures, runs, work lists) and the ids of its runs.

    Runs that failed or were interrupted are of a generation that nobody recorded: they go with any.
    """
    folders = [data / kind / generation for kind in ("exports", "controls")]
    runs = [run for run in completed_runs(data) if read_json(run / MANIFEST)["generation"] == generation]
    folders += [*runs, *(data / "work_lists" / run.name for run in runs)]
    folders += sorted((data / "runs").glob(".*.failed")) + sorted((data / "runs").glob(".*.partial"))
    folders += sorted((data / "truth").glob(f"{generation}.*"))
    return [folder for folder in folders if folder.exists()], [run.name for run in runs]


def erase_generation(
    data: Path, generation: str, *, by: str, witness: str, reason: str, at: datetime
) -> Certificate:
    """Overwrite and remove everything of one generation; the ledger keeps the SHA-256 of the certificate.

    Args:
        data: The project's data folder.
        generation: Name of the generation.
        by: Who removes it.
        witness: Who is present; another person.
        reason: Why, such as the end of the keeping period.
        at: The moment, with time zone.

    Raises:
        DefinitionError: Nobody is named, both are one person, or there is nothing of that generation.
    """
    from pipelines.ledger.events import same_person_key, stamp

    if not same_person_key(by) or not same_person_key(witness) or not reason.strip():
        raise DefinitionError("ikou erase", expected="--by, --witness and --reason", found="one of them empty")
    if same_person_key(by) == same_person_key(witness):
        raise DefinitionError("ikou erase --witness", expected="another person than --by", found="the same person")
    with only_writer(data):
        folders, runs = belongings(data, generation)
        if not any(folder.parent.name != "runs" or not folder.name.startswith(".") for folder in folders):
            raise DefinitionError(
                f"generation {generation}", expected="deliveries or runs of it", found="none",
                todo="Name a folder of data_dir/exports.",
            )
        files = [path for folder in folders for path in _files(folder)]
        erased = [
            ErasedFile(path.relative_to(data).as_posix(), path.stat().st_size, _overwrite(path)) for path in files
        ]
        for folder in folders:
            if folder.is_dir():
                shutil.rmtree(folder)
        left = sum(len(_files(folder)) for folder in belongings(data, generation)[0])
        told = Certificate(
            generation, str(data), MEANS, by.strip(), witness.strip(), reason.strip(), stamp(at), erased, runs, left
        )
        path = certificate_path(data, generation)
        write_json(path, told.content())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with open_ledger(data) as ledger:
            ledger.log([Access(by.strip(), "世代の削除", target=generation, rows=len(erased))], at=at)
            ledger.register(
                Registration("erasure", generation, digest, by.strip(), generation, reason=reason.strip(),
                             detail={"files": len(erased), "runs": runs, "witness": witness.strip()}),
                at=at,
            )
    return told


def certificate_path(data: Path, generation: str) -> Path:
    """Where the certificate of a generation is kept."""
    return data / CERTIFICATE_FOLDER / f"{generation}.json"


def read_certificate(path: Path) -> Certificate:
    """A certificate that was kept."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return Certificate(**{**told, "files": [ErasedFile(**row) for row in told["files"]]})


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _overwrite(path: Path) -> str:
    """Write random bytes over a file's own blocks, forget its name, remove it; returns its SHA-256 before."""
    digest = hashlib.sha256()
    path.chmod(0o600)
    with path.open("r+b") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            stream.seek(-len(chunk), os.SEEK_CUR)
            stream.write(os.urandom(len(chunk)))
        stream.flush()
        os.fsync(stream.fileno())
    nameless = path.with_name(os.urandom(8).hex())
    path.rename(nameless)
    nameless.unlink()
    return digest.hexdigest()
