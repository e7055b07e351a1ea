"""Names of columns: what a header says against what a definition declares, and what a request for bytes names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from char_mapping.errors import DefinitionError, UnreadableFile

WHOLE_RECORD = "record"
"""What asks for the bytes of the whole record, in place of an item."""


def check_column_names(names: Sequence[str], declared: Sequence[str], where: str) -> None:
    """Check that every column has a name of its own and that they are the ``declared`` ones (none declared: any).

    Raises:
        UnreadableFile: They are not; ``where`` names the file and record.
    """
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled or "" in names:
        raise UnreadableFile(
            where, expected="a name of its own for each column",
            found=f"twice {', '.join(doubled)}" if doubled else "a column without a name",
        )
    if declared and set(names) != set(declared):
        missing = [name for name in declared if name not in names]
        extra = [name for name in names if name not in declared]
        raise UnreadableFile(
            where,
            expected=f"the columns of the source definition, among them {', '.join(missing[:5]) or 'no other'}",
            found=f"{len(names)} columns, not declared: {', '.join(extra[:5]) or 'none'}",
            todo="Correct items in source.yml, or the delimiter, code system or skip_lines.",
        )


def wanted_items(wanted: Sequence[str], columns: Iterable[str]) -> frozenset[str]:
    """The columns whose bytes are asked for: by name, or by the item of all its occurrences (``給付.金額``)."""
    names = set(wanted)
    return frozenset(c for c in columns if c in names or re.sub(r"\([0-9]+(,[0-9]+)*\)", "", c) in names)


def check_wanted(wanted: Sequence[str], columns: Iterable[str], where: str) -> None:
    """Check that every item whose bytes are asked for is one of the ``columns``.

    Raises:
        DefinitionError: One is not.
    """
    there = list(columns)
    missing = [name for name in wanted if name != WHOLE_RECORD and not wanted_items([name], there)]
    if missing:
        raise DefinitionError(
            where, expected=f"items of the records, or {WHOLE_RECORD}", found=", ".join(missing),
            todo="`ikou layouts show --copybook` lists the items.",
        )
