"""What a run says when ikou itself failed: a step broke, or one of the laws of docs/architecture.md did."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from char_mapping.errors import IkouError


class InternalError(IkouError):
    """A step met an exception nobody foresaw.

    The library's own message is left out: it may quote a resident's value. It stands in ``detail``, readable by the
    owner of the run alone.

    Args:
        step: The step that was running (``decode``), or the command where no step was.
        file: The received file, "" where none is meant.
        records: The record range, 1-based and inclusive ("1-16384"), "" where none is meant.
        kind: Type name of the exception.
        detail: Where ``write_detail`` put the traceback, None when it could not be written.
    """

    def __init__(self, step: str, *, kind: str, file: str = "", records: str = "", detail: Path | None = None) -> None:
        place = " ".join(part for part in (step, file, f"records {records}" if records else "") if part)
        where = f"Detail (it may hold residents' values): {detail}" if detail else "No detail could be written."
        super().__init__(f"{place}: {kind} inside ikou. {where}")
        self.step = step
        self.kind = kind
        self.file = file
        self.records = records
        self.detail = detail

    def kept_in(self, folder: Path) -> InternalError:
        """The same error after its detail has moved with the run's folder."""
        detail = folder / self.detail.name if self.detail else None
        return InternalError(self.step, kind=self.kind, file=self.file, records=self.records, detail=detail)


class LawBroken(IkouError):
    """One of the five laws does not hold, or a file is not what the manifest says: the run's results may not be used.

    Args:
        law: 1 records, 2 characters, 3 values, 4 repeatability, 5 numbers; 0 for a hash of a run file.
        found: Counts, ids and file names that show the breach; never a value.
    """

    def __init__(self, law: int, found: str) -> None:
        what = f"law {law} is broken" if law else "a run file is not what its manifest says"
        super().__init__(f"{what}: {found}")
        self.law = law


@dataclass(slots=True)
class Place:
    """Where a run is at work; whoever works keeps it up to date, and it is named when something breaks."""

    step: str
    file: str = ""
    records: str = ""


@contextmanager
def quoting_nobody(place: Place, detail: Path | None = None) -> Iterator[None]:
    """The boundary of a Prefect task or flow: what nobody foresaw passes as an InternalError, without its message.

    Prefect keeps the message of a failed run in its database, and a library's message may quote a resident.

    Args:
        place: Named in the error.
        detail: Where the traceback goes (mode 0600); a new temporary folder without it.
    """
    try:
        yield
    except IkouError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary this function is
        path = detail or Path(tempfile.mkdtemp(prefix="ikou-")) / f"error-{place.step}.txt"
        path.unlink(missing_ok=True)
        kept = write_detail(error, path)
        raise InternalError(
            place.step, kind=type(error).__name__, file=place.file, records=place.records, detail=kept
        ) from None


def write_detail(error: BaseException, path: Path) -> Path:
    """Write the traceback of ``error`` to ``path`` with mode 0600 and return it; FileExistsError where it exists."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return path
