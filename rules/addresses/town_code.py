"""ADR-002 町字コード：7桁の町字ID。町字マスターが取り込まれているときだけ照合する。

Issued by: デジタル庁 アドレス・ベース・レジストリ (町字ID); 項目定義書 X 7. A code is judged against the master that
the project imported: its form, whether the municipality has it, and whether it existed on the day. 9999999 (no 町字)
may stand where the master has the municipality. An empty code is offered the one 町字 the name leads to; a name that
leads to none, or to several of the same name, gets no answer. Without the master nothing is judged
(``town_master_missing``). Source: rule catalogue ADR-002 (R3).

>>> from layouts.masters.towns import TOWN_SCHEMA
>>> from rules.addresses.town_master import town_master
>>> from rules.trial import bound, try_find
>>> rows = [("0001002", "131016", "東京都", "千代田区", "霞が関", "二丁目", "", "", "", "2026-04-01")]
>>> master = town_master(pl.DataFrame(rows, schema=TOWN_SCHEMA, orient="row"))
>>> try_find(find, {"市": ["131016"] * 4, "コード": ["0001002", "0001003", "12", None], "町": ["霞ヶ関２丁目"] * 4},
...          bound("市", "address.municipality_code"), bound("コード", "address.town_code"),
...          bound("町", "address.town"), masters={"towns": master})
[('0001003', 'not_in_master', '0001002'), ('12', 'form', '0001002'), (None, 'empty', '0001002')]
"""

from __future__ import annotations

import re

import polars as pl

from rules.addresses.places import TOWN_PARTS, among, combinations, looked_up, places, town_of
from rules.addresses.town_master import NO_TOWN_CODE, TownMaster, master_of
from rules.contract import Finding, RuleContext

_PARTS = (*TOWN_PARTS, "town_code")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Town codes the master does not have for their municipality, and towns it has a code for."""
    master = master_of(ctx)
    if master is None:
        return []
    findings = []
    for place in places(ctx, "municipality_code", "town_code"):
        wrong: dict[str, dict[tuple[str, ...], str]] = {}
        for row in combinations(block, place, *_PARTS):
            reason, right = _judged(row, master, ctx)
            if reason:
                wrong.setdefault(reason, {})[row] = right
        for reason in sorted(wrong):
            findings.append(Finding(
                place.parts["town_code"].name, among(place, _PARTS, wrong[reason]),
                looked_up(place, _PARTS, {row: right for row, right in wrong[reason].items() if right}), reason,
                master.version, rows_about=place.names("municipality_code", "town"),
            ))  # fmt: skip
    return findings


def _judged(row: tuple[str, ...], master: TownMaster, ctx: RuleContext) -> tuple[str, str]:
    """The reason (empty: nothing to say) and the code the name of the town leads to."""
    code, prefecture, municipality, town, town_code = row
    if code not in master.municipalities:
        return "", ""
    found = town_of(code, prefecture, municipality, town)
    entry = master.current(code, found.town, ctx.as_of) if found is not None and found.town else None
    right = "" if entry is None else entry.town_id
    if not town_code:
        return ("empty", right) if right else ("", "")
    if not re.fullmatch("[0-9]{7}", town_code):
        return "form", right
    known = master.by_id.get((code, town_code))
    if known is None:
        return ("", "") if town_code == NO_TOWN_CODE else ("not_in_master", right)
    return ("", "") if known.holds_on(ctx.as_of) else ("abolished", right)
