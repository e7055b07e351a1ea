"""Worker processes for the block tasks of a large run.

Two threads of one process work on two blocks hardly faster than one: rules are many small steps, and between them each
waits for the other's interpreter lock. Processes do not; but each loads libraries, tables and kernels of its own, which
a small delivery does not repay. Blocks, parts and counts are the same either way.
"""

from __future__ import annotations

import copyreg
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.connection import wait
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from char_mapping.errors import DefinitionError, IkouError
from pipelines.flows import memory

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

    from layouts.records.framing import RecordRange
    from pipelines.flows.plan import SourcePlan

# No import of polars at the top: a worker chooses the number of its threads before.

LARGE = 128 << 20
"""Bytes of exports from which processes pay."""


class Work(Protocol):
    """Does the work of one block task: ``work_on_range``, here or in another process."""

    def __call__(
        self,
        plan: SourcePlan,
        path: Path,
        records: RecordRange,
        folder: Path,
        detail: Path,
        report: Callable[[int], None],
    ) -> tuple[list[Path], Mapping[str, Any]]:
        """Paths of the parts and the counts for the journal."""


class Stopped(IkouError):
    """The run ends early: a worker gives up between two blocks."""


def _proxy(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


# Frozen mappings stand in every plan, and pickle does not know them.
copyreg.pickle(MappingProxyType, lambda proxy: (_proxy, (dict(proxy),)))

_stop: Event | None = None


@contextmanager
def workers(number: int, size: int) -> Iterator[Work]:
    """What does the block tasks of a run over ``size`` bytes: this process, or ``number`` others for a large run.

    The others begin to import at once, and end with the context, with this process (however it ends), or after the
    block they are at when the context ends by an exception. ``report`` is called after every block here, and after
    every task where another process works.

    ``Work`` raises a DefinitionError when a process is ended from outside, as systems do that run out of memory.
    """
    from pipelines.flows.block_work import work_on_range

    if number < 2 or size < LARGE:
        yield work_on_range
        return
    memory.environment_of_children(os.environ)
    # Spawned: a fork would copy polars' and Prefect's threads in whatever state they are.
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    threads = max(1, (os.cpu_count() or 1) // number)
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=_begin, initargs=(stop, threads))
    for _ in range(number):
        pool.submit(_import)

    def work(
        plan: SourcePlan,
        path: Path,
        records: RecordRange,
        folder: Path,
        detail: Path,
        report: Callable[[int], None],
    ) -> tuple[list[Path], Mapping[str, Any]]:
        try:
            paths, counts, seen = pool.submit(_work, pickle.dumps(plan), path, records, folder, detail).result()
        except BrokenProcessPool:
            raise DefinitionError(
                f"ikou.toml [project] threads, at {path.name}",
                expected=f"memory for {number} worker processes",
                found="one of them was ended from outside, most likely for want of memory",
                todo="Lower threads or block_records and run again",
            ) from None
        report(seen)
        return paths, counts

    try:
        yield work
    finally:
        stop.set()  # nobody is at work any more, except after an error
        pool.shutdown(cancel_futures=True)


def _begin(stop: Event, threads: int) -> None:
    """First thing in a worker: it ends with its parent, and leaves Ctrl-C to it."""
    global _stop  # noqa: PLW0603 - a worker is asked for one task after another and has no other place for it
    _stop = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    memory.before_import(os.environ)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _import() -> None:
    """Import while the parent still opens the run."""
    import pipelines.flows.block_work  # noqa: F401


@lru_cache(maxsize=4)
def _plan(pickled: bytes) -> SourcePlan:
    plan: SourcePlan = pickle.loads(pickled)  # noqa: S301 - from the parent, through a pipe
    return plan


def _work(
    pickled: bytes, path: Path, records: RecordRange, folder: Path, detail: Path
) -> tuple[list[Path], Mapping[str, Any], int]:
    from pipelines.flows.block_work import work_on_range

    seen = 0

    def go_on(number: int) -> None:
        nonlocal seen
        seen += number
        if _stop is not None and _stop.is_set():
            raise Stopped("the run ended early")

    paths, counts = work_on_range(_plan(pickled), path, records, folder, detail, go_on)
    return paths, counts, seen
