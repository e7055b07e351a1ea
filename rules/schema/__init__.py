"""Schemas of the standard groups: the safety net under the rules, built from layouts alone.

A named rule says more than a type check, so what a rule has found on a cell is not found again here
(``rules.engine.without_found``). What the net adds: type, width, character-counted length, code membership, dates as
text, required items where the source of the layout itself says so.
"""

from rules.schema.findings import schema_findings
from rules.schema.group_schema import build_schema

__all__ = ["build_schema", "schema_findings"]
