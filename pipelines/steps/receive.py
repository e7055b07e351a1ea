"""Receive: what was handed over is what the 受領票 says (RPT-01, FIL-002 on names, sizes and hashes)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from char_mapping.errors import UnreadableFile
from layouts.sources import SourceDefinition
from pipelines.project.data_folder import RECEIPT_NAME, read_receipt
from pipelines.runs.fingerprint import sha256_of


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """One received file; ``records`` is the count of data records its 受領票 declares, ``size`` is in bytes."""

    source: str
    path: Path
    records: int
    size: int
    sha256: str
    extracted_on: str

    @property
    def name(self) -> str:
        """The file's name, as the 受領票 writes it."""
        return self.path.name


def receive(
    exports: Path, source: SourceDefinition, hash_of: Callable[[Path], str] = sha256_of
) -> Sequence[ReceivedFile]:
    """Check one source's delivery against its 受領票; the files are only read.

    Args:
        exports: ``exports/<generation>`` of the project.
        source: The source whose folder below it is checked (that of another source where it reads its files).
        hash_of: Gives a file's SHA-256; a run begins to compute them while it still starts.

    Raises:
        UnreadableFile: a file is missing, was not announced, or differs in size or SHA-256.
    """
    folder = exports / source.delivery
    receipt = read_receipt(folder)
    announced = {r.name for r in receipt}
    for path in sorted(folder.glob(source.files)):
        if path.name not in announced and path.name != RECEIPT_NAME:
            raise UnreadableFile(
                str(path),
                expected=f"a row in {folder / RECEIPT_NAME}",
                found="none (FIL-002)",
                todo="Ask whether the file belongs to the delivery; add its row or remove the file",
            )
    received: list[ReceivedFile] = []
    for row in receipt:
        path = folder / row.name
        if not path.is_file():
            raise UnreadableFile(
                str(path),
                expected="the file its 受領票 announces",
                found="no such file (FIL-002)",
                todo="Ask for the delivery to be repeated",
            )
        size = path.stat().st_size
        if size != row.size:
            raise UnreadableFile(
                str(path),
                expected=f"{row.size} bytes as on the 受領票",
                found=f"{size} bytes (FIL-002)",
                todo="Ask for the delivery to be repeated",
            )
        digest = hash_of(path)
        if digest != row.sha256:
            raise UnreadableFile(
                str(path),
                expected=f"SHA-256 {row.sha256}",
                found=f"{digest} (FIL-002)",
                todo="Ask for the delivery to be repeated; the file changed on the way",
            )
        received.append(ReceivedFile(source.id, path, row.records, size, digest, row.extracted_on))
    if not received:
        raise UnreadableFile(
            str(folder),
            expected=f"files matching {source.files}",
            found="none",
            todo="Put the delivery there with its 受領票",
        )
    return received
