"""The papers of the city: 受領票 beside the files, its own figures (現行帳票の値), and what is true of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.sample_city.area_files import AreaFiles
from pipelines.sample_city.areas.tables import AreaModule
from pipelines.sample_city.books import Books
from pipelines.sample_city.receipts import write_controls, write_receipts
from pipelines.sample_city.towns import WARDS
from pipelines.sample_city.truth import TruthRow

_WRONG = (("世帯数", "", 1), ("除票数", "", 1), ("区別人口", WARDS[1], -1))
"""The figure of each generation that the city's print has wrong, and by how much."""
_OTHER_PRINTS = ("住登外者数", "支援措置対象者数")
"""Figures that stand in other prints than the 人口統計表."""


def write_area_figures(books: Books, area_files: AreaFiles, modules: tuple[AreaModule, ...], data: Path) -> None:
    """Write the figures of the departments; a figure its file goes astray of is planted."""
    for module in modules:
        figures = [(*key, value) for key, value in area_files.figures[module.area].items()]
        money = {(f.form, f.name): bool(f.item) for f in module.figures}
        for generation, day in books.days.items():
            books.tell(generation, _truth_of_area_figures(area_files, generation, module.area, money))
            path = data / "controls" / generation / f"{module.area}.csv"
            write_controls(path, figures, day, f"{module.department} 見本係")


def _truth_of_area_figures(
    area_files: AreaFiles, generation: str, area: str, money: Mapping[tuple[str, str], bool]
) -> Iterator[TruthRow]:
    """A figure that the file goes astray of is planted (RCN-002 for yen, RCN-003 for counts); the others agree."""
    astray = area_files.astray.get((generation, area), Counter())
    for form, name, division in sorted(area_files.figures[area].keys() | astray.keys()):
        change = astray[form, name, division]
        rule, subject = ("RCN-002" if money[form, name] else "RCN-003"), f"{form}/{name}/{division}"
        told = f"ファイルの合計が現行帳票の値より{change:+d}" if change else "現行帳票の値と一致"
        action = "BLOCK" if change else "NONE"
        yield TruthRow(area, "", "", subject, "", name, rule, action, planted=change != 0, note=told)


def write_papers(books: Books, data: Path, with_changed_glyphs: set[str]) -> None:
    """Write 受領票, 現行帳票の値 of register and 住登外 (one figure a generation is wrong) and the truth.

    ``with_changed_glyphs``: the other areas whose files hold characters that JIS X 0213:2004 drew anew.
    """
    for g, wrong in zip(books.generations, _WRONG, strict=False):
        for (generation, source), receipts in books.receipts.items():
            if generation == g:
                write_receipts(data / "exports" / g / source, receipts)
        books.tell(g, _questions(with_changed_glyphs))
        _write_register_figures(books, g, wrong, data / "controls" / g)
        books.truth[g].write(data / "truth" / f"{g}.parquet")


def _write_register_figures(books: Books, generation: str, wrong: tuple[str, str, int], folder: Path) -> None:
    figures, day = books.figures[generation], books.days[generation]
    item, division, change = wrong
    printed = {key: value for key, value in sorted(figures.items()) if key[0] not in _OTHER_PRINTS}
    agreeing = [key for key in printed if key != (item, division)]
    books.tell(generation, (_figure(*key, "NONE", "現行帳票の値と一致", planted=False) for key in agreeing))
    books.tell(generation, [_figure(item, division, "BLOCK", f"現行帳票の値が実数より{change:+d}")])
    master = ("町字マスター", "", "町字コード", "ADR-002", "REVIEW")
    books.tell(generation, [TruthRow("001", "resident", "jumin", *master, note="取り込まれていない")])
    printed[item, division] += change
    lines = [("人口統計表", *key, value) for key, value in printed.items()]
    lines.append(("支援措置台帳", "支援措置対象者数", "", figures["支援措置対象者数", ""]))
    write_controls(folder / "001.csv", lines, day, "市民課 見本係")
    outsiders = [("宛名統計表", "住登外者数", "", figures["住登外者数", ""])]
    write_controls(folder / "031.csv", outsiders, day, "税務課 見本係")


def _figure(item: str, division: str, action: str, note: str, *, planted: bool = True) -> TruthRow:
    subject = f"人口統計表/{item}/{division}"
    return TruthRow("001", "resident", "jumin", subject, "", item, "RCN-003", action, planted=planted, note=note)


def _questions(with_changed_glyphs: set[str]) -> Iterator[TruthRow]:
    """Questions that every run of this city puts once: no source says who confirmed the kana, and both registers of
    names use some of the 168 glyphs that changed in 2004.
    """
    kana, glyphs = ("NAM-019", "person.kana.confirmed"), ("MOJ-009", "JIS X 0213:2004")
    for area, group, source in (("001", "resident", "jumin"), ("031", "addressee", "juutogai")):
        for rule, subject, item in ((kana[0], source, kana[1]), (*glyphs, "")):
            yield TruthRow(area, group, source, subject, item, item, rule, "REVIEW", note="源泉への照会")
    for area in sorted(with_changed_glyphs):
        yield TruthRow(area, "", "", glyphs[1], "", "", glyphs[0], "REVIEW")
    # A list of support measures holds no kana that anybody could confirm, and the accounts hold no kanji at all.
    silent = (("001", "shien", kana[1], kana[0]), ("014", glyphs[1], "", glyphs[0]))
    for area, subject, item, rule in silent:
        if area not in with_changed_glyphs:
            yield TruthRow(area, "", "", subject, item, item, rule, "NONE", planted=False)
