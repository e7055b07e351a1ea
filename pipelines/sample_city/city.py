"""Make the sample city: a migration project, three generations of exports as the hosts leave them, and the truth.

The population is drawn chunk by chunk and streamed to the files, so memory does not grow with the city. For the same
(people, host, seed) every byte is the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from char_mapping.errors import DefinitionError
from pipelines.sample_city.addressees import (
    Addressee,
    plain_addressees,
    plant_in_addressees,
    truth_of_addressees,
    write_addressees,
)
from pipelines.sample_city.area_files import AreaFiles
from pipelines.sample_city.areas.registry import MODULES
from pipelines.sample_city.areas.tables import AreaModule
from pipelines.sample_city.books import Books
from pipelines.sample_city.hosts import host_of
from pipelines.sample_city.papers import write_area_figures, write_papers
from pipelines.sample_city.planting import SCHEDULES
from pipelines.sample_city.project_files import write_project
from pipelines.sample_city.register import Register
from pipelines.sample_city.support_measures import truth_of_measures, write_measures

GENERATIONS = ("g1-2026-01", "g2-2026-02", "g3-2026-03")
CORE_AREAS = ("001", "031")
"""The register and the 住登外 persons: always made, the other areas lean on them."""


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
    books = Books(GENERATIONS[:generations])
    modules = modules_of(areas)
    register = Register(machine, people, seed, data, books)
    with AreaFiles(modules, data, books.generations, people, SCHEDULES, books.days) as area_files:
        register.write(area_files if modules else None)
        _write_measures(books, register, data)
        _write_addressees(books, register.copies, people, seed, data)
        books.receipts |= area_files.close()
        for generation, rows in area_files.truth.items():
            books.tell(generation, rows)
        write_area_figures(books, area_files, modules, data)
        residents = {g: figures["人口総数", ""] for g, figures in books.figures.items()}
        write_papers(books, data, area_files.with_changed_glyphs)
    write_project(target, data, machine, register.deleted_rows, (*CORE_AREAS, *(m.area for m in modules)))
    return CityReport(
        target,
        data,
        books.generations,
        people,
        books.records(),
        residents,
        dict(sorted(books.planted.items())),
        dict(sorted(books.oddities.items())),
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


def _write_measures(books: Books, register: Register, data: Path) -> None:
    """Write the files of 支援措置."""
    encoder = register.encoders["east"]
    for number, g in enumerate(books.generations, 1):
        there = [m for m in sorted(register.measures, key=lambda m: (m.number, m.history)) if m.generation <= number]
        books.receive(g, "shien", write_measures(data / "exports" / g / "shien", there, encoder, books.days[g]))
        books.figures[g]["支援措置対象者数", ""] = len({m.number for m in there})
        books.tell(g, truth_of_measures(there, encoder))


def _write_addressees(books: Books, copies: list[Addressee], people: int, seed: int, data: Path) -> None:
    """Write the CSV files of 住登外 persons: ``copies`` of residents, and others."""
    count = min(max(160, people * 3 // 100), 60_000)
    plain = plain_addressees(np.random.default_rng(np.random.SeedSequence([seed, 9])), count, 0)
    plant_in_addressees(plain, count * 100 // 3)
    everyone = sorted(copies + plain, key=lambda a: a.number)
    for number, g in enumerate(books.generations, 1):
        receipt = write_addressees(data / "exports" / g / "juutogai", everyone, number, books.days[g])
        books.receive(g, "juutogai", receipt)
        books.figures[g]["住登外者数", ""] = receipt.records
        books.tell(g, truth_of_addressees(everyone, number))
