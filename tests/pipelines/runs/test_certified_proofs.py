"""HSE-024: a 住民票記載事項 that was rewritten in a run is named; form, and cells taken out, are not."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from pipelines.runs.certified_proofs import certified_faults

CELLS = {"file": pl.String, "block": pl.Int32, "record_no": pl.Int64, "item": pl.String, "rule_id": pl.String}


def _run(folder: Path, *, cells: list[tuple[str, str]], columns: list[tuple[str, str]], held: list[str]) -> Path:
    """A run with changes of record 7: (item, rule) by cell and by column, and the items that stand in hold/."""
    items = [
        {"area": "001", "group": "resident", "item": name, "certified": certified}
        for name, certified in (("氏名", True), ("住所_町字", True), ("連絡先", False))
    ]
    changes = folder / "changes" / "001"
    changes.mkdir(parents=True)
    (folder / "hold").mkdir()
    (folder / "items.json").write_text(json.dumps(items), encoding="utf-8")
    for name, rows in (("resident", cells), ("resident.columns", columns)):
        table = [{"file": "J.dat", "block": 0, "record_no": 7, "item": item, "rule_id": rule} for item, rule in rows]
        pl.DataFrame(table, schema=CELLS).write_parquet(changes / f"{name}.parquet")
    apart = [{"file": "J.dat", "record_no": 7, "item": item} for item in held]
    pl.DataFrame(apart, schema={name: CELLS[name] for name in ("file", "record_no", "item")}).write_parquet(
        folder / "hold" / "001.parquet"
    )
    return folder


@pytest.mark.parametrize(
    ("cells", "columns", "held", "found"),
    [
        ([("氏名", "NAM-002"), ("連絡先", "TEL-001")], [("氏名", "MOJ-018")], [], []),
        ([("氏名", "NAM-001")], [], [], ["001/resident 氏名: NAM-001 rewrote it (1 times)"]),
        ([("氏名", "DAT-002")], [], ["氏名"], []),
        ([("氏名", "DAT-002")], [], ["住所_町字"], ["001/resident 氏名: DAT-002 rewrote it (1 times)"]),
        ([("住所_町字", "decision:d1")], [], [], ["001/resident 住所_町字: decision:d1 rewrote it (1 times)"]),
        ([("連絡先", "decision:d1")], [], [], []),
        ([], [("住所_町字", "ADR-006")], ["住所_町字"], ["001/resident 住所_町字: ADR-006 rewrote it (1 times)"]),
    ],
)
def test_what_rewrites_a_certified_item_is_named(
    tmp_path: Path, cells: list[tuple[str, str]], columns: list[tuple[str, str]], held: list[str], found: list[str]
) -> None:
    assert list(certified_faults(_run(tmp_path / "run", cells=cells, columns=columns, held=held))) == found
