"""COBOL record descriptions: text of a copybook → tree of items with offsets, and the elementary fields of each record.

Offsets and lengths count bytes from the start of the record, 0-based. Names stay as written (Japanese names too); what
two compilers do differently comes from dialects.toml. A clause this parser does not know is a DefinitionError with its
line and column, never a skipped field.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from char_mapping.errors import DefinitionError
from layouts.records.copybook_source import (
    Members,
    Replacement,
    SourceFormat,
    Token,
    apply_replacing,
    ascii_upper,
    expand_copies,
    tokenize,
)
from layouts.records.dialects import Dialect, Storage, load_dialect
from layouts.records.picture import Picture, PictureError, parse_picture

Codec = Literal["text", "zoned", "packed", "packed_unsigned", "binary", "float"]
SignPlace = Literal["none", "leading", "trailing", "leading_separate", "trailing_separate"]
TextKind = Literal["single", "double", "mixed"]

_DIVISION = re.compile(r"^(DATA|FILE|WORKING-STORAGE|LINKAGE|LOCAL-STORAGE|FD|SD)$")
_ALIGNED: dict[str, int] = {"float": 4, "double": 8, "index": 4}


@dataclass(frozen=True, slots=True)
class Condition:
    """A level 88: ``ranges`` are (first, last) literals as written, last equal to first for a single value."""

    name: str
    ranges: tuple[tuple[str, str], ...]


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


@dataclass(frozen=True)
class Copybook:
    """A parsed copybook: its level-01 records in order."""

    name: str
    dialect: Dialect
    records: tuple[Record, ...]

    def record(self, name: str | None = None) -> Record:
        """The level 01 of that name, or the only one.

        Raises:
            DefinitionError: No such record, or several and no name given.
        """
        names = [r.name for r in self.records]
        if name is None and len(self.records) == 1:
            return self.records[0]
        for record in self.records:
            if name is not None and _fold(record.name) == _fold(name):
                return record
        raise DefinitionError(self.name, expected=f"one of the records {', '.join(names)}", found=name or "no name")

    def flat(self, record: str | None = None, *, filler: bool = False) -> tuple[Field, ...]:
        """Elementary fields of one record, or of all records in order."""
        if record is not None:
            return self.record(record).fields(filler=filler)
        return tuple(f for r in self.records for f in r.fields(filler=filler))


@dataclass(slots=True)
class _Entry:
    """One data description entry before offsets are known."""

    level: int
    name: str
    token: Token
    picture: Picture | None = None
    storage: Storage | None = None
    sign: SignPlace | None = None
    occurs: int = 0
    occurs_min: int = 0
    depending_on: Token | None = None
    redefines: Token | None = None
    justified: bool = False
    blank_when_zero: bool = False
    synchronized: bool = False
    conditions: list[Condition] = field(default_factory=list)
    children: list[_Entry] = field(default_factory=list)
    clauses: set[str] = field(default_factory=set)


def _fold(name: str) -> str:
    """Names are compared without case and with every kind of hyphen taken as ``-``."""
    return re.sub("[‐‑‒–—―−－]", "-", ascii_upper(name))


def _error(token: Token, expected: str, found: str, todo: str = "") -> DefinitionError:
    return DefinitionError(token.where, expected=expected, found=found, todo=todo)


class _Clauses:
    """Reads the clauses of one entry from its tokens."""

    def __init__(self, tokens: list[Token], dialect: Dialect) -> None:
        self.tokens = tokens
        self.dialect = dialect
        self.index = 0

    def peek(self) -> str:
        return self.tokens[self.index].upper if self.index < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        if self.peek() in words:
            self.index += 1
            return True
        return False

    def next(self, expected: str) -> Token:
        if self.index >= len(self.tokens):
            raise _error(self.tokens[-1], expected, "the end of the entry")
        self.index += 1
        return self.tokens[self.index - 1]

    def number(self, expected: str) -> int:
        token = self.next(expected)
        if not re.fullmatch(r"[0-9]+", token.text):
            raise _error(token, expected, token.text)
        return int(token.text)

    def read(self, entry: _Entry) -> None:
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            clause = self._read_clause(entry, token)
            if clause in entry.clauses:
                raise _error(token, f"one {clause} clause", "a second one")
            entry.clauses.add(clause)

    def _read_clause(self, entry: _Entry, token: Token) -> str:
        for words in self.dialect.ignored:
            run = [t.upper for t in self.tokens[self.index : self.index + len(words)]]
            if len(run) == len(words) and all(w in ("*", r) for w, r in zip(words, run, strict=True)):
                self.index += len(words)
                return " ".join(words)
        word = token.upper
        if token.kind == "word":
            if word in ("PIC", "PICTURE"):
                self._picture(entry)
                return "PICTURE"
            if word == "REDEFINES":
                self.index += 1
                entry.redefines = self.next("the name that is redefined")
                return word
            if word == "USAGE" or word in self.dialect.usages:
                self._usage(entry)
                return "USAGE"
            if word in ("SIGN", "LEADING", "TRAILING"):
                self._sign(entry)
                return "SIGN"
            if word == "OCCURS":
                self._occurs(entry)
                return word
            if word in ("SYNC", "SYNCHRONIZED", "SYNCHRONISED"):
                self.index += 1
                self.take("LEFT", "RIGHT")
                entry.synchronized = True
                return "SYNC"
            if word in ("JUST", "JUSTIFIED"):
                self.index += 1
                self.take("RIGHT")
                entry.justified = True
                return "JUSTIFIED"
            if word == "BLANK":
                self.index += 1
                self.take("WHEN")
                if not self.take("ZERO", "ZEROS", "ZEROES"):
                    raise _error(token, "BLANK WHEN ZERO", self.peek())
                entry.blank_when_zero = True
                return "BLANK WHEN ZERO"
            if word in ("VALUE", "VALUES"):
                self.index += 1
                self.ranges()
                return "VALUE"
            if word == "GROUP-USAGE":
                self.index += 1
                self.take("IS")
                self.next("NATIONAL")
                return word
        raise _error(
            token, "a data description clause", token.text,
            f"Correct the clause, or name the dialect that knows it (dialect {self.dialect.id} does not).",
        )

    def _picture(self, entry: _Entry) -> None:
        self.index += 1
        self.take("IS")
        token = self.next("a picture string")
        try:
            entry.picture = parse_picture(token.text)
        except PictureError as error:
            raise _error(token, "a picture", str(error)) from error

    def _usage(self, entry: _Entry) -> None:
        if self.take("USAGE"):
            self.take("IS")
        token = self.next("a usage")
        storage = self.dialect.usages.get(token.upper)
        if storage is None:
            raise _error(token, f"a usage of dialect {self.dialect.id}", token.text)
        entry.storage = storage

    def _sign(self, entry: _Entry) -> None:
        if self.take("SIGN"):
            self.take("IS")
        token = self.next("LEADING or TRAILING")
        if token.upper not in ("LEADING", "TRAILING"):
            raise _error(token, "LEADING or TRAILING", token.text)
        separate = self.take("SEPARATE")
        if separate:
            self.take("CHARACTER")
        if token.upper == "LEADING":
            entry.sign = "leading_separate" if separate else "leading"
        else:
            entry.sign = "trailing_separate" if separate else "trailing"

    def _occurs(self, entry: _Entry) -> None:
        start = self.next("OCCURS")
        entry.occurs = entry.occurs_min = self.number("a number of occurrences")
        if self.take("TO"):
            entry.occurs = self.number("the maximum of occurrences")
        self.take("TIMES")
        while True:
            if self.take("DEPENDING"):
                self.take("ON")
                entry.depending_on = self.next("the item that holds the number of occurrences")
                self._qualifiers()
            elif self.peek() in ("ASCENDING", "DESCENDING"):
                self.index += 1
                self.take("KEY")
                self.take("IS")
                self._names()
            elif self.take("INDEXED"):
                self.take("BY")
                self._names()
            else:
                break
        if entry.depending_on is None and entry.occurs != entry.occurs_min:
            raise _error(start, "DEPENDING ON after OCCURS … TO …", self.peek() or "the end of the entry")
        if entry.occurs < max(entry.occurs_min, 1):
            raise _error(start, "a maximum of at least 1 and the minimum", f"{entry.occurs_min} TO {entry.occurs}")
        if entry.depending_on is not None and entry.occurs_min == entry.occurs:
            entry.occurs_min = 0 if entry.occurs_min == 1 else entry.occurs_min

    def _qualifiers(self) -> None:
        while self.take("OF", "IN"):
            self.next("a qualifying name")

    def _names(self) -> None:
        reserved = {
            "PIC", "PICTURE", "USAGE", "SIGN", "LEADING", "TRAILING", "SYNC", "SYNCHRONIZED", "JUST", "JUSTIFIED",
            "BLANK", "VALUE", "VALUES", "REDEFINES", "DEPENDING", "ASCENDING", "DESCENDING", "INDEXED",
            *self.dialect.usages,
        }
        found = 0
        while self.index < len(self.tokens) and self.peek() not in reserved:
            self.index += 1
            found += 1
        if not found:
            raise _error(self.tokens[min(self.index, len(self.tokens) - 1)], "a name", self.peek() or "nothing")

    def ranges(self) -> tuple[tuple[str, str], ...]:
        """Literals of a VALUE clause, with THRU ranges."""
        self.take("IS", "ARE")
        found: list[tuple[str, str]] = []
        while self.index < len(self.tokens) and self._is_literal():
            prefix = "ALL " if self.take("ALL") else ""
            first = prefix + self.next("a literal").text
            last = first
            if self.take("THRU", "THROUGH"):
                last = self.next("a literal").text
            found.append((first, last))
        if not found:
            raise _error(self.tokens[min(self.index, len(self.tokens) - 1)], "a literal", self.peek() or "nothing")
        return tuple(found)

    def _is_literal(self) -> bool:
        token = self.tokens[self.index]
        return token.kind == "literal" or bool(
            re.fullmatch(
                r"[+-]?[0-9]*[.,]?[0-9]+|ALL|ZEROE?S?|SPACES?|LOW-VALUES?|HIGH-VALUES?|QUOTES?|NULLS?", token.upper
            )
        )


def _split_entries(tokens: list[Token]) -> Iterator[list[Token]]:
    entry: list[Token] = []
    for token in tokens:
        if token.kind == "period":
            if entry:
                yield entry
            entry = []
        else:
            entry.append(token)
    if entry:
        raise _error(entry[-1], "a period at the end of the entry", "the end of the copybook")


def _read_entries(tokens: list[Token], dialect: Dialect) -> Iterator[tuple[_Entry, list[Token]]]:
    for words in _split_entries(tokens):
        head = words[0]
        if _DIVISION.match(head.upper):
            continue
        if not re.fullmatch(r"0?[1-9]|[1-4][0-9]|66|77|88", head.text):
            raise _error(head, "a level number (01–49, 66, 77, 88)", head.text)
        level = int(head.text)
        rest = words[1:]
        name = "FILLER"
        if rest and rest[0].kind == "word" and not _starts_clause(rest, dialect):
            name = rest[0].text
            rest = rest[1:]
        if _fold(name) == "FILLER":
            name = "FILLER"
        yield _Entry(level, name, head), rest


def _starts_clause(words: list[Token], dialect: Dialect) -> bool:
    """A missing name: the first word begins a clause and can be no name (reserved words are no names)."""
    word = words[0].upper
    return word in {
        "PIC", "PICTURE", "REDEFINES", "USAGE", "OCCURS", "SYNC", "SYNCHRONIZED", "JUST", "JUSTIFIED", "BLANK", "VALUE",
        "VALUES", "SIGN", "RENAMES",
    } or (word in dialect.usages and len(words) > 1 and words[1].upper not in ("PIC", "PICTURE"))


class _Builder:
    """Places entries in a tree and computes offsets."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        self.name = name
        self.dialect = dialect

    def roots(self, tokens: list[Token]) -> list[tuple[_Entry, list[tuple[Token, Token, Token]]]]:
        """Top entries with their level 66 (name, first, last)."""
        roots: list[tuple[_Entry, list[tuple[Token, Token, Token]]]] = []
        stack: list[_Entry] = []
        for entry, words in _read_entries(tokens, self.dialect):
            clauses = _Clauses(words or [entry.token], self.dialect)
            if entry.level == 88:
                self._condition(entry, clauses, stack)
                continue
            if entry.level == 66:
                if not roots:
                    raise _error(entry.token, "a record before level 66", "none")
                roots[-1][1].append(self._rename(entry, clauses))
                continue
            if words:
                clauses.read(entry)
            if entry.level in (1, 77) or not stack:
                if entry.level not in (1, 77):
                    top = replace_level(entry, self.name)
                    roots.append((top, []))
                    stack = [top]
                else:
                    roots.append((entry, []))
                    stack = [entry]
                    continue
            self._attach(entry, stack)
        if not roots:
            raise DefinitionError(self.name, expected="a level 01 entry", found="none", todo="Check the source format.")
        return roots

    def _attach(self, entry: _Entry, stack: list[_Entry]) -> None:
        while stack and stack[-1].level >= entry.level:
            last = stack.pop()
            if stack and last.level > entry.level > stack[-1].level and not self.dialect.unequal_levels:
                raise _error(entry.token, f"level {last.level:02d} beside its brothers", f"{entry.level:02d}")
        if not stack:
            raise _error(entry.token, "a level above the record's", f"{entry.level:02d}")
        parent = stack[-1]
        if parent.level == 77 or parent.picture is not None:
            found = f"level {entry.level:02d} {entry.name}"
            raise _error(entry.token, f"no item below {parent.name}, which is elementary", found)
        parent.children.append(entry)
        stack.append(entry)

    def _condition(self, entry: _Entry, clauses: _Clauses, stack: list[_Entry]) -> None:
        if not stack:
            raise _error(entry.token, "an item before level 88", "none")
        if not clauses.take("VALUE", "VALUES"):
            raise _error(entry.token, "VALUE after the name of a level 88", clauses.peek())
        ranges = clauses.ranges()
        if clauses.take("WHEN"):
            clauses.take("SET")
            clauses.take("TO")
            clauses.take("FALSE")
            clauses.take("IS")
            clauses.ranges()
        if clauses.index < len(clauses.tokens):
            raise _error(clauses.tokens[clauses.index], "a literal or a period", clauses.peek())
        stack[-1].conditions.append(Condition(entry.name, ranges))

    def _rename(self, entry: _Entry, clauses: _Clauses) -> tuple[Token, Token, Token]:
        if not clauses.take("RENAMES"):
            raise _error(entry.token, "RENAMES after the name of a level 66", clauses.peek())
        first = clauses.next("the first item renamed")
        clauses._qualifiers()
        last = first
        if clauses.take("THRU", "THROUGH"):
            last = clauses.next("the last item renamed")
            clauses._qualifiers()
        return replace(entry.token, text=entry.name), first, last

    def place(self, entry: _Entry, offset: int, path: str, inherited: _Entry | None = None) -> Item:
        """The item of an entry at an offset, children first; slack bytes of SYNC included."""
        if inherited is not None:
            entry.storage = entry.storage or inherited.storage
            entry.sign = entry.sign or (inherited.sign if _takes_sign(entry) else None)
            entry.synchronized = entry.synchronized or inherited.synchronized
        own_path = f"{path}.{entry.name}" if path else entry.name
        children: tuple[Item, ...] = ()
        if entry.children:
            if entry.justified or entry.blank_when_zero:
                raise _error(entry.token, "no JUSTIFIED or BLANK WHEN ZERO on a group", entry.name)
            children, length = self._place_children(entry, offset, own_path)
        else:
            length = self._elementary_length(entry)
        return Item(
            level=entry.level, name=entry.name, path=own_path, line=entry.token.line, offset=offset, length=length,
            picture=entry.picture, storage=entry.storage or "display", sign=self._sign_place(entry),
            occurs=max(entry.occurs, 1), occurs_min=entry.occurs_min if entry.occurs else 1,
            depending_on=entry.depending_on.text if entry.depending_on else "",
            redefines=entry.redefines.text if entry.redefines else "", justified=entry.justified,
            blank_when_zero=entry.blank_when_zero, conditions=tuple(entry.conditions), children=children,
            repeated=bool(entry.occurs),
        )

    def _place_children(self, entry: _Entry, offset: int, path: str) -> tuple[tuple[Item, ...], int]:
        placed: list[Item] = []
        end = offset
        for child in entry.children:
            start = self._start_of(child, placed, end)
            if child.redefines is None:
                start += -start % self._alignment(child, entry)
            item = self.place(child, start, path, entry)
            placed.append(item)
            end = max(end, item.offset + item.total_length)
        length = end - offset
        slack = -length % self._widest(entry) if entry.occurs else 0
        if slack and self.dialect.occurrence_slack == "before_last":
            last = placed[-1]
            placed[-1] = self.place(entry.children[-1], last.offset + slack, path, entry)
        return tuple(placed), length + slack

    def _start_of(self, child: _Entry, placed: list[Item], end: int) -> int:
        if child.redefines is None:
            return end
        wanted = _fold(child.redefines.text)
        for item in reversed(placed):
            if _fold(item.name) == wanted:
                if item.level != child.level:
                    raise _error(child.redefines, f"level {item.level:02d} of {item.name}", f"level {child.level:02d}")
                return item.offset
            if not item.redefines:
                break
        raise _error(child.redefines, "the name of the item just before, at the same level", child.redefines.text)

    def _alignment(self, entry: _Entry, parent: _Entry | None) -> int:
        """Bytes a SYNC item (or a group that begins with one) is aligned to; 1 where it is not."""
        synchronized = entry.synchronized or (parent is not None and parent.synchronized)
        if entry.children or not synchronized:
            return 1
        storage = entry.storage or (parent.storage if parent else None) or "display"
        if storage in ("binary", "native", "comp_x") and entry.picture is not None:
            length = self.dialect.binary_length(entry.picture.digits, entry.picture.signed, storage)
        elif storage in _ALIGNED:
            length = _ALIGNED[storage]
        else:
            return 1
        return length if length & (length - 1) == 0 and length <= self.dialect.sync_maximum else (
            self.dialect.sync_maximum if length > self.dialect.sync_maximum else 1
        )

    def _widest(self, entry: _Entry) -> int:
        widest = 1
        for child in entry.children:
            inner = self._widest(child) if child.children else self._alignment(child, entry)
            widest = max(widest, inner)
        return widest

    def _sign_place(self, entry: _Entry) -> SignPlace:
        if entry.children or entry.picture is None or entry.picture.category != "numeric" or not entry.picture.signed:
            return "none"
        return entry.sign or "trailing"

    def _elementary_length(self, entry: _Entry) -> int:
        storage = entry.storage or "display"
        picture, token = entry.picture, entry.token
        if storage in _ALIGNED:
            if picture is not None:
                raise _error(token, f"no PICTURE with usage {storage}", f"{entry.name} PIC {picture.text}")
            return _ALIGNED[storage]
        if picture is None:
            raise _error(token, "a PICTURE or items of a higher level below it", f"{entry.name} with neither")
        if entry.sign is not None and not (picture.category == "numeric" and picture.signed and storage == "display"):
            raise _error(token, "SIGN only on a signed DISPLAY number", f"{entry.name} PIC {picture.text}")
        plain_sign = picture.signed and picture.category == "numeric"
        number = picture.category in ("numeric", "numeric_edited")
        if entry.blank_when_zero and (plain_sign or not number or storage != "display"):
            raise _error(token, "BLANK WHEN ZERO only on an unsigned number", f"{entry.name} PIC {picture.text}")
        if entry.justified and number:
            raise _error(token, "JUSTIFIED only on text", f"{entry.name} PIC {picture.text}")
        if storage == "comp_x" and picture.category == "alphanumeric":
            return picture.characters
        if storage in ("binary", "native", "comp_x", "packed", "packed_unsigned"):
            if picture.category != "numeric":
                raise _error(token, "a numeric PICTURE with this usage", f"{entry.name} PIC {picture.text}")
            if storage == "packed":
                return picture.digits // 2 + 1
            if storage == "packed_unsigned":
                return (picture.digits + 1) // 2
            return self.dialect.binary_length(picture.digits, picture.signed, storage)
        if picture.category == "national":
            return picture.characters * 2
        if storage == "double_byte":
            raise _error(token, "PIC N or G with NATIONAL and DISPLAY-1", f"{entry.name} PIC {picture.text}")
        separate = entry.sign is not None and entry.sign.endswith("separate")
        return picture.characters + (1 if separate else 0)


def _takes_sign(entry: _Entry) -> bool:
    """A SIGN clause of a group holds for its groups and for its signed DISPLAY numbers."""
    if entry.children:
        return True
    picture = entry.picture
    return (
        picture is not None and picture.category == "numeric" and picture.signed
        and (entry.storage or "display") == "display"
    )


def replace_level(entry: _Entry, name: str) -> _Entry:
    """The level 01 that a copybook without one is read under: named after the copybook's file."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0]
    return _Entry(0, stem or "RECORD", entry.token)


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


def _record(root: Item, dialect: Dialect, copybook: str, renames: list[tuple[Token, Token, Token]]) -> Record:
    fields = _with_unique_names(list(_walk(root, dialect, 0, (), (), "", ())))
    by_name: dict[str, Field] = {}
    for each in fields:
        by_name.setdefault(_fold(each.cobol_name), each)
    tables = list(_tables(root))
    for table in tables:
        counter = by_name.get(_fold(table.depending_on))
        if counter is None or counter.picture is None or counter.picture.category != "numeric":
            raise DefinitionError(
                f"{copybook}:{table.line} {table.name}", expected="a number of this record after DEPENDING ON",
                found=table.depending_on,
            )
    standing = [
        (end, Shift(
            by_name[_fold(shift.counter)].name, shift.maximum, shift.size,
            tuple((by_name[_fold(name)].name, n) for name, n in shift.exists),
        ))
        for end, shift in _table_places(root, 0, ())
    ]
    out: list[Field] = []
    for each in fields:
        shifts = tuple(shift for end, shift in standing if end <= each.offset)
        exists = tuple((by_name[_fold(name)].name, n) for name, n in each.exists)
        out.append(replace(each, shifts=shifts, exists=exists))
    return Record(root, tuple(out), tuple(_renamed(root, *r) for r in renames))


def _renamed(root: Item, name: Token, first: Token, last: Token) -> Rename:
    paths = {_fold(i.name): i.path for i in reversed(list(_items(root)))}
    for token in (first, last):
        if _fold(token.text) not in paths:
            raise _error(token, f"an item of record {root.name}", token.text)
    return Rename(name.text, paths[_fold(first.text)], paths[_fold(last.text)])


def parse_copybook(
    text: str,
    *,
    name: str,
    dialect: str = "ibm",
    source_format: SourceFormat = "auto",
    members: Members | None = None,
    replacing: Mapping[str, str] | None = None,
) -> Copybook:
    """Parse the text of a copybook.

    Args:
        text: Source text, already decoded; line ends of any kind.
        name: File name for messages, and of the record where no level 01 stands.
        dialect: A table of dialects.toml.
        source_format: ``fixed`` (columns 7–72, counted in bytes of the host), ``free``, or ``auto``.
        members: Texts of COPY members by name, or a function that finds them.
        replacing: Pseudo-text to replace, as a COPY … REPLACING around the whole text would.

    Returns:
        The copybook; every level 01 and 77 is a record.

    Raises:
        DefinitionError: Unknown or contradictory clause, with ``file:line:column``.
    """
    rules = load_dialect(dialect)
    tokens = expand_copies(tokenize(text, name, source_format), members, source_format)
    if replacing:
        pairs = [
            Replacement(
                tuple(t.text for t in tokenize(old, name, "free")), tuple(t.text for t in tokenize(new, name, "free")),
                "inner" if re.fullmatch(r":[^:]+:|\([^()]+\)", old) else "whole",
            )
            for old, new in replacing.items()
        ]
        tokens = apply_replacing(tokens, pairs)
    builder = _Builder(name, rules)
    records: list[Record] = []
    roots = builder.roots(tokens)
    for entry, renames in roots:
        if entry.redefines is not None and _fold(entry.redefines.text) not in {_fold(r.name) for r in records}:
            raise _error(entry.redefines, "a record before this one", entry.redefines.text)
        records.append(_record(builder.place(entry, 0, ""), rules, name, renames))
    return Copybook(name, rules, tuple(records))


def read_copybook(
    path: Path,
    *,
    dialect: str = "ibm",
    source_format: SourceFormat = "auto",
    replacing: Mapping[str, str] | None = None,
) -> Copybook:
    """Parse a copybook file (UTF-8 or CP932, told apart by its bytes); COPY members are sought beside it.

    Raises:
        DefinitionError: The file is not there or in neither encoding, or any error of :func:`parse_copybook`.
    """

    def member(wanted: str) -> str | None:
        for candidate in (wanted, f"{wanted}.cpy", f"{wanted}.cbl", f"{wanted}.cob", f"{wanted}.CPY"):
            beside = path.parent / candidate
            if beside.is_file():
                return _source_text(beside)
        return None

    return parse_copybook(
        _source_text(path), name=path.name, dialect=dialect, source_format=source_format, members=member,
        replacing=replacing,
    )


def _source_text(path: Path) -> str:
    if not path.is_file():
        raise DefinitionError(str(path), expected="a copybook", found="no such file")
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding).replace("\x1a", "")
        except UnicodeDecodeError:
            continue
    raise DefinitionError(str(path), expected="a copybook in UTF-8 or CP932", found="neither", todo="Convert the file.")
