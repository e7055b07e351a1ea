"""A difference with a lawful reason is told by its reason: 理由付き, neither 差0 nor 指摘."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from pipelines.reports import meeting_tables
from pipelines.reports.run_files import RunFiles

LINE = {"area": "014", "identity": "levied", "rule_id": "REF-010", "group_id": "collection", "note": "調定が違う",
        "state": "checked", "why": "", "rows": 9, "findings": 0, "explained": 0, "reasons": ""}  # fmt: skip
REASONED = {**LINE, "explained": 3, "reasons": "更正 2件、減免 1件"}


def _told(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: dict[str, Any]) -> tuple[str, list[str]]:
    monkeypatch.setattr(meeting_tables, "area_label", lambda run, area: area)
    (folder / "reconcile").mkdir()
    pl.DataFrame(list(lines)).write_parquet(folder / "reconcile" / "identities.parquet")
    run = cast("RunFiles", SimpleNamespace(folder=folder))
    ((row),) = meeting_tables.identity_table(run) or []
    return row["verdict"], row["told"]


@pytest.mark.parametrize(
    ("lines", "verdict", "told"),
    [
        ([LINE], "差0", []),
        ([LINE, REASONED], "理由付き", ["理由付き 更正 2件、減免 1件"]),
        ([{**LINE, "findings": 4}, REASONED], "指摘", ["調定が違う 4件", "理由付き 更正 2件、減免 1件"]),
        ([REASONED, {**LINE, "state": "not_run", "why": "013 を実行していない", "findings": None}], "未実施",
         ["理由付き 更正 2件、減免 1件", "未実施 1：013 を実行していない"]),
    ],
)  # fmt: skip
def test_reasons_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[dict[str, Any]], verdict: str, told: list[str]
) -> None:
    assert _told(tmp_path, monkeypatch, *lines) == (verdict, told)


def test_a_run_of_an_earlier_version_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    former = {name: value for name, value in LINE.items() if name not in ("explained", "reasons")}
    assert _told(tmp_path, monkeypatch, former) == ("差0", [])
