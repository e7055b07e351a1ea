"""Decided links (種イ) of a run: which still hold, what they write into the parts, and 名寄せ対応表.

Whether a link still holds is known only when all areas are compared, so links are written after that, into the few
parts that hold a linked number; the laws are taken from those parts anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from pipelines.flows.block_proofs import CHANGE_FILE_SCHEMA, CHARACTER_SCHEMA, DIGEST_SCHEMA
from pipelines.flows.plan import SourcePlan, Target
from pipelines.ledger import IssueIdentity
from pipelines.runs.column_proofs import CharacterCounts, column_digest, count_characters_of
from pipelines.runs.folder import LINKED
from pipelines.steps.linking import (
    ABSENT,
    ALREADY,
    EXPIRED,
    FLAGS,
    INTO,
    RECORDED,
    REFUSED,
    STALE,
    WITHDRAWN,
    WRITTEN,
    Linked,
    in_force_on,
    link_block,
    link_decisions,
    table_of,
)
from pipelines.steps.pair_issues import former_ids, what_changed
from pipelines.steps.write import rewrite_standard, rewrite_table
from rules.contract import ORDINAL, RECORD_NO
from rules.duplicates.clusters import apart_pairs, people_of
from rules.duplicates.decided_links import NO_SOURCE, NO_TARGET, REASONS, Link, weigh_links
from rules.duplicates.matching_people import PEOPLE
from rules.references.relations import LINEAGE, rows_of, select_columns, whole_findings

RULE = "DUP-011"
"""The rule under which a link that cannot be carried out shuts the hand-over."""
TWINS = "DUP-006"
NOT_A_PAIR = "今回のデータでは同一人の候補でない"
ONLY_RECORDED = "この番号の行に名寄せの項目が無い"
OTHER_NUMBERS = "判断の番号が組の番号と違う"
NO_LINK_OF_TWINS = "別人の疑い（DUP-006）の組は紐付けない"
REPLACED = "別の判断に置き換えた"


@dataclass(slots=True)
class LinkPlan:
    """What the decided links of a run come to.

    ``wanted`` is number → link to write, ``states`` decision → (state, explanation, 名寄せ先 that is written),
    ``findings`` name those that cannot be carried out.
    """

    links: pl.DataFrame
    findings: pl.DataFrame
    wanted: dict[str, Linked] = field(default_factory=dict)
    states: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)


def links_decided(decisions: pl.DataFrame) -> bool:
    """Whether any decision links two numbers: then links are written before the parts are read any further."""
    return link_decisions(decisions).height > 0


def plan_links(
    connection: duckdb.DuckDBPyConnection,
    decisions: pl.DataFrame,
    pair_issues: pl.DataFrame,
    identity: IssueIdentity,
    as_of: date,
    two_persons: Sequence[str],
    held: Sequence[str],
) -> LinkPlan:
    """Weigh every link that was ever approved against what this run found.

    Args:
        connection: With the tables of the pairs (``rules.duplicates``).
        decisions: Frozen.
        pair_issues: Issue rows of the rules on pairs.
        identity: Makes the ids a pair has under other rules.
        as_of: Day against which ``expires`` is read.
        two_persons: Numbers that DUP-001 names.
        held: Numbers whose link items are held.
    """
    links = link_decisions(decisions)
    plan = LinkPlan(links, whole_findings(pl.DataFrame({"area": []}, schema={"area": pl.String}), RULE))
    if links.is_empty():
        return plan
    known = former_ids(pair_issues, identity)
    received = _received(connection)
    named = set(links["number"]) | set(links["target"])
    people = people_of(connection, named | _led_to(named, received))
    sound: list[Link] = []
    replaced = set(decisions.filter((pl.col("kind") != "undo") & (pl.col("state") == "approved"))["supersedes"])
    live = set(links.filter(in_force_on(as_of))["id"])
    for link in links.iter_rows(named=True):
        decision, number, target = link["id"], link["number"], link["target"]
        issue = known.get(link["_issue_id"])
        if link["state"] == "superseded":
            state = (WITHDRAWN, REPLACED if decision in replaced else "", "")
        elif decision not in live:
            state = (EXPIRED, "", "")
        elif issue is None:
            state = _without_pair(number, target, set(people), received)
        elif changed := what_changed(link, issue):
            state = (STALE, changed, "")
        elif issue["rule_id"] == TWINS:
            state = (REFUSED, NO_LINK_OF_TWINS, "")
        elif {number, target} != set(str(issue["before"]).split(" / ")):
            state = (REFUSED, OTHER_NUMBERS, "")
        else:
            sound.append(Link(number, target, decision))
            continue
        plan.states[decision] = state
    apart = _decided_apart(decisions, known) if sound else set()
    if sound:
        apart |= apart_pairs(connection, set(people))
    refused: list[tuple[str, str, str]] = []
    versions = dict(links.select("id", "rule_version").iter_rows())
    for verdict in weigh_links(
        sound, people, apart=apart, received=received, two_persons=two_persons, held=held
    ):
        decision, number = verdict.link.decision, verdict.link.number
        if verdict.reason:
            plan.states[decision] = (REFUSED, _told(verdict.reason, verdict.together), "")
            refused.append((number, verdict.reason, _told(verdict.reason, verdict.together)))
            continue
        plan.wanted.setdefault(number, Linked(verdict.target, decision, int(versions[decision])))
        through = f"名寄せ先はさらに紐付くため、行き着く番号を書く（判断 {', '.join(verdict.together)}）"
        plan.states[decision] = (WRITTEN, through if verdict.target != verdict.link.target else "", verdict.target)
        plan.numbers[decision] = number
    refused += [
        (link["number"], "refused", f"判断 {link['id']}: {plan.states[link['id']][1]}")
        for link in links.iter_rows(named=True)
        if plan.states[link["id"]][1] in (NO_LINK_OF_TWINS, OTHER_NUMBERS)
    ]
    plan.findings = _findings(connection, refused)
    return plan


def _told(reason: str, decisions: Sequence[str]) -> str:
    return f"判断 {', '.join(decisions)}: {REASONS[reason]}"


def _without_pair(
    number: str, target: str, people: set[str], received: Mapping[str, str]
) -> tuple[str, str, str]:
    if received.get(number) == target:
        return ALREADY, "", target
    if number not in people:
        return ABSENT, REASONS[NO_SOURCE], ""
    return ABSENT, REASONS[NO_TARGET] if target not in people else NOT_A_PAIR, ""


def _received(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Number → number it is linked to in the present system."""
    named = select_columns(connection, "persons", "person_number", "addressee_merged_into")
    rows = rows_of(connection, f"""
        SELECT person_number, min(addressee_merged_into) AS target FROM (SELECT {named} FROM persons)
        WHERE addressee_merged_into IS NOT NULL AND person_number IS NOT NULL GROUP BY person_number""")
    return dict(rows.iter_rows())


def _led_to(numbers: set[str], received: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for number in numbers:
        while number in received and number not in found:
            found.add(number)
            number = received[number]
        found.add(number)
    return found


def _decided_apart(decisions: pl.DataFrame, known: Mapping[str, Mapping[str, Any]]) -> set[frozenset[str]]:
    apart = decisions.filter((pl.col("kind") == "not_duplicate") & (pl.col("state") == "approved"))
    found = set()
    for one in apart.with_columns(_issue=pl.col("selector").str.json_path_match("$.issue_id")).iter_rows(named=True):
        issue = known.get(one["_issue"])
        if issue is not None and not what_changed(one, issue):
            found.add(frozenset(str(issue["before"]).split(" / ")))
    return found


def _findings(connection: duckdb.DuckDBPyConnection, refused: Sequence[tuple[str, str, str]]) -> pl.DataFrame:
    frame = pl.DataFrame(
        sorted(set(refused)), schema=dict.fromkeys(("number", "reason", "evidence"), pl.String), orient="row"
    )
    connection.register("refused_links", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
    placed = ", ".join(f"p.{c}" for c in LINEAGE)
    rows = rows_of(connection, f"""
        SELECT {placed}, r.number, r.reason, r.evidence FROM refused_links r JOIN {PEOPLE} p USING (number)""")
    connection.unregister("refused_links")
    return whole_findings(rows.with_columns(
        item=pl.lit("person.number"), before=pl.col("number"),
        about=pl.concat_str("number", "reason", "evidence", separator="\x1f")), RULE)


def held_numbers(
    run: Path, folders: Mapping[str, Sequence[Path]], plans: Mapping[str, SourcePlan], decisions: pl.DataFrame
) -> list[str]:
    """Numbers of rows whose link items stand in ``hold/``: no link is written over an open issue.

    Args:
        run: The run's folder.
        folders: Source id → part folders.
        plans: By source.
        decisions: Frozen; without a link nothing is read.
    """
    if not links_decided(decisions):
        return []
    found: set[str] = set()
    for source_id, parts in folders.items():
        for target in plans[source_id].targets:
            names = [i.name for i in target.context.items if i.meaning in (INTO, *FLAGS)]
            for folder in parts if names and target.group is not None else ():
                if not (folder / "hold.parquet").is_file():
                    continue  # a file without records has no parts
                held = pl.read_parquet(folder / "hold.parquet").filter(
                    (pl.col("group_id") == target.group_id) & pl.col("item").is_in(names)
                )
                keys = pl.read_parquet(folder / f"keys.{target.group_id}.parquet")
                found |= set(keys.join(held, on=["file", "record_no"], how="semi")["person_number"].drop_nulls())
    return sorted(found)


def write_links_decided(
    run: Path,
    folders: Mapping[str, Sequence[Path]],
    plans: Mapping[str, SourcePlan],
    decisions: pl.DataFrame,
    plan: LinkPlan,
) -> dict[str, dict[str, list[str]]]:
    """Write the links into the parts and 名寄せ対応表 into the run.

    Args:
        run: The run's folder.
        folders: Source id → part folders.
        plans: By source.
        decisions: Frozen.
        plan: From ``plan_links``.

    Returns:
        Name of a part folder → ``group/item`` → what changed it, for the counts of its block task.
    """
    changed_by: dict[str, dict[str, list[str]]] = {}
    if plan.links.is_empty():
        return changed_by
    rows: dict[str, int] = {}
    for source_id, parts in folders.items():
        for target in plans[source_id].targets:
            if target.group is None or not any(i.meaning == INTO for i in target.context.items):
                continue
            for folder in parts:
                log = _write_part(folder, target, plan.wanted)
                for item, rule_id in log.select("item", "rule_id").unique().sort("item", "rule_id").iter_rows():
                    changed_by.setdefault(folder.name, {}).setdefault(f"{target.group_id}/{item}", []).append(rule_id)
                written = log.unique(["file", "record_no", "ordinal"]).group_by("rule_id").len()
                for rule_id, number in written.iter_rows():
                    rows[rule_id] = rows.get(rule_id, 0) + number
    told = {decision: rows.get(f"decision:{plan.wanted[n].decision}", 0) for decision, n in plan.numbers.items()}
    for decision, number in told.items():
        state, why, target_number = plan.states[decision]
        if state == WRITTEN and not number:
            already = target_number in _now_linked(folders, plans, plan.numbers[decision])
            plan.states[decision] = (ALREADY, why, target_number) if already else (RECORDED, ONLY_RECORDED, "")
    path = run / LINKED
    path.parent.mkdir(exist_ok=True)
    table_of(plan.links, decisions, plan.states, told).write_csv(path, include_bom=True)
    return changed_by


def _now_linked(folders: Mapping[str, Sequence[Path]], plans: Mapping[str, SourcePlan], number: str) -> set[str]:
    """Where the rows of a number are linked as received."""
    found: set[str] = set()
    for source_id, parts in folders.items():
        for target in plans[source_id].targets:
            for folder in parts:
                path = folder / f"keys.{target.group_id}.parquet"
                if target.group is not None and path.is_file():
                    keys = pl.scan_parquet(path)
                    if {"person_number", "addressee_merged_into"} <= set(keys.collect_schema().names()):
                        mine = keys.filter(pl.col("person_number") == number).select("addressee_merged_into").collect()
                        found |= set(mine["addressee_merged_into"].drop_nulls())
    return found


def _write_part(folder: Path, target: Target, wanted: Mapping[str, Linked]) -> pl.DataFrame:
    """Write links into one part: its rows, change log, digests and characters; returns the log."""
    group = target.group_id
    path = folder / f"{group}.arrow"
    logs = [pl.DataFrame(schema=CHANGE_FILE_SCHEMA)]
    (number,) = [i.name for i in target.context.items if i.meaning == "person.number"][:1] or [""]
    if not path.is_file() or not _holds(path, number, wanted):
        return logs[0]
    lineage = pl.read_parquet(folder / f"lineage.{group}.parquet")
    digests = [pl.read_parquet(folder / f"digests.{group}.parquet")]
    known = set(digests[0].select("file", "block", "item").iter_rows())
    before: CharacterCounts = {}
    after: CharacterCounts = {}
    start = 0

    def edit(_: int, frame: pl.DataFrame) -> pl.DataFrame:
        nonlocal start
        rows = lineage.slice(start, frame.height)
        start += frame.height
        placed = frame.with_columns(rows["record_no"].alias(RECORD_NO), rows["ordinal"].alias(ORDINAL))
        linked, log = link_block(placed, target.context.items, wanted)
        items = log["item"].unique().sort().to_list()
        if not items:
            return frame
        file, block = str(rows["file"][0]), int(rows["block"][0])
        logs.append(log.with_columns(file=pl.lit(file), block=pl.lit(block, dtype=pl.Int32)).select(
            list(CHANGE_FILE_SCHEMA)))
        first, last = int(rows["record_no"][0]), int(rows["record_no"][-1])
        digests.append(pl.DataFrame(
            [(file, block, first, last, frame.height, i, column_digest(frame[i])) for i in items
             if (file, block, i) not in known], schema=DIGEST_SCHEMA, orient="row"))
        count_characters_of(frame, items, before)
        count_characters_of(linked, items, after)
        return linked.select(frame.columns)

    rewrite_standard(path, edit)
    log = pl.concat(logs)
    changes = folder / f"changes.{group}.parquet"
    rewrite_table(changes, pl.concat([pl.read_parquet(changes), log]))
    rewrite_table(folder / f"digests.{group}.parquet", pl.concat(digests))
    grown = [(group, "out", item, point, count) for (item, point), count in after.items()]
    grown += [(group, "out", item, point, -count) for (item, point), count in before.items()]
    characters = folder / "characters.parquet"
    counted = pl.concat([pl.read_parquet(characters), pl.DataFrame(grown, schema=CHARACTER_SCHEMA, orient="row")])
    by = ["group_id", "stage", "item", "code_point"]
    summed = counted.group_by(by, maintain_order=True).agg(pl.col("count").sum())
    rewrite_table(characters, summed.filter(pl.col("count") != 0))
    return log


def _holds(path: Path, number: str, wanted: Mapping[str, Linked]) -> bool:
    with pa.OSFile(str(path)) as handle:
        reader = pa.ipc.open_file(handle, options=pa.ipc.IpcReadOptions(included_fields=None))
        place = reader.schema.get_field_index(number)
        if place < 0:
            return False
    with pa.OSFile(str(path)) as handle:
        reader = pa.ipc.open_file(handle, options=pa.ipc.IpcReadOptions(included_fields=[place]))
        for batch in (reader.get_batch(n) for n in range(reader.num_record_batches)):
            if pl.Series(batch.column(0)).is_in(list(wanted)).any():
                return True
    return False
