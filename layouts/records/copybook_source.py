"""COBOL source text → tokens with line and column: reference format, continuation, comments, COPY … REPLACING."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from char_mapping.errors import DefinitionError

SourceFormat = Literal["auto", "fixed", "free"]
Members = Mapping[str, str] | Callable[[str], str | None]

_LISTING_WORDS = {"EJECT", "SKIP1", "SKIP2", "SKIP3", "TITLE"}
_BLANKS = " \t\u3000"


@dataclass(frozen=True, slots=True)
class Token:
    """One word, literal (quotes kept), pseudo-text body or period; line and column are 1-based in file ``file``."""

    text: str
    kind: Literal["word", "literal", "pseudo", "period"]
    file: str
    line: int
    column: int

    @property
    def where(self) -> str:
        """``file:line:column`` for messages."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def upper(self) -> str:
        """The word with ASCII letters in upper case; literals as they stand."""
        return ascii_upper(self.text) if self.kind == "word" else self.text


@dataclass(slots=True)
class _Line:
    """Program text of source lines joined by continuation; ``places`` holds (line, column) per character."""

    text: str
    places: list[tuple[int, int]]


def ascii_upper(text: str) -> str:
    """Upper case of the letters a–z alone: full-width letters are part of a Japanese name."""
    return "".join(c.upper() if c.isascii() else c for c in text)


def columns_of(text: str) -> list[int]:
    """1-based source column of each character: one byte a half-width character (kana too), two bytes any other."""
    columns: list[int] = []
    column = 1
    for character in text:
        columns.append(column)
        point = ord(character)
        narrow = point < 0x80 or 0xFF61 <= point <= 0xFF9F or point in (0xA5, 0x203E)
        column += 1 if narrow else 2
    return columns


def _expand_tabs(text: str) -> str:
    out: list[str] = []
    width = 0
    for character in text:
        if character == "\t":
            gap = 8 - width % 8
            out.append(" " * gap)
            width += gap
        else:
            out.append(character)
            width += columns_of(character + "x")[1] - 1
    return "".join(out)


def detect_format(text: str) -> Literal["fixed", "free"]:
    """Fixed when every line leaves columns 1–6 blank or full and has an indicator in column 7, else free."""
    if re.search(r"(?im)^.{0,20}>>\s*SOURCE\s+(FORMAT\s+)?(IS\s+)?FREE|^.{0,20}\$SET\s+SOURCEFORMAT\W+FREE", text):
        return "free"
    for raw in text.splitlines():
        line = _expand_tabs(raw).rstrip()
        if not line.strip(_BLANKS):
            continue
        columns = columns_of(line)
        sequence = "".join(c for c, k in zip(line, columns, strict=True) if k <= 6)
        indicator = next((c for c, k in zip(line, columns, strict=True) if k == 7), " ")
        held = sequence.strip(_BLANKS)
        full = held != "" and len(held) == len(sequence) and not re.search(r"\s", held)
        comment = indicator in "*/"
        # Nothing stands behind column 80 of a card; a longer line is free format or text that would be lost.
        if (held and not full) or (columns[-1] > 80 and not comment) or indicator not in " *-/Dd$":
            return "free"
    return "fixed"


def _fixed_lines(text: str, name: str) -> Iterator[_Line]:
    current: _Line | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _expand_tabs(raw)
        columns = columns_of(line)
        indicator = next((c for c, k in zip(line, columns, strict=True) if k == 7), " ")
        if indicator in "*/Dd$":
            continue
        # A full-width character that begins in column 72 is whole in the source the compiler reads.
        kept = [(c, (number, k)) for c, k in zip(line, columns, strict=True) if 8 <= k <= 72]
        body = "".join(c for c, _ in kept)
        if not body.strip(_BLANKS):
            continue
        behind = next((c for c, k in zip(line, columns, strict=True) if k == 73), " ")
        touching = kept[-1][1][1] == 72 and body[-1] not in _BLANKS + "." and behind not in _BLANKS
        if touching and _open_quote(body) is None:
            raise DefinitionError(
                f"{name}:{number}:72", expected="a word that ends before column 73",
                found="a word that runs into the identification area",
                todo="Say that the source is in free format, or break the line.",
            )
        if indicator == "-":
            if current is None:
                raise DefinitionError(f"{name}:{number}:7", expected="a line to continue", found="a continuation")
            _continue(current, kept)
            continue
        if current is not None:
            yield current
        current = _Line(body, [place for _, place in kept])
    if current is not None:
        yield current


def _open_quote(text: str) -> str | None:
    quote: str | None = None
    for index, character in enumerate(text):
        if quote is None and text.startswith("*>", index):
            return None
        if quote is None and character in "'\"":
            quote = character
        elif character == quote:
            quote = None
    return quote


def _continue(current: _Line, kept: list[tuple[str, tuple[int, int]]]) -> None:
    start = next(i for i, (c, _) in enumerate(kept) if c not in _BLANKS)
    quote = _open_quote(current.text)
    if quote is None:
        stripped = current.text.rstrip(_BLANKS)
        current.text, current.places = stripped, current.places[: len(stripped)]
    elif kept[start][0] == quote:
        start += 1
    rest = kept[start:]
    current.text += "".join(c for c, _ in rest)
    current.places += [place for _, place in rest]


def _free_lines(text: str) -> Iterator[_Line]:
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _expand_tabs(raw)
        head = line.lstrip(_BLANKS)
        if not head or head.startswith(("*", ">>", "$")):
            continue
        yield _Line(line, [(number, column) for column in columns_of(line)])


def _tokens_of_line(line: _Line, name: str) -> Iterator[Token]:
    text = line.text
    position = 0

    def token(body: str, kind: Literal["word", "literal", "pseudo", "period"], at: int) -> Token:
        row, column = line.places[at]
        return Token(body, kind, name, row, column)

    while position < len(text):
        character = text[position]
        if character in _BLANKS or (character in ",;" and text[position + 1 : position + 2] in ("", " ", "\u3000")):
            position += 1
        elif text.startswith("*>", position):
            return
        elif text.startswith("==", position):
            end = text.find("==", position + 2)
            if end < 0:
                raise DefinitionError(token("", "word", position).where, expected="== at the end of a pseudo-text")
            yield token(text[position + 2 : end], "pseudo", position)
            position = end + 2
        elif match := re.compile(r"(?i)(NC|NX|BX|[NXGBZH])?(['\"])").match(text, position):
            end = _literal_end(text, match.end(), match.group(2))
            if end < 0:
                where = token("", "literal", position).where
                raise DefinitionError(where, expected=f"a closing {match.group(2)}", found="the end of the line")
            yield token(text[position:end], "literal", position)
            position = end
        elif character == "." and text[position + 1 : position + 2] in ("", " ", "\u3000"):
            yield token(".", "period", position)
            position += 1
        else:
            start = position
            while position < len(text) and text[position] not in _BLANKS + ";'\"":
                if text[position] in ".," and text[position + 1 : position + 2] in ("", " ", "\u3000"):
                    break
                if text.startswith("==", position):
                    break
                position += 1
            if position == start:
                raise DefinitionError(token("", "word", start).where, expected="a word", found=repr(character))
            yield token(text[start:position], "word", start)


def _literal_end(text: str, position: int, quote: str) -> int:
    while True:
        end = text.find(quote, position)
        if end < 0:
            return -1
        if text[end + 1 : end + 2] != quote:
            return end + 1
        position = end + 2


def tokenize(text: str, name: str, source_format: SourceFormat = "auto") -> list[Token]:
    """Tokens of a source text in reference order, comments and listing directives left out.

    Raises:
        DefinitionError: An open literal or pseudo-text, or a continuation of nothing.
    """
    kind = detect_format(text) if source_format == "auto" else source_format
    tokens: list[Token] = []
    for line in _fixed_lines(text, name) if kind == "fixed" else _free_lines(text):
        found = list(_tokens_of_line(line, name))
        if found and found[0].upper in _LISTING_WORDS:
            continue
        tokens.extend(found)
    return tokens


@dataclass(frozen=True, slots=True)
class Replacement:
    """One ``BY`` pair: whole words (``old`` in sequence), or a part of a word (leading, trailing, ``:TAG:``)."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    part: Literal["whole", "leading", "trailing", "inner"] = "whole"


def _words(token: Token) -> tuple[str, ...]:
    if token.kind == "pseudo":
        return tuple(t.text for t in tokenize(token.text, token.file, "free"))
    return (token.text,)


def _read_replacing(tokens: list[Token], index: int) -> tuple[list[Replacement], int]:
    pairs: list[Replacement] = []
    while tokens[index].kind != "period":
        part: Literal["whole", "leading", "trailing", "inner"] = "whole"
        if tokens[index].upper == "LEADING":
            part, index = "leading", index + 1
        elif tokens[index].upper == "TRAILING":
            part, index = "trailing", index + 1
        old = _words(tokens[index])
        by = tokens[index + 1]
        if by.upper != "BY":
            raise DefinitionError(by.where, expected="BY", found=by.text)
        new = _words(tokens[index + 2])
        index += 3
        if part == "whole" and len(old) == 1 and re.fullmatch(r":[^:]+:|\([^()]+\)", old[0]):
            part = "inner"
        pairs.append(Replacement(old, new, part))
    return pairs, index


def _replace_part(token: Token, pair: Replacement) -> Token | None:
    old, new = pair.old[0] if pair.old else "", pair.new[0] if pair.new else ""
    here, sought = ascii_upper(token.text), ascii_upper(old)
    if token.kind != "word" or sought not in here:
        return None
    if pair.part == "leading" and here.startswith(sought):
        return replace(token, text=new + token.text[len(old) :])
    if pair.part == "trailing" and here.endswith(sought):
        return replace(token, text=token.text[: len(token.text) - len(old)] + new)
    if pair.part == "inner":
        return replace(token, text=re.sub(re.escape(old), lambda _: new, token.text, flags=re.IGNORECASE))
    return None


def apply_replacing(tokens: Iterable[Token], pairs: Iterable[Replacement]) -> list[Token]:
    """Replace as COPY … REPLACING does: the first pair that matches at a word wins, replaced text is not read again."""
    source, rules = list(tokens), list(pairs)
    out: list[Token] = []
    index = 0
    while index < len(source):
        for pair in rules:
            if pair.part != "whole":
                changed = _replace_part(source[index], pair)
                if changed is not None:
                    out.append(changed)
                    index += 1
                    break
                continue
            run = source[index : index + len(pair.old)]
            if pair.old and [ascii_upper(t.text) for t in run] == [ascii_upper(w) for w in pair.old]:
                first = source[index]
                for word in pair.new:
                    kind: Literal["word", "literal", "period"] = "period" if word == "." else "word"
                    out.append(replace(first, text=word, kind="literal" if word[-1] in "'\"" else kind))
                index += len(pair.old)
                break
        else:
            out.append(source[index])
            index += 1
    return out


def _member(members: Members | None, wanted: str) -> str | None:
    if members is None:
        return None
    if callable(members):
        return members(wanted)
    return members.get(wanted)


def _read_copy_clauses(tokens: list[Token], index: int) -> tuple[list[Replacement], int]:
    """What stands between the member's name and the period of a COPY statement; returns the period's index."""
    pairs: list[Replacement] = []
    while tokens[index].kind != "period":
        word = tokens[index].upper
        if word in ("OF", "IN"):
            index += 2
        elif word == "SUPPRESS":
            index += 1
        elif word == "REPLACING":
            pairs, index = _read_replacing(tokens, index + 1)
        else:
            raise DefinitionError(tokens[index].where, expected="OF, SUPPRESS or REPLACING", found=word)
    return pairs, index


def expand_copies(
    tokens: list[Token], members: Members | None, source_format: SourceFormat = "auto", inside: tuple[str, ...] = ()
) -> list[Token]:
    """Replace each COPY statement by the tokens of its member.

    Raises:
        DefinitionError: The member is not at hand, a member copies itself, or the statement is malformed.
    """
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.upper != "COPY":
            out.append(token)
            index += 1
            continue
        ends = [at for at in range(index + 1, len(tokens)) if tokens[at].kind == "period"]
        if not ends or ends[0] == index + 1:
            found = "no name" if ends else "no period"
            raise DefinitionError(token.where, expected="COPY name … with a period", found=found)
        wanted = tokens[index + 1].text.strip("'\"")
        try:
            pairs, index = _read_copy_clauses(tokens, index + 2)
        except IndexError:
            raise DefinitionError(
                token.where, expected="whole clauses before the period", found="a clause that is cut short"
            ) from None
        index += 1
        text = _member(members, wanted)
        if text is None:
            raise DefinitionError(
                token.where, expected=f"the copy member {wanted}", found="no such member",
                todo="Put the member beside the copybook.",
            )
        if wanted in inside:
            raise DefinitionError(token.where, expected="members without a cycle", found=" → ".join((*inside, wanted)))
        copied = expand_copies(tokenize(text, wanted, source_format), members, source_format, (*inside, wanted))
        out.extend(apply_replacing(copied, pairs))
    return out
