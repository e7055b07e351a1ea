"""What a schedule starts: a dry run of what is new, told without a value; nothing where nothing is new."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

pytestmark = [pytest.mark.flow, pytest.mark.long, pytest.mark.usefixtures("prefect_api")]


def test_the_deployments_are_all_areas_then_each_in_dependency_order(small_city):
    from pipelines.flows.serving import deployments_of
    from pipelines.project.definition import load_definition
    from pipelines.project.loading import load_project

    schedule = '\n[schedule]\nall = "0 2 * * *"\nareas = {"031" = "0 3 * * 6"}\n'
    with (small_city / "ikou.toml").open("a", encoding="utf-8") as stream:
        stream.write(schedule)
    order = load_project(small_city, source_only=False).areas_in_order()
    told = deployments_of(small_city, load_definition(small_city), order)
    assert [one["name"] for one in told] == ["00-all", *(f"{n:02d}-area-{a}" for n, a in enumerate(order, 1))]
    assert {one["name"]: one["cron"] for one in told if one["cron"]} == {
        "00-all": "0 2 * * *", f"{order.index('031') + 1:02d}-area-031": "0 3 * * 6",
    }


def test_a_scheduled_run_tells_counts_and_the_next_one_finds_nothing_new(small_city, tmp_path):
    from pipelines.flows.scheduled import dry_run

    letter = tmp_path / "letter.txt"
    notice = f'\n[schedule]\nmail = ["sh", "-c", "cat > {letter}"]\nwebhook = "http://127.0.0.1:9/nobody"\n'
    with (small_city / "ikou.toml").open("a", encoding="utf-8") as stream:
        stream.write(notice)
    first = dry_run(str(small_city), "全業務", [])
    told = letter.read_text(encoding="utf-8")
    assert f"run: {first}" in told
    assert "open: " in told
    data = small_city.parent / f"{small_city.name}-data"
    run = data / "runs" / first
    names = pl.read_ipc(run / "standard/001/resident.arrow", columns=["氏名", "宛名番号"]).drop_nulls()
    for row in names.head(200).iter_rows():
        assert not [value for value in row if value in told]
    letter.unlink()
    assert dry_run(str(small_city), "全業務", []) == first
    assert not letter.exists()
    assert len(list(Path(data / "runs").glob("[!.]*"))) == 1
