"""The order in which areas move (移行順序パターン), and the 移行過渡期 feeds each order needs meanwhile.

Between two cut-overs some areas work on the standard system and others on the present one; what flows between them has
to be turned round: 標準→旧 where the sender moved first, 旧→標準 where the receiver did. All go through the 統合DB: one
feed in a direction and of one kind of data from a sender serves all its receivers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any

from char_mapping.errors import DefinitionError
from layouts.yaml_reader import read_yaml

STANDARD_TO_PRESENT, PRESENT_TO_STANDARD = "標準→旧", "旧→標準"


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of one period: data, sender, the areas that receive it through the 統合DB, and its direction."""

    period: int
    data: str
    sender: str
    receivers: tuple[str, ...]
    direction: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """One order: id, label, the areas that move together at each step, and the feeds between the steps."""

    id: str
    label: str
    steps: tuple[tuple[str, ...], ...]
    feeds: tuple[Feed, ...]

    def count(self, direction: str) -> int:
        """Feeds in one direction."""
        return sum(feed.direction == direction for feed in self.feeds)


def load_patterns(wanted: Sequence[str] = ()) -> list[Pattern]:
    """The patterns with their feeds, for the areas of a project (all without).

    Raises:
        DefinitionError: A pattern names a group that there is not, or leaves one out.
    """
    with as_file(files("pipelines.project").joinpath("cutover_patterns.yml")) as path:
        told: Mapping[str, Any] = read_yaml(path).data
    groups = {name: tuple(a for a in g["areas"] if not wanted or a in wanted) for name, g in told["groups"].items()}
    patterns = []
    for row in told["patterns"]:
        named = [group for step in row["steps"] for group in step]
        if sorted(named) != sorted(groups):
            raise DefinitionError(
                f"cutover_patterns.yml {row['id']}", expected=", ".join(sorted(groups)), found=", ".join(named)
            )
        steps = tuple(tuple(a for group in step for a in groups[group]) for step in row["steps"])
        patterns.append(Pattern(row["id"], row["label"], steps, tuple(_feeds(steps, groups, told["flows"]))))
    return patterns


def _feeds(
    steps: Sequence[Sequence[str]], groups: Mapping[str, Sequence[str]], flows: Sequence[Mapping[str, Any]]
) -> list[Feed]:
    moved_at = {area: number for number, step in enumerate(steps) for area in step}
    feeds = []
    for period in range(1, len(steps)):
        for flow in flows:
            receivers = [a for group in flow["to"] for a in groups[group]]
            for sender in groups[flow["from"]]:
                moved = moved_at[sender] < period
                across = tuple(a for a in receivers if a != sender and (moved_at[a] < period) != moved)
                if across:
                    direction = STANDARD_TO_PRESENT if moved else PRESENT_TO_STANDARD
                    feeds.append(Feed(period, flow["data"], sender, across, direction))
    return feeds
