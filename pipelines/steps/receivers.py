"""Receivers: the canonical rows of a run projected, at the very end, into the characters of those they are handed to.

What a receiver lacks is written by a table that may be applied without a person, by an approved decision, in kana
where the receiver takes kana, or not at all: the cell is empty in the receiver's file and listed as held. A
substitute (〓, ？, ＿, ■, U+FFFD) is never written. Source: rule catalogue MOJ-004 to MOJ-006, MOJ-024, design §2.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from char_mapping.kernels.text_columns import CharacterSet, character_set, find_outside
from char_mapping.receivers import Projection, Receiver
from char_mapping.text import SUBSTITUTES, count_characters, split_characters
from pipelines.errors import LawBroken
from rules.characters.width import is_out_of_width
from rules.contract import WHOLE_FINDING_SCHEMA, BoundItem

CHOICE, IMPOSSIBLE, WIDTH, LENGTH = "MOJ-004", "MOJ-005", "MOJ-018", "MOJ-021"
"""Rules of what a person is asked: several may stand for a character, none does, and what a value no longer fits."""

STEP_SCHEMA: dict[str, Any] = {
    "row": pl.Int64, "item": pl.String, "outcome": pl.String, "written": pl.String, "by": pl.String,
}
"""Cells that a receiver gets otherwise than ``standard/`` has them: row (0-based) of the group, ``outcome`` shrunk,
kana or held, what is written (null: nothing), and the tables or decisions that say so."""

NAME_SCHEMA: dict[str, Any] = {
    "subject": pl.String, "item": pl.String, "standard": pl.String, "written": pl.String, "outcome": pl.String,
}
"""変更対象者一覧: names that a receiver gets in another shape."""

Values = dict[tuple[str, str | None], int]


@dataclass(frozen=True, slots=True)
class GroupRows:
    """The rows of one standard group, as the block tasks wrote them, in order.

    ``parts`` are folders with ``<group>.arrow`` and ``lineage.<group>.parquet``; ``columns`` what the receiver gets.
    """

    area: str
    group: str
    parts: tuple[Path, ...]
    items: tuple[BoundItem, ...]
    columns: tuple[str, ...]

    @property
    def told(self) -> tuple[BoundItem, ...]:
        """The items of the columns, in their order."""
        by_name = {item.name: item for item in self.items}
        return tuple(by_name[name] for name in self.columns)

    def kana_of(self, item: BoundItem) -> str | None:
        """The column with the reading of a name."""
        wanted = ("person.kana",) if item.meaning == "person.name" else (f"{item.meaning}.kana",)
        return next((other.name for other in self.items if other.meaning in wanted), None)


@dataclass
class Lacking:
    """Characters that some receiver lacks: by area, item and whether it is certified, each value with its kana."""

    values: dict[tuple[str, str, str, bool], Values] = field(default_factory=dict)

    def add(self, key: tuple[str, str, str, bool], values: Values) -> None:
        """Count values of an item."""
        known = self.values.setdefault(key, {})
        for value, count in values.items():
            known[value] = known.get(value, 0) + count


@dataclass(slots=True)
class Counts:
    """What became of one group for one receiver: rows, cells by item and outcome, and what the checks found."""

    rows: int = 0
    cells: dict[str, Counter[str]] = field(default_factory=dict)
    width: Counter[str] = field(default_factory=Counter)
    length: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """Plain values in a fixed order."""
        return {
            "rows": self.rows,
            "items": {name: dict(sorted(count.items())) for name, count in sorted(self.cells.items())},
            "width": dict(sorted(self.width.items())),
            "length": dict(sorted(self.length.items())),
        }


# --- which characters a person has to be asked about


def lacking(groups: Sequence[GroupRows], receivers: Sequence[Receiver]) -> Lacking:
    """The values of ``groups`` with a character that one of the receivers lacks."""
    found = Lacking()
    if not receivers:
        return found
    shared = frozenset.intersection(*(receiver.profile.characters.texts for receiver in receivers))
    plain = character_set(shared)
    for group in groups:
        for _, frame in _batches(group):
            for item in group.told:
                rare = _outside(frame[item.name], plain)
                if rare is None:
                    continue
                kana = group.kana_of(item)
                told = frame.select(value=item.name, kana=pl.col(kana) if kana in frame.columns else _NONE).filter(rare)
                counted = told.group_by("value", "kana", maintain_order=True).len().rows()
                found.add(
                    (group.area, group.group, item.name, item.certified),
                    {(value, reading): count for value, reading, count in counted},
                )
    return found


_NONE = pl.lit(None, dtype=pl.String)


def questions(found: Lacking, receiver: Receiver) -> pl.DataFrame:
    """One finding (WHOLE_FINDING_SCHEMA) an area and character that a person has to settle for this receiver.

    MOJ-004 where there are candidates (also where the only one may not be applied by itself to certified items),
    MOJ-005 where there is none. A value that the receiver takes in kana asks nobody.
    """
    held: dict[tuple[str, str], Counter[bool]] = {}
    open_one = Receiver(receiver.profile, receiver.tables, {}, receiver.gj_code_points)
    for (area, _, _, certified), values in found.values.items():
        for (value, kana), count in values.items():
            projected = open_one.project(value, certified=certified, kana=kana)
            if projected.outcome == "held":
                for step in projected.steps:
                    if step.state == "open":
                        held.setdefault((area, step.character), Counter())[certified] += count
    rows = []
    for (area, character), counts in sorted(held.items()):
        candidates = open_one.step(character, certified=True).candidates
        shown = "、".join(f"{one.text}（{one.table}）" for one in candidates[:5])
        evidence = (
            f"送信先 {receiver.profile.label}：{counts.total():,}件（うち住民票記載事項 {counts[True]:,}件）。"
            + (f"候補：{shown}" if candidates else "縮退先なし")
        )
        rows.append({
            "area": area, "group_id": "", "source": "", "file": "", "record_no": None, "byte_offset": None,
            "subject": f"{receiver.profile.id}/{points_of(character)}",
            "rule_id": CHOICE if candidates else IMPOSSIBLE, "item": receiver.profile.id,
            "reason": "receiver_choice" if candidates else "receiver_impossible", "before": character,
            "candidate": candidates[0].text if candidates else None, "evidence": evidence,
            "about": "\x1f".join((receiver.profile.id, character, *(one.text for one in candidates))),
        })
    return pl.DataFrame(rows, schema=WHOLE_FINDING_SCHEMA)


def points_of(text: str) -> str:
    """``U+8FBB_U+E0102``."""
    return "_".join(f"U+{ord(char):04X}" for char in text)


# --- writing


def project_group(group: GroupRows, receiver: Receiver, target: Path) -> Counts:
    """Write one group for one receiver below ``target``: ``<group>.csv``, ``.steps.parquet`` and ``.names.parquet``.

    The CSV has the receiver's encoding, a header line, LF and minimal quotes; null and held are empty fields.

    Raises:
        LawBroken: Something was written that the receiver does not have, or a substitute appeared (law 2).
    """
    target.mkdir(parents=True, exist_ok=True)
    plain = character_set(receiver.profile.characters.texts)
    counts, steps, names = Counts(), [pl.DataFrame(schema=STEP_SCHEMA)], [pl.DataFrame(schema=NAME_SCHEMA)]
    known: dict[tuple[str, str | None, bool], Projection] = {}
    with (target / f"{group.group}.csv").open("wb") as file:
        file.write(receiver.encode(",".join(group.columns) + "\n"))
        for subjects, frame in _batches(group):
            out, told, changed = _project_batch(group, receiver, frame, subjects, plain, known, counts)
            steps.append(told)
            names.append(changed)
            text = io.BytesIO()
            out.write_csv(text, include_header=False)
            file.write(receiver.encode(text.getvalue().decode("utf-8")))
            counts.rows += frame.height
    _write(pl.concat(steps), target / f"{group.group}.steps.parquet")
    _write(pl.concat(names), target / f"{group.group}.names.parquet")
    return counts


def _project_batch(
    group: GroupRows, receiver: Receiver, frame: pl.DataFrame, subjects: pl.Series, plain: CharacterSet,
    known: dict[tuple[str, str | None, bool], Projection], counts: Counts,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    columns, steps, names = [], [pl.DataFrame(schema=STEP_SCHEMA)], [pl.DataFrame(schema=NAME_SCHEMA)]
    for item in group.told:
        column = receiver.form_column(frame[item.name])
        rare = _outside(frame[item.name], plain)
        if rare is not None:
            kana = group.kana_of(item)
            asked = frame.select(value=item.name, kana=pl.col(kana) if kana in frame.columns else _NONE)
            projected = _projections(asked.filter(rare), item, receiver, known)
            told = asked.with_row_index("at").filter(rare).join(
                projected, on=["value", "kana"], how="left", nulls_equal=True, maintain_order="left"
            )
            column = column.scatter(told["at"], told["written"])
            other = told.filter(pl.col("outcome") != "same")
            counts.cells.setdefault(item.name, Counter()).update(
                dict(other["outcome"].value_counts().iter_rows()) if other.height else {}
            )
            _check_written(group, item, receiver, told["value"], told["written"])
            steps.append(other.select(
                (pl.col("at").cast(pl.Int64) + counts.rows).alias("row"), pl.lit(item.name).alias("item"),
                "outcome", "written", "by",
            ))
            if item.kind == "name":
                names.append(other.select(
                    subjects.gather(other["at"]).alias("subject"), pl.lit(item.name).alias("item"),
                    pl.col("value").alias("standard"), "written", "outcome",
                ))
            if item.length:
                counts.length[item.name] += _count(other["written"], count_characters(pl.col("v")) > item.length)
        if (wrong := is_out_of_width(item)) is not None:
            counts.width[item.name] += _count(column, wrong(pl.col("v")))
        columns.append(column.alias(item.name))
    return pl.DataFrame(columns), pl.concat(steps), pl.concat(names)


def _count(column: pl.Series, condition: pl.Expr) -> int:
    """Rows of a column, ``v`` in the condition, for which it holds."""
    return int(column.alias("v").to_frame().select(condition.fill_null(False).sum()).item())


def _projections(
    asked: pl.DataFrame, item: BoundItem, receiver: Receiver, known: dict[tuple[str, str | None, bool], Projection]
) -> pl.DataFrame:
    rows = []
    for value, kana in asked.unique(maintain_order=True).iter_rows():
        key = (value, kana, item.certified)
        if key not in known:
            known[key] = receiver.project(value, certified=item.certified, kana=kana)
        done = known[key]
        by = "、".join(dict.fromkeys(step.by or "未決" for step in done.steps))
        rows.append((value, kana, done.text, done.outcome, "仮名" if done.outcome == "kana" else by))
    schema = dict.fromkeys(("value", "kana", "written", "outcome", "by"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _check_written(
    group: GroupRows, item: BoundItem, receiver: Receiver, before: pl.Series, after: pl.Series
) -> None:
    # Only what was projected: all other values hold nothing but code points of the set.
    where = f"receiver {receiver.profile.id}, {group.area}/{group.group} {item.name}"
    for text in after.drop_nulls().unique().to_list():
        if any(not receiver.holds(character) for character in split_characters(text)):
            raise LawBroken(2, f"{where}: a character was written that the receiver does not have")
    for substitute in SUBSTITUTES:
        grown = [int(s.str.count_matches(substitute, literal=True).sum() or 0) for s in (before, after)]
        if grown[1] > grown[0]:
            raise LawBroken(2, f"{where}: U+{ord(substitute):04X} appeared {grown[1] - grown[0]} times")


def _outside(column: pl.Series, inside: CharacterSet) -> pl.Series | None:
    """Rows that hold a code point outside of a set; None where there is none."""
    if column.null_count() == len(column):
        return None
    found = find_outside(column.rechunk().to_arrow(), inside) >= 0
    return pl.Series(found) if found.any() else None


def _batches(group: GroupRows) -> Iterator[tuple[pl.Series, pl.DataFrame]]:
    """(record keys, rows with every item of the group) of each block."""
    kana = {name for item in group.told if (name := group.kana_of(item))}
    wanted = dict.fromkeys((*group.columns, *sorted(kana)))
    for folder in group.parts:
        path = folder / f"{group.group}.arrow"
        if not path.is_file():
            continue
        subjects = pl.read_parquet(folder / f"lineage.{group.group}.parquet", columns=["subject"])["subject"]
        start = 0
        with pa.OSFile(str(path)) as handle:
            reader = pa.ipc.open_file(handle)
            for number in range(reader.num_record_batches):
                frame = pl.DataFrame(pl.from_arrow(reader.get_batch(number)))
                missing = [pl.lit(None, dtype=pl.String).alias(name) for name in wanted if name not in frame.columns]
                yield subjects.slice(start, frame.height), frame.with_columns(missing).select(*wanted)
                start += frame.height


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", statistics=False)


# --- what a receiver's checks find of its own file


def check_findings(
    results: Mapping[tuple[str, str], Counts], receiver: Receiver, name_of: Callable[[str], str] = str
) -> pl.DataFrame:
    """One finding (WHOLE_FINDING_SCHEMA) an item whose values no longer fit width or length at this receiver."""
    rows = []
    for (area, group), counts in sorted(results.items()):
        for rule, told, what in ((WIDTH, counts.width, "型と異なる幅の文字"), (LENGTH, counts.length, "桁数超過")):
            for item, number in sorted(told.items()):
                if number:
                    rows.append({
                        "area": area, "group_id": group, "source": "", "file": "", "record_no": None,
                        "byte_offset": None, "subject": receiver.profile.id, "rule_id": rule, "item": name_of(item),
                        "reason": "receiver_check", "before": None, "candidate": None,
                        "evidence": f"送信先 {receiver.profile.label}：{what} {number:,}件",
                        "about": f"{receiver.profile.id}\x1f{item}\x1f{number}",
                    })
    return pl.DataFrame(rows, schema=WHOLE_FINDING_SCHEMA)


# --- one row a character


def character_rows(
    found: Lacking, receivers: Sequence[Receiver], codes: Mapping[str, str], kana: Mapping[str, str]
) -> pl.DataFrame:
    """One row a character that some receiver lacks (cleansing.md §8.3, 7).

    Columns: 原コード, 文字, 符号位置, MJ・GJ, 0213代表字, 面区点, 0208代表字, かな, 件数, then for each receiver what
    it gets outside certified items, and why.

    Args:
        found: The values that hold them.
        receivers: The receivers of the run.
        codes: Character → its codes in the sources (``jumin:80A1``).
        kana: Character → its readings.
    """
    from char_mapping.receivers import character_row

    counted: Counter[str] = Counter()
    for values in found.values.values():
        for (value, _), count in values.items():
            for character in split_characters(value):
                counted[character] += count
    rows = []
    for character, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        steps = [receiver.step(character, certified=False) for receiver in receivers]
        if all(step.state == "same" for step in steps):
            continue
        one = character_row(
            character, receivers[0].tables, source_code=codes.get(character, ""), kana=kana.get(character[0], ""),
        )
        row: dict[str, Any] = {
            "原コード": one.source_code, "文字": character, "符号位置": points_of(character), "MJ・GJ": one.mj,
            "0213代表字": one.x0213, "面区点": one.x0213_place, "0208代表字": one.x0208, "かな": one.kana,
            "件数": count,
        }
        for receiver, step in zip(receivers, steps, strict=True):
            open_one = "未決（仮名で渡す）" if receiver.profile.otherwise == "kana" else "未決"
            row[f"{receiver.profile.id}の字"] = step.written
            row[f"{receiver.profile.id}の根拠"] = {"same": "そのまま", "open": open_one}.get(step.state, step.by)
        rows.append(row)
    return pl.DataFrame(rows)
