"""Where items stand: entries in a tree, then offsets and lengths in bytes with the slack bytes of SYNC."""

from __future__ import annotations

from dataclasses import replace

from char_mapping.errors import DefinitionError
from layouts.records.copybook_clauses import Clauses, Condition, Entry, SignPlace, clause_error, fold_name, read_entries
from layouts.records.copybook_layout import Item
from layouts.records.copybook_source import Token
from layouts.records.dialects import Dialect

_ALIGNED: dict[str, int] = {"float": 4, "double": 8, "index": 4}


class EntryTree:
    """Places entries in a tree and computes offsets."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        self.name = name
        self.dialect = dialect

    def roots(self, tokens: list[Token]) -> list[tuple[Entry, list[tuple[Token, Token, Token]]]]:
        """Top entries with their level 66 (name, first, last).

        Raises:
            DefinitionError: No level 01, a level 66 without a record, or a clause that is wrong; with its line.
        """
        roots: list[tuple[Entry, list[tuple[Token, Token, Token]]]] = []
        stack: list[Entry] = []
        for entry, words in read_entries(tokens, self.dialect):
            clauses = Clauses(words or [entry.token], self.dialect)
            if entry.level == 88:
                self._condition(entry, clauses, stack)
                continue
            if entry.level == 66:
                if not roots:
                    raise clause_error(entry.token, "a record before level 66", "none")
                roots[-1][1].append(self._rename(entry, clauses))
                continue
            if words:
                clauses.read(entry)
            if entry.level in (1, 77) or not stack:
                if entry.level not in (1, 77):
                    top = unnamed_record(entry, self.name)
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

    def _attach(self, entry: Entry, stack: list[Entry]) -> None:
        while stack and stack[-1].level >= entry.level:
            last = stack.pop()
            if stack and last.level > entry.level > stack[-1].level and not self.dialect.unequal_levels:
                raise clause_error(entry.token, f"level {last.level:02d} beside its brothers", f"{entry.level:02d}")
        if not stack:
            raise clause_error(entry.token, "a level above the record's", f"{entry.level:02d}")
        parent = stack[-1]
        if parent.level == 77 or parent.picture is not None:
            found = f"level {entry.level:02d} {entry.name}"
            raise clause_error(entry.token, f"no item below {parent.name}, which is elementary", found)
        parent.children.append(entry)
        stack.append(entry)

    def _condition(self, entry: Entry, clauses: Clauses, stack: list[Entry]) -> None:
        if not stack:
            raise clause_error(entry.token, "an item before level 88", "none")
        if not clauses.take("VALUE", "VALUES"):
            raise clause_error(entry.token, "VALUE after the name of a level 88", clauses.peek())
        ranges = clauses.ranges()
        if clauses.take("WHEN"):
            clauses.take("SET")
            clauses.take("TO")
            clauses.take("FALSE")
            clauses.take("IS")
            clauses.ranges()
        if clauses.index < len(clauses.tokens):
            raise clause_error(clauses.tokens[clauses.index], "a literal or a period", clauses.peek())
        stack[-1].conditions.append(Condition(entry.name, ranges))

    def _rename(self, entry: Entry, clauses: Clauses) -> tuple[Token, Token, Token]:
        if not clauses.take("RENAMES"):
            raise clause_error(entry.token, "RENAMES after the name of a level 66", clauses.peek())
        first = clauses.next("the first item renamed")
        clauses.qualifiers()
        last = first
        if clauses.take("THRU", "THROUGH"):
            last = clauses.next("the last item renamed")
            clauses.qualifiers()
        return replace(entry.token, text=entry.name), first, last

    def place(self, entry: Entry, offset: int, path: str, inherited: Entry | None = None) -> Item:
        """The item of an entry at an offset, children first; slack bytes of SYNC included.

        Raises:
            DefinitionError: A clause that the entry cannot have; with its line.
        """
        if inherited is not None:
            entry.storage = entry.storage or inherited.storage
            entry.sign = entry.sign or (inherited.sign if _takes_sign(entry) else None)
            entry.synchronized = entry.synchronized or inherited.synchronized
        own_path = f"{path}.{entry.name}" if path else entry.name
        children: tuple[Item, ...] = ()
        if entry.children:
            if entry.justified or entry.blank_when_zero:
                raise clause_error(entry.token, "no JUSTIFIED or BLANK WHEN ZERO on a group", entry.name)
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

    def _place_children(self, entry: Entry, offset: int, path: str) -> tuple[tuple[Item, ...], int]:
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

    def _start_of(self, child: Entry, placed: list[Item], end: int) -> int:
        if child.redefines is None:
            return end
        wanted = fold_name(child.redefines.text)
        for item in reversed(placed):
            if fold_name(item.name) == wanted:
                if item.level != child.level:
                    level = f"level {item.level:02d} of {item.name}"
                    raise clause_error(child.redefines, level, f"level {child.level:02d}")
                return item.offset
            if not item.redefines:
                break
        raise clause_error(child.redefines, "the name of the item just before, at the same level", child.redefines.text)

    def _alignment(self, entry: Entry, parent: Entry | None) -> int:
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

    def _widest(self, entry: Entry) -> int:
        widest = 1
        for child in entry.children:
            inner = self._widest(child) if child.children else self._alignment(child, entry)
            widest = max(widest, inner)
        return widest

    def _sign_place(self, entry: Entry) -> SignPlace:
        if entry.children or entry.picture is None or entry.picture.category != "numeric" or not entry.picture.signed:
            return "none"
        return entry.sign or "trailing"

    def _elementary_length(self, entry: Entry) -> int:
        storage = entry.storage or "display"
        picture, token = entry.picture, entry.token
        if storage in _ALIGNED:
            if picture is not None:
                raise clause_error(token, f"no PICTURE with usage {storage}", f"{entry.name} PIC {picture.text}")
            return _ALIGNED[storage]
        if picture is None:
            raise clause_error(token, "a PICTURE or items of a higher level below it", f"{entry.name} with neither")
        if entry.sign is not None and not (picture.category == "numeric" and picture.signed and storage == "display"):
            raise clause_error(token, "SIGN only on a signed DISPLAY number", f"{entry.name} PIC {picture.text}")
        plain_sign = picture.signed and picture.category == "numeric"
        number = picture.category in ("numeric", "numeric_edited")
        if entry.blank_when_zero and (plain_sign or not number or storage != "display"):
            raise clause_error(token, "BLANK WHEN ZERO only on an unsigned number", f"{entry.name} PIC {picture.text}")
        if entry.justified and number:
            raise clause_error(token, "JUSTIFIED only on text", f"{entry.name} PIC {picture.text}")
        if storage == "comp_x" and picture.category == "alphanumeric":
            return picture.characters
        if storage in ("binary", "native", "comp_x", "packed", "packed_unsigned"):
            if picture.category != "numeric":
                raise clause_error(token, "a numeric PICTURE with this usage", f"{entry.name} PIC {picture.text}")
            if storage == "packed":
                return picture.digits // 2 + 1
            if storage == "packed_unsigned":
                return (picture.digits + 1) // 2
            return self.dialect.binary_length(picture.digits, picture.signed, storage)
        if picture.category == "national":
            return picture.characters * 2
        if storage == "double_byte":
            raise clause_error(token, "PIC N or G with NATIONAL and DISPLAY-1", f"{entry.name} PIC {picture.text}")
        separate = entry.sign is not None and entry.sign.endswith("separate")
        return picture.characters + (1 if separate else 0)


def _takes_sign(entry: Entry) -> bool:
    """A SIGN clause of a group holds for its groups and for its signed DISPLAY numbers."""
    if entry.children:
        return True
    picture = entry.picture
    return (
        picture is not None and picture.category == "numeric" and picture.signed
        and (entry.storage or "display") == "display"
    )


def unnamed_record(entry: Entry, name: str) -> Entry:
    """The level 01 that a copybook without one is read under: named after the copybook's file."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0]
    return Entry(0, stem or "RECORD", entry.token)
