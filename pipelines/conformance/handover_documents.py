"""The five documents of the 中間標準レイアウト about a package, and its items outside the layout, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from layouts.codes import CodeList, code_list_of, load_code_lists
from layouts.meanings import load_meanings
from layouts.standard_groups import FAMILIES
from pipelines.conformance.file_relations import PackedFile, Relation
from pipelines.conformance.tables import Cell, Column, Table

OWN_ITEMS, DIAGRAM = "独自項目", "移行ファイル関連図.svg"
"""Where the package keeps items outside the layout, and the drawing of its files."""
_COVERAGE = {"complete": "全値", "partial": "一部", "unknown": "公開資料で未確認", "free": "団体が定める"}


def documents(files: Sequence[PackedFile], relations: Sequence[Relation],
              own: Sequence[tuple[Cell, ...]]) -> tuple[Table, ...]:
    """The tables of 移行データ説明書; ``own`` are the rows on items outside the layout."""
    lists = _lists_used(files)
    return (
        Table("移行ファイル構成表", "移行ファイル構成表", ("CSV は UTF-8、BOMなし、1行目が項目名。",),
              (Column("ファイル", 30), Column("業務", 7), Column("グループ", 30), Column("レイアウト", 22),
               Column("版", 14), Column("件数", 11, "number"), Column("バイト数", 13, "number"),
               Column("主キー", 40), Column("SHA-256", 66), Column("定義の出典", 60)),
              [(one.path, one.group.area, one.group.label, FAMILIES[one.group.family], one.group.edition, one.rows,
                one.size, " + ".join(one.group.key), one.sha256, one.group.source) for one in files], frozen=1),
        Table("移行ファイル関連図", "移行ファイル関連図（一覧）", (f"図は {DIAGRAM}。",),
              (Column("ファイル", 26), Column("項目", 34), Column("参照先", 26), Column("参照先の項目", 30),
               Column("根拠", 30)),
              [(one.file, "、".join(one.items), one.to_file, "、".join(one.to_items), one.basis) for one in relations]),
        Table("データ項目一覧表", "データ項目一覧表", ("確度A以外は公式の一覧で確かめられていない項目。",),
              (Column("ファイル", 26), Column("№", 5, "number"), Column("データ項目名称", 32),
               Column("ローマ字", 26), Column("データ型", 8), Column("桁数", 8), Column("主キー", 6),
               Column("外字使用", 8), Column("コード", 26),
               Column("繰り返し", 7, "number"), Column("出力条件", 12), Column("確度", 6), Column("意味", 30),
               Column("備考", 40)), list(_items(files)), frozen=3),
        Table("独自項目", "独自項目（レイアウトにない項目）",
              (f"データは {OWN_ITEMS}/ にある。行の対応は ファイル と レコード番号。",),
              (Column("業務", 7), Column("源泉", 16), Column("項目", 28), Column("意味", 30),
               Column("件数", 11, "number"), Column("値のある件数", 11, "number"),
               Column("最長文字数", 9, "number"), Column("引渡しファイル", 36)), own),
        Table("コード構成表", "コード構成表", ("コード一覧のうち、この移行データの項目が使うもの。",),
              (Column("コード一覧", 34), Column("値の数", 9, "number"), Column("網羅", 16), Column("確度", 6),
               Column("使う項目", 60), Column("出典", 40)),
              [(name, len(one.labels), _COVERAGE[one.coverage], one.confidence, "、".join(used), one.source)
               for name, (one, used) in lists.items()], frozen=1),
        Table("コード一覧", "コード一覧", (),
              (Column("コード一覧", 34), Column("コード値", 12), Column("内容", 50)),
              [(name, code, label) for name, (one, _) in lists.items() for code, label in one.labels.items()]),
    )


def _items(files: Iterable[PackedFile]) -> Iterable[tuple[Cell, ...]]:
    meanings = load_meanings()
    for one in files:
        for number, item in enumerate(one.group.items, 1):
            length = f"{item.length},{item.scale}" if item.scale else str(item.length or "")
            said = item.official.gaiji if item.official is not None else ""
            condition = "必須" if item.required else "空欄不可" if item.blank_not_allowed else item.condition
            meaning = meanings[item.meaning].label if item.meaning != "none" else ""
            yield (f"{one.group.area}/{one.group.id}", number, item.name, item.romaji, item.type, length,
                   "○" if item.key else "", said, item.code_list, item.repeat if item.repeat > 1 else None, condition,
                   item.confidence, meaning, item.note)


def _lists_used(files: Iterable[PackedFile]) -> dict[str, tuple[CodeList, list[str]]]:
    found: dict[str, tuple[CodeList, list[str]]] = {}
    for one in files:
        for item in one.group.items:
            for name in _list_names(item.code_list):
                entry = found.setdefault(name, (code_list_of(name)[0], []))
                entry[1].append(f"{one.group.id}.{item.name}")
    return {name: found[name] for name in sorted(found)}


def _list_names(names: str) -> tuple[str, ...]:
    if not names:
        return ()
    return (names,) if names in load_code_lists() else tuple(names.split("/"))
