"""``ikou serve``: scheduled dry runs on a local Prefect server, on the loopback interface."""

from __future__ import annotations

import sys
from pathlib import Path

_START_SECONDS = 600  # the first start on a machine makes the server's database


def serve(*, project: Path, port: int) -> int:
    """Serve until interrupted; server and runs end with this process."""
    from pipelines.project.definition import load_definition

    project = project.resolve()
    definition = load_definition(project)  # said before a server is started for nothing
    from pipelines.flows.server import start_server, wait_for_api

    start_server(port)
    wait_for_api(_START_SECONDS)
    from pipelines.flows.serving import serve_project

    schedule = definition.schedule
    sys.stdout.write(f"Prefect: http://127.0.0.1:{port}/  (deployments and runs)\n")
    lines = [("all areas", schedule.all), *sorted(schedule.areas.items())]
    for name, cron in lines:
        sys.stdout.write(f"  {name}: {cron or 'no schedule, by hand'}\n")
    sys.stdout.write("Ctrl-C ends the server and what runs on it\n")
    sys.stdout.flush()
    try:
        serve_project(project)
    except KeyboardInterrupt:
        return 0
    return 0
