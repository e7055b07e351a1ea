"""``ikou review``: the stewards' web app, on the loopback interface unless TLS is set."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from char_mapping.errors import DefinitionError

if TYPE_CHECKING:
    from pipelines.review.desk import Desk


def open_desk(project: Path) -> Desk:
    """Ledger, accounts and newest run of a project."""
    from layouts.standard_groups import load_areas
    from pipelines.project.data_folder import data_folder
    from pipelines.project.definition import load_definition
    from pipelines.review.desk import Desk

    project = project.resolve()
    definition = load_definition(project)
    labels = load_areas()
    return Desk(
        data_folder(project, definition),
        areas={a: labels[a][1] if a in labels else a for a in definition.areas},
        departments={name: tuple(d.areas) for name, d in definition.departments.items()},
        threads=definition.project.threads, memory_mib=definition.project.memory_mib,
    )


def review(
    *, project: Path, port: int, host: str = "127.0.0.1", certificate: Path | None = None, key: Path | None = None,
    hosts: tuple[str, ...] = (),
) -> int:
    """Serve until interrupted; the first start makes an account and says how to log in.

    Raises:
        DefinitionError: another interface than loopback without TLS, or a certificate without its key.
    """
    secure = certificate is not None and key is not None
    if (certificate is None) != (key is None):
        raise DefinitionError("ikou review", expected="--certificate and --key together", found="one of them")
    if not _is_loopback(host) and not secure:
        raise DefinitionError(
            f"ikou review --host {host}", expected="TLS beyond the loopback interface", found="none",
            todo="Name --certificate and --key, or leave --host out.",
        )
    import uvicorn

    from pipelines.review.app import create_app

    desk = open_desk(project)
    made = desk.accounts.first_admin()
    address = f"{'https' if secure else 'http'}://{host}:{port}/"
    sys.stdout.write(f"開くアドレス：{address}\n")
    if made:
        sys.stdout.write(
            f"はじめてのログイン：操作者ID {made[0]}　パスワード {made[1]}\n"
            "（一度しか表示しません。ログインしたらパスワードを変え、「アカウント」で担当の方を登録してください）\n"
        )
    sys.stdout.write("終わるときは Ctrl-C\n")
    sys.stdout.flush()
    try:
        uvicorn.run(
            create_app(desk, secure=secure, hosts=(host, *hosts)), host=host, port=port, log_level="warning",
            access_log=False, server_header=False, date_header=False,
            ssl_certfile=str(certificate) if certificate else None, ssl_keyfile=str(key) if key else None,
        )
    finally:
        desk.close()
    return 0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
