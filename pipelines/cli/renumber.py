"""``ikou issues renumber``: propose a new 宛名番号 for the 住登外 side of one number on two persons (種ア)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from char_mapping.errors import DefinitionError


def renumber(project: Path, *, number: str, areas: Sequence[str], proposer: str, reason: str, new: str = "") -> int:
    """Record the proposal (起案) in the ledger; another person approves it with ``ikou issues approve``.

    Args:
        project: The project's folder.
        number: The 宛名番号 two people hold.
        areas: 業務IDs whose rows of this number are the 住登外 person's.
        proposer: Who proposes.
        reason: Why, and from which papers.
        new: The new number; the next free one of ``[reserved_numbers]`` without.

    Returns:
        0.

    Raises:
        DefinitionError: no reserved range, none free, or what the ledger refuses.
    """
    import polars as pl

    from pipelines.ledger import Proposal, open_ledger
    from pipelines.project.loading import load_project
    from pipelines.steps.renumber import RULE
    from rules.catalogue import load_catalogue

    loaded = load_project(project, source_only=True)
    reserved = loaded.definition.reserved_numbers
    where = f"{loaded.folder / 'ikou.toml'} reserved_numbers"
    if reserved is None:
        raise DefinitionError(where, expected="first and last of a range nobody uses", found="nothing",
                              todo="Reserve a range of 宛名番号 for the new numbers")  # fmt: skip
    with open_ledger(loaded.data) as ledger:
        known = ledger.decisions().filter(pl.col("kind") == "renumber", pl.col("state") != "rejected")
        used = set(known["value"].drop_nulls())
        chosen = new or _next_free(reserved.first, reserved.last, used, where)
        if chosen in used:
            raise DefinitionError("--new", expected="a number no other decision gives", found="one that is given",
                                  todo="Leave --new out")  # fmt: skip
        proposal = Proposal(
            rule_id=RULE, rule_version=load_catalogue()[RULE].version, issue_id="", value_hash="", kind="renumber",
            proposer=proposer, reason=reason, value=chosen, scope="value",
            selector={"number": number, "areas": " ".join(sorted(areas))},
        )  # fmt: skip
        (decision,) = ledger.propose([proposal], at=datetime.now(UTC))
    sys.stdout.write(f"起案 {decision}: 業務 {' '.join(sorted(areas))} の該当する行に新しい番号 {chosen} を付けます。"
                     "別の人が ikou issues approve で承認すると、次のリハーサルで適用します。\n")  # fmt: skip
    return 0


def _next_free(first: str, last: str, used: set[str], where: str) -> str:
    for number in range(int(first), int(last) + 1):
        text = str(number).zfill(len(first))
        if text not in used:
            return text
    raise DefinitionError(where, expected="a free number", found="all given", todo="Reserve a further range")
