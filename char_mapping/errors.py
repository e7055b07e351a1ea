"""The two families of errors that are ours or the definitions' fault (bad data is an issue row, never an exception)."""

from __future__ import annotations

from typing import Any


class IkouError(Exception):
    """Base of the errors ikou raises on purpose; the message never holds a resident's value."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as they stand: subclasses take other arguments than the message they keep."""
        return _again, (type(self), self.args, self.__dict__)


def _again(family: type[IkouError], args: tuple[Any, ...], state: dict[str, Any]) -> IkouError:
    error = family.__new__(family, *args)
    error.__dict__.update(state)
    return error


def _sentence(where: str, expected: str, found: str, todo: str) -> str:
    parts = [where]
    if expected:
        parts.append(f"expected {expected}")
    if found:
        parts.append(f"found {found}")
    text = ": ".join([parts[0], ", ".join(parts[1:])]) if len(parts) > 1 else parts[0]
    return f"{text}. {todo}" if todo else text


class DefinitionError(IkouError):
    """A definition (copybook, source, mapping, code table, layout, project file) is wrong.

    Args:
        where: File and line, and the item where one is meant (``mappings/001/resident.yml:12 氏名``).
        expected: What would have been right.
        found: What stands there; definitions hold no personal data, so it may be shown.
        todo: The next step for the reader, one imperative sentence.
    """

    def __init__(self, where: str, *, expected: str = "", found: str = "", todo: str = "") -> None:
        super().__init__(_sentence(where, expected, found, todo))
        self.where = where


class UnreadableFile(IkouError):
    """A received file cannot be what its definition declares it to be.

    Args:
        where: File, and the record (1-based) or byte offset where one is meant.
        expected: What the definition or the receipt declares.
        found: What was measured: sizes, counts, hashes; never the content of a record.
        todo: The next step for the reader, one imperative sentence.
    """

    def __init__(self, where: str, *, expected: str = "", found: str = "", todo: str = "") -> None:
        super().__init__(_sentence(where, expected, found, todo))
        self.where = where
