"""What must hold inside an area and between areas, as data: ``standard/<family>/<edition>/<area>/identities.yml``.

An identity names a rule of the catalogue, the group it is about and a kind: a reference, a sum, a check of one row,
shares, periods, a dependence or uniqueness. Nothing here reads data; ``rules/identities`` evaluates. ``holds`` and
``where`` are SQL conditions over items of the groups an identity names; a name that SQL would not read as a word stands
in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from layouts.standard_groups import STANDARD, StandardGroup
from layouts.yaml_reader import Definition, YamlDocument, read_yaml

IDENTITIES = "identities.yml"
Universe = Literal["addressees", "people", "households", "living_households"]
Items = tuple[str, ...]
Allowed = Literal["yes", "no"]

_TEXT = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r'"([^"]+)"|((?![0-9])\w+)')


class GroupItems(Definition):
    """Items of another group's rows, of those that meet ``where``; ``area`` is empty for the identity's own."""

    area: str = ""
    group: str
    item: str | Items
    where: str = ""

    @property
    def items(self) -> Items:
        """The items as a tuple."""
        return _listed(self.item)


class Amount(Definition):
    """An amount of a group added up by key items."""

    area: str = ""
    group: str
    amount: str
    by: Items
    where: str = ""


class Join(Definition):
    """Another group's row beside the checked one: ``on`` maps own items to its items; ``alias`` names it in SQL."""

    alias: str
    area: str = ""
    group: str
    on: Mapping[str, str]
    where: str = ""


class Explanation(Definition):
    """A lawful reason for a difference (差異理由コード): a key of the sum that stands in a group's rows which meet
    ``where``. ``on`` maps key items of the sum to the group's items.
    """

    code: str = Field(pattern="^[a-z][a-z0-9_]*$")
    note: str
    area: str = ""
    group: str
    on: Mapping[str, str] = Field(min_length=1)
    where: str


class _Identity(Definition):
    id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    rule: str
    group: str
    where: str = ""
    items: Items = ()
    note: str = ""
    basis: str = ""


class Reference(_Identity):
    """``item`` of every row stands in ``to``: the 宛名 of all areas, those of them that are people (no 法人), the
    households, those of them in which somebody lives, or items of a group.
    """

    kind: Literal["reference"]
    item: str | Items
    to: Universe | GroupItems

    @property
    def referring(self) -> Items:
        """The referring items as a tuple."""
        return _listed(self.item)


class Register(_Identity):
    """The 宛名番号 in ``item`` may be referred to: the group holds addressees of its own, such as 法人."""

    kind: Literal["register"]
    item: str


class Sum(_Identity):
    """The amounts of ``group`` add up, by key, to those of ``equals``.

    Rows that meet ``less`` count against the others, whatever sign they are written with (還付). A difference that one
    of ``explained`` accounts for is counted under its code and is no finding.
    """

    kind: Literal["sum"]
    amount: str
    by: Items
    equals: Amount
    less: str = ""
    explained: tuple[Explanation, ...] = ()

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if any(key not in self.by for reason in self.explained for key in reason.on):
            raise ValueError("explained: on: names key items of the sum (by:)")
        return self


class Check(_Identity):
    """``holds`` is true of every row (``own`` in SQL); ``person`` names the item whose 宛名's current row stands
    beside it; ``items`` are shown where it does not hold.
    """

    kind: Literal["check"]
    items: Items = Field(min_length=1)
    holds: str
    person: str = ""
    joins: tuple[Join, ...] = ()


class Shares(_Identity):
    """The fractions of each key add up to one, exactly."""

    kind: Literal["shares"]
    by: Items
    numerator: str
    denominator: str


class Periods(_Identity):
    """The periods of a key; both days count, an empty end is open. ``gap`` and ``overlap`` say what is allowed."""

    kind: Literal["periods"]
    by: Items
    start: str
    end: str
    gap: Allowed = "yes"
    overlap: Allowed = "no"


class Depends(_Identity):
    """Rows that agree in ``from`` agree in ``to``."""

    kind: Literal["depends"]
    source_items: Items = Field(alias="from")
    to: Items


class Unique(_Identity):
    """No two rows agree in ``items``."""

    kind: Literal["unique"]
    items: Items = Field(min_length=1)


AnyIdentity = Annotated[
    Reference | Register | Sum | Check | Shares | Periods | Depends | Unique, Field(discriminator="kind")
]


class IdentityFile(Definition):
    """The identities of one area in one edition."""

    identities: tuple[AnyIdentity, ...]


class BoundIdentity(Definition):
    """An identity with its area and the line it stands in."""

    area: str
    where: str
    identity: AnyIdentity

    @property
    def named(self) -> dict[tuple[str, str], Items]:
        """(area, group) → the items the identity names there outside its conditions, each once."""
        found: dict[tuple[str, str], list[str]] = {}
        for area, group, items in _parts(self.identity):
            found.setdefault((area or self.area, group), []).extend(items)
        return {place: tuple(dict.fromkeys(items)) for place, items in found.items()}

    def needs(self, groups: Mapping[tuple[str, str], StandardGroup]) -> dict[tuple[str, str], Items]:
        """(area, group) → the items the identity reads there, in its conditions too; groups that are not given are
        left as named.
        """
        words = [w for condition in _conditions(self.identity) for w in words_of(condition)]
        return {
            place: tuple(dict.fromkeys((*items, *(w for w in words if place in groups and w in groups[place].by_name))))
            for place, items in self.named.items()
        }


def words_of(condition: str) -> list[str]:
    """The names in an SQL condition, outside its texts.

    >>> words_of("取消区分 = '取消' AND num(税額) > 0")
    ['取消区分', 'AND', 'num', '税額']
    """
    return [quoted or plain for quoted, plain in _WORD.findall(_TEXT.sub("''", condition))]


def load_identities(family: str, edition: str, area: str, *, root: Path | None = None) -> tuple[BoundIdentity, ...]:
    """The identities of an area in one edition; none where the edition has no such file.

    Raises:
        DefinitionError: an unknown key or kind, an id twice; with file and line.
    """
    path = (root or STANDARD) / family / edition / area / IDENTITIES
    return _read(path) if path.is_file() else ()


@cache
def _read(path: Path) -> tuple[BoundIdentity, ...]:
    document = read_yaml(path)
    table = document.build(IdentityFile)
    seen: dict[str, int] = {}
    for position, identity in enumerate(table.identities):
        if identity.id in seen:
            raise document.error("identities", position, "id", expected="every id once", found=identity.id,
                                 todo="Choose another id")
        seen[identity.id] = position
    return tuple(
        BoundIdentity(area=path.parent.name, where=document.where("identities", position), identity=identity)
        for position, identity in enumerate(table.identities)
    )


def check_items(path: Path, groups: Mapping[str, StandardGroup]) -> None:
    """Check that every item an area's identities name inside the area stands in its group.

    Args:
        path: The identities file.
        groups: The area's groups of the same edition, by id.

    Raises:
        DefinitionError: an unknown group or item, with file and line.
    """
    document = read_yaml(path)
    for position, bound in enumerate(_read(path)):
        for (area, group), items in bound.named.items():
            if area == bound.area:
                _check_place(document, position, groups, group, items)


def _check_place(
    document: YamlDocument, position: int, groups: Mapping[str, StandardGroup], group: str, items: Sequence[str]
) -> None:
    if group not in groups:
        raise document.error("identities", position, "group", expected="one of " + ", ".join(sorted(groups)),
                             found=group, todo="Correct the group")
    for item in items:
        if item not in groups[group].by_name:
            raise document.error("identities", position, expected=f"items of group {group}", found=item,
                                 todo="Correct the name")


def _parts(identity: AnyIdentity) -> Iterator[tuple[str, str, Items]]:
    own = list(identity.items)
    match identity:
        case Reference():
            own += identity.referring
            if isinstance(identity.to, GroupItems):
                yield identity.to.area, identity.to.group, identity.to.items
        case Register():
            own.append(identity.item)
        case Sum():
            own += [*identity.by, identity.amount]
            other = identity.equals
            yield other.area, other.group, (*other.by, other.amount)
            for reason in identity.explained:
                yield reason.area, reason.group, tuple(reason.on.values())
        case Check():
            own += [identity.person] if identity.person else []
            for join in identity.joins:
                own += join.on
                yield join.area, join.group, tuple(join.on.values())
        case Shares():
            own += [*identity.by, identity.numerator, identity.denominator]
        case Periods():
            own += [*identity.by, identity.start, identity.end]
        case Depends():
            own += [*identity.source_items, *identity.to]
        case Unique():
            pass
    yield "", identity.group, tuple(own)


def _conditions(identity: AnyIdentity) -> Iterator[str]:
    yield identity.where
    match identity:
        case Reference():
            if isinstance(identity.to, GroupItems):
                yield identity.to.where
        case Sum():
            yield identity.equals.where
            yield identity.less
            yield from (reason.where for reason in identity.explained)
        case Check():
            yield identity.holds
            yield from (join.where for join in identity.joins)
        case _:
            pass


def _listed(item: str | Items) -> Items:
    return (item,) if isinstance(item, str) else item
