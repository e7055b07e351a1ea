"""Rules over whole relations in less memory than their rows take: DuckDB spills, and finds what it finds otherwise."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from layouts.meanings import load_meanings
from pipelines.steps.key_relations import KeyFile, relations
from rules.contract import RuleContext
from rules.duplicates.household_repeated import find_whole as household_repeated
from rules.duplicates.same_person_strong import find_whole as same_person
from rules.households.addresses_differ import find_whole as addresses_differ
from rules.households.several_heads import find_whole as several_heads
from rules.identifiers.my_number_repeated import find_whole as my_number_repeated
from rules.trial import context

PEOPLE = 150_000
RULES = (several_heads, addresses_differ, my_number_repeated, same_person, household_repeated)
MEANINGS = frozenset({
    "person.number", "person.name", "person.kana", "person.latest", "person.sex", "person.birth_date",
    "person.household_number", "person.relationship", "person.my_number", "address.town", "address.lot",
})  # fmt: skip


def city(path: Path) -> KeyFile:
    """Households of three at one address each; in every 2,000th something is wrong, and every 3,000th person stands in
    住登外 too, under another number.
    """
    n = pl.int_range(PEOPLE)
    home, place = n // 3, n % 3
    odd = home % 2000 == 0
    kana = pl.format("カナ{}\u3000ナマエ{}", home % 997, n % 1009).str.replace_many(
        list("0123456789"), list("アイウエオカキクケコ"))  # fmt: skip
    register = pl.select(
        area=pl.lit("001"), group_id=pl.lit("resident"), source=pl.lit("jumin"), file=pl.lit("J.dat"),
        record_no=n + 1, byte_offset=n * 100, subject=pl.format("3000000000{}", n + 100_000),
        person_number=pl.format("3000000000{}", n + 100_000), person_latest=pl.lit("1"),
        person_name=pl.format("氏{}\u3000名{}", home % 997, n), person_kana=kana,
        person_sex=pl.when(place == 0).then(pl.lit("1")).otherwise(pl.lit("2")),
        person_birth_date=pl.format("19{}-0{}-1{}", 10 + n % 89, 1 + n % 9, n % 7),
        person_household_number=pl.format("70000000{}", home + 100_000),
        person_relationship=pl.when((place == 0) | (odd & (place == 1))).then(pl.lit("02")).otherwise(pl.lit("20")),
        person_my_number_digest=pl.format("digest of a number that is long {}", pl.when(odd).then(home).otherwise(n)),
        address_town=pl.format("湯川町{}丁目", home % 50),
        address_lot=pl.format("{}番{}号", home, pl.when(odd).then(place).otherwise(0)),
    )  # fmt: skip
    outside = register.filter(pl.int_range(pl.len()) % 3000 == 1).with_columns(
        area=pl.lit("031"), group_id=pl.lit("addressee"), person_latest=pl.lit(None, pl.String),
        subject=pl.format("4{}", "subject"), person_number=pl.format("4{}", "person_number"),
        person_household_number=pl.lit(None, pl.String), person_my_number_digest=pl.lit(None, pl.String),
    )  # fmt: skip
    pl.concat([register, outside]).write_parquet(path, row_group_size=1 << 13)
    return KeyFile((path,), MEANINGS)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    """One city for both runs."""
    return city(tmp_path_factory.mktemp("keys") / "keys.parquet")


def findings(key: KeyFile, memory_mib: int, scratch: Path, ctx: RuleContext) -> tuple[list[pl.DataFrame], int]:
    """What the rules find, and the bytes DuckDB had spilled when they were done."""
    meanings = list(load_meanings())
    with relations([key], {}, meanings, memory_mib=memory_mib, threads=1, scratch=scratch) as connection:
        found = [rule(connection, ctx) for rule in RULES]
        ((spilled,),) = connection.execute("SELECT COALESCE(SUM(size), 0) FROM duckdb_temporary_files()").fetchall()
    return found, int(spilled)


def test_a_small_limit_changes_no_finding(key_file: KeyFile, tmp_path: Path) -> None:
    small, spilled = findings(key_file, 128, tmp_path / "small", context([]))
    large, kept = findings(key_file, 1024, tmp_path / "large", context([]))
    assert spilled > 0
    assert kept == 0
    assert [frame.height for frame in large[:4]] == [25, 25, 25, 50]
    for few, many in zip(small, large, strict=True):
        assert few.equals(many)
