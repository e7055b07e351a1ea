"""引渡し適合検査: whether a delivered set is what the standard layout says, without any project.

Per group: items that are there, missing, or the deliverer's own; rows against the counts it declares; keys over the
whole file, out of core; every cell against type, width, length, date and code list; characters that no system should
receive. The result counts; it quotes no value but codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from char_mapping.errors import UnreadableFile
from layouts.codes import code_list_of
from layouts.standard_groups import StandardGroup, StandardItem
from pipelines.conformance.delivered_files import DeliveredFile, blocks, group_of, list_files
from pipelines.conformance.tables import Column, Table, write_tables
from pipelines.runs.fingerprint import sha256_of
from rules.schema.cell_checks import START, checks_of

COUNT_COLUMNS = ("ファイル名", "件数")
"""A table of the set with these columns (受領票, 移行ファイル構成表) declares rows, and with SHA-256 the bytes."""

STRANGE: Mapping[str, tuple[str, str]] = {
    "replacement": ("U+FFFD（変換に失敗した字）", "\ufffd"),
    "geta": ("〓（げた）", "〓"),
    "private": ("私用領域の字（外字）", "[\ue000-\uf8ff\U000f0000-\U0010ffff]"),
    "control": ("制御文字", "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"),
    "combining": ("結合文字の濁点・半濁点", "[\u3099\u309a]"),
    "other_width": ("全角の英数字が半角項目に、または逆", ""),
}

REASONS = {
    "full_width_in_x": "半角項目に全角", "half_width_in_n": "全角項目に半角", "too_long": "桁数を超える",
    "not_in_code_list": "コード一覧にない", "not_a_date": "年月日の形でない", "not_a_time": "時刻の形でない",
    "not_a_year": "年の形でない", "not_digits": "数字でない", "not_a_number": "数値でない",
    "too_many_digits": "桁数を超える", "negative": "負の数", "blank_key": "主キーが空", "blank": "必須・空欄不可が空",
    "triple_disagrees": "不詳の3項目が食い違う",
}
_SHOWN_CODES = 20
_WORST_FIRST = ("不適合", "不足", "独自", "不足（参考）", "適合")


@dataclass(frozen=True)
class ItemResult:
    """One item of a group in the set: ``state`` is 適合, 不適合, 不足, 不足（参考）or 独自."""

    item: str
    state: str
    definition: str
    confidence: str
    filled: int
    longest: int
    faults: tuple[tuple[str, str, int], ...] = ()
    unknown_codes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class FileResult:
    """One file: its group ("" where none fits), rows, declared rows, repeated keys, characters, items."""

    path: str
    group: StandardGroup | None
    encoding: str
    rows: int
    declared: int | None
    hash_agrees: bool | None
    repeated_keys: int | None
    in_order: bool
    characters: Mapping[str, int]
    items: tuple[ItemResult, ...]
    fault: str = ""

    @property
    def state(self) -> str:
        """適合, 不適合, 不足, 要確認 (no group fits, or unreadable)."""
        if self.fault or self.group is None:
            return "要確認"
        wrong = any(item.state == "不適合" for item in self.items) or bool(self.repeated_keys)
        wrong = wrong or self.hash_agrees is False or (self.declared is not None and self.declared != self.rows)
        if wrong or any(self.characters.get(kind) for kind in ("replacement", "control", "combining")):
            return "不適合"
        return "不足" if any(item.state == "不足" for item in self.items) else "適合"


@dataclass(frozen=True)
class SetResult:
    """The whole set: its files, and groups of the wanted areas that no file holds."""

    files: tuple[FileResult, ...]
    absent: tuple[StandardGroup, ...]

    @property
    def conformant(self) -> bool:
        """Whether every file conforms and no group is absent."""
        return not self.absent and all(one.state == "適合" for one in self.files)


@dataclass
class _Counts:
    """What adds up over the blocks of a file."""

    rows: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    faults: dict[tuple[str, str, str], int] = field(default_factory=dict)
    codes: dict[tuple[str, str], int] = field(default_factory=dict)
    characters: dict[str, int] = field(default_factory=dict)


def check_set(folder: Path, groups: Sequence[StandardGroup], *, wanted: Iterable[str] = ()) -> SetResult:
    """Check every file below ``folder`` against ``groups``.

    Args:
        folder: The delivered set, or one file of it.
        groups: Definitions a file may hold; one edition of a group, or several to choose from by columns.
        wanted: Areas of which every group must be there; empty asks for none.

    Raises:
        UnreadableFile: nothing readable in the folder.
    """
    files = list_files(folder)
    declared = _declared(files)
    results = []
    for file in files:
        if set(COUNT_COLUMNS) <= set(file.columns):
            continue
        results.append(_check_file(file, folder, group_of(file, groups), declared))
    there = {(one.group.area, one.group.id) for one in results if one.group is not None}
    absent: dict[tuple[str, str], StandardGroup] = {}
    for group in groups:
        if group.area in set(wanted) and (group.area, group.id) not in there:
            absent.setdefault((group.area, group.id), group)
    return SetResult(tuple(results), tuple(absent.values()))


def _declared(files: Iterable[DeliveredFile]) -> dict[str, tuple[int | None, str]]:
    """Declared rows and SHA-256 by file name; a figure that is no number declares nothing."""
    found: dict[str, tuple[int | None, str]] = {}
    for file in files:
        if not set(COUNT_COLUMNS) <= set(file.columns):
            continue
        for block in blocks(file):
            hashes = block["SHA-256"] if "SHA-256" in block.columns else pl.Series([""] * block.height)
            for name, count, digest in zip(block["ファイル名"], block["件数"], hashes, strict=True):
                plain = (count or "").replace(",", "")
                found[name or ""] = (int(plain) if plain.isdigit() else None, digest or "")
    return found


def _check_file(file: DeliveredFile, folder: Path, group: StandardGroup | None,
                declared: Mapping[str, tuple[int | None, str]]) -> FileResult:
    path = file.path.name if folder.is_file() else file.path.relative_to(folder).as_posix()
    said, digest = declared.get(file.path.name, declared.get(path, (None, "")))
    agrees = sha256_of(file.path) == digest.lower() if digest else None
    counts = _Counts()
    names = tuple(name for name in file.columns if not name.startswith("_"))
    fault, repeated = file.fault, None
    if not fault:
        try:
            repeated = _count_blocks(file, group, names, counts)
        except UnreadableFile as error:
            fault = f"読み取れない行がある（{str(error).partition('found ')[2].split('.', maxsplit=1)[0]}）"
    items = _items(group, names, counts) if group is not None else ()
    wanted = [name for name in group.names if name in names] if group is not None else []
    in_order = [name for name in names if name in wanted] == wanted
    return FileResult(path, group, file.encoding, counts.rows, said, agrees, repeated, in_order, counts.characters,
                      items, fault)


def _count_blocks(file: DeliveredFile, group: StandardGroup | None, names: Sequence[str],
                  counts: _Counts) -> int | None:
    """Add up the blocks of a file; gives its repeated keys, None where the key is not whole."""
    key = [name for name in group.key if name in names] if group is not None else []
    whole_key = bool(group is not None and key and len(key) == len(group.key))
    keys = duckdb.connect()
    try:
        if whole_key:
            keys.execute(f"CREATE TABLE keys ({', '.join(f'k{n} VARCHAR' for n in range(len(key)))})")
        for block in blocks(file):
            _count_block(block, group, counts)
            if whole_key:
                part = block.select(pl.col(name).alias(f"k{n}") for n, name in enumerate(key)).to_arrow()
                keys.register("part", part)
                keys.execute("INSERT INTO keys SELECT * FROM part")
                keys.unregister("part")
        if not whole_key:
            return None
        columns = ", ".join(f"k{n}" for n in range(len(key)))
        answer = keys.execute(f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM keys GROUP BY {columns} "
                              "HAVING count(*) > 1)").fetchone()
        return int(answer[0]) if answer else 0
    finally:
        keys.close()


def _count_block(block: pl.DataFrame, group: StandardGroup | None, counts: _Counts) -> None:
    counts.rows += block.height
    names = block.columns
    measured = block.select(
        *((pl.col(name).fill_null("") != "").sum().alias(f"f{n}") for n, name in enumerate(names)),
        *(pl.col(name).str.len_chars().max().fill_null(0).alias(f"l{n}") for n, name in enumerate(names)),
        *(pl.col(name).str.contains(pattern).sum().alias(f"{kind}{n}") for n, name in enumerate(names)
          for kind, (_, pattern) in STRANGE.items() if pattern),
    ).row(0, named=True)
    for n, name in enumerate(names):
        counts.filled[name] = counts.filled.get(name, 0) + int(measured[f"f{n}"])
        counts.longest[name] = max(counts.longest.get(name, 0), int(measured[f"l{n}"]))
        for kind, (_, pattern) in STRANGE.items():
            if pattern and measured[f"{kind}{n}"]:
                counts.characters[kind] = counts.characters.get(kind, 0) + int(measured[f"{kind}{n}"])
    if group is not None:
        _count_faults(block, group, counts)


def _count_faults(block: pl.DataFrame, group: StandardGroup, counts: _Counts) -> None:
    """Failing cells by item, reason and rule; checks of items that the file lacks are not asked."""
    missing = [name for name in group.names if name not in block.columns]
    whole = block.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    asked = [check for check in checks_of(group) if check.item not in missing
             and (not check.asks_for_value or not set(check.fills) & set(missing))]
    _count_triples(block, group, counts)
    if not asked:
        return
    fails = [(~check.passes.fill_null(False)) & (pl.lit(True) if check.asks_for_value
                                                 else pl.col(check.item).is_not_null()) for check in asked]
    row = whole.select(one.sum().alias(str(n)) for n, one in enumerate(fails)).row(0)
    for check, count in zip(asked, row, strict=True):
        if count:
            key = (check.item, check.rule_id, check.reason)
            counts.faults[key] = counts.faults.get(key, 0) + int(count)
            if check.reason == "not_in_code_list":
                _count_codes(whole, group.by_name[check.item], counts)


def _count_triples(block: pl.DataFrame, group: StandardGroup, counts: _Counts) -> None:
    """不詳 is three items: with flag 1 no date stands (but the open start), with flag 0 no wording does."""
    for item in group.items:
        if item.unknown_flag is None or not {item.name, item.unknown_flag} <= set(block.columns):
            continue
        flag, day = pl.col(item.unknown_flag), pl.col(item.name).fill_null("")
        wrong = (flag == "1") & ~day.is_in(["", START])
        if item.unknown_text is not None and item.unknown_text in block.columns:
            wrong = wrong | ((flag == "0") & (pl.col(item.unknown_text).fill_null("") != ""))
        count = int(block.select(wrong.fill_null(False).sum()).item())
        if count:
            key = (item.name, "DAT-009", "triple_disagrees")
            counts.faults[key] = counts.faults.get(key, 0) + count


def _count_codes(block: pl.DataFrame, item: StandardItem, counts: _Counts) -> None:
    """Values outside the list, as long as they look like codes; a longer one may be somebody's."""
    known = [code for one in code_list_of(item.code_list) for code in one.labels]
    limit = max((len(code) for code in known), default=1) + 1
    values = block[item.name].drop_nulls()
    wrong = values.filter(~values.is_in(["", *known]) & (values.str.len_chars() <= limit))
    for value, count in wrong.value_counts(sort=True).iter_rows():
        key = (item.name, str(value))
        counts.codes[key] = counts.codes.get(key, 0) + int(count)


def _items(group: StandardGroup, names: Sequence[str], counts: _Counts) -> tuple[ItemResult, ...]:
    found = []
    for item in group.items:
        definition = f"{item.type} {item.length or ''}".strip() or "-"
        if item.name not in names:
            # Only what is official may be asked for: an item of domain knowledge is listed and blocks nothing.
            state = "不足" if item.confidence == "A" or item.key else "不足（参考）"
            found.append(ItemResult(item.name, state, definition, item.confidence, 0, 0))
            continue
        faults = tuple((rule, REASONS.get(reason, reason), count) for (name, rule, reason), count
                       in sorted(counts.faults.items()) if name == item.name)
        codes = sorted(((value, count) for (name, value), count in counts.codes.items() if name == item.name),
                       key=lambda pair: (-pair[1], pair[0]))[:_SHOWN_CODES]
        found.append(ItemResult(item.name, "不適合" if faults else "適合", definition, item.confidence,
                                counts.filled.get(item.name, 0), counts.longest.get(item.name, 0), faults,
                                tuple(codes)))
    own = [ItemResult(name, "独自", "-", "", counts.filled.get(name, 0), counts.longest.get(name, 0))
           for name in names if name not in group.by_name]
    return (*found, *own)


def write_check(result: SetResult, path: Path, *, title: str) -> None:
    """The 引渡し適合検査結果 as a workbook: files, items, faults, codes, characters."""
    write_tables(path, title, (
        Table("ファイル", f"{title} ファイル別の結果",
              ("適合＝項目・型・桁・コード・主キー・件数のすべてが定義どおり。要確認＝どの業務の何かを決められない。",),
              (Column("判定", 9, "state"), Column("ファイル", 34), Column("業務", 7), Column("グループ", 26),
               Column("版", 14), Column("符号", 12), Column("件数", 11, "number"), Column("申告件数", 11, "number"),
               Column("SHA-256", 10, "state"), Column("主キーの重複", 10, "number"), Column("不足項目", 9, "number"),
               Column("独自項目", 9, "number"), Column("不適合の項目", 10, "number"), Column("並び順", 9),
               Column("備考", 30)), _file_rows(result), frozen=2),
        Table("項目", f"{title} 項目別の結果",
              ("不足（参考）＝公式の一覧で確かめられていない項目（確度A以外）なので、不足としない。",),
              (Column("判定", 12, "state"), Column("ファイル", 26), Column("項目", 30), Column("定義", 10),
               Column("確度", 6), Column("値のある件数", 12, "number"), Column("最長文字数", 10, "number"),
               Column("不適合の内訳", 44), Column("規則", 16)), _item_rows(result), frozen=3),
        Table("一覧にないコード", f"{title} コード一覧にない値",
              ("コードに見える値だけを載せる（長い値は件数だけを「項目」の表に数える）。",),
              (Column("ファイル", 26), Column("項目", 30), Column("値", 12), Column("件数", 11, "number")),
              [(one.path, item.item, value, count) for one in result.files for item in one.items
               for value, count in item.unknown_codes], frozen=2),
        Table("文字", f"{title} 受け渡してはならない文字", ("字そのものは載せない。セルの数。",),
              (Column("ファイル", 34), Column("種類", 34), Column("セル数", 11, "number")),
              [(one.path, STRANGE[kind][0], count) for one in result.files
               for kind, count in sorted(one.characters.items())]),
    ))


def _file_rows(result: SetResult) -> list[tuple[str | int | None, ...]]:
    rows: list[tuple[str | int | None, ...]] = []
    for one in result.files:
        group = one.group
        hashed = {None: "", True: "一致", False: "不一致"}[one.hash_agrees]
        rows.append((
            one.state, one.path, group.area if group else "", group.label if group else "", group.edition if group else
            "", one.encoding, one.rows, one.declared, hashed, one.repeated_keys,
            sum(item.state == "不足" for item in one.items), sum(item.state == "独自" for item in one.items),
            sum(item.state == "不適合" for item in one.items), "" if one.in_order else "定義と違う",
            one.fault or ("" if group else "どのグループの列とも合わない")))
    rows += [("不足", "", group.area, group.label, group.edition, "", None, None, "", None, None, None, None, "",
              "このグループのファイルがない") for group in result.absent]
    return rows


def _item_rows(result: SetResult) -> list[tuple[str | int | None, ...]]:
    return [(item.state, one.path, item.item, item.definition, item.confidence, item.filled, item.longest,
             "、".join(f"{reason} {count:,}件" for _, reason, count in item.faults),
             " ".join(dict.fromkeys(rule for rule, _, _ in item.faults)))
            for one in result.files for item in sorted(one.items, key=lambda item: _WORST_FIRST.index(item.state))]
