"""Make the sample city: a migration project, three generations of exports as the hosts leave them, and the truth.

The population is drawn chunk by chunk and streamed to the files, so memory does not grow with the city. For the same
(people, host, seed) every byte is the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from char_mapping.errors import DefinitionError
from layouts.yaml_reader import read_yaml
from pipelines.sample_city.address_plants import ADDRESS_KINDS
from pipelines.sample_city.addressees import (
    Addressee,
    plain_addressees,
    plant_in_addressees,
    truth_of_addressees,
    write_addressees,
)
from pipelines.sample_city.area_files import AreaFiles
from pipelines.sample_city.areas.people import people_of
from pipelines.sample_city.areas.registry import MODULES
from pipelines.sample_city.areas.tables import AreaModule
from pipelines.sample_city.calendar_dates import as_western
from pipelines.sample_city.field_plants import FIELD_KINDS
from pipelines.sample_city.hosts import Encoder, Host, host_of
from pipelines.sample_city.household_plants import ADDRESS_ITEMS, BIRTH, HOUSEHOLD_KINDS, alone, no_yardstick
from pipelines.sample_city.outsiders import choose_copies, choose_measures
from pipelines.sample_city.planting import KINDS as RECORD_KINDS
from pipelines.sample_city.planting import Desk, Kind, Planted
from pipelines.sample_city.population import EXTRACTED, LISTED, Chunk, build_chunk
from pipelines.sample_city.project_files import write_project
from pipelines.sample_city.receipts import Receipt, write_controls, write_receipts
from pipelines.sample_city.resident_files import PROJECT, ResidentFile, encode_rows, layout_of
from pipelines.sample_city.second_numbers import choose_second_numbers
from pipelines.sample_city.support_measures import Measure, truth_of_measures, write_measures
from pipelines.sample_city.towns import WARDS
from pipelines.sample_city.truth import TruthBook, TruthRow

GENERATIONS = ("g1-2026-01", "g2-2026-02", "g3-2026-03")
CHUNK = 16_384
KINDS: tuple[Kind, ...] = (*RECORD_KINDS, *HOUSEHOLD_KINDS, *FIELD_KINDS, *ADDRESS_KINDS)
"""Persons drawn at a time."""
WARD_IDS = ("east", "west")

_SCHEDULES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((1, 0), (2, 0), (3, 0)),
    ((1, 0),),
    ((1, 0), (2, 1), (3, 1)),
    ((1, 0), (2, 0), (3, 0)),
    ((1, 0), (2, 0)),
    ((2, 0), (3, 0)),
)
"""In which generations a defect stands, and with which of its two forms.

It remains, is put right, is changed, remains, is put right later, or is new in the second generation."""


@dataclass(frozen=True)
class CityReport:
    """What was made: folders, counts of records by source and generation, and of truth rows by rule."""

    project: Path
    data: Path
    generations: tuple[str, ...]
    people: int
    records: dict[str, dict[str, int]]
    residents: dict[str, int]
    planted: dict[str, int] = field(default_factory=dict)
    oddities: dict[str, int] = field(default_factory=dict)


CORE_AREAS = ("001", "031")
"""The register and the 住登外 persons: always made, the other areas lean on them."""


def make_city(
    target: Path,
    people: int,
    host: str = "jef",
    seed: int = 1,
    generations: int = 3,
    areas: Collection[str] | None = None,
) -> CityReport:
    """Write the sample city.

    Args:
        target: Folder of the migration project; its data go beside it, to ``<target>-data``.
        people: Persons of the register over all generations (present and removed); at least 100.
        host: ``jef``, ``keis``, ``jips``, ``ibm`` or ``cp932``.
        seed: Chooses the population.
        generations: 1 to 3.
        areas: 業務IDs to make; all areas when left out, the core alone with ``CORE_AREAS``. What an area leans on
            (015 on 014, 014 on 010 and 012) is made with it.

    Raises:
        DefinitionError: An unknown host, too few people, or a folder that is there already and not empty.
    """
    machine = host_of(host)
    if people < 100 or not 1 <= generations <= len(GENERATIONS):
        raise DefinitionError(
            "sample city",
            expected="at least 100 people and 1 to 3 generations",
            found=f"{people} people, {generations} generations",
            todo="Ask for a larger city",
        )
    target = target.resolve()
    data = target.with_name(target.name + "-data")
    for folder in (target, data):
        if folder.exists() and any(folder.iterdir()):
            raise DefinitionError(
                str(folder),
                expected="a new or empty folder",
                found="files",
                todo="Name another folder, or remove this one",
            )
    city = _City(machine, people, seed, GENERATIONS[:generations], data, modules_of(areas))
    with city.area_files:
        city.write_residents()
        city.write_measures()
        city.write_addressees()
        city.write_areas()
        city.write_papers()
    write_project(target, data, machine, city.deleted_rows, (*CORE_AREAS, *(m.area for m in city.modules)))
    return CityReport(
        target,
        data,
        city.generations,
        people,
        city.records,
        city.residents,
        dict(sorted(city.planted.items())),
        dict(sorted(city.oddities.items())),
    )


def modules_of(areas: Collection[str] | None) -> tuple[AreaModule, ...]:
    """The modules of some areas (all when left out) with those they lean on, in order.

    Raises:
        DefinitionError: An area the sample city does not have.
    """
    known = {m.area: m for m in MODULES}
    wanted = set(known if areas is None else areas) - set(CORE_AREAS)
    if wanted - set(known):
        raise DefinitionError(
            "sample city areas",
            expected=f"some of {', '.join((*CORE_AREAS, *known))}",
            found=", ".join(sorted(wanted - set(known))),
            todo="Name areas the sample city has",
        )
    for area in ("015", "014"):
        wanted |= set(known[area].after) if area in wanted else set()
    return tuple(m for m in MODULES if m.area in wanted)


class _City:
    """The city while it is being written."""

    def __init__(
        self,
        host: Host,
        people: int,
        seed: int,
        generations: tuple[str, ...],
        data: Path,
        modules: tuple[AreaModule, ...],
    ) -> None:
        self.host, self.people, self.seed = host, people, seed
        self.generations, self.data = generations, data
        self.encoders = {ward: Encoder(host, ward) for ward in WARD_IDS}
        self.layout = layout_of("jumin", "住民レコード", host.dialect)
        self.books = {g: TruthBook() for g in generations}
        self.records: dict[str, dict[str, int]] = {g: {} for g in generations}
        self.receipts: dict[tuple[str, str], list[Receipt]] = {}
        self.figures: dict[str, Counter[tuple[str, str]]] = {g: Counter() for g in generations}
        self.households: dict[str, set[int]] = {}
        self.measures: list[Measure] = []
        self.copies: list[Addressee] = []
        self.deleted_rows = 0
        self.residents: dict[str, int] = {}
        self.planted: Counter[str] = Counter()
        self.oddities: Counter[str] = Counter()
        self._owed: dict[int, int] = {}
        self.modules = modules
        days = {g: self.day(i + 1) for i, g in enumerate(generations)}
        self.area_files = AreaFiles(modules, data, generations, people, _SCHEDULES, days)
        mapping = read_yaml(PROJECT / "mappings" / "001" / "resident.yml").data["items"]
        self._standard = {item["from"]: name for name, item in mapping.items() if "from" in item}

    def day(self, generation: int) -> int:
        """The day of extraction of a generation (1-based) as YYYYMMDD."""
        return int(as_western(np.array([EXTRACTED[generation - 1]]))[0])

    # --- the register

    def write_residents(self) -> None:
        """Draw the population and write the resident master of both wards and all generations."""
        east = self.people * 11 // 20
        first = 0
        for ward, people in ((1, east), (2, self.people - east)):
            encoder = self.encoders[WARD_IDS[ward - 1]]
            name = f"JUMIN_{WARD_IDS[ward - 1].upper()}.dat"
            with ExitStack() as stack:
                files = [
                    stack.enter_context(
                        ResidentFile(self.data / "exports" / g / "jumin" / name, encoder, ward, self.day(i + 1))
                    )
                    for i, g in enumerate(self.generations)
                ]
                for start in range(0, people, CHUNK):
                    count = min(CHUNK, people - start)
                    rng = np.random.default_rng(np.random.SeedSequence([self.seed, ward, start]))
                    chunk = build_chunk(rng, ward=ward, people=count, first_person=first)
                    self._write_chunk(chunk, encoder, files, first)
                    first += count
                for g, file in zip(self.generations, files, strict=True):
                    receipt = file.close()
                    self.receipts.setdefault((g, "jumin"), []).append(receipt)
                    self.records[g][name] = receipt.records

    def _write_chunk(self, chunk: Chunk, encoder: Encoder, files: list[ResidentFile], first: int) -> None:
        desk = Desk(chunk, encoder, self.layout)
        plants, used = self._plant(desk, first)
        matrix = encode_rows(chunk, encoder, self.layout)
        self.deleted_rows += int((chunk.rows["論理削除"] == "1").sum())
        latest_at = self.layout.fields["最新区分"][0]
        person, generation = chunk.rows["person"], chunk.rows["generation"]
        for index, file in enumerate(files):
            number = index + 1
            rows = np.flatnonzero(generation <= number)
            latest = np.append(person[rows][1:] != person[rows][:-1], True)
            place = np.full(chunk.count, -1, np.int64)
            place[rows] = np.arange(len(rows))
            records = matrix[rows]
            records[:, latest_at] = encoder.single(np.where(latest, "1", "0"), 1)[:, 0]
            sex = chunk.rows["性別"][rows].copy()
            repeated = []
            for kind, schedule, made in plants:
                variant = schedule.get(number)
                if variant is None:
                    continue
                planted = made[variant]
                for item, cell in planted.cells.items():
                    offset, length, _ = self.layout.fields[item]
                    records[place[planted.row], offset : offset + length] = np.frombuffer(cell, np.uint8)
                    if item == "性別":
                        sex[place[planted.row]] = (
                            kind.rule if len(cell.strip(bytes([encoder.blank]))) == 0 else (_text_of(encoder, cell))
                        )
                if planted.repeat:
                    repeated.append(int(place[planted.row]))
                self._truth(self.generations[index], desk, kind, planted)
            self._count(self.generations[index], chunk, rows, latest, sex)
            numbers = chunk.rows["宛名番号"][rows]
            if repeated:
                order = np.sort(np.concatenate([np.arange(len(rows)), np.array(repeated)]))
                records, numbers = records[order], numbers[order]
            file.records(records, numbers)
            self._everyone(self.generations[index], desk, rows)
        if self.modules:
            self.area_files.chunk(people_of(chunk, used, first), first, len(desk.people["birth"]))

    def _plant(
        self, desk: Desk, first: int
    ) -> tuple[list[tuple[Kind, dict[int, int], dict[int, Planted]]], NDArray[np.bool_]]:
        """Choose persons of the chunk for every kind; what finds nobody here is owed to the next chunk. Also gives
        the persons something is planted on.
        """
        people = len(desk.people["birth"])
        used = np.zeros(people, bool)
        choose_measures(desk, used, self.measures)
        choose_copies(desk, used, self.copies)
        choose_second_numbers(desk, used, self.copies)
        found = []
        for place, kind in enumerate(KINDS):
            if kind.everyone or (kind.hosts and self.host.id not in kind.hosts):
                continue
            count = max(1, round(self.people * kind.often / 20_000))
            at = (np.arange(count) * self.people + self.people // 2) // count
            wanted = [(i, int(a) - first) for i, a in enumerate(at.tolist()) if first <= a < first + people]
            owed = self._owed.pop(place, 0)
            wanted = [(count + i, 0) for i in range(owed)] + wanted
            if not wanted:
                continue
            eligible = kind.eligible(desk) & ~used
            if kind not in HOUSEHOLD_KINDS:
                if kind.item in ADDRESS_ITEMS:
                    eligible &= alone(desk)
                if kind.item == BIRTH:
                    eligible &= no_yardstick(desk)
            for i, target in wanted:
                candidates = np.flatnonzero(eligible)
                if not len(candidates):
                    self._owed[place] = self._owed.get(place, 0) + 1
                    continue
                chosen = int(candidates[min(int(np.searchsorted(candidates, target)), len(candidates) - 1)])
                used[chosen] = eligible[chosen] = True
                eligible[chosen] = False
                if kind.rule in ("HSE-001", "HSE-002"):
                    same = desk.people["household"] == desk.people["household"][chosen]
                    used |= same
                    eligible &= ~same
                schedule = (
                    dict(_SCHEDULES[(i + place) % len(_SCHEDULES) if i else 0]) if kind.planted else {1: 0, 2: 0, 3: 0}
                )
                made = {v: kind.make(desk, chosen, v) for v in set(schedule.values())}
                found.append((kind, schedule, made))
        return found, used

    def _truth(self, generation: str, desk: Desk, kind: Kind, planted: Planted) -> None:
        item = kind.item if not kind.planted else planted.item
        self._add(
            generation,
            TruthRow(
                "001",
                "resident",
                "jumin",
                planted.subject or desk.subject(planted.row),
                item,
                self._standard.get(item, item),
                kind.rule,
                _action(kind, planted),
                planted.after,
                (*kind.also_ok, *(("HSE-009",) if item == BIRTH else ())),
                kind.planted,
                planted.note,
            ),
        )
        for rule, other, action, after in planted.beside:
            self._add(
                generation,
                TruthRow(
                    "001",
                    "resident",
                    "jumin",
                    desk.subject(planted.row),
                    other,
                    self._standard.get(other, other),
                    rule,
                    action,
                    after,
                    note=f"{kind.rule}の行の一部",
                ),
            )

    def _everyone(self, generation: str, desk: Desk, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        for kind in KINDS:
            if not kind.everyone:
                continue
            mask = kind.eligible(desk)[desk.rows["person"][rows]]
            for row in rows[mask].tolist():
                planted = kind.make(desk, int(desk.rows["person"][row]), 0)
                if desk.rows["論理削除"][row] == "1":
                    continue
                self._add(
                    generation,
                    TruthRow(
                        "001",
                        "resident",
                        "jumin",
                        desk.subject(row),
                        kind.item,
                        self._standard.get(kind.item, kind.item),
                        kind.rule,
                        kind.action,
                        planted.after,
                        kind.also_ok,
                    ),
                )

    def _add(self, generation: str, row: TruthRow) -> None:
        self.books[generation].add(row)
        if generation == self.generations[0]:
            (self.planted if row.planted else self.oddities)[row.rule_id] += 1

    def _count(
        self,
        generation: str,
        chunk: Chunk,
        rows: np.ndarray[tuple[int], np.dtype[np.int64]],
        latest: np.ndarray[tuple[int], np.dtype[np.bool_]],
        sex: np.ndarray[tuple[int], np.dtype[np.str_]],
    ) -> None:
        """The figures a city prints: present residents, households, removed persons."""
        figures = self.figures[generation]
        kept = latest & (chunk.rows["論理削除"][rows] == "0")
        there = kept & (chunk.rows["住民状態"][rows] == str(LISTED))
        figures["人口総数", ""] += int(there.sum())
        figures["区別人口", WARDS[chunk.ward - 1]] += int(there.sum())
        figures["男女別人口", "男"] += int((there & (sex == "1")).sum())
        figures["男女別人口", "女"] += int((there & (sex == "2")).sum())
        figures["外国人人口", ""] += int((there & (chunk.rows["住民種別"][rows] == "2")).sum())
        figures["世帯数", ""] += len(np.unique(chunk.rows["世帯番号"][rows][there]))
        figures["除票数", ""] += int((kept & ~there).sum())

    # --- the other files and the papers

    def write_measures(self) -> None:
        """Write the file of 支援措置."""
        for i, g in enumerate(self.generations):
            there = [m for m in sorted(self.measures, key=lambda m: (m.number, m.history)) if m.generation <= i + 1]
            receipt = write_measures(self.data / "exports" / g / "shien", there, self.encoders["east"], self.day(i + 1))
            self.receipts[g, "shien"] = [receipt]
            self.records[g][receipt.name] = receipt.records
            self.figures[g]["支援措置対象者数", ""] = len({m.number for m in there})
            book = TruthBook()
            truth_of_measures(there, self.encoders["east"], book)
            for row in book.rows:
                self._add(g, row)

    def write_addressees(self) -> None:
        """Write the CSV of 住登外 persons."""
        count = min(max(160, self.people * 3 // 100), 60_000)
        rng = np.random.default_rng(np.random.SeedSequence([self.seed, 9]))
        plain = plain_addressees(rng, count, 0)
        plant_in_addressees(plain, count * 100 // 3)
        everyone = sorted(self.copies + plain, key=lambda a: a.number)
        for i, g in enumerate(self.generations):
            receipt = write_addressees(self.data / "exports" / g / "juutogai", everyone, i + 1, self.day(i + 1))
            self.receipts[g, "juutogai"] = [receipt]
            self.records[g][receipt.name] = receipt.records
            self.figures[g]["住登外者数", ""] = receipt.records
            book = TruthBook()
            truth_of_addressees(everyone, i + 1, book)
            for row in book.rows:
                self._add(g, row)

    def write_areas(self) -> None:
        """End the files of the other areas; their figures and their truth."""
        days = {g: self.day(i + 1) for i, g in enumerate(self.generations)}
        self.receipts |= self.area_files.close()
        for (generation, _), receipts in self.receipts.items():
            self.records[generation] |= {r.name: r.records for r in receipts}
        for generation, rows in self.area_files.truth.items():
            for row in rows:
                self._add(generation, row)
        for module in self.modules:
            figures = [(*key, value) for key, value in self.area_files.figures[module.area].items()]
            money = {(f.form, f.name): bool(f.item) for f in module.figures}
            for generation, day in days.items():
                self._tell_figures(generation, module.area, money)
                path = self.data / "controls" / generation / f"{module.area}.csv"
                write_controls(path, figures, day, f"{module.department} 見本係")

    def _tell_figures(self, generation: str, area: str, money: Mapping[tuple[str, str], bool]) -> None:
        """A figure that the file goes astray of is planted (RCN-002 for yen, RCN-003 for counts); the others agree."""
        astray = self.area_files.astray.get((generation, area), Counter())
        for form, name, division in sorted(self.area_files.figures[area].keys() | astray.keys()):
            change = astray[form, name, division]
            rule, subject = ("RCN-002" if money[form, name] else "RCN-003"), f"{form}/{name}/{division}"
            told = f"ファイルの合計が現行帳票の値より{change:+d}" if change else "現行帳票の値と一致"
            action = "BLOCK" if change else "NONE"
            row = TruthRow(area, "", "", subject, "", name, rule, action, planted=change != 0, note=told)
            self._add(generation, row)

    def _policies(self, generation: str) -> None:
        """Questions that every run of this city puts once: no source says who confirmed the kana, and both registers of
        names use some of the 168 glyphs that changed in 2004.
        """
        for area, group, source in (("001", "resident", "jumin"), ("031", "addressee", "juutogai")):
            for rule, subject, item in (
                ("NAM-019", source, "person.kana.confirmed"),
                ("MOJ-009", "JIS X 0213:2004", ""),
            ):
                self._add(
                    generation, TruthRow(area, group, source, subject, item, item, rule, "REVIEW", note="源泉への照会")
                )
        for area in sorted(self.area_files.with_changed_glyphs):
            self._add(generation, TruthRow(area, "", "", "JIS X 0213:2004", "", "", "MOJ-009", "REVIEW"))
        # A list of support measures holds no kana that anybody could confirm, and the accounts hold no kanji at all.
        silent = (("001", "shien", "person.kana.confirmed", "NAM-019"), ("014", "JIS X 0213:2004", "", "MOJ-009"))
        for area, subject, item, rule in silent:
            if area not in self.area_files.with_changed_glyphs:
                self._add(generation, TruthRow(area, "", "", subject, item, item, rule, "NONE", planted=False))

    def write_papers(self) -> None:
        """Write 受領票, 現行帳票の値 (one figure a generation is wrong) and the truth."""
        wrong = (("世帯数", "", 1), ("除票数", "", 1), ("区別人口", WARDS[1], -1))
        for i, g in enumerate(self.generations):
            for (generation, source), receipts in self.receipts.items():
                if generation == g:
                    write_receipts(self.data / "exports" / g / source, receipts)
            self._policies(g)
            figures = self.figures[g]
            item, division, change = wrong[i]
            self.residents[g] = figures["人口総数", ""]
            for name, part in sorted(figures):
                if (name, part) != (item, division) and name not in ("住登外者数", "支援措置対象者数"):
                    self._add(
                        g,
                        TruthRow(
                            "001",
                            "resident",
                            "jumin",
                            f"人口統計表/{name}/{part}",
                            "",
                            name,
                            "RCN-003",
                            "NONE",
                            planted=False,
                            note="現行帳票の値と一致",
                        ),
                    )
            figures[item, division] += change
            self._add(
                g,
                TruthRow(
                    "001",
                    "resident",
                    "jumin",
                    f"人口統計表/{item}/{division}",
                    "",
                    item,
                    "RCN-003",
                    "BLOCK",
                    note=f"現行帳票の値が実数より{change:+d}",
                ),
            )
            master = ("町字マスター", "", "町字コード", "ADR-002", "REVIEW")
            self._add(g, TruthRow("001", "resident", "jumin", *master, note="取り込まれていない"))
            lines = [
                ("人口統計表", name, part, value)
                for (name, part), value in sorted(figures.items())
                if name not in ("住登外者数", "支援措置対象者数")
            ]
            lines.append(("支援措置台帳", "支援措置対象者数", "", figures["支援措置対象者数", ""]))
            write_controls(self.data / "controls" / g / "001.csv", lines, self.day(i + 1), "市民課 見本係")
            write_controls(
                self.data / "controls" / g / "031.csv",
                [("宛名統計表", "住登外者数", "", figures["住登外者数", ""])],
                self.day(i + 1),
                "税務課 見本係",
            )
            self.books[g].write(self.data / "truth" / f"{g}.parquet")


def _action(kind: Kind, planted: Planted) -> str:
    """What the rule does; of a legal oddity: nothing, or leave exactly the value ``after``."""
    return kind.action if kind.planted else "NONE" if planted.after is None else "AUTO"


def _text_of(encoder: Encoder, cell: bytes) -> str:
    return encoder.system.decode(cell, "single").text
