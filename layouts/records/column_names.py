"""The names that a header gives to columns, against those a source definition declares."""

from __future__ import annotations

from collections.abc import Sequence

from char_mapping.errors import UnreadableFile


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
