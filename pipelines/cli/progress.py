"""How far a run is: bars on a terminal, plain lines elsewhere; always on stderr, so that stdout stays the result."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO


class Report(Protocol):
    """What ``progress`` gives."""

    def __call__(self, what: str, done: int = 0, total: int = 0) -> None:
        """``done`` of ``total`` records of one file; without numbers ``what`` is a remark."""


SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[Report]:
    """Give a report function that any thread may call while the block lasts.

    Args:
        stream: Where to write; None is stderr. A terminal gets one bar for each ``what``. Anything else gets a line
            when a file begins, then at most one every ten seconds, and one when it is done: no line a block in a log.
    """
    stream = stream or sys.stderr
    if stream.isatty():
        with _bars(stream) as report:
            yield report
    else:
        yield _lines(stream)


def _lines(stream: TextIO) -> Report:
    lock = threading.Lock()
    last: dict[str, float] = {}

    def report(what: str, done: int = 0, total: int = 0) -> None:
        with lock:
            now = time.monotonic()
            if total and done < total and now - last.get(what, -SECONDS_BETWEEN_LINES) < SECONDS_BETWEEN_LINES:
                return
            last[what] = now
            stream.write(f"{what}: {done:,} of {total:,} records\n" if total else f"{what}\n")
            stream.flush()

    return report


@contextmanager
def _bars(stream: TextIO) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    lock = threading.Lock()
    tasks: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=stream)) as bars:

        def report(what: str, done: int = 0, total: int = 0) -> None:
            if not total:
                bars.console.print(what, markup=False, highlight=False)
                return
            with lock:
                if what not in tasks:
                    tasks[what] = bars.add_task(what.replace("[", r"\["), total=total)
            bars.update(tasks[what], completed=done)

        yield report
