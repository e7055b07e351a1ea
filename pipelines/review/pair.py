"""Two or more people side by side: what agrees, what differs, and which of them would stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.reports.disclosure import PROTECTED_TEXT

_LABELS = (
    ("person_name", "氏名"), ("person_name_kanji", "氏名（漢字）"), ("person_name_roman", "氏名（ローマ字）"),
    ("person_kana", "フリガナ"), ("person_alias", "通称"), ("person_former_name", "旧氏"),
    ("person_birth_date", "生年月日"), ("person_sex", "性別"), ("address_municipality_code", "市区町村コード"),
    ("address_prefecture", "都道府県"), ("address_municipality", "市区町村"), ("address_town", "町字"),
    ("address_lot", "番地"), ("address_building", "方書"), ("person_household_number", "世帯番号"),
    ("person_relationship_text", "続柄"), ("person_kind", "種別"), ("person_status", "状態"),
    ("person_change_date", "異動年月日"), ("person_removed_date", "消除年月日"), ("person_history_number", "履歴番号"),
    ("addressee_business", "業務"),
)

_BY_PERSON = frozenset({"person_name", "person_kana", "person_birth_date", "person_sex"})
_RESIDENT_AREA = "001"


@dataclass(frozen=True, slots=True)
class Line:
    """One item of all members: label, values, and whether they agree (same, near, differs, unknown)."""

    label: str
    values: Sequence[str]
    verdict: str


@dataclass(frozen=True, slots=True)
class People:
    """Members side by side with what speaks for and against one person, and who would be the 名寄せ先."""

    lines: Sequence[Line]
    speaking_for: Sequence[str]
    speaking_against: Sequence[str]
    stays: str


def compare_people(members: Sequence[Mapping[str, Any]], *, plain: bool, proposed: str = "") -> People:
    """Compare the members of a pair item by item.

    Args:
        members: As ``IssueStore.members`` gives them.
        plain: Addresses of 支援措置 may be shown.
        proposed: The number that the rule proposes as 名寄せ先, "" where it proposes none.
    """
    # Where two are perhaps one, the address of either is perhaps that of the person who is sheltered.
    hidden = not plain and any(m["protected"] for m in members)
    lines, good, bad = [], [], []
    for column, label in _LABELS:
        values = [str(m["record"].get(column, "")) for m in members]
        if not any(values):
            continue
        place = hidden and column.startswith("address_")
        # Whether two places are one would tell the place.
        verdict = "unknown" if place else _verdict(values)
        if verdict == "same" and column in _BY_PERSON | {"address_town", "address_lot"}:
            good.append(f"{label}が同じ")
        elif verdict == "near":
            good.append(f"{label}が空白・大小の違いを除いて同じ")
        elif verdict == "differs" and column in _BY_PERSON:
            bad.append(f"{label}が違う")
        shown = [
            PROTECTED_TEXT if place and value else value for value in values
        ]
        lines.append(Line(label, shown, verdict))
    if sum(_RESIDENT_AREA in m["areas"] for m in members) > 1 and len({m["number"] for m in members}) > 1:
        bad.append("どちらも住民として登録がある")
    numbers = {str(m["number"]) for m in members}
    wanted = proposed.split("/", maxsplit=1)[0]
    return People(lines, good, bad, wanted if len(numbers) > 1 and wanted in numbers else _stays(members))


def _verdict(values: Sequence[str]) -> str:
    if not all(values):
        return "unknown"
    if len(set(values)) == 1:
        return "same"
    return "near" if len({_plain(value) for value in values}) == 1 else "differs"


def _plain(value: str) -> str:
    small = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
    return "".join(value.split()).translate(small).casefold()


def _stays(members: Sequence[Mapping[str, Any]]) -> str:
    """生存値: residents before others, then the smaller number."""
    if len({m["number"] for m in members}) < 2:
        return ""
    ranked = sorted(members, key=lambda m: (_RESIDENT_AREA not in m["areas"], str(m["number"])))
    return str(ranked[0]["number"]) if ranked else ""
