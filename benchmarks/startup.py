"""How long commands take that should answer at once, beside a bare Python; and a run on an almost empty city."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IKOU = [str(Path(sys.executable).with_name("ikou"))]
YARDSTICKS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import polars": [sys.executable, "-c", "import polars"],
}
COMMANDS = (
    ["--help"], ["chars", "profiles"], ["layouts", "list"], ["layouts", "show", "001", "resident"], ["rules", "list"],
    ["rules", "show", "DAT-001"],
)


def seconds(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, int]:
    """Wall time and exit code of one call, its output thrown away."""
    start = time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False,
        env=environment,
    )
    return time.perf_counter() - start, done.returncode


def best_of(command: list[str], times: int) -> str:
    """``best median`` of several calls in milliseconds, with the exit code where it is not 0."""
    results = sorted(seconds(command) for _ in range(times))
    code = results[0][1]
    return f"{results[0][0] * 1000:8.0f} {results[times // 2][0] * 1000:8.0f}{f'  exit {code}' if code else ''}"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--without-run", action="store_true")
    given = parser.parse_args()
    sys.stdout.write(f"{'ms':<32}{'best':>8} {'median':>8}\n")
    for label, command in YARDSTICKS.items():
        sys.stdout.write(f"{label:<32}{best_of(command, given.times)}\n")
    for words in COMMANDS:
        sys.stdout.write(f"{'ikou ' + ' '.join(words):<32}{best_of([*IKOU, *words], given.times)}\n")
    if given.without_run:
        return 0
    with tempfile.TemporaryDirectory(prefix="ikou-benchmark-") as folder:
        city = Path(folder) / "city"
        seconds([*IKOU, "sample", str(city), "--people", "200", "--area", "001"])
        (export, *_) = sorted(Path(folder).rglob("SHIEN.dat"))
        peek = ["peek", str(export), "--copybook", str(city / "sources/shien/shien.cpy"), "--charset", "jef"]
        sys.stdout.write(f"{'ikou peek':<32}{best_of([*IKOU, *peek], given.times)}\n")
        environment = os.environ | {"PREFECT_HOME": str(Path(folder) / "prefect")}
        sys.stdout.write(f"\n{'s, 200 people':<32}\n")
        for number, label in enumerate(("empty Prefect home", "again", "again"), 1):
            run = ["run", "--project", str(city), "--rehearsal", "1", "--exit-zero"]
            spent, code = seconds([*IKOU, *run, "--as-of", f"2026-04-{number:02d}"], environment)
            sys.stdout.write(f"{f'ikou run, {label}':<32}{spent:8.1f}{f'  exit {code}' if code else ''}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
