"""``ikou verify``: every receiver's file held against ``standard/``, cell by cell, from the run's own files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from char_mapping.mj import gj_text
from char_mapping.receivers import Receiver, ReceiverProfile
from char_mapping.reference_data import find_table
from char_mapping.shrinking import ShrinkTables
from char_mapping.text import split_characters
from pipelines.runs.folder import read_json

HOW = "every cell of receivers/ against standard/ and its own steps; every character in the receiver's set"


def receiver_faults(run: Path) -> Iterator[str]:
    """What does not hold: a cell that differs from ``standard/`` without a step, a character outside of the set."""
    for path in sorted((run / "receivers").glob("*/summary.json")):
        summary = read_json(path)
        receiver = Receiver(_profile(summary), ShrinkTables({}))
        for name, told in summary["groups"].items():
            area, group = name.split("/")
            yield from _faults_of_group(run, path.parent, area, group, receiver, told)


def _profile(summary: dict[str, Any]) -> ReceiverProfile:
    return ReceiverProfile(
        summary["id"], summary["label"], tuple(summary["sets"]), summary["encoding"], summary["six_symbols"],
        summary["otherwise"],
    )


def _faults_of_group(
    run: Path, folder: Path, area: str, group: str, receiver: Receiver, told: dict[str, Any]
) -> Iterator[str]:
    where = f"{receiver.profile.id} {area}/{group}"
    text = (folder / area / f"{group}.csv").read_bytes().decode(receiver.profile.encoding)
    written = pl.read_csv(io.BytesIO(_named(text).encode()), infer_schema=False)
    with pa.memory_map(str(run / "standard" / area / f"{group}.arrow")) as handle:
        standard = pl.DataFrame(pl.from_arrow(pa.ipc.open_file(handle).read_all().select(written.columns)))
    if written.height != standard.height or written.height != told["rows"]:
        yield f"{where}: {written.height} rows, standard/ has {standard.height}"
        return
    steps = pl.read_parquet(folder / area / f"{group}.steps.parquet")
    held = receiver.profile.characters
    for item in written.columns:
        of_item = steps.filter(pl.col("item") == item)
        expected = receiver.form_column(standard[item]).scatter(of_item["row"], of_item["written"])
        wrong = int(_blank(expected).ne_missing(_blank(written[item])).sum())
        if wrong:
            yield f"{where} {item}: {wrong} cells differ from standard/ without a step"
        lacking = {c for value in written[item].drop_nulls().unique() for c in split_characters(value)}
        if any(not held.holds(character) for character in lacking):
            yield f"{where} {item}: characters that the receiver does not have"
        outcomes = dict(of_item["outcome"].value_counts().iter_rows())
        if outcomes != told["items"].get(item, {}):
            yield f"{where} {item}: other counts than summary.json says"


def _blank(column: pl.Series) -> pl.Series:
    # A CSV tells an empty text from none by quotes, which few readers keep apart.
    return column.fill_null("")


def _named(text: str) -> str:
    """A receiver's text with the provisional code points of the official font as GJ names again."""
    font = find_table("gj")
    if font is None:
        return text
    names = {point: gj_text(name) or "" for name, point in font.select("gj", "code_point").iter_rows()}
    return text.translate(names)
