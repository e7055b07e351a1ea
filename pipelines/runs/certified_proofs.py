"""``ikou verify``: a 住民票記載事項 is never rewritten by the tool (HSE-024).

What stands in the register changes by 職権修正, 軽微な修正 or 誤記修正 where the register is kept. In a run its form
alone may change, by a rule the catalogue calls ``form_only``, or the cell is taken out and kept in ``hold/``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.runs.folder import read_json
from rules.catalogue import load_catalogue

HOW = "every change of a 住民票記載事項 is of form alone, or the cell stands in hold/ (HSE-024)"
_CELL = ("file", "record_no", "item")


def certified_faults(run: Path) -> Iterator[str]:
    """The changes of certified items that are neither a rule's of form alone nor a cell taken out; never a value."""
    form_only = [rule.id for rule in load_catalogue() if rule.form_only]
    items = pl.DataFrame(read_json(run / "items.json")).filter(pl.col("certified"), pl.col("group") != "")
    held = sorted((run / "hold").rglob("*.parquet"))
    apart = pl.concat([pl.read_parquet(path, columns=list(_CELL)) for path in held]) if held else None
    for area, group in items.select("area", "group").unique().sort("area", "group").iter_rows():
        names = items.filter((pl.col("area") == area) & (pl.col("group") == group))["item"].implode()
        folder = run / "changes" / area
        if not (folder / f"{group}.parquet").is_file():
            continue
        other = pl.col("item").is_in(names) & ~pl.col("rule_id").is_in(form_only)
        cells = pl.read_parquet(folder / f"{group}.parquet").filter(other)
        if apart is not None:
            cells = cells.join(apart, on=list(_CELL), how="anti")
        whole = pl.read_parquet(folder / f"{group}.columns.parquet").filter(other)
        for found in (cells, whole):
            for rule, item, count in found.group_by("rule_id", "item").len().sort("rule_id", "item").iter_rows():
                yield f"{area}/{group} {item}: {rule} rewrote it ({count} times)"
