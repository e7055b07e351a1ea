"""縮退: which characters of a smaller set may stand for one that it lacks, in the order of preference of the IPA.

JIS包摂・UCS統合 → 民二5202 → 戸籍統一文字の親字・正字 → 民一2842 (別字 excluded everywhere but in the first) → 告示582
(rank within the table) → 国税庁 JIS縮退マップ → the tables that name kin (代替マップ comes second, where it speaks: it
is made for the GJ characters); among equals 常用漢字 before 人名用漢字. Only the first table can be applied without a
person; everything else is a candidate (MJ縮退マップ: "candidates, not one to one"). Nothing here ever offers 〓, ？,
＿, ■ or U+FFFD.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from char_mapping.imports.official import (
    ANALOGY,
    DICTIONARIES,
    JIS_UCS,
    KOSEKI,
    MINJI_2842,
    MINJI_2842_OTHER,
    MINJI_5202,
    NOTICE_582_1,
    NOTICE_582_2,
    NTA,
    SUBSTITUTES,
)
from char_mapping.mj import MjNames, load_mj_names
from char_mapping.reference_data import find_table
from char_mapping.standard_sets import StandardSet
from char_mapping.text import SUBSTITUTES as LOST
from char_mapping.text import split_characters

PREFERENCE = (
    JIS_UCS, SUBSTITUTES, MINJI_5202, KOSEKI, MINJI_2842, NOTICE_582_1, NOTICE_582_2, NTA, DICTIONARIES, ANALOGY,
)
_POLICIES = ("常用漢字", "人名用漢字")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A character that may stand for another: ``table`` says who says so, ``automatic`` that no person has to."""

    text: str
    table: str
    rank: int | None
    hops: int | None
    policy: str
    automatic: bool


@dataclass(frozen=True)
class ShrinkTables:
    """The 縮退 tables in force: MJ or GJ name → (table, target, rank, hops), and the 漢字施策 of characters.

    ``by_character`` is the map of the 国税庁, which goes from character to text: candidates only.
    """

    targets: Mapping[str, tuple[tuple[str, str, int | None, int | None], ...]]
    policies: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    names: MjNames = field(default_factory=load_mj_names)
    by_character: Mapping[str, str] = field(default_factory=dict)

    def candidates(self, character: str, receiver: StandardSet) -> tuple[Candidate, ...]:
        """What ``receiver`` could hold instead of ``character``, best first; empty where it holds it or nobody knows.

        A variation selector that the set does not know is itself UCS統合: the bare character is the same character
        of the UCS, so it needs no table.
        """
        if receiver.holds(character):
            return ()
        best: dict[str, tuple[tuple[int, int, int, int], tuple[str, int | None, int | None]]] = {}
        for table, target, rank, hops in self._rows(character):
            if target == character or set(target) & set(LOST) or not all(map(receiver.holds, split_characters(target))):
                continue
            order = (PREFERENCE.index(table), rank or 0, hops or 0, self._policy_order(target))
            if target not in best or order < best[target][0]:
                best[target] = (order, (table, rank, hops))
        united = [target for target, (_, (table, _, _)) in best.items() if table == JIS_UCS]
        ordered = sorted(best, key=lambda target: (best[target][0], target))
        return tuple(
            Candidate(target, *best[target][1], self.policies.get(target, ""), united == [target])
            for target in ordered
        )

    def _rows(self, character: str) -> Iterator[tuple[str, str, int | None, int | None]]:
        if len(character) > 1 and self.names.name_of(character) is not None:
            yield JIS_UCS, character[0], None, None
        if character in self.by_character:
            yield NTA, self.by_character[character], None, None
        rows = self.targets.get(self.names.name_of(character) or "", ())
        others = {target for table, target, _, _ in rows if table == MINJI_2842_OTHER}
        for table, target, rank, hops in rows:
            if table == JIS_UCS or (table in PREFERENCE and target not in others):
                yield table, target, rank, hops

    def _policy_order(self, target: str) -> int:
        policy = self.policies.get(target, "")
        return _POLICIES.index(policy) if policy in _POLICIES else len(_POLICIES)


def load_shrink_tables(folder: Path | None = None) -> ShrinkTables:
    """The tables of the reference folder; the ones that the machine does not have are named in ``missing``."""
    targets: dict[str, list[tuple[str, str, int | None, int | None]]] = {}
    missing = []
    for name in ("mjsm", "substitutes"):
        rows = find_table(name, folder)
        if rows is None:
            missing.append(name)
            continue
        for mj, table, target, rank, hops in rows.select("mj", "table", "target", "rank", "hops").iter_rows():
            targets.setdefault(mj, []).append((table, target, rank, hops))
    listed = find_table("mji", folder)
    policies: dict[str, str] = {}
    if listed is None:
        missing.append("mji")
    else:
        known = listed.drop_nulls(["implemented", "policy"])
        policies = dict(known.select("implemented", "policy").iter_rows())
    nta = find_table("nta", folder)
    by_character = dict(nta.select("char", "target").iter_rows()) if nta is not None else {}
    named = {mj: tuple(found) for mj, found in targets.items()}
    return ShrinkTables(named, policies, tuple(missing), by_character=by_character)
