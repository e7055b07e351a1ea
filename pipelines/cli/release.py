"""``ikou release RUN``: open the hand-over gate of a complete run."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from char_mapping.errors import DefinitionError


def release(run: Path, *, by: str, waive: tuple[str, ...]) -> int:
    """Release a run; ``waive`` holds ``G03=reason`` for gates that were not passed.

    Raises:
        DefinitionError: A waiver without reason, or what stands against the release (see ``release_run``).
    """
    from pipelines.runs.folder import find_run
    from pipelines.runs.release import release_run

    waivers: dict[str, str] = {}
    for text in waive:
        gate, separator, reason = text.partition("=")
        if not separator:
            raise DefinitionError(f"--waive {gate}", expected="GATE=REASON", found="no reason", todo="Say why")
        waivers[gate.strip()] = reason.strip()
    path = release_run(find_run(str(run), None), actor=by, waivers=waivers, at=datetime.now(UTC))
    sys.stdout.write(f"{path}\n")
    return 0
