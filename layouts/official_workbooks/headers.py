"""Finding a table in a sheet by what its columns are called: the forms differ in columns, not in their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layouts.official_workbooks.cells import Sheet, half_width

_DEEPEST_HEADER = 30

ITEM_WORDS: Mapping[str, tuple[str, ...]] = {
    "id": ("データ項目ID", "項目ID", "データ項目番号", "項目番号"),
    "business": ("業務コード", "業務ID(コード)"),
    "number": ("項目コード",),
    "name": ("データ項目", "データ項目名称", "データ項目名", "項目名称", "項目名", "項目名(日本語)"),
    "romaji": ("データ項目(ローマ字)", "項目名(ローマ字)", "ローマ字", "項目名(英字)", "項目名ローマ字", "物理名"),
    "group": ("グループ名称", "グループ名", "ファイル名称", "ファイル名", "移行ファイル名称", "移行ファイル名"),
    "key": ("主キー", "キー", "PK"),
    "foreign_key": ("外部キー", "FK"),
    "class1": ("クラス分類LV1", "LV1"),
    "class2": ("クラス分類LV2", "LV2"),
    "class3": ("クラス分類LV3", "LV3"),
    "type": ("データ型", "型", "属性"),
    "length": ("桁数", "最大桁数", "データ長"),
    "code": ("コード", "コードID", "コード一覧", "コード番号"),
    "repeat": ("繰り返し", "繰返し", "繰り返し数", "最大繰返し数"),
    "condition": ("データ出力条件", "出力条件", "必須区分", "必須/任意", "必須"),
    "definition": ("項目定義",),
    "description": ("項目説明", "説明"),
    "related": ("標準仕様書関連箇所", "標準仕様書の関連箇所"),
    "implementation": ("実装類型",),
    "sample": ("サンプル値", "記述例"),
    "remark": ("備考",),
    "gaiji": ("外字使用", "外字使用(有無)", "外字使用有無", "外字"),
}
CODE_WORDS: Mapping[str, tuple[str, ...]] = {
    "list": ("コードID", "コード番号", "コード一覧番号"),
    "list_name": ("コード名", "コード名称"),
    "value": ("コード値", "値"),
    "label": ("コード値の内容", "コード値内容", "内容", "コード内容"),
    "remark": ("備考",),
}
_SUB_WORDS = frozenset({"LV1", "LV2", "LV3", "業務コード", "項目コード", "有無", "(有無)"})


@dataclass(frozen=True)
class Table:
    """A table found in a sheet: 0-based columns by field, and the 0-based row where its data begin."""

    columns: Mapping[str, int]
    first_row: int


def find_items(sheet: Sheet) -> Table | None:
    """The item table of a sheet, None where there is none.

    A header may take two rows (クラス分類 over LV1–3) and a column without a heading right of データ項目ID holds the
    second half of the id.
    """
    table = _find(sheet, ITEM_WORDS, ("name", "type"))
    if table is None:
        return None
    columns = dict(table.columns)
    if "id" in columns and "number" not in columns and columns["id"] + 1 not in columns.values():
        columns["number"] = columns["id"] + 1
    return Table(columns, table.first_row)


def find_codes(sheet: Sheet) -> Table | None:
    """The code table of a sheet, None where there is none."""
    return _find(sheet, CODE_WORDS, ("list", "value"))


def _find(sheet: Sheet, words: Mapping[str, tuple[str, ...]], needed: tuple[str, ...]) -> Table | None:
    by_word = {word: field for field, all_words in words.items() for word in all_words}
    for row in range(min(len(sheet.cells), _DEEPEST_HEADER)):
        labels = [_label(cell) for cell in sheet.cells[row]]
        below = [_label(cell) for cell in sheet.cells[row + 1]] if row + 1 < len(sheet.cells) else []
        said = [cell for cell in below if cell]
        two_rows = bool(said) and any(cell in _SUB_WORDS for cell in said) and all(cell in _SUB_WORDS | set(by_word)
                                                                                   for cell in said)
        columns: dict[str, int] = {}
        over = ""
        for column in range(max(len(labels), len(below) if two_rows else 0)):
            label = labels[column] if column < len(labels) else ""
            sub = below[column] if two_rows and column < len(below) else ""
            over = label or over
            field = by_word.get(over + sub) or by_word.get(sub) if sub else by_word.get(label)
            if field is None and sub:
                field = by_word.get(label)
            if field is not None:
                columns.setdefault(field, column)
        if all(field in columns for field in needed):
            return Table(columns, row + (2 if two_rows else 1))
    return None


def _label(cell: str) -> str:
    """A heading as it is compared: half-width letters, no blanks or line breaks, without a footnote mark."""
    plain = "".join(half_width(cell).split()).rstrip("*※")
    return plain.upper().replace("LEVEL", "LV").replace("レベル", "LV")
