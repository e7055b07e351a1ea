"""The work of one block task: a range of one received file, block by block, from bytes to parts on disk.

No Prefect here: a task calls ``work_on_range`` and passes on paths and counts only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from layouts.conform import conform, declared_rows, expected_rows
from layouts.lookup_tables import ORIGIN_SCHEMA, UNANSWERED_SCHEMA, LookedUp, look_up
from layouts.records.blocks import CHARACTER_SCHEMA as SOURCE_CODE_SCHEMA
from layouts.records.blocks import DecodedBlock
from layouts.records.framing import RecordRange
from layouts.records.plans import plan_of_source
from layouts.records.raw_bytes import RECORD_BYTES, is_bytes_column
from layouts.records.reader import open_source_file
from pipelines.errors import LawBroken, Place, quoting_nobody
from pipelines.flows.block_fates import issues_of_isolated, take_figures, write_fates, write_received_support
from pipelines.flows.block_proofs import check_characters, prove, write_characters
from pipelines.flows.block_tally import Tally
from pipelines.flows.plan import SourcePlan, Target
from pipelines.ledger.events import CLOSING
from pipelines.runs.column_proofs import CharacterCounts
from pipelines.steps.decide import answers_for, apply_answers
from pipelines.steps.exclude import SUBJECT, exclude
from pipelines.steps.hold import hold
from pipelines.steps.key_relations import DIGESTED, key_rows
from pipelines.steps.register import issue_rows, locate
from pipelines.steps.renumber import RULE as RENUMBERED
from pipelines.steps.renumber import renumber
from pipelines.steps.write import PartWriter
from rules.column_facts import hand_on
from rules.contract import BYTE_OFFSET, ORDINAL, RECORD_NO, is_reserved
from rules.engine import (
    clean_block,
    counts_by_rule,
    find_block,
    findings_of_faults,
    without_found,
)
from rules.lookups import findings_of_lookups
from rules.schema import schema_findings

UNIFIED = "MOJ-011"
"""The rule under which the code tables read the six symbols in one way for all sources; counted, no value is asked."""


def work_on_range(
    plan: SourcePlan, path: Path, records: RecordRange, folder: Path, detail: Path, report: Callable[[int], None]
) -> tuple[list[Path], Mapping[str, Any]]:
    """Work on one range of records and write its parts below ``folder``.

    Args:
        plan: What the source's records become, and by which rules.
        path: The received file.
        records: The range.
        folder: ``parts/<task>`` of the run; emptied first.
        detail: Where the traceback of an unforeseen exception goes (mode 0600).
        report: Called with the number of records done after every block.

    Returns:
        Paths of the parts and the counts for the journal.

    Raises:
        IkouError: anything we foresee. Whatever else happens becomes an InternalError without the library's message,
            which could quote a resident.
    """
    last = records.first_record
    place = Place("open", path.name, f"{last + 1}-")
    tally = Tally()
    characters: dict[tuple[str, str], CharacterCounts] = {}
    codes = pl.DataFrame(schema=SOURCE_CODE_SCHEMA)
    with quoting_nobody(place, detail), PartWriter(folder) as writer:
        blocks: Iterator[DecodedBlock] = open_source_file(
            plan.source, path, block_records=plan.block_records, record_range=records, round_trips=True
        )
        for number, block in enumerate(blocks):
            place.step = "block"
            _work_on_block(
                plan,
                path.name,
                records.first_record // plan.block_records + number,
                block,
                writer,
                tally,
                characters,
            )
            codes = (
                pl.concat([codes, block.characters]).group_by("code_system", "table", "code").agg(pl.col("count").sum())
            )
            last += block.table.height + block.apart.height
            place.records = f"{last + 1}-"
            report(block.table.height)
        place.step = "write"
        check_characters(tally, characters)
        write_characters(writer, characters)
        writer.add("source_codes", codes.sort("code_system", "table", "code"))
        tally.add(tally.cured, UNIFIED, _unified(plan, path, codes))
        paths = writer.close()
    return paths, tally.as_counts()


def _work_on_block(
    plan: SourcePlan,
    file: str,
    number: int,
    block: DecodedBlock,
    writer: PartWriter,
    tally: Tally,
    characters: dict[tuple[str, str], CharacterCounts],
) -> None:
    source = plan.source.id
    write_received_support(plan, file, block, writer)
    kept = exclude(block.table, plan.source.key, plan.exclusions)
    take_figures(plan, file, block, kept, writer)
    tally.decoded += block.table.height + block.apart.height
    if block.round_trips is not None:
        tally.written_back += block.table.height
        tally.round_trips += block.round_trips
    tally.add_counts(tally.excluded, kept.fates.filter(pl.col("fate") == "excluded")["reason"])
    tally.control.extend(block.control)
    control = plan.source.format.control
    for item in control.total if control else ():
        tally.add(tally.totals, item, _sum_of(block.table[item]))
    rows_of = pl.zeros(kept.table.height, dtype=pl.Int32, eager=True)
    found_faults = (
        kept.table.select(record_no=RECORD_NO).join(block.faults, on="record_no", how="inner", maintain_order="right")
        if not block.faults.is_empty()
        else block.faults
    )
    placed: set[str] = set()
    for target in plan.targets:
        looked_up = _conformed(plan, target, kept.table)
        frame = looked_up.frame
        if target.mapping is not None:
            declared = expected_rows(kept.table, target.mapping)
            if int(declared.sum()) != frame.height:
                raise LawBroken(
                    1,
                    f"{file} block {number}: group {target.group_id} has {frame.height} rows, "
                    f"its mapping declares {int(declared.sum())}",
                )
            rows_of = rows_of + declared.cast(pl.Int32)
            told = declared_rows(kept.table, target.mapping)
            for key in ("records", "least", "most", "outside") if told is not None else ():
                tally.add(tally.declared, f"{target.group_id}.{key}", getattr(told, key))
        else:
            rows_of = rows_of + 1
        tally.add(tally.rows, target.group_id, frame.height)
        read = {i.source_item or i.name for i in target.context.items} - placed
        faults = found_faults.filter(pl.col("item").is_in(sorted(read))) if found_faults.height else found_faults
        placed |= read
        _work_on_target(plan, target, file, number, looked_up, kept.table, faults, writer, tally, characters)
    if found_faults.height:
        rest = found_faults.filter(~pl.col("item").is_in(sorted(placed)))
        _issues_of_unmapped(plan, file, rest, kept.table, writer, tally)
    issues_of_isolated(plan, file, block.apart.filter(pl.col("fate") == "isolated"), writer, tally)
    for rule_id, _, count in counts_by_rule(block.counts).iter_rows():
        tally.add(tally.cured, rule_id, count)
    raw = [column for column in kept.table.columns if is_bytes_column(column)]
    if raw:
        named = {name: f"{name.removeprefix(RECORD_BYTES)}.raw_bytes".removeprefix(".") for name in raw}
        writer.add(
            "raw_bytes",
            kept.table.select(RECORD_NO, SUBJECT, *raw)
            .with_columns(file=pl.lit(file))
            .rename({RECORD_NO: "record_no", SUBJECT: "subject", **named}),
        )
    if plan.own_items:
        writer.add(
            "own",
            kept.table.select(RECORD_NO, SUBJECT, *plan.own_items)
            .with_columns(file=pl.lit(file))
            .rename({RECORD_NO: "record_no", SUBJECT: "subject"}),
        )
    write_fates(plan, file, block, kept.table, kept.unkeyed, kept.fates, rows_of, writer, tally, source)


def _unified(plan: SourcePlan, path: Path, codes: pl.DataFrame) -> int:
    """How many codes of a range the source's table read as another character than its own standard says."""
    unified = plan_of_source(plan.source, path).system.unified_codes()
    return int(codes.filter(pl.col("table") == "double", pl.col("code").is_in(list(unified)))["count"].sum())


def _sum_of(column: pl.Series) -> int:
    return int(column.cast(pl.Int64, strict=False).fill_null(0).sum())


def _conformed(plan: SourcePlan, target: Target, table: pl.DataFrame) -> LookedUp:
    if target.mapping is None:
        rows = table.select(RECORD_NO, BYTE_OFFSET, pl.lit(0, dtype=pl.Int32).alias(ORDINAL), *target.written)
        return LookedUp(rows, pl.DataFrame(schema=UNANSWERED_SCHEMA), pl.DataFrame(schema=ORIGIN_SCHEMA))
    return look_up(conform(table, target.mapping), target.mapping, plan.lookups)


def _work_on_target(
    plan: SourcePlan,
    target: Target,
    file: str,
    number: int,
    looked_up: LookedUp,
    table: pl.DataFrame,
    faults: pl.DataFrame,
    writer: PartWriter,
    tally: Tally,
    characters: dict[tuple[str, str], CharacterCounts],
) -> None:
    context, rules, conformed = target.context, plan.rules, looked_up.frame
    cleaned = clean_block(conformed, context, rules)
    found = pl.concat([find_block(cleaned.frame, context, rules), cleaned.refused, findings_of_faults(faults, context)])
    if target.mapping is not None and target.mapping.lookups:
        found = pl.concat([findings_of_lookups(looked_up.unanswered, rules), found])
        writer.add(f"lookups.{target.group_id}", looked_up.origins.select(pl.lit(file).alias("file"), pl.all()))
    if target.group is not None:
        items = _items_of(cleaned.frame)
        hand_on(cleaned.frame, items)
        found = pl.concat([found, without_found(schema_findings(items, target.group, context), found)])
    for rule_id, count in cleaned.counts.items():
        tally.add(tally.cured, rule_id, count)
    issues = _issues(plan, target, file, found, table)
    certified = frozenset(i.name for i in context.items if i.certified)
    answers = answers_for(issues.drop("ordinal"), plan.decisions, context.as_of, certified)
    decided = apply_answers(cleaned.frame, issues, answers)
    if decided.changes.height:
        issues = pl.concat([issues, _still_wrong(plan, target, file, decided.frame, decided.changes, table, issues)])
    closed = answers.filter(pl.col("kind").is_in(list(CLOSING)))
    standing = issues.join(closed.select("issue_id"), on="issue_id", how="anti", maintain_order="left")
    held = hold(decided.frame, standing, target.keys)
    version = rules.catalogue[RENUMBERED].version
    final, renumbered = renumber(held.frame, context.items, plan.renumberings, version)
    hand_on(cleaned.frame, final, {*decided.changes["item"], *held.changes["item"], *renumbered["item"]})
    tally.add_counts(tally.found, issues["rule_id"])
    tally.add_counts(tally.open, standing["rule_id"])
    tally.add_counts(tally.decided, issues.join(closed.select("issue_id"), on="issue_id", how="semi")["rule_id"])
    changes = pl.concat([cleaned.changes, decided.changes, held.changes, renumbered])
    prove(plan, target, file, number, conformed, final, cleaned.column_changes, changes, writer, tally, characters)
    _write_target(plan, target, file, number, final, table, issues, held.hold, changes, writer)


def _items_of(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(c for c in frame.columns if not is_reserved(c) or c in (RECORD_NO, BYTE_OFFSET, ORDINAL))


def _issues(plan: SourcePlan, target: Target, file: str, found: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    located = locate(found, table, area=plan.area_id, group=target.group_id, source=plan.source.id, file=file)
    return issue_rows(located, plan.register).with_columns(located["ordinal"])


def _still_wrong(
    plan: SourcePlan,
    target: Target,
    file: str,
    frame: pl.DataFrame,
    changes: pl.DataFrame,
    table: pl.DataFrame,
    known: pl.DataFrame,
) -> pl.DataFrame:
    """Second validation: what is still wrong with the values that decisions wrote."""
    dates = {i.name for i in target.context.items if i.kind == "date"}
    rows = frame.join(
        changes.select(pl.col("record_no").alias(RECORD_NO)).unique(), on=RECORD_NO, how="semi", maintain_order="left"
    )
    found = [find_block(rows, target.context, plan.rules).filter(~pl.col("item").is_in(sorted(dates)))]
    if target.group is not None:
        found.append(schema_findings(_items_of(rows), target.group, target.context))
    again = (
        pl.concat(found)
        .join(
            changes.select("record_no", "ordinal", "item"),
            on=["record_no", "ordinal", "item"],
            how="semi",
            maintain_order="left",
        )
        .unique(["record_no", "ordinal", "item", "rule_id"], keep="first", maintain_order=True)
    )
    return _issues(plan, target, file, again, table).join(
        known.select("issue_id"), on="issue_id", how="anti", maintain_order="left"
    )


def _issues_of_unmapped(
    plan: SourcePlan, file: str, faults: pl.DataFrame, table: pl.DataFrame, writer: PartWriter, tally: Tally
) -> None:
    """Faults in items no group reads (own or dropped items): issues on the source item itself."""
    if faults.is_empty() or not plan.targets:
        return
    context = plan.targets[0].context
    found = findings_of_faults(faults, context)
    located = locate(found, table, area=plan.area_id, group="", source=plan.source.id, file=file)
    issues = issue_rows(located, plan.register)
    tally.add_counts(tally.found, issues["rule_id"])
    tally.add_counts(tally.open, issues["rule_id"])
    writer.add("issues", issues)


def _write_target(
    plan: SourcePlan,
    target: Target,
    file: str,
    number: int,
    final: pl.DataFrame,
    table: pl.DataFrame,
    issues: pl.DataFrame,
    held: pl.DataFrame,
    changes: pl.DataFrame,
    writer: PartWriter,
) -> None:
    subjects = table.select(RECORD_NO, SUBJECT)
    lineage = final.select(RECORD_NO, BYTE_OFFSET, ORDINAL).join(
        subjects, on=RECORD_NO, how="left", maintain_order="left"
    )
    if target.group is not None:
        writer.add_standard(target.group_id, final.select(target.written))
        writer.add(
            f"lineage.{target.group_id}",
            lineage.select(
                file=pl.lit(file),
                block=pl.lit(number, dtype=pl.Int32),
                record_no=RECORD_NO,
                byte_offset=BYTE_OFFSET,
                ordinal=pl.col(ORDINAL).cast(pl.Int32),
                subject=SUBJECT,
            ),
        )
    keys = key_rows(
        final.with_columns(
            lineage[SUBJECT],
            *(plan.register.identity.digests(final[i.name]) for i in target.context.items_of(*DIGESTED)),
        ),
        target.key_items,
        target.identity_items,
        area=plan.area_id,
        group=target.group_id,
        source=plan.source.id,
        file=file,
    )
    writer.add(f"keys.{target.group_id or plan.source.id}", keys)
    writer.add("issues", issues.drop("ordinal"))
    writer.add("hold", held)
