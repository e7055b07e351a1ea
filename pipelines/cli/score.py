"""``ikou score RUN``: precision and recall per rule against truth/."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from char_mapping.errors import DefinitionError
from pipelines.runs.folder import find_run, read_json

SHOWN = 20


def score(run: Path, *, as_json: bool) -> int:
    """Print the score table and every miss (the first of each rule on a terminal, all with ``--json``).

    Raises:
        DefinitionError: the run's generation has no truth (it is no sample city).
    """
    import polars as pl

    from pipelines.runs.scoring import score_run

    folder = find_run(str(run), None)
    generation = read_json(folder / "manifest.json")["generation"]
    path = folder.parent.parent / "truth" / f"{generation}.parquet"
    if not path.is_file():
        raise DefinitionError(
            str(path), expected="the truth of a sample city", found="none", todo="Score runs of `ikou sample` only"
        )
    scored = score_run(folder, pl.read_parquet(path))
    if as_json:
        sys.stdout.write(
            json.dumps({"rules": scored.table.to_dicts(), "misses": scored.misses.to_dicts()}, ensure_ascii=False)
            + "\n"
        )
        return 0
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        float_precision=4,
        tbl_width_chars=140,
    ):
        sys.stdout.write(f"{scored.table}\n")
    for row in scored.misses.iter_rows(named=True):
        sys.stdout.write(
            f"{row['rule_id']} {row['kind']}: {row['area']} {row['subject']} {row['item']} {row['note'] or ''}\n"
        )
    return 0
