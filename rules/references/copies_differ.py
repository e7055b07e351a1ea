"""REF-023 宛名相違：他業務が持つ宛名の写しが、住民の現在値と違う。

Issued by: team knowledge (△, cleansing.md §6.1): every area keeps a copy of name and address, and copies age.
Compared are copies of *present residents* of the register only: after 転出 or 死亡 the other area's value may
be the newer one. Classified: ``stale`` (the register itself held the value earlier), ``spelling`` (the same
under the matching keys) and ``unexplained``. A pair that may be two persons is DUP-001's or IDN-006's and
never appears here; a 通称, 旧氏 or roman name used as the name is right. New addresses are not shown as candidates: the
copy's department may not be allowed to see where a person under 支援措置 lives. Source: rule catalogue
REF-023.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.matching_keys import address_key, kana_key, name_key
from rules.references.number_holders import holders_differ, lawful_name, names_alone_differ, number_pairs
from rules.references.relations import LINEAGE, item_name, whole_findings

_WORDING = {
    "stale": "住民記録が以前に持っていた値（古い写し）",
    "spelling": "表記だけの差",
    "unexplained": "履歴では説明できない差",
}
_ADDRESS = ("address_town", "address_lot", "address_building")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a copy and item (name, kana, sex, first differing part of the address)."""
    pairs = holders_differ(number_pairs(relation)).filter(
        ~pl.col("birth_differs") & ~pl.col("given_differs") & (pl.col("r_area") == "001") & (pl.col("area") != "001")
        & (pl.col("r_person_status").fill_null("1") == "1") & ~names_alone_differ())
    found = [
        _name(pairs).with_columns(item=pl.lit(item_name(ctx, "person.name"))),
        _kana(pairs).with_columns(item=pl.lit(item_name(ctx, "person.kana"))),
        _sex(pairs).with_columns(item=pl.lit(item_name(ctx, "person.sex"))),
        _address(pairs).with_columns(
            item=pl.col("part").replace_strict({p: item_name(ctx, p.replace("_", ".", 1)) for p in _ADDRESS},
                                               return_dtype=pl.String)),
    ]
    rows = pl.concat([part.select(*LINEAGE, "r_subject", "item", "reason", "before", "candidate") for part in found])
    return whole_findings(rows.with_columns(
        subject=pl.concat_list("subject", "r_subject").list.sort().list.join("|"),
        evidence=pl.col("reason").replace_strict(_WORDING, return_dtype=pl.String),
        about=pl.concat_str(pl.col("before").fill_null(""), pl.col("candidate").fill_null(""), separator="\x1f")),
        "REF-023")


def _classified(stale: pl.Expr, spelling: pl.Expr) -> pl.Expr:
    return pl.when(spelling).then(pl.lit("spelling")).when(stale).then(pl.lit("stale")).otherwise(pl.lit("unexplained"))


def _name(pairs: pl.DataFrame) -> pl.DataFrame:
    keyed = pairs.with_columns(
        key=name_key(pl.col("person_name")),
        history=pl.col("h_person_name").list.eval(name_key(pl.element())),
        k_name=name_key(pl.col("r_person_name")))
    spelling = (pl.col("key") == pl.col("k_name")).fill_null(False)
    stale = pl.col("history").list.contains(pl.col("key")).fill_null(False)
    differs = pl.col("person_name").is_not_null() & pl.col("r_person_name").is_not_null() & (
        _no_blank("person_name") != _no_blank("r_person_name"))
    return keyed.filter(differs & ~lawful_name(pl.col("key"))).with_columns(
        reason=_classified(stale, spelling), before=pl.col("person_name"), candidate=pl.col("r_person_name"))


def _kana(pairs: pl.DataFrame) -> pl.DataFrame:
    keyed = pairs.with_columns(
        key=kana_key(pl.col("person_kana")).str.replace_all("\u3000", ""),
        r_key=kana_key(pl.col("r_person_kana")).str.replace_all("\u3000", ""),
        history=pl.col("h_person_kana").list.eval(kana_key(pl.element()).str.replace_all("\u3000", "")))
    stale = pl.col("history").list.contains(pl.col("key")).fill_null(False)
    same = (pl.col("key") == pl.col("r_key")).fill_null(True)
    # Kana differ in small letters and voiced marks from host to host; only another reading is worth a question.
    return keyed.filter(~same & pl.col("person_kana").is_not_null()).with_columns(
        reason=_classified(stale, pl.lit(False)), before=pl.col("person_kana"), candidate=pl.col("r_person_kana"))


def _sex(pairs: pl.DataFrame) -> pl.DataFrame:
    known = pl.col("person_sex").is_in(["1", "2"]) & pl.col("r_person_sex").is_in(["1", "2"])
    stale = pl.col("h_person_sex").list.contains(pl.col("person_sex")).fill_null(False)
    return pairs.filter(known & (pl.col("person_sex") != pl.col("r_person_sex"))).with_columns(
        reason=_classified(stale, pl.lit(False)), before=pl.col("person_sex"), candidate=pl.col("r_person_sex"))


def _address(pairs: pl.DataFrame) -> pl.DataFrame:
    # A part that one side lacks is not compared: NULL makes the comparison NULL.
    raw = [(_no_blank(p) != _no_blank(f"r_{p}")).fill_null(False) for p in _ADDRESS]
    keyed = [(address_key(pl.col(p)) != address_key(pl.col(f"r_{p}"))).fill_null(False) for p in _ADDRESS]
    really = pl.any_horizontal(keyed)
    stale = pl.all_horizontal(pl.col(p).is_null() | _held_before(p) for p in ("address_town", "address_lot"))
    part = pl.coalesce(
        *(pl.when(k).then(pl.lit(p)) for p, k in zip(_ADDRESS, keyed, strict=True)),
        *(pl.when(r).then(pl.lit(p)) for p, r in zip(_ADDRESS, raw, strict=True)))
    written = pl.coalesce(*(pl.when(pl.col("part") == p).then(pl.col(p)) for p in _ADDRESS))
    return pairs.filter(pl.any_horizontal(raw)).with_columns(part=part).with_columns(
        reason=_classified(stale.fill_null(False), ~really.fill_null(False)), before=written,
        candidate=pl.lit(None, pl.String))


def _held_before(part: str) -> pl.Expr:
    history = pl.col(f"h_{part}").list.eval(address_key(pl.element()))
    return history.list.contains(address_key(pl.col(part)))


def _no_blank(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all("[ \u3000]", "")
