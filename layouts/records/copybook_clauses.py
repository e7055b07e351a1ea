"""The entries of a copybook, one sentence each: level, name and clauses, before anything has an offset."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from char_mapping.errors import DefinitionError
from layouts.records.copybook_source import Token, ascii_upper
from layouts.records.dialects import Dialect, Storage
from layouts.records.picture import Picture, PictureError, parse_picture

SignPlace = Literal["none", "leading", "trailing", "leading_separate", "trailing_separate"]

_DIVISION = re.compile(r"^(DATA|FILE|WORKING-STORAGE|LINKAGE|LOCAL-STORAGE|FD|SD)$")


@dataclass(frozen=True, slots=True)
class Condition:
    """A level 88: ``ranges`` are (first, last) literals as written, last equal to first for a single value."""

    name: str
    ranges: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Entry:
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
    children: list[Entry] = field(default_factory=list)
    clauses: set[str] = field(default_factory=set)


def fold_name(name: str) -> str:
    """Names are compared without case and with every kind of hyphen taken as ``-``."""
    return re.sub("[‐‑‒–—―−－]", "-", ascii_upper(name))


def clause_error(token: Token, expected: str, found: str, todo: str = "") -> DefinitionError:
    """An error at a token, with its ``file:line:column``."""
    return DefinitionError(token.where, expected=expected, found=found, todo=todo)


class Clauses:
    """Reads the clauses of one entry from its tokens."""

    def __init__(self, tokens: list[Token], dialect: Dialect) -> None:
        self.tokens = tokens
        self.dialect = dialect
        self.index = 0

    def peek(self) -> str:
        """The next word in capitals, empty at the end."""
        return self.tokens[self.index].upper if self.index < len(self.tokens) else ""

    def take(self, *words: str) -> bool:
        """Go past the next word where it is one of ``words``."""
        if self.peek() in words:
            self.index += 1
            return True
        return False

    def next(self, expected: str) -> Token:
        """The next token, whatever it is; a DefinitionError at the end."""
        if self.index >= len(self.tokens):
            raise clause_error(self.tokens[-1], expected, "the end of the entry")
        self.index += 1
        return self.tokens[self.index - 1]

    def number(self, expected: str) -> int:
        """The next token as an unsigned number; a DefinitionError where it is none."""
        token = self.next(expected)
        if not re.fullmatch(r"[0-9]+", token.text):
            raise clause_error(token, expected, token.text)
        return int(token.text)

    def read(self, entry: Entry) -> None:
        """Write every clause into ``entry``; a DefinitionError for one that is unknown or stands twice."""
        while self.index < len(self.tokens):
            token = self.tokens[self.index]
            clause = self._read_clause(entry, token)
            if clause in entry.clauses:
                raise clause_error(token, f"one {clause} clause", "a second one")
            entry.clauses.add(clause)

    def _read_clause(self, entry: Entry, token: Token) -> str:
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
                    raise clause_error(token, "BLANK WHEN ZERO", self.peek())
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
        raise clause_error(
            token, "a data description clause", token.text,
            f"Correct the clause, or name the dialect that knows it (dialect {self.dialect.id} does not).",
        )

    def _picture(self, entry: Entry) -> None:
        self.index += 1
        self.take("IS")
        token = self.next("a picture string")
        try:
            entry.picture = parse_picture(token.text)
        except PictureError as error:
            raise clause_error(token, "a picture", str(error)) from error

    def _usage(self, entry: Entry) -> None:
        if self.take("USAGE"):
            self.take("IS")
        token = self.next("a usage")
        storage = self.dialect.usages.get(token.upper)
        if storage is None:
            raise clause_error(token, f"a usage of dialect {self.dialect.id}", token.text)
        entry.storage = storage

    def _sign(self, entry: Entry) -> None:
        if self.take("SIGN"):
            self.take("IS")
        token = self.next("LEADING or TRAILING")
        if token.upper not in ("LEADING", "TRAILING"):
            raise clause_error(token, "LEADING or TRAILING", token.text)
        separate = self.take("SEPARATE")
        if separate:
            self.take("CHARACTER")
        if token.upper == "LEADING":
            entry.sign = "leading_separate" if separate else "leading"
        else:
            entry.sign = "trailing_separate" if separate else "trailing"

    def _occurs(self, entry: Entry) -> None:
        start = self.next("OCCURS")
        entry.occurs = entry.occurs_min = self.number("a number of occurrences")
        if self.take("TO"):
            entry.occurs = self.number("the maximum of occurrences")
        self.take("TIMES")
        while True:
            if self.take("DEPENDING"):
                self.take("ON")
                entry.depending_on = self.next("the item that holds the number of occurrences")
                self.qualifiers()
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
            raise clause_error(start, "DEPENDING ON after OCCURS … TO …", self.peek() or "the end of the entry")
        if entry.occurs < max(entry.occurs_min, 1):
            found = f"{entry.occurs_min} TO {entry.occurs}"
            raise clause_error(start, "a maximum of at least 1 and the minimum", found)
        if entry.depending_on is not None and entry.occurs_min == entry.occurs:
            entry.occurs_min = 0 if entry.occurs_min == 1 else entry.occurs_min

    def qualifiers(self) -> None:
        """Go past OF and IN with the names of groups."""
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
            raise clause_error(self.tokens[min(self.index, len(self.tokens) - 1)], "a name", self.peek() or "nothing")

    def ranges(self) -> tuple[tuple[str, str], ...]:
        """Literals of a VALUE clause, with THRU ranges.

        Raises:
            DefinitionError: There is no literal.
        """
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
            last_token = self.tokens[min(self.index, len(self.tokens) - 1)]
            raise clause_error(last_token, "a literal", self.peek() or "nothing")
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
        raise clause_error(entry[-1], "a period at the end of the entry", "the end of the copybook")


def read_entries(tokens: list[Token], dialect: Dialect) -> Iterator[tuple[Entry, list[Token]]]:
    """Level and name of every entry, with the tokens of its clauses.

    Raises:
        DefinitionError: An entry without a level number, or the last one without its period.
    """
    for words in _split_entries(tokens):
        head = words[0]
        if _DIVISION.match(head.upper):
            continue
        if not re.fullmatch(r"0?[1-9]|[1-4][0-9]|66|77|88", head.text):
            raise clause_error(head, "a level number (01–49, 66, 77, 88)", head.text)
        level = int(head.text)
        rest = words[1:]
        name = "FILLER"
        if rest and rest[0].kind == "word" and not _starts_clause(rest, dialect):
            name = rest[0].text
            rest = rest[1:]
        if fold_name(name) == "FILLER":
            name = "FILLER"
        yield Entry(level, name, head), rest


def _starts_clause(words: list[Token], dialect: Dialect) -> bool:
    """A missing name: the first word begins a clause and can be no name (reserved words are no names)."""
    word = words[0].upper
    return word in {
        "PIC", "PICTURE", "REDEFINES", "USAGE", "OCCURS", "SYNC", "SYNCHRONIZED", "JUST", "JUSTIFIED", "BLANK", "VALUE",
        "VALUES", "SIGN", "RENAMES",
    } or (word in dialect.usages and len(words) > 1 and words[1].upper not in ("PIC", "PICTURE"))
