"""Row conditions of mappings, on raw source values."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from layouts.yaml_reader import Definition, YamlDocument


class Condition(Definition):
    """A row condition on raw source values, where an empty cell and ``""`` are the same.

    Exactly one of: ``item`` with ``in`` or ``not_in``; ``all``; ``any``.
    """

    item: str | None = None
    in_: tuple[str, ...] | None = Field(default=None, alias="in")
    not_in: tuple[str, ...] | None = None
    all_: tuple[Condition, ...] | None = Field(default=None, alias="all")
    any_: tuple[Condition, ...] | None = Field(default=None, alias="any")

    @property
    def source_items(self) -> tuple[str, ...]:
        """The items the condition looks at, in order."""
        own = (self.item,) if self.item is not None else ()
        return own + tuple(name for part in (self.all_ or ()) + (self.any_ or ()) for name in part.source_items)


def check_condition(condition: Condition, items: Iterable[str], source_id: str, document: YamlDocument,
                    *at: str | int) -> None:
    """Check the form of a condition and that its items are ``items`` of the source.

    Raises:
        DefinitionError: another combination of keys, or an unknown item; with file, line and item.
    """
    known = frozenset(items)
    waiting: list[tuple[tuple[str | int, ...], Condition]] = [(at, condition)]
    while waiting:
        here, one = waiting.pop()
        forms = (one.item is not None) + (one.all_ is not None) + (one.any_ is not None)
        sets = (one.in_ is not None) + (one.not_in is not None)
        if forms != 1 or sets != (1 if one.item is not None else 0):
            raise document.error(*here, expected="item with in or not_in, or all, or any", found="another combination",
                                 todo="Write one of them")
        if one.item is not None and one.item not in known:
            raise document.error(*here, "item", expected=f"an item of source {source_id}", found=one.item,
                                 todo="Correct the name")
        for key, parts in (("all", one.all_), ("any", one.any_)):
            waiting.extend(((*here, key, i), part) for i, part in enumerate(parts or ()))
