"""Evaluates the identities of the layouts over a run's key rows.

The connection holds the views of ``pipelines/steps/key_relations.py``: ``persons``, ``addressees`` and one view a group
that identities name. What cannot be evaluated, because an area or group was not run, is said: it is never a pass.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import duckdb
import polars as pl

from char_mapping.errors import DefinitionError
from layouts.identities import AnyIdentity, BoundIdentity, Check, Items, Reference, Register, Sum
from layouts.standard_groups import StandardGroup
from rules.catalogue import Catalogue
from rules.contract import WHOLE_FINDING_SCHEMA
from rules.households.residents import LIVING
from rules.identities.queries import (
    EXPLAINED,
    LINEAGE,
    MACROS,
    UNIVERSES,
    count_query,
    day_macro,
    finding_query,
    quoted,
    view_of,
)
from rules.references.relations import rows_of, select_columns

REGISTRY = "rules/identities"
"""What the catalogue's ``module`` says of a rule whose findings are identities'."""

HOLDERS = "('001', '031')"
"""Areas whose rows are the 宛名 themselves (住民, 除票, 住登外); other areas hold copies. 法人 come from registers."""

REGISTER = "001"
"""Without the register nobody can say that a number is nobody's."""

PERSON_COLUMNS = (
    "birth_date",
    "sex",
    "kind",
    "status",
    "household_number",
    "relationship",
    "became_resident_date",
    "address_since_date",
    "change_date",
    "removed_date",
    "removed_reason",
)
"""Columns of ``person`` in a condition: the meanings ``person.<column>`` of the 宛名's current row."""

OUTCOME_SCHEMA = {
    "area": pl.String,
    "identity": pl.String,
    "rule_id": pl.String,
    "group_id": pl.String,
    "note": pl.String,
    "state": pl.String,
    "why": pl.String,
    "rows": pl.Int64,
    "findings": pl.Int64,
    "explained": pl.Int64,
    "reasons": pl.String,
}
"""One row an identity; ``state`` is checked, not_run or off; ``rows`` were held against it. ``explained`` differences
have one of the identity's reasons, counted by its words in ``reasons``; they are no findings."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Findings (WHOLE_FINDING_SCHEMA) and what became of every identity (OUTCOME_SCHEMA)."""

    findings: pl.DataFrame
    outcomes: pl.DataFrame


State = Literal["checked", "not_run", "off"]


def items_by_group(
    identities: Iterable[BoundIdentity], groups: Mapping[tuple[str, str], StandardGroup]
) -> dict[tuple[str, str], Items]:
    """(area, group) → the items the identities read there, each once, in layout order."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for bound in identities:
        for place, items in bound.needs(groups).items():
            wanted.setdefault(place, set()).update(items)
    return {p: tuple(n for n in groups[p].names if n in items) for p, items in wanted.items() if p in groups}


def check_identities(
    identities: Sequence[BoundIdentity], groups: Mapping[tuple[str, str], StandardGroup], catalogue: Catalogue
) -> None:
    """Check rule, items and conditions of all identities whose groups are given, before data is read.

    Raises:
        DefinitionError: with file and line.
    """
    if not identities:
        return
    tables = items_by_group(identities, groups)
    with duckdb.connect() as connection:
        _empty_views(connection, tables)
        for bound in identities:
            rule = catalogue.by_id.get(bound.identity.rule)
            if rule is None or rule.state != "built" or rule.module != REGISTRY:
                raise DefinitionError(
                    bound.where,
                    expected=f"a built rule of the catalogue whose module is {REGISTRY}",
                    found=bound.identity.rule,
                    todo="Correct rule:",
                )
            for place, items in bound.named.items():
                absent = [i for i in items if place in groups and i not in groups[place].by_name]
                if absent:
                    raise DefinitionError(
                        bound.where, expected=f"items of {'/'.join(place)}", found=absent[0], todo="Correct the name"
                    )
            if any(place not in groups for place in bound.named):
                continue
            try:
                connection.execute(f"EXPLAIN {finding_query(bound)}")
            except duckdb.Error as error:
                raise DefinitionError(
                    bound.where,
                    expected="conditions DuckDB understands, over items of the groups named",
                    found=str(error).splitlines()[0],
                    todo="Correct the condition; put names with signs in double quotes",
                ) from None


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    identities: Sequence[BoundIdentity],
    groups: Collection[tuple[str, str]],
    off: Mapping[str, str],
    as_of: date,
    extracted: Mapping[str, str],
) -> Evaluated:
    """Evaluate identities over the connection's views.

    Args:
        connection: From the link step; temporary tables are added to it.
        identities: Of all areas of the project.
        groups: (area, group) pairs that were run and have a view.
        off: Rules the project switched off, with the reason.
        as_of: The day the data are judged at (``as_of()`` in a condition).
        extracted: Area → 抽出基準日 of its files as ISO text (``extracted()``); ``as_of`` where none is known.
    """
    for macro in (*MACROS, day_macro("as_of", as_of.isoformat())):
        connection.execute(macro)
    runnable = {id(b): _why_not(b, groups, off) for b in identities}
    asked = [b.identity for b in identities if not runnable[id(b)][1]]
    if any(isinstance(i, Reference) and isinstance(i.to, str) for i in asked):
        _known(connection, [b for b in identities if isinstance(b.identity, Register) and not runnable[id(b)][1]])
    if any(isinstance(i, Check) and i.person for i in asked):
        _person_now(connection)
    findings = [pl.DataFrame(schema=WHOLE_FINDING_SCHEMA)]
    outcomes = []
    for bound in identities:
        state, why = runnable[id(bound)]
        identity, rows, found, reasons = bound.identity, None, None, pl.DataFrame()
        if not why:
            connection.execute(day_macro("extracted", extracted.get(bound.area) or as_of.isoformat()))
            every = rows_of(connection, finding_query(bound))
            lawful = pl.col("how").str.starts_with(EXPLAINED)
            ((rows,),) = connection.execute(count_query(bound)).fetchall()
            if isinstance(identity, Sum) and not rows and every.height:
                # The files hold nothing of this kind (a tax collected elsewhere): nothing was compared.
                state, why = "not_run", f"{bound.area}/{identity.group} に{identity.where or '対象'}の行がない"
            else:
                found, reasons = _findings(bound, every.filter(~lawful)), every.filter(lawful)
                findings.append(found)
        outcomes.append(
            (bound.area, identity.id, identity.rule, identity.group, identity.note, state, why, rows,
             None if found is None else found.height, None if found is None else reasons.height,
             _reasons(identity, reasons))
        )  # fmt: skip
    return Evaluated(pl.concat(findings), pl.DataFrame(outcomes, schema=OUTCOME_SCHEMA, orient="row"))


def _why_not(bound: BoundIdentity, groups: Collection[tuple[str, str]], off: Mapping[str, str]) -> tuple[State, str]:
    if bound.identity.rule in off:
        return "off", off[bound.identity.rule]
    absent = sorted("/".join(place) for place in bound.named if place not in groups)
    identity = bound.identity
    asks_people = isinstance(identity, Reference) and isinstance(identity.to, str)
    asks_people = asks_people or (isinstance(identity, Check) and bool(identity.person))
    if asks_people and not any(area == REGISTER for area, _ in groups):
        absent.insert(0, f"{REGISTER}（住民基本台帳）")
    return ("not_run", f"{', '.join(absent)} を実行していない") if absent else ("checked", "")


def _reasons(identity: AnyIdentity, explained: pl.DataFrame) -> str:
    if not isinstance(identity, Sum) or explained.is_empty():
        return ""
    told = dict(explained["how"].value_counts().iter_rows())
    counts = [(reason.note, told.get(EXPLAINED + reason.code)) for reason in identity.explained]
    return "、".join(f"{note} {count:,}件" for note, count in counts if count)


def _findings(bound: BoundIdentity, found: pl.DataFrame) -> pl.DataFrame:
    identity = bound.identity
    return found.select(
        *LINEAGE[:6],
        subject=pl.coalesce(pl.col("other").cast(pl.String), "subject"),
        rule_id=pl.lit(identity.rule),
        item="item",
        reason=pl.when(pl.col("how") == "").then(pl.lit(identity.id)).otherwise(identity.id + ":" + pl.col("how")),
        before="before",
        candidate=pl.lit(None, dtype=pl.String),
        evidence=pl.lit(identity.note or None, dtype=pl.String),
        about="before",
    ).cast(pl.Schema(WHOLE_FINDING_SCHEMA)).select(list(WHOLE_FINDING_SCHEMA)).sort(
        "subject", "item", "file", "record_no", "reason", "before")  # fmt: skip


def _known(connection: duckdb.DuckDBPyConnection, registers: Sequence[BoundIdentity]) -> None:
    """Numbers that can be referred to. What was isolated is there, only not readable: references to it are no
    orphans.
    """
    persons = select_columns(connection, "persons", "person_number", "person_household_number")
    addressees = select_columns(connection, "addressees", "person_number")
    corporate = select_columns(connection, "persons", "person_number", "person_corporate_number")
    isolated = select_columns(connection, "isolated", "person_number", "household_number")
    own = f"SELECT * FROM (SELECT {persons} FROM persons) WHERE area IN {HOLDERS}"
    numbers = [
        f"SELECT person_number AS number FROM ({own})",
        f"SELECT person_number FROM (SELECT {addressees} FROM addressees)",
        f"SELECT person_number FROM (SELECT {isolated} FROM isolated)",
    ]
    for bound in registers:
        assert isinstance(bound.identity, Register)
        where = f" WHERE ({bound.identity.where})" if bound.identity.where else ""
        numbers.append(f"SELECT {quoted(bound.identity.item)} FROM {view_of(bound.area, bound.identity.group)}{where}")
    households = [
        f"SELECT person_household_number AS number FROM ({own})",
        f"SELECT household_number FROM (SELECT {isolated} FROM isolated)",
    ]
    columns = ("number", "household_number", "latest", "deleted", "status", "removed")
    listed = select_columns(connection, "persons", *(f"person_{c}" for c in columns))
    living = [
        f"SELECT person_household_number AS number FROM (SELECT {listed} FROM persons) WHERE {LIVING}",
        f"SELECT household_number FROM (SELECT {isolated} FROM isolated)",
    ]
    people = [
        f"SELECT person_number AS number FROM (SELECT {corporate} FROM persons) "
        f"WHERE area IN {HOLDERS} AND person_corporate_number IS NULL",
        numbers[2],
    ]
    tables = dict(zip(UNIVERSES.values(), (numbers, people, households, living), strict=True))
    for name, selects in tables.items():
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT DISTINCT number FROM ({' UNION ALL '.join(selects)}) "
            "WHERE number IS NOT NULL"
        )


def _person_now(connection: duckdb.DuckDBPyConnection) -> None:
    """One row a 宛名番号: the register's current row, else that of 住登外."""
    names = [f"person_{c}" for c in PERSON_COLUMNS]
    listed = select_columns(connection, "persons", "person_number", "person_latest", "person_deleted", *names)
    chosen = ", ".join(f"{n} AS {c}" for n, c in zip(names, PERSON_COLUMNS, strict=True))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE person_now AS SELECT person_number AS number, {chosen}
        FROM (SELECT {listed} FROM persons)
        WHERE person_number IS NOT NULL AND COALESCE(person_deleted, '0') = '0' AND area IN {HOLDERS}
        QUALIFY ROW_NUMBER() OVER (
            PARTITION BY person_number
            ORDER BY area <> '001', COALESCE(person_latest, '1') <> '1', area, subject, file, record_no) = 1""")


def _empty_views(connection: duckdb.DuckDBPyConnection, tables: Mapping[tuple[str, str], Items]) -> None:
    days = [day_macro(name, date.min.isoformat()) for name in ("as_of", "extracted")]
    for macro in (*MACROS, *days):
        connection.execute(macro)
    for (area, group), items in tables.items():
        columns = [f"{c} {'BIGINT' if c in ('record_no', 'byte_offset') else 'VARCHAR'}" for c in LINEAGE]
        columns += [f"{quoted(i)} VARCHAR" for i in items]
        connection.execute(f"CREATE TABLE {view_of(area, group)} ({', '.join(columns)})")
    for table in UNIVERSES.values():
        connection.execute(f"CREATE TABLE {table} (number VARCHAR)")
    persons = ", ".join(f"{c} VARCHAR" for c in PERSON_COLUMNS)
    connection.execute(f"CREATE TABLE person_now (number VARCHAR, {persons})")
