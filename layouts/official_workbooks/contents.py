"""What an official workbook holds, free of its cells: items, code values, and what a reader should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["kihon_data_list", "koumoku_teigi", "chukan_v2_7"]
ListKind = Literal["個別", "連携"]

FORMS: dict[Form, str] = {
    "kihon_data_list": "基本データリスト", "koumoku_teigi": "項目定義書", "chukan_v2_7": "中間標準レイアウト",
}


@dataclass(frozen=True, slots=True)
class OfficialItem:
    """One row of an item sheet, its cells normalised: half-width digits and types, ``length`` 0 where none stands.

    ``id`` is the eight-digit データ項目ID, or empty where the form has none. ``codes`` are ids of code lists as
    :func:`code_list_id` takes them. ``condition_text`` is what follows ※※ in ``description``.
    """

    id: str
    name: str
    romaji: str
    group: str
    key: bool
    foreign_key: bool
    type: str
    length: int
    scale: int
    codes: tuple[str, ...]
    repeat: int
    condition: str
    classes: tuple[str, ...]
    definition: str
    description: str
    related: str
    implementation: str
    sample: str
    remark: str
    gaiji: str

    @property
    def condition_text(self) -> str:
        """The condition of 条件付き必須, which the workbooks put after ※※ in 項目説明."""
        return self.description.partition("※※")[2].strip()


@dataclass(frozen=True, slots=True)
class OfficialCode:
    """One value of a code list; ``list`` is the id as items write it, without leading zeros where it is a number."""

    kind: ListKind
    list: str
    list_name: str
    value: str
    label: str
    remark: str


@dataclass(frozen=True, slots=True)
class OfficialWorkbook:
    """A workbook as read: one area, one edition.

    ``remarks`` (Japanese, with sheet and cell) are what a person should look at; they are no part of what is exported.
    ``ignored`` names the sheets that hold neither items nor codes.
    """

    form: Form
    title: str
    area: str
    edition: str
    items: tuple[OfficialItem, ...]
    codes: tuple[OfficialCode, ...]
    remarks: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """Labels of the groups, in the order in which they first appear."""
        return tuple(dict.fromkeys(item.group for item in self.items))


def kind_of_list(code: str) -> ListKind:
    """A plain number is a list of コード一覧（個別）, an id with a business prefix one of コード一覧（連携）."""
    return "個別" if code.isdigit() and len(code) <= 4 else "連携"
