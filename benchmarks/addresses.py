"""Whether the parser of addresses names the right town, for every town of the master in ten ways of writing, and how
fast it is within one city and over the country.

Wrong is a town other than the one written; no answer is counted apart. The yardstick of the speeds is one
``str.translate`` and one regular expression over the same texts, in the same process; all times are CPU time.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from rules.addresses.matching_form import folding, matching_form, old_forms
from rules.addresses.municipalities import municipality_names
from rules.addresses.numerals import KANJI, number_of
from rules.addresses.parser import LETTERS, parse
from rules.addresses.towns import Town, town_index, towns_of, version

_FULL = str.maketrans("0123456789-", "０１２３４５６７８９－")
_OLD = {ord(form): other for other, form in reversed(old_forms().items()) if form not in KANJI}
_RUN = re.compile(f"[{KANJI}]+")


def arabic(name: str) -> str:
    """A name with its kanji numbers in full-width digits; not one at its end, where the lot's number follows."""

    def digits(run: re.Match[str]) -> str:
        value = number_of(run[0])
        return run[0] if value is None or run.end() == len(name) else str(value)

    return _RUN.sub(digits, name).translate(_FULL)


def _swap(name: str, pairs: Sequence[tuple[str, str]]) -> str:
    return name.translate({ord(old): new for old, new in pairs})


def _chome(town: Town, number: str, unit: str = "丁目") -> str:
    return f"{number}{unit}" if town.chome else ""


def _without_district(municipality: str) -> str:
    return re.sub("^.+?郡(?=.{1,6}[町村]$)", "", municipality)


Variant = Callable[[str, str, Town], str]
VARIANTS: dict[str, Variant] = {
    "as the master": lambda p, m, t: f"{p}{m}{t.name}{_chome(t, '三')}１２番地３",
    "Arabic full width": lambda p, m, t: f"{p}{m}{arabic(t.name)}{_chome(t, '３')}１２番３号",
    "Arabic half width, hyphens": lambda p, m, t: (
        f"{p}{m}{arabic(t.name).translate({v: k for k, v in _FULL.items()})}{_chome(t, '3')}12-3"
    ),
    "ヶ ケ が": lambda p, m, t: f"{p}{m}{_swap(t.name, [('ケ', 'ヶ'), ('ヶ', 'ケ'), ('が', 'ケ'), ('ガ', 'が')])}12の3",
    "の ノ 之": lambda p, m, t: f"{p}{m}{_swap(t.name, [('の', 'ノ'), ('ノ', '之'), ('之', 'の')])}12番地の3",
    "old forms": lambda p, m, t: f"{p}{m}{t.name.translate(_OLD)}１２番地",
    "with 大字": lambda p, m, t: f"{p}{m}大字{t.name}12番地3",
    "郡 and prefecture left out": lambda p, m, t: f"{_without_district(m)}{t.name}字東12",
    "blanks between, building": lambda p, m, t: f"{p}\u3000{m}\u3000{t.name}\u3000１２ー３\u3000霞ハイツ１０１",
    "building without a blank": lambda p, m, t: f"{p}{m}{t.name}{_chome(t, '三')}12―3霞ハイツ405号室",
    "番外地": lambda p, m, t: f"{p}{m}{t.name}番外地",
}  # fmt: skip
"""Ten ways and the master's own. 郡 and prefecture left out is asked with the record's municipality code."""
_WITH_CODE = "郡 and prefecture left out"

NEAR_MISSES: dict[str, Callable[[str], str]] = {
    "with 町": lambda name: f"{name}町",
    "with 新田": lambda name: f"{name}新田",
    "with 八番町": lambda name: f"{name}八番町",
    "with 9線": lambda name: f"{name}９線",
    "without its last character": lambda name: name[:-1],
    "上 before it": lambda name: f"上{name}",
}
"""Names beside the master's: of a town that does not exist there is no right answer, so each answer is a wrong one."""


def places(step: int = 1) -> Iterator[tuple[str, str, str, Town]]:
    """Every ``step``-th town of the master with its code, prefecture and municipality."""
    number = 0
    for code, (prefecture, municipality) in sorted(municipality_names().items()):
        for town in towns_of(code).values():
            if number % step == 0:
                yield code, prefecture, municipality, town
            number += 1


def exactness(step: int = 1) -> dict[str, tuple[int, int, int, list[str]]]:
    """Variant → towns asked, exact answers, wrong towns, and up to five texts without or with a wrong answer."""
    counts: dict[str, tuple[int, int, int, list[str]]] = {}
    for label, write in VARIANTS.items():
        asked = exact = wrong = 0
        shown: list[str] = []
        for code, prefecture, municipality, town in places(step):
            text = write(prefecture, municipality, town)
            found = parse(text, code if label == _WITH_CODE else None)
            asked += 1
            expected = (town.name, f"{town.name}三丁目") if town.chome else (town.name,)
            if found.town in expected and found.municipality_code == code:
                exact += 1
                continue
            wrong += bool(found.town)
            if len(shown) < 5 or (found.town and len(shown) < 10):
                shown.append(f"{text} → {found.municipality} {found.town or '(no answer)'}")
        counts[label] = (asked, exact, wrong, shown)
    return counts


def near_misses(step: int = 1) -> dict[str, tuple[int, int, list[str]]]:
    """Kind of near miss → texts asked, texts that got a town, and up to five of those."""
    counts: dict[str, tuple[int, int, list[str]]] = {}
    for label, write in NEAR_MISSES.items():
        asked = 0
        wrong: list[str] = []
        for code, _, _, town in places(step):
            name = write(town.name)
            key = matching_form(name)
            # A number or a letter at the end is read as one with the lot's.
            if not name or key in town_index(code).by_key or key[-1] in f"0123456789ノ番{KANJI}{LETTERS}":
                continue
            asked += 1
            found = parse(f"{name}１２番地", code)
            if found.town:
                wrong.append(f"{name}１２番地 → {found.town}")
        counts[label] = (asked, len(wrong), wrong[:5])
    return counts


def _per_second(call: Callable[[str], object], texts: Sequence[str]) -> float:
    start = time.process_time()
    for text in texts:
        call(text)
    return len(texts) / (time.process_time() - start)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="take every n-th town of the master")
    parser.add_argument("--city", default="012025", help="municipality code of the one city")
    parser.add_argument("--show", action="store_true", help="print texts that were not answered exactly")
    given = parser.parse_args()
    start = time.process_time()
    towns_of(given.city)
    sys.stdout.write(f"master {version()}: read in {time.process_time() - start:.2f} s CPU\n\n")
    sys.stdout.write(f"{'written':<30}{'towns':>9}{'exact':>9}{'%':>9}{'no answer':>11}{'wrong':>7}\n")
    for label, (asked, exact, wrong, shown) in exactness(given.step).items():
        row = f"{asked:>9}{exact:>9}{100 * exact / asked:>9.3f}{asked - exact - wrong:>11}{wrong:>7}"
        sys.stdout.write(f"{label:<30}{row}\n")
        if given.show:
            sys.stdout.write("".join(f"    {text}\n" for text in shown))
    sys.stdout.write(f"\n{'no such town':<30}{'texts':>9}{'answered':>9}\n")
    for label, (asked, answered, examples) in near_misses(given.step).items():
        sys.stdout.write(f"{label:<30}{asked:>9}{answered:>9}\n")
        if given.show:
            sys.stdout.write("".join(f"    {text}\n" for text in examples))
    city = [write("", "", town) for town in towns_of(given.city).values() for write in VARIANTS.values()]
    city = (city * (200_000 // len(city) + 1))[:200_000]
    country = [write(p, m, t) for _, p, m, t in places(7) for write in VARIANTS.values()]
    fold, pattern = folding(), re.compile("[^0-9]*([0-9]+)(.*)")
    sys.stdout.write(f"\n{'addresses a second of CPU time':<36}{'parse':>10}{'yardstick':>11}\n")
    for label, code, texts in ((f"within {given.city}", given.city, city), ("over the country", None, country)):
        for text in texts:
            parse(text, code)
        speed = _per_second(partial(parse, municipality_code=code), texts)
        plain = _per_second(lambda text: pattern.match(text.translate(fold)), texts)
        sys.stdout.write(f"{label:<36}{speed:>10,.0f}{plain:>11,.0f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
