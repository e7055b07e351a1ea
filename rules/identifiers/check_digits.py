"""The arithmetic of Japanese check digits over whole columns (cleansing.md §3).

python-stdnum is the oracle of these functions in the tests (``stdnum.jp.in_``, ``stdnum.jp.cn``); a column of a
million numbers is computed here at once, digit by digit in numpy. All functions take text and answer row by row;
null gives null.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

Digits = npt.NDArray[np.int64]

MY_NUMBER_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
CORPORATE_WEIGHTS = (2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)
MUNICIPALITY_WEIGHTS = (6, 5, 4, 3, 2)


def my_number_digit(body: Digits) -> Digits:
    """The last digit of 個人番号 (総務省令85号5条)."""
    rest = body @ np.array(MY_NUMBER_WEIGHTS) % 11
    return np.where(rest <= 1, 0, 11 - rest)


def corporate_digit(body: Digits) -> Digits:
    """The first digit of 法人番号 (財務省令70号2条); it cannot see 0 and 9 exchanged (IDN-012)."""
    rest: Digits = body @ np.array(CORPORATE_WEIGHTS) % 9
    return 9 - rest


def municipality_digit(body: Digits) -> Digits:
    """The last digit of 全国地方公共団体コード (総務省)."""
    rest: Digits = body @ np.array(MUNICIPALITY_WEIGHTS) % 11
    return (11 - rest) % 10


def addressee_digit(body: Digits) -> Digits:
    """The last digit of a new 宛名番号: modulus 11, weights 2 … 7 from the right (住民記録システム標準仕様書 1.1.13).

    A rest of 0 gives 0; what a rest of 1 gives the text does not say: 0 is taken.
    """
    weights = np.array([2 + k % 6 for k in range(body.shape[1])][::-1])
    rest = body @ weights % 11
    return np.where(rest <= 1, 0, 11 - rest)


def insurer_digit(body: Digits) -> Digits:
    """The last digit of 保険者番号: modulus 10, weights 2 1 2 1 from the right, a product's digits added (M10W21)."""
    weights = np.array([2 - k % 2 for k in range(body.shape[1])][::-1])
    products = body * weights
    rest: Digits = (products // 10 + products % 10).sum(axis=1) % 10
    return (10 - rest) % 10


def disagrees(column: str, length: int, digit: Callable[[Digits], Digits], *, first: bool = False) -> pl.Expr:
    """Mask: the text is ``length`` ASCII digits, and its check digit (last, or first) is not what ``digit`` computes.

    Examples:
        >>> frame = pl.DataFrame({"n": ["131016", "131017", "13101", "１３", None]})
        >>> frame.select(disagrees("n", 6, municipality_digit))["n"].to_list()
        [False, True, False, False, False]
    """
    return pl.col(column).map_batches(
        lambda values: pl.Series(values.name, _disagrees(values, length, digit, first)), return_dtype=pl.Boolean
    )


def _disagrees(values: pl.Series, length: int, digit: Callable[[Digits], Digits], first: bool) -> npt.NDArray[np.bool_]:
    result = np.zeros(len(values), dtype=np.bool_)
    rows = (values.str.len_bytes() == length).fill_null(False).arg_true()
    if len(rows):
        digits = digits_of(values.gather(rows), length)
        body, check = (digits[:, 1:], digits[:, 0]) if first else (digits[:, :-1], digits[:, -1])
        numbers = (digits.view(np.uint64) <= 9).all(axis=1)
        result[rows.to_numpy()] = numbers & (digit(body) != check)
    return result


def rarely_disagrees(block: pl.DataFrame, column: str, length: int, digit: Callable[[Digits], Digits]) -> bool:
    """Whether some texts of a length have a wrong check digit, but fewer than half: the source has check digits."""
    asked = int((block[column].str.len_bytes() == length).sum())
    wrong = int(_disagrees(block[column], length, digit, False).sum())
    return 0 < wrong < asked - wrong


def digits_of(numbers: pl.Series, length: int) -> Digits:
    """Texts of ``length`` bytes as a matrix of digits, one row a number; what is no digit is outside 0 … 9."""
    joined = str(numbers.str.join("").item()).encode()
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(numbers), length).astype(np.int64) - ord("0")
