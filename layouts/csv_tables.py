"""Reading the small tables that stand beside the code: checked header, rows with their line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from char_mapping.errors import DefinitionError


def read_table(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a UTF-8 CSV table with its 1-based line numbers, every cell as text.

    Raises:
        DefinitionError: the header differs from ``columns``, or a row has another number of cells.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        header = next(reader, [])
        if tuple(header) != columns:
            raise DefinitionError(f"{path}:1", expected=f"the columns {','.join(columns)}", found=",".join(header),
                                  todo="Correct the header line")
        for cells in reader:
            if len(cells) != len(columns):
                raise DefinitionError(f"{path}:{reader.line_num}", expected=f"{len(columns)} cells",
                                      found=f"{len(cells)}", todo="Quote cells that hold a comma")
            yield reader.line_num, dict(zip(columns, cells, strict=True))
