"""Every numeric kind: encode and decode are inverse, kernels and writer agree with the plain reference."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.code_systems import load_code_system
from layouts.records.copybook import Copybook, Field, parse_copybook
from layouts.records.dialects import load_dialect
from layouts.records.numeric import FAULTS, UnencodableNumber, decode_number, encode_number, form_of
from layouts.records.numeric_kernels import number_reader
from layouts.records.picture import edited_number, parse_picture
from layouts.records.writer import RecordWriter

KINDS = [
    "PIC 9(5)", "PIC S9(5)", "PIC S9(7)V99", "PIC SV9(3)", "PIC S9(3)PP", "PIC VPP9(2)", "PIC S9(5) SIGN LEADING",
    "PIC S9(5) SIGN LEADING SEPARATE", "PIC S9(3)V9 SIGN TRAILING SEPARATE", "PIC 9(3) BLANK WHEN ZERO", "PIC 9(18)",
    "PIC S9(5) COMP-3", "PIC 9(6) COMP-3", "PIC S9(7)V99 COMP-3", "PIC S9(18) COMP-3", "PIC S9(3)P(2) COMP-3",
    "PIC S9(4) COMP", "PIC 9(4) COMP", "PIC S9(9) COMP", "PIC S9(7)V99 COMP", "PIC S9(18) COMP", "PIC 9(18) COMP",
    "PIC S9(4) COMP-5", "PIC 9(9) COMP-5",
]
ASCII_KINDS = [*KINDS, "PIC 9(5) COMP-6", "PIC 9(3) COMP-X", "PIC S9(2) COMP"]


def book_of(clauses: str, dialect: str) -> Copybook:
    return parse_copybook(f"       01  R.\n           05  A {clauses}.\n", name="t", dialect=dialect)


def field_of(clauses: str, dialect: str = "ibm") -> Field:
    return book_of(clauses, dialect).flat()[0]


def number_for(field: Field, digits: int, negative: bool) -> str:
    text = str(digits % 10**field.digits).zfill(field.digits)
    zero = not text.strip("0")
    return form_of(field).render(text, negative and field.signed and not zero)


machines = st.sampled_from([("ibm", False, KINDS), ("gnucobol", True, ASCII_KINDS), ("micro_focus", True, ASCII_KINDS)])


@st.composite
def columns(draw: st.DrawFn) -> tuple[Field, Copybook, str, bool, list[str]]:
    dialect, ascii_machine, kinds = draw(machines)
    clauses = draw(st.sampled_from(kinds))
    book = book_of(clauses, dialect)
    field = book.flat()[0]
    values = draw(st.lists(st.tuples(st.integers(0, 10**18), st.booleans()), min_size=1, max_size=8))
    return field, book, dialect, ascii_machine, [number_for(field, d, n) for d, n in values]


@given(columns())
@settings(max_examples=150)
def test_writer_and_both_decoders_give_every_number_back(case: tuple[Field, Copybook, str, bool, list[str]]) -> None:
    field, book, dialect, ascii_machine, texts = case
    rules = load_dialect(dialect)
    writer = RecordWriter(book, load_code_system("ascii" if ascii_machine else "ibm290"))
    data = writer.write(pl.DataFrame({"A": texts}))
    cells = [data[i : i + field.length] for i in range(0, len(data), field.length)]
    for cell, text in zip(cells, texts, strict=True):
        assert encode_number(field, text, rules, ascii_machine=ascii_machine) == cell
        read = decode_number(field, cell, rules, ascii_machine=ascii_machine)
        # All digits zero in packed bytes without a sign nibble, and X'00' alone, have no other reading here.
        assert read.fault == ""
        assert read.text == text
    starts = np.arange(len(cells), dtype=np.int64) * field.length
    buffer = np.frombuffer(data + bytes(8), np.uint8)
    column = number_reader(field, rules, ascii_machine=ascii_machine).read(buffer, starts)
    assert column.values.to_pylist() == texts


@given(columns(), st.lists(st.binary(min_size=9, max_size=20), min_size=1, max_size=6))
@settings(max_examples=150)
def test_kernels_agree_with_the_reference_on_any_bytes(
    case: tuple[Field, Copybook, str, bool, list[str]], raw: list[bytes]
) -> None:
    field, _, dialect, ascii_machine, _ = case
    rules = load_dialect(dialect)
    cells = [(one * 3)[: field.length] for one in raw]
    cells += [bytes([b]) * field.length for b in (0x00, 0xFF, 0x40, 0x20)]
    buffer = np.frombuffer(b"".join(cells) + bytes(8), np.uint8)
    starts = np.arange(len(cells), dtype=np.int64) * field.length
    column = number_reader(field, rules, ascii_machine=ascii_machine).read(buffer, starts)
    for index, cell in enumerate(cells):
        expected = decode_number(field, cell, rules, ascii_machine=ascii_machine)
        found = column.values[index].as_py(), int(column.state[index]), FAULTS[column.fault[index]]
        assert found == (expected.text, expected.state, expected.fault), cell.hex()


@pytest.mark.parametrize(
    ("clauses", "data", "text", "fault"),
    [
        ("PIC S9(5) COMP-3", "12345C", "12345", ""),
        ("PIC S9(5) COMP-3", "12345D", "-12345", ""),
        ("PIC S9(5) COMP-3", "12345F", "12345", ""),
        ("PIC S9(5) COMP-3", "12345B", None, "packed_sign"),
        ("PIC 9(5) COMP-3", "12345D", None, "packed_sign"),
        ("PIC 9(5) COMP-3", "1A345F", None, "packed_digit"),
        ("PIC 9(5) COMP-3", "404040", None, "packed_blank"),
        ("PIC 9(4) COMP-3", "12345F", None, "overflow"),
        ("PIC 9(5) COMP-3", "000000", None, ""),
        ("PIC S9(3)V99 COMP-3", "00050D", "-000.50", ""),
        ("PIC S9(3)", "F1F2D3", "-123", ""),
        ("PIC S9(3)", "F1F2C3", "123", ""),
        ("PIC S9(3)", "F1F2A3", None, "zoned_sign"),
        ("PIC 9(3)", "F1F2D3", None, "zoned_sign"),
        ("PIC 9(3)", "F1C2F3", None, "zoned_digit"),
        ("PIC 9(3)", "40F2F3", None, "zoned_digit"),
        ("PIC 9(3)", "404040", None, ""),
        ("PIC 9(3) BLANK WHEN ZERO", "404040", "000", ""),
        ("PIC S9(3) SIGN LEADING", "D1F2F3", "-123", ""),
        ("PIC S9(3) SIGN LEADING SEPARATE", "60F1F2F3", "-123", ""),
        ("PIC S9(3) SIGN LEADING SEPARATE", "40F1F2F3", None, "zoned_sign"),
        ("PIC S9(4) COMP", "FFFE", "-0002", ""),
        ("PIC S9(4) COMP", "2711", None, "overflow"),
        ("PIC S9(4) COMP-5", "2711", "10001", ""),
        ("PIC 9(18) COMP", "0DE0B6B3A763FFFF", "999999999999999999", ""),
        ("PIC S9(20) COMP-3", "12345678901234567890 1C".replace(" ", ""), "12345678901234567890"[1:] + "1", "overflow"),
    ],
)
def test_host_bytes(clauses: str, data: str, text: str | None, fault: str) -> None:
    field = field_of(clauses)
    cell = decode_number(field, bytes.fromhex(data.zfill(field.length * 2)), load_dialect("ibm"), ascii_machine=False)
    assert (cell.text if not fault else None, cell.fault) == (text if not fault else None, fault)


@pytest.mark.parametrize(
    ("clauses", "data", "text"),
    [
        ("COMP-1", "42640000", "1E+2"),
        ("COMP-1", "C276A000", "-118.625"),
        ("COMP-2", "4110000000000000", "1"),
        ("COMP-2", "0000000000000000", "0"),
        ("COMP-2", "C09999999999999A", None),
    ],
)
def test_hexadecimal_floats_of_the_system_360_manuals(clauses: str, data: str, text: str | None) -> None:
    field, rules = field_of(clauses), load_dialect("ibm")
    cell = decode_number(field, bytes.fromhex(data), rules, ascii_machine=False)
    assert cell.text is not None
    if text is not None:
        assert Decimal(cell.text) == Decimal(text)
    assert encode_number(field, cell.text, rules, ascii_machine=False).hex().upper() == data


@given(st.floats(width=64, allow_nan=False, allow_infinity=False))
def test_ieee_floats_come_back_bit_by_bit(value: float) -> None:
    field, rules = field_of("COMP-2", "gnucobol"), load_dialect("gnucobol")
    data = encode_number(field, repr(value), rules, ascii_machine=True)
    text = decode_number(field, data, rules, ascii_machine=True).text
    assert text is not None
    assert float(text) == value


@pytest.mark.parametrize(
    ("clauses", "text", "reason"),
    [
        ("PIC 9(3)", "1234", "digits"), ("PIC 9(3)", "-1", "negative"), ("PIC 9(3)", "1.5", "decimal places"),
        ("PIC 9(3)", "12a", "not a number"), ("PIC S9(3) COMP-3", "1000", "digits"), ("PIC 9(3)", "", "not a number"),
        ("PIC S9(4) COMP", "10000", "digits"), ("PIC 9(3)", "NaN", "not a number"),
    ],
)
def test_what_does_not_fit_is_refused_without_showing_the_value(clauses: str, text: str, reason: str) -> None:
    field = field_of(clauses)
    with pytest.raises(UnencodableNumber, match=reason) as caught:
        encode_number(field, text, load_dialect("ibm"), ascii_machine=False)
    assert text == "" or text not in str(caught.value).replace("PIC 9(3)", "").replace("digits do not fit", "")
    if text:
        with pytest.raises(UnencodableNumber, match=rf"row 1.*{reason}"):
            RecordWriter(book_of(clauses, "ibm"), load_code_system("ibm290")).write(pl.DataFrame({"A": ["1", text]}))


@pytest.mark.parametrize(
    ("picture", "text", "number"),
    [
        ("ZZ,ZZ9.99-", "12,345.67-", "-12345.67"), ("ZZ,ZZ9.99-", "     0.00 ", "0.00"), ("ZZ9CR", " 12CR", "-12"),
        ("***9", "**12", "12"), ("\\\\,\\\\9", "  \\12", "12"), ("ZZZ", "   ", "0"), ("ZZ9", "12X", None),
        ("+9(3)", "+012", "012"), ("Z9V99", "1234", "12.34"),
    ],
)
def test_edited_texts_show_a_number(picture: str, text: str, number: str | None) -> None:
    assert edited_number(text, parse_picture(picture)) == number
