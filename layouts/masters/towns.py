"""The アドレス・ベース・レジストリ 町字 master (``mt_town_*.csv``): which 町字コード stands for which town, and when.

Columns as デジタル庁 publishes them. 町字ID is unique within a municipality (全国地方公共団体コード), and a row holds
from its 効力発生日 to its 廃止日.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from char_mapping.errors import UnreadableFile

FOLDER = "masters"
"""Folder below the project's data folder."""
FILE = "towns.parquet"

TOWN_SCHEMA: dict[str, type[pl.DataType]] = {
    "town_id": pl.String, "municipality_code": pl.String, "prefecture": pl.String, "municipality": pl.String,
    "town": pl.String, "chome": pl.String, "koaza": pl.String, "valid_from": pl.String, "valid_to": pl.String,
    "edition": pl.String,
}
"""``town_id`` seven digits, ``municipality_code`` six, ``municipality`` 郡・市区町村・区 joined, ``town`` 大字・町名;
dates are ISO text, "" for an unknown start or no end (``valid_to`` itself is no longer valid)."""

_COLUMNS = ("lg_code", "machiaza_id", "pref", "city", "oaza_cho", "chome", "koaza", "efct_date", "ablt_date")
_OPTIONAL = ("county", "ward")


def read_town_master(path: Path, *, edition: str) -> pl.DataFrame:
    """Read the CSV (UTF-8, a header line, extra columns ignored).

    Args:
        path: The file as downloaded, unpacked.
        edition: When it was fetched, such as ``2026-04-01``; the file does not say so itself.

    Returns:
        TOWN_SCHEMA, sorted by municipality, town and start.

    Raises:
        UnreadableFile: no such column, an id or date of another form, or a town twice from the same day; with line.
    """
    try:
        header = pl.read_csv(path, n_rows=0, infer_schema=False, encoding="utf8").columns
        names = [name.lstrip("\ufeff") for name in header]
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, FileNotFoundError) as error:
        raise UnreadableFile(str(path), expected="a CSV in UTF-8", found=type(error).__name__,
                             todo="Unpack the download first") from None
    frame.columns = names
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise UnreadableFile(f"{path.name}:1", expected=f"the columns {', '.join(_COLUMNS)}",
                             found=f"no {', '.join(missing)}", todo="Take the 町字 master (mt_town_…) of the registry")
    for name in _OPTIONAL:
        if name not in names:
            frame = frame.with_columns(pl.lit("").alias(name))
    frame = frame.with_columns(pl.col(name).fill_null("") for name in (*_COLUMNS, *_OPTIONAL))
    for name, pattern, expected in (("lg_code", "^[0-9]{6}$", "six digits"), ("machiaza_id", "^[0-9]{7}$", "seven"),
                                    ("efct_date", "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", "a date or nothing"),
                                    ("ablt_date", "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", "a date or nothing")):
        wrong = (~frame[name].str.contains(pattern)).arg_true()
        if wrong.len():
            raise UnreadableFile(f"{path.name}:{wrong[0] + 2} {name}", expected=expected,
                                 found=f"{frame[name][wrong[0]]!r}, {wrong.len()} such rows",
                                 todo="A leading zero is lost when the file was saved by Excel: download it again")
    towns = frame.select(
        pl.col("machiaza_id").alias("town_id"), pl.col("lg_code").alias("municipality_code"),
        pl.col("pref").alias("prefecture"),
        pl.concat_str("county", "city", "ward").alias("municipality"), pl.col("oaza_cho").alias("town"), "chome",
        "koaza", pl.col("efct_date").alias("valid_from"),
        pl.when(pl.col("ablt_date") == "9999-12-31").then(pl.lit("")).otherwise("ablt_date").alias("valid_to"),
        pl.lit(edition).alias("edition"),
    ).sort("municipality_code", "town_id", "valid_from", "valid_to")
    twice = towns.select(pl.struct("municipality_code", "town_id", "valid_from").is_duplicated().arg_true())
    if twice.height:
        row = towns.row(int(twice.item(0, 0)), named=True)
        raise UnreadableFile(path.name, expected="every 町字 once from one day",
                             found=f"{row['municipality_code']} {row['town_id']} twice",
                             todo="Take one file, not several put together")
    return towns


def store_towns(towns: pl.DataFrame, data: Path) -> Path:
    """Keep a master in a project's data folder, in place of the one before."""
    path = data / FOLDER / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    towns.select(pl.col(name).cast(kind) for name, kind in TOWN_SCHEMA.items()).write_parquet(path)
    return path


def load_towns(data: Path) -> pl.DataFrame | None:
    """The imported master (TOWN_SCHEMA), or None: without it 町字コード stays empty."""
    path = data / FOLDER / FILE
    return pl.read_parquet(path) if path.is_file() else None


def valid_at(towns: pl.DataFrame, day: str) -> pl.DataFrame:
    """The towns that stand on a day (ISO text).

    >>> frame = pl.DataFrame({"town_id": ["1", "2", "3"], "valid_from": ["", "2020-01-01", "2026-05-01"],
    ...                       "valid_to": ["2020-01-01", "", ""]})
    >>> valid_at(frame, "2026-04-01")["town_id"].to_list()
    ['2']
    """
    ends = pl.col("valid_to")
    return towns.filter((pl.col("valid_from") <= day) & ((ends == "") | (ends > day)))
