"""A Prefect API of our own for the length of one command, on the loopback interface only.

Prefect's built-in ephemeral server costs the parent process an import of the whole server and outlives a killed
run. Ours starts while the parent still imports, and the kernel ends it when the parent dies, however it dies.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import MutableMapping

from pipelines.flows import memory

PR_SET_PDEATHSIG = 1
START_TIMEOUT_SECONDS = 120

QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # A failed task would be logged with its traceback; what went wrong is said once, by the command line.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
}


def settings_before_import(environment: MutableMapping[str, str]) -> None:
    """Put the settings in place that Prefect reads at import: no telemetry, no stored results, few words."""
    for name, value in QUIET.items():
        environment.setdefault(name, value)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(port: int) -> None:
    """Start the server with its pages and its schedules on a port; it ends with this process.

    Call before the first import of prefect: the address is read then.
    """
    settings_before_import(os.environ)
    address = f"http://127.0.0.1:{port}/api"
    # With the port alone the pages would call the usual one.
    environment = dict(
        os.environ, PREFECT_SERVER_API_PORT=str(port), PREFECT_API_URL=address, PREFECT_UI_ENABLED="1",
        PREFECT_SERVER_UI_API_URL=address, IKOU_PARENT=str(os.getpid()), IKOU_SCHEDULES="1",
    )
    _start(environment, port)
    os.environ["PREFECT_API_URL"] = address


def start_api() -> None:
    """Start the API unless one is named by PREFECT_API_URL; registers its end at exit.

    Call before the first import of prefect: the address is read then.
    """
    settings_before_import(os.environ)
    memory.before_import(os.environ)
    if os.environ.get("PREFECT_API_URL"):
        return
    port = _free_port()
    environment = dict(
        os.environ,
        PREFECT_UI_ENABLED="0",
        PREFECT_SERVER_EPHEMERAL_ENABLED="false",
        PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED="false",
        PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED="false",
        IKOU_PARENT=str(os.getpid()),
    )
    memory.environment_of_children(environment)
    _start(environment, port)
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"


def _start(environment: dict[str, str], port: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.flows.server", str(port)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def stop() -> None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    # Registered before prefect is imported, so it runs after prefect's own exit handlers have drained their queues.
    atexit.register(stop)


def wait_for_api(timeout: float = START_TIMEOUT_SECONDS) -> None:
    """Wait until the API answers, at most ``timeout`` seconds.

    Raises:
        TimeoutError: it did not.
    """
    address = os.environ["PREFECT_API_URL"] + "/health"
    if not address.startswith("http"):
        raise TimeoutError(address)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - http(s) checked above
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise TimeoutError(f"no Prefect API at {address} after {timeout:.0f} s")


def serve(port: int) -> None:
    """Run the API in this process until the parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(os.environ["IKOU_PARENT"]):
            return
    import uvicorn
    from prefect.server.api.server import create_app

    ephemeral = os.environ.get("IKOU_SCHEDULES") != "1"
    uvicorn.run(create_app(ephemeral=ephemeral), host="127.0.0.1", port=port, log_level="error", lifespan="on")


if __name__ == "__main__":
    serve(int(sys.argv[1]))
