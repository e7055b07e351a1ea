"""Clusters of numbers that are one person, and which number the others would be linked to.

Pairs join from the surest down; a pair that would bring two numbers together that cannot be one person (other 個人番号,
two present residents, twins) is left out of the cluster and stays a pair to decide. Issued by: cleansing.md §6.3 (△):
住民 (現存) before 除票 before 住登外, then who has a 個人番号, then the smaller number. Fields are never mixed and
numbers never changed: the candidate is only the 名寄せ先.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb
import polars as pl

from rules.duplicates.levels import CERTAIN, JUDGED, MEDIUM, RETURNED, STRONG, judged_pairs
from rules.duplicates.matching_people import OUTSIDE, PEOPLE, PRESENT
from rules.references.relations import rows_of

JOINING = (CERTAIN, RETURNED, STRONG, MEDIUM)
SIZE_LIMIT = 20
"""A larger cluster is no person: its pairs are listed one by one."""


def survivors(relation: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row a clustered number: number, cluster (the smallest number in it), survivor, size."""
    judged_pairs(relation)
    order = " ".join(f"WHEN '{level}' THEN {n}" for n, level in enumerate(JOINING))
    joining = ", ".join(f"'{level}'" for level in JOINING)
    edges = rows_of(relation, f"""
        SELECT a_number, b_number FROM {JUDGED} WHERE level IN ({joining})
        ORDER BY CASE level {order} END, a_number, b_number""")
    numbers = pl.concat([edges["a_number"], edges["b_number"]]).unique().sort()
    relation.register("given_numbers", numbers.rename("number").to_frame().to_arrow(
        compat_level=pl.CompatLevel.oldest()))
    people = rows_of(
        relation, f"SELECT number, state, digest, sex FROM {PEOPLE} SEMI JOIN given_numbers USING (number)"
    )
    apart = rows_of(relation, f"""
        SELECT a_number, b_number FROM {JUDGED} SEMI JOIN given_numbers ON a_number = number
        WHERE level NOT IN ({joining}) AND level <> 'C'""")
    relation.unregister("given_numbers")
    known = {row["number"]: row for row in people.iter_rows(named=True)}
    clusters = _joined(edges.iter_rows(), known, {frozenset(pair) for pair in apart.iter_rows()})
    rows = [
        (number, min(members), min(members, key=lambda n: _rank(known[n])), len(members))
        for members in clusters for number in sorted(members)
    ]  # fmt: skip
    schema = {"number": pl.String, "cluster": pl.String, "survivor": pl.String, "size": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("number")


def _joined(
    edges: Iterable[tuple[str, ...]], people: Mapping[str, Mapping[str, str | None]], apart: set[frozenset[str]]
) -> list[frozenset[str]]:
    home: dict[str, set[str]] = {}
    for a, b in edges:
        one, other = home.setdefault(a, {a}), home.setdefault(b, {b})
        if one is other or len(one) + len(other) > SIZE_LIMIT:
            continue
        if any(frozenset((x, y)) in apart or _contradict(people[x], people[y]) for x in one for y in other):
            continue
        one |= other
        for number in other:
            home[number] = one
    return sorted({frozenset(members) for members in home.values() if len(members) > 1}, key=min)


def _contradict(a: Mapping[str, str | None], b: Mapping[str, str | None]) -> bool:
    if a["digest"] and a["digest"] == b["digest"]:
        return False
    differ = any(a[name] and b[name] and a[name] != b[name] for name in ("digest", "sex"))
    return differ or (a["state"] == PRESENT and b["state"] == PRESENT)


def _rank(person: Mapping[str, str | None]) -> tuple[int, int, str]:
    place = {PRESENT: 0, OUTSIDE: 2}.get(str(person["state"]), 1)
    return place, 0 if person["digest"] else 1, str(person["number"])
