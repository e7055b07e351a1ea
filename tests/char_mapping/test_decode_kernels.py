from __future__ import annotations

import random
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping import CellState, CodeSystem, DefinitionError, Kind, UnencodableCharacter, load_code_system
from char_mapping.gaiji import GaijiDecision, GaijiTable
from char_mapping.kernels import (
    TextColumn,
    decode_column,
    encode_column,
    histogram_rows,
    new_histogram,
    unified_symbols,
)

GAIJI = GaijiTable(
    "east.csv",
    {
        code: GaijiDecision(code, char, "", "", "", "", 2)
        for code, char in (
            (0x80A1, "辻\U000e0102"),
            (0x80A2, ""),
            (0x81A1, "𠮷"),
            (0x41A1, "髙"),
        )
    },
)

CASES: list[tuple[CodeSystem, Kind]] = [
    (load_code_system(name, glyph_policy=policy, gaiji=GAIJI if name == "jef" else None), kind)
    for name, policy, kinds in (
        ("jef", "glyph", ("single", "double", "mixed")),
        ("jef", None, ("double", "mixed")),
        ("keis83", None, ("single", "double", "mixed")),
        ("jips-j", "area", ("double", "mixed")),
        ("jips-e", "glyph", ("single", "double", "mixed")),
        ("ibm930", None, ("double", "mixed")),
        ("ibm1390", None, ("double", "mixed")),
        ("cp932", None, ("single", "double", "mixed")),
        ("euc-jp", None, ("single", "mixed")),
        ("euc-jis-2004", None, ("mixed",)),
        ("shift_jis-2004", None, ("mixed",)),
        ("iso-2022-jp", None, ("mixed",)),
        ("utf-8", None, ("mixed",)),
        ("utf-16", None, ("mixed",)),
        ("utf-16le", None, ("mixed",)),
    )
    for kind in kinds
] + [(load_code_system("keis83", blank_pair="two_half"), kind) for kind in ("double", "mixed")]
NAMES = [f"{system.id}-{system.glyph_policy}-{kind}" for system, kind in CASES]

CODES = (
    "28 29 38 30e2 0a42 0a41 1a70 1a71 3f75 3f76 0e 0f 40 4040 20 2020 00 ff 0000 ffff a1a1 8140 f0a1 b4c1 c9b0 80a1 "
    "80a2 81a1 41a1 e0a1 6941 05 15 8fb0a1 8fa1 8f 8eb1 8e 1b2442 1b284a 1b2440 3021 d842dfb7 42d8b7df e000 00e0 "
    "efbbbf e38182 f0a0aeb7 f3a08482 ee8080 eda080 e383"
)
PIECES = st.one_of(
    st.binary(max_size=3),
    st.sampled_from([bytes.fromhex(code) for code in CODES.split()]),
    st.sampled_from("漢字 山田ｱ1Ａ～か゚辻檜").map(lambda text: text.encode("cp932", "ignore")),
)


def columns(cells: list[bytes], system: CodeSystem, kind: Kind, histogram: bool = False) -> TextColumn:
    lengths = np.array([len(cell) for cell in cells], np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)[:-1]]) if cells else np.zeros(0, np.int64)
    data = np.frombuffer(b"".join(cells), np.uint8)
    return decode_column(data, starts, lengths, system, kind, new_histogram(system) if histogram else None)


def assert_agrees(system: CodeSystem, kind: Kind, cells: list[bytes]) -> None:
    column = columns(cells, system, kind)
    column.values.validate(full=True)
    expected = [system.decode(cell, kind) for cell in cells]
    held = CellState.FAULT | CellState.GLYPH_UNDECIDED
    assert column.values.to_pylist() == [
        decoded.text if decoded.text and not decoded.state & held else None for decoded in expected
    ]
    assert column.state.tolist() == [int(decoded.state) for decoded in expected]
    found = column.faults
    rows = zip(found.row.tolist(), found.offset.tolist(), found.length.tolist(), found.names(), strict=True)
    assert list(rows) == [
        (row, fault.offset, fault.length, fault.fault)
        for row, decoded in enumerate(expected)
        for fault in decoded.faults
    ]


@pytest.mark.parametrize(("system", "kind"), CASES, ids=NAMES)
@settings(max_examples=6)
@given(cells=st.lists(st.lists(PIECES, max_size=6).map(b"".join), min_size=1, max_size=12))
def test_kernels_agree_with_the_reference(system: CodeSystem, kind: Kind, cells: list[bytes]) -> None:
    assert_agrees(system, kind, cells)


@pytest.mark.parametrize(("system", "kind"), CASES, ids=NAMES)
def test_kernels_agree_with_the_reference_on_many_broken_cells(system: CodeSystem, kind: Kind) -> None:
    dice = random.Random(f"{system.id} {kind}")
    words = [bytes.fromhex(code) for code in CODES.split()]
    words += [
        system.encode(text, kind) for text in ("山田　太郎", "漢", "12 ", "ABC", "～") if can_write(system, kind, text)
    ]
    cells = [b"".join(dice.choices(words, k=dice.randrange(7))) for _ in range(1_000)]
    cells += [dice.randbytes(dice.randrange(12)) for _ in range(500)]
    assert_agrees(system, kind, cells)


def can_write(system: CodeSystem, kind: Kind, text: str) -> bool:
    try:
        system.encode(text, kind)
    except UnencodableCharacter:
        return False
    return True


@pytest.mark.parametrize(("system", "kind"), CASES, ids=NAMES)
def test_columns_are_written_as_the_reference_writes_cells(system: CodeSystem, kind: Kind) -> None:
    singles = [] if kind == "double" else ["", "12 ", "A"]
    doubles = [] if kind == "single" else ["山田　太郎", "漢", "　", "～"]
    texts: list[str | None] = [*singles, *doubles, None]
    if kind == "mixed":
        texts += ["1漢2字"]
    if system.id == "ibm1390" and kind != "single":
        texts += ["か゚", "かか゚か"]
    matrix = encode_column(texts, 24, system, kind)
    assert matrix.shape == (len(texts), 24)
    assert [bytes(row) for row in matrix] == [system.encode(text or "", kind, length=24) for text in texts]


def test_encoding_names_the_row_and_the_code_point_only() -> None:
    system = load_code_system("jef", glyph_policy="glyph")
    with pytest.raises(UnencodableCharacter, match=r"row 1: U\+9AD9"):
        encode_column(["山", "髙"], 10, system, "mixed")
    with pytest.raises(UnencodableCharacter, match=r"row 0: .* 3 bytes"):
        encode_column(["山"], 3, system, "mixed")
    with pytest.raises(UnencodableCharacter, match="odd"):
        encode_column(["山"], 3, system, "double")


def test_histogram_counts_every_source_code_once() -> None:
    system = load_code_system("jef", glyph_policy="glyph")
    data = np.frombuffer(system.encode("漢漢 1", "mixed", length=20) + system.encode("", "mixed", length=20), np.uint8)
    histogram = new_histogram(system)
    decode_column(data, np.array([0, 20]), 20, system, "mixed", histogram)
    assert histogram_rows(system, histogram) == [("double", 0xB4C1, 2), ("single", 0x40, 33), ("single", 0xF1, 1)]


def test_histogram_is_counted_once_where_faults_overflow_their_room() -> None:
    system = load_code_system("ascii")
    data = np.full(5_000, 0x80, np.uint8)
    histogram = new_histogram(system)
    column = decode_column(data, np.arange(5_000), 1, system, "single", histogram)
    assert len(column.faults) == 5_000
    assert histogram_rows(system, histogram) == [("single", 0x80, 5_000)]


def test_utf8_histogram_counts_code_points() -> None:
    system = load_code_system("utf-8")
    histogram = new_histogram(system)
    data = np.frombuffer("漢𠮷〜 ".encode(), np.uint8)
    column = decode_column(data, np.array([0]), len(data), system, "mixed", histogram)
    assert column.values.to_pylist() == ["漢𠮷～"]
    assert histogram_rows(system, histogram) == [
        ("unicode", 0x20, 1),
        ("unicode", 0x301C, 1),
        ("unicode", 0x6F22, 1),
        ("unicode", 0x20BB7, 1),
    ]


def test_a_column_does_not_change_when_the_next_one_is_decoded() -> None:
    system = load_code_system("jef", glyph_policy="glyph")
    first = encode_column(["東京都千代田区霞が関"] * 3, 40, system, "mixed").reshape(-1)
    column = decode_column(first, np.array([0, 40, 80]), 40, system, "mixed")
    second = encode_column(["大阪府大阪市北区中之島"] * 3, 40, system, "mixed").reshape(-1)
    decode_column(second, np.array([0, 40, 80]), 40, system, "mixed")
    assert column.values.to_pylist() == ["東京都千代田区霞が関"] * 3


def test_threads_decode_side_by_side() -> None:
    system = load_code_system("ibm930")
    texts = [[f"{name}{n}" for n in "一二三四五"] for name in ("山田", "佐藤", "鈴木", "高橋")]
    results: dict[int, list[str]] = {}

    def work(number: int) -> None:
        data = encode_column(texts[number], 12, system, "mixed").reshape(-1)
        for _ in range(50):
            results[number] = decode_column(data, np.arange(5) * 12, 12, system, "mixed").values.to_pylist()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [results[number] for number in range(4)] == texts


@pytest.mark.parametrize(("starts", "length"), [([5], 6), ([-1], 1), ([0], -1), ([0, 1], np.array([1], np.int32))])
def test_cells_outside_the_buffer_are_refused(starts: list[int], length: int | np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match=r"buffer|lengths"):
        decode_column(np.zeros(10, np.uint8), np.array(starts), length, load_code_system("ascii"), "single")


def test_a_kind_the_system_cannot_hold_is_refused() -> None:
    with pytest.raises(DefinitionError):
        decode_column(np.zeros(10, np.uint8), np.array([0]), 4, load_code_system("ascii"), "double")


def test_no_rows() -> None:
    system = load_code_system("jef", glyph_policy="glyph")
    assert columns([], system, "mixed").values.to_pylist() == []
    assert encode_column([], 10, system, "mixed").shape == (0, 10)


def test_unified_symbols_are_counted_for_the_report() -> None:
    system = load_code_system("ibm930")
    histogram = new_histogram(system)
    data = encode_column(["１－６", "〜－"], 10, system, "double").reshape(-1)
    column = decode_column(data, np.array([0, 10]), 10, system, "double", histogram)
    assert column.values.to_pylist() == ["１－６", "～－"]
    assert unified_symbols(system, histogram) == [(0x4260, "−", "－", 2), (0x43A1, "〜", "～", 1)]
