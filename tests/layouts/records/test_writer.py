from __future__ import annotations

import polars as pl
import pytest

from char_mapping.cell_encoding import UnencodableCharacter
from char_mapping.code_systems import load_code_system
from layouts.records.copybook import parse_copybook
from layouts.records.numeric import UnencodableNumber
from layouts.records.writer import RecordWriter


def writer(*lines: str, charset: str = "ibm930", **options: object) -> RecordWriter:
    text = "       01  R.\n" + "".join(f"           05  {line}.\n" for line in lines)
    return RecordWriter(parse_copybook(text, name="t"), load_code_system(charset), **options)  # type: ignore[arg-type]


def test_null_is_blanks_in_display_and_low_value_in_packed() -> None:
    one = writer("A PIC X(2)", "B PIC 9(2)", "C PIC S9(3) COMP-3", "D PIC N(1)")
    row = pl.DataFrame({"A": [None], "B": [None], "C": [None], "D": [None]}, schema=dict.fromkeys("ABCD", pl.String))
    assert one.write(row).hex() == "4040" "4040" "0000" "4040"


def test_a_binary_number_has_no_bytes_for_null() -> None:
    with pytest.raises(UnencodableNumber, match="A row 1: no bytes for an empty number"):
        writer("A PIC S9(4) COMP").write(pl.DataFrame({"A": ["1", None]}))


def test_fields_without_a_column_and_filler_are_blank_or_zero() -> None:
    one = writer("A PIC X", "B PIC S9(3) COMP-3", "FILLER PIC X(2)", "FILLER PIC N(1)", "FILLER PIC 9(4) COMP")
    assert one.write(pl.DataFrame({"A": ["1"]})).hex() == "f1" "0000" "4040" "4040" "0000"
    assert one.write(pl.DataFrame({"A": ["1"], "FILLER#1": ["AB"]})).hex() == "f1" "0000" "c1c2" "4040" "0000"


def test_overrides_put_raw_bytes_into_a_cell() -> None:
    one = writer("A PIC X(2)", "B PIC S9(3) COMP-3")
    data = one.write(pl.DataFrame({"A": ["1", "2"], "B": ["1", "2"]}), overrides={(1, "B"): b"\x40\x40"})
    assert data.hex() == "f140001c" "f2404040"
    with pytest.raises(ValueError, match="an override of 1 bytes for a field of 2"):
        one.write(pl.DataFrame({"A": ["1"]}), overrides={(0, "B"): b"\x40"})


def test_a_column_that_is_no_field_is_refused() -> None:
    with pytest.raises(ValueError, match="record R has no field C"):
        writer("A PIC X").write(pl.DataFrame({"C": ["1"]}))


def test_texts_that_do_not_fit_are_refused_by_row() -> None:
    with pytest.raises(UnencodableCharacter, match="row 1"):
        writer("A PIC X(2)").write(pl.DataFrame({"A": ["AB", "ABC"]}))


def test_columns_beginning_with_an_underscore_are_not_written() -> None:
    assert writer("A PIC X").write(pl.DataFrame({"_record_no": [1], "A": ["1"]})) == b"\xf1"


def test_a_redefinition_writes_over_the_original_where_it_has_a_value() -> None:
    one = writer("A PIC 9(4)", "B REDEFINES A PIC X(4)")
    assert one.write(pl.DataFrame({"A": ["1234", "1234"], "B": [None, "AB"]})).hex() == "f1f2f3f4" "c1c24040"


def test_justified_text_stands_right() -> None:
    one = writer("A PIC X(4) JUSTIFIED RIGHT")
    written = one.write(pl.DataFrame({"A": ["AB", None, "ABCD", "  AB"]}))
    assert written.hex() == "4040c1c2" "40404040" "c1c2c3c4" "4040c1c2"


@pytest.mark.parametrize(("odo", "expected"), [
    ("shifted", "f1c1c1e9" "f2c1c1c2c2e9"), ("reserved", "f1c1c14040e9" "f2c1c1c2c2e9"),
    ("padded", "f1c1c1e94040" "f2c1c1c2c2e9"),
])
def test_the_three_readings_of_occurs_depending_on(odo: str, expected: str) -> None:
    one = writer("N PIC 9", "T PIC X(2) OCCURS 0 TO 2 DEPENDING ON N", "Z PIC X", odo=odo)
    data = pl.DataFrame({"N": ["1", "2"], "T(1)": ["AA", "AA"], "T(2)": [None, "BB"], "Z": ["Z", "Z"]})
    assert one.write(data).hex() == expected
