"""What is planted in single fields of the resident master besides: lost small kana, another person's kana,
numbers of nines, defaults of former systems, blank codes, text in the wrong character code, a number held twice.
"""

from __future__ import annotations

import numpy as np

from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask
from pipelines.sample_city.eligible import anyone, japanese, member, present, spouse
from pipelines.sample_city.name_plants import kept_kana
from pipelines.sample_city.population import HEAD, LISTED

_LARGE = str.maketrans("ｧｨｩｪｫｬｭｮｯ", "ｱｲｳｴｵﾔﾕﾖﾂ")


def with_small_kana(desk: Desk) -> Flags:
    """Japanese residents whose kana has a small ｬ ｭ or ｮ."""
    kana = desk.rows["氏名カナ"][desk.people["last_row"]]
    found = np.zeros(len(kana), bool)
    for letter in "ｬｭｮ":
        found |= np.strings.find(kana, letter) >= 0
    return mask(member(desk) & found)


def with_large_pair(desk: Desk) -> Flags:
    """Japanese residents whose kana has ｷﾖ, ﾁﾖ, ﾐﾖ, ｼﾖ or ｷﾔ in two letters, rightly."""
    kana = desk.rows["氏名カナ"][desk.people["last_row"]]
    found = np.zeros(len(kana), bool)
    for pair in ("ｷﾖ", "ﾁﾖ", "ﾐﾖ", "ｼﾖ", "ｷﾔ", "ﾐﾔ", "ﾂｷ", "ﾂﾀ"):
        found |= np.strings.find(kana, pair) >= 0
    return mask(japanese(desk) & found)


def spouse_of_calm_head(desk: Desk) -> Flags:
    """Spouses whose head is present and the same in all generations."""
    people = desk.people
    calm = np.zeros(int(people["household"].max()) + 1, bool)
    calm[people["household"][anyone(desk) & (people["role"] == HEAD) & (people["status"] == LISTED)]] = True
    return mask(spouse(desk) & calm[people["household"]])


def small_kana_lost(desk: Desk, person: int, variant: int) -> Planted:
    """ｷﾖｳｺ: the former system had no small letters."""
    item, row = "氏名カナ", desk.last(person)
    return Planted(row, {item: desk.text(item, desk.value(row, item).translate(_LARGE))}, item)


def other_persons_kana(desk: Desk, person: int, variant: int) -> Planted:
    """The kana of somebody else: no reading of the name."""
    row = desk.last(person)
    return Planted(row, {"氏名カナ": desk.text("氏名カナ", ("ﾇﾙﾍﾟ ﾇﾍﾞﾙ", "ﾍﾟﾇ ﾇｲﾍﾞ")[variant])}, "氏名漢字")


def nines_for_code(desk: Desk, person: int, variant: int) -> Planted:
    """A 住民票コード of nothing but nines."""
    item = "住民票コード"
    return Planted(desk.last(person), {item: desk.number(item, 99_999_999_999)}, item)


def default_report(desk: Desk, person: int, variant: int) -> Planted:
    """19000101: the former system's date for none."""
    item = "届出日"
    return Planted(desk.last(person), {item: desk.number(item, (19000101, 18991231)[variant])}, item)


def no_reason(desk: Desk, person: int, variant: int) -> Planted:
    """A blank 異動事由."""
    item = "異動事由"
    return Planted(desk.last(person), {item: desk.text(item, "")}, item)


def wrong_code(desk: Desk, person: int, variant: int) -> Planted:
    """UTF-8 kana that were read as Shift_JIS on their way into the building's name."""
    item = "方書"
    return Planted(desk.last(person), {item: desk.text(item, ("縺ｿ縺ｩ繧", "縺ｲ縺ｾ繧")[variant])}, item)


def odd_building(desk: Desk, person: int, variant: int) -> Planted:
    """繧繝荘 is a name."""
    item = "方書"
    return Planted(desk.last(person), {item: desk.text(item, "繧繝荘")}, item)


def heads_number(desk: Desk, person: int, variant: int) -> Planted:
    """The spouse has the 個人番号 of the head."""
    people, row = desk.people, desk.last(person)
    household = (people["household"] == people["household"][person]) & (people["role"] == HEAD)
    head = desk.last(int(np.flatnonzero(household & (people["status"] == LISTED))[0]))
    number = f"{int(desk.rows['個人番号'][head]):012d}"
    subject = "|".join(sorted([desk.subject(head), desk.subject(row)]))
    return Planted(row, {"個人番号": desk.text("個人番号", number)}, "個人番号", subject=subject)


FIELD_KINDS: tuple[Kind, ...] = (
    Kind("NAM-013", "氏名カナ", small_kana_lost, with_small_kana, "PROPOSE", 8),
    Kind("NAM-018", "氏名漢字", other_persons_kana, member, often=8),
    Kind("NUM-010", "住民票コード", nines_for_code, present, often=4, also_ok=("IDN-004",)),
    Kind("NUL-004", "届出日", default_report, present, often=5, also_ok=("HSE-013",)),
    Kind("COD-005", "異動事由", no_reason, present, often=4, also_ok=("NUL-001",)),
    Kind("MOJ-023", "方書", wrong_code, present, "BLOCK", 3),
    Kind("IDN-007", "個人番号", heads_number, spouse_of_calm_head, often=7),
    # legal oddities
    Kind("NAM-013", "氏名カナ", kept_kana, with_large_pair, planted=False, often=30),
    Kind("NAM-018", "氏名漢字", kept, with_large_pair, planted=False, often=40),
    Kind("MOJ-023", "方書", odd_building, present, planted=False, often=8),
    Kind("COD-005", "異動事由", kept, present, planted=False, often=20),
    Kind("NUL-004", "届出日", kept, present, planted=False, often=20),
    Kind("NUM-010", "住民票コード", kept, present, planted=False, often=20),
    Kind("IDN-007", "個人番号", kept, spouse_of_calm_head, planted=False, often=30),
)
