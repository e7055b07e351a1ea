"""Reading an answered 確認票 back: each answered row becomes proposals, or is refused with the reason.

What a row was about is taken from the run, never from the workbook: the workbook only says what was answered, and its
key cells must be those that the run would write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from char_mapping.errors import DefinitionError, UnreadableFile
from pipelines.ledger import Proposal
from pipelines.ledger.events import CHANGES_VALUE, DUPLICATES, EVERY_VALUE, TWO_PERSONS
from pipelines.reports.run_files import RunFiles
from pipelines.reports.sheets import (
    ANSWER,
    ANSWERED_BY,
    CERTIFIED_MARK,
    DEADLINE,
    FORMAT,
    IDENTITY,
    ISSUE_ID,
    NEW_VALUE,
    REASON,
    SHEETS,
    VALUE_HASH,
    Choice,
    Sheet,
)
from pipelines.reports.work_list import build_work_list

# Columns that hold what the run says of a row whoever looks at it; counts and 「これまで」 move with other decisions.
_KEY_FIELDS = (
    "number", "household", "name", "record_key", "item_path", "rule", "certified", "before", "candidate", "evidence")
_KIND_KEY_FIELDS = ("item_path", "rule", "certified")


# A cell that Excel took for a date comes back with a time behind it.
TWINS = "DUP-006"
"""Shown so that nobody links them."""
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: [0-9:.]+)?\Z")
_OCCURRENCE = re.compile(r"\[[0-9]+\]")
_WRITE_A_DAY = "「期限」は 2026-05-29 のように記入してください。"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: sheet, 1-based row as Excel counts, and why (Japanese, without a value)."""

    sheet: str
    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What an answered workbook says.

    ``proposals`` are to be appended to the ledger; ``unchanged`` rows are there already with the same answer;
    ``left_open`` rows ask for another treatment (1件ずつ判断したい) and stay undecided.
    """

    department: str
    proposals: tuple[Proposal, ...]
    unchanged: int
    left_open: int
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    sheet: Sheet
    number: int
    cells: Mapping[str, str]

    def answer(self, name: str) -> str:
        return self.cells.get(name, "").strip()


def workbook_identity(workbook: Path) -> dict[str, str]:
    """What a workbook says of itself: format, fingerprint of the run, department, generation.

    Raises:
        UnreadableFile: No Excel file, or none written by ``ikou``.
    """
    try:
        reader = fastexcel.read_excel(workbook)
    except (fastexcel.FastExcelError, FileNotFoundError) as error:
        raise UnreadableFile(
            str(workbook), expected="an Excel workbook (.xlsx)", found=type(error).__name__,
            todo="Save the 確認票 as .xlsx and name that file.",
        ) from None
    if IDENTITY not in reader.sheet_names:
        raise UnreadableFile(
            str(workbook), expected="a 確認票 written by ikou", found="a workbook without its hidden sheet",
            todo="Enter the answers into the workbook that was handed out, not into a copy of its sheets.",
        )
    sheet = reader.load_sheet(IDENTITY, header_row=None, dtypes="string").to_polars()
    facts = {str(row[0]): str(row[1] or "") for row in sheet.iter_rows()}
    if facts.get("format") != FORMAT:
        raise UnreadableFile(
            str(workbook), expected=FORMAT, found=facts.get("format", "no format"),
            todo="Export the 確認票 again with this version and enter the answers there.",
        )
    return facts


def read_answers(workbook: Path, run: RunFiles, decisions: pl.DataFrame, *, proposer: str) -> Answers:
    """Check an answered workbook row by row against its run and the ledger.

    Args:
        workbook: The answered 確認票.
        run: The run it was written from.
        decisions: ``Ledger.decisions`` of now.
        proposer: Account in whose name the answers are proposed.

    Raises:
        UnreadableFile: The file is no 確認票, or belongs to another run.
        DefinitionError: No proposer.
    """
    facts = workbook_identity(workbook)
    if facts.get("fingerprint") != run.statistics.get("fingerprint"):
        raise UnreadableFile(
            str(workbook), expected=f"the 確認票 of run {run.folder.name}", found="one of another run",
            todo="Name the run that the workbook was exported from.",
        )
    if not proposer.strip():
        raise DefinitionError("ikou issues apply", expected="--proposer NAME (起案者)", found="nothing")
    return _Reading(run, decisions, facts["department"], proposer.strip()).read(workbook)


class _Reading:
    def __init__(self, run: RunFiles, decisions: pl.DataFrame, department: str, proposer: str) -> None:
        rows = build_work_list(run, decisions).filter(pl.col("department") == department)
        self._single = {row["issue_id"]: row for row in rows.filter(~pl.col("by_kind")).iter_rows(named=True)}
        self._kind: dict[str, dict[str, Any]] = {
            row["kind_id"]: row for row in rows.filter("by_kind").reverse().iter_rows(named=True)
        }
        # The work list shows what a finding about a file is about in place of its item; a decision needs the item.
        asked = pl.Series([row["issue_id"] for row in self._kind.values()], dtype=pl.String)
        said = run.issues().filter(pl.col("issue_id").is_in(asked.implode())).select("issue_id", "item_path")
        self._items: dict[str, str] = {issue: item or "" for issue, item in said.iter_rows()}
        live = decisions.filter(pl.col("state").is_in(["proposed", "approved"]))
        self._live = {_subject(row["rule_id"], row["selector"]): row for row in live.iter_rows(named=True)}
        self._department, self._proposer = department, proposer
        self._generation = str(run.statistics.get("generation") or "")

    def read(self, workbook: Path) -> Answers:
        proposals: list[Proposal] = []
        refused: list[Refusal] = []
        unchanged = left_open = 0
        seen: set[str] = set()
        for row in _answered_rows(workbook):
            key = row.cells.get(ISSUE_ID, "")
            outcome = "この行は2度出てきます。" if key in seen else self._understand(row)
            seen.add(key)
            if isinstance(outcome, str):
                refused.append(Refusal(row.sheet.name, row.number, outcome))
            elif outcome is None:
                left_open += 1
            else:
                fresh = [proposal for proposal in outcome if not self._is_known(proposal)]
                unchanged += len(outcome) - len(fresh)
                proposals += [self._superseding(proposal) for proposal in fresh]
        return Answers(self._department, tuple(proposals), unchanged, left_open, tuple(refused))

    def _understand(self, row: _Row) -> list[Proposal] | str | None:
        """Proposals of one row, the reason for refusing it, or None when it leaves the question open."""
        key, value_hash = row.cells.get(ISSUE_ID, ""), row.cells.get(VALUE_HASH, "")
        by_kind = key in self._kind
        issue = self._kind.get(key) if by_kind else self._single.get(key)
        if issue is None or issue["sheet"] != row.sheet.number:
            return "どの不備への回答かがわかりません（隠れた識別の列が変わっています）。"
        if value_hash != (issue["kind_hash"] if by_kind else issue["value_hash"]):
            return "識別の列が変わっています。確認票を出し直して記入してください。"
        if changed := _changed_key(row, issue, _KIND_KEY_FIELDS if by_kind else _KEY_FIELDS):
            return f"「{changed}」の欄が変わっています。回答の欄だけに記入してください。"
        choice = next((choice for choice in row.sheet.choices if choice.label == row.answer(ANSWER)), None)
        if choice is None:
            return "「回答」が選択肢にありません。▼から選んでください。"
        if choice.kind is None:
            return None
        if issue["certified"] and not choice.certified:
            return "住民票記載事項の値は書き換えられません。現行で直してください。"
        if choice.needs_reason and not row.answer(REASON):
            return "「根拠」が要ります。"
        pair = str(issue["rule_id"]).startswith(DUPLICATES)
        if choice.of_pairs and (not pair or issue["rule_id"] == TWO_PERSONS):
            return "重複の組だけに使える回答です。"
        if pair and choice.kind in CHANGES_VALUE:
            if by_kind or choice.kind != "adopt_candidate":
                return "宛名番号は書き換えません。重複の組は、1件ずつ紐付けるか別人とするかを回答してください。"
            choice = replace(choice, kind="link_to")
        return self._proposals(row, choice, issue, by_kind=by_kind)

    def _proposals(
        self, row: _Row, choice: Choice, issue: dict[str, Any], *, by_kind: bool
    ) -> list[Proposal] | str:
        deadline = _date(row.answer(DEADLINE))
        if isinstance(deadline, str):
            return deadline
        new_value = row.cells.get(NEW_VALUE, "")
        if choice.takes == "new_value" and not new_value:
            return "「修正後の値」が要ります。"
        if choice.kind == "waive" and deadline is None:
            return "いつまで許容するかを「期限」に記入してください。"
        evidence = [f"回答者 {row.answer(ANSWERED_BY)}"] if row.answer(ANSWERED_BY) else []
        if choice.kind == "send_back" and deadline is not None:
            evidence.append(f"対応予定 {deadline.isoformat()}")
        value = new_value or None if choice.takes in ("new_value", "either") else None
        if choice.takes in ("candidate", "either") and value is None:
            value = issue["proposed"]
        if choice.needs_candidate and not value:
            return "候補がありません。ほかの回答を選んでください。"
        if choice.kind == "link_to":
            others = set(str(issue["before"]).split(" / ")) - {value}
            if len(others) != 1 or issue["rule_id"] == TWINS:
                return "この組は、この回答では紐付けられません。画面で判断してください。"
            value = f"{others.pop()}>{value}"
        said = Proposal(
            rule_id=issue["rule_id"], rule_version=issue["rule_version"], issue_id=issue["issue_id"],
            value_hash=issue["value_hash"], kind=choice.kind or "accept_as_is", proposer=self._proposer,
            reason=row.answer(REASON) or f"確認票の回答：{choice.label}", value=value,
            certified=issue["certified"], evidence="／".join(evidence),
            expires=deadline if choice.kind == "waive" else None, generation=self._generation,
        )
        if not by_kind:
            return [said]
        # One answer for the kind is one decision on it: it also holds for what the next extract brings, and an issue
        # that was decided by itself keeps that. Each issue has a candidate of its own.
        selector = kind_selector(issue | {"item_path": self._items[issue["issue_id"]]})
        return [replace(said, issue_id="", value_hash="", value=None, scope="pattern", selector=selector)]

    def _is_known(self, proposal: Proposal) -> bool:
        live = self._live.get(_subject(proposal.rule_id, proposal.selects))
        return live is not None and all(
            live[name] == wanted for name, wanted in (
                ("kind", proposal.kind), ("value", proposal.value), ("value_hash", proposal.value_hash),
                ("rule_version", proposal.rule_version), ("reason", proposal.reason),
                ("evidence", proposal.evidence),
                ("expires", proposal.expires.isoformat() if proposal.expires else None),
            )
        )

    def _superseding(self, proposal: Proposal) -> Proposal:
        live = self._live.get(_subject(proposal.rule_id, proposal.selects))
        return proposal if live is None else replace(proposal, supersedes=live["id"])


def kind_selector(issue: Mapping[str, Any]) -> dict[str, str]:
    """Selector of a policy on all issues of a kind: rule × area × group × item, whatever the value."""
    return {
        "area": str(issue["area_id"]), "group": str(issue["group_id"] or ""),
        "item": _OCCURRENCE.sub("", str(issue["item_path"] or "")), "pattern": EVERY_VALUE,
    }


def _subject(rule_id: str, selector: str) -> tuple[str, str]:
    # A policy belongs to its rule; an issue already says which rule found it.
    return ("", selector) if "issue_id" in selector else (rule_id, selector)


def _answered_rows(workbook: Path) -> Iterator[_Row]:
    reader = fastexcel.read_excel(workbook)
    for sheet in SHEETS:
        if sheet.name not in reader.sheet_names:
            continue
        table = reader.load_sheet(sheet.name, header_row=None, dtypes="string").to_polars().fill_null("")
        headings: list[str] = []
        for number, values in enumerate(table.iter_rows(), 1):
            if not headings:
                # The row of column names is found by the hidden key column: somebody may have put a line above it.
                headings = [str(value) for value in values] if ISSUE_ID in values else []
                continue
            row = _Row(sheet, number, dict(zip(headings, values, strict=True)))
            if row.answer(ANSWER):
                yield row


def _changed_key(row: _Row, issue: Mapping[str, Any], fields: tuple[str, ...]) -> str:
    """Heading of the first locked cell that differs from what the run writes, or ""."""
    for column in row.sheet.columns:
        if column.field not in fields:
            continue
        value = issue[column.field]
        expected = (CERTIFIED_MARK if value else "") if column.field == "certified" else str(value)
        if row.cells.get(column.heading, "").strip() != expected.strip():
            return column.heading.replace("\n", "")
    return ""


def _date(text: str) -> date | str | None:
    """The day a clerk wrote (2026-05-29, 2026/5/29, 2026年5月29日), or the sentence that asks for one."""
    if not text:
        return None
    found = _DAY.match(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else _WRITE_A_DAY
    except ValueError:
        return _WRITE_A_DAY
