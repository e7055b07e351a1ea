"""``ikou layouts``: the standard groups that ship, and one of them item by item."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from unicodedata import east_asian_width

from char_mapping.errors import DefinitionError
from layouts.codes import CONFIDENCES
from layouts.standard_groups import FAMILIES, StandardGroup, StandardItem, list_groups, load_areas


def list_layouts(*, as_json: bool = False) -> None:
    """Print every group that ships with its items by confidence, then the areas that have none (枠のみ)."""
    groups = sorted(list_groups(), key=lambda one: (one.area, one.id))
    areas = dict(sorted(load_areas().items()))
    without = [area for area in areas if area not in {group.area for group in groups}]
    if as_json:
        _print_json({
            "groups": [{**_head(one), "items": len(one.items), "confidence": _by_confidence(one)} for one in groups],
            "areas": [{"id": area, "name": business, "area": name, "confidence": confidence,
                       "groups": sorted({one.id for one in groups if one.area == area})}
                      for area, (name, business, confidence) in areas.items()],
        })
        return
    rows = [("area", "group", "edition", "items", "confidence", "label")]
    for group in groups:
        marks = " ".join(f"{mark}:{count}" for mark, count in _by_confidence(group).items())
        rows.append((group.area, group.id, group.edition, str(len(group.items)), marks, group.label))
    _print_table(rows)
    names = "、".join(f"{area} {areas[area][1]}" for area in without)
    sys.stdout.write("\nA official text · B a town's public output or two implementations · C, D not the standard's\n"
                     f"枠のみ (no items yet): {names}\n")


def show_layout(area: str, group: str, *, edition: str | None = None, as_json: bool = False) -> None:
    """Print one group item by item; an edition must be named where several ship.

    Raises:
        DefinitionError: no such group, or several editions of it and none named.
    """
    found = [one for one in list_groups(area=area) if one.id == group and edition in (None, one.edition)]
    if len(found) != 1:
        if found:
            raise DefinitionError(f"layout {area} {group}", expected="one edition", todo="Name one with --edition",
                                  found=", ".join(one.edition for one in found))
        there = ", ".join(f"{one.area} {one.id} --edition {one.edition}" for one in list_groups())
        raise DefinitionError(f"layout {area} {group}", expected=f"one of {there}", found="no such group",
                              todo="See 'ikou layouts list'")
    one = found[0]
    if as_json:
        _print_json({**_head(one), "source": one.source, "licence": one.licence, "note": one.note,
                     "items": [item.model_dump(exclude_defaults=True) for item in one.items]})
        return
    sys.stdout.write(f"{one.area} {one.id} {one.label}\n{FAMILIES[one.family]} / {one.edition}\n"
                     f"{one.source}\n{one.note}\n\n")
    rows = [("id", "item", "type", "key", "出力条件", "code list", "conf.", "meaning")]
    rows += [(item.id, item.name, _shape(item), "key" if item.key else "", _presence(item), item.code_list,
              item.confidence, item.meaning) for item in one.items]
    _print_table(rows)


def _head(group: StandardGroup) -> dict[str, str]:
    return {"family": group.family, "edition": group.edition, "area": group.area, "group": group.id,
            "label": group.label}


def _by_confidence(group: StandardGroup) -> dict[str, int]:
    marks = [item.confidence for item in group.items]
    return {mark: marks.count(mark) for mark in CONFIDENCES if mark in marks}


def _shape(item: StandardItem) -> str:
    length = f"{item.length},{item.scale}" if item.scale else str(item.length or "")
    return f"{item.type} {length}".strip() or "?"


def _presence(item: StandardItem) -> str:
    if item.required:
        return "必須"
    return "空欄不可" if item.blank_not_allowed else item.condition


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(_columns(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        line = "  ".join(cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(line.rstrip() + "\n")


def _columns(text: str) -> int:
    """Columns on a terminal: full-width characters take two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
