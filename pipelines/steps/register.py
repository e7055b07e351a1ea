"""Turn findings into issue rows: identity, ownership and what the catalogue says of the rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.ledger.issue_identity import IssueIdentity
from rules.catalogue import Catalogue
from rules.contract import ISSUE_SCHEMA, WHOLE_FINDING_SCHEMA

RULE_COLUMNS = ("rule_id", "rule_version", "severity", "action", "blocks")


@dataclass(frozen=True, slots=True)
class Register:
    """What every issue row needs beside its finding: the project's key, the catalogue, who decides and until when."""

    identity: IssueIdentity
    rules: pl.DataFrame
    owners: Mapping[str, tuple[str, date | None]]

    @classmethod
    def of(
        cls, identity: IssueIdentity, catalogue: Catalogue, owners: Mapping[str, tuple[str, date | None]]
    ) -> Register:
        """Build the register from the catalogue; ``owners`` maps area id → (主管課, due)."""
        rows = [(r.id, r.version, r.severity, r.finding_action, r.blocks) for r in catalogue.rules]
        return cls(
            identity,
            pl.DataFrame(rows, schema=list(RULE_COLUMNS), orient="row").cast({"rule_version": pl.Int32}),
            owners,
        )


def locate(
    findings: pl.DataFrame, rows: pl.DataFrame, *, area: str, group: str, source: str, file: str
) -> pl.DataFrame:
    """Give the findings of a block (FINDING_SCHEMA) their place: WHOLE_FINDING_SCHEMA plus ``raw_bytes`` and
    ``ordinal``.

    Args:
        findings: One row a finding.
        rows: ``_record_no``, ``_subject`` of the block's records (one row a record is enough).
        area: 業務ID.
        group: Group id, "" for source items.
        source: Source id.
        file: Name of the received file.
    """
    subjects = rows.select(record_no="_record_no", subject="_subject").unique("record_no", maintain_order=True)
    many = pl.col("ordinal").fill_null(0) > 0
    path = pl.when(many).then(pl.format("{}[{}]", "item", pl.col("ordinal") + 1)).otherwise("item")
    return (
        findings.join(subjects, on="record_no", how="left", maintain_order="left")
        .with_columns(
            area=pl.lit(area),
            group_id=pl.lit(group),
            source=pl.lit(source),
            file=pl.lit(file),
            item=path,
        )
        .select([*WHOLE_FINDING_SCHEMA, "raw_bytes", "ordinal"])
    )


def issue_rows(located: pl.DataFrame, register: Register) -> pl.DataFrame:
    """Issue rows (ISSUE_SCHEMA) of located findings, in their order.

    ``issue_id`` tells findings apart by source, area, group, subject, rule, item path and an ordinal among equals;
    ``value_hash`` covers the offending values only, so a decision goes stale exactly when they change.
    """
    if located.is_empty():
        return pl.DataFrame(schema=ISSUE_SCHEMA)
    identity = ["source", "area_id", "group_id", "subject", "rule_id", "item_path"]
    named = located.rename({"area": "area_id", "item": "item_path"}).with_columns(
        ordinal=pl.int_range(pl.len()).over(identity)
    )
    counted = register.identity.add_identities(named)
    owners = pl.DataFrame(
        [(a, o, d.isoformat() if d else "") for a, (o, d) in sorted(register.owners.items())],
        schema={"area_id": pl.String, "owner": pl.String, "due": pl.String},
        orient="row",
    )
    raw = [] if "raw_bytes" in counted.columns else [pl.lit(None, dtype=pl.Binary).alias("raw_bytes")]
    return (
        counted.with_columns(*raw)
        .join(register.rules, on="rule_id", how="left", maintain_order="left")
        .join(owners, on="area_id", how="left", maintain_order="left")
        .with_columns(
            confidence=pl.lit(None, dtype=pl.String),
            owner=pl.col("owner").fill_null(""),
            due=pl.col("due").fill_null(""),
        )
        .select(list(ISSUE_SCHEMA))
        .cast(pl.Schema(ISSUE_SCHEMA))
    )
