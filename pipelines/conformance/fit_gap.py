"""項目Fit&Gap: every standard item beside the source item that fills it, measured on the received data.

Verdicts: 有 (fits), 無 (one side has no such item), 型差, 桁差, コード差, 文字差, several joined by ・. 機能 and 帳票
are out of scope and named so. What people write into the form stands again in the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from layouts.codes import CodeMapDefinition, code_list_of
from layouts.differences import shape_of
from layouts.mappings import MappedItem
from layouts.mappings import Mapping as GroupMapping
from layouts.records.reader import open_source_file
from layouts.sources import SourceDefinition, item_of_column
from layouts.standard_groups import StandardItem
from pipelines.conformance.tables import Cell, Column, Table, write_tables
from pipelines.project.data_folder import choose_generation
from pipelines.project.loading import Project

ANSWERS = ("影響件数", "影響度", "対応方針", "担当課", "期限", "予算")
"""What people fill in; carried over from form to form by the row's 識別."""
IDENTITY = "識別"
FORM, LOST, SCOPE, COMPARED = "項目Fit&Gap", "前回だけの行", "対象外", "団体別"

_POLICIES = (
    "データ整理（現行で直す）", "変換（規則・コード表）", "標準に合わせる", "独自項目で残す", "移行しない", "要協議",
)
_BLOCK = 16384
_MOST_CODES = 200
_FULL, _HALF, _PRIVATE = "[^ -~｡-ﾟ]", "[ -~｡-ﾟ]", "[\ue000-\uf8ff\U000f0000-\U0010ffff]"


@dataclass
class Measured:
    """One source item over all received records: what the verdicts need."""

    rows: int = 0
    filled: int = 0
    longest: int = 0
    full_width: int = 0
    half_width: int = 0
    private: int = 0
    not_digits: int = 0
    lengths: dict[int, int] = field(default_factory=dict)
    codes: dict[str, int] | None = field(default_factory=dict)

    @property
    def fill_rate(self) -> float:
        """Share of filled cells, 0 where nothing was received."""
        return self.filled / self.rows if self.rows else 0.0

    def longer_than(self, length: int) -> int:
        """Cells with more characters than ``length``."""
        return sum(count for size, count in self.lengths.items() if size > length)


@dataclass(frozen=True)
class GapRow:
    """One line of the form.

    ``verdict`` joins what is different; ``content`` says it in words with counts; ``cells`` is the number of cells
    that do not fit (None where nothing was measured).
    """

    area: str
    group: str
    item: str
    shape: str
    condition: str
    confidence: str
    source: str
    source_item: str
    fill_rate: float | None
    longest: int | None
    verdict: str
    content: str
    cells: int | None

    @property
    def identity(self) -> str:
        """What makes the line the same in the next form."""
        return "/".join((self.area, self.group, self.item, self.source, self.source_item))


def measure_source(source: SourceDefinition, files: Iterable[Path]) -> dict[str, Measured]:
    """Measure every item of a source over its files; occurrences of an item count together."""
    found: dict[str, Measured] = {name: Measured() for name in source.items}
    for path in files:
        for block in open_source_file(source, path, block_records=_BLOCK):
            for column in block.table.columns:
                name = item_of_column(column)
                if not column.startswith("_") and name in found:
                    _add(found[name], block.table[column])
    return found


def _add(measured: Measured, column: pl.Series) -> None:
    counted = (column.cast(pl.String).str.strip_chars(" 　").alias("value").to_frame().drop_nulls()
               .filter(pl.col("value") != "").group_by("value").agg(pl.len().alias("n")))
    value, count = pl.col("value"), pl.col("n")
    measured.rows += column.len()
    row = counted.select(
        count.sum().alias("filled"), value.str.len_chars().max().fill_null(0).alias("longest"),
        count.filter(value.str.contains(_FULL)).sum().alias("full"),
        count.filter(value.str.contains(_HALF)).sum().alias("half"),
        count.filter(value.str.contains(_PRIVATE)).sum().alias("private"),
        count.filter(~value.str.contains(r"^-?[0-9]+(\.[0-9]+)?$")).sum().alias("other"),
    ).row(0, named=True)
    measured.filled += row["filled"]
    measured.longest = max(measured.longest, row["longest"])
    measured.full_width += row["full"]
    measured.half_width += row["half"]
    measured.private += row["private"]
    measured.not_digits += row["other"]
    for length, n in counted.group_by(value.str.len_chars()).agg(count.sum()).iter_rows():
        measured.lengths[length] = measured.lengths.get(length, 0) + n
    if measured.codes is not None:
        if len(measured.codes) + counted.height > _MOST_CODES:
            measured.codes = None
        else:
            for text, n in counted.iter_rows():
                measured.codes[text] = measured.codes.get(text, 0) + n


def gaps_of(project: Project, *, rehearsal: int | None = None, areas: Sequence[str] = ()) -> tuple[GapRow, ...]:
    """The lines of a project's form, by area, group and item.

    Raises:
        UnreadableFile: no such generation, or a file that cannot be read.
    """
    generation = choose_generation(project.data, rehearsal)
    rows: list[GapRow] = []
    measured: dict[str, dict[str, Measured]] = {}
    for source_id in sorted(project.sources):
        source = project.sources[source_id]
        if areas and source.area not in areas:
            continue
        folder = project.data / "exports" / generation / source_id
        files = [path for path in sorted(folder.glob(source.files)) if path.is_file()]
        measured[source_id] = measure_source(source, files)
    for mapping in sorted((one for of in project.mappings.values() for one in of),
                          key=lambda one: (one.area, one.group.id)):
        if mapping.source_id in measured:
            rows += _rows(mapping, measured[mapping.source_id], project.code_maps)
    return tuple(rows)


def _rows(mapping: GroupMapping, measured: Mapping[str, Measured],
          code_maps: Mapping[str, CodeMapDefinition]) -> Iterable[GapRow]:
    mapped = mapping.by_name
    for item in mapping.group.items:
        found = mapped.get(item.name)
        if found is None:
            must = "必須の項目に源泉がない" if item.required else "現行に対応する項目がない"
            yield _line(mapping, item, "", None, "無", must, None)
        elif found.lookup is not None:
            there = f"{found.lookup.source_id}.{found.lookup.item} を {'＋'.join(found.lookup.on)} で参照"
            yield _line(mapping, item, "", None, "有", there, None)
        elif found.source_item is None:
            yield _line(mapping, item, "", None, "有", f"固定値 {found.constant}", 0)
        else:
            verdict, content, cells = _judged(item, found, measured[found.source_item], code_maps)
            yield _line(mapping, item, found.source_item, measured[found.source_item], verdict, content, cells)
    for name in mapping.own:
        yield _without_target(mapping, name, measured[name], "移行先に項目がない（独自項目として残す）")
    for name, reason in mapping.dropped.items():
        yield _without_target(mapping, name, measured[name], f"移行しない: {reason}")


def _judged(item: StandardItem, mapped: MappedItem, found: Measured,
            code_maps: Mapping[str, CodeMapDefinition]) -> tuple[str, str, int]:
    """Verdict, words and cells of one mapped item. What a named rule converts on the way is no gap, but is said."""
    gaps: list[tuple[str, str, int]] = []
    converted = f"規則 {'、'.join(mapped.convert)} で変換" if mapped.convert else ""
    codes = _code_gap(item, mapped, found, code_maps)
    if codes is not None:
        gaps.append(codes)
    if item.type in ("9", "9V", "S9") and found.not_digits and not mapped.convert and not mapped.codes:
        gaps.append(("型差", f"数値でない値 {found.not_digits:,}件", found.not_digits))
    if item.type in ("DATE", "TIME", "YEAR") and not mapped.convert:
        other = found.filled - found.lengths.get({"DATE": 10, "TIME": 8, "YEAR": 4}[item.type], 0)
        if other:
            gaps.append(("型差", f"{item.type} の形でない値 {other:,}件", other))
    if item.length and not mapped.convert and not mapped.codes and item.type in ("", "X", "N", "9"):
        longer = found.longer_than(item.length)
        if longer:
            gaps.append(("桁差", f"{item.length}桁を超える値 {longer:,}件（最長{found.longest}）", longer))
    if item.type == "X" and found.full_width and not mapped.codes and not mapped.convert:
        gaps.append(("文字差", f"半角項目に全角 {found.full_width:,}件", found.full_width))
    if item.type == "N" and found.half_width:
        gaps.append(("文字差", f"全角項目に半角 {found.half_width:,}件", found.half_width))
    if found.private:
        gaps.append(("文字差", f"外字 {found.private:,}件", found.private))
    words = "。".join([one[1] for one in gaps] + ([converted] if converted else []))
    return "・".join(dict.fromkeys(one[0] for one in gaps)) or "有", words, max((one[2] for one in gaps), default=0)


def _code_gap(item: StandardItem, mapped: MappedItem, found: Measured,
              code_maps: Mapping[str, CodeMapDefinition]) -> tuple[str, str, int] | None:
    if found.codes is None or not (mapped.codes or item.code_list):
        return None
    if mapped.codes:
        codes = code_maps[mapped.codes]
        known = {*codes.standard, *codes.variants, *codes.ignored}
        outside = {code: count for code, count in found.codes.items() if code not in known}
    else:
        lists = code_list_of(item.code_list)
        outside = {code: count for code, count in found.codes.items() if not any(one.accepts(code) for one in lists)}
    if not outside:
        return None
    # A value longer than any code may be somebody's: it is counted and not named.
    shown = [f"{code}（{count:,}件）" for code, count in sorted(outside.items()) if len(code) <= 4][:10]
    return "コード差", f"対応のないコード {'、'.join(shown) or '（長い値）'}", sum(outside.values())


def _line(mapping: GroupMapping, item: StandardItem, source_item: str, found: Measured | None, verdict: str,
          content: str, cells: int | None) -> GapRow:
    condition = "必須" if item.required else "空欄不可" if item.blank_not_allowed else item.condition
    return GapRow(mapping.area, mapping.group.label, item.name, shape_of(item), condition, item.confidence,
                  mapping.source_id, source_item, found.fill_rate if found else None, found.longest if found else None,
                  verdict, content, cells)


def _without_target(mapping: GroupMapping, name: str, found: Measured, content: str) -> GapRow:
    return GapRow(mapping.area, mapping.group.label, "", "", "", "", mapping.source_id, name, found.fill_rate,
                  found.longest, "無", content, found.filled)


def read_answers(path: Path) -> dict[str, tuple[str, ...]]:
    """What people wrote into an earlier form: identity → ANSWERS; rows without any answer are left out.

    The sheet of rows that only an earlier form had is read too, so that no answer is ever lost.
    """
    if not path.is_file():
        return {}
    import fastexcel

    book = fastexcel.read_excel(path)
    found: dict[str, tuple[str, ...]] = {}
    for name in (LOST, FORM):
        if name not in book.sheet_names:
            continue
        frame = book.load_sheet(name, header_row=3, dtypes="string").to_polars()
        if IDENTITY not in frame.columns:
            continue
        for row in frame.iter_rows(named=True):
            answers = tuple(row.get(column) or "" for column in ANSWERS)
            if any(answers) and row[IDENTITY]:
                found[row[IDENTITY]] = answers
    return found


def write_form(rows: Sequence[GapRow], path: Path, *, city: str, generation: str,
               others: Mapping[str, Sequence[GapRow]] | None = None) -> int:
    """Write the form; answers of the workbook at ``path`` are taken over. ``others`` are further cities by name.

    Returns:
        How many answered rows were taken over.
    """
    answers = read_answers(path)
    here = {row.identity for row in rows}
    lost = [(identity, *given) for identity, given in sorted(answers.items()) if identity not in here]
    columns = (
        Column("判定", 13, "state"), Column("業務", 6), Column("グループ", 18), Column("標準項目", 26),
        Column("型・桁", 9), Column("出力条件", 10), Column("確度", 6), Column("源泉", 10), Column("現行項目", 22),
        Column("充足率", 8, "percent"), Column("現行の最長", 7, "number"),
        Column("差の内容（実データの計測）", 40),
        Column("該当セル数", 10, "number"), Column("影響件数", 10, "answer"),
        Column("影響度", 8, "answer", ("大", "中", "小", "なし")), Column("対応方針", 18, "answer", _POLICIES),
        Column("担当課", 12, "answer"), Column("期限", 11, "answer"), Column("予算", 12, "answer"),
        Column(IDENTITY, 4, "hidden"),
    )
    cells = [_cells(row, answers.get(row.identity, ("",) * len(ANSWERS))) for row in rows]
    tables = [Table(FORM, f"{city} 項目Fit&Gap 調査票（{generation}）",
                    ("判定と計測は実データから。黄色の列（影響件数〜予算）に記入する。記入は次の作成でも残る。",),
                    columns, cells, frozen=4)]
    if others:
        tables.append(_compared({city: rows} | dict(others)))
    if lost:
        tables.append(Table(LOST, "前回の記入のうち、今回の調査票に行がないもの",
                            ("項目名や源泉の名前が変わったときに残る。",),
                            (Column(IDENTITY, 60), *(Column(name, 14) for name in ANSWERS)), lost))
    tables.append(Table(SCOPE, "この調査票の対象外", ("項目（データ）の差だけを扱う。",),
                        (Column("対象", 20), Column("扱い", 70)), [
        ("機能", "対象外。標準仕様書の機能要件との差は、業務ごとの機能Fit&Gapで調べる。"),
        ("帳票", "対象外。標準仕様書の帳票要件（様式・印字項目）との差は、帳票Fit&Gapで調べる。"),
        ("外部連携", "連携一覧（ikou layouts interfaces）で扱う。"),
        ("確度A以外の項目", "公式の一覧で確かめられていないので、必須とはしない。公式のExcelを取り込むと確度Aになる。"),
    ]))
    write_tables(path, "項目Fit&Gap", tables)
    return len(answers) - len(lost)


def _cells(row: GapRow, answers: tuple[str, ...]) -> tuple[Cell, ...]:
    return (row.verdict, row.area, row.group, row.item or "（なし）", row.shape, row.condition, row.confidence,
            row.source, row.source_item or "（なし）", row.fill_rate, row.longest, row.content, row.cells, *answers,
            row.identity)


def _compared(cities: Mapping[str, Sequence[GapRow]]) -> Table:
    """One form for several cities: a line an item, three columns a city."""
    keys = dict.fromkeys((row.area, row.group, row.item) for rows in cities.values() for row in rows if row.item)
    found = {city: {(row.area, row.group, row.item): row for row in rows} for city, rows in cities.items()}
    lines: list[tuple[Cell, ...]] = []
    for key in keys:
        line: list[Cell] = list(key)
        for city in cities:
            row = found[city].get(key)
            line += [row.verdict, row.longest, row.cells] if row else ["未検査", None, None]
        lines.append(tuple(line))
    columns = [Column("業務", 6), Column("グループ", 20), Column("標準項目", 28)]
    for city in cities:
        columns += [Column(f"{city} 判定", 13, "state"), Column(f"{city} 最長", 8, "number"),
                    Column(f"{city} 該当セル数", 10, "number")]
    return Table(COMPARED, "団体別の項目Fit&Gap", ("同じ様式・同じ計測で並べる。値は載せない。",), tuple(columns),
                 lines, frozen=3)
