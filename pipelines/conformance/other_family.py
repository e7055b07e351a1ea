"""A run's standard files in the layout of another family: items that correspond by name, alias or meaning.

No value is changed. What has no counterpart, or a counterpart that reads its values otherwise (another code list, the
opposite sense, fewer digits), stays out of the group's file, is listed, and is handed over beside it with the key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from layouts.standard_groups import StandardGroup, StandardItem, list_groups
from pipelines.conformance.tables import Cell, Column, Table

_LEAST_SHARE = 0.5  # of a group's items that must correspond before it is taken for the same group under another id


@dataclass(frozen=True)
class CorrespondingItem:
    """An item of the run's group and the one that takes its values; ``why`` is 名称, 別名 or 意味."""

    item: str
    target: str
    why: str


@dataclass(frozen=True)
class CorrespondingGroup:
    """A run's group and the group of the other family that takes its rows; ``left_out`` are items with the reason."""

    group: StandardGroup
    target: StandardGroup
    items: tuple[CorrespondingItem, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def unfilled(self) -> tuple[str, ...]:
        """Items of the target that nothing fills, in its order."""
        filled = {one.target for one in self.items}
        return tuple(name for name in self.target.names if name not in filled)


def groups_of_family(family: str, folder: Path) -> tuple[StandardGroup, ...]:
    """Groups of a family: the project's imported layouts first, then those that ship; the newest edition first."""
    own = folder / "layouts"
    places: tuple[Path | None, ...] = (own, None) if own.is_dir() else (None,)
    return tuple(one for place in places
                 for one in sorted(list_groups(root=place), key=lambda one: (one.edition, one.area, one.id),
                                   reverse=True) if one.family == family)


def correspond_all(groups: Sequence[StandardGroup], targets: Sequence[StandardGroup]
                   ) -> dict[tuple[str, str], CorrespondingGroup]:
    """Correspondences by (area, group id). A target takes the rows of one group, the one it has most in common with."""
    best: dict[tuple[str, str], CorrespondingGroup] = {}
    for group in groups:
        found = correspond(group, targets)
        if found is not None:
            place = (found.target.area, found.target.id)
            if place not in best or len(best[place].items) < len(found.items):
                best[place] = found
    return {(one.group.area, one.group.id): one for one in best.values()}


def correspond(group: StandardGroup, targets: Iterable[StandardGroup]) -> CorrespondingGroup | None:
    """The group of the same area that takes a group's rows: of the same id or label, else the one with most items in
    common, at least half of them; None where there is none. All key items of the target must be filled.
    """
    found = [_items_between(group, one) for one in targets if one.area == group.area]
    complete = [one for one in found if set(one.target.key) <= {item.target for item in one.items}]
    same = [one for one in complete if one.target.id == group.id or one.target.label == group.label]
    near = [one for one in complete if len(one.items) >= _LEAST_SHARE * len(group.items)]
    return max(same or near, key=lambda one: len(one.items), default=None)


def _items_between(group: StandardGroup, target: StandardGroup) -> CorrespondingGroup:
    by_meaning = _unique_meanings(target)
    mine = _unique_meanings(group)
    pairs: list[CorrespondingItem] = []
    left_out: list[tuple[str, str]] = []
    taken: set[str] = set()
    for item in group.items:
        there, why = _counterpart(item, target, by_meaning if mine.get(item.meaning) is item else {})
        reason = "対応する項目がない" if there is None else _unlike(item, there)
        if there is not None and not reason and there.name in taken:
            reason = f"{there.name} には別の項目が対応する"
        if there is None or reason:
            left_out.append((item.name, reason))
            continue
        taken.add(there.name)
        pairs.append(CorrespondingItem(item.name, there.name, why))
    return CorrespondingGroup(group, target, tuple(pairs), tuple(left_out))


def _unique_meanings(group: StandardGroup) -> Mapping[str, StandardItem]:
    count = Counter(item.meaning for item in group.items)
    return {item.meaning: item for item in group.items if item.meaning != "none" and count[item.meaning] == 1}


def _counterpart(item: StandardItem, target: StandardGroup,
                 by_meaning: Mapping[str, StandardItem]) -> tuple[StandardItem | None, str]:
    if item.name in target.by_name:
        return target.by_name[item.name], "名称"
    for other in target.items:
        if item.name in other.aliases or other.name in item.aliases or set(item.aliases) & set(other.aliases):
            return other, "別名"
        if item.name in other.inverted_aliases or other.name in item.inverted_aliases:
            return other, "別名"
    found = by_meaning.get(item.meaning)
    return found, "意味"


def _unlike(item: StandardItem, there: StandardItem) -> str:
    """Why the values of one item do not stand in the other as they are; "" where they do."""
    if item.name in there.inverted_aliases or there.name in item.inverted_aliases:
        return f"{there.name} は意味が逆"
    if "none" not in (item.meaning, there.meaning) and item.meaning != there.meaning:
        return f"{there.name} は意味が違う"
    if item.code_list != there.code_list and item.code_list and there.code_list:
        return f"{there.name} はコード表が違う（{item.code_list} → {there.code_list}）"
    if item.type != there.type and item.type and there.type:
        return f"{there.name} は型が違う（{item.type} → {there.type}）"
    if there.length and (item.length > there.length or item.scale != there.scale):
        return f"{there.name} は桁数が違う（{item.length} → {there.length}）"
    return ""


def write_in_target(one: CorrespondingGroup, source: Path, target: Path) -> None:
    """Write a standard CSV with the columns of the target group, row by row in the same order.

    Args:
        one: The correspondence.
        source: CSV of the run's group.
        target: CSV to write; UTF-8, header line, empty where nothing corresponds.
    """
    filled = {item.target: item.item for item in one.items}
    _select(source, target, [pl.col(filled[name]).alias(name) if name in filled
                             else pl.lit(None, pl.String).alias(name) for name in one.target.names])


def write_left_out(one: CorrespondingGroup, source: Path, target: Path) -> int:
    """Write what has no place in the target group, with the key of each row; gives the number of such items."""
    names = [name for name, _ in one.left_out if name not in one.group.key]
    if names:
        _select(source, target, [pl.col(name) for name in (*one.group.key, *names)])
    return len(names)


def _select(source: Path, target: Path, columns: list[pl.Expr]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    pl.scan_csv(source, infer_schema=False).select(columns).sink_csv(target, maintain_order=True)


def table_of_correspondence(found: Sequence[CorrespondingGroup], without: Sequence[StandardGroup]) -> Table:
    """項目対応表: every item of the run's groups with its counterpart, every target item that stays empty, every group
    that has no counterpart.
    """
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        by_item = {item.item: item for item in one.items}
        reasons = dict(one.left_out)
        for name in one.group.names:
            pair = by_item.get(name)
            rows.append((one.group.area, one.group.label, name, one.target.label, pair.target if pair else "",
                         pair.why if pair else "", "" if pair else reasons[name]))
        rows += [(one.group.area, one.group.label, "", one.target.label, name, "", "この移行データに元の項目がない")
                 for name in one.unfilled]
    rows += [(group.area, group.label, "", "", "", "", "対応するグループがない（引き渡さない）") for group in without]
    return Table("項目対応表", "項目対応表（移行時のレイアウト → 引渡しのレイアウト）",
                 ("値は変えていない。対応のない項目は 独自項目 に主キーを付けて収めた。",),
                 (Column("業務", 7), Column("移行時のグループ", 28), Column("移行時の項目", 32),
                  Column("引渡しのグループ", 28), Column("引渡しの項目", 32), Column("対応の根拠", 10),
                  Column("対応しない理由", 50)), rows, frozen=3)
