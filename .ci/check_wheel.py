"""Build the wheel and compare it with git: every file of the four packages ships, and nothing else does."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("char_mapping", "layouts", "rules", "pipelines")


def main() -> int:
    """Exit code 1 with the differences, 0 with one line of counts."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    expected = {name for name in tracked if name}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True,
            stdout=subprocess.DEVNULL,
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    differences = [f"missing from the wheel: {name}" for name in sorted(expected - shipped)]
    differences += [f"not in git: {name}" for name in sorted(shipped - expected)]
    data = sum(not name.endswith(".py") for name in shipped)
    sys.stdout.write("\n".join(differences) + "\n" if differences else f"{len(shipped)} files, {data} of them data\n")
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
