"""``ikou verify RUN``: which law was proven how, and what broke."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from pipelines.errors import LawBroken
from pipelines.runs.folder import find_run, read_json
from pipelines.runs.verification import Proof, broken, verify_run

COMPARED = ("standard/", "receivers/", "own_items/", "issues/", "changes/", "reports/確認票")


def verify(run: Path, *, exports: bool, rerun: bool) -> int:
    """Print one line a proof.

    Raises:
        LawBroken: anything was not as the run says (exit 4).
    """
    folder = find_run(str(run), None)
    proofs = verify_run(folder)
    if exports:
        from pipelines.flows.reading_again import verify_exports

        proofs += verify_exports(folder)
    if rerun:
        proofs += _run_again(folder)
    for proof in proofs:
        verdict = "ok    " if proof.held else "BROKEN"
        sys.stdout.write(f"{verdict} {proof.subject}: {proof.how}{f': {proof.found}' if proof.found else ''}\n")
    if not exports:
        sys.stdout.write("not asked: the received files against the conformed columns (--exports)\n")
    if not rerun:
        sys.stdout.write("not asked: law 4, the same outputs from the same inputs (--rerun)\n")
    failed = broken(proofs)
    if failed:
        law = next((int(p.subject[-1]) for p in failed if p.subject.startswith("law")), 0)
        raise LawBroken(law, "; ".join(f"{p.subject} {p.found}" for p in failed[:3]))
    return 0


def _run_again(folder: Path) -> list[Proof]:
    """Run the same project on the same generation and decisions in a scratch data folder and compare the outputs'
    hashes.
    """
    from pipelines.flows.server import start_api

    start_api()
    from pipelines.flows.rehearsal import run_again

    manifest = read_json(folder / "manifest.json")
    scratch = Path(tempfile.mkdtemp(prefix="ikou-rerun-"))
    how = "run again, outputs compared by SHA-256"
    try:
        again = run_again(folder, scratch)
        now = read_json(again / "manifest.json")
        if now["fingerprint"] != manifest["fingerprint"]:
            return [
                Proof(
                    "law 4",
                    held=False,
                    how=how,
                    found="the fingerprint differs: inputs, definitions or code changed since",
                )
            ]
        names = sorted({n for m in (manifest, now) for n in m["files"] if n.startswith(COMPARED)})
        different = [n for n in names if manifest["files"].get(n) != now["files"].get(n)]
        return [Proof("law 4", held=False, how=how, found=f"{n} differs") for n in different] or [
            Proof("law 4", held=True, how=f"{how} ({len(names)} files)")
        ]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
