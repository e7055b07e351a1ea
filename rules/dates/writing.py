"""The way back of a date: ISO text to the form its source writes, so that a conversion is logged once a column."""

from __future__ import annotations

import polars as pl

from layouts.eras import load_era_codes
from rules.contract import DateForm


def as_source_writes(column: str, form: DateForm) -> pl.Expr | None:
    """The source's text of an ISO date, or None for a form that has no single way back.

    A day of two eras comes back in the newer one, an era that was written past its end in the right one: the
    engine sees that these cells differ and logs them one by one.

    Examples:
        >>> frame = pl.DataFrame({"d": ["1989-01-08", "1975-02-29", "4xyz", None]})
        >>> frame.select(as_source_writes("d", DateForm("GYYMMDD")))["d"].to_list()
        ['4010108', '3500229', '4xyz', None]
        >>> frame.select(as_source_writes("d", DateForm("YYYYMMDD")))["d"].to_list()
        ['19890108', '19750229', '4xyz', None]
    """
    value = pl.col(column)
    is_iso = (value.str.len_bytes() == 10) & (value.str.slice(4, 1) == "-")
    if form.form == "YYYYMMDD":
        return pl.when(is_iso).then(value.str.replace_all("-", "", literal=True)).otherwise(value).alias(column)
    if form.form == "SLASH":
        return pl.when(is_iso).then(value.str.replace_all("-", "/", literal=True)).otherwise(value).alias(column)
    if form.form not in ("GYYMMDD", "GGYYMMDD"):
        return None
    eras = sorted(load_era_codes()[form.era].items(), key=lambda pair: pair[1].start)
    code, offset = pl.lit(eras[0][0]), pl.lit(eras[0][1].year_offset)
    for era_code, era in eras[1:]:
        begun = value >= era.start.isoformat()
        code = pl.when(begun).then(pl.lit(era_code)).otherwise(code)
        offset = pl.when(begun).then(pl.lit(era.year_offset)).otherwise(offset)
    year = (value.str.slice(0, 4).cast(pl.Int32, strict=False) - offset).cast(pl.String).str.zfill(2)
    written = pl.concat_str(code, year, value.str.slice(5, 2), value.str.slice(8, 2))
    return pl.when(is_iso).then(written).otherwise(value).alias(column)


def in_era_words(column: str) -> pl.Expr:
    """An ISO date in words of the era it lies in (平成元年2月10日); for the few rows of a finding.

    Examples:
        >>> pl.DataFrame({"d": ["1989-02-10", None]}).select(in_era_words("d"))["d"].to_list()
        ['平成元年2月10日', None]
    """
    return pl.col(column).map_batches(
        lambda values: pl.Series([None if v is None else _words(v) for v in values], dtype=pl.String),
        return_dtype=pl.String,
    )


def _words(iso: str) -> str | None:
    eras = [era for era in load_era_codes()["kanji"].values() if era.start.isoformat() <= iso]
    if not eras:
        return None
    era = max(eras, key=lambda one: one.start)
    year = int(iso[:4]) - era.year_offset
    return f"{era.name}{'元' if year == 1 else year}年{int(iso[5:7])}月{int(iso[8:])}日"
