"""Code lists of the standard and the code maps of a city.

Lists: code_lists/lists.csv names every list and how much of it is known; the other files hold the values, each with its
confidence and source. A project's imported workbooks bring lists of their own, under ids of their own.
Maps: ``codes/<id>.yml`` of a project, three disjoint sets (standard, variants, ignored).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from pydantic import Field

from char_mapping.errors import DefinitionError
from layouts.csv_tables import read_table
from layouts.yaml_reader import Definition, read_yaml

CODE_LISTS = Path(__file__).with_name("code_lists")

Coverage = Literal["complete", "partial", "unknown", "free"]
CONFIDENCES = ("A", "A*", "B", "B-", "C+", "C", "D")


@dataclass(frozen=True, slots=True)
class CodeList:
    """One code list: ``labels`` maps code to label in the order of the list.

    ``coverage``: ``complete`` = every value known; ``partial`` = a value outside is no proof of a fault (``2X`` stands
    for 2 and any one character); ``unknown`` = named by the standard, values not public; ``free`` = the
    municipality's own.
    """

    id: str
    area: str
    coverage: Coverage
    labels: Mapping[str, str]
    confidence: str
    source: str
    note: str

    @property
    def closed(self) -> bool:
        """Whether a value outside the list is a fault (COD-001)."""
        return self.coverage == "complete"

    def accepts(self, code: str) -> bool:
        """Whether a code may stand: listed, or not decidable because the list's values are not (all) known."""
        if code in self.labels or self.coverage in ("unknown", "free"):
            return True
        if self.coverage == "complete":
            return False
        families = (listed[:-1] for listed in self.labels if re.fullmatch("[0-9]+X", listed))
        return any(re.fullmatch(f"{digits}[0-9A-Z]", code) for digits in families)


@cache
def load_code_lists() -> Mapping[str, CodeList]:
    """The code lists that ship, by id; see :func:`read_code_lists`."""
    return read_code_lists(CODE_LISTS)


def read_code_lists(directory: Path) -> dict[str, CodeList]:
    """All code lists of a folder by id.

    Raises:
        DefinitionError: a list named twice, a code twice, a value of a list lists.csv does not name, an empty complete
            list, an unknown confidence; with file and line.
    """
    values: dict[str, dict[str, str]] = {}
    first_line: dict[str, str] = {}
    for path in sorted(directory.glob("*.csv")):
        if path.name == "lists.csv":
            continue
        for line, row in read_table(path, ("list", "code", "label", "confidence", "source")):
            labels = values.setdefault(row["list"], {})
            first_line.setdefault(row["list"], f"{path}:{line}")
            if row["code"] in labels or row["confidence"] not in CONFIDENCES:
                raise DefinitionError(f"{path}:{line} {row['list']}", expected="each code once, confidence A…D",
                                      found=f"{row['code']} {row['confidence']}", todo="Correct the row")
            labels[row["code"]] = row["label"]
    lists: dict[str, CodeList] = {}
    table = directory / "lists.csv"
    for line, row in read_table(table, ("list", "area", "coverage", "confidence", "source", "note")):
        labels = values.pop(row["list"], {})
        valued = row["coverage"] in ("complete", "partial")
        if (row["list"] in lists or row["coverage"] not in Coverage.__args__  # type: ignore[attr-defined]
                or row["confidence"] not in CONFIDENCES or valued != bool(labels)):
            raise DefinitionError(f"{table}:{line} {row['list']}",
                                  expected="each list once, with values exactly when coverage is complete or partial",
                                  found=f"{row['coverage']}, {len(labels)} values", todo="Correct the row")
        lists[row["list"]] = CodeList(row["list"], row["area"], cast(Coverage, row["coverage"]), labels,
                                      row["confidence"], row["source"], row["note"])
    for name in values:
        raise DefinitionError(first_line[name], expected="a list named in lists.csv", found=name,
                              todo="Add the list to lists.csv")
    return lists


_imported: dict[str, CodeList] = {}


def add_code_lists(directory: Path) -> None:
    """Make the lists of a project's imported workbooks known under their ids, which name workbook and edition.

    Raises:
        DefinitionError: as :func:`read_code_lists`, or an id that ships with ikou.
    """
    if not (directory / "lists.csv").is_file():
        return
    found = read_code_lists(directory)
    taken = sorted(found.keys() & load_code_lists().keys())
    if taken:
        raise DefinitionError(str(directory / "lists.csv"), expected="ids of imported lists", found=taken[0],
                              todo="Import the workbook again; shipped lists cannot be replaced by hand")
    _imported.update(found)


def code_list_of(names: str) -> tuple[CodeList, ...]:
    """The lists an item names: one id, or several joined by ``/`` (a value of any of them may stand).

    Raises:
        KeyError: no such list.
    """
    known = load_code_lists()
    if names in known:
        return (known[names],)
    return tuple(known[name] if name in known else _imported[name] for name in names.split("/"))


class CodeMapDefinition(Definition):
    """``codes/<id>.yml``: how a source's codes become a standard list's.

    ``standard`` (key ``map``) holds the source's proper codes, ``variants`` other spellings of them, both to a code of
    ``list``; ``ignored`` maps a source code that carries nothing to the reason why it becomes empty; ``several`` names
    the codes of ``list`` a source code may mean, where the source alone does not say which; ``city`` maps codes of the
    city's own to the standard's place for them (list 自治体固有コード). ``labels`` are the source's own words for its
    codes and ``validity`` their first and last day (``1990-04-01/2012-07-08``, either may be left out).
    """

    id: str
    list: str
    label: str = ""
    standard: dict[str, str] = Field(alias="map")
    variants: dict[str, str] = Field(default_factory=dict)
    ignored: dict[str, str] = Field(default_factory=dict)
    several: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    city: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    validity: dict[str, str] = Field(default_factory=dict)


_PERIOD = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?/(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?")


def load_code_map(path: Path) -> CodeMapDefinition:
    """Read one code map; its id is the file's stem.

    Raises:
        DefinitionError: unknown list, a code in two sets, a target the list does not have, an unquoted code.
    """
    document = read_yaml(path)
    found = document.build(CodeMapDefinition, {"id": path.stem, **document.data})
    if found.id != path.stem:
        raise document.error("id", expected=path.stem, found=found.id, todo="Give the file the name of its id")
    try:
        lists = code_list_of(found.list)
    except KeyError as error:
        raise document.error("list", expected="a list of layouts/code_lists", found=str(error.args[0]),
                             todo="See layouts/code_lists/lists.csv; several lists are joined by /") from None
    seen: dict[str, str] = {}
    several = {code: "/".join(targets) for code, targets in found.several.items()}
    for key, codes in (("map", found.standard), ("variants", found.variants), ("ignored", found.ignored),
                       ("several", several), ("city", found.city)):
        for code, target in codes.items():
            if code in seen:
                raise document.error(key, code, expected="a source code in one of map, variants, ignored …",
                                     found=f"{code!r} also in {seen[code]}", todo="Keep it in one set")
            seen[code] = key
            if key == "ignored":
                if not target.strip():
                    raise document.error(key, code, expected="the reason why it is ignored", found="nothing",
                                         todo="Write the reason")
            elif not all(any(one.accepts(part) for one in lists) for part in found.several.get(code, (target,))):
                raise document.error(key, code, expected=f"a code of {found.list}", found=repr(target),
                                     todo="Correct the target")
    for key, words in (("labels", found.labels), ("validity", found.validity)):
        for code, word in words.items():
            if code not in seen or (key == "validity" and _PERIOD.fullmatch(word) is None):
                raise document.error(key, code, expected="a source code of the sets above; for validity from/to",
                                     found=repr(word), todo="Correct the row")
    return found


def load_code_maps(directory: Path) -> dict[str, CodeMapDefinition]:
    """All code maps of ``directory`` by id, in name order; none when there is no such directory."""
    return {path.stem: load_code_map(path) for path in sorted(directory.glob("*.yml"))}
