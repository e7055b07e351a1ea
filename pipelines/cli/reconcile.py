"""``ikou reconcile RUN [--loaded DIR]``: the last link of the chain, and the verdict of every gate after loading."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from char_mapping.errors import DefinitionError


def reconcile(run: Path, *, loaded: Path | None, unmasked_for: str, exit_zero: bool) -> int:
    """Reconcile and write the reports; counts and keys only on the terminal.

    Args:
        run: Folder of a run.
        loaded: Folder of the re-extracts, by area; None is ``data_dir/loaded``.
        unmasked_for: Who may see values in the workbook ("" masks them); written to the operation log.
        exit_zero: 0 also where a gate is missed.

    Returns:
        0 where every gate of every area is 差0 or 理由付き, else 1.

    Raises:
        DefinitionError: The run is of source items alone, or a file of ``loaded`` is not written as it should be.
    """
    from pipelines.project.loading import load_project
    from pipelines.reconciliation.reconcile_run import reconcile_run
    from pipelines.reports import write_reports
    from pipelines.runs.folder import MANIFEST, find_run, read_json

    run = find_run(str(run), None)
    manifest = read_json(run / MANIFEST)
    if manifest["source_only"]:
        raise DefinitionError(
            str(run), expected="a run with standard files", found="a run with --source-only",
            todo="Reconcile a run that handed something over",
        )
    data = run.parent.parent
    project = load_project(Path(manifest["project"]))
    told = reconcile_run(run, project, loaded if loaded is not None else data / "loaded")
    seen = frozenset[str]()
    if unmasked_for:
        seen = _log_view(data, unmasked_for, run.name, told.differences.height)
    paths = write_reports(run, told.folder / "reports", unmasked=seen, reconciled=told.folder)
    labels = {area: row.get("label", "") for area, row in read_json(run / "statistics.json").get("areas", {}).items()}
    lines = [f"{run.name}  取込後照合"]
    for (area,), gates in told.gates.group_by(["area"], maintain_order=True):
        lines += _area_lines(f"{area} {labels.get(str(area), '')}".strip(), gates.to_dicts())
    lines += ["開くファイル", *(f"  {path}" for path in paths[:2])]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if exit_zero or not told.missed else 1


def _area_lines(name: str, gates: Sequence[Mapping[str, Any]]) -> list[str]:
    """How many gates of an area say what, and in full those that differ; what was not supplied by name."""
    from pipelines.reconciliation.reconcile_run import MISSED, NONE, NOT_DONE, REASONED

    counts = []
    for verdict in (NONE, REASONED, MISSED, NOT_DONE):
        mine = [gate for gate in gates if gate["verdict"] == verdict]
        if mine:
            named = f"（{'、'.join(str(gate['item']) for gate in mine)}）" if verdict == NOT_DONE else ""
            counts.append(f"{verdict} {len(mine)}{named}")
    lines = [f"  {name}: {'、'.join(counts)}"]
    for gate in gates:
        if gate["verdict"] in (MISSED, REASONED) or (gate["verdict"] == NOT_DONE and gate["note"]):
            number = "" if gate["differences"] is None else f"  差 {gate['differences']:,}"
            note = f"  {gate['note']}" if gate["note"] else ""
            lines.append(f"      {gate['report']:<8}{gate['item']}: {gate['verdict']}{number}{note}")
    return lines


def _log_view(data: Path, actor: str, run_id: str, rows: int) -> frozenset[str]:
    """Write the view to the operation log; refuse whoever has no role that sees values of residents.

    Returns:
        The areas whose values are shown: those of the 主管課 that asks.
    """
    import socket

    import sqlalchemy as sa

    from pipelines.ledger import Access, open_ledger

    process = "移行検証報告書（値を表示）"
    with open_ledger(data) as ledger:
        known: dict[str, tuple[str, ...]] = {}
        if sa.inspect(ledger.engine).has_table("review_account"):
            from pipelines.review.accounts import Accounts

            known = {a.login: a.areas for a in Accounts(ledger.engine).all() if a.active and a.sees_values}
        allowed = actor in known
        access = Access(actor, process, socket.gethostname(), run_id, rows=rows, outcome="可" if allowed else "拒否")
        ledger.log([access], at=datetime.now(UTC))
    if not allowed:
        raise DefinitionError(
            "ikou reconcile --unmasked-for", expected="the 操作者ID of a 主管課 (ikou review)",
            found=actor, todo="Leave the option out: the workbook then masks every value",
        )
    return frozenset(known[actor])
