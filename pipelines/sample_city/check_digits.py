"""Numbers with their check digits, as the sample city's old system gave them (cleansing.md §3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

_PRIME_STEP = 71_828_182_849
"""Spreads numbers over the range; odd and not divisible by 5, so no two persons get the same one."""


def _weighted(numbers: Numbers, digits: int, modulus: int = 11) -> Numbers:
    """Sum of the digits from the right with the weights 2, 3, 4, 5, 6, 7, 2 …, modulo 11."""
    total = np.zeros(len(numbers), np.int64)
    rest = numbers.copy()
    for place in range(digits):
        rest, digit = np.divmod(rest, 10)
        total += digit * (place % 6 + 2)
    return total % modulus


def with_check_digit(numbers: Numbers, digits: int) -> Numbers:
    """宛名番号, 世帯番号, 住民票コード: M11W2-7 of ``digits`` digits, the remainders 0 and 1 give 0."""
    remainder = _weighted(numbers, digits)
    return numbers * 10 + np.where(remainder <= 1, 0, 11 - remainder)


def my_numbers(serial: Numbers) -> Numbers:
    """個人番号 (12 digits) of persons by their serial number (省令85号5条)."""
    return with_check_digit((serial * _PRIME_STEP + 12_345_678_901) % 10**11, 11)


def resident_codes(serial: Numbers) -> Numbers:
    """住民票コード (11 digits) of persons by their serial number."""
    return with_check_digit((serial * 3_141_592_653 + 1_234_567_891) % 10**10, 10)


def municipality_code(code: str) -> str:
    """全国地方公共団体コード of six digits from the five of JIS X 0402."""
    total = sum(int(d) * w for d, w in zip(code, (6, 5, 4, 3, 2), strict=True))
    return code + str((11 - total % 11) % 10)
