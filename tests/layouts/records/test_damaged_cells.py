import numpy as np
import pytest

from char_mapping.code_systems import load_code_system
from char_mapping.kernels import new_histogram
from layouts.records.text_columns import decode_text

SYSTEM = load_code_system("jef-kana")


def faults_of(cell: bytes) -> list[tuple[str, str]]:
    data = np.frombuffer(cell + bytes(8), np.uint8)
    starts = np.array([0], np.int64)
    column = decode_text(data, starts, len(cell), SYSTEM, "mixed", new_histogram(SYSTEM))
    assert column.values.null_count == 1
    return [] if column.faults is None else column.faults.select("fault", "text").rows()


@pytest.mark.parametrize("cell", [b"\xf1\xf2\x00", b"\xf1\xff\xf2", b"\x00\xf1", b"\xff\xf1"])
def test_a_value_with_low_or_high_bytes_in_it_is_damaged_and_not_empty(cell):
    ((fault, text),) = faults_of(cell)
    assert fault == "undefined_code"
    assert "1" in text


@pytest.mark.parametrize(("cell", "fault"), [(b"\x00\x00", "low_value"), (b"\xff\xff", "high_value")])
def test_a_cell_of_low_or_high_values_alone_says_so(cell, fault):
    assert [name for name, _ in faults_of(cell)] == [fault]
