"""The resident master: the population drawn chunk by chunk, with its plants, into the files of every generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from layouts.yaml_reader import read_yaml
from pipelines.sample_city.addressees import Addressee
from pipelines.sample_city.area_files import AreaFiles
from pipelines.sample_city.areas import care, health_insurance
from pipelines.sample_city.areas.people import People, people_of
from pipelines.sample_city.books import Books
from pipelines.sample_city.calendar_dates import as_era
from pipelines.sample_city.desk import Desk, Kind, Planted
from pipelines.sample_city.hosts import Encoder, Host
from pipelines.sample_city.household_plants import BIRTH
from pipelines.sample_city.names import nations
from pipelines.sample_city.outsiders import choose_copies, choose_measures
from pipelines.sample_city.planting import KINDS, Planter
from pipelines.sample_city.population import LISTED, Chunk, build_chunk
from pipelines.sample_city.resident_files import PROJECT, ResidentFile, encode_rows, layout_of
from pipelines.sample_city.second_numbers import choose_second_numbers
from pipelines.sample_city.support_measures import Measure
from pipelines.sample_city.towns import WARDS
from pipelines.sample_city.truth import TruthRow

KIND_NAMES = {"1": "日本人", "2": "外国人住民"}
CHUNK = 16_384
"""Persons drawn at a time."""
WARD_IDS = ("east", "west")

Rows = NDArray[np.int64]


class Register:
    """The register while it is being written; what other files take over from it is collected."""

    def __init__(self, host: Host, people: int, seed: int, data: Path, books: Books) -> None:
        self.encoders = {ward: Encoder(host, ward) for ward in WARD_IDS}
        self.measures: list[Measure] = []
        self.copies: list[Addressee] = []
        self.deleted_rows = 0
        self._people, self._seed, self._data, self._books = people, seed, data, books
        self._layout = layout_of("jumin", "住民レコード", host.dialect)
        self._planter = Planter(people, host.id)
        mapping = read_yaml(PROJECT / "mappings" / "001" / "resident.yml").data["items"]
        self._standard = {item["from"]: name for name, item in mapping.items() if "from" in item}

    def write(self, area_files: AreaFiles | None) -> None:
        """Draw the population and write the files of both wards and all generations.

        ``area_files``: where the same people go on into the other areas; None without such areas.
        """
        books, east, first = self._books, self._people * 11 // 20, 0
        for ward, people in ((1, east), (2, self._people - east)):
            encoder = self.encoders[WARD_IDS[ward - 1]]
            name = f"JUMIN_{WARD_IDS[ward - 1].upper()}.dat"
            with ExitStack() as stack:
                files = {
                    g: stack.enter_context(
                        ResidentFile(self._data / "exports" / g / "jumin" / name, encoder, ward, books.days[g])
                    )
                    for g in books.generations
                }
                for start in range(0, people, CHUNK):
                    rng = np.random.default_rng(np.random.SeedSequence([self._seed, ward, start]))
                    chunk = build_chunk(rng, ward=ward, people=min(CHUNK, people - start), first_person=first)
                    self._write_chunk(chunk, encoder, files, first, area_files)
                    first += min(CHUNK, people - start)
                for g, file in files.items():
                    books.receive(g, "jumin", file.close())

    def _write_chunk(
        self, chunk: Chunk, encoder: Encoder, files: dict[str, ResidentFile], first: int, area_files: AreaFiles | None
    ) -> None:
        desk = Desk(chunk, encoder, self._layout)
        used = np.zeros(len(desk.people["birth"]), bool)
        choose_measures(desk, used, self.measures)
        choose_copies(desk, used, self.copies)
        choose_second_numbers(desk, used, self.copies)
        plants = self._planter.place(desk, used, first)
        people = people_of(chunk, used, first)
        _list_entitlements(chunk, people)
        matrix = encode_rows(chunk, encoder, self._layout)
        self.deleted_rows += int((chunk.rows["論理削除"] == "1").sum())
        for index, (generation, file) in enumerate(files.items()):
            rows = np.flatnonzero(chunk.rows["generation"] <= index + 1)
            made = [(p.kind, p.by_generation[index + 1]) for p in plants if index + 1 in p.by_generation]
            self._write_rows(desk, rows, matrix[rows], made, generation, file)
            for kind, planted in made:
                self._books.tell(generation, self._truth(desk, kind, planted))
            self._books.tell(generation, self._truth_of_population(desk, rows))
        if area_files is not None:
            area_files.chunk(people, first, len(used))

    def _write_rows(
        self,
        desk: Desk,
        rows: Rows,
        records: NDArray[np.uint8],
        made: list[tuple[Kind, Planted]],
        generation: str,
        file: ResidentFile,
    ) -> None:
        """Write the rows of a generation with the cells the plants change; count them as the city would."""
        chunk, encoder, fields = desk.chunk, desk.encoder, self._layout.fields
        person = chunk.rows["person"][rows]
        latest = np.append(person[1:] != person[:-1], True)
        at = fields["最新区分"][0]
        records[:, at] = encoder.single(np.where(latest, "1", "0"), 1)[:, 0]
        place = np.full(chunk.count, -1, np.int64)
        place[rows] = np.arange(len(rows))
        sex = chunk.rows["性別"][rows].copy()
        for kind, planted in made:
            for item, cell in planted.cells.items():
                offset, length, _ = fields[item]
                records[place[planted.row], offset : offset + length] = np.frombuffer(cell, np.uint8)
                if item == "性別":
                    blank = not cell.strip(bytes([encoder.blank]))
                    sex[place[planted.row]] = kind.rule if blank else encoder.system.decode(cell, "single").text
        _count(self._books.figures[generation], chunk, rows, latest, sex)
        numbers = chunk.rows["宛名番号"][rows]
        repeated = [int(place[planted.row]) for _, planted in made if planted.repeat]
        if repeated:
            order = np.sort(np.concatenate([np.arange(len(rows)), np.array(repeated)]))
            records, numbers = records[order], numbers[order]
        file.records(records, numbers)

    def _row(
        self, subject: str, item: str, rule: str, action: str, after: str | None, also_ok: tuple[str, ...] = (),
        *, planted: bool = True, note: str = "",
    ) -> TruthRow:  # fmt: skip
        standard = self._standard.get(item, item)
        return TruthRow(
            "001", "resident", "jumin", subject, item, standard, rule, action, after, also_ok, planted, note
        )

    def _truth(self, desk: Desk, kind: Kind, planted: Planted) -> Iterator[TruthRow]:
        """What a plant is, and what other rules rightly find of it."""
        item = planted.item if kind.planted else kind.item
        also_ok = (*kind.also_ok, *(("HSE-009",) if item == BIRTH else ()))
        subject = planted.subject or desk.subject(planted.row)
        action = _action(kind, planted)
        yield self._row(
            subject, item, kind.rule, action, planted.after, also_ok, planted=kind.planted, note=planted.note
        )
        for rule, other, beside, after in planted.beside:
            yield self._row(desk.subject(planted.row), other, rule, beside, after, note=f"{kind.rule}の行の一部")

    def _truth_of_population(self, desk: Desk, rows: Rows) -> Iterator[TruthRow]:
        """The rows of the kinds that are in the population itself."""
        for kind in KINDS:
            if not kind.everyone:
                continue
            befallen = kind.eligible(desk)[desk.rows["person"][rows]]
            for row in rows[befallen].tolist():
                planted = kind.make(desk, int(desk.rows["person"][row]), 0)
                if desk.rows["論理削除"][row] != "1":
                    yield self._row(
                        desk.subject(row), kind.item, kind.rule, kind.action, planted.after, kind.also_ok
                    )


def _list_entitlements(chunk: Chunk, people: People) -> None:
    """Write the 個別事項 into the latest rows: since when who is insured under 国民健康保険 and 介護保険."""
    for item, entitled in (("国保資格取得日", health_insurance.entitled), ("介護資格取得日", care.entitled)):
        whom, gained = entitled(people)
        chunk.rows[item][chunk.people["last_row"][whom.index]] = as_era(gained)


def _action(kind: Kind, planted: Planted) -> str:
    """What the rule does; of a legal oddity: nothing, or leave exactly the value ``after``."""
    return kind.action if kind.planted else "NONE" if planted.after is None else "AUTO"


def _count(
    figures: Counter[tuple[str, str]], chunk: Chunk, rows: Rows, latest: NDArray[np.bool_], sex: NDArray[np.str_]
) -> None:
    """The figures a city prints: present residents, households, removed persons."""
    kept = latest & (chunk.rows["論理削除"][rows] == "0")
    there = kept & (chunk.rows["住民状態"][rows] == str(LISTED))
    figures["人口総数", ""] += int(there.sum())
    figures["区別人口", WARDS[chunk.ward - 1]] += int(there.sum())
    figures["男女別人口", "男"] += int((there & (sex == "1")).sum())
    figures["男女別人口", "女"] += int((there & (sex == "2")).sum())
    figures["外国人人口", ""] += int((there & (chunk.rows["住民種別"][rows] == "2")).sum())
    kinds, countries = chunk.rows["住民種別"][rows][there], chunk.rows["国籍コード"][rows][there]
    for (kind, country), people in sorted(Counter(zip(kinds.tolist(), countries.tolist(), strict=True)).items()):
        figures["国籍別人口", f"{KIND_NAMES[kind]}/{nations()[country]}"] += people
    figures["世帯数", ""] += len(np.unique(chunk.rows["世帯番号"][rows][there]))
    figures["除票数", ""] += int((kept & ~there).sum())
