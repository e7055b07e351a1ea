from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.duplicates.clusters import SIZE_LIMIT, Person, contradict, join_pairs, place_in_order, survivor_of
from rules.duplicates.decided_links import (
    BACKWARDS,
    CONTRADICTION,
    CYCLE,
    HELD,
    LINKED_ELSEWHERE,
    NO_SOURCE,
    NO_TARGET,
    REASONS,
    TOO_MANY,
    TWO_PERSONS,
    TWO_TARGETS,
    Link,
    weigh_links,
)

OUT = {n: Person(n, "outside") for n in "ABCDEFG"}
PEOPLE = {**OUT, "R": Person("R", "present"), "S": Person("S", "present"), "M": Person("M", "moved_out")}


def links(*texts: str) -> list[Link]:
    """``A>B`` → a link of decision D1, D2 …"""
    return [Link(*text.split(">"), f"D{n}") for n, text in enumerate(texts, 1)]


def came_to(*texts: str, **more: object) -> list[tuple[str, str]]:
    """(where it leads, reason) of each link."""
    return [(v.target, v.reason) for v in weigh_links(links(*texts), PEOPLE, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["A>R"], [("R", "")]),
        (["A>B", "B>C"], [("C", ""), ("C", "")]),
        (["A>B", "B>R", "C>A"], [("R", "")] * 3),
        (["A>B", "A>C", "B>C"], [("C", "")] * 3),
        (["A>B", "A>C"], [("B", TWO_TARGETS), ("C", TWO_TARGETS)]),
        (["A>B", "B>A"], [("B", CYCLE), ("A", CYCLE)]),
        (["A>B", "B>C", "C>A", "D>E"], [("B", CYCLE), ("C", CYCLE), ("A", CYCLE), ("E", "")]),
        (["A>B", "B>A", "A>C"], [("B", CYCLE), ("A", CYCLE), ("C", CYCLE)]),
        (["A>A"], [("A", CYCLE)]),
        (["A>R", "A>S"], [("R", TWO_TARGETS), ("S", TWO_TARGETS)]),
        (["R>A"], [("A", BACKWARDS)]),
        (["M>A"], [("A", BACKWARDS)]),
        (["R>M"], [("M", BACKWARDS)]),
        (["M>R", "A>M"], [("R", ""), ("R", "")]),
        (["X>A"], [("A", NO_SOURCE)]),
        (["A>X"], [("X", NO_TARGET)]),
    ],
)
def test_links_taken_together(texts: list[str], expected: list[tuple[str, str]]) -> None:
    assert came_to(*texts) == expected


def test_what_the_present_system_links_is_followed_and_never_overruled() -> None:
    assert came_to("A>B", received={"B": "C"}) == [("C", "")]
    assert came_to("A>B", received={"B": "C", "C": "B"}) == [("B", CYCLE)]
    assert came_to("A>B", received={"B": "Z"}) == [("B", NO_TARGET)]
    assert came_to("A>B", received={"A": "C"}) == [("B", LINKED_ELSEWHERE)]
    assert came_to("A>B", received={"A": "B"}) == [("B", "")]


def test_numbers_of_two_persons_and_held_items_wait() -> None:
    assert came_to("A>B", two_persons=["B"]) == [("B", TWO_PERSONS)]
    assert came_to("A>B", "C>D", held=["A"]) == [("B", HELD), ("D", "")]


def test_nobody_who_is_another_person_comes_in_by_a_chain() -> None:
    assert came_to("A>B", "C>B", apart={frozenset("AC")}) == [("B", CONTRADICTION), ("B", CONTRADICTION)]
    people = {"A": Person("A", "outside", sex="1"), "B": Person("B", "outside"), "C": Person("C", "outside", sex="2")}
    said = weigh_links(links("A>B", "C>B"), people)
    assert {v.reason for v in said} == {CONTRADICTION}
    assert said[0].together == ("D1", "D2")


def test_a_crowd_is_no_person() -> None:
    people = {f"{n:03}": Person(f"{n:03}", "outside") for n in range(SIZE_LIMIT + 1)}
    crowd = [Link(number, "000", f"D{number}") for number in sorted(people) if number != "000"]
    assert {v.reason for v in weigh_links(crowd, people)} == {TOO_MANY}
    assert {v.reason for v in weigh_links(crowd[:-1], people)} == {""}


def test_every_reason_has_words() -> None:
    said = {r for _, r in came_to("A>B", "B>A", "R>C", "X>A", "A>X")}
    assert said <= set(REASONS)


SEXES, DIGESTS = st.sampled_from([None, "1", "2"]), st.sampled_from([None, "x", "y"])
STATES = st.sampled_from(["present", "moved_out", "dead", "removed", "outside"])
NUMBERS = [f"{n:02}" for n in range(12)]


@st.composite
def cities(draw: st.DrawFn) -> dict[str, Person]:
    days = st.sampled_from([None, "1990-01-01", "2000-01-01", "2010-01-01"])
    return {
        n: Person(n, draw(STATES), draw(DIGESTS), draw(SEXES), draw(days), draw(days), draw(st.integers(0, 3)),
                  draw(days))
        for n in NUMBERS
    }  # fmt: skip


PAIRS = st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)).filter(lambda p: p[0] != p[1]))


@given(cities(), PAIRS, PAIRS)
def test_no_cluster_holds_a_contradicted_pair(
    people: dict[str, Person], edges: list[tuple[str, str]], apart: list[tuple[str, str]]
) -> None:
    against = {frozenset(pair) for pair in apart}
    made = join_pairs(edges, people, against)
    seen = set[str]().union(*made.too_large)
    for members in made.members:
        assert 2 <= len(members) <= SIZE_LIMIT
        assert not members & seen
        seen |= members
        for a in members:
            assert not any(a != b and (frozenset((a, b)) in against or contradict(people[a], people[b]))
                           for b in members)  # fmt: skip


def test_of_a_crowd_none_is_clustered() -> None:
    people = {f"{n:03}": Person(f"{n:03}", "outside") for n in range(2 * SIZE_LIMIT)}
    crowd = [f"{n:03}" for n in range(SIZE_LIMIT + 3)]
    pairs = [(a, b) for a in crowd for b in crowd if a < b]
    made = join_pairs([*pairs, ("030", "031")], people, set())
    assert made.members == (frozenset({"030", "031"}),)
    assert made.too_large == (frozenset(crowd),)


@given(cities(), PAIRS, PAIRS)
def test_links_that_are_carried_out_lead_to_one_end_without_a_circle(
    people: dict[str, Person], edges: list[tuple[str, str]], apart: list[tuple[str, str]]
) -> None:
    against = {frozenset(pair) for pair in apart}
    given_links = [Link(a, b, f"D{n:03}") for n, (a, b) in enumerate(edges)]
    verdicts = weigh_links(given_links, people, apart=against)
    assert len(verdicts) == len(set(given_links))
    done = [v for v in verdicts if not v.reason]
    ends = {v.target for v in done}
    linked = {v.link.number: v.target for v in done}
    assert not ends & set(linked)
    for v in done:
        assert linked[v.link.number] == v.target
        assert frozenset((v.link.number, v.target)) not in against
        assert not contradict(people[v.link.number], people[v.target])
        assert place_in_order(people[v.target]) <= place_in_order(people[v.link.number])


@given(cities(), st.lists(st.sampled_from(NUMBERS), min_size=1, unique=True), st.randoms())
def test_the_survivor_is_one_whole_person_whatever_the_order(
    people: dict[str, Person], numbers: list[str], random: object
) -> None:
    group = [people[n] for n in numbers]
    stays = survivor_of(group)
    assert stays in group
    random.shuffle(group)  # type: ignore[attr-defined]
    assert survivor_of(group) == stays
    assert place_in_order(stays) == min(place_in_order(p) for p in group)


@pytest.mark.parametrize(
    ("stays", "goes"),
    [
        (Person("9", "present"), Person("1", "moved_out", "x", areas=9)),
        (Person("9", "removed"), Person("1", "outside", "x", areas=9)),
        (Person("9", "moved_out"), Person("1", "dead", "x")),
        (Person("9", "outside", "x"), Person("1", "outside", areas=9)),
        (Person("9", "outside", areas=2), Person("1", "outside", areas=1, updated="2026-01-01")),
        (Person("9", "outside", updated="2026-01-02"), Person("1", "outside", updated="2026-01-01")),
        (Person("9", "outside", updated="2026-01-02"), Person("1", "outside")),
        (Person("1", "outside"), Person("9", "outside")),
    ],
)
def test_the_order_of_survivors(stays: Person, goes: Person) -> None:
    assert survivor_of([goes, stays]) == stays
