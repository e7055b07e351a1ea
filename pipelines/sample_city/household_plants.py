"""What is planted between the members of a household and between the history rows of a person."""

from __future__ import annotations

import numpy as np

from pipelines.sample_city.calendar_dates import as_era, day
from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask
from pipelines.sample_city.eligible import anyone, foreigner, japanese, leaver, member, spouse, with_history
from pipelines.sample_city.population import CHILD, HEAD, LISTED, SPOUSE
from pipelines.sample_city.towns import own_towns

ADDRESS_ITEMS = ("町名", "番地", "方書")
"""Defects in these befall people who live alone: in a household they would be a second address, which is HSE-004's."""
BIRTH = "生年月日"
"""A head's birth date is moved only where nobody's age is measured by it (HSE-009)."""


def alone(desk: Desk) -> Flags:
    """People in whose household nobody else ever was."""
    return mask(desk.people["household_size"] == 1)


def no_yardstick(desk: Desk) -> Flags:
    """People by whose birth date no child's and no parent's is measured."""
    return mask((desk.people["role"] != HEAD) | (desk.people["household_size"] == 1))


def _present_heads(desk: Desk) -> Flags:
    """For each person, whether the head of the household is a present resident whose rows stay as they are."""
    people = desk.people
    there = np.zeros(int(people["household"].max()) + 1, bool)
    there[people["household"][(people["role"] == HEAD) & anyone(desk) & (people["status"] == LISTED)]] = True
    return mask(there[people["household"]])


def spouse_of_present_head(desk: Desk) -> Flags:
    """Spouses whose head is present and whose rows stay as they are."""
    return mask(spouse(desk) & _present_heads(desk))


def child_of_present_head(desk: Desk) -> Flags:
    """Children of such a head."""
    return mask(member(desk) & (desk.people["role"] == CHILD) & _present_heads(desk))


def _grown_child_beside_spouse(desk: Desk) -> Flags:
    people = desk.people
    couple = np.zeros(int(people["household"].max()) + 1, bool)
    couple[people["household"][(people["role"] == SPOUSE) & (people["status"] == LISTED)]] = True
    plain = ~np.isin(desk.rows["続柄コード"][people["last_row"]], ["11", "12"])
    return mask(child_of_present_head(desk) & (people["age"] >= 20) & couple[people["household"]] & plain)


def _spouse_of_settled_home(desk: Desk) -> Flags:
    """Spouses in whose household nobody comes or goes in a later generation: its members stay the same."""
    people = desk.people
    settled = np.ones(int(people["household"].max()) + 1, bool)
    settled[people["household"][(people["removed_in"] > 1) | (people["appears"] > 1)]] = False
    return mask(spouse_of_present_head(desk) & settled[people["household"]])


def _members(desk: Desk, person: int) -> str:
    people = desk.people
    same = np.flatnonzero((people["household"] == people["household"][person]) & (people["status"] == LISTED))
    return "|".join(sorted(desk.subject(desk.last(int(p))) for p in same))


def another_town(desk: Desk, person: int, variant: int) -> Planted:
    """One member lives in another town than the rest."""
    towns = [t for t in ("松風町", "本町", "千代台町") if t != desk.value(desk.last(person), "町名")]
    row = desk.last(person)
    code = next(t.postal_code for ward in own_towns() for t in ward if t.name == towns[variant])
    cells = {"町名": desk.text("町名", towns[variant]), "郵便番号": desk.text("郵便番号", code)}
    return Planted(row, cells, "町名", subject=_members(desk, person))


def _relationship(desk: Desk, person: int, text: str) -> Planted:
    return Planted(desk.last(person), {"続柄": desk.text("続柄", text)}, "続柄")


def grandchild(desk: Desk, person: int, variant: int) -> Planted:
    """孫 as it was written before 1995."""
    return _relationship(desk, person, ("孫", "養子")[variant])


def cousin(desk: Desk, person: int, variant: int) -> Planted:
    """甥 may be the child of any brother or sister."""
    return _relationship(desk, person, ("甥", "いとこ")[variant])


def grandchild_in_words(desk: Desk, person: int, variant: int) -> Planted:
    """子の子 is how a grandchild is written."""
    return _relationship(desk, person, "子の子")


def child_of_brother(desk: Desk, person: int, variant: int) -> Planted:
    """兄の子 says which of several it is."""
    return _relationship(desk, person, "兄の子")


def one_address(desk: Desk, person: int, variant: int) -> Planted:
    """A household at one address."""
    return Planted(desk.last(person), {}, "町名", subject=_members(desk, person))


def child_before_head(desk: Desk, person: int, variant: int) -> Planted:
    """A child born five years before the head."""
    people = desk.people
    head = int(np.flatnonzero(people["household"] == people["household"][person])[0])
    born = as_era(np.array([people["birth"][head] - 5 * 365 - variant]))
    row = desk.last(person)
    return Planted(row, {BIRTH: desk.number(BIRTH, int(born[0]))}, BIRTH)


def second_spouse(desk: Desk, person: int, variant: int) -> Planted:
    """A grown child is coded as a spouse of the head beside the spouse."""
    people, row = desk.people, desk.last(person)
    code, text = ("02", "夫") if people["sex"][person] == 1 else ("03", "妻")
    there = (people["household"] == people["household"][person]) & (people["status"] == LISTED)
    both = [*np.flatnonzero(there & (people["role"] == SPOUSE)).tolist(), person]
    cells = {"続柄コード": desk.text("続柄コード", code), "続柄": desk.text("続柄", text)}
    subject = "|".join(sorted(desk.subject(desk.last(int(p))) for p in both))
    return Planted(row, cells, "続柄コード", subject=subject)


def _came_once(desk: Desk) -> Flags:
    """People with one row, who came long ago and not by birth."""
    people = desk.people
    reason = desk.rows["異動事由"][people["last_row"]]
    one = people["last_row"] == people["first_row"]
    return mask(
        anyone(desk) & (people["status"] == LISTED) & one & (reason == "01")
        & (people["here"] < day(2024, 1, 1)) & (people["here"] - people["birth"] > 400)
    )  # fmt: skip


def reported_before(desk: Desk, person: int, variant: int) -> Planted:
    """A 転入 reported a year before it happened."""
    row = desk.last(person)
    year = int(desk.rows["届出日"][row]) // 10000 - 1 - variant
    return Planted(row, {"届出日": desk.number("届出日", year * 10000 + 101)}, "届出日")


def _left_with_plan(desk: Desk) -> Flags:
    return mask(leaver(desk) & (desk.rows["転出予定日"][desk.people["last_row"]] % 100 > 6))


def removed_too_late(desk: Desk, person: int, variant: int) -> Planted:
    """The planned day was some days before the removal."""
    row = desk.last(person)
    planned = int(desk.rows["転出予定日"][row]) - 3 - variant
    return Planted(row, {"転出予定日": desk.number("転出予定日", planned)}, "消除日")


def _two_old_rows(desk: Desk) -> Flags:
    people = desk.people
    two = people["last_row"] == people["first_row"] + 1
    last = desk.rows["処理日"][people["last_row"]]
    return mask(with_history(desk) & two & (last < 20240101) & (people["status"] == LISTED))


def processed_after_next(desk: Desk, person: int, variant: int) -> Planted:
    """The first row was processed after the second."""
    row, last = desk.first(person), desk.last(person)
    later = (int(desk.rows["処理日"][last]) // 10000 + 1 + variant) * 10000 + 105
    return Planted(row, {"処理日": desk.number("処理日", later)}, "処理日", subject=desk.subject(last))


def no_honseki(desk: Desk, person: int, variant: int) -> Planted:
    """A Japanese resident without 本籍."""
    return Planted(desk.last(person), {"本籍": desk.text("本籍", "")}, "本籍")


def unknown_honseki(desk: Desk, person: int, variant: int) -> Planted:
    """不明 may be written."""
    return Planted(desk.last(person), {"本籍": desk.text("本籍", "不明")}, "本籍")


def honseki_of_foreigner(desk: Desk, person: int, variant: int) -> Planted:
    """A foreign resident with 本籍."""
    return Planted(desk.last(person), {"本籍": desk.text("本籍", "北海道函館市本町１番地")}, "本籍")


HOUSEHOLD_KINDS: tuple[Kind, ...] = (
    Kind("HSE-004", "町名", another_town, _spouse_of_settled_home, often=7, also_ok=("ADR-021", "ADR-022")),
    Kind("HSE-005", "続柄", grandchild, child_of_present_head, "PROPOSE", 7),
    Kind("HSE-006", "続柄", cousin, child_of_present_head, often=7),
    Kind("HSE-009", BIRTH, child_before_head, child_of_present_head, often=7),
    Kind("HSE-010", "続柄コード", second_spouse, _grown_child_beside_spouse, often=7),
    Kind("HSE-013", "届出日", reported_before, _came_once, often=7),
    Kind("HSE-014", "消除日", removed_too_late, _left_with_plan, "PROPOSE", 7),
    Kind("HSE-018", "処理日", processed_after_next, _two_old_rows, often=7),
    Kind("HSE-022", "本籍", no_honseki, japanese, "PROPOSE", 7),
    Kind("HSE-022", "本籍", honseki_of_foreigner, foreigner, "PROPOSE", 7),
    Kind("HSE-004", "町名", one_address, _spouse_of_settled_home, planted=False, often=30),
    Kind("HSE-006", "続柄", child_of_brother, child_of_present_head, planted=False, often=30),
    Kind("HSE-005", "続柄", grandchild_in_words, child_of_present_head, planted=False, often=30),
    Kind("HSE-009", BIRTH, kept, child_of_present_head, planted=False, often=30),
    Kind("HSE-010", "続柄コード", kept, spouse_of_present_head, planted=False, often=30),
    Kind("HSE-013", "届出日", kept, leaver, planted=False, often=30),
    Kind("HSE-014", "消除日", kept, leaver, planted=False, often=30),
    Kind("HSE-018", "処理日", kept, with_history, planted=False, often=30),
    Kind("HSE-022", "本籍", unknown_honseki, japanese, planted=False, often=15),
)
