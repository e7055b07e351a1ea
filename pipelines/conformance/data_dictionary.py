"""A data dictionary from files without documents (完成図書の代替), and the first definitions to edit.

Keys are columns or pairs whose values never repeat; references are columns whose values all stand in a key of the same
or another file. What is drafted is marked as a draft: 意味 and 写像 are proposals, and nothing runs before a person
has read them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from layouts.codes import code_list_of
from layouts.column_profiles import ColumnProfile, profile_columns
from layouts.meanings import load_meanings
from layouts.standard_groups import StandardGroup
from pipelines.conformance.suggestions import Suggestion, suggest

_KEY_COLUMNS = 12
_LEAST_REFERRED = 10
_REFERENCE_SHARE = 0.98
_FEW_REPEATED = 0.005
_HIDDEN_KINDS = frozenset({"name", "kana", "roman", "address", "number", "amount", "text"})
TEMPLATE = Path(__file__).with_name("data_dictionary.html.jinja")


@dataclass(frozen=True)
class FileProfile:
    """One file: its columns as measured, what each probably is, likely keys, and references out of it.

    ``near_keys`` are pairs that repeat in few rows, with how many: likely the key of data that has duplicates.
    ``references`` are (column, other file, other column, share of the different values found there).
    """

    name: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    suggestions: Mapping[str, Suggestion]
    keys: tuple[tuple[str, ...], ...]
    near_keys: tuple[tuple[tuple[str, ...], int], ...]
    references: tuple[tuple[str, str, str, float], ...]

    def shown_codes(self, column: ColumnProfile) -> tuple[tuple[str, int], ...]:
        """Codes that may be shown: none where the column probably holds somebody's name, address or number."""
        kind = load_meanings()[self.suggestions[column.name].meaning].kind
        hidden = kind in _HIDDEN_KINDS and self.suggestions[column.name].meaning != "none"
        return () if hidden else column.codes


def profile_files(tables: Mapping[str, pl.DataFrame], groups: Sequence[StandardGroup]) -> tuple[FileProfile, ...]:
    """Measure files together, so that references between them are seen; tables hold text."""
    measured = {name: profile_columns(table) for name, table in tables.items()}
    keys = {name: _keys(tables[name], columns) for name, columns in measured.items()}
    return tuple(
        FileProfile(name, tables[name].height, columns,
                    {one.name: suggest(one, tables[name][one.name].cast(pl.String), groups) for one in columns},
                    keys[name], () if keys[name] else _near_keys(tables[name], columns),
                    _references(name, tables, measured, keys))
        for name, columns in measured.items())


def _keys(table: pl.DataFrame, columns: Sequence[ColumnProfile]) -> tuple[tuple[str, ...], ...]:
    single = tuple((one.name,) for one in columns if one.unique and one.longest <= 30)
    if single or not table.height:
        return single
    return tuple(pair for pair, repeated in _pairs(table, columns) if not repeated)[:3]


def _near_keys(table: pl.DataFrame, columns: Sequence[ColumnProfile]) -> tuple[tuple[tuple[str, ...], int], ...]:
    few = [one for one in _pairs(table, columns) if 0 < one[1] <= _FEW_REPEATED * table.height]
    return tuple(sorted(few, key=lambda one: one[1])[:3])


def _pairs(table: pl.DataFrame, columns: Sequence[ColumnProfile]) -> list[tuple[tuple[str, ...], int]]:
    """Pairs of filled columns that could tell the rows apart, in the table's order, and the rows that repeat.

    A number that is nearly a key by itself comes first; names and remarks are no keys.
    """
    whole = sorted((one for one in columns if one.filled == one.rows and not one.date_forms and one.longest <= 20
                    and not one.kinds.get("漢字") and not one.kinds.get("カタカナ")),
                   key=lambda one: -one.distinct)[:_KEY_COLUMNS]
    order = {one.name: n for n, one in enumerate(columns)}
    found = []
    for a, b in itertools.combinations(whole, 2):
        if a.distinct * b.distinct >= (1 - _FEW_REPEATED) * table.height:
            pair = tuple(sorted((a.name, b.name), key=lambda name: order[name]))
            found.append((pair, table.height - int(table.select(pl.struct(pair).n_unique()).item())))
    return found


def _references(name: str, tables: Mapping[str, pl.DataFrame], measured: Mapping[str, Sequence[ColumnProfile]],
                keys: Mapping[str, tuple[tuple[str, ...], ...]]) -> tuple[tuple[str, str, str, float], ...]:
    found = []
    for one in measured[name]:
        if one.distinct < _LEAST_REFERRED or one.date_forms or one.codes:
            continue
        values = tables[name][one.name].drop_nulls().unique()
        for other, other_keys in keys.items():
            for key in other_keys:
                if len(key) != 1 or (other == name and key[0] == one.name):
                    continue
                there = tables[other][key[0]].drop_nulls().unique()
                share = int(values.is_in(there.implode()).sum()) / max(values.len(), 1)
                if share >= _REFERENCE_SHARE:
                    found.append((one.name, other, key[0], share))
    return tuple(found)


def write_dictionary(files: Sequence[FileProfile], path: Path, *, as_of: str) -> None:
    """The data dictionary as one HTML page; ``as_of`` is the day the files stand for ("" when nobody said)."""
    from jinja2 import Environment, StrictUndefined

    meanings = load_meanings()
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = page.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        files=files, as_of=as_of, meanings=meanings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def draft_source(file: FileProfile, *, source_id: str, area: str, pattern: str, format_lines: Sequence[str],
                 code_system: str) -> str:
    """``source.yml`` of a file as a draft: every item with its proposed meaning and why."""
    near = file.near_keys[0] if file.near_keys else None
    key = file.keys[0] if file.keys else near[0] if near else (file.columns[0].name,)
    doubt = "" if file.keys else f"   # 要確認: 重複{near[1]}件" if near else "   # 要確認: 一意な列がない"
    lines = [
        "# 下書き: ikou layouts profile が実データから作った。意味（meaning）は提案で、要確認の項目は none のまま",
        f"id: {source_id}", f"label: {_quoted(file.name)}", f'area: "{area}"', "department: 要記入",
        f"files: {_quoted(pattern)}", *format_lines, f"code_system: {code_system}",
        f"key: [{', '.join(_quoted(name) for name in key)}]{doubt}",
        "items:",
    ]
    for one in file.columns:
        suggestion = file.suggestions[one.name]
        meaning = load_meanings()[suggestion.meaning]
        entry = [f"meaning: {suggestion.meaning}"]
        if meaning.kind == "date":
            form = next(iter(sorted(one.date_forms, key=lambda name: -one.date_forms[name])), "ISO")
            zeros = any(set(value) <= {"0", "-", "/"} for value, _ in one.sentinels)
            nines = any(value[0] == "9" for value, _ in one.sentinels)
            entry.append(f"date: {{form: {form}, zeros: {'unknown' if zeros else 'empty'}, "
                         f"nines: {'open_end' if nines else 'empty'}}}")
        why = "、".join(suggestion.reasons) or "手がかりなし"
        mark = "" if suggestion.meaning != "none" else "要確認 "
        lines.append(f"  {_quoted(one.name)}: {{{', '.join(entry)}}}   # {mark}{why}（{one.fill_rate:.0%}）")
    return "\n".join(lines) + "\n"


def draft_mapping(file: FileProfile, group: StandardGroup, *, source_id: str) -> str:
    """``mappings/<area>/<group>.yml`` as a draft: proposed items by meaning, everything else own (独自項目)."""
    by_meaning: dict[str, list[str]] = {}
    for item in group.items:
        if item.meaning != "none":
            by_meaning.setdefault(item.meaning, []).append(item.name)
    lines = ["# 下書き: 提案した意味からの写像。確かめてから使う。own は移行先に項目がないもの（独自項目）として残す",
             f'area: "{group.area}"', f"group: {group.id}", f"source: {source_id}", "items:"]
    mapped: set[str] = set()
    for one in file.columns:
        targets = by_meaning.get(file.suggestions[one.name].meaning, [])
        if not targets:
            continue
        target = group.by_name[targets.pop(0)]
        entry = [f"from: {_quoted(one.name)}"]
        meaning = load_meanings()[target.meaning]
        if meaning.kind == "date":
            entry.append("convert: DAT-001")
        lines.append(f"  {_quoted(target.name)}: {{{', '.join(entry)}}}" + _code_remark(one, target.code_list))
        mapped.add(one.name)
    if not mapped:
        lines[-1] = "items: {}"
    own = [one.name for one in file.columns if one.name not in mapped]
    lines.append(f"own: [{', '.join(_quoted(name) for name in own)}]")
    return "\n".join(lines) + "\n"


def best_group(file: FileProfile, groups: Sequence[StandardGroup]) -> StandardGroup | None:
    """The group that holds most of the proposed meanings, None where no two are met."""
    wanted = {one.meaning for one in file.suggestions.values() if one.meaning != "none"}
    scored = [(len(wanted & {item.meaning for item in group.items}), n) for n, group in enumerate(groups)]
    if not scored:
        return None
    most, number = max(scored, key=lambda pair: (pair[0], -pair[1]))
    return groups[number] if most >= 2 else None


def _code_remark(column: ColumnProfile, code_list: str) -> str:
    """What stands in the way of taking codes over as they are."""
    if not code_list or not column.codes:
        return ""
    lists = code_list_of(code_list)
    outside = [value for value, _ in column.codes if not any(one.accepts(value) for one in lists)]
    if not outside:
        return ""
    return f"   # codes が要る: {code_list} にない値 {', '.join(outside[:8])}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
