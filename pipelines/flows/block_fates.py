"""The records of a block beside their rows: fates, what is isolated, what was received, what the city counts itself."""

from __future__ import annotations

from typing import Any

import polars as pl

from layouts.records.blocks import DecodedBlock
from pipelines.errors import LawBroken
from pipelines.flows.block_tally import Tally
from pipelines.flows.plan import SourcePlan
from pipelines.steps.exclude import FATE_SCHEMA, Kept
from pipelines.steps.figures import count_source
from pipelines.steps.key_relations import holds_support
from pipelines.steps.register import issue_rows
from pipelines.steps.write import PartWriter
from rules.contract import BYTE_OFFSET, RECORD_NO, WHOLE_FINDING_SCHEMA
from rules.faults import fault_rules

NOT_KEYED = "NUL-001"
"""The rule a record is isolated under when its key is blank: 宛名番号 may not be empty."""


ISOLATED_SCHEMA: dict[str, Any] = {
    "source": pl.String,
    "file": pl.String,
    "record_no": pl.Int64,
    "byte_offset": pl.Int64,
    "reason": pl.String,
    "rule_id": pl.String,
    "raw_bytes": pl.Binary,
    "subject": pl.String,
    "person_number": pl.String,
    "household_number": pl.String,
}
"""``subject`` is that of the record's issue; the two numbers stand where they could be read: what refers to them refers
to an isolated record and is no orphan."""


RECEIVED_SCHEMA: dict[str, Any] = {
    "group_id": pl.String,
    "source": pl.String,
    "file": pl.String,
    "record_no": pl.Int64,
    "byte_offset": pl.Int64,
    "subject": pl.String,
}


FATE_FILE_SCHEMA: dict[str, Any] = {"source": pl.String, "file": pl.String, **FATE_SCHEMA, "rows": pl.Int32}


def write_received_support(plan: SourcePlan, file: str, block: DecodedBlock, writer: PartWriter) -> None:
    """Name every support measure as decoded, before any scope, rule or decision: HSE-021 asks for each of them."""
    if not holds_support(item.meaning for item in plan.source.items.values()):
        return
    writer.add(
        "support_received",
        pl.concat([block.table, block.unkeyed])
        .sort(RECORD_NO)
        .select(
            group_id=pl.lit(plan.targets[0].group_id if plan.targets else ""),
            source=pl.lit(plan.source.id),
            file=pl.lit(file),
            record_no=RECORD_NO,
            byte_offset=BYTE_OFFSET,
            subject=pl.concat_str([pl.col(k) for k in plan.source.key], separator="/", ignore_nulls=True),
        )
        .cast(pl.Schema(RECEIVED_SCHEMA)),
    )


def take_figures(plan: SourcePlan, file: str, block: DecodedBlock, kept: Kept, writer: PartWriter) -> None:
    """Add up what the city's own figures count, from the decoded records and before anything is done to them."""
    if not plan.figures:
        return
    table = pl.concat([block.table, block.unkeyed], how="diagonal_relaxed")
    fate = table.select(record_no=RECORD_NO).join(kept.fates, on="record_no", how="left", maintain_order="left")["fate"]
    unkeyed = pl.repeat("isolated", block.unkeyed.height, dtype=pl.String, eager=True)
    fates = pl.concat([fate.head(block.table.height).fill_null("converted"), unkeyed])
    subject = table.select(pl.concat_str(plan.source.key, separator="/", ignore_nulls=True)).to_series()
    found = count_source(table, plan.figures, fates, subject, block.faults)
    writer.add("figures", found.counted)
    writer.add(
        "not_numbers",
        found.not_numbers.select(pl.lit(plan.source.id).alias("source"), pl.lit(file).alias("file"), pl.all()),
    )


def _isolated_subjects(plan: SourcePlan, isolated: pl.DataFrame) -> list[str]:
    return [plan.register.identity.value_hash(raw.hex()) for raw in isolated["raw_bytes"]]


def _isolation_rules(plan: SourcePlan) -> pl.Expr:
    rules = {f: r for f, r in fault_rules().items() if plan.rules.catalogue[r].action != "AUTO"}
    return pl.col("fault").replace_strict(rules, default=NOT_KEYED, return_dtype=pl.String)


def issues_of_isolated(plan: SourcePlan, file: str, isolated: pl.DataFrame, writer: PartWriter, tally: Tally) -> None:
    """One issue a record that cannot be keyed: its subject is a keyed hash of its bytes, so it is not carried over."""
    if isolated.is_empty():
        return
    hashes = _isolated_subjects(plan, isolated)
    located = isolated.select(
        "record_no",
        "byte_offset",
        area=pl.lit(plan.area_id),
        group_id=pl.lit(""),
        source=pl.lit(plan.source.id),
        file=pl.lit(file),
        subject=pl.Series([f"record:{h}" for h in hashes], dtype=pl.String),
        rule_id=_isolation_rules(plan),
        item="item",
        reason="fault",
        about=pl.Series(hashes, dtype=pl.String),
        evidence=pl.format("隔離: {}", "fault"),
        **{name: pl.lit(None, dtype=pl.String) for name in ("before", "candidate")},
    ).with_columns(raw_bytes=pl.lit(None, dtype=pl.Binary))
    issues = issue_rows(located.select([*WHOLE_FINDING_SCHEMA, "raw_bytes"]), plan.register)
    # Some of these rules stop a whole file when its framing is at fault; here one record is, and it is apart already.
    issues = issues.with_columns(blocks=pl.lit("record"))
    tally.add_counts(tally.found, issues["rule_id"])
    tally.add_counts(tally.open, issues["rule_id"])
    writer.add("issues", issues)


def write_fates(
    plan: SourcePlan,
    file: str,
    block: DecodedBlock,
    kept: pl.DataFrame,
    unkeyed: pl.DataFrame,
    fates: pl.DataFrame,
    rows_of: pl.Series,
    writer: PartWriter,
    tally: Tally,
    source: str,
) -> None:
    """Write one fate for every record of a block, and the isolated records; a second fate of a record breaks law 1."""
    converted = kept.select(
        record_no=RECORD_NO, fate=pl.lit("converted"), reason=pl.lit(None, dtype=pl.String)
    ).with_columns(rows=rows_of)
    apart = block.apart.select("record_no", "fate", reason="fault", rows=pl.lit(0, dtype=pl.Int32))
    excluded = fates.with_columns(rows=pl.lit(0, dtype=pl.Int32))
    every = (
        pl.concat([converted, apart, excluded], how="vertical_relaxed")
        .sort("record_no")
        .with_columns(source=pl.lit(source), file=pl.lit(file))
        .select(list(FATE_FILE_SCHEMA))
        .cast(pl.Schema(FATE_FILE_SCHEMA))
    )
    if every["record_no"].n_unique() != every.height:
        raise LawBroken(1, f"{file}: a record has two fates")
    tally.add_counts(tally.fates, every["fate"])
    writer.add("fates", every)
    isolated = block.apart.filter(pl.col("fate") == "isolated")
    meanings = {item.meaning: name for name, item in reversed(plan.source.items.items())}
    readable = block.unkeyed.select(
        record_no=RECORD_NO,
        **{
            column: pl.col(meanings[meaning])
            if meanings.get(meaning) in block.unkeyed.columns
            else pl.lit(None, dtype=pl.String)
            for column, meaning in (("person_number", "person.number"), ("household_number", "person.household_number"))
        },
    )
    named = isolated.select(
        "record_no",
        "byte_offset",
        "raw_bytes",
        source=pl.lit(source),
        file=pl.lit(file),
        reason="fault",
        rule_id=_isolation_rules(plan),
        subject=pl.Series([f"record:{h}" for h in _isolated_subjects(plan, isolated)], dtype=pl.String),
    ).join(readable, on="record_no", how="left", maintain_order="left")
    without_key = unkeyed.select(
        record_no=RECORD_NO, byte_offset=BYTE_OFFSET, source=pl.lit(source), file=pl.lit(file), reason=pl.lit("blank")
    )
    writer.add(
        "isolated",
        pl.concat([named, without_key], how="diagonal_relaxed")
        .select(list(ISOLATED_SCHEMA))
        .cast(pl.Schema(ISOLATED_SCHEMA)),
    )
