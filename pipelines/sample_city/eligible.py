"""Whom a kind of plant may befall: flags, one a person of the chunk, that several modules of plants ask for."""

from __future__ import annotations

from pipelines.sample_city.desk import Desk, Flags, mask
from pipelines.sample_city.population import HEAD, LISTED, SPOUSE


def anyone(desk: Desk) -> Flags:
    """Everybody whose rows stay the same in all generations."""
    people = desk.people
    return mask(
        ~people["event"]
        & ~people["deleted"]
        & ~people["old_number"]
        & (people["appears"] == 1)
        & ~people["twin"]
        & (people["removed_in"] <= 1)
    )


def present(desk: Desk) -> Flags:
    """Present residents."""
    return mask(anyone(desk) & (desk.people["status"] == LISTED))


def member(desk: Desk) -> Flags:
    """Japanese residents who are not the head: their name stands in no other record."""
    return mask(present(desk) & (desk.people["role"] != HEAD) & ~desk.people["foreign"])


def japanese(desk: Desk) -> Flags:
    """Japanese residents."""
    return mask(present(desk) & ~desk.people["foreign"])


def migrated(desk: Desk) -> Flags:
    """Japanese residents who came from elsewhere, so that their birth is far before everything else."""
    return mask(japanese(desk) & (desk.people["resident_since"] - desk.people["birth"] > 800))


def foreigner(desk: Desk) -> Flags:
    """Foreign residents."""
    return mask(present(desk) & desk.people["foreign"])


def with_history(desk: Desk) -> Flags:
    """Persons with more than one row."""
    return mask(anyone(desk) & (desk.people["last_row"] > desk.people["first_row"]))


def spouse(desk: Desk) -> Flags:
    """Spouses whose head is a present resident."""
    return mask(member(desk) & (desk.people["role"] == SPOUSE))


def moved_in(desk: Desk) -> Flags:
    """Residents whose latest row names where they came from."""
    rows = desk.rows
    return mask(present(desk) & (rows["転入前市区町村コード"][desk.people["last_row"]] != ""))


def leaver(desk: Desk) -> Flags:
    """Persons who have moved out."""
    return mask(anyone(desk) & (desk.people["status"] == 2))
