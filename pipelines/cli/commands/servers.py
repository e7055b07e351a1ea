"""Commands that stay until they are stopped: ``ikou review`` and ``ikou serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import Project


def review(
    project: Project = Path(),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8765,
    host: Annotated[str, typer.Option("--host", help="Interface; beyond loopback only with TLS.")] = "127.0.0.1",
    certificate: Annotated[Path | None, typer.Option("--certificate", help="TLS certificate (PEM).")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="TLS private key (PEM).")] = None,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="Host name under which it is reached; repeat.")
    ] = None,
) -> int | None:
    """Serve the stewards' web app: exceptions decided and approved in the browser."""
    from pipelines.cli.review import review as command

    return command(
        project=project, port=port, host=host, certificate=certificate, key=key, hosts=tuple(names or ()),
    )


def serve(
    project: Project = Path(),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the Prefect pages.")] = 4210,
) -> int | None:
    """Serve scheduled dry runs (the [schedule] of ikou.toml) on a local Prefect server."""
    from pipelines.cli.serve import serve as command

    return command(project=project, port=port)
