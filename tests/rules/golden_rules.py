"""Golden hashes of the rules: what each built rule finds or changes on a fixed, hostile block.

``python tests/rules/golden_rules.py`` writes golden_rules.csv anew. A hash that changes without a raised version fails
the test: findings of another version make decisions stale, so somebody has to raise it on purpose.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import polars as pl

from layouts.meanings import load_meanings
from rules.binding import bind_code_lists
from rules.catalogue import Rule, RuleSet, load_catalogue
from rules.contract import BoundItem, DateForm, RuleContext
from rules.engine import clean_block, find_block
from rules.trial import block, bound, code_map, context

GOLDEN = Path(__file__).with_suffix(".csv")
ROWS = 24
ANY = [
    None,
    "",
    "　",
    "■",
    "?",
    "山田\u3000太郎",
    "ﾔﾏﾀﾞ",
    "１-６",
    "a1",
    "〜",
    "髙\U000e0101",
    "\ue123",
    "99999999",
]
BY_KIND: dict[str, list[str | None]] = {
    "date": ["4310430", "3500229", "3640210", "3200000", "6010101", "2151225",
             "5000501", "1051215", "1031001", "19780101",
             "0000000", "9999999", "3010101", "5080402", "4350331", "x"],
    "name": ["山田太郎", "山田 太郎", "山田\u3000太郎", "未定", "■田\u3000太郎", "田中\u3000ニ郎", "あ" * 101,
             "ＺＨＡＮＧ\u3000ＹＵＬＩ"],
    "roman": ["Zhang Yuli", "ＺＨＡＮＧ\u3000ＹＵＬＩ", "ZHANG  YULI"],
    "kana": ["ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマタ゛", "やまだ", "オ‐タ", "キヨウコ", "ヤマダ\u3000タロウ"],
    "address": ["霞が関２丁目", "霞が関二丁目", "１ー６", "１番６号", "ハイツ１０１", "町" * 121],
    "postal_code": ["100-0013", "1000013", "600001", "060", "１００００１３", "100"],
    "code": ["1", "2", "0", "M", "131016", "131017", "12025", "02", "99"],
    "number": ["621498320257", "621498320258", "24727059608", "24727059609",
               "0000000019", "0000000028", "1000"],
    "flag": ["0", "1", "2"],
}  # fmt: skip
TYPES = {"date": ("DATE", 10), "name": ("N", 100), "kana": ("N", 100), "roman": ("N", 100), "address": ("N", 120),
         "postal_code": ("X", 7), "number": ("X", 15), "code": ("X", 6), "flag": ("X", 1), "amount": ("9", 3),
}  # fmt: skip


def corpus() -> tuple[pl.DataFrame, RuleContext]:
    """One column a meaning of persons, addresses and support measures, shifted against each other."""
    items: list[BoundItem] = []
    columns: dict[str, list[str | None]] = {"フラグ": [None] * ROWS, "表記": [None] * ROWS}
    for number, (name, meaning) in enumerate(load_meanings().items()):
        if not name.startswith(("person.", "address.", "previous_address.", "support.")):
            continue
        type_, length = TYPES.get(meaning.kind, ("", 0))
        known = {"type": type_, "length": length}
        item = bound(name, name, **known)
        if meaning.kind == "date":
            item = replace(
                item, date_form=DateForm("GYYMMDD", unknown_parts=("00", "99")), convert=("DAT-001",)
            )
        if name == "person.birth_date":
            item = replace(item, unknown_flag="フラグ", unknown_text="表記")
        if name == "person.sex":
            item = replace(item, code_map="map")
        if name == "person.status":
            item = replace(item, code_list="住民状態")
        values = [*BY_KIND.get(meaning.kind, []), *ANY]
        columns[name] = [values[(row + number) % len(values)] for row in range(ROWS)]
        items.append(item)
    maps = {"map": code_map({"1": "1", "2": "2"}, {"M": "1"}, **{"0": "未入力"})}
    return block(columns), context(items, code_maps=maps, code_lists=bind_code_lists(items))


def digest(rule: Rule, frame: pl.DataFrame, ctx: RuleContext) -> str:
    """SHA-256 over everything a rule finds and changes in the corpus."""
    alone = RuleSet.select(load_catalogue(), only=frozenset({rule.id}))
    cleaned = clean_block(frame, ctx, alone)
    found = find_block(cleaned.frame, ctx, alone).select(
        "record_no", "item", "reason", "before", "candidate", "evidence"
    )
    refused = cleaned.refused.select("record_no", "item", "before", "candidate")
    after = cleaned.frame.select(sorted(c for c in frame.columns))
    text = "\n".join(
        part.write_csv(quote_style="non_numeric", null_value="∅") for part in (found, refused, after)
    )
    return hashlib.sha256(text.encode()).hexdigest()


def goldens() -> dict[str, tuple[int, str]]:
    """Rule id → version and digest, for every built rule that looks at blocks."""
    frame, ctx = corpus()
    return {
        rule.id: (rule.version, digest(rule, frame, ctx))
        for rule in load_catalogue().built()
        if rule.modules and rule.stage in ("clean", "find")
    }


def stored() -> dict[str, tuple[int, str]]:
    """The goldens as committed."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return {row["rule_id"]: (int(row["version"]), row["sha256"]) for row in csv.DictReader(file)}


if __name__ == "__main__":
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("rule_id", "version", "sha256"))
        writer.writerows((rule_id, *golden) for rule_id, golden in sorted(goldens().items()))
