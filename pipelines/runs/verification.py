"""``ikou verify``: prove the laws again from the files of a finished run, trusting nothing the run said of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from char_mapping.text import SUBSTITUTES
from pipelines.errors import LawBroken
from pipelines.ledger import BrokenChain, exists, open_ledger
from pipelines.runs.certified_proofs import HOW as CERTIFIED_HOW
from pipelines.runs.certified_proofs import certified_faults
from pipelines.runs.column_proofs import CharacterCounts, column_digest, count_characters_of
from pipelines.runs.fingerprint import sha256_of
from pipelines.runs.folder import MANIFEST, RENUMBERED, read_json
from pipelines.runs.receiver_proofs import HOW as RECEIVERS_HOW
from pipelines.runs.receiver_proofs import receiver_faults
from pipelines.runs.release import RELEASE
from rules.contract import CHANGE_SCHEMA, COLUMN_CHANGE_SCHEMA, ORDINAL, RECORD_NO
from rules.engine import undo_changes


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was proven, or not: ``subject`` is a law (``law 1``) or ``hashes``; ``how`` says by which
    means.
    """

    subject: str
    held: bool
    how: str
    found: str = ""


READ_BY = {
    "csv": ("standard/",),
    "law 1": ("fates/", "reconcile/", "standard/"),
    "law 2": ("standard/", "characters/"),
    "law 3": ("standard/", "changes/"),
    "law 5": ("standard/", "items.json"),
    "certified": ("changes/", "hold/", "items.json"),
    "receivers": ("standard/", "receivers/"),
}


def verify_run(run: Path) -> list[Proof]:
    """All proofs a run's own files allow, in a fixed order: hashes, the ledger, the laws.

    A law whose files are not what the manifest says counts as broken; those files are not read any further (a damaged
    Arrow file can bring a reader down).
    """
    manifest = _manifest(run)
    spoilt = _spoilt(run, manifest)
    how = f"SHA-256 of {len(manifest['files'])} files against {MANIFEST}"
    proofs = [Proof("hashes", held=False, how=how, found=f"{name} {what}") for name, what in spoilt.items()]
    proofs = proofs or [Proof("hashes", held=True, how=how)]
    proofs.append(_chain(run, manifest))
    provers = {"csv": _texts, "law 1": _records, "law 2": _characters, "law 3": _values, "law 5": _numbers}
    provers["certified"] = _certified
    if (run / "receivers").is_dir():
        provers["receivers"] = _receivers
    for law, prove in provers.items():
        touched = [name for name in spoilt if name.startswith(READ_BY[law])]
        if touched:
            proofs.append(Proof(law, held=False, how="not tried", found=f"it is proven from {touched[0]}"))
            continue
        said = list(prove(run))
        # Each prover ends with its success; where it found something, that success is not one.
        proofs += said if len(said) == 1 else said[:-1]
    return proofs


def _manifest(run: Path) -> dict[str, Any]:
    try:
        manifest = read_json(run / MANIFEST)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not all(
        isinstance(manifest.get(key), kind) for key, kind in (("run_id", str), ("files", dict), ("ledger", dict))
    ):
        raise LawBroken(0, f"{run / MANIFEST} is no manifest of a run")
    return manifest


def _spoilt(run: Path, manifest: dict[str, Any]) -> dict[str, str]:
    declared: dict[str, str] = manifest["files"]
    there = {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()} - {MANIFEST, RELEASE}
    wrong = {name: "was changed" for name, d in declared.items() if name in there and sha256_of(run / name) != d}
    missing = dict.fromkeys(set(declared) - there, "is missing")
    extra = dict.fromkeys(there - set(declared), "does not belong to the run")
    return dict(sorted((wrong | missing | extra).items()))


def _chain(run: Path, manifest: dict[str, Any]) -> Proof:
    how = "manifest against the ledger's hash chain"
    data = run.parent.parent
    if not exists(data):
        return Proof("ledger", held=False, how=how, found="no ledger beside the run")
    with open_ledger(data) as ledger:
        try:
            head = manifest["ledger"]
            ledger.verify_chain(expect=[(head["rows"], head["hash"])] if head["rows"] else [])
        except BrokenChain as error:
            return Proof("ledger", held=False, how=how, found=str(error))
        every = ledger.runs().filter(pl.col("run_id") == manifest["run_id"])
    registered = every.filter(pl.col("event") == "run")
    released = every.filter(pl.col("event") == "release")
    if released.height and not (run / RELEASE).exists():
        return Proof("ledger", held=False, how=how, found=f"{RELEASE} is missing, the ledger knows the release")
    if (run / RELEASE).exists() and sha256_of(run / RELEASE) not in released["sha256"].to_list():
        return Proof("ledger", held=False, how=how, found=f"{RELEASE} differs from the one registered")
    if not registered.height:
        return Proof("ledger", held=False, how=how, found=f"run {manifest['run_id']} is not registered")
    if registered["sha256"][-1] != sha256_of(run / MANIFEST):
        return Proof("ledger", held=False, how=how, found=f"{MANIFEST} differs from the one registered")
    return Proof("ledger", held=True, how=how)


def _texts(run: Path) -> Iterator[Proof]:
    how = "every .csv of standard/ written again from its .arrow, byte by byte"
    for path, _ in _groups(run):
        text = path.with_suffix(".csv")
        with text.open("rb") as told:
            same = True
            for number, frame in enumerate(_batches(path)):
                lines = frame.write_csv(include_header=number == 0).encode()
                same = same and told.read(len(lines)) == lines
            if not same or told.read(1):
                yield Proof("csv", held=False, how=how, found=f"{text.relative_to(run)} differs from {path.name}")
    yield Proof("csv", held=True, how=how)


def _records(run: Path) -> Iterator[Proof]:
    how = "fates counted again, rows of every group against their records"
    records = pl.read_parquet(run / "reconcile" / "records.parquet")
    for path in sorted((run / "fates").glob("*.parquet")):
        fates = pl.read_parquet(path)
        twice = fates.select("source", "file", "record_no").is_duplicated().sum()
        if twice:
            yield Proof(
                "law 1", held=False, how=how, found=f"area {path.stem}: {twice} records have more than one fate"
            )
        counted = fates.group_by("source", "file").agg(
            decoded=pl.len(), converted=(pl.col("fate") == "converted").sum(), rows=pl.col("rows").sum()
        )
        both = records.filter(pl.col("area") == path.stem).join(
            counted, on=["source", "file"], how="full", coalesce=True, suffix="_again"
        )
        for row in both.iter_rows(named=True):
            if any(row[c] != row[f"{c}_again"] for c in ("decoded", "converted", "rows")) or row["difference"] != 0:
                yield Proof("law 1", held=False, how=how, found=f"area {path.stem}: {row['file']} does not add up")
        lineages = [
            pl.read_parquet(p, columns=["file", "record_no"])
            for p in sorted((run / "standard" / path.stem).glob("*.lineage.parquet"))
        ]
        if lineages:
            rows = pl.concat(lineages).group_by("file", "record_no").agg(written=pl.len())
            compared = fates.filter(pl.col("fate") == "converted").join(
                rows, on=["file", "record_no"], how="full", coalesce=True
            )
            wrong = compared.filter(pl.col("rows").fill_null(0) != pl.col("written").fill_null(0)).height
            if wrong:
                yield Proof(
                    "law 1",
                    held=False,
                    how=how,
                    found=f"area {path.stem}: {wrong} records have other rows than declared",
                )
    for group, lineage in _groups(run):
        with pa.OSFile(str(group)) as handle:
            reader = pa.ipc.open_file(handle)
            rows_there = sum(reader.get_batch(i).num_rows for i in range(reader.num_record_batches))
        if rows_there != lineage.height:
            yield Proof(
                "law 1",
                held=False,
                how=how,
                found=f"{group.relative_to(run)}: {rows_there} rows, {lineage.height} named sources",
            )
    yield Proof("law 1", held=True, how=how)


def _groups(run: Path) -> Iterator[tuple[Path, pl.DataFrame]]:
    for path in sorted((run / "standard").glob("*/*.arrow")):
        yield path, pl.read_parquet(path.with_name(f"{path.stem}.lineage.parquet"))


def _batches(path: Path) -> Iterator[pl.DataFrame]:
    with pa.OSFile(str(path)) as handle:
        reader = pa.ipc.open_file(handle)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            batch.validate(full=True)
            frame = pl.from_arrow(batch)
            if not isinstance(frame, pl.DataFrame):
                raise TypeError(f"{path.name}: a record batch is not a table")
            yield frame


def _characters(run: Path) -> Iterator[Proof]:
    how = "code points of standard/ counted again, item by item"
    substitutes = {ord(c) for c in SUBSTITUTES}
    for path, _ in _groups(run):
        area, group = path.parent.name, path.stem
        again: CharacterCounts = {}
        for frame in _batches(path):
            count_characters_of(frame, frame.columns, again)
        told = pl.read_parquet(run / "characters" / f"{area}.parquet").filter(pl.col("group_id") == group)
        out = {
            (r["item"], r["code_point"]): r["count"]
            for r in told.filter(pl.col("stage") == "out").iter_rows(named=True)
        }
        into = {
            (r["item"], r["code_point"]): r["count"] for r in told.filter(pl.col("stage") == "in").iter_rows(named=True)
        }
        explained = {r["item"] for r in told.iter_rows(named=True) if "," in (r["explained_by"] or "")}
        for key in sorted(set(out) | set(again)):
            if out.get(key, 0) != again.get(key, 0):
                yield Proof(
                    "law 2",
                    held=False,
                    how=how,
                    found=f"{area}/{group} {key[0]}: U+{key[1]:04X} {out.get(key, 0)} told, {again.get(key, 0)} there",
                )
                break
        for item, point in sorted(set(into) | set(out)):
            grown = out.get((item, point), 0) - into.get((item, point), 0)
            if grown and item not in explained:
                yield Proof(
                    "law 2", held=False, how=how, found=f"{area}/{group} {item}: U+{point:04X} changed without a rule"
                )
            if grown > 0 and point in substitutes:
                yield Proof("law 2", held=False, how=how, found=f"{area}/{group} {item}: U+{point:04X} was introduced")
    yield Proof("law 2", held=True, how=how)


def _receivers(run: Path) -> Iterator[Proof]:
    for found in receiver_faults(run):
        yield Proof("receivers", held=False, how=RECEIVERS_HOW, found=found)
    yield Proof("receivers", held=True, how=RECEIVERS_HOW)


def _certified(run: Path) -> Iterator[Proof]:
    for found in certified_faults(run):
        yield Proof("certified", held=False, how=CERTIFIED_HOW, found=found)
    yield Proof("certified", held=True, how=CERTIFIED_HOW)


def _values(run: Path) -> Iterator[Proof]:
    how = "every change undone, the conformed columns compared by digest"
    restored = 0
    for path, lineage in _groups(run):
        area, group = path.parent.name, path.stem
        folder = run / "changes" / area
        changes = pl.read_parquet(folder / f"{group}.parquet").partition_by("file", "block", as_dict=True)
        columns = pl.read_parquet(folder / f"{group}.columns.parquet").partition_by("file", "block", as_dict=True)
        digests = pl.read_parquet(folder / f"{group}.digests.parquet").partition_by("file", "block", as_dict=True)
        start, seen = 0, 0
        for block, frame in _placed(path, lineage):
            start += frame.height
            mine = digests.get(block)
            seen += mine is not None
            cells = changes.get(block, pl.DataFrame(schema=CHANGE_SCHEMA)).select(list(CHANGE_SCHEMA))
            whole = columns.get(block, pl.DataFrame(schema=COLUMN_CHANGE_SCHEMA)).select(list(COLUMN_CHANGE_SCHEMA))
            if mine is None:
                if cells.height or whole.height:
                    yield Proof(
                        "law 3",
                        held=False,
                        how=how,
                        found=f"{area}/{group} {block[0]} block {block[1]}: changes without digests",
                    )
                continue
            back = undo_changes(frame, cells, whole)
            for item, digest in mine.select("item", "sha256").iter_rows():
                if column_digest(back[item]) != digest:
                    yield Proof(
                        "law 3",
                        held=False,
                        how=how,
                        found=f"{area}/{group} {block[0]} block {block[1]} {item}: not restored",
                    )
                restored += 1
        if seen != len(digests):
            yield Proof(
                "law 3",
                held=False,
                how=how,
                found=f"{area}/{group}: {len(digests) - seen} blocks of the log are not in the output",
            )
    yield Proof("law 3", held=True, how=f"{how} ({restored} columns)")


def restored_blocks(run: Path, area: str, group: str) -> Iterator[pl.DataFrame]:
    """The blocks of a standard group with every change undone: lineage columns and the conformed values, in file
    order.
    """
    path = run / "standard" / area / f"{group}.arrow"
    lineage = pl.read_parquet(path.with_name(f"{group}.lineage.parquet"))
    folder = run / "changes" / area
    changes = pl.read_parquet(folder / f"{group}.parquet").partition_by("file", "block", as_dict=True)
    columns = pl.read_parquet(folder / f"{group}.columns.parquet").partition_by("file", "block", as_dict=True)
    for block, frame in _placed(path, lineage):
        yield undo_changes(
            frame,
            changes.get(block, pl.DataFrame(schema=CHANGE_SCHEMA)).select(list(CHANGE_SCHEMA)),
            columns.get(block, pl.DataFrame(schema=COLUMN_CHANGE_SCHEMA)).select(list(COLUMN_CHANGE_SCHEMA)),
        )


def _placed(path: Path, lineage: pl.DataFrame) -> Iterator[tuple[tuple[str, int], pl.DataFrame]]:
    """The record batches of a group with their lineage columns, and (file, block) as the change log names it."""
    start = 0
    numbers: dict[str, int] = {}
    for frame in _batches(path):
        rows = lineage.slice(start, frame.height)
        start += frame.height
        file = str(rows["file"][0]) if rows.height else ""
        number = int(rows["block"][0]) if rows.height else numbers.get(file, 0)
        numbers[file] = number + 1
        yield (file, number), frame.with_columns(rows["record_no"].alias(RECORD_NO), rows["ordinal"].alias(ORDINAL))


def _numbers(run: Path) -> Iterator[Proof]:
    how = "宛名番号 in standard/ against the keys the records were read by"
    # Where a record is read by other keys, the block tasks alone have compared the numbers (law 5 of every run).
    items = pl.DataFrame(read_json(run / "items.json")).filter(
        (pl.col("meaning") == "person.number") & (pl.col("key") >= 0)
    )
    table = run / RENUMBERED
    given = pl.read_csv(table, infer_schema=False) if table.is_file() else None
    for path, lineage in _groups(run):
        of_group = items.filter((pl.col("area") == path.parent.name) & (pl.col("group") == path.stem))
        places = dict(of_group.select("item", "key").iter_rows())
        start = 0
        for frame in _batches(path):
            subjects = lineage.slice(start, frame.height)["subject"].str.split("/")
            start += frame.height
            for name, place in places.items():
                expected = subjects.list.get(place, null_on_oob=True)
                if given is not None:
                    here = given.filter(pl.col("area") == path.parent.name)
                    expected = expected.replace(here["旧宛名番号"], here["新宛名番号"])
                wrong = int(frame[name].ne_missing(expected).sum())
                if wrong:
                    yield Proof(
                        "law 5",
                        held=False,
                        how=how,
                        found=f"{path.parent.name}/{path.stem} {name}: {wrong} numbers differ",
                    )
    yield Proof("law 5", held=True, how=how)


def broken(proofs: Sequence[Proof]) -> list[Proof]:
    """The proofs that failed."""
    return [p for p in proofs if not p.held]
