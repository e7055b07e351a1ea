"""名寄せ on a labelled city: levels, recall, twins, time and memory, and Splink's plain configuration beside it.

    python benchmarks/duplicates.py --people 1000000 --outside 200000 [--placeholders] [--splink]

Residents come from the sample city's population; 住登外 are drawn here: strangers, the same persons written otherwise
(variants, 通称, 旧氏, earlier and later addresses, no or mistyped birth dates), twins, people of one care home, and
with ``--placeholders`` one in a hundred without a name. Labels say which numbers are one person.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from pipelines.sample_city.names import family_names, given_names
from pipelines.sample_city.population import build_chunk
from rules.characters.width import to_full_width
from rules.duplicates.candidate_pairs import too_large
from rules.duplicates.clusters import survivors
from rules.duplicates.levels import judged_pairs
from rules.names.kana import compose_voiced

CHUNK = 16_384
VARIANTS = {"邉": "辺", "邊": "辺", "渡辺": "渡邉", "斎": "齋", "斉": "齊", "高": "髙", "崎": "﨑", "浜": "濱"}
SHARES = {
    "stranger": 0.55, "same": 0.12, "variant": 0.07, "past": 0.07, "moved_out": 0.05, "alias": 0.03, "no_birth": 0.03,
    "typed": 0.02, "twin": 0.02, "care_home": 0.03, "returned": 0.01,
}  # fmt: skip


def residents(people: int, seed: int) -> pl.DataFrame:
    """Rows of the register (latest and past), columns as key rows have them, with ``person`` as the label."""
    frames = []
    for start in range(0, people, CHUNK):
        count = min(CHUNK, people - start)
        rng = np.random.default_rng([seed, start])
        rows = build_chunk(rng, ward=1, people=count, first_person=start)
        r, p = rows.rows, rows.people
        person = r["person"]
        born = p["birth"].astype("datetime64[D]").astype(str)
        frames.append(pl.DataFrame({
            "person": person + start, "person_number": r["宛名番号"].astype(str),
            "person_latest": np.where(np.append(person[1:] != person[:-1], True), "1", "0"),
            "person_deleted": r["論理削除"], "person_status": r["住民状態"], "person_name": r["氏名漢字"],
            "person_kana": r["氏名カナ"], "person_name_roman": r["ローマ字氏名"], "person_alias": r["通称"],
            "person_alias_kana": r["通称カナ"], "person_former_name_kana": r["旧氏カナ"], "person_sex": r["性別"],
            "person_birth_date": born[person], "person_household_number": r["世帯番号"].astype(str),
            "address_town": r["町名"], "address_lot": r["番地"], "address_building": r["方書"],
            "moved_to_address_town": r["転出先町名"], "moved_to_address_lot": r["転出先番地"],
            "previous_address_town": r["転入前町名"], "previous_address_lot": r["転入前番地"],
            "twin": p["twin"][person],
        }))  # fmt: skip
    text = pl.concat(frames)
    kana = [c for c in text.columns if c.endswith("kana")]
    return text.with_columns(
        compose_voiced(to_full_width(pl.col(c))).str.replace_all(" ", "\u3000") for c in kana
    ).with_columns(
        pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep(),
        area=pl.lit("001"),
        group_id=pl.lit("resident"),
    )


def outsiders(register: pl.DataFrame, count: int, seed: int, *, placeholders: bool) -> pl.DataFrame:
    """``count`` rows of 住登外, ``person`` the label (negative: nobody of the register), ``kind`` what was drawn."""
    rng = np.random.default_rng([seed, 7])
    latest = register.filter(pl.col("person_latest") == "1", pl.col("person_deleted") == "0")
    past = register.filter(pl.col("person_latest") == "0")
    parts = []
    for kind, share in SHARES.items():
        n = int(count * share)
        source = {
            "past": past.filter(pl.col("address_town").is_not_null()),
            "moved_out": latest.filter(pl.col("person_status") == "2", pl.col("moved_to_address_town").is_not_null()),
            "alias": latest.filter(
                pl.col("person_alias").is_not_null() | pl.col("person_former_name_kana").is_not_null()
            ),
            "twin": latest.filter(pl.col("person_name").str.contains("\u3000")),
            "returned": latest.filter(pl.col("person_status") == "2"),
        }.get(kind, latest.filter(pl.col("person_name").str.contains("\u3000")))
        chosen = source[np.sort(rng.integers(0, source.height, n))].with_columns(kind=pl.lit(kind))
        parts.append(_written(chosen, kind, rng))
    made = pl.concat(parts, how="diagonal").with_columns(
        person_number=pl.int_range(3_000_000_000, 3_000_000_000 + pl.len()).cast(pl.String), area=pl.lit("031"),
        group_id=pl.lit("addressee"), person_latest=pl.lit(None, pl.String), person_status=pl.lit(None, pl.String),
        person_deleted=pl.lit(None, pl.String), person_alias=pl.lit(None, pl.String),
        person_alias_kana=pl.lit(None, pl.String), person_former_name_kana=pl.lit(None, pl.String),
    )  # fmt: skip
    if placeholders:
        blank = pl.int_range(pl.len()) % 100 == 0
        names = ("person_name", "person_kana")
        made = made.with_columns(
            pl.when(blank).then(pl.lit(v)).otherwise(pl.col(c)).alias(c)
            for c, v in zip(names, ("不明", "フメイ"), strict=True)
        ).with_columns(
            pl.when(blank).then(pl.lit("1900-01-01")).otherwise("person_birth_date").alias("person_birth_date"),
            pl.when(blank).then(pl.lit("placeholder")).otherwise("kind").alias("kind"),
            pl.when(blank).then(-9_000_000_000 - pl.int_range(pl.len())).otherwise("person").alias("person"),
        )
    return made


def _written(chosen: pl.DataFrame, kind: str, rng: np.random.Generator) -> pl.DataFrame:
    n = chosen.height
    if kind in ("stranger", "care_home", "twin"):
        families, sexes = family_names(), chosen["person_sex"].to_numpy()
        family = rng.choice(len(families.name), n, p=families.odds)
        names, kanas = [], []
        for i, sex in enumerate(sexes):
            given = given_names(int(sex) if sex in ("1", "2") else 1)
            g = int(rng.integers(0, len(given.name)))
            names.append((str(families.name[family[i]]), str(given.name[g])))
            kanas.append((str(families.kana[family[i]]), str(given.kana[g])))
        new = pl.DataFrame({"f": [x for x, _ in names], "g": [x for _, x in names],
                            "fk": [x for x, _ in kanas], "gk": [x for _, x in kanas]})  # fmt: skip
        if kind == "twin":
            own = chosen.with_columns(
                person_name=pl.col("person_name").str.extract("^([^\u3000]+)") + "\u3000" + new["g"],
                person_kana=pl.col("person_kana").str.extract("^([^\u3000]+)") + "\u3000" + new["gk"],
            )
            other = (own["person_kana"] != chosen["person_kana"]) & (own["person_name"] != chosen["person_name"])
            return own.with_columns(person=-1 - pl.int_range(n)).filter(other)
        born = (np.datetime64("1930-01-01") + rng.integers(0, 29_000, n)).astype(str)
        made = chosen.with_columns(
            person_name=new["f"] + "\u3000" + new["g"], person_kana=new["fk"] + "\u3000" + new["gk"],
            person_birth_date=pl.Series(born),
            person=(-10_000_000 if kind == "stranger" else -60_000_000) - pl.int_range(n),
            person_name_roman=pl.lit(None, pl.String),
        )  # fmt: skip
        if kind == "care_home":
            return made.with_columns(
                address_town=pl.lit("湯川町一丁目"),
                address_lot=pl.lit("１番１号"),
                address_building=pl.lit("特養見本苑"),
            )
        lots = [f"{a}番{b}号" for a, b in rng.integers(1, 400, (n, 2))]
        return made.with_columns(address_lot=pl.Series(lots))
    if kind == "variant":
        return chosen.with_columns(
            person_name=pl.col("person_name").str.replace_many(VARIANTS),
            person_kana=pl.col("person_kana").str.replace_many({"ョ": "ヨ", "ュ": "ユ", "オウ": "オー"}),
            address_lot=pl.col("address_lot").str.replace("番地?", "－").str.replace("号$", ""),
            address_building=pl.lit(None, pl.String),
        )  # fmt: skip
    if kind == "moved_out":
        return chosen.with_columns(
            address_town="moved_to_address_town",
            address_lot="moved_to_address_lot",
            address_building=pl.lit(None, pl.String),
        )
    if kind == "alias":
        return chosen.with_columns(
            person_name=pl.coalesce("person_alias", "person_name"),
            person_kana=pl.coalesce(
                "person_alias_kana",
                pl.col("person_former_name_kana") + "\u3000" + pl.col("person_kana").str.extract("([^\u3000]+)$"),
            ),
            person_name_roman=pl.lit(None, pl.String),
        )  # fmt: skip
    if kind == "no_birth":
        return chosen.with_columns(person_birth_date=pl.lit(None, pl.String))
    if kind == "typed":
        last = pl.col("person_birth_date").str.tail(1).replace_strict(list("0123456789"), list("1032547698"))
        return chosen.with_columns(person_birth_date=pl.col("person_birth_date").str.head(9) + last)
    return chosen


def make(folder: Path, people: int, outside: int, seed: int, *, placeholders: bool) -> None:
    """Write ``persons.parquet`` as key files are and ``labels.parquet`` (person_number, person, kind, twin)."""
    register = residents(people, seed)
    made = outsiders(register, outside, seed, placeholders=placeholders)
    rows = pl.concat([register, made], how="diagonal").with_row_index("record_no", 1).with_columns(
        pl.col("record_no").cast(pl.Int64),
        source=pl.lit("s"),
        file=pl.lit("f"),
        byte_offset=pl.lit(0, pl.Int64),
        subject="person_number",
    )  # fmt: skip
    labels = ("person", "kind", "twin")
    rows.drop(labels).write_parquet(folder / "persons.parquet", row_group_size=1 << 15)
    rows.select("person_number", *labels).write_parquet(folder / "labels.parquet")


def connect(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    """A connection with the view ``persons`` over the rows on disk, as the flow makes it."""
    connection = duckdb.connect(
        config={
            "memory_limit": memory, "threads": 2, "temp_directory": str(folder / "spilled"),
            "preserve_insertion_order": False,
        }
    )  # fmt: skip
    connection.execute(f"CREATE VIEW persons AS SELECT * FROM read_parquet('{folder / 'persons.parquet'}')")
    return connection


def true_pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs of numbers that are one person: a < b."""
    one = rows.filter(pl.col("person") >= 0).select("person", "person_number").unique()
    both = one.join(one, on="person", suffix="_b").filter(pl.col("person_number") < pl.col("person_number_b"))
    return both.select(a="person_number", b="person_number_b")


def plain_splink(rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs of Splink's plain configuration at 0.95 match probability: names and places as they are written."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    latest = rows.filter(pl.col("person_latest").fill_null("1") == "1").unique(
        "person_number", keep="first", maintain_order=True
    )
    table = latest.select(
        unique_id="person_number", name="person_name", kana="person_kana", birth="person_birth_date", sex="person_sex",
        place=pl.concat_str("address_town", "address_lot", ignore_nulls=True),
    ).to_arrow(compat_level=pl.CompatLevel.oldest())  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[cl.JaroWinklerAtThresholds("name", [0.9]), cl.JaroWinklerAtThresholds("kana", [0.9]),
                     cl.ExactMatch("birth"), cl.ExactMatch("sex"), cl.LevenshteinAtThresholds("place", 2)],
        blocking_rules_to_generate_predictions=[
            block_on("kana", "birth"),
            block_on("name", "birth"),
            block_on("birth", "place"),
            block_on("name", "place"),
        ],
    )  # fmt: skip
    api = DuckDBAPI()
    linker = Linker(api.register(table), settings, log_level=40)
    linker.training.estimate_probability_two_random_records_match([block_on("kana", "birth", "place")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("kana", "birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "place"))
    predicted: Any = linker.inference.predict(threshold_match_probability=0.95)
    found = pl.from_arrow(predicted.as_pyarrow_table())
    assert isinstance(found, pl.DataFrame)
    low, high = pl.min_horizontal("unique_id_l", "unique_id_r"), pl.max_horizontal("unique_id_l", "unique_id_r")
    return found.select(a=low.cast(pl.String), b=high.cast(pl.String)).unique()


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--outside", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", default="768MB", help="for DuckDB; a run gives 3/4 of memory_mib")
    parser.add_argument("--placeholders", action="store_true")
    parser.add_argument("--splink", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Made by a process of its own, so that the memory printed is that of the comparison.
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as maker:
            sizes = (args.people, args.outside, args.seed)
            maker.submit(make, folder, *sizes, placeholders=args.placeholders).result()
        connection = connect(folder, args.memory)
        ((count,),) = connection.execute("SELECT COUNT(*) FROM persons").fetchall()
        scan = "SELECT COUNT(*) FROM (SELECT person_kana, person_birth_date, COUNT(*) FROM persons GROUP BY ALL)"
        began, cpu = time.perf_counter(), time.process_time()
        connection.execute(scan).fetchall()
        print(f"yardstick, count by kana and birth date: {time.perf_counter() - began:.1f} s wall, "
              f"{time.process_time() - cpu:.1f} s CPU")  # fmt: skip
        before, began, cpu = (
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            time.perf_counter(),
            time.process_time(),
        )
        judged_pairs(connection)
        clustered = survivors(connection).height
        print(f"{count:,} rows: {time.perf_counter() - began:.1f} s wall, {time.process_time() - cpu:.1f} s CPU; "
              f"peak RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB "
              f"({before / 1024:,.0f} before); {clustered:,} numbers in clusters")  # fmt: skip
        print(too_large(connection))
        pairs = pl.from_arrow(
            connection.sql("SELECT a_number AS a, b_number AS b, level FROM match_judged").to_arrow_table()
        )
        assert isinstance(pairs, pl.DataFrame)
        labels = pl.read_parquet(folder / "labels.parquet")
        rows = pl.read_parquet(folder / "persons.parquet") if args.splink else pl.DataFrame()
    made = labels.filter(pl.col("kind").is_not_null())
    truth = true_pairs(labels)
    pairs = pairs.with_columns(pl.col("a", "b").cast(pl.String))
    same = pairs.join(truth.with_columns(same=True), on=["a", "b"], how="left").with_columns(
        pl.col("same").fill_null(False)
    )
    print(same.group_by("level").agg(pairs=pl.len(), right=pl.col("same").sum()).with_columns(
        precision=pl.col("right") / pl.col("pairs")).sort("level"))  # fmt: skip
    listed = same.filter(pl.col("level").is_in(["certain", "A", "B", "C", "returned"]), "same")
    print(f"recall of the list: {listed.height / truth.height:.4f} of {truth.height:,} pairs")
    kinds = made.select(b="person_number", kind="kind")
    lost = truth.join(listed, on=["a", "b"], how="anti").join(kinds, on="b", how="left")
    print(truth.join(kinds, on="b", how="left").group_by("kind").len("pairs").join(
        lost.group_by("kind").len("missed"), on="kind", how="left").sort("kind"))  # fmt: skip
    twins = made.filter(pl.col("kind") == "twin")["person_number"]
    linked = same.filter(pl.col("level").is_in(["certain", "A", "B", "C", "returned"]), ~pl.col("same"))
    print(
        "twins listed as one person:",
        linked.filter(pl.col("a").is_in(twins.implode()) | pl.col("b").is_in(twins.implode())).height,
    )
    if args.splink:
        began = time.perf_counter()
        found = plain_splink(rows)
        right = found.join(truth, on=["a", "b"], how="semi").height
        print(f"plain Splink at 0.95: {found.height:,} pairs, precision {right / max(1, found.height):.4f}, "
              f"recall {right / truth.height:.4f}, {time.perf_counter() - began:.1f} s")  # fmt: skip


if __name__ == "__main__":
    main()
