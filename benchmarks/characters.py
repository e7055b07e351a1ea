"""Characters: mapping, sets, kana and the audit histogram over a million addresses, beside polars and jaconv."""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable

import jaconv
import numpy as np
import polars as pl
import pyarrow as pa

from char_mapping import load_code_system
from char_mapping.definitions import load_table
from char_mapping.kernels import decode_column, encode_column, new_histogram
from char_mapping.kernels.histogram import code_point_histogram
from char_mapping.kernels.text_columns import (
    character_map,
    character_set,
    find_outside,
    map_characters,
    widen_kana_column,
)
from char_mapping.mj import load_mj_names
from char_mapping.standard_sets import union_of
from char_mapping.text import KANA, SEMI_VOICED, VOICED

ENTRIES = 55_000


def addresses(rows: int, seed: int) -> tuple[pa.Array, pa.Array]:
    """Addresses with a rare 外字 now and then, and the kana of as many names."""
    chance = random.Random(seed)
    towns = [
        "東京都千代田区霞が関一丁目", "大阪府堺市堺区南瓦町", "神奈川県横浜市中区日本大通",
        "北海道札幌市中央区北一条西",
    ]
    rare = ["髙", "𠮷", "﨑", "辻\U000e0102"]
    kana = ["ﾜﾀﾅﾍﾞ", "ﾔﾏﾀﾞ", "ｻﾄｳ", "ﾀｶﾊｼ", "ｲﾜｻｷ", "ｺﾊﾞﾔｼ"]
    given = ["ﾀﾛｳ", "ﾊﾅｺ", "ｼﾞﾛｳ", "ｶｽﾞｺ", "ｹﾝｲﾁ"]
    texts = [
        f"{chance.choice(towns)}{chance.randrange(1, 99)}番{chance.randrange(1, 30)}号"
        + (chance.choice(rare) + "荘" if chance.random() < 0.05 else "")
        for _ in range(rows)
    ]
    names = [f"{chance.choice(kana)} {chance.choice(given)}" for _ in range(rows)]
    return pa.array(texts, pa.large_string()), pa.array(names, pa.large_string())


def seconds(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median CPU seconds of each job, the jobs taken in turn so that all meet the same machine."""
    spent: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            spent[name].append(time.process_time() - start)
    return {name: statistics.median(times[1:]) for name, times in spent.items()}


def table_of_55k() -> dict[str, str]:
    """A table as large as the MJ list, with sequences: every rare ideograph to its explicit sequence or a neighbour."""
    names = load_mj_names()
    common = set(load_table("jis0208").values())
    chars = [char for char in names.names if len(char) == 1 and char not in common]
    chars += [chr(point) for point in range(0xE000, 0xF8FF)]
    found = {}
    for char in chars[:ENTRIES]:
        name = names.name_of(char)
        found[char] = (names.text_of(name, explicit=True) if name else None) or "㐀"
    return found


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    texts, kana = addresses(given.rows, given.seed)
    text_series, kana_series = pl.Series(texts), pl.Series(kana)
    table = table_of_55k()
    mapping = character_map(table)
    receiver = union_of(("jis0208", "ascii"))
    singles = [text for text in receiver.texts if len(text) == 1]
    inside = character_set(singles)
    outside = "[^" + "".join(f"\\x{{{ord(char):X}}}" for char in sorted(singles)) + "]"
    marked = {half + mark: full for marks, mark in ((VOICED, "ﾞ"), (SEMI_VOICED, "ﾟ")) for half, full in marks.items()}
    half, full = zip(*{**marked, **KANA}.items(), strict=True)
    some = kana_series.head(given.rows // 20).to_list()
    system = load_code_system("jef", glyph_policy="glyph", user_area="private_use")
    width = 100
    plain = [text.replace("𠮷", "吉").replace("﨑", "崎").replace("髙", "高").replace("\U000e0102", "")
             for text in texts.to_pylist()]
    matrix = encode_column(plain, width, system, "mixed")
    data, starts = matrix.reshape(-1), np.arange(given.rows, dtype=np.int64) * width
    histogram = new_histogram(system)
    took = seconds({
        "map": lambda: map_characters(texts, mapping),
        "map polars": lambda: text_series.str.replace_many(list(table), list(table.values())),
        "outside": lambda: find_outside(texts, inside),
        "outside polars": lambda: text_series.str.contains(outside),
        "kana": lambda: widen_kana_column(kana),
        "kana polars": lambda: kana_series.str.replace_many(list(half), list(full), leftmost=True),
        "kana jaconv": lambda: [jaconv.h2z(text) for text in some],
        "decode": lambda: decode_column(data, starts, width, system, "mixed"),
        "decode counted": lambda: decode_column(data, starts, width, system, "mixed", histogram),
        "histogram": lambda: code_point_histogram(texts),
    }, given.rounds)
    took["kana jaconv"] *= given.rows / len(some)
    rows = (
        (f"map through {len(table):,} entries with IVS", "map", "map polars", "polars replace_many, at least 6x"),
        ("characters outside a set", "outside", "outside polars", "polars regex, at least 2.5x"),
        ("kana half to full", "kana", "kana polars", "polars replace_many, at least 7x"),
        ("kana half to full", "kana", "kana jaconv", "jaconv, at least 30x"),
    )
    for label, ours, theirs, name in rows:
        ratio = took[theirs] / took[ours]
        sys.stdout.write(f"{label:<42}{took[ours]:7.3f} s {took[theirs]:8.3f} s {ratio:6.1f}x  {name}\n")
    counted = took["decode counted"] / took["decode"] - 1
    sys.stdout.write(f"{'audit histogram while decoding':<42}{took['decode counted']:7.3f} s {took['decode']:8.3f} s "
                     f"{counted:6.1%}  of decoding, at most 10 %\n")
    sys.stdout.write(f"{'code points of decoded text':<42}{took['histogram']:7.3f} s "
                     f"{texts.nbytes / 1e6 / took['histogram']:8.0f} MB/s\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
