"""Debian's PostgreSQL, started for the tests of this folder and reachable by them alone."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of an empty database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        if os.environ.get("IKOU_REQUIRE_TOOLS") == "1":
            pytest.fail("postgresql is missing")
        pytest.skip("PostgreSQL (Debian: postgresql) is not installed")
    programs, folder = found[-1].parent, tmp_path_factory.mktemp("ledger-postgresql")
    as_user: list[str] = []
    if os.geteuid() == 0:
        # initdb refuses root; the server's own folder belongs to the user that Debian made for it.
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        for place in (folder, *folder.parents[:2]):
            place.chmod(0o755)
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    initdb: list[str | Path] = [
        programs / "initdb", "-D", data, "-A", "trust", "-U", "ikou", "--no-sync", "-E", "UTF8", "--locale=C",
    ]
    subprocess.run([*as_user, *initdb], check=True, capture_output=True, cwd="/")
    options = ["-c", "listen_addresses=127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off"]
    server = subprocess.Popen(
        [*as_user, str(programs / "postgres"), "-D", str(data), *options], cwd="/", stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        deadline = time.monotonic() + 60
        while subprocess.run(ready, check=False).returncode and time.monotonic() < deadline:
            time.sleep(0.1)
        yield f"postgresql://ikou@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(timeout=30)
