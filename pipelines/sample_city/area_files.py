"""Write the departments' files: rows of every area as its host keeps them, generation by generation, with the truth.

Which item stands where, and how a date is written, is read from the project's own definitions (``source.yml`` and the
copybook), as a city's vendor would; what goes in comes from the area modules alone.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from char_mapping.code_systems import load_code_system
from layouts.records.copybook import parse_copybook
from layouts.records.writer import RecordWriter
from layouts.sources import SourceDefinition, item_of_column, load_source
from layouts.yaml_reader import read_yaml
from pipelines.sample_city.areas.people import FOREVER, People
from pipelines.sample_city.areas.tables import AreaModule, Cells, Plant, Table, Tables, take
from pipelines.sample_city.calendar_dates import NONE, as_era, as_western
from pipelines.sample_city.images import ImagePack
from pipelines.sample_city.receipts import Receipt
from pipelines.sample_city.resident_files import PROJECT
from pipelines.sample_city.truth import TruthRow

Schedule = Mapping[int, int]
_GLYPHS = "[榊樋樽祇茨葛辻釜梗楢汲鱒]"
"""Characters of the city's names and towns whose sample glyph JIS X 0213:2004 changed."""
_PERSON_ITEMS = ("宛名番号", "児童番号", "住民番号", "児童生徒番号", "納税義務者", "世帯主番号", "受給者番号")


@dataclass(frozen=True)
class Fault:
    """A planted fault: the cells of one row and its truth row, by generation (from 1), and what is packed in place of
    an image.
    """

    source: str
    row: int
    cells: Mapping[int, Cells]
    truth: Mapping[int, TruthRow]
    image: str = ""


@dataclass
class _File:
    """One file of one generation being written."""

    path: Path
    stream: IO[bytes]
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    records: int = 0
    size: int = 0

    def write(self, data: bytes, records: int) -> None:
        self.stream.write(data)
        self.digest.update(data)
        self.records += records
        self.size += len(data)


class SourceWriter:
    """Writes the tables of one source."""

    def __init__(self, source: SourceDefinition) -> None:
        self.source = source
        self.system = load_code_system(source.code_system, glyph_policy="area")
        self._widths: dict[str, int] = {}
        self._writer: RecordWriter | None = None
        if source.format.kind != "csv":
            (path,) = source.copybook_paths
            copybook = parse_copybook(path.read_text(encoding="utf-8"), name=path.name, dialect=source.dialect)
            self._writer = RecordWriter(copybook, self.system)
            self._widths = {f.name: f.digits for f in copybook.record().fields() if f.codec == "zoned"}

    def frame(self, table: Table) -> pl.DataFrame:
        """A table as the texts that stand in the file."""
        return pl.DataFrame([self.column(name, values) for name, values in table.items() if name[0] != "_"])

    def column(self, name: str, values: NDArray[np.generic]) -> pl.Series:
        """One column as text: dates as the source writes them."""
        item = self.source.items.get(item_of_column(name))
        if item is not None and item.date is not None:
            return pl.Series(name, _dates(values.astype(np.int64), item.date.form, text=self._writer is None))
        return pl.Series(name, values).cast(pl.String)

    def subject(self, frame: pl.DataFrame, row: int, key: Sequence[str] = ()) -> str:
        """The key of a row as it is read from the file."""
        return "/".join(str(frame[name][row]).zfill(self._widths.get(name, 0)) for name in key or self.source.key)

    def header(self) -> bytes:
        """What stands before the first record."""
        if self._writer is not None:
            return b""
        line = ",".join(f'"{name}"' for name in self.source.items)
        return f"{line}\r\n".encode("cp932")

    def records(self, frame: pl.DataFrame) -> bytes:
        """The records of a frame."""
        if self._writer is not None:
            return self._writer.write(frame, framing="rdw" if self.source.format.kind == "rdw" else "none")
        out = io.BytesIO()
        frame.select(list(self.source.items)).write_csv(
            out, include_header=False, quote_style="always", line_terminator="\r\n", null_value=""
        )
        return out.getvalue().decode("utf-8").encode("cp932")

    def changed(self, written: bytes, frame: pl.DataFrame, cells: Mapping[int, Cells]) -> bytes:
        """Records already written, with some cells of some rows changed."""
        if not cells:
            return written
        rows = sorted(cells)
        columns = []
        for name in frame.columns:
            values = frame[name].gather(rows).to_list()
            for place, row in enumerate(rows):
                if name in cells[row]:
                    (values[place],) = self.column(name, np.array([cells[row][name]]))
            columns.append(pl.Series(name, values, dtype=pl.String))
        new = pl.DataFrame(columns)
        if self._writer is None:
            number = pl.Series("_row", rows, dtype=pl.UInt32)
            kept = frame.with_row_index("_row").filter(~pl.col("_row").is_in(rows))
            whole = pl.concat([kept, new.with_columns(number).select(kept.columns)]).sort("_row")
            return self.records(whole.drop("_row"))
        length = len(written) // frame.height
        data, again = bytearray(written), self.records(new)
        for place, row in enumerate(rows):
            data[row * length : (row + 1) * length] = again[place * length : (place + 1) * length]
        return bytes(data)


def _dates(days: NDArray[np.int64], form: str, *, text: bool) -> list[str]:
    none, open_end = days == NONE, days == FOREVER
    plain = np.where(none | open_end, 0, days)
    if form == "GYYMMDD":
        return [str(n) for n in np.where(none, 0, np.where(open_end, 9999999, as_era(plain))).tolist()]
    numbers = np.where(none, 0, np.where(open_end, 99999999, as_western(plain))).tolist()
    if form == "YYYYMMDD":
        return ["" if text and not n else str(n) for n in numbers]
    mark = "-" if form == "ISO" else "/"
    dashed = [f"{n:08d}" if n != 99999999 else "99991231" for n in numbers]
    return ["" if d == "00000000" else f"{d[:4]}{mark}{d[4:6]}{mark}{d[6:]}" for d in dashed]


class AreaFiles:
    """All files of the other areas, written chunk by chunk."""

    def __init__(
        self, modules: Sequence[AreaModule], data: Path, generations: Sequence[str], people: int,
        schedules: Sequence[Sequence[tuple[int, int]]], extracted_on: Mapping[str, int],
    ) -> None:  # fmt: skip
        """``people`` are those of the whole city; ``schedules`` say in which generations a fault stands, and how;
        ``extracted_on`` is YYYYMMDD by generation.
        """
        self._modules, self._people, self._schedules = tuple(modules), people, tuple(dict(s) for s in schedules)
        self._generations, self._data, self._extracted_on = tuple(generations), data, extracted_on
        self._packs: dict[tuple[str, str], ImagePack] = {}
        self._open = ExitStack()
        self._writers: dict[str, SourceWriter] = {}
        self._files: dict[tuple[str, str], _File] = {}
        self._owed: Counter[int] = Counter()
        self._standard: dict[tuple[str, str], dict[str, str]] = {}
        self.figures: dict[str, Counter[tuple[str, str, str]]] = {m.area: Counter() for m in self._modules}
        self.astray: dict[tuple[str, str], Counter[tuple[str, str, str]]] = {}
        self.truth: dict[str, list[TruthRow]] = {g: [] for g in self._generations}
        self.with_changed_glyphs: set[str] = set()

    def __enter__(self) -> AreaFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def chunk(self, people: People, first: int, count: int) -> None:
        """Write the rows of the people of a chunk, whose places in the city are ``first`` to ``first + count``."""
        made: dict[str, Tables] = {}
        touched: set[str] = set()
        for module in self._modules:
            tables = module.rows(people, made)
            made[module.area] = tables
            for figure in module.figures:
                for division, value in figure.divided(tables[figure.source]).items():
                    self.figures[module.area][figure.form, figure.name, division] += value
            frames = {source: self._writer(source).frame(table) for source, table in tables.items()}
            if any(frame.select(pl.any_horizontal(pl.all().str.contains(_GLYPHS).any())).item() for frame in
                   frames.values() if frame.height):  # fmt: skip
                self.with_changed_glyphs.add(module.area)
            faults = list(self._plant(module, tables, frames, touched, first, count))
            self._compare_figures(module, tables, faults)
            for source, frame in frames.items():
                self._write(source, frame, [f for f in faults if f.source == source])

    def _compare_figures(self, module: AreaModule, tables: Tables, faults: Sequence[Fault]) -> None:
        """How far the file goes astray of what the department has printed: by what was planted in it."""
        for figure in module.figures:
            for fault in (f for f in faults if f.source == figure.source):
                sound = take(tables[figure.source], np.array([fault.row]))
                for number, cells in fault.cells.items():
                    if number > len(self._generations):
                        continue
                    faulty = sound | {name: np.array([value]) for name, value in cells.items()}
                    astray = Counter(figure.divided(faulty))
                    astray.subtract(figure.divided(sound))
                    found = self.astray.setdefault((self._generations[number - 1], module.area), Counter())
                    found.update({(figure.form, figure.name, division): n for division, n in astray.items()})

    def close(self) -> dict[tuple[str, str], list[Receipt]]:
        """End all files; their rows of the 受領票 by (generation, source)."""
        self._open.close()
        for pack in self._packs.values():
            pack.write_receipt()
        receipts: dict[tuple[str, str], list[Receipt]] = {}
        for (generation, source), file in self._files.items():
            day, digest = self._extracted_on[generation], file.digest.hexdigest()
            receipts[generation, source] = [Receipt(file.path.name, file.records, file.size, digest, day)]
        return receipts

    def _writer(self, source: str) -> SourceWriter:
        if source not in self._writers:
            self._writers[source] = SourceWriter(load_source(PROJECT / "sources" / source))
        return self._writers[source]

    def _write(self, source: str, frame: pl.DataFrame, faults: Iterable[Fault]) -> None:
        writer, faults = self._writer(source), list(faults)
        written = writer.records(frame) if frame.height else b""
        for number, generation in enumerate(self._generations, 1):
            file = self._files.get((generation, source))
            if file is None:
                path = self._data / "exports" / generation / source / writer.source.files
                path.parent.mkdir(parents=True, exist_ok=True)
                file = self._files[generation, source] = _File(path, self._open.enter_context(path.open("wb")))
                file.write(writer.header(), 0)
            cells = {f.row: f.cells[number] for f in faults if number in f.cells}
            file.write(writer.changed(written, frame, cells), frame.height)
            if writer.source.images is not None:
                folder = file.path.parent / "images"
                if (generation, source) not in self._packs:
                    pack = ImagePack(folder, self._extracted_on[generation])
                    self._packs[generation, source] = self._open.enter_context(pack)
                names = frame[writer.source.images.name].to_list()
                instead = {f.row: f.image for f in faults if number in f.cells}
                self._packs[generation, source].add(names, instead)
            self.truth[generation] += [f.truth[number] for f in faults if number in f.truth]

    def _plant(
        self, module: AreaModule, tables: Tables, frames: Mapping[str, pl.DataFrame], touched: set[str], first: int,
        count: int,
    ) -> Iterable[Fault]:  # fmt: skip
        for place, plant in enumerate(module.plants):
            wanted = max(1, round(self._people * plant.often / 20_000))
            at = (np.arange(wanted) * self._people + self._people // 2) // wanted
            numbers = np.flatnonzero((at >= first) & (at < first + count)).tolist()
            owed = self._owed.pop(id(plant), 0)
            numbers += [wanted + i for i in range(owed)]
            rows = self._choose(tables[plant.source], plant, len(numbers), touched)
            self._owed[id(plant)] += len(numbers) - len(rows)
            for number, row in zip(numbers, rows, strict=False):
                turn = (number + place) % len(self._schedules) if number and plant.planted else 0
                schedule = self._schedules[turn]
                if min(schedule) > len(self._generations):
                    continue
                yield self._fault(module, plant, tables[plant.source], frames[plant.source], row, schedule)

    def _choose(self, table: Table, plant: Plant, count: int, touched: set[str]) -> list[int]:
        """Rows spread evenly over those that qualify; a person or record carries at most one fault."""
        if not count:
            return []
        candidates = np.flatnonzero(plant.where(table))
        key = self._writer(plant.source).source.key
        own = max(key, key=lambda name: len(np.unique(table[name])))
        about = [*[name for name in _PERSON_ITEMS if name in table][:1], own]
        rows: list[int] = []
        step = max(1, len(candidates) // count)
        for start in range(step):
            for candidate in candidates[start + step // 2 :: step].tolist() + candidates[start::step].tolist():
                marks = {str(table[name][candidate]) for name in about}
                if plant.with_row is not None:
                    other = plant.with_row(table, candidate)
                    marks |= {str(table[name][other]) for name in about}
                if len(rows) < count and not marks & touched:
                    touched |= marks
                    rows.append(candidate)
            if len(rows) == count:
                break
        return rows

    def _fault(
        self, module: AreaModule, plant: Plant, table: Table, frame: pl.DataFrame, row: int, schedule: Schedule
    ) -> Fault:
        cells = {
            generation: plant.change(table, row, variant)
            for generation, variant in schedule.items()
            if generation <= len(self._generations)
        }
        truth = {
            generation: self._truth(module, plant, table, frame, row, changed) for generation, changed in cells.items()
        }
        return Fault(plant.source, row, cells, truth, plant.image)

    def _truth(
        self, module: AreaModule, plant: Plant, table: Table, frame: pl.DataFrame, row: int, changed: Cells
    ) -> TruthRow:
        told, writer = plant.told, self._writer(plant.source)
        area, group, source = module.area, plant.group, plant.source
        item, key = plant.item, writer.source.key
        if told is not None:
            area, group, source, item, key = told.area, told.group, told.source, told.item, told.key
        # The key a finding shows is that of the changed row.
        shown = frame.slice(row, 1).with_columns(
            writer.column(name, np.array([value])) for name, value in changed.items() if name in writer.source.key
        )
        subject = writer.subject(shown, 0, key)
        if plant.with_row is not None:
            subject = "|".join(sorted([subject, writer.subject(frame, plant.with_row(table, row))]))
        base = item_of_column(item)
        names = self._names(area, group)
        action = "REVIEW" if plant.planted else "NONE"
        return TruthRow(
            area, group, source, subject, base, names.get(base, base), plant.rule, action, also_ok=plant.also_ok,
            planted=plant.planted, note=plant.note,
        )

    def _names(self, area: str, group: str) -> dict[str, str]:
        """Source item → standard item of a mapping."""
        if (area, group) not in self._standard:
            items = read_yaml(PROJECT / "mappings" / area / f"{group}.yml").data["items"]
            self._standard[area, group] = {i["from"]: name for name, i in items.items() if "from" in i}
        return self._standard[area, group]
