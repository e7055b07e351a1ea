"""What is planted in the characters of a 方書: half width, substitutes for a lost character."""

from __future__ import annotations

from pipelines.sample_city.address_form_plants import center_building
from pipelines.sample_city.desk import Desk, Kind, Planted, texts
from pipelines.sample_city.eligible import present


def half_width_room(desk: Desk, person: int, variant: int) -> Planted:
    """A room number in half width inside a full-width item."""
    return texts(desk, desk.last(person), "方書", "松風ハイツ101", after="松風ハイツ１０１")


def lost_character_in_building(desk: Desk, person: int, variant: int) -> Planted:
    """〓 in a 方書."""
    return texts(desk, desk.last(person), "方書", ("〓風荘", "□風荘")[variant])


def white_circle(desk: Desk, person: int, variant: int) -> Planted:
    """○ is no substitute for a character."""
    return texts(desk, desk.last(person), "方書", "○×荘")


DEFECTS: tuple[Kind, ...] = (
    Kind("MOJ-018", "方書", half_width_room, present, "AUTO", 20),
    Kind("MOJ-022", "方書", lost_character_in_building, present, often=4),
)
ODDITIES: tuple[Kind, ...] = (
    Kind("MOJ-018", "方書", center_building, present, planted=False, often=20),
    Kind("MOJ-022", "方書", white_circle, present, planted=False, often=20),
)
