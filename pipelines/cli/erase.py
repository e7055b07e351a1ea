"""``ikou erase GENERATION``: remove a generation's data, with the 削除証明 and the 受払簿 (RPT-21)."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from char_mapping.errors import DefinitionError


def erase(generation: str, *, project: Path, by: str, witness: str, reason: str, confirm: str) -> int:
    """Remove deliveries, figures, runs and work lists of a generation; the name has to be given twice.

    Raises:
        DefinitionError: The confirmation is another name, nobody is named, or there is nothing to remove.
    """
    from pipelines.project.data_folder import data_folder
    from pipelines.project.definition import load_definition
    from pipelines.reports.erasure_sheets import write_erasure
    from pipelines.runs.erasure import certificate_path, erase_generation

    if confirm != generation:
        raise DefinitionError(
            "ikou erase --confirm", expected=generation, found=confirm or "nothing",
            todo="Repeat the name of the generation: what is removed does not come back.",
        )
    project = project.resolve()
    definition = load_definition(project)
    data = data_folder(project, definition)
    told = erase_generation(data, generation, by=by, witness=witness, reason=reason, at=datetime.now(UTC))
    kept = certificate_path(data, generation)
    facts = [
        ("対象", f"移行データ 世代 {generation}（受領ファイル、現行帳票の値、移行結果、確認票）"),
        ("場所", told.place), ("手段", told.means), ("日時（UTC）", told.at), ("削除した者", told.by),
        ("立会人", told.witness), ("理由", told.reason), ("ファイル数", f"{len(told.files):,}"),
        ("バイト数", f"{sum(file.size for file in told.files):,}"), ("実行", "、".join(told.runs) or "なし"),
        ("残存件数", f"{told.left:,}"), ("記録", f"台帳に登録済（{kept.name} の SHA-256）"),
    ]
    path = write_erasure(
        kept.with_name(f"削除証明・受払簿_{generation}.xlsx"), city=definition.city.name, facts=facts,
        files=((file.path, file.size, file.sha256) for file in told.files), entries=_entries(data),
    )
    sys.stdout.write(f"削除 {len(told.files):,} ファイル、残存 {told.left:,}\n{path}\n")
    return 0 if told.left == 0 else 4


def _entries(data: Path) -> list[tuple[str, str, str, int, str, str, str]]:
    """The 受払簿 as far as it is known: deliveries that lie there, and every erasure."""
    from pipelines.project.data_folder import generations
    from pipelines.runs.erasure import CERTIFICATE_FOLDER, read_certificate

    rows = []
    for generation in generations(data):
        folder = data / "exports" / generation
        files = [path for path in folder.rglob("*") if path.is_file()]
        day = datetime.fromtimestamp(min((p.stat().st_mtime for p in files), default=0), UTC).strftime("%Y-%m-%d")
        rows.append((day, "受", f"受領ファイル 世代 {generation}", len(files), "", "", "保管中"))
    for path in sorted((data / CERTIFICATE_FOLDER).glob("*.json")):
        told = read_certificate(path)
        rows.append((told.at[:10], "払", f"削除 世代 {told.generation}", len(told.files), told.by, told.witness,
                     told.reason))
    return sorted(rows)
