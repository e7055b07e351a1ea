"""From complete to released: every gate passed, or waived by a named person with a reason; chained in the ledger."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from char_mapping.errors import DefinitionError
from pipelines.ledger import Access, Registration, open_ledger
from pipelines.runs.fingerprint import sha256_of
from pipelines.runs.folder import MANIFEST, read_json, write_json

RELEASE = "release.json"


def release_run(run: Path, *, actor: str, waivers: Mapping[str, str], at: datetime) -> Path:
    """Open the hand-over gate of a complete run.

    Args:
        run: The run's folder.
        actor: Who releases it, by name.
        waivers: Gate id → reason, for gates that were missed or not done.
        at: The moment, with its time zone.

    Returns:
        The path of ``release.json``.

    Raises:
        DefinitionError: nobody is named, a gate stands against the release, a waiver has no reason or no gate to waive,
            the run was released before, or areas of it could not be read.
    """
    manifest, statistics = read_json(run / MANIFEST), read_json(run / "statistics.json")
    where = f"release of {manifest['run_id']}"
    if not actor.strip():
        raise DefinitionError(where, expected="the name of a person", found="nothing", todo="Name who releases the run")
    if (run / RELEASE).exists():
        raise DefinitionError(where, expected="a run not yet released", found=RELEASE, todo="Nothing is to be done")
    if manifest["failed"]:
        raise DefinitionError(
            where,
            expected="all areas read",
            found=", ".join(manifest["failed"]),
            todo="Repeat the delivery and run again",
        )
    gates: dict[str, dict[str, Any]] = {g["id"]: g for g in statistics["gates"]}
    shut = [g for g in gates.values() if g["verdict"] != "可"]
    for gate_id, reason in waivers.items():
        if gate_id not in {g["id"] for g in shut} or not reason.strip():
            raise DefinitionError(
                f"{where} waiver {gate_id}",
                expected="a gate that was not passed, and a reason",
                found="a gate that needs none" if reason.strip() else "no reason",
                todo="Waive only what stands against the release, and say why",
            )
    standing = [f"{g['id']} {g['item']} {g['verdict']}" for g in shut if g["id"] not in waivers]
    if standing:
        raise DefinitionError(
            where,
            expected="every gate passed or waived",
            found="; ".join(standing),
            todo="Decide, or waive with a reason",
        )
    write_json(
        run / RELEASE,
        {
            "run_id": manifest["run_id"],
            "manifest_sha256": sha256_of(run / MANIFEST),
            "released_by": actor.strip(),
            "at": at.isoformat(timespec="seconds"),
            "waivers": dict(waivers),
        },
    )
    with open_ledger(run.parent.parent) as ledger:
        ledger.log([Access(actor.strip(), "引渡し", platform.node(), manifest["run_id"])], at=at)
        ledger.register(
            Registration(
                "release",
                manifest["run_id"],
                sha256_of(run / RELEASE),
                actor.strip(),
                manifest["generation"],
                reason="; ".join(f"{g}: {r}" for g, r in sorted(waivers.items())),
            ),
            at=at,
        )
    return run / RELEASE
