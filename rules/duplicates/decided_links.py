"""Which decided links (種イ) may be carried out together, and to which number each chain of them leads.

People decide pair by pair; taken together their decisions can run in a circle, point at two persons, or bring two
people into one who cannot be one. Such decisions are refused as a whole, by their ids. Nothing is renumbered. Issued
by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④ (a 名寄せ先 is a representative and is not linked further),
cleansing.md §6.3 (△ 住民 before 除票 before 住登外).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rules.duplicates.clusters import SIZE_LIMIT, Person, contradict, place_in_order

NO_SOURCE, NO_TARGET, BACKWARDS, TWO_PERSONS, HELD = "no_source", "no_target", "backwards", "two_persons", "held"
LINKED_ELSEWHERE, CYCLE, TWO_TARGETS, CONTRADICTION, TOO_MANY = (
    "linked_elsewhere", "cycle", "two_targets", "contradiction", "too_many",
)  # fmt: skip

REASONS = {
    NO_SOURCE: "名寄せ元の宛名番号が今回のデータに無い",
    NO_TARGET: "名寄せ先の宛名番号が今回のデータに無い",
    BACKWARDS: "住民・除票を住登外の番号へ紐付けることはできない（住民、除票、住登外の順に残す）",
    TWO_PERSONS: "同じ番号を別人が持っている（DUP-001）。先に種アを解く",
    HELD: "名寄せの項目が保留中である。先にその指摘を解く",
    LINKED_ELSEWHERE: "現行で別の番号に紐付いている",
    CYCLE: "名寄せが循環する",
    TWO_TARGETS: "名寄せ先が一つに定まらない",
    CONTRADICTION: "合わせると同一人でありえない番号が入る",
    TOO_MANY: f"{SIZE_LIMIT}件を超える番号が一人に集まる",
}
"""Why a link is not carried out, as the meeting reads it."""


@dataclass(frozen=True, slots=True)
class Link:
    """An approved decision: ``number`` is the same person as ``target``, which stays."""

    number: str
    target: str
    decision: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a link: ``target`` is where its chain ends, ``reason`` is empty when it is carried out.

    ``together`` are the decisions it was weighed with, itself included, sorted.
    """

    link: Link
    target: str
    reason: str = ""
    together: tuple[str, ...] = ()


def weigh_links(
    links: Iterable[Link],
    people: Mapping[str, Person],
    *,
    apart: Collection[frozenset[str]] = (),
    received: Mapping[str, str] | None = None,
    two_persons: Collection[str] = (),
    held: Collection[str] = (),
) -> list[Verdict]:
    """One verdict a link, in the order of decisions.

    Args:
        links: Approved links whose evidence is as it was decided on.
        people: Number → who has it, of every number named here and in ``received``.
        apart: Pairs that are two persons: by decision, or because something speaks against them.
        received: Number → number it is linked to in the present system already.
        two_persons: Numbers that several persons have (種ア).
        held: Numbers whose link items wait for another issue.
    """
    already = received or {}
    verdicts: list[Verdict] = []
    sound: list[Link] = []
    for link in sorted(set(links), key=lambda one: (one.decision, one.number, one.target)):
        reason = _alone(link, people, already, set(two_persons), set(held))
        if reason:
            verdicts.append(Verdict(link, link.target, reason, (link.decision,)))
        else:
            sound.append(link)
    edges = [(one.number, one.target) for one in sound]
    reached = _reached(edges, already)
    for members in _together([*edges, *reached]):
        mine = [one for one in sound if one.number in members]
        reason, end = _of_group(members, [e for e in (*edges, *reached) if e[0] in members], people, set(apart))
        ids = tuple(sorted({one.decision for one in mine}))
        verdicts += [Verdict(one, end or one.target, reason, ids) for one in mine]
    return sorted(verdicts, key=lambda one: (one.link.decision, one.link.number, one.link.target))


def _alone(
    link: Link, people: Mapping[str, Person], already: Mapping[str, str], two_persons: set[str], held: set[str]
) -> str:
    if link.number not in people:
        return NO_SOURCE
    if link.target not in people:
        return NO_TARGET
    if link.number == link.target:
        return CYCLE
    if {link.number, link.target} & two_persons:
        return TWO_PERSONS
    if place_in_order(people[link.number]) < place_in_order(people[link.target]):
        return BACKWARDS
    if already.get(link.number, link.target) != link.target:
        return LINKED_ELSEWHERE
    return HELD if link.number in held else ""


def _reached(edges: Sequence[tuple[str, str]], already: Mapping[str, str]) -> list[tuple[str, str]]:
    """Links of the present system that the decided ones lead on by."""
    found: dict[str, str] = {}
    decided = {number for number, _ in edges}
    waiting = [target for _, target in edges]
    while waiting:
        number = waiting.pop()
        if number in already and number not in found and number not in decided:
            found[number] = already[number]
            waiting.append(already[number])
    return sorted(found.items())


def _together(edges: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    home: dict[str, set[str]] = {}
    for number, target in edges:
        one, other = home.setdefault(number, {number}), home.setdefault(target, {target})
        if one is not other:
            one |= other
            home.update(dict.fromkeys(other, one))
    return sorted({frozenset(members) for members in home.values()}, key=min)


def _of_group(
    members: frozenset[str], edges: Sequence[tuple[str, str]], people: Mapping[str, Person], apart: set[frozenset[str]]
) -> tuple[str, str]:
    """(reason, where all of them lead): the reason is empty when they lead to one number."""
    onward: dict[str, set[str]] = {}
    for number, target in edges:
        onward.setdefault(number, set()).add(target)
    ends = sorted(members - set(onward))
    if _runs_in_a_circle(onward):
        return CYCLE, ""
    if len(ends) != 1:
        return TWO_TARGETS, ""
    if not set(members) <= set(people):
        return NO_TARGET, ""
    if len(members) > SIZE_LIMIT:
        return TOO_MANY, ""
    ordered = sorted(members)
    pairs = [(a, b) for n, a in enumerate(ordered) for b in ordered[n + 1 :]]
    if any(frozenset(pair) in apart or contradict(people[pair[0]], people[pair[1]]) for pair in pairs):
        return CONTRADICTION, ""
    return "", ends[0]


def _runs_in_a_circle(onward: Mapping[str, set[str]]) -> bool:
    left = {number: set(targets) for number, targets in onward.items()}
    while left:
        free = {number for number, targets in left.items() if not targets & set(left)}
        if not free:
            return True
        left = {number: targets for number, targets in left.items() if number not in free}
    return False
