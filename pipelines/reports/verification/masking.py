"""What a sheet shows of a resident: nothing, or what ``disclosure`` allows a reader with the role."""

from __future__ import annotations

import re

import polars as pl

from pipelines.reports.disclosure import disclose, without_personal_numbers
from pipelines.reports.judgement import PROTECTED_KEY, SUPPORT
from pipelines.reports.run_files import RunFiles

_CODE = re.compile(r"[0-9A-Za-z]{1,6}")


Unmasked = bool | frozenset[str]
"""Whether values are shown: nowhere, everywhere, or in these areas alone."""


def may_show(unmasked: Unmasked, area: str) -> bool:
    """Whether the values of an area are shown.

    >>> may_show(False, "001"), may_show(True, "001"), may_show(frozenset({"010"}), "001")
    (False, True, False)
    """
    return unmasked if isinstance(unmasked, bool) else area in unmasked


def shown_key(key: str, group: str) -> str:
    """That somebody is under 支援措置 is told to the person in charge alone."""
    return PROTECTED_KEY if group == SUPPORT else without_personal_numbers(key)


def masked(text: str | None) -> str:
    """A value as ●, one a sign, at most twelve."""
    return "" if text is None else "●" * min(len(text), 12)


def shown_measure(measure: str) -> str:
    """A measure of a distribution; what stands in an item of codes and is no code may be anything, also a name."""
    head, _, value = measure.partition(" ")
    return measure if head != "値" or _CODE.fullmatch(value) else "値 （コードでない値）"


def disclosed_differences(run: RunFiles, rows: pl.DataFrame) -> pl.DataFrame:
    """Differences with ``before`` and ``after`` as ``disclose`` allows them to be seen.

    Protected are the records of people under 支援措置 and of those who live with them, and every record whose key does
    not say whose it is.
    """
    named = pl.col("meaning").eq("person.number") & (pl.col("key") >= 0)
    of_people = run.items.filter(named).select("group_id", area="area_id", known=pl.lit(True)).unique()
    meanings = run.items.select("area_id", "group_id", "item", "meaning").rename({"area_id": "area"})
    told = (
        rows.join(meanings, on=["area", "group_id", "item"], how="left", maintain_order="left")
        .join(of_people, on=["area", "group_id"], how="left", maintain_order="left")
        .with_columns(
            item_path=pl.col("item"),
            meaning=pl.col("meaning").fill_null(""),
            protected=pl.col("key").str.contains_any(_protected(run)) | pl.col("known").is_null(),
        )
    )
    return disclose(told, ("before", "after"))


def disclosed_lists(run: RunFiles, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of forms and counterparts (key, item, before, after) alike; what an item is, its name alone says.

    A key that is nobody's 宛名番号 (the number of a notice) does not say whose row it is: it counts as protected.
    """
    numbers = run.keys().select("number").drop_nulls().unique()
    known = rows.lazy().select("key").unique().join(numbers, left_on="key", right_on="number", how="semi").collect()
    told = rows.with_columns(
        item_path=pl.col("item"),
        meaning=pl.lit("none"),
        protected=pl.col("key").is_in(_protected(run)) | ~pl.col("key").is_in(known["key"].implode()),
    )
    return disclose(told, ("before", "after"))


def _protected(run: RunFiles) -> list[str]:
    """宛名番号 of everybody under 支援措置 and of those who live with them."""
    keys = run.keys(holding="person_household_number")
    sheltered = run.keys(holding="support_").select("number").drop_nulls().unique().collect()
    homes = (
        keys.join(sheltered.lazy(), on="number", how="semi").select("household").drop_nulls()
        .filter(pl.col("household") != "").unique().collect()
    )  # fmt: skip
    beside = keys.join(homes.lazy(), on="household", how="semi").select("number").drop_nulls().unique().collect()
    return [number for number in pl.concat([sheltered, beside])["number"].unique().sort() if number]
