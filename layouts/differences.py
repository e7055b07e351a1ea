"""What changed between two editions of a group, and what a mapping made for the first needs for the second."""

from __future__ import annotations

from dataclasses import dataclass

from layouts.mappings import Mapping
from layouts.standard_groups import StandardGroup, StandardItem

_HINTS = {"型": "源泉の値が収まるか確かめる", "桁数": "源泉の値が収まるか確かめる", "コード": "codes を確かめる",
          "出力条件": "空の源泉がないか確かめる", "主キー": "源泉の値が一意か確かめる",
          "繰り返し": "unroll を確かめる"}


@dataclass(frozen=True, slots=True)
class Renamed:
    """An item under another name; ``inverted`` where its values mean the opposite (代表宛名フラグ, 名寄せ元フラグ)."""

    old: str
    new: str
    inverted: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """An item whose definition changed: ``what`` is 型, 桁数, コード, 主キー, 出力条件 or 繰り返し."""

    name: str
    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """The difference of one group, names in the order of their editions."""

    group: str
    label: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[Renamed, ...]
    changed: tuple[Changed, ...]

    @property
    def retyped(self) -> tuple[Changed, ...]:
        """Changes of type or length."""
        return tuple(one for one in self.changed if one.what in ("型", "桁数"))

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return not (self.added or self.removed or self.renamed or self.changed)


def compare_groups(old: StandardGroup, new: StandardGroup) -> GroupDifference:
    """Compare two editions of a group; an item is the same by name, else by an alias of either side."""
    partner: dict[str, StandardItem] = {}
    taken: set[str] = set()
    for item in old.items:
        if item.name in new.by_name:
            partner[item.name] = new.by_name[item.name]
            taken.add(item.name)
    for item in old.items:
        if item.name not in partner:
            other = next((one for one in new.items if one.name not in taken
                          and (item.name in _other_names(one) or one.name in _other_names(item))), None)
            if other is not None:
                partner[item.name] = other
                taken.add(other.name)
    renamed = tuple(Renamed(item.name, partner[item.name].name, _inverted(item, partner[item.name]))
                    for item in old.items if item.name in partner and partner[item.name].name != item.name)
    changed = tuple(change for item in old.items if item.name in partner
                    for change in _changes(item, partner[item.name]))
    return GroupDifference(
        new.id, new.label, tuple(item.name for item in new.items if item.name not in taken),
        tuple(item.name for item in old.items if item.name not in partner), renamed, changed)


def what_a_mapping_must_change(difference: GroupDifference, mapping: Mapping, new: StandardGroup) -> tuple[str, ...]:
    """What ``mapping`` (of the old edition) needs before the new one can be pinned: Japanese instructions."""
    mapped = mapping.by_name
    lines = []
    for one in difference.renamed:
        if one.old in mapped:
            lines.append(f"{one.old} を {one.new} に書き換える"
                         + ("。意味が逆になるので codes で値も写す" if one.inverted else ""))
    lines += [f"{name} の写像を外す（新しい版にない）。移す値なら own に置く" for name in difference.removed
              if name in mapped]
    renames = {one.old: one.new for one in difference.renamed}
    for change in difference.changed:
        hint = _HINTS.get(change.what, "")
        if change.name in mapped and hint and not (change.what == "出力条件" and change.new in ("", "任意")):
            name = renames.get(change.name, change.name)
            before, after = change.old or "なし", change.new or "なし"
            lines.append(f"{name} の{change.what}が {before} から {after} に変わる。{hint}")
    for name in difference.added:
        item = new.by_name[name]
        lines.append(f"{name} が増えた（{'必須。' if item.required else ''}源泉にあれば写像を足す）")
    return tuple(lines)


def shape_of(item: StandardItem) -> str:
    """Type and length as lists show them: ``X 15``, ``9V 5,2``, ``?`` where neither is known."""
    length = f"{item.length},{item.scale}" if item.scale else str(item.length or "")
    return f"{item.type} {length}".strip() or "?"


def _other_names(item: StandardItem) -> tuple[str, ...]:
    return item.aliases + item.inverted_aliases


def _inverted(old: StandardItem, new: StandardItem) -> bool:
    return old.name in new.inverted_aliases or new.name in old.inverted_aliases


def _changes(old: StandardItem, new: StandardItem) -> list[Changed]:
    length_old = f"{old.length},{old.scale}" if old.scale else str(old.length or "")
    length_new = f"{new.length},{new.scale}" if new.scale else str(new.length or "")
    pairs = (
        ("型", old.type, new.type), ("桁数", length_old, length_new),
        ("コード", old.code_list.split("@", maxsplit=1)[0], new.code_list.split("@", maxsplit=1)[0]),
        ("主キー", "○" if old.key else "", "○" if new.key else ""), ("出力条件", old.condition, new.condition),
        ("繰り返し", str(old.repeat), str(new.repeat)),
    )
    return [Changed(old.name, what, before, after) for what, before, after in pairs if before != after]
