"""The work list of a run: each open issue on the sheet on which a clerk answers it, with the person it is about."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import polars as pl

from pipelines.ledger import classify
from pipelines.ledger.decision_states import ASK_AGAIN, OPEN
from pipelines.reports.disclosure import disclose
from pipelines.reports.run_files import RunFiles

FIX, ADOPT, JUDGE, POLICY, CONFIRM = 1, 2, 3, 4, 5
"""Sheets ① 現行で直す ② 候補を承認 ③ 判断 ④ 方針を決める ⑤ 確認だけ."""

NO_DEPARTMENT = "担当未定"
EMPTY_TEXT = "（空欄）"
BLANKS_TEXT = "（空白だけ）"

_BULK = 1000  # rows of one kind beyond which a clerk decides the kind, not each row
_BULK_CONFIRM = 50
_EXAMPLES = 5
_LONGEST_TEXT = 500
_UNPRINTABLE = [chr(code) for code in (*range(0x0A), *range(0x0B, 0x20), 0x7F, 0xFFFE, 0xFFFF)]

_PERSON = ("number", "household", "name")
_IN_ORDER = ("area_id", "group_id", "file", "record_no", "subject")
"""Key rows as they are read come in any order; what is taken first may not depend on it."""
_REGISTERS = ("001", "031")
_SHOWN = (*_PERSON, "record_key", "item_path", "before", "candidate", "evidence")

WORK_SCHEMA: dict[str, Any] = {
    "issue_id": pl.String, "value_hash": pl.String, "rule_id": pl.String, "rule_version": pl.Int32,
    "department": pl.String, "due": pl.String, "sheet": pl.Int8, "kind_id": pl.String, "kind_hash": pl.String,
    "by_kind": pl.Boolean, "number": pl.String, "household": pl.String, "name": pl.String, "record_key": pl.String,
    "area_id": pl.String, "group_id": pl.String, "item_path": pl.String, "certified": pl.Boolean, "rule": pl.String,
    "before": pl.String, "candidate": pl.String, "evidence": pl.String, "proposed": pl.String, "severity": pl.String,
    "blocks": pl.String, "state": pl.String, "decision_id": pl.String,
}
"""One row an issue. ``before``, ``candidate`` and ``evidence`` are as shown; ``proposed`` is the candidate itself and
never shown. ``number`` is the 宛名番号, ``record_key`` the record's key where that is another one. ``kind_id`` names
rule × area × group × item, ``kind_hash`` the set of issues of that kind in the run; with ``by_kind`` the kind is asked
once instead of the row."""


def build_work_list(run: RunFiles, decisions: pl.DataFrame | None = None) -> pl.DataFrame:
    """All issues of a run, decided or not, ready to be shown (WORK_SCHEMA).

    Args:
        run: The run.
        decisions: The ledger's decisions of now; None takes those frozen into the run.

    Returns:
        Ordered by department, sheet, person (宛名番号), household, item, rule, issue id.
    """
    decisions = run.decisions() if decisions is None else decisions
    issues = run.issues()
    as_of = run.statistics.get("as_of")
    states = classify(
        issues, decisions, as_of=date.fromisoformat(as_of) if as_of else None,
        generation=run.statistics.get("generation"),
    ).select("issue_id", "state", "decision_id")
    rows = _with_people(_with_texts(issues, run), run)
    rows = rows.with_columns(pl.col("candidate").alias("proposed"))
    rows = disclose(rows, ("before", "candidate", "evidence"))
    rows = _with_plain_words(_with_kinds(_with_sheets(rows)))
    return (
        rows.join(states, on="issue_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("state").fill_null(OPEN), pl.col("due").fill_null(""),
            pl.when(pl.col("owner").fill_null("") == "").then(pl.lit(NO_DEPARTMENT)).otherwise(pl.col("owner"))
            .alias("department"),
            *(visible(name).alias(name) for name in _SHOWN),
        )
        .select(pl.col(name).cast(kind) for name, kind in WORK_SCHEMA.items())
        .sort("department", "sheet", "number", "household", "item_path", "rule_id", "issue_id")
    )


def asked(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that stand in the work list: not decided, rejected, stale, expired, or asked for and not done."""
    return rows.filter(pl.col("state").is_in(list(ASK_AGAIN)))


def kinds(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a kind of the rows that are asked by kind.

    Returns:
        department, sheet, kind_id, kind_hash, rule, rule_id, area_id, item_path, certified, count, people, examples
        (up to five, the most frequent first, a line each), has_candidate, due, severity, blocking; ordered by
        department, sheet, count (largest first), rule and item.
    """
    grouped = rows.filter("by_kind")
    arrow = pl.concat_str(pl.col("before"), pl.lit("  →  "), pl.col("candidate"))
    pairs = (
        grouped.with_columns(
            pl.when(pl.col("candidate") == "").then(pl.col("before")).otherwise(arrow).alias("example")
        )
        .group_by("kind_id", "example").agg(pl.len().alias("times"))
        .sort(["kind_id", "times", "example"], descending=[False, True, False])
        .group_by("kind_id", maintain_order=True)
        .agg(
            pl.concat_str(pl.col("example"), pl.format("（{}件）", pl.col("times"))).head(_EXAMPLES).str.join("\n")
            .alias("examples"),
        )
    )
    return (
        grouped.group_by("department", "sheet", "kind_id", "kind_hash")
        .agg(
            pl.col("rule", "rule_id", "area_id", "certified", "due", "severity").first(),
            _without_occurrence("item_path").first().alias("item_path"),
            pl.len().alias("count"), pl.col("number").n_unique().alias("people"),
            (pl.col("candidate") != "").all().alias("has_candidate"),
            (pl.col("blocks") == "release").sum().alias("blocking"),
        )
        .join(pairs, on="kind_id", how="left")
        .sort(["department", "sheet", "count", "rule_id", "item_path", "kind_id"],
              descending=[False, False, True, False, False, False])
    )


def visible(name: str) -> pl.Expr:
    """A value as a cell shows it: null is empty, control characters stand as {hex}, long texts are cut."""
    text = pl.col(name).fill_null("").str.replace_many(_UNPRINTABLE, [f"{{{ord(sign):02X}}}" for sign in _UNPRINTABLE])
    return pl.when(text.str.len_chars() > _LONGEST_TEXT).then(text.str.head(_LONGEST_TEXT) + "…").otherwise(text)


def _without_occurrence(name: str) -> pl.Expr:
    return pl.col(name).str.replace_all(r"[\[(][0-9]+[\])]", "")


def _with_texts(issues: pl.DataFrame, run: RunFiles) -> pl.DataFrame:
    rules = pl.DataFrame(
        [
            (rule, text.get("name_ja") or rule, text.get("ask") or "", text.get("description") or None)
            for rule, text in run.rules.items()
        ],
        schema={"rule_id": pl.String, "rule_name": pl.String, "ask": pl.String, "_says": pl.String}, orient="row",
    )
    default = (
        pl.when(pl.col("action") == "PROPOSE").then(pl.lit("approve"))
        .when(pl.col("action") == "NONE").then(pl.lit("confirm")).otherwise(pl.lit("judge"))
    )
    # An item is looked up in its group, then among the area's source items, then anywhere in the area.
    exact = run.items.rename({"item": "_item", "certified": "_c0", "meaning": "_m0"})
    of_area = (
        run.items.sort(pl.col("group_id") != "", maintain_order=True)
        .group_by("area_id", "item", maintain_order=True)
        .agg(pl.col("certified").any().alias("_c1"), pl.col("meaning").first().alias("_m1"))
        .rename({"item": "_item"})
    )
    return (
        issues.with_columns(_without_occurrence("item_path").alias("_item"), pl.col("group_id").fill_null(""))
        .join(rules, on="rule_id", how="left", maintain_order="left")
        .join(exact, on=["area_id", "group_id", "_item"], how="left", maintain_order="left")
        .join(of_area, on=["area_id", "_item"], how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("_c0", "_c1", pl.lit(False)).alias("certified"),
            pl.coalesce("_m0", "_m1", pl.lit("")).alias("meaning"),
            pl.format("{}\n{}", pl.coalesce("rule_name", "rule_id"), "rule_id").alias("rule"),
            # What the rule asks is the least a clerk needs to know where the finding itself says no more.
            pl.coalesce("evidence", "_says").alias("evidence"),
            pl.when(pl.col("ask").fill_null("") == "").then(default).otherwise(pl.col("ask")).alias("ask"),
        )
    )


def _with_people(rows: pl.DataFrame, run: RunFiles) -> pl.DataFrame:
    keys = run.keys()
    sheltered = run.keys(holding="support_").select("number").drop_nulls().unique().collect()
    homes = (
        run.keys(holding="person_household_number").join(sheltered.lazy(), on="number", how="semi")
        .select("household").drop_nulls()
        .filter(pl.col("household") != "").unique().collect()
    )
    place = ["area_id", "file", "record_no"]
    of_record = (
        # Numbers first: most records are out before their texts are read.
        keys.filter(pl.col("record_no").is_in(rows["record_no"].unique().implode()))
        .join(rows.lazy().select(place).unique(), on=place, how="semi").sort(_IN_ORDER)
        .group_by(place, maintain_order=True).agg(pl.col(*_PERSON).drop_nulls().first()).collect()
    )
    rows = _numbered(rows.join(of_record, on=place, how="left", maintain_order="left"), run, keys)
    # A record without a name of its own (支援措置) is about the person who has that number in the same area.
    nameless = rows.lazy().filter(pl.col("name").is_null()).select("area_id", "number").drop_nulls().unique()
    of_person = (
        keys.join(nameless, on=["area_id", "number"], how="semi").sort(_IN_ORDER)
        .group_by("area_id", "number", maintain_order=True)
        .agg(pl.col("household", "name").drop_nulls().last().name.prefix("_")).collect()
    )
    rows = rows.join(of_person, on=["area_id", "number"], how="left", maintain_order="left").with_columns(
        pl.coalesce("household", "_household").alias("household"), pl.coalesce("name", "_name").alias("name")
    ).drop("_household", "_name")
    rows = rows.join(_members_of_pairs(rows, run, keys), on="issue_id", how="left", maintain_order="left")
    shelter = _is_sheltered(sheltered, homes)
    members = pl.col("_numbers").list.eval(pl.element().is_in(sheltered["number"].implode())).list.any() | (
        pl.col("_households").list.eval(pl.element().is_in(homes["household"].implode())).list.any()
    )
    joined = {"number": "_numbers", "household": "_households", "name": "_names"}
    return rows.with_columns(
        (shelter | members.fill_null(False)).alias("protected"),
        *(
            pl.coalesce(pl.col(listed).list.join("\n"), name).alias(name) for name, listed in joined.items()
        ),
    )


def _numbered(rows: pl.DataFrame, run: RunFiles, keys: pl.LazyFrame) -> pl.DataFrame:
    """Fill the 宛名番号 of rows whose record holds none: from the key where it is a part of it, else from the records
    of the area whose key begins alike (the 期別 of a 通知書番号), if these are all one person's.
    """
    head, at = pl.col("subject").str.extract("^([^/|]*)", 1).alias("_head"), ["area_id", "group_id"]
    rows = rows.join(run.number_places(), on=at, how="left", maintain_order="left").with_columns(
        head,
        pl.coalesce("number", pl.col("subject").str.split("/").list.get(pl.col("place"), null_on_oob=True))
        .alias("number"),
    ).drop("place")
    asked = rows.lazy().filter(pl.col("number").is_null()).select("area_id", "_head").drop_nulls().unique()
    alike = (
        keys.filter(pl.col("number") != "").select("area_id", "number", head)
        .join(asked, on=["area_id", "_head"], how="semi").group_by("area_id", "_head")
        .agg(pl.col("number").first().alias("_alike"), pl.col("number").n_unique().alias("_people"))
        .filter(pl.col("_people") == 1).drop("_people").collect()
    )
    return rows.join(alike, on=["area_id", "_head"], how="left", maintain_order="left").with_columns(
        pl.coalesce("number", "_alike").alias("number")).drop("_head", "_alike")


def _is_sheltered(sheltered: pl.DataFrame, homes: pl.DataFrame) -> pl.Expr:
    return pl.col("number").is_in(sheltered["number"].implode()).fill_null(False) | (
        pl.col("household").is_in(homes["household"].implode()).fill_null(False)
    )


def _members_of_pairs(rows: pl.DataFrame, run: RunFiles, keys: pl.LazyFrame) -> pl.DataFrame:
    """Who the members of a pair or cluster are: issue_id and the lists _numbers, _households, _names ("" = none)."""
    members = (
        rows.filter(pl.col("subject").str.contains("|", literal=True))
        .select("issue_id", "area_id", "group_id", pl.col("subject").str.split("|")).explode("subject")
        .join(run.number_places(), on=["area_id", "group_id"], how="left", maintain_order="left")
        .with_row_index("_member")
    )
    found = (
        keys.join(members.lazy().select("subject").unique(), on="subject", how="semi").sort(_IN_ORDER)
        .select("subject", *_PERSON, _area="area_id", _group="group_id").collect()
    )
    # The same key may stand in several areas and mean others there (a 通知書番号): the finding's own group comes first,
    # then its area, then the registers of persons.
    here = pl.col("_area") == pl.col("area_id")
    rank = (
        pl.when(here & (pl.col("_group") == pl.col("group_id"))).then(0).when(here).then(1)
        .when(pl.col("_area").is_in(_REGISTERS)).then(2).otherwise(3)
    )
    of_member = (
        members.select("_member", "subject", "area_id", "group_id")
        .join(found, on="subject", how="inner", maintain_order="left_right").with_columns(rank.alias("_rank"))
        .filter(pl.col("_rank") == pl.col("_rank").min().over("_member"))
        .group_by("_member", maintain_order=True).agg(pl.col(*_PERSON).drop_nulls().first())
    )
    return (
        members.join(of_member, on="_member", how="left", maintain_order="left")
        .with_columns(pl.coalesce("number", pl.col("subject").str.split("/").list.get(
            pl.col("place"), null_on_oob=True)).alias("number"))
        .group_by("issue_id", maintain_order=True)
        .agg(pl.col(name).fill_null("").alias(f"_{name}s") for name in _PERSON)
    )


def _with_plain_words(rows: pl.DataFrame) -> pl.DataFrame:
    """Say what a blank cell would leave open: an empty value, and what a row that is about no person is about."""
    before, item = pl.col("before").fill_null(""), pl.col("item_path").fill_null("")
    # Findings about a file or a figure of the city have a subject, but no record and no person.
    impersonal = pl.col("record_no").is_null() & ~pl.col("subject").str.contains("|", literal=True).fill_null(False)
    return rows.with_columns(
        pl.when((before == "") & (item != "")).then(pl.lit(EMPTY_TEXT))
        .when((before != "") & (before.str.strip_chars() == "")).then(pl.lit(BLANKS_TEXT))
        .otherwise(pl.col("before")).alias("before"),
        pl.when(impersonal).then(None).otherwise(pl.col("number")).alias("number"),
        _record_key(impersonal).alias("record_key"),
        pl.when(impersonal).then(pl.col("subject")).otherwise(pl.col("item_path")).alias("item_path"),
    )


def _record_key(impersonal: pl.Expr) -> pl.Expr:
    """The key of the record in its own words, a line a member of a pair; nothing where it is the 宛名番号 alone, or the
    digest that stands for a record without a readable key.
    """
    subject = pl.col("subject").fill_null("")
    unsaid = impersonal | subject.str.starts_with("record:") | (subject == pl.col("number").fill_null(""))
    return pl.when(unsaid).then(pl.lit("")).otherwise(subject.str.replace_all("|", "\n", literal=True))


def _with_sheets(rows: pl.DataFrame) -> pl.DataFrame:
    ask, certified = pl.col("ask"), pl.col("certified")
    has_candidate = pl.col("candidate").fill_null("") != ""
    return rows.with_columns(
        pl.when(ask == "fix_at_source").then(FIX)
        .when((ask == "approve") & certified).then(FIX)
        .when((ask == "approve") & has_candidate).then(ADOPT)
        .when(ask == "policy").then(POLICY)
        .when(ask == "confirm").then(CONFIRM)
        .otherwise(JUDGE).cast(pl.Int8).alias("sheet")
    )


def _with_kinds(rows: pl.DataFrame) -> pl.DataFrame:
    parts = ["area_id", "group_id", "_item", "rule_id", "owner"]
    table = (
        rows.sort("issue_id").group_by(parts, maintain_order=True)
        .agg(pl.len().alias("_size"), pl.concat_str("issue_id", "value_hash").alias("_members"))
    )
    ids = [_digest("|".join(str(part) for part in row)) for row in table.select(parts).iter_rows()]
    hashes = [_digest("".join(members)) for members in table["_members"].to_list()]
    table = table.drop("_members").with_columns(
        pl.Series("kind_id", ids, dtype=pl.String), pl.Series("kind_hash", hashes, dtype=pl.String)
    )
    sheet, size = pl.col("sheet"), pl.col("_size")
    return (
        rows.join(table, on=parts, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            pl.when(sheet.is_in([ADOPT, JUDGE]) & (size > _BULK)).then(pl.lit(POLICY, dtype=pl.Int8)).otherwise(sheet)
            .alias("sheet")
        )
        .with_columns(((sheet == POLICY) | ((sheet == CONFIRM) & (size > _BULK_CONFIRM))).alias("by_kind"))
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
