"""Reading definition files: YAML 1.2 with the line of every value, and none of YAML's silent readings.

A definition is written by hand, so the reader refuses what a reader of the file would misread: an unquoted code with a
leading zero (``012025``), hexadecimal, octal and exponent numbers, a repeated key, merge keys and tags. Dates stay
text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from char_mapping.errors import DefinitionError

Location = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]+")
_LOOKS_LIKE_A_NUMBER = re.compile(
    r"[-+]?(0[0-9_]+|0[xo][0-9a-fA-F_]+|[0-9][0-9_]*_[0-9_]*|[0-9.]+[eE][-+]?[0-9]+|\.(inf|nan))")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_PLAIN_TAGS = frozenset({"tag:yaml.org,2002:" + t for t in
                         ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")})


class Definition(BaseModel):
    """Base of everything read from a definition file: frozen, strict (no silent conversion), no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True,
                              arbitrary_types_allowed=True)


AnyDefinition = TypeVar("AnyDefinition", bound=BaseModel)


@dataclass(frozen=True)
class YamlDocument:
    """One definition file: its data (mappings as dict, sequences as tuple) and the line of every value.

    ``lines`` maps a path of keys and 0-based indexes to a 1-based line.
    """

    path: Path
    data: dict[str, Any]
    lines: Mapping[Location, int]

    def line_of(self, *location: str | int) -> int:
        """The 1-based line of a value, or of the nearest value around it that stands in the file."""
        for end in range(len(location), -1, -1):
            line = self.lines.get(location[:end])
            if line is not None:
                return line
        return 1

    def where(self, *location: str | int) -> str:
        """``file:line item``: how every message names a place in this file."""
        named = [str(part) for part in location if isinstance(part, str)]
        return f"{self.path}:{self.line_of(*location)}" + (f" {'.'.join(named)}" if named else "")

    def error(self, *location: str | int, expected: str = "", found: str = "", todo: str = "") -> DefinitionError:
        """A DefinitionError at a place of this file."""
        return DefinitionError(self.where(*location), expected=expected, found=found, todo=todo)

    def build(self, model: type[AnyDefinition], data: Mapping[str, Any] | None = None) -> AnyDefinition:
        """The data as ``model``; the first thing that does not fit becomes a DefinitionError with its line."""
        try:
            return model.model_validate(dict(self.data if data is None else data))
        except ValidationError as error:
            raise self._of_validation(error) from None

    def _of_validation(self, error: ValidationError) -> DefinitionError:
        problems = error.errors(include_url=False)
        # A misspelt key is also a missing one: the misspelling is what the reader has to see.
        first = min(problems, key=lambda p: (p["type"] != "extra_forbidden", self.line_of(*p["loc"])))
        location = first["loc"]
        kind = first["type"]
        found = _shown(first.get("input"))
        more = f"{len(problems) - 1} more in this file" if len(problems) > 1 else ""
        if kind == "extra_forbidden":
            return self.error(*location, expected="a key this definition knows", found=f"{location[-1]!r}",
                              todo=_joined("Correct the spelling or remove the key", more))
        if kind == "missing":
            return self.error(*location[:-1], expected=f"the key {location[-1]!r}", found="no such key",
                              todo=_joined("Add it", more))
        if kind == "string_type" and isinstance(first.get("input"), (int, float, bool)):
            return self.error(*location, expected="text", found=f"{found} without quotes",
                              todo=_joined(f'Write "{found}" in quotes', more))
        return self.error(*location, expected=first["msg"], found=found, todo=more)


def read_yaml(path: Path) -> YamlDocument:
    """Read a definition file whose top is a mapping.

    Raises:
        DefinitionError: no such file, not UTF-8, not YAML, a number that YAML would change, a repeated key, a tag or
            merge key, or a top that is no mapping; with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DefinitionError(str(path), expected="a definition file", found="no such file",
                              todo="Create it, or correct the name that points to it") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DefinitionError(f"{path}:{line}", expected="UTF-8", found="bytes that are not UTF-8",
                              todo="Save the file as UTF-8") from None
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> YamlDocument:
    """`read_yaml` for text already read; ``path`` only names it in messages."""
    try:
        root = _composed(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise DefinitionError(f"{path}:{line}", expected="YAML", found=str(error.problem or error.context),
                              todo="Correct the indentation or the quotes of this line") from None
    except YAMLError as error:
        raise DefinitionError(str(path), expected="YAML", found=type(error).__name__,
                              todo="Remove the characters YAML does not allow") from None
    lines: dict[Location, int] = {}
    if root is None:
        raise DefinitionError(f"{path}:1", expected="a mapping", found="an empty file", todo="Write the definition")
    if not isinstance(root, MappingNode):
        raise DefinitionError(f"{path}:{_line(root)}", expected="a mapping at the top of the file",
                              found="a list or text", todo="Begin the file with 'key: value'")
    data = _value(root, path, (), lines)
    return YamlDocument(path=path, data=data, lines=lines)


def _composed(text: str) -> Node | None:
    """The node tree: by libyaml, six times as fast; what it refuses is read again for the exact line of the fault."""
    try:
        return cast("Node | None", YAML(typ="safe").compose(text))
    except (YAMLError, AttributeError):
        return cast("Node | None", YAML(typ="safe", pure=True).compose(text))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _value(node: Node, path: Path, location: Location, lines: dict[Location, int]) -> Any:
    lines.setdefault(location, _line(node))
    if str(node.tag) not in _PLAIN_TAGS:
        raise DefinitionError(f"{path}:{_line(node)}", expected="plain values", found=f"the tag {node.tag}",
                              todo="Remove the tag")
    if isinstance(node, MappingNode):
        return _mapping(node, path, location, lines)
    if isinstance(node, SequenceNode):
        return tuple(_value(child, path, (*location, i), lines) for i, child in enumerate(node.value))
    return _scalar(cast(ScalarNode, node), path)


def _mapping(node: MappingNode, path: Path, location: Location, lines: dict[Location, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    first_line: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = _line(key_node)
        if not isinstance(key_node, ScalarNode):
            raise DefinitionError(f"{path}:{line}", expected="text as a key", found="a list or mapping",
                                  todo="Write a plain key")
        key = key_node.value
        if str(key_node.tag).endswith(":merge") and not key_node.style:
            raise DefinitionError(f"{path}:{line}", expected="keys written out", found="a merge key <<",
                                  todo="Write the keys out")
        if not key_node.style and not isinstance(_scalar(key_node, path), str):
            raise DefinitionError(f"{path}:{line}", expected="text as a key", found=f"{key} without quotes",
                                  todo=f'Write "{key}" in quotes')
        if key in found:
            raise DefinitionError(f"{path}:{line} {key}", expected="every key once",
                                  found=f"{key!r} a second time (first in line {first_line[key]})",
                                  todo="Remove one of the two")
        first_line[key] = line
        lines[(*location, key)] = line
        found[key] = _value(value_node, path, (*location, key), lines)
    return found


def _scalar(node: ScalarNode, path: Path) -> Any:
    text = str(node.value)
    if node.style:
        return text
    if text in _NULLS:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _LOOKS_LIKE_A_NUMBER.fullmatch(text):
        raise DefinitionError(f"{path}:{_line(node)}", expected="a code in quotes, or a plain decimal number",
                              found=f"{text} without quotes", todo=f'Write "{text}" if it is a code')
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, tuple)):
        return "a mapping" if isinstance(value, dict) else "a list"
    return str(value)


def _joined(todo: str, more: str) -> str:
    return f"{todo}; {more}" if more else todo
