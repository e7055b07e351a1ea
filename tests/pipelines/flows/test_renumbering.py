"""種ア end to end: the 住登外 side of a number on two persons gets a reserved number, and nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from char_mapping.errors import DefinitionError
from pipelines.cli.renumber import renumber as propose
from pipelines.ledger import Approval, open_ledger
from pipelines.runs.folder import RENUMBERED
from pipelines.runs.verification import broken, verify_run

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("prefect_api")]

NOW = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)


def run(city: Path) -> Path:
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(city, Options(areas=("001", "031"), rehearsal=1), lambda *_: None).folder


def numbers(folder: Path, area: str, group: str) -> list[str]:
    with pa.memory_map(str(folder / "standard" / area / f"{group}.arrow")) as handle:
        return pa.ipc.open_file(handle).read_all()["宛名番号"].to_pylist()


def two_persons(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "issues" / "031.parquet").filter(pl.col("rule_id") == "DUP-001")


def test_the_outsider_gets_a_new_number_and_the_resident_keeps_theirs(city: Path) -> None:
    with pytest.raises(DefinitionError, match="expected first and last of a range nobody uses"):
        propose(city, number="1", areas=["031"], proposer="税務課 一郎", reason="別人")
    toml = city / "ikou.toml"
    toml.write_text(
        toml.read_text("utf-8") + '\n[reserved_numbers]\nfirst = "9900000000"\nlast = "9900000009"\n', encoding="utf-8"
    )
    before = run(city)
    held = two_persons(before).row(0, named=True)
    old, data = held["before"], before.parent.parent
    propose(city, number=old, areas=["031"], proposer="税務課 一郎", reason="氏名・生年月日が別人")
    with open_ledger(data) as ledger:
        decision = ledger.decisions().filter(pl.col("kind") == "renumber")["id"][0]
        ledger.decide([Approval(decision, "課長 二郎", "住民票と確認")], at=NOW)

    after = run(city)
    assert broken(verify_run(after)) == []
    table = pl.read_csv(after / RENUMBERED, infer_schema=False)
    assert table.rows() == [("031", "addressee", "宛名番号", old, "9900000000", decision, "1")]
    assert held["subject"] not in two_persons(after)["subject"].to_list()
    was, now = numbers(before, "031", "addressee"), numbers(after, "031", "addressee")
    assert [(a, b) for a, b in zip(was, now, strict=True) if a != b] == [(old, "9900000000")]
    assert numbers(before, "001", "resident") == numbers(after, "001", "resident")
    assert old in numbers(after, "001", "resident")
