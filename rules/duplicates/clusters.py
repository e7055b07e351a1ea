"""Clusters of numbers that are one person, and which number the others would be linked to.

Pairs join from the surest down; a pair that would bring two numbers together that cannot be one person (other 個人番号,
two present residents, twins) is left out of the cluster and stays a pair to decide. Issued by: cleansing.md §6.3 (△):
住民 (現存) before 除票 before 住登外, of 除票 who moved out first (they keep their number), then who has a 個人番号,
then whose number more areas use, whose row was touched last, and the smaller number. Fields are never mixed and
numbers never changed: the candidate is only the 名寄せ先.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from rules.duplicates.levels import CERTAIN, JUDGED, MEDIUM, RETURNED, STRONG, judged_pairs
from rules.duplicates.matching_people import DEAD, MOVED_OUT, OUTSIDE, PEOPLE, PRESENT, prepare
from rules.references.relations import LINEAGE, rows_of, select_columns

CLUSTERS, CROWDS = "match_clusters", "match_crowds"
JOINING = (CERTAIN, RETURNED, STRONG, MEDIUM)
SIZE_LIMIT = 20
"""A larger cluster is no person: its pairs are listed one by one, and the run says so."""


@dataclass(frozen=True, slots=True)
class Person:
    """What of the holder of a number decides about clusters.

    ``digest`` is that of the 個人番号, ``since`` and ``gone`` are ISO texts, ``areas`` counts the 業務 whose rows of
    people use the number, ``updated`` is the day its row was last touched.
    """

    number: str
    state: str
    digest: str | None = None
    sex: str | None = None
    since: str | None = None
    gone: str | None = None
    areas: int = 0
    updated: str | None = None


@dataclass(frozen=True, slots=True)
class Clusters:
    """``members`` (two and more each, disjoint, by smallest number), and groups of pairs that were ``too_large`` to be
    one person.
    """

    members: tuple[frozenset[str], ...]
    too_large: tuple[frozenset[str], ...]


def place_in_order(person: Person) -> int:
    """0 of a present resident, 1 of a 除票, 2 of 住登外."""
    return {PRESENT: 0, OUTSIDE: 2}.get(person.state, 1)


def survivor_of(people: Iterable[Person]) -> Person:
    """The one whose number stays (cleansing.md §6.3)."""
    # Sorting is stable: the smaller number first, then the newest day before older ones and none.
    newest = sorted(sorted(people, key=lambda p: p.number), key=lambda p: p.updated or "", reverse=True)
    return min(newest, key=lambda p: (place_in_order(p), p.state != MOVED_OUT, not p.digest, -p.areas))


def contradict(a: Person, b: Person) -> bool:
    """Whether two numbers cannot be one person's, whatever else agrees."""
    if a.digest and a.digest == b.digest:
        return False
    if (a.digest and b.digest) or (a.sex and b.sex and a.sex != b.sex):
        return True
    after_death = any(
        x.state == DEAD and y.state == PRESENT and (y.since or "") > (x.gone or "9999") for x, y in ((a, b), (b, a))
    )
    return after_death or (a.state == PRESENT and b.state == PRESENT)


def people_of(relation: duckdb.DuckDBPyConnection, numbers: Collection[str]) -> dict[str, Person]:
    """Who holds these numbers, by number; a number nobody of the register or 住登外 has is left out."""
    prepare(relation)
    given = pl.DataFrame({"number": sorted(numbers)}, schema={"number": pl.String})
    relation.register("given_numbers", given.to_arrow(compat_level=pl.CompatLevel.oldest()))
    used = select_columns(
        relation, "persons", "person_number", "operator_date", "person_processed_date", "person_change_date"
    )
    rows = rows_of(relation, f"""
        WITH used AS (
            SELECT person_number AS number, COUNT(DISTINCT area) AS areas,
                   max(CASE WHEN area IN ('001', '031')
                       THEN COALESCE(operator_date, person_processed_date, person_change_date) END) AS updated
            FROM (SELECT {used} FROM persons) WHERE person_number IN (SELECT number FROM given_numbers)
            GROUP BY person_number)
        SELECT number, state, digest, sex, since, gone, areas, updated
        FROM {PEOPLE} SEMI JOIN given_numbers USING (number) LEFT JOIN used USING (number) ORDER BY number""")
    relation.unregister("given_numbers")
    return {row["number"]: Person(**{**row, "areas": row["areas"] or 0}) for row in rows.iter_rows(named=True)}


def apart_pairs(relation: duckdb.DuckDBPyConnection, numbers: Collection[str]) -> set[frozenset[str]]:
    """Compared pairs among these numbers that something speaks against (refused, twins)."""
    judged_pairs(relation)
    joining = ", ".join(f"'{level}'" for level in JOINING)
    given = pl.DataFrame({"number": sorted(numbers)}, schema={"number": pl.String})
    relation.register("given_numbers", given.to_arrow(compat_level=pl.CompatLevel.oldest()))
    found = rows_of(relation, f"""
        SELECT a_number, b_number FROM {JUDGED} WHERE level NOT IN ({joining}) AND level <> 'C'
          AND a_number IN (SELECT number FROM given_numbers) AND b_number IN (SELECT number FROM given_numbers)""")
    relation.unregister("given_numbers")
    return {frozenset(pair) for pair in found.iter_rows()}


def make_clusters(relation: duckdb.DuckDBPyConnection) -> None:
    """Make ``match_clusters`` (number, cluster, survivor, size) and ``match_crowds`` (number, crowd), once a
    connection: a crowd is more numbers than one person has.
    """
    made = relation.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = ?", [CLUSTERS]).fetchall()
    if made[0][0]:
        return
    judged_pairs(relation)
    order = " ".join(f"WHEN '{level}' THEN {n}" for n, level in enumerate(JOINING))
    joining = ", ".join(f"'{level}'" for level in JOINING)
    edges = rows_of(relation, f"""
        SELECT a_number, b_number FROM {JUDGED} WHERE level IN ({joining})
        ORDER BY CASE level {order} END, a_number, b_number""")
    numbers = set(edges["a_number"]) | set(edges["b_number"])
    people = people_of(relation, numbers)
    found = join_pairs(edges.iter_rows(), people, apart_pairs(relation, numbers))
    rows = [
        (number, min(members), survivor_of(people[n] for n in members).number, len(members))
        for members in found.members for number in sorted(members)
    ]  # fmt: skip
    texts = dict.fromkeys(("number", "cluster", "survivor"), pl.String)
    crowds = [(number, min(members)) for members in found.too_large for number in sorted(members)]
    for table, frame in (
        (CLUSTERS, pl.DataFrame(rows, schema={**texts, "size": pl.Int64}, orient="row")),
        (CROWDS, pl.DataFrame(crowds, schema={"number": pl.String, "crowd": pl.String}, orient="row")),
    ):
        relation.register("given_clusters", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        relation.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM given_clusters")
        relation.unregister("given_clusters")


def survivors(relation: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row a clustered number: number, cluster (the smallest number in it), survivor, size."""
    make_clusters(relation)
    return rows_of(relation, f"SELECT * FROM {CLUSTERS} ORDER BY number")


def crowds(relation: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Groups of pairs that are more than one person: subject (all of them, sorted, joined by ``|``), before (the
    numbers), people, and where the first of them stands.
    """
    make_clusters(relation)
    placed = ", ".join(f"arg_min({c}, (area <> '031', subject, file, record_no)) AS {c}"
                       for c in LINEAGE if c != "subject")  # fmt: skip
    return rows_of(relation, f"""
        SELECT {placed}, string_agg(subject, '|' ORDER BY subject) AS subject,
               string_agg(number, ' / ' ORDER BY number) AS before, COUNT(*) AS people
        FROM {CROWDS} JOIN {PEOPLE} USING (number) GROUP BY crowd ORDER BY crowd""")


def join_pairs(
    edges: Iterable[tuple[str, ...]], people: Mapping[str, Person], apart: Collection[frozenset[str]]
) -> Clusters:
    """Join pairs into clusters, the surest first; no cluster holds two who contradict or more than ``SIZE_LIMIT``, and
    of what would be larger none is clustered.

    Args:
        edges: Pairs of numbers, the surest first.
        people: Who holds them.
        apart: Pairs that something speaks against.
    """
    home: dict[str, set[str]] = {}
    beyond: list[tuple[str, str]] = []
    for a, b in edges:
        one, other = home.setdefault(a, {a}), home.setdefault(b, {b})
        if one is other:
            continue
        if any(frozenset((x, y)) in apart or contradict(people[x], people[y]) for x in one for y in other):
            continue
        if len(one) + len(other) > SIZE_LIMIT:
            beyond.append((a, b))
            continue
        one |= other
        for number in other:
            home[number] = one
    crowded = _meeting(home[a] | home[b] for a, b in beyond)
    # Where the line through a crowd falls is chance: none of it is a cluster.
    apart_from = frozenset().union(*crowded)
    alone = {frozenset(m) for m in home.values() if len(m) > 1 and not m & apart_from}
    return Clusters(tuple(sorted(alone, key=min)), crowded)


def _meeting(groups: Iterable[set[str]]) -> tuple[frozenset[str], ...]:
    """Groups that share a number, as one; by smallest number."""
    found: list[set[str]] = []
    for group in groups:
        apart = [one for one in found if not one & group]
        found = [*apart, group.union(*(one for one in found if one & group))]
    return tuple(sorted((frozenset(one) for one in found), key=min))
