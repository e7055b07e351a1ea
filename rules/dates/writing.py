"""The way back of a date: ISO text to the form its source writes, so that a conversion is logged once a column."""

from __future__ import annotations

import polars as pl

from layouts.eras import Era, load_era_codes
from rules.contract import DateForm


def as_source_writes(column: str, form: DateForm) -> pl.Expr | None:
    """The source's text of an ISO date, or None for a form that has no single way back.

    A day of two eras comes back in the newer one, an era that was written past its end in the right one: the
    engine sees that these cells differ and logs them one by one.

    Examples:
        >>> frame = pl.DataFrame({"d": ["1989-01-08", "1975-02-29", "4xyz", None]})
        >>> frame.select(as_source_writes("d", DateForm("GYYMMDD")))["d"].to_list()
        ['4010108', '3500229', '4xyz', None]
        >>> frame.select(as_source_writes("d", DateForm("GYYMMDD", era="letter")))["d"].to_list()
        ['H010108', 'S500229', '4xyz', None]
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
    day = value.str.replace_all("-", "", literal=True).cast(pl.Int64, strict=False)
    if all(code.isdecimal() and code[0] != "0" for code, _ in eras):
        written = day + _shift(value, [(era, (int(code) * 100 - era.year_offset) * 10_000) for code, era in eras])
        return pl.when(is_iso).then(written.cast(pl.String)).otherwise(value).alias(column)
    prefix = pl.lit(eras[0][0])
    for code, era in eras[1:]:
        prefix = pl.when(value >= era.start.isoformat()).then(pl.lit(code)).otherwise(prefix)
    rest = (day + _shift(value, [(era, -era.year_offset * 10_000) for _, era in eras])).cast(pl.String).str.zfill(6)
    return pl.when(is_iso).then(pl.concat_str(prefix, rest)).otherwise(value).alias(column)


def _shift(value: pl.Expr, shifts: list[tuple[Era, int]]) -> pl.Expr:
    """The amount of the newest era that had begun on an ISO day."""
    shift = pl.lit(shifts[0][1])
    for era, amount in shifts[1:]:
        shift = pl.when(value >= era.start.isoformat()).then(pl.lit(amount)).otherwise(shift)
    return shift


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
