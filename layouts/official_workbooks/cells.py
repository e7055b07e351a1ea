"""The cells of a workbook as text, and their names as Excel shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from char_mapping.errors import UnreadableFile

Cells = tuple[tuple[str, ...], ...]

# Digits, letters and the signs of "n,m"; kanji and kana stay as they stand.
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


@dataclass(frozen=True)
class Sheet:
    """One sheet: its cells as text (empty for none) from A1, and the row of Excel each row stands in.

    ``numeric`` holds (row, column), 0-based, of the cells that Excel keeps as numbers.
    """

    book: str
    name: str
    cells: Cells
    numeric: frozenset[tuple[int, int]]

    def text(self, row: int, column: int | None) -> str:
        """A cell without the blanks around it; nothing beyond the sheet or for no column."""
        if column is None or row >= len(self.cells) or column >= len(self.cells[row]):
            return ""
        return self.cells[row][column].strip()

    def where(self, row: int, column: int | None = None) -> str:
        """``book sheet row 12 column L``: how every message names a cell (0-based row and column given)."""
        at = "" if column is None else f" column {column_name(column)}"
        return f"{self.book} sheet {self.name} row {row + 1}{at}"

    def error(self, row: int, column: int | None, *, expected: str, found: str, todo: str = "") -> UnreadableFile:
        """An UnreadableFile at a cell."""
        return UnreadableFile(self.where(row, column), expected=expected, found=found,
                              todo=todo or "Correct the cell in a copy of the workbook, or ask whoever sent it.")


def column_name(column: int) -> str:
    """A column as Excel names it, from 0.

    >>> column_name(0), column_name(25), column_name(26)
    ('A', 'Z', 'AA')
    """
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def half_width(text: str) -> str:
    """Letters, digits and signs at half width, blanks trimmed; kanji and kana untouched.

    >>> half_width("１，２"), half_width("　Ｎ ")
    ('1,2', 'N')
    """
    return text.translate(_HALF).strip()


def read_sheets(path: Path) -> Mapping[str, Sheet]:
    """All sheets of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods) by name, in the workbook's order.

    Raises:
        UnreadableFile: no workbook, or one with a password.
    """
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
    except (fastexcel.FastExcelError, FileNotFoundError):
        raise UnreadableFile(
            str(path), expected="an Excel workbook", found="a file that cannot be opened as one",
            todo="Remove the password, or save it as .xlsx",
        ) from None
    found: dict[str, Sheet] = {}
    for name in book.sheet_names:
        try:
            loaded = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            flags = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="boolean").to_polars()
        except fastexcel.FastExcelError:
            continue  # a chart or macro sheet has no cells
        # The reader begins with the first column that holds anything; Excel's own numbering begins with A.
        columns = loaded.available_columns()
        first = (columns[0].absolute_index or 0) if columns else 0
        cells = tuple(("",) * first + tuple(cell or "" for cell in row) for row in loaded.to_polars().iter_rows())
        # What Excel keeps as a number reads as a flag, what it keeps as text does not.
        numeric = frozenset((row, first + column) for row, line in enumerate(flags.iter_rows())
                            for column, flag in enumerate(line) if flag is not None)
        found[name] = Sheet(path.name, name, cells, numeric)
    return found
