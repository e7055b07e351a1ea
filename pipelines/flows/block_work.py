"""The work of one block task: a range of one received file, block by block, from bytes to parts on disk.

No Prefect here: a task calls ``work_on_range`` and passes on paths and counts only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.text import SUBSTITUTES
from layouts.conform import conform, declared_rows, expected_rows
from layouts.lookup_tables import ORIGIN_SCHEMA, UNANSWERED_SCHEMA, LookedUp, look_up
from layouts.records.blocks import CHARACTER_SCHEMA as SOURCE_CODE_SCHEMA
from layouts.records.blocks import DecodedBlock
from layouts.records.framing import RecordRange
from layouts.records.plans import plan_of_source
from layouts.records.raw_bytes import RECORD_BYTES, is_bytes_column
from layouts.records.reader import open_source_file
from pipelines.errors import LawBroken, Place, quoting_nobody
from pipelines.flows.plan import SourcePlan, Target
from pipelines.ledger.events import CLOSING
from pipelines.runs.column_proofs import CharacterCounts, changed_columns, column_digest, count_characters_of
from pipelines.steps.decide import answers_for, apply_answers
from pipelines.steps.exclude import FATE_SCHEMA, SUBJECT, Kept, exclude
from pipelines.steps.figures import count_source
from pipelines.steps.hold import hold
from pipelines.steps.link import DIGESTED, holds_support, key_rows
from pipelines.steps.register import issue_rows, locate
from pipelines.steps.renumber import RULE as RENUMBERED
from pipelines.steps.renumber import renumber
from pipelines.steps.write import PartWriter
from rules.column_facts import hand_on
from rules.contract import BYTE_OFFSET, CHANGE_SCHEMA, ORDINAL, RECORD_NO, WHOLE_FINDING_SCHEMA, is_reserved
from rules.engine import (
    clean_block,
    column_changes_frame,
    counts_by_rule,
    find_block,
    findings_of_faults,
    without_found,
)
from rules.faults import fault_rules
from rules.lookups import findings_of_lookups
from rules.schema import schema_findings

UNIFIED = "MOJ-011"
"""The rule under which the code tables read the six symbols in one way for all sources; counted, no value is asked."""

NOT_KEYED = "NUL-001"
"""The rule a record is isolated under when its key is blank: 宛名番号 may not be empty."""

CHANGE_FILE_SCHEMA: dict[str, Any] = {"file": pl.String, "block": pl.Int32, **CHANGE_SCHEMA}
DIGEST_SCHEMA: dict[str, Any] = {
    "file": pl.String,
    "block": pl.Int32,
    "first_record_no": pl.Int64,
    "last_record_no": pl.Int64,
    "rows": pl.Int64,
    "item": pl.String,
    "sha256": pl.String,
}
CHARACTER_SCHEMA: dict[str, Any] = {
    "group_id": pl.String,
    "stage": pl.String,
    "item": pl.String,
    "code_point": pl.UInt32,
    "count": pl.Int64,
}
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


@dataclass(slots=True)
class Tally:
    """What a block task counts while it works; all of it goes into its journal line."""

    decoded: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    declared: dict[str, int] = field(default_factory=dict)
    cured: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    decided: dict[str, int] = field(default_factory=dict)
    changed_by: dict[str, list[str]] = field(default_factory=dict)
    control: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    written_back: int = 0
    round_trips: int = 0

    def add(self, into: dict[str, int], key: str, number: int) -> None:
        """Add ``number`` under ``key``."""
        if number:
            into[key] = into.get(key, 0) + number

    def add_counts(self, into: dict[str, int], column: pl.Series) -> None:
        """Add how often each value of ``column`` occurs."""
        for key, number in column.value_counts(sort=False).iter_rows():
            self.add(into, str(key), int(number))

    def as_counts(self) -> dict[str, Any]:
        """Plain values for the journal, in a fixed order."""
        return {
            "decoded": self.decoded,
            "fates": dict(sorted(self.fates.items())),
            "excluded": dict(sorted(self.excluded.items())),
            "rows": dict(sorted(self.rows.items())),
            "declared": dict(sorted(self.declared.items())),
            "cured": dict(sorted(self.cured.items())),
            "found": dict(sorted(self.found.items())),
            "open": dict(sorted(self.open.items())),
            "decided": dict(sorted(self.decided.items())),
            "changed_by": {k: sorted(set(v)) for k, v in sorted(self.changed_by.items())},
            "control": self.control,
            "totals": dict(sorted(self.totals.items())),
            "written_back": self.written_back,
            "round_trips": self.round_trips,
        }


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
        _check_characters(tally, characters)
        _write_characters(writer, characters)
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
    _write_received_support(plan, file, block, writer)
    kept = exclude(block.table, plan.source.key, plan.exclusions)
    _take_figures(plan, file, block, kept, writer)
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
    _issues_of_isolated(plan, file, block.apart.filter(pl.col("fate") == "isolated"), writer, tally)
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
    _write_fates(plan, file, block, kept.table, kept.unkeyed, kept.fates, rows_of, writer, tally, source)


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
    _prove(plan, target, file, number, conformed, final, cleaned.column_changes, changes, writer, tally, characters)
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


def _write_received_support(plan: SourcePlan, file: str, block: DecodedBlock, writer: PartWriter) -> None:
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


def _take_figures(plan: SourcePlan, file: str, block: DecodedBlock, kept: Kept, writer: PartWriter) -> None:
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


def _issues_of_isolated(plan: SourcePlan, file: str, isolated: pl.DataFrame, writer: PartWriter, tally: Tally) -> None:
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


def _prove(
    plan: SourcePlan,
    target: Target,
    file: str,
    number: int,
    conformed: pl.DataFrame,
    final: pl.DataFrame,
    column_changes: list[Any],
    changes: pl.DataFrame,
    writer: PartWriter,
    tally: Tally,
    characters: dict[tuple[str, str], CharacterCounts],
) -> None:
    """Take what laws 2, 3 and 5 are proven from: digests of what changed, characters before and after, numbers
    untouched.
    """
    changed = changed_columns(conformed, final, target.written)
    stray = [
        i.name
        for i in target.context.items
        if i.name not in target.written and final[i.name].null_count() != final.height
    ]
    if stray:
        raise LawBroken(3, f"{file} block {number}: items filled that no mapping or rule declares: {', '.join(stray)}")
    first, last = (int(conformed[RECORD_NO][0]), int(conformed[RECORD_NO][-1])) if conformed.height else (0, 0)
    digests = pl.DataFrame(
        [(file, number, first, last, conformed.height, c, column_digest(conformed[c])) for c in changed],
        schema=DIGEST_SCHEMA,
        orient="row",
    )
    group = target.group_id or plan.source.id
    writer.add(f"digests.{group}", digests)
    logged = set(changes["item"].unique().to_list()) | {c.item for c in column_changes}
    unexplained = [c for c in changed if c not in logged]
    if unexplained:
        raise LawBroken(3, f"{file} block {number}: values of {', '.join(unexplained)} changed without a rule")
    for item, rule_id in changes.select("item", "rule_id").unique().iter_rows():
        tally.changed_by.setdefault(f"{group}/{item}", []).append(rule_id)
    for column_change in column_changes:
        tally.changed_by.setdefault(f"{group}/{column_change.item}", []).append(column_change.rule_id)
    writer.add(
        f"changes.{group}",
        changes.with_columns(file=pl.lit(file), block=pl.lit(number, dtype=pl.Int32)).select(list(CHANGE_FILE_SCHEMA)),
    )
    writer.add(
        f"columns.{group}",
        column_changes_frame(column_changes).with_columns(file=pl.lit(file), block=pl.lit(number, dtype=pl.Int32)),
    )
    same = [c for c in target.written if c not in set(changed)]
    into = characters.setdefault((group, "in"), {})
    out = characters.setdefault((group, "out"), {})
    unchanged: CharacterCounts = {}
    count_characters_of(final, same, unchanged)
    for key, count in unchanged.items():
        into[key] = into.get(key, 0) + count
        out[key] = out.get(key, 0) + count
    count_characters_of(conformed, changed, into)
    count_characters_of(final, changed, out)
    for item in target.numbers:
        if item.name not in changed or item.meaning != "person.number":
            continue
        wanted = conformed[item.name].replace({old: r.new for old, r in plan.renumberings.items()})
        if final[item.name].ne_missing(wanted).any():
            raise LawBroken(5, f"{file} block {number}: {item.name} was changed")


def _check_characters(tally: Tally, characters: dict[tuple[str, str], CharacterCounts]) -> None:
    """Law 2 for the range: no substitute has appeared, and characters differ only where a rule or decision changed
    the item.
    """
    points = {ord(c) for c in SUBSTITUTES}
    for (group, stage), out in characters.items():
        if stage != "out":
            continue
        before = characters.get((group, "in"), {})
        for (item, point), count in out.items():
            if point in points and count > before.get((item, point), 0):
                raise LawBroken(
                    2, f"{group} {item}: U+{point:04X} appeared {count - before.get((item, point), 0)} times"
                )
        explained = {name.split("/", 1)[1] for name in tally.changed_by if name.startswith(f"{group}/")}
        for item, point in set(before) | set(out):
            if item not in explained and before.get((item, point), 0) != out.get((item, point), 0):
                raise LawBroken(2, f"{group} {item}: U+{point:04X} changed without a rule")


def _write_characters(writer: PartWriter, characters: dict[tuple[str, str], CharacterCounts]) -> None:
    rows = [
        (group, stage, item, point, count)
        for (group, stage), counts in sorted(characters.items())
        for (item, point), count in sorted(counts.items())
    ]
    writer.add("characters", pl.DataFrame(rows, schema=CHARACTER_SCHEMA, orient="row"))


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


def _write_fates(
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
