"""Time and memory of the main job on a sample city, beside iconv over the same bytes in the same run."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import psutil

IKOU = [str(Path(sys.executable).with_name("ikou"))]
MIB = 1 << 20


@dataclass(slots=True)
class Measured:
    """One process tree: seconds, and the highest sums of PSS and RSS in bytes."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    pss: int = 0
    rss: int = 0
    code: int = 0


def memory_of(tree: list[psutil.Process]) -> tuple[int, int]:
    """Sums of PSS and RSS over the processes that still live, in bytes."""
    pss = rss = 0
    for process in tree:
        try:
            info = process.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        pss += info.pss
        rss += info.rss
    return pss, rss


def measure(command: list[str], log: Path, every: float = 0.2) -> Measured:
    """Run ``command`` with its output in ``log``, sampling its whole process tree every ``every`` seconds."""
    measured = Measured()
    before = os.times()
    start = time.perf_counter()
    with log.open("ab") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        top = psutil.Process(child.pid)
        while child.poll() is None:
            try:
                pss, rss = memory_of([top, *top.children(recursive=True)])
            except psutil.NoSuchProcess:
                break
            measured.pss = max(measured.pss, pss)
            measured.rss = max(measured.rss, rss)
            time.sleep(every)
        measured.code = child.wait()
    measured.seconds = time.perf_counter() - start
    after = os.times()
    measured.cpu_seconds = (
        after.children_user - before.children_user + after.children_system - before.children_system
    )
    return measured


def read_through(files: list[Path]) -> float:
    """Seconds to read every byte once."""
    start = time.perf_counter()
    for path in files:
        with path.open("rb") as file:
            while file.read(4 * MIB):
                pass
    return time.perf_counter() - start


def iconv(files: list[Path], charset: str) -> float:
    """Seconds of ``iconv -c`` from ``charset`` to UTF-8 over the files in turn; it drops what it cannot read."""
    start = time.perf_counter()
    for path in files:
        with path.open("rb") as file:
            subprocess.run(
                ["iconv", "-c", "-f", charset, "-t", "UTF-8"], stdin=file, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, check=False,
            )
    return time.perf_counter() - start


def cpu_model() -> str:
    """Name of the processor as Linux gives it."""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def bench(people: int, host: str, areas: list[str], city: Path, runs: int) -> int:
    """Make the city when it is not there, then run and print."""
    log = city.with_suffix(".log")
    if not city.exists():
        asked = [word for area in areas for word in ("--area", area)]
        made = measure([*IKOU, "sample", str(city), "--people", str(people), "--host", host, *asked], log)
        if made.code:
            sys.stdout.write(f"ikou sample failed with {made.code}: see {log}\n")
            return made.code
        sys.stdout.write(f"sample city: {made.seconds:.1f} s, peak PSS {made.pss / MIB:.0f} MiB\n")
    generation = sorted(path for path in (data_of(city) / "exports").iterdir() if path.is_dir())[0]
    files = sorted(path for path in generation.rglob("*") if path.is_file() and path.suffix in {".dat", ".csv"})
    size = sum(path.stat().st_size for path in files)
    sys.stdout.write(
        f"{cpu_model()}, {os.cpu_count()} cores, Python {platform.python_version()}; {people:,} people as {host}, "
        f"{size / MIB:.0f} MiB in {len(files)} files\n"
    )
    read_through(files)
    sys.stdout.write(f"{'read once (warm)':<28}{read_through(files):8.1f} s\n")
    yardstick = iconv(files, "CP932" if host == "cp932" else "IBM930")
    sys.stdout.write(f"{'iconv, one core':<28}{yardstick:8.1f} s {size / MIB / yardstick:8.0f} MiB/s\n")
    for number in range(1, runs + 1):
        # A run with the same fingerprint would be resumed or refused: as_of tells them apart.
        run = ["run", "--project", str(city), "--rehearsal", "1", "--exit-zero", "--as-of", f"2026-04-{number:02d}"]
        done = measure([*IKOU, *run], log)
        sys.stdout.write(
            f"{f'ikou run {number}':<28}{done.seconds:8.1f} s {size / MIB / done.seconds:8.0f} MiB/s, "
            f"{done.seconds / yardstick:.1f} x iconv, CPU {done.cpu_seconds:.1f} s, "
            f"peak PSS {done.pss / MIB:.0f} MiB, RSS {done.rss / MIB:.0f} MiB, exit {done.code}\n"
        )
        if done.code:
            sys.stdout.write(f"see {log}\n")
            return done.code
    return 0


def data_of(city: Path) -> Path:
    """The data folder that the city's ikou.toml names."""
    settings = tomllib.loads((city / "ikou.toml").read_text("utf-8"))
    return Path(city, settings["project"]["data_dir"]).resolve()


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--host", default="jef")
    parser.add_argument("--all-areas", action="store_true", help="all 24 業務 instead of 001 and 031")
    parser.add_argument("--city", type=Path, help="folder to keep the city in, outside any git work tree")
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    areas = [] if given.all_areas else ["001"]
    if given.city:
        return bench(given.people, given.host, areas, given.city.resolve(), given.runs)
    with tempfile.TemporaryDirectory(prefix="ikou-benchmark-") as folder:
        return bench(given.people, given.host, areas, Path(folder) / "city", given.runs)


if __name__ == "__main__":
    raise SystemExit(main())
