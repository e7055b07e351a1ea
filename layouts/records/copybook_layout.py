"""What a copybook describes: its tree of items with offsets, and the elementary fields a reader decodes.

Offsets and lengths count bytes from the start of the record, 0-based.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from char_mapping.errors import DefinitionError
from layouts.records.copybook_clauses import Condition, SignPlace, clause_error, fold_name
from layouts.records.copybook_source import Token
from layouts.records.dialects import Dialect, Storage
from layouts.records.picture import Picture

Codec = Literal["text", "zoned", "packed", "packed_unsigned", "binary", "float"]
TextKind = Literal["single", "double", "mixed"]


@dataclass(frozen=True, slots=True)
class Rename:
    """A level 66: another name for the bytes from ``first`` to ``last`` (paths)."""

    name: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Item:
    """One node of a record description.

    ``offset`` is that of the first occurrence, ``length`` that of one occurrence with its slack bytes; ``occurs`` is
    the maximum number of occurrences (1 without OCCURS), ``occurs_min`` and ``depending_on`` describe OCCURS DEPENDING
    ON.
    """

    level: int
    name: str
    path: str
    line: int
    offset: int
    length: int
    picture: Picture | None = None
    storage: Storage = "display"
    sign: SignPlace = "none"
    occurs: int = 1
    occurs_min: int = 1
    depending_on: str = ""
    redefines: str = ""
    justified: bool = False
    blank_when_zero: bool = False
    conditions: tuple[Condition, ...] = ()
    children: tuple[Item, ...] = ()
    repeated: bool = False

    @property
    def filler(self) -> bool:
        """True where the item has no name of its own."""
        return self.name == "FILLER"

    @property
    def total_length(self) -> int:
        """Bytes of all occurrences at their maximum."""
        return self.length * self.occurs


@dataclass(frozen=True, slots=True)
class Shift:
    """A table that moves the fields behind it: they stand ``(maximum - counter) * size`` bytes earlier.

    That holds only while the table is there itself: each counter of ``exists`` is at least its occurrence (of a table
    in a table; where the outer occurrence is absent, the outer table moves them by the whole of it).
    """

    counter: str
    maximum: int
    size: int
    exists: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One elementary item at one occurrence: what a reader decodes.

    ``name`` is unique in its record: the COBOL name, with the occurring groups and 1-based occurrences
    (``給付(1).金額``, ``金額(2)``), or the whole path where two items share a name. ``length`` counts bytes; ``digits``
    and ``scale`` decimal places. ``occurrences`` are the 1-based subscripts, outermost first. ``exists`` lists
    (counter field, occurrence): the field is there only while the counter is at least that. ``shifts`` are
    the tables before it, which move it in the shifted reading of OCCURS DEPENDING ON.
    """

    name: str
    cobol_name: str
    path: str
    level: int
    line: int
    offset: int
    length: int
    codec: Codec
    text_kind: TextKind
    picture: Picture | None
    usage: Storage
    digits: int
    scale: int
    signed: bool
    sign: SignPlace
    endian: Literal["big", "little"]
    justified: bool
    blank_when_zero: bool
    overflow_checked: bool
    redefines: str
    occurrences: tuple[int, ...] = ()
    exists: tuple[tuple[str, int], ...] = ()
    shifts: tuple[Shift, ...] = ()
    conditions: tuple[Condition, ...] = ()
    filler: bool = False

    @property
    def occurs(self) -> tuple[int, ...]:
        """The 1-based subscripts of this occurrence (empty without OCCURS)."""
        return self.occurrences


@dataclass(frozen=True)
class Record:
    """One level 01 (or 77): its tree, and its elementary fields in storage order."""

    root: Item
    all_fields: tuple[Field, ...]
    renames: tuple[Rename, ...] = ()

    @property
    def name(self) -> str:
        """The name of the level 01."""
        return self.root.name

    @property
    def length(self) -> int:
        """Bytes with every table at its maximum."""
        return self.root.total_length

    @property
    def minimum_length(self) -> int:
        """Bytes with every OCCURS DEPENDING ON at its minimum (shifted reading)."""
        return _minimum(self.root)

    def fields(self, *, filler: bool = False) -> tuple[Field, ...]:
        """Elementary fields in storage order; FILLER (named ``FILLER#1`` …) only on request."""
        return tuple(f for f in self.all_fields if filler or not f.filler)


def _minimum(item: Item) -> int:
    times = item.occurs_min if item.depending_on else item.occurs
    if not item.children:
        return item.length * times
    own = 0
    for child in item.children:
        if not child.redefines:
            own += _minimum(child)
    slack = item.length - sum(c.total_length for c in item.children if not c.redefines)
    return (own + max(slack, 0)) * times


def _codec(item: Item, dialect: Dialect) -> tuple[Codec, TextKind, Literal["big", "little"]]:
    storage, picture = item.storage, item.picture
    if storage in ("float", "double"):
        return "float", "single", dialect.native_endian if dialect.float == "ieee" else "big"
    if storage == "index":
        return "binary", "single", dialect.native_endian
    if storage in ("packed", "packed_unsigned"):
        return ("packed" if storage == "packed" else "packed_unsigned"), "single", "big"
    if storage in ("binary", "native", "comp_x"):
        return "binary", "single", dialect.native_endian if storage == "native" else dialect.binary_endian
    if picture is not None and picture.category == "numeric":
        return "zoned", "single", "big"
    if picture is not None and picture.category == "national":
        return "text", "double", "big"
    mixed = picture is not None and picture.category in ("alphanumeric", "alphanumeric_edited")
    return "text", "mixed" if mixed else "single", "big"


def _walk(
    item: Item, dialect: Dialect, base: int, names: tuple[str, ...], subscripts: tuple[int, ...], redefines: str,
    exists: tuple[tuple[str, int], ...],
) -> Iterator[Field]:
    inside = item.path if item.redefines else redefines
    for occurrence in range(item.occurs):
        start = base + item.offset + occurrence * item.length
        repeated = item.repeated
        subs = (*subscripts, occurrence + 1) if repeated else subscripts
        label = f"{item.name}({occurrence + 1})" if repeated else item.name
        here = (*exists, (item.depending_on, occurrence + 1)) if item.depending_on else exists
        if item.children:
            chain = (*names, label) if repeated else names
            for child in item.children:
                yield from _walk(child, dialect, start - item.offset, chain, subs, inside, here)
            continue
        codec, text_kind, endian = _codec(item, dialect)
        picture = item.picture
        signed = bool(picture and picture.signed and picture.category == "numeric")
        digits = picture.digits if picture else 0
        checked = (
            codec == "binary" and item.storage == "binary" and dialect.binary_range == "digits" and digits > 0
        )
        yield Field(
            name=".".join((*names, label)), cobol_name=item.name, path=item.path, level=item.level, line=item.line,
            offset=start, length=item.length, codec=codec, text_kind=text_kind, picture=picture, usage=item.storage,
            digits=digits, scale=picture.scale if picture else 0, signed=signed, sign=item.sign, endian=endian,
            justified=item.justified, blank_when_zero=item.blank_when_zero, overflow_checked=checked,
            redefines=inside, occurrences=subs, exists=here, conditions=item.conditions, filler=item.filler,
        )


def _tables(item: Item) -> Iterator[Item]:
    if item.depending_on:
        yield item
    for child in item.children:
        yield from _tables(child)


def _table_places(item: Item, moved: int, exists: tuple[tuple[str, int], ...]) -> Iterator[tuple[int, Shift]]:
    """Where each OCCURS DEPENDING ON ends at its maximum, once for every occurrence of the tables around it."""
    start = item.offset + moved
    if item.depending_on:
        yield start + item.total_length, Shift(item.depending_on, item.occurs, item.length, exists)
    for occurrence in range(item.occurs):
        here = (*exists, (item.depending_on, occurrence + 1)) if item.depending_on else exists
        for child in item.children:
            yield from _table_places(child, moved + occurrence * item.length, here)


def _items(item: Item) -> Iterator[Item]:
    yield item
    for child in item.children:
        yield from _items(child)


def _with_unique_names(fields: list[Field]) -> list[Field]:
    """Names that two items share are replaced by their paths, FILLER by FILLER#n."""
    shared = Counter(f.name for f in fields if not f.filler)
    out: list[Field] = []
    fillers = 0
    for each in fields:
        if each.filler:
            fillers += 1
            out.append(replace(each, name=f"FILLER#{fillers}"))
        elif shared[each.name] > 1:
            # Only the part after the level 01 tells brothers apart; the occurrences stay where they belong.
            path = each.path.split(".", 1)[-1]
            tail = each.name.rsplit(".", 1)[-1]
            marked = path.rsplit(".", 1)[0] + "." + tail if "." in path else tail
            subs = "" if not each.occurrences else "".join(f"({n})" for n in each.occurrences)
            unique = marked if "(" in tail or not subs else f"{marked}{subs}"
            out.append(replace(each, name=unique))
        else:
            out.append(each)
    again = Counter(f.name for f in out)
    seen: Counter[str] = Counter()
    for index, each in enumerate(out):
        if again[each.name] > 1:
            seen[each.name] += 1
            out[index] = replace(each, name=f"{each.name}#{seen[each.name]}")
    return out


def record_of(root: Item, dialect: Dialect, copybook: str, renames: list[tuple[Token, Token, Token]]) -> Record:
    """The record of a placed level 01; ``renames`` are its level 66: name, first and last item.

    Raises:
        DefinitionError: DEPENDING ON or RENAMES names no item of the record.
    """
    fields = _with_unique_names(list(_walk(root, dialect, 0, (), (), "", ())))
    by_name: dict[str, Field] = {}
    for each in fields:
        by_name.setdefault(fold_name(each.cobol_name), each)
    tables = list(_tables(root))
    for table in tables:
        counter = by_name.get(fold_name(table.depending_on))
        if counter is None or counter.picture is None or counter.picture.category != "numeric":
            raise DefinitionError(
                f"{copybook}:{table.line} {table.name}", expected="a number of this record after DEPENDING ON",
                found=table.depending_on,
            )
    standing = [
        (end, Shift(
            by_name[fold_name(shift.counter)].name, shift.maximum, shift.size,
            tuple((by_name[fold_name(name)].name, n) for name, n in shift.exists),
        ))
        for end, shift in _table_places(root, 0, ())
    ]
    out: list[Field] = []
    for each in fields:
        shifts = tuple(shift for end, shift in standing if end <= each.offset)
        exists = tuple((by_name[fold_name(name)].name, n) for name, n in each.exists)
        out.append(replace(each, shifts=shifts, exists=exists))
    return Record(root, tuple(out), tuple(_renamed(root, *r) for r in renames))


def _renamed(root: Item, name: Token, first: Token, last: Token) -> Rename:
    paths = {fold_name(i.name): i.path for i in reversed(list(_items(root)))}
    for token in (first, last):
        if fold_name(token.text) not in paths:
            raise clause_error(token, f"an item of record {root.name}", token.text)
    return Rename(name.text, paths[fold_name(first.text)], paths[fold_name(last.text)])
