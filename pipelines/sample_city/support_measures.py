"""支援措置: the persons whose address must not be given out, as a second fixed-length file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from char_mapping.code_systems import load_code_system
from pipelines.sample_city.hosts import Encoder
from pipelines.sample_city.receipts import Receipt, iso
from pipelines.sample_city.resident_files import layout_of
from pipelines.sample_city.truth import TruthRow

AREA, GROUP, SOURCE = "001", "support_measure", "shien"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: ``start`` as GYYMMDD, ``end`` as YYYYMMDD (99999999: open); from ``generation`` on. Where not
    ``registered``, nobody of the register has the number.
    """

    number: int
    history: int
    kind: str
    start: int
    end: int
    applicant: str
    generation: int = 1
    registered: bool = True

    @property
    def subject(self) -> str:
        """The key as it stands in the file."""
        return f"{self.number:010d}/{self.history:04d}"


def write_measures(folder: Path, measures: list[Measure], encoder: Encoder, extracted_on: int) -> Receipt:
    """Write ``SHIEN.dat`` (fixed length, no header)."""
    layout = layout_of("shien", "支援措置レコード", encoder.host.dialect)
    matrix = np.full((len(measures), layout.length), encoder.blank, np.uint8)
    columns = {
        "宛名番号": np.array([m.number for m in measures], np.int64),
        "履歴番号": np.array([m.history for m in measures], np.int64),
        "支援開始日": np.array([m.start for m in measures], np.int64),
        "支援終了日": np.array([m.end for m in measures], np.int64),
        "支援措置区分": np.array([m.kind for m in measures]),
        "申出者氏名": np.array([m.applicant for m in measures]),
    }
    for name, column in columns.items():
        offset, length, codec = layout.fields[name]
        if codec == "N":
            cells = encoder.double(column, length // 2)
        elif codec == "P":
            cells = encoder.packed(column, length * 2 - 1)
        elif codec == "9":
            cells = encoder.zoned(column, length)
        else:
            cells = encoder.single(column, length)
        matrix[:, offset : offset + length] = cells
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "SHIEN.dat"
    data = matrix.tobytes()
    path.write_bytes(data)
    return Receipt(path.name, len(measures), len(data), hashlib.sha256(data).hexdigest(), extracted_on)


def truth_of_measures(measures: list[Measure], encoder: Encoder) -> Iterator[TruthRow]:
    """What the rules find in the file: open ends, an overlong history number, glyphs no policy decides yet."""
    held = load_code_system(encoder.host.profile, glyph_policy=None).held
    for m in measures:
        if not m.registered:
            yield _row(m, "宛名番号", "宛名番号", "HSE-021", "BLOCK", note="住民・除票に無い対象者")
        if m.end == 99999999:
            yield _row(m, "支援終了日", "支援措置終了年月日", "DAT-014", "AUTO", "9999-12-31")
        else:
            end = (m, "支援終了日", "支援措置終了年月日")
            yield _row(*end, "HSE-021", "NONE", planted=False, note="終了日を過ぎても移す")
            yield _row(*end, "DAT-014", "AUTO", iso(m.end), planted=False, note="実在の日付")
        if m.history > 999:
            yield _row(m, "履歴番号", "履歴番号", "NUM-004", "BLOCK")
        elif m.history == 999:
            yield _row(m, "履歴番号", "履歴番号", "NUM-004", "NONE", planted=False, note="3桁に収まる")
        cells = encoder.double(np.array([m.applicant]), 20).tobytes()
        codes = {cells[i] << 8 | cells[i + 1] for i in range(0, len(cells), 2)}
        name = (m, "申出者氏名", "申出者氏名", "MOJ-007")
        if codes & held:
            yield _row(*name, "REVIEW", also_ok=("MOJ-008",), note="字形の方針が未定")
        else:
            yield _row(*name, "NONE", planted=False)


def _row(
    measure: Measure, item: str, standard: str, rule: str, action: str, after: str | None = None,
    also_ok: tuple[str, ...] = (), *, planted: bool = True, note: str = "",
) -> TruthRow:  # fmt: skip
    return TruthRow(
        AREA, GROUP, SOURCE, measure.subject, item, standard, rule, action, after, also_ok, planted, note
    )
