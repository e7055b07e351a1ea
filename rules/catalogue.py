"""The rule catalogue: one row a rule in ``catalogue.csv``, and the only place where a rule is registered.

A rule exists because it has a row; it is *built* when the row's ``module`` names a module of this package that
exports exactly one of ``find``, ``clean`` and ``find_whole``, or the fault table ``rules/faults.csv`` (what
decoders report), the safety net ``rules/schema`` (types, lengths, what may not be blank), a ``pipelines.`` step
that makes its findings itself, or the module of ``layouts`` or ``char_mapping`` that keeps the rule while it reads
and writes. Reading the catalogue imports neither
polars nor any rule.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from types import MappingProxyType, ModuleType
from typing import Any

from char_mapping.errors import DefinitionError

FAULT_TABLE = "rules/faults.csv"
VERBS = ("find", "clean", "find_whole")
_VOCABULARY: Mapping[str, frozenset[str]] = {
    "stage": frozenset({"decode", "source", "clean", "find", "whole", "process"}),
    "scope": frozenset({"cell", "record", "file", "pair"}),
    "severity": frozenset({"E", "W", "I"}),
    "action": frozenset({"AUTO", "PROPOSE", "REVIEW", "BLOCK", "NONE"}),
    "blocks": frozenset({"file", "record", "release", "none"}),
    "sees_empty": frozenset({"yes", "no"}),
    "form_only": frozenset({"yes", "no"}),
    "ask": frozenset({"fix_at_source", "approve", "judge", "policy", "confirm"}),
    "state": frozenset({"built", "planned", "out"}),
}
_VERB_OF_STAGE = {"clean": "clean", "find": "find", "source": "find", "whole": "find_whole"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the catalogue.

    ``sees_empty`` says whether the rule must also see items that are empty throughout a block (a rule that asks for
    missing values, or compares items); ``form_only`` marks an AUTO rule that changes form alone and may therefore
    touch certified items; ``ask`` names the sheet of the steward's workbook a finding goes to when the item is not
    certified; ``version`` is raised by hand whenever a finding or an output of the rule changes; ``order`` is the
    place in its stage, smallest first.
    """

    id: str
    name: str
    name_en: str
    version: int
    stage: str
    order: int
    scope: str
    sees_empty: bool
    severity: str
    action: str
    blocks: str
    basis: str
    form_only: bool
    ask: str
    state: str
    module: str
    reason: str
    description: str
    fields: str
    before: str
    after: str
    evidence: str

    @property
    def family(self) -> str:
        """The three letters before the dash."""
        return self.id.split("-", 1)[0]

    @property
    def finding_action(self) -> str:
        """What an open finding asks for: an AUTO rule finds only what it may not or cannot cure, so a person looks."""
        return "REVIEW" if self.action == "AUTO" else self.action

    @property
    def modules(self) -> tuple[str, ...]:
        """The rule's modules of this package, the one of its stage first; none for fault table rows and steps
        of the flow.

        A second module is what an AUTO rule leaves open: the cells it may not or cannot cure, as findings.
        """
        return tuple(self.module.split()) if self.state == "built" and self.module.startswith("rules.") else ()

    def as_dict(self) -> dict[str, Any]:
        """The row as plain values, in column order."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rows, in the order of the file."""

    rules: tuple[Rule, ...]
    by_id: Mapping[str, Rule]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __getitem__(self, rule_id: str) -> Rule:
        return self.by_id[rule_id]

    def built(self) -> tuple[Rule, ...]:
        """The rules that are built, by stage order."""
        return tuple(sorted((r for r in self.rules if r.state == "built"), key=lambda r: (r.order, r.id)))


def check_switched_off(catalogue: Catalogue, off: Mapping[str, str]) -> None:
    """Check ``[rules.off]`` of ikou.toml: rule id → reason.

    Raises:
        DefinitionError: An id the catalogue does not have, or no reason.
    """
    for rule_id, reason in off.items():
        if rule_id not in catalogue.by_id:
            raise DefinitionError(
                "ikou.toml [rules.off]", expected="an id of the catalogue", found=rule_id, todo="See `ikou rules list`."
            )
        if not reason.strip():
            raise DefinitionError(
                f"ikou.toml [rules.off] {rule_id}", expected="a reason", found="nothing", todo="Say why it is off."
            )


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a run with their code, each list in catalogue order.

    ``off`` are the rules a project switched off, with its reason.
    """

    catalogue: Catalogue
    cleans: tuple[tuple[Rule, Callable[..., Any]], ...]
    finds: tuple[tuple[Rule, Callable[..., Any]], ...]
    wholes: tuple[tuple[Rule, Callable[..., Any]], ...]
    off: Mapping[str, str]

    @classmethod
    def select(
        cls, catalogue: Catalogue, off: Mapping[str, str] | None = None, only: frozenset[str] | None = None
    ) -> RuleSet:
        """Import the built rules of a catalogue and sort them by what they export.

        Args:
            catalogue: From :func:`load_catalogue`.
            off: Rule id → reason, from ``[rules.off]`` of ikou.toml.
            only: Where given, no other rules are taken (tests and ``--rule``).

        Raises:
            DefinitionError: An unknown rule id, a missing reason, or a row whose module does not keep the contract.
        """
        off = dict(off or {})
        check_switched_off(catalogue, off)
        lists: dict[str, list[tuple[Rule, Callable[..., Any]]]] = {verb: [] for verb in VERBS}
        for rule in catalogue.built():
            if rule.id in off or (only is not None and rule.id not in only):
                continue
            for verb, function in resolve(rule):
                lists[verb].append((rule, function))
        return cls(
            catalogue=catalogue,
            cleans=tuple(lists["clean"]),
            finds=tuple(lists["find"]),
            wholes=tuple(lists["find_whole"]),
            off=MappingProxyType(off),
        )


def resolve(rule: Rule) -> tuple[tuple[str, Callable[..., Any]], ...]:
    """The verb and the function of each module of a rule.

    Raises:
        DefinitionError: A module is missing or exports none or several of the verbs, or the first one's is not
        the stage's.
    """
    where = f"rules/catalogue.csv {rule.id}"
    found: list[tuple[str, Callable[..., Any]]] = []
    for name in rule.modules:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise
            raise DefinitionError(
                where, expected=f"module {name}", found="no such module", todo="Write it, or set state to planned."
            ) from None
        verb = exported_verb(module)
        if verb is None or (not found and verb != _VERB_OF_STAGE.get(rule.stage)):
            raise DefinitionError(
                where,
                expected=f"{name} to export {_VERB_OF_STAGE.get(rule.stage, 'nothing')} alone (stage {rule.stage})",
                found=verb or "none or several of find, clean, find_whole",
                todo="Export exactly one verb, and let the stage say the same.",
            )
        found.append((verb, getattr(module, verb)))
    return tuple(found)


def exported_verb(module: ModuleType) -> str | None:
    """The one verb a module exports, or None when it has none or several."""
    found = [verb for verb in VERBS if callable(getattr(module, verb, None))]
    return found[0] if len(found) == 1 else None


@cache
def load_catalogue() -> Catalogue:
    """The shipped catalogue, checked row by row.

    Raises:
        DefinitionError: A column is missing, a word is outside its vocabulary, an id repeats, a reason or
        module is missing.
    """
    text = resources.files("rules").joinpath("catalogue.csv").read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines(keepends=True))
    expected = [f.name for f in fields(Rule)]
    if list(reader.fieldnames or ()) != expected:
        raise DefinitionError(
            "rules/catalogue.csv:1",
            expected=",".join(expected),
            found=",".join(reader.fieldnames or ()),
            todo="Mend the head.",
        )
    rows: dict[str, Rule] = {}
    for row in reader:
        rule = _row(row, f"rules/catalogue.csv:{reader.line_num}")
        if rule.id in rows:
            raise DefinitionError(
                f"rules/catalogue.csv:{reader.line_num}", expected="each id once", found=rule.id, todo="Remove one."
            )
        rows[rule.id] = rule
    return Catalogue(rules=tuple(rows.values()), by_id=MappingProxyType(rows))


def _row(row: Mapping[str, str], where: str) -> Rule:
    for column, words in _VOCABULARY.items():
        if row[column] not in words:
            raise DefinitionError(
                f"{where} {row['id']}.{column}",
                expected=" | ".join(sorted(words)),
                found=row[column],
                todo="Use one of them.",
            )
    if not row["version"].isdecimal() or not row["order"].isdecimal():
        raise DefinitionError(
            f"{where} {row['id']}",
            expected="whole numbers in version and order",
            found=f"{row['version']}, {row['order']}",
        )
    if row["state"] == "built" and not row["module"]:
        raise DefinitionError(
            f"{where} {row['id']}", expected="a module for a built rule", found="none", todo="Name it."
        )
    if row["state"] != "built" and not row["reason"]:
        raise DefinitionError(
            f"{where} {row['id']}",
            expected=f"a reason for state {row['state']}",
            found="none",
            todo="Say why it is not built.",
        )
    if row["form_only"] == "yes" and row["action"] != "AUTO":
        raise DefinitionError(
            f"{where} {row['id']}",
            expected="form_only on AUTO rules alone",
            found=row["action"],
            todo="Clear form_only.",
        )
    values: dict[str, Any] = dict(row)
    values["version"] = int(row["version"])
    values["order"] = int(row["order"])
    values["form_only"] = row["form_only"] == "yes"
    values["sees_empty"] = row["sees_empty"] == "yes"
    return Rule(**values)
