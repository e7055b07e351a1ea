"""The data files of a package and how they refer to each other: 移行ファイル関連図."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layouts.standard_groups import StandardGroup
from pipelines.project.loading import Project

_PERSON_FILES = ("001/resident", "031/addressee")


@dataclass(frozen=True)
class PackedFile:
    """One data file of the package: group, path inside it, rows, bytes, SHA-256."""

    group: StandardGroup
    path: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Relation:
    """An item of one file that refers to another file; ``basis`` says where this is known from."""

    file: str
    items: tuple[str, ...]
    to_file: str
    to_items: tuple[str, ...]
    basis: str


def relations_of(groups: Sequence[StandardGroup], project: Project) -> tuple[Relation, ...]:
    """References between the packed files: those the layouts declare, else those the 宛名番号 makes."""
    by_place = {f"{one.area}/{one.id}": one for one in groups}
    found: dict[tuple[str, tuple[str, ...], str], Relation] = {}
    persons = [place for place in _PERSON_FILES if place in by_place]
    for bound in project.identities:
        identity = bound.identity
        if identity.kind != "reference":
            continue
        place = f"{bound.area}/{identity.group}"
        if place not in by_place:
            continue
        items = (identity.item,) if isinstance(identity.item, str) else tuple(identity.item)
        targets: list[tuple[str, tuple[str, ...]]]
        if isinstance(identity.to, str):
            targets = [(one, ("宛名番号",) if identity.to == "addressees" else ("世帯番号",)) for one in persons]
        else:
            to_items = identity.to.item
            targets = [(f"{identity.to.area or bound.area}/{identity.to.group}",
                        (to_items,) if isinstance(to_items, str) else tuple(to_items))]
        for target, to in targets:
            if target in by_place and target != place:
                found[place, items, target] = Relation(place, items, target, to, f"整合の定義 {identity.id}")
    for place, group in by_place.items():
        for item in group.items:
            if item.meaning == "person.number" and place not in persons:
                for person in persons:
                    found.setdefault((place, (item.name,), person),
                                     Relation(place, (item.name,), person, ("宛名番号",), "宛名番号"))
    return tuple(found[key] for key in sorted(found))


def draw_relations(files: Sequence[PackedFile], relations: Sequence[Relation]) -> str:
    """移行ファイル関連図 as SVG: referred files left, the others right, a line a pair of files."""
    names = [f"{one.group.area}/{one.group.id}" for one in files]
    labels = {f"{one.group.area}/{one.group.id}": (one.group.label, one.rows) for one in files}
    referred = {one.to_file for one in relations}
    left = [name for name in names if name in referred]
    right = [name for name in names if name not in referred]
    place = {name: (40, 70 + 84 * n) for n, name in enumerate(left)}
    place |= {name: (620, 70 + 84 * n) for n, name in enumerate(right)}
    height = 110 + 84 * max(len(left), len(right), 1)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="{height}" viewBox="0 0 1000 {height}" '
             'font-family="Noto Sans CJK JP, Yu Gothic, sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="#ffffff"/>',
             '<text x="40" y="34" font-size="18" font-weight="bold">移行ファイル関連図</text>',
             '<text x="620" y="34" fill="#666666">線は参照（右の項目 → 左のファイル）</text>']
    pairs: dict[tuple[str, str], list[str]] = {}
    for one in relations:
        pairs.setdefault((one.file, one.to_file), []).append("・".join(one.items))
    for (file, to_file), items in sorted(pairs.items()):
        (x1, y1), (x2, y2) = place[file], place[to_file]
        start = (x1, y1 + 30) if x1 > x2 else (x1 + 340, y1 + 20)
        end = (x2 + 340, y2 + 30)
        bend = 90 if x1 == x2 else 0
        middle = (start[0] + end[0]) // 2 + bend
        parts.append(f'<path d="M{start[0]} {start[1]} C{middle} {start[1]} {middle} {end[1]} {end[0]} {end[1]}" '
                     'fill="none" stroke="#3d74a8" stroke-width="1.4" marker-end="url(#a)"/>')
        text = _escaped("、".join(dict.fromkeys(items)))
        if bend == 0:
            parts.append(f'<text x="{start[0] - 6}" y="{start[1] - 5}" text-anchor="end" font-size="11" '
                         f'fill="#444444">{text}</text>')
    parts.append('<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
                 'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#3d74a8"/></marker></defs>')
    for name, (x, y) in place.items():
        label, rows = labels[name]
        parts += [f'<rect x="{x}" y="{y}" width="340" height="60" rx="6" fill="#f2f5f9" stroke="#1f3a5f"/>',
                  f'<text x="{x + 12}" y="{y + 25}" font-weight="bold">{_escaped(label[:24])}</text>',
                  f'<text x="{x + 12}" y="{y + 46}" fill="#555555">{_escaped(name)}.csv　{rows:,}件</text>']
    return "\n".join([*parts, "</svg>"]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
