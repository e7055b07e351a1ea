"""One chunk of the fictitious population: households, their people, and the history rows of the resident register.

Everything is drawn column by column from one seeded generator, so a chunk depends on nothing but its place in the city.
A chunk holds the rows of all generations; ``generation`` of a row says from which export on it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.calendar_dates import NONE, as_era, as_western, day
from pipelines.sample_city.check_digits import my_numbers, resident_codes, with_check_digit
from pipelines.sample_city.names import building_names, family_names, foreign_names, given_names
from pipelines.sample_city.towns import MUNICIPALITY, PREFECTURE, Town, other_towns, own_towns

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Text = NDArray[np.str_]

EXTRACTED = (day(2026, 1, 15), day(2026, 2, 15), day(2026, 3, 15))
"""The day each generation was extracted."""
FOREIGN_LAW = day(2012, 7, 9)
"""From this day foreign residents are in the register."""

HEAD, SPOUSE, CHILD, MOTHER = range(4)
LISTED, MOVED_OUT, DEAD = 1, 2, 3
_SHAPES: dict[int, tuple[tuple[float, tuple[int, ...]], ...]] = {
    1: ((1.0, (HEAD,)),),
    2: ((0.68, (HEAD, SPOUSE)), (0.22, (HEAD, CHILD)), (0.10, (HEAD, MOTHER))),
    3: ((0.8, (HEAD, SPOUSE, CHILD)), (0.2, (HEAD, CHILD, CHILD))),
    4: ((1.0, (HEAD, SPOUSE, CHILD, CHILD)),),
    5: ((1.0, (HEAD, SPOUSE, CHILD, CHILD, MOTHER)),),
}
_SIZE_ODDS = (0.40, 0.27, 0.16, 0.12, 0.05)
_RELATION_CODE = np.array(["01", "02", "10", "21"])
_RELATION_TEXT = np.array(["世帯主", "夫", "子", "母"])
_REMARKS = np.array(["", "転出証明書確認済", "本人通知登録あり", "郵送請求あり"])
_WIDE_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
WIDE = np.array([str(i).translate(_WIDE_DIGITS) for i in range(1000)])


@dataclass(frozen=True)
class Chunk:
    """People and rows of one chunk.

    ``rows`` holds one array an item of the copybook (and ``person``, ``generation``, ``address``), in the order of the
    file; ``people`` one array a person: ``birth``, ``resident_since``, ``role``, ``household``, ``sex``, ``foreign``,
    ``gone`` (day of removal, or none), ``event`` (something happens in generation 2 or 3), ``deleted`` (論理削除),
    ``last_row``, ``first_row`` (indexes).
    """

    ward: int
    rows: dict[str, NDArray[Any]]
    people: dict[str, NDArray[Any]]

    @property
    def count(self) -> int:
        """Number of rows of all generations."""
        return len(self.rows["person"])


def _join(*columns: Any) -> Text:
    result = columns[0]
    for column in columns[1:]:
        result = np.strings.add(result, column)
    return np.asarray(result)


def _households(rng: np.random.Generator, people: int) -> tuple[Numbers, Numbers, Numbers]:
    """Household index, role and place in the household of each person."""
    sizes = rng.choice(5, size=people, p=_SIZE_ODDS) + 1
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), people)) + 1]
    shape_draw = rng.random(len(sizes))
    table = np.zeros((len(sizes), 5), np.int64)
    for size, shapes in _SHAPES.items():
        edge = 0.0
        for odds, roles in shapes:
            rows = (sizes == size) & (shape_draw >= edge) & (shape_draw <= edge + odds)
            table[rows, : len(roles)] = roles
            edge += odds
    household = np.repeat(np.arange(len(sizes)), sizes)[:people]
    place = np.arange(len(household)) - np.searchsorted(household, household)
    return household, table[household, place], place


def _ages(rng: np.random.Generator, household: Numbers, role: Numbers, place: Numbers) -> Numbers:
    count = int(household[-1]) + 1
    has_child = np.zeros(count, bool)
    has_child[household[role == CHILD]] = True
    has_mother = np.zeros(count, bool)
    has_mother[household[role == MOTHER]] = True
    spread = rng.random(count)
    head_age = (20 + spread * 74).astype(np.int64)
    head_age = np.where(has_child, (34 + spread * 26).astype(np.int64), head_age)
    head_age = np.where(has_mother, (40 + spread * 26).astype(np.int64), head_age)
    head = head_age[household]
    age = head.copy()
    draw = rng.random(len(role))
    age = np.where(role == SPOUSE, np.maximum(20, head - 6 + (draw * 10).astype(np.int64)), age)
    age = np.where(role == CHILD, np.maximum(0, head - 24 - (draw * 7).astype(np.int64) - 3 * place), age)
    return np.where(role == MOTHER, head + 24 + (draw * 10).astype(np.int64), age)


def _uniform(rng: np.random.Generator, low: Numbers, high: Numbers) -> Numbers:
    """A whole number from ``low`` to ``high`` (inclusive) in each row."""
    drawn: Numbers = low + (rng.random(len(low)) * np.maximum(1, high - low + 1)).astype(np.int64)
    return drawn


def _addresses(rng: np.random.Generator, count: int, towns: tuple[Town, ...]) -> dict[str, Any]:
    town = rng.integers(0, len(towns), count)
    chome = np.array([t.chome for t in towns])[town]
    part = np.where(chome, rng.choice(np.array(["一丁目", "二丁目", "三丁目"]), count), "")
    style = rng.random(count)
    block, house = rng.integers(1, 60, count), rng.integers(1, 40, count)
    lot = np.where(
        style < 0.6,
        _join(WIDE[block], np.full(count, "番"), WIDE[house], np.full(count, "号")),
        np.where(
            style < 0.8,
            _join(WIDE[block], np.full(count, "番地")),
            _join(WIDE[block], np.full(count, "番地"), WIDE[house]),
        ),
    )
    buildings = building_names()
    room = WIDE[rng.integers(1, 9, count) * 100 + rng.integers(1, 12, count)]
    building = _join(
        buildings[rng.integers(0, len(buildings), count)], np.full(count, "\u3000"), room, np.full(count, "号室")
    )
    return {
        "town": _join(np.array([t.name for t in towns])[town], part),
        "lot": lot,
        "building": np.where(rng.random(count) < 0.3, building, ""),
        "postal_code": np.array([t.postal_code for t in towns])[town],
        "association": town * 100 + 1,
    }


def build_chunk(rng: np.random.Generator, *, ward: int, people: int, first_person: int) -> Chunk:
    """Draw a chunk of ``people`` persons of one ward (1 east, 2 west).

    Args:
        rng: The chunk's own generator.
        ward: 1 or 2.
        people: Number of persons, counting those who come in a later generation and those already removed.
        first_person: Serial number of the first person of the chunk in the whole city, from 0.
    """
    household, role, place = _households(rng, people)
    households = int(household[-1]) + 1
    size = np.bincount(household, minlength=households)
    today = EXTRACTED[0]
    foreign_home = (rng.random(households) < 0.04) & (size <= 2)
    foreign_home[household[(role == CHILD) | (role == MOTHER)]] = False
    foreign = foreign_home[household]

    age = _ages(rng, household, role, place)
    birth = today - 40 - (age * 365.25).astype(np.int64) - rng.integers(0, 365, people)
    _twins(rng, household, role, place, birth)
    head_of = np.searchsorted(household, np.arange(households))

    sex = _sexes(rng, household, role, head_of, size)
    names = _names(rng, household, role, place, sex, foreign, head_of)

    # --- who came when, and what happens in the later generations
    happening = rng.random(households)
    arrives = np.where(happening < 0.003, 2, np.where(happening < 0.006, 3, 0))
    leaves = np.where(
        (happening >= 0.006) & (happening < 0.009), 2, np.where((happening >= 0.009) & (happening < 0.012), 3, 0)
    )
    moves = np.where(
        (happening >= 0.012) & (happening < 0.015), 2, np.where((happening >= 0.015) & (happening < 0.018), 3, 0)
    )
    newborn = np.where(
        (happening >= 0.018) & (happening < 0.034), 2, np.where((happening >= 0.034) & (happening < 0.05), 3, 0)
    )
    gone_before = happening > 0.945
    within = np.array([0, 0, EXTRACTED[0] + 1, EXTRACTED[1] + 1])

    head_birth = birth[head_of]
    adult = head_birth + 18 * 366
    native = (rng.random(households) < 0.25) & ~foreign_home & (arrives == 0)
    arrival = _uniform(rng, np.minimum(adult, today - 61), np.full(households, today - 60))
    arrival = np.where(arrives > 0, within[arrives] + rng.integers(0, 20, households), arrival)
    settled = np.where(
        native,
        _uniform(rng, np.minimum(adult, today - 61), np.full(households, today - 60)),
        np.where(
            (rng.random(households) < 0.75) | (arrives > 0),
            arrival,
            _uniform(rng, arrival, np.full(households, today - 60)),
        ),
    )

    youngest = np.zeros(people, bool)
    last_of = np.searchsorted(household, np.arange(households), side="right") - 1
    child_last = (role[last_of] == CHILD) & (age[last_of] <= 8) & (size >= 3)
    youngest[last_of[child_last]] = True
    born = np.where(youngest, newborn[household], 0)
    birth = np.where(born > 0, within[born] + rng.integers(0, 16, people), birth)

    since = np.where(native[household], birth, np.maximum(birth, arrival[household]))
    since = np.where(foreign, np.maximum(birth, arrival[household]), since)
    here = np.maximum(since, settled[household])
    # Nobody moves again within a month: dates of reports would otherwise go back in the history.
    here = np.where(here - since < 30, since, here)
    born_here = since == birth

    # --- who is gone
    status = np.ones(people, np.int64)
    removed_in = np.zeros(people, np.int64)
    draw = rng.random(people)
    alone = size[household] == 1
    calm = (arrives == 0) & (leaves == 0) & (moves == 0) & (newborn == 0)
    dies = (((role == SPOUSE) | (role == MOTHER)) & (age > 55) & (draw < 0.05)) | (alone & (age > 70) & (draw < 0.10))
    dies_now = (alone | (role == MOTHER)) & ~gone_before[household] & (age > 75) & (draw >= 0.90) & (draw < 0.94)
    goes = (role == CHILD) & (age >= 18) & (draw < 0.12)
    status = np.where(calm[household] & (dies | dies_now), DEAD, status)
    status = np.where(calm[household] & goes, MOVED_OUT, status)
    removed_in = np.where(status != LISTED, 1, removed_in)
    removed_in = np.where(calm[household] & dies_now, np.where(draw < 0.92, 2, 3), removed_in)
    whole = (gone_before[household] | (leaves[household] > 0)) & (status == LISTED)
    status = np.where(whole, MOVED_OUT, status)
    removed_in = np.where(whole, np.maximum(1, leaves[household]), removed_in)

    latest_start = np.zeros(households, np.int64)
    np.maximum.at(latest_start, household, here)
    low = latest_start[household]
    gone = _uniform(rng, np.minimum(low + 40, today - 5), np.full(people, today - 5))
    same_day = gone[head_of][household]
    gone = np.where(whole & (removed_in == 1), same_day, gone)
    gone = np.where(
        removed_in > 1, within[np.maximum(removed_in, 2)] + 3 + rng.integers(0, 15, households)[household], gone
    )
    gone = np.where(status == LISTED, NONE, gone)
    moved = np.where(moves[household] > 0, within[np.maximum(moves[household], 2)] + 2, NONE)
    appears = np.maximum(1, np.maximum(born, np.where(born > 0, born, arrives[household])))

    # --- addresses: where they live, where they lived before, where they move to
    towns = own_towns()[ward - 1]
    home, before, after = (_addresses(rng, households, towns) for _ in range(3))
    elsewhere = other_towns()
    came_from = rng.integers(0, len(elsewhere), households)
    went_to = rng.integers(0, len(elsewhere), people)

    deleted = alone & calm[household] & (status == LISTED) & (rng.random(people) < 0.004) & (here == since)
    serial = first_person + np.arange(people)
    number = with_check_digit((100_000 if ward == 1 else 50_000_000) + serial * 3 + rng.integers(0, 3, people), 9)
    old_number = rng.random(people) < 0.005
    number = np.where(old_number, number - number % 10 + (number % 10 + 1 + rng.integers(0, 8, people)) % 10, number)
    home_number = with_check_digit(
        (700_000_00 if ward == 1 else 850_000_00) + (first_person + np.arange(households)) * 3, 9
    )

    # --- rows
    persons: list[Numbers] = []
    kinds: list[Numbers] = []
    dates: list[Numbers] = []
    generations: list[Numbers] = []
    everyone = np.arange(people)
    for label, mask, when, from_generation in (
        (0, np.ones(people, bool), since, appears),
        (1, here > since, here, appears),
        (2, moved != NONE, moved, moves[household]),
        (3, status != LISTED, gone, removed_in),
    ):
        persons.append(everyone[mask])
        kinds.append(np.full(int(mask.sum()), label))
        dates.append(when[mask])
        generations.append(from_generation[mask])
    person, kind = np.concatenate(persons), np.concatenate(kinds)
    order = np.lexsort((kind, person))
    person, kind = person[order], kind[order]
    event, generation = np.concatenate(dates)[order], np.concatenate(generations)[order]
    first_row = np.searchsorted(person, everyone)
    last_row = np.searchsorted(person, everyone, side="right") - 1
    history = np.arange(len(person)) - first_row[person] + 1

    place_of_row = np.where((kind == 0) & (here > since)[person], 1, 0)
    place_of_row = np.where((kind == 2) | ((kind == 3) & (moved != NONE)[person]), 2, place_of_row)
    # Rows before a move in generation 2 or 3 show the place they lived in until then.
    row_home = household[person]
    address = {
        name: np.choose(place_of_row, [home[name][row_home], before[name][row_home], after[name][row_home]])
        if home[name].dtype.kind != "U"
        else np.where(
            place_of_row == 0,
            home[name][row_home],
            np.where(place_of_row == 1, before[name][row_home], after[name][row_home]),
        )
        for name in home
    }

    is_foreign, is_sex = foreign[person], sex[person]
    reason = np.where(
        born_here[person], "03", np.where(is_foreign & (rng.random(households)[row_home] < 0.5), "02", "01")
    )
    abroad = reason == "02"
    removal = np.where(status[person] == DEAD, "23", "21")
    reason = np.where(kind == 3, removal, np.where(kind > 0, "31", reason))
    delay = rng.integers(0, 11, len(person))
    leaving = (kind == 3) & (removal == "21")
    reported = np.where(leaving, event - delay, event + delay)
    horizon = np.array([0, *EXTRACTED])[generation]
    reported = np.minimum(reported, horizon - 1)
    began = np.where(kind == 0, since[person], np.where(kind == 2, event, here[person]))
    began = np.where((kind == 3) & (moved != NONE)[person], moved[person], began)
    in_moved = ~born_here[person] & ~abroad
    came, went = came_from[row_home], went_to[person]
    removed_row = kind == 3
    out_row = removed_row & (status[person] == MOVED_OUT)
    town_text = {
        key: np.array([getattr(t, key) for t in elsewhere]) for key in ("code", "prefecture", "municipality", "name")
    }
    other_lot = before["lot"]
    moved_row = (kind == 1) | (kind == 2)

    relation = _RELATION_CODE[role[person]]
    relation = np.where((role[person] == SPOUSE) & (is_sex == 2), "03", relation)
    relation_text = np.where((role[person] == SPOUSE) & (is_sex == 2), "妻", _RELATION_TEXT[role[person]])
    old_child = (role[person] == CHILD) & (rng.random(people)[person] < 0.03)
    relation = np.where(old_child, np.where(is_sex == 1, "11", "12"), relation)

    expiry = np.where(is_foreign, EXTRACTED[2] + 200 + (number[person] % 1500), NONE)
    in_register = np.where(is_foreign, np.maximum(since[person], FOREIGN_LAW), NONE)
    card = _card_numbers(number)
    rows: dict[str, NDArray[Any]] = {
        "person": person,
        "generation": generation,
        "kind": kind,
        "宛名番号": number[person],
        "履歴番号": history,
        "世帯番号": home_number[row_home],
        "住民種別": np.where(is_foreign, "2", "1"),
        "住民状態": np.where(removed_row, status[person], LISTED).astype(str),
        "論理削除": np.where(deleted[person], "1", "0"),
        "住民票コード": resident_codes(serial)[person],
        "個人番号": my_numbers(serial)[person],
        "氏名漢字": names["name"][person],
        "氏": names["family"][person],
        "名": names["given"][person],
        "氏名カナ": names["kana"][person],
        "ローマ字氏名": names["roman"][person],
        "旧氏": names["former"][person],
        "旧氏カナ": names["former_kana"][person],
        "通称": names["alias"][person],
        "通称カナ": names["alias_kana"][person],
        "性別": is_sex.astype(str),
        "生年月日": as_era(birth[person]),
        "続柄コード": relation,
        "続柄": relation_text,
        "世帯主氏名": names["name"][head_of[row_home]],
        "記載順位": place[person] + 1,
        "町名": address["town"],
        "番地": address["lot"],
        "方書": address["building"],
        "郵便番号": address["postal_code"],
        "自治会番号": address["association"],
        "住民となった日": as_era(since[person]),
        "住所を定めた日": as_era(began),
        "異動日": as_era(event),
        "異動事由": reason,
        "届出日": as_western(reported),
        "処理日": as_western(reported),
        "転入前市区町村コード": np.where(in_moved, town_text["code"][came], ""),
        "転入前都道府県": np.where(in_moved, town_text["prefecture"][came], ""),
        "転入前市区町村": np.where(in_moved, town_text["municipality"][came], ""),
        "転入前町名": np.where(in_moved, town_text["name"][came], ""),
        "転入前番地": np.where(in_moved, other_lot[row_home], ""),
        "転居前町名": np.where(moved_row, np.roll(address["town"], 1), ""),
        "転居前番地": np.where(moved_row, np.roll(address["lot"], 1), ""),
        "転出予定日": np.where(out_row, as_era(event), 0),
        "転出日": np.where(out_row, as_era(event), 0),
        "転出先市区町村コード": np.where(out_row, town_text["code"][went], ""),
        "転出先都道府県": np.where(out_row, town_text["prefecture"][went], ""),
        "転出先市区町村": np.where(out_row, town_text["municipality"][went], ""),
        "転出先町名": np.where(out_row, town_text["name"][went], ""),
        "転出先番地": np.where(out_row, other_lot[row_home], ""),
        "消除日": np.where(removed_row, as_era(event), 0),
        "消除事由": np.where(removed_row, removal, ""),
        "本籍": np.where(
            is_foreign,
            "",
            _join(
                np.full(len(person), PREFECTURE + MUNICIPALITY),
                before["town"][row_home],
                WIDE[home_number[row_home] % 80 + 1],
                np.full(len(person), "番地"),
            ),
        ),
        "筆頭者": np.where(is_foreign, "", names["name"][head_of[row_home]]),
        "国籍コード": names["country"][person],
        "在留カード番号": np.where(is_foreign, card[person], ""),
        "在留期間満了日": as_era(expiry),
        "外国人住民となった日": as_era(in_register),
        "備考": _REMARKS[np.where(rng.random(people) < 0.05, rng.integers(1, 4, people), 0)[person]],
        "国保資格取得日": np.zeros(len(person), np.int64),
        "介護資格取得日": np.zeros(len(person), np.int64),
        "操作者": _join(np.full(len(person), "OPR"), np.array([f"{i:03d}" for i in range(50)])[number[person] % 50]),
    }
    eventful = ~calm[household] | (removed_in > 1)
    return Chunk(
        ward,
        rows,
        {
            "birth": birth,
            "resident_since": since,
            "here": here,
            "role": role,
            "household": household,
            "sex": sex,
            "foreign": foreign,
            "event": eventful,
            "deleted": deleted,
            "status": status,
            "gone": gone,
            "removed_in": removed_in,
            "first_row": first_row,
            "last_row": last_row,
            "number": number,
            "old_number": old_number,
            "age": age,
            "household_size": size[household],
            "household_number": home_number[household],
            "appears": appears,
            "twin": _twin_flags(household, role, birth),
            "chome": np.strings.find(address["town"][last_row], "丁目") >= 0,
        },
    )


def _twins(rng: np.random.Generator, household: Numbers, role: Numbers, place: Numbers, birth: Numbers) -> None:
    """Give the second child of some households the first one's birthday."""
    second = np.flatnonzero(
        (role == CHILD) & np.append(False, (role[:-1] == CHILD) & (household[1:] == household[:-1]))
    )
    chosen = second[rng.random(len(second)) < 0.05]
    birth[chosen] = birth[chosen - 1]


def _twin_flags(household: Numbers, role: Numbers, birth: Numbers) -> Flags:
    same = (role[1:] == CHILD) & (role[:-1] == CHILD) & (household[1:] == household[:-1]) & (birth[1:] == birth[:-1])
    flags: Flags = np.append(False, same) | np.append(same, False)
    return flags


def _sexes(rng: np.random.Generator, household: Numbers, role: Numbers, head_of: Numbers, size: Numbers) -> Numbers:
    draw = rng.random(len(role))
    head_male = np.where(size > 1, draw[head_of] < 0.8, draw[head_of] < 0.5)
    sex = np.where(draw < 0.5, 1, 2)
    sex = np.where(role == HEAD, np.where(head_male[household], 1, 2), sex)
    sex = np.where(role == SPOUSE, np.where(head_male[household], 2, 1), sex)
    return np.where(role == MOTHER, 2, sex)


def _card_numbers(number: Numbers) -> Text:
    """在留カード番号: two letters, eight digits, two letters."""
    letters = np.array([a + b for a in "ABCDEFGHJKLM" for b in "NPQRSTUVWX"])
    digits = np.char.zfill((number * 7919 % 10**8).astype(str), 8)
    return _join(letters[number % len(letters)], digits, letters[number // 7 % len(letters)])


def _names(
    rng: np.random.Generator,
    household: Numbers,
    role: Numbers,
    place: Numbers,
    sex: Numbers,
    foreign: Flags,
    head_of: Numbers,
) -> dict[str, Text]:
    families, abroad = family_names(), foreign_names()
    count, people = len(head_of), len(role)
    family = rng.choice(len(families.name), count, p=families.odds)[household]
    maiden = rng.choice(len(families.name), people, p=families.odds)
    draw = rng.integers(0, 10_000, count)[household] + place * 37
    given = np.empty(people, "U8")
    given_half = np.empty(people, "U16")
    for one in (1, 2):
        mask, names = sex == one, given_names(one)
        given[mask] = names.name[draw[mask] % len(names.name)]
        given_half[mask] = names.half[draw[mask] % len(names.name)]
    of_sex = [np.flatnonzero(abroad.sex == one) for one in (1, 2)]
    alien = np.where(sex == 1, of_sex[0][draw % len(of_sex[0])], of_sex[1][draw % len(of_sex[1])])
    has_alias = foreign & (rng.random(people) < 0.4)
    has_former = ~foreign & (role == SPOUSE) & (sex == 2) & (rng.random(people) < 0.04)
    wide = np.full(people, "\u3000")
    full = _join(families.name[family], wide, given)
    kana = _join(families.half[family], np.full(people, " "), given_half)
    return {
        "name": np.where(foreign, abroad.roman[alien], full),
        "family": np.where(foreign, "", families.name[family]),
        "given": np.where(foreign, "", given),
        "kana": np.where(foreign, abroad.half[alien], kana),
        "roman": np.where(foreign, abroad.roman[alien], ""),
        "alias": np.where(has_alias, _join(families.name[maiden], wide, given), ""),
        "alias_kana": np.where(has_alias, _join(families.half[maiden], np.full(people, " "), given_half), ""),
        "former": np.where(has_former, families.name[maiden], ""),
        "former_kana": np.where(has_former, families.half[maiden], ""),
        "country": np.where(foreign, abroad.country[alien], ""),
    }
