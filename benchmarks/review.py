"""How fast ``ikou review`` answers at 1,000,000 issues and 200,000 decisions.

    python benchmarks/review.py [--issues N] [--decisions N]

Makes a run and a ledger of made-up rows in a temporary folder, opens the application in this process and asks for
pages. Prints CPU milliseconds (process time: two threads count twice) and wall milliseconds: of the first time a page
is asked for, then the best and the median of the times after it, when the counts of its facets are known already. The
wall clock means something on an idle machine only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from starlette.testclient import TestClient

from pipelines.ledger import Approval, Proposal, open_ledger
from pipelines.review.accounts import Account
from pipelines.review.app import create_app
from pipelines.review.desk import Desk
from rules.contract import ISSUE_SCHEMA

RULES = [f"{family}-{number:03d}" for family in ("NAM", "ADR", "DAT", "COD", "HSE", "MOJ") for number in range(1, 11)]
AT = datetime(2026, 5, 1, tzinfo=UTC)
LIMITS = {"first page": 300, "facet change": 1000}


def make(data: Path, issues: int, decisions: int) -> None:
    """A run of ``issues`` rows and a ledger that decided ``decisions`` of them."""
    run = data / "runs" / "0001-g1"
    (run / "issues").mkdir(parents=True)
    (run / "keys/001").mkdir(parents=True)
    number = pl.int_range(issues, eager=True)
    people = issues // 3
    frame = pl.DataFrame({"n": number}).with_columns(
        person=pl.col("n") % people, rule=pl.col("n").hash(1) % len(RULES), item=pl.col("n").hash(2) % 20,
    )
    rows = frame.select(
        issue_id=pl.format("{}{}", pl.lit("0" * 24), pl.col("n").cast(pl.String).str.zfill(8)),
        value_hash=pl.lit("h" * 32), rule_id=pl.Series(RULES)[frame["rule"].to_list()],
        rule_version=pl.lit(1, pl.Int32), source=pl.lit("jumin"), area_id=pl.lit("001"), group_id=pl.lit("resident"),
        subject=pl.format("{}/001", pl.col("person").cast(pl.String).str.zfill(10)),
        item_path=pl.format("項目{}", pl.col("item")), file=pl.lit("JUMIN.dat"),
        record_no=(pl.col("person") + 1).cast(pl.Int64), byte_offset=pl.col("person") * 900,
        raw_bytes=pl.lit(b"\x01\x02\x03\x04"), before=pl.format("値{}", pl.col("n") % 5000),
        candidate=pl.when(pl.col("n") % 2 == 0).then(pl.format("候補{}", pl.col("n") % 5000)),
        severity=pl.Series(["E", "W", "I"])[(frame["n"] % 3).to_list()], action=pl.lit("REVIEW"),
        blocks=pl.when(pl.col("n") % 7 == 0).then(pl.lit("release")).otherwise(pl.lit("none")),
        confidence=pl.lit(""), evidence=pl.lit("手がかり"), owner=pl.lit("市民課"), due=pl.lit("2026-05-29"),
    )
    rows.select(list(ISSUE_SCHEMA)).cast(pl.Schema(ISSUE_SCHEMA)).write_parquet(run / "issues/001.parquet")
    pl.DataFrame({"n": pl.int_range(people, eager=True)}).select(
        file=pl.lit("JUMIN.dat"), record_no=pl.col("n") + 1,
        subject=pl.format("{}/001", pl.col("n").cast(pl.String).str.zfill(10)),
        person_number=pl.col("n").cast(pl.String).str.zfill(10),
        person_household_number=pl.format("H{}", pl.col("n") // 3), person_name=pl.format("氏名{}", pl.col("n")),
        address_town=pl.format("町{}", pl.col("n") % 300),
    ).write_parquet(run / "keys/001/resident.parquet")
    statistics_ = {
        "city": {"name": "測定市", "code": "012025"}, "generation": "g1", "as_of": "2026-04-01", "gates": [],
        "issues": {"total": issues, "open": issues, "individual": issues},
    }
    for name, content in (
        ("statistics.json", statistics_), ("manifest.json", {"run_id": "0001-g1"}),
        ("rules.json", {r: {"name_ja": f"規則{r}", "description": ""} for r in RULES}),
        ("items.json", [{"area": "001", "group": "resident", "item": f"項目{n}", "certified": n % 5 == 0,
                         "owner": "市民課", "meaning": "none"} for n in range(20)]),
    ):
        (run / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    with open_ledger(data) as ledger:
        said = [
            Proposal(row["rule_id"], 1, row["issue_id"], row["value_hash"], "accept_as_is", "tanaka", "測定",
                     generation="g1")
            for row in rows.head(decisions).iter_rows(named=True)
        ]
        ids = ledger.propose(said, at=AT)
        ledger.decide([Approval(id_, "suzuki", reason="可") for id_ in ids], at=AT)


def ask(client: TestClient, name: str, path: str, times: int = 7) -> None:
    """Ask for a page and print how long it took."""
    cpu, wall = [], []
    for _ in range(times):
        at, began = time.process_time(), time.perf_counter()
        answer = client.get(path)
        cpu.append((time.process_time() - at) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
    limit = LIMITS.get(name.split(":", maxsplit=1)[0])
    said = f"  (limit {limit} ms)" if limit else ""
    print(f"{name:32} cpu first {cpu[0]:6.0f} then {min(cpu[1:]):6.0f} {statistics.median(cpu[1:]):6.0f}"
          f"   wall first {wall[0]:6.0f} then {min(wall[1:]):6.0f} {statistics.median(wall[1:]):6.0f}{said}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--issues", type=int, default=1_000_000)
    parser.add_argument("--decisions", type=int, default=200_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ikou-bench-") as folder:
        data = Path(folder)
        began = time.perf_counter()
        make(data, wanted.issues, wanted.decisions)
        print(f"made {wanted.issues:,} issues, {wanted.decisions:,} decisions in {time.perf_counter() - began:.0f} s")
        desk = Desk(data, areas={"001": "住民基本台帳"}, departments={"市民課": ("001",)})
        desk.accounts.save(Account("tanaka", "田中", "department", ("001",)), "correct-horse-9")
        began, at = time.perf_counter(), time.process_time()
        desk.store()
        print(f"opened in {time.perf_counter() - began:.1f} s wall, {time.process_time() - at:.1f} s cpu")
        client = TestClient(create_app(desk))
        client.post("/login", data={"login": "tanaka", "password": "correct-horse-9"})
        ask(client, "first page: /queue", "/queue")
        ask(client, "first page: /", "/")
        ask(client, "facet change: rule", "/queue?rule=NAM-001")
        ask(client, "facet change: severity+town", "/queue?severity=E&town=町7")
        ask(client, "facet change: all states", "/queue?state=*")
        ask(client, "facet change: page 10,000", "/queue?state=*&page=10000")
        ask(client, "issue", f"/issue/{'0' * 24}{wanted.issues - 1:08d}")
        ask(client, "decisions", "/decisions")
        ask(client, "approvals", "/approvals")
        form = client.get(f"/issue/{'0' * 24}{wanted.issues - 2:08d}").text
        token = form.split('name="csrf" value="')[1].split('"')[0]
        at, began = time.process_time(), time.perf_counter()
        client.post(f"/issue/{'0' * 24}{wanted.issues - 2:08d}/decide", data={
            "csrf": token, "kind": "accept_as_is", "reason": "測定", "scope": "record",
        }, follow_redirects=False)
        print(f"propose one: cpu {(time.process_time() - at) * 1000:.0f} ms, "
              f"wall {(time.perf_counter() - began) * 1000:.0f} ms")
        desk.close()


if __name__ == "__main__":
    main()
