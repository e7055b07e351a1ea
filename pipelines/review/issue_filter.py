"""Which issues of a run are asked for, and the SQL of it over the table ``base`` of ``issue_tables``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.review.issue_tables import quoted

FACETS: dict[str, str] = {
    "state": "状態", "severity": "重さ", "rule": "規則", "area": "業務", "group": "グループ", "town": "町字",
    "confidence": "確からしさ", "owner": "主管課", "charge": "担当者", "blocks": "止めるもの",
}
"""Facets of the queue with their labels."""

COLUMNS = {
    "state": "state", "severity": "severity", "rule": "rule_id", "area": "area_id", "group": "group_id", "town": "town",
    "confidence": "confidence", "owner": "owner", "charge": "charge", "blocks": "blocks",
}
"""Their columns."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which issues: one or more values a facet, a text, and what the person may see at all.

    ``areas`` None means all areas; ``sheltered`` asks for the queue of 支援措置 (their issues alone); ``text`` is a
    number, an issue id or the beginning of an item.
    """

    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""
    areas: tuple[str, ...] | None = None
    sheltered: bool = False
    issue_ids: tuple[str, ...] = ()
    by_person: bool = True

    def without(self, facet: str) -> Filter:
        """The same filter with one facet open."""
        return replace(self, facets={name: values for name, values in self.facets.items() if name != facet})


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of SQL with the values of its question marks."""

    sql: str
    values: list[Any]


def condition(wanted: Filter, known: Mapping[str, Sequence[str]], *, skip: str = "") -> Condition:
    """What ``wanted`` asks for, the facet ``skip`` left open; ``known`` are the values a coded column has."""
    sql, values = ["true"], list[Any]()
    for facet, chosen in wanted.facets.items():
        if chosen and facet != skip:
            sql.append(_one_of(COLUMNS[facet], chosen, known))
    if wanted.areas is not None:
        sql.append(_one_of("area_id", wanted.areas, known))
    if wanted.sheltered:
        sql.append("protected")
    if wanted.issue_ids:
        sql.append("issue_id IN (SELECT unnest(?))")
        values.append(list(wanted.issue_ids))
    text = wanted.text.strip()
    if text:
        about = ["issue_id = ?", "starts_with(item, ?)", "rule_id = ?"]
        values += [text.lower(), text, text.upper()]
        if wanted.by_person:
            about += ["number = ?", "household = ?"]
            values += [text, text]
        sql.append("(" + " OR ".join(about) + ")")
    return Condition(" AND ".join(sql), values)


def _one_of(column: str, chosen: Sequence[str], known: Mapping[str, Sequence[str]]) -> str:
    """A condition on dictionary codes: what the run does not have is not asked for."""
    there = known.get(column)
    if there is None:
        return f"{column} IN ({', '.join(map(quoted, chosen))})"
    kept = [value for value in there if value in chosen]
    if len(kept) == len(there):
        return "true"
    name = "issue_state" if column == "state" else f"t_{column}"
    return f"{column} IN ({', '.join(f'{quoted(value)}::{name}' for value in kept)})" if kept else "false"
