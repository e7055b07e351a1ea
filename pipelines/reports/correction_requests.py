"""RPT-13 修正依頼リスト and RPT-13b 住所一括変更: what the present system is asked to correct, and what became of it.

Certified items (住民票記載事項) are never rewritten on the way: an approved 修正依頼 leaves the ledger as a row of the
list, is 依頼中 until the next extract, and then 対応済 (the finding is gone) or 未反映 (the same value came again). A
request whose value changed and is still at fault is 失効 and asked about anew.

The files for 住所一括変更 (標準仕様書 9.7: 世帯番号＋変更前＋変更後, 本籍 by 宛名番号) hold only requests that pass the
変更前一致 check: the value the request was made on is the one this extract shows, for every member of the household.
Everybody else is listed as 除外者 with the reason. Addresses of people under 支援措置 stand in neither file.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.ledger.decision_states import NOT_DONE, REQUESTED, STALE, unmatched
from pipelines.ledger.matching import matches
from pipelines.reports.disclosure import PROTECTED_TEXT
from pipelines.reports.run_files import RunFiles
from pipelines.reports.work_list import NO_DEPARTMENT, build_work_list

DONE = "対応済"
UNSEEN = "未確認"
"""A request of an area that this run did not read: nothing can be said of it."""

REQUEST_SCHEMA: dict[str, Any] = {
    "request_no": pl.String, "department": pl.String, "area_id": pl.String, "number": pl.String,
    "household": pl.String, "name": pl.String, "item": pl.String, "meaning": pl.String, "before": pl.String,
    "wished": pl.String, "kind": pl.String, "basis": pl.String, "reason": pl.String, "asked_on": pl.String,
    "reference": pl.String, "proposer": pl.String, "approver": pl.String, "due": pl.String, "state": pl.String,
    "subject": pl.String, "auto_changed": pl.Boolean,
}
"""One row a request. ``request_no`` is the decision's id (修正依頼番号); ``before`` as shown; ``wished`` the value
asked for ("" = to be looked up); ``kind`` 軽微な修正, 職権修正 or 誤記の訂正, as a proposal; ``state`` 依頼中, 未反映,
失効, 対応済 or 未確認; ``auto_changed``: the run changed the form of this value, so that the register's may read
otherwise."""

_TOWN, _LOT, _BUILDING = "address.town", "address.lot", "address.building"
_HONSEKI = "person.honseki"


@dataclass(frozen=True, slots=True)
class BulkChange:
    """住所一括変更: ``present`` (世帯番号, 変更前, 変更後), ``honseki`` (宛名番号, 変更前, 変更後) and ``excluded``
    (宛名番号, 世帯番号, 依頼番号, 項目, 理由).
    """

    present: pl.DataFrame
    honseki: pl.DataFrame
    excluded: pl.DataFrame


@cache
def correction_kinds() -> Mapping[str, str]:
    """Beginning of a rule id → what its correction is, from ``correction_kinds.csv``."""
    text = resources.files("pipelines.reports").joinpath("correction_kinds.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["begins"]: row["kind"] for row in rows}


def correction_kind(rule_id: str) -> str:
    """What the correction of a rule's finding is.

    >>> correction_kind("ADR-011"), correction_kind("ADR-001"), correction_kind("HSE-004")
    ('軽微な修正', '誤記の訂正', '職権修正')
    """
    fits = [begins for begins in correction_kinds() if rule_id.startswith(begins)]
    return correction_kinds()[max(fits, key=len)] if fits else "職権修正"


def build_requests(run: RunFiles, decisions: pl.DataFrame, earlier: Sequence[RunFiles] = ()) -> pl.DataFrame:
    """Every approved correction request with its state in a run (REQUEST_SCHEMA).

    Args:
        run: The run whose extract answers.
        decisions: The ledger's decisions of now (DECISION_SCHEMA).
        earlier: Runs before it, newest first: they say what a request was about whose finding is gone.

    Returns:
        Ordered by department, state, number, item and request.
    """
    issues = run.issues()
    requests = decisions.filter((pl.col("kind") == "send_back") & (pl.col("state") == "approved"))
    # A policy (すべて現行で直す) asks for each issue that it fits, with the issue's own candidate.
    found = matches(issues, requests.filter(pl.col("scope") != "record")).join(
        issues.select("issue_id", "candidate"), on="issue_id", how="left"
    )
    places = pl.concat([
        requests.filter(pl.col("scope") == "record").select(
            "id", issue_id=pl.col("selector").str.json_path_match("$.issue_id"), candidate=pl.lit(None, dtype=pl.String)
        ),
        found.select("issue_id", "candidate", id="decision_id").select("id", "issue_id", "candidate"),
    ])
    asked = requests.join(places, on="id", how="inner").select(
        pl.col("id").alias("request_no"), "issue_id",
        pl.coalesce("value", "candidate").fill_null("").alias("wished"), pl.col("reason").fill_null("").alias("reason"),
        pl.col("decided_at").fill_null("").str.head(10).alias("asked_on"),
        pl.col("decided_reference").fill_null("").alias("reference"), "proposer",
        pl.col("approver").fill_null("").alias("approver"), pl.col("expires").fill_null("").alias("_expires"),
    )
    if asked.is_empty():
        return pl.DataFrame(schema=REQUEST_SCHEMA)
    rows = build_work_list(run, decisions)
    frames = [
        _described(rows, run).join(asked, on="issue_id", how="inner").filter(
            pl.col("decision_id").is_null() | (pl.col("decision_id") == pl.col("request_no"))
        )
    ]
    gone = asked.join(rows.select("issue_id"), on="issue_id", how="anti")
    done = unmatched(issues, decisions)["decision_id"]
    areas = list(run.statistics.get("areas", {}))
    for before in earlier:
        if gone.is_empty():
            break
        old = _described(build_work_list(before, decisions), before).join(gone, on="issue_id", how="inner")
        answered = pl.col("area_id").is_in(areas) & pl.col("request_no").is_in(done.implode())
        frames.append(old.with_columns(pl.when(answered).then(pl.lit(DONE)).otherwise(pl.lit(UNSEEN)).alias("state")))
        gone = gone.join(old.select("issue_id"), on="issue_id", how="anti")
    unknown = gone.with_columns(
        pl.lit(UNSEEN).alias("state"), pl.lit(NO_DEPARTMENT).alias("department"),
        *(pl.lit("").alias(name) for name in (
            "area_id", "number", "household", "name", "item", "meaning", "before", "kind", "basis", "due", "subject",
        )),
        pl.lit(False).alias("auto_changed"),
    )  # fmt: skip
    parts = [
        frame.with_columns(pl.when(pl.col("_expires") == "").then("due").otherwise("_expires").alias("due"))
        for frame in (*frames, unknown)
    ]
    hidden = pl.col("before").str.contains(PROTECTED_TEXT, literal=True)
    return (
        pl.concat([part.select(pl.col(n).cast(t) for n, t in REQUEST_SCHEMA.items()) for part in parts])
        .with_columns(pl.when(hidden).then(pl.lit(PROTECTED_TEXT)).otherwise(pl.col("wished")).alias("wished"))
        .sort("department", "state", "number", "item", "request_no")
    )


def _described(rows: pl.DataFrame, run: RunFiles) -> pl.DataFrame:
    kinds = {rule: correction_kind(rule) for rule in rows["rule_id"].unique()}
    meanings = run.items.select(
        pl.col("area_id"), pl.col("group_id"), pl.col("item"), pl.col("meaning").fill_null("")
    ).unique(["area_id", "group_id", "item"], keep="first", maintain_order=True)
    subjects = run.issues().select("issue_id", "subject", "file", "record_no")
    changed = _changed_cells(run)
    basis = pl.concat_str(pl.col("rule").str.replace_all("\n", " "), pl.col("evidence").fill_null(""), separator="　")
    return (
        rows.with_columns(
            pl.col("item_path").str.replace_all(r"[\[(][0-9]+[\])]", "").alias("item"),
            pl.col("rule_id").replace_strict(kinds, default="", return_dtype=pl.String).alias("kind"),
            basis.str.strip_chars().alias("basis"),
        )
        .join(meanings, on=["area_id", "group_id", "item"], how="left", maintain_order="left")
        .join(subjects, on="issue_id", how="left", maintain_order="left")
        .join(changed, on=["area_id", "file", "record_no", "item"], how="left", maintain_order="left")
        .with_columns(pl.col("meaning").fill_null(""), pl.col("auto_changed").fill_null(False))
    )


def _changed_cells(run: RunFiles) -> pl.DataFrame:
    """Cells whose form the run changed: area_id, file, record_no, item, auto_changed (columns changed as a whole are
    not among them: their change is a matter of width alone).
    """
    schema = {"area_id": pl.String, "file": pl.String, "record_no": pl.Int64, "item": pl.String}
    frames = [pl.DataFrame(schema=schema)]
    for path in sorted((run.folder / "changes").glob("*/*.parquet")):
        columns = pl.read_parquet_schema(path)
        if {"file", "record_no", "item", "before"} <= set(columns):
            frames.append(
                pl.scan_parquet(path)
                .select(pl.lit(path.parent.name).alias("area_id"), pl.col("file").cast(pl.String),
                        pl.col("record_no").cast(pl.Int64), pl.col("item").cast(pl.String))
                .unique().collect()
            )  # fmt: skip
    return pl.concat(frames).unique().with_columns(pl.lit(True).alias("auto_changed"))


def bulk_changes(run: RunFiles, requests: pl.DataFrame) -> BulkChange:
    """The rows of 住所一括変更 that pass the 変更前一致 check, and who does not.

    Args:
        run: The run of the requests.
        requests: From :func:`build_requests`; addresses and 本籍 that are not 対応済 are looked at.
    """
    present: list[tuple[str, str, str]] = []
    honseki: list[tuple[str, str, str]] = []
    excluded: list[tuple[str, str, str, str, str]] = []
    about = requests.filter(
        pl.col("meaning").is_in([_TOWN, _LOT, _BUILDING, _HONSEKI]),
        pl.col("state").is_in([REQUESTED, NOT_DONE, STALE]),
    )
    homes = _homes(run, about)
    by_household: dict[str, list[dict[str, Any]]] = {}
    for row in about.iter_rows(named=True):
        why = _refused(row)
        if not why and row["meaning"] != _HONSEKI and not row["household"]:
            why = "世帯番号がありません"
        if why:
            excluded.append((row["number"], row["household"], row["request_no"], row["item"], why))
        elif row["meaning"] == _HONSEKI:
            honseki.append((row["number"], row["before"], row["wished"]))
        else:
            by_household.setdefault(row["household"], []).append(row)
    for household, rows in sorted(by_household.items()):
        members = homes.get(household, {})
        changed, why = _changed_home(rows, members)
        if changed is None:
            excluded += [(r["number"], household, r["request_no"], r["item"], why) for r in rows]
            continue
        before, after = changed
        present.append((household, _written(before), _written(after)))
        excluded += [
            (number, household, "", "", "変更前が現値と異なります")
            for number, home in sorted(members.items()) if home != before
        ]  # fmt: skip
    return BulkChange(
        pl.DataFrame(sorted(present), schema=dict.fromkeys(("世帯番号", "変更前", "変更後"), pl.String), orient="row"),
        pl.DataFrame(sorted(honseki), schema=dict.fromkeys(("宛名番号", "変更前", "変更後"), pl.String), orient="row"),
        pl.DataFrame(
            sorted(excluded),
            schema=dict.fromkeys(("宛名番号", "世帯番号", "依頼番号", "項目", "除外の理由"), pl.String), orient="row",
        ),
    )  # fmt: skip


def _refused(row: Mapping[str, Any]) -> str:
    if row["before"] == PROTECTED_TEXT:
        return "支援措置のため別に扱います"
    if row["state"] == STALE:
        return "変更前が現値と異なります"
    if not row["wished"]:
        return "変更後の値が決まっていません"
    return "移行側で表記をそろえた値です。現行の値を確かめてください" if row["auto_changed"] else ""


def _homes(run: RunFiles, about: pl.DataFrame) -> dict[str, dict[str, tuple[str, str, str]]]:
    """Household → 宛名番号 → 町字, 番地 and 方書 of the present residents in it, from the run's key rows."""
    households = about.filter(pl.col("meaning") != _HONSEKI)["household"].unique().implode()
    parts = ("address_town", "address_lot", "address_building")
    homes: dict[str, dict[str, tuple[str, str, str]]] = {}
    for path in sorted((run.folder / "keys").glob("*/*.parquet")):
        columns = set(pl.read_parquet_schema(path))
        if not {"person_number", "person_household_number", *parts[:2]} <= columns:
            continue
        there = pl.scan_parquet(path).filter(pl.col("person_household_number").is_in(households))
        if "person_status" in columns:
            there = there.filter(pl.col("person_status").fill_null("1") == "1")
        rows = there.select(
            "person_household_number", "person_number",
            *(pl.col(part).fill_null("") if part in columns else pl.lit("").alias(part) for part in parts), "subject",
        ).sort("subject").collect()  # fmt: skip
        # The last row of a person is the present one: subjects end in the number of the history row.
        for household, number, town, lot, building, _ in rows.iter_rows():
            homes.setdefault(household, {})[number] = (town, lot, building)
    return homes


def _changed_home(
    rows: Sequence[Mapping[str, Any]], members: Mapping[str, tuple[str, str, str]]
) -> tuple[tuple[tuple[str, str, str], tuple[str, str, str]] | None, str]:
    """The household's address before and after all its requests, or why there is none."""
    places = {_TOWN: 0, _LOT: 1, _BUILDING: 2}
    homes = {members[row["number"]] for row in rows if row["number"] in members}
    if len(homes) != 1 or any(row["number"] not in members for row in rows):
        return None, "世帯の現住所が一つに決まりません"
    before = homes.pop()
    wishes: dict[int, str] = {}
    for row in rows:
        place = places[row["meaning"]]
        if before[place] != row["before"]:
            return None, "変更前が現値と異なります"
        if wishes.setdefault(place, row["wished"]) != row["wished"]:
            return None, "世帯の中で変更後が一致しません"
    town, lot, building = (wishes.get(place, before[place]) for place in range(3))
    return (before, (town, lot, building)), ""


def _written(home: tuple[str, str, str]) -> str:
    town, lot, building = home
    return f"{town}{lot}\u3000{building}" if building else town + lot


def write_bulk_changes(changes: BulkChange, folder: Path) -> list[Path]:
    """Write the three files (UTF-8 with BOM, CRLF, every field quoted); empty ones have their header only."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in (
        ("住所一括変更_現住所", changes.present), ("住所一括変更_本籍", changes.honseki),
        ("住所一括変更_除外者", changes.excluded),
    ):
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writerow(frame.columns)
            writer.writerows(frame.iter_rows())
        written.append(path)
    return written
