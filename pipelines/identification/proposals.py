"""From a clerk's answer to a proposal in the ledger: one code of one source and table (MOJ-002)."""

from __future__ import annotations

from char_mapping.errors import DefinitionError
from char_mapping.gaiji import CLASSES
from char_mapping.imports.incoming import read_target
from layouts.sources import SourceDefinition
from pipelines.flows.code_tables import place_of_codes
from pipelines.ledger import Proposal
from rules.catalogue import load_catalogue

RULE = "MOJ-002"


def proposal_of(
    source: SourceDefinition, table: str, code: str, target: str, *, identified_as: str, proposer: str, reason: str,
    supersedes: str | None = None, undo: bool = False, generation: str = "",
) -> Proposal:
    """What somebody proposes that a code is.

    Args:
        source: The source.
        table: The 外字対応表 that reads the code's files (path from the project root, or "").
        code: Four hexadecimal digits.
        target: A character, an MJ or a GJ name; ignored with ``undo``.
        identified_as: 字形一致, デザイン差 or 類似.
        proposer: Who proposes it; another person approves.
        reason: Why.
        supersedes: The decision that this one replaces or undoes.
        undo: End a decision without another.
        generation: Export generation that was looked at.

    Raises:
        DefinitionError: No such class, code or character.
    """
    where = f"identification of {place_of_codes(source, table or None)} {code}"
    if len(code) != 4 or any(digit not in "0123456789ABCDEF" for digit in code):
        raise DefinitionError(where, expected="a code of four hexadecimal digits", found=code)
    if identified_as not in CLASSES[:-2] and not undo:
        raise DefinitionError(where, expected=" | ".join(CLASSES[:-2]), found=identified_as or "nothing")
    if not undo:
        try:
            char, name = read_target(target)
        except ValueError as error:
            raise DefinitionError(where, expected="a character, an MJ or a GJ name", found=str(error)) from None
        if not char:
            raise DefinitionError(where, expected="a character, an MJ or a GJ name", found="nothing")
        target = name or char
    return Proposal(
        rule_id=RULE, rule_version=load_catalogue()[RULE].version, issue_id="", value_hash="",
        kind="undo" if undo else "identify_glyph", proposer=proposer, reason=reason,
        value=None if undo else target, evidence=identified_as, supersedes=supersedes, generation=generation,
        scope="value", selector={"source": place_of_codes(source, table or None), "code": code},
    )
