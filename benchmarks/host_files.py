"""Host files to Arrow: ikou beside memcpy, iconv, uconv, polars' CSV reader and plain Python, in interleaved rounds."""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

# polars makes its threads when it is imported; CPU seconds of one thread are what is compared.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from layouts.records.block_cutting import read_blocks
from layouts.records.blocks import DecodedBlock
from layouts.records.cells import read_record
from layouts.records.decoder import decode_block
from layouts.records.framing import Framing, RecordRange
from layouts.records.option_plans import plan_of_options
from layouts.records.plans import DecodingPlan
from layouts.records.reader import open_planned_file
from layouts.records.writer import RecordWriter
from pipelines.cli.convert import convert

BLOCK = 32_768
DISTINCT = 4096
MIB = 1 << 20
COPYBOOK = """\
       01  住民.
           05  宛名番号            PIC 9(10).
           05  世帯番号            PIC 9(10).
           05  履歴番号            PIC 9(4).
           05  種別                PIC X.
           05  状態                PIC X(2).
           05  性別                PIC X.
           05  続柄                PIC X(4).
           05  生年月日            PIC 9(7).
           05  氏名カナ            PIC X(25).
           05  氏名                PIC N(20).
           05  旧氏カナ            PIC X(15).
           05  旧氏                PIC N(10).
           05  郵便番号            PIC 9(7).
           05  市区町村コード      PIC 9(6).
           05  町字コード          PIC 9(7).
           05  住所                PIC N(30).
           05  方書                PIC X(30).
           05  本籍                PIC N(30).
           05  国籍                PIC X(3).
           05  異動日              PIC 9(7).
           05  届出日              PIC 9(7).
           05  異動事由            PIC X(2).
           05  住民日              PIC 9(7).
           05  住定日              PIC 9(7).
           05  除票日              PIC 9(7).
           05  税額                PIC S9(9) COMP-3.
           05  所得                PIC S9(11) COMP-3.
           05  残高                PIC S9(9).
           05  件数                PIC S9(4) COMP.
           05  番号                PIC S9(9) COMP.
           05  更新日              PIC 9(7).
           05  更新時刻            PIC 9(6).
           05  端末                PIC X(8).
           05  予備                PIC X(4).
"""
VARYING = COPYBOOK + """\
           05  給付件数            PIC 9.
           05  給付 OCCURS 0 TO 4 DEPENDING ON 給付件数.
               10  給付額          PIC S9(7) COMP-3.
"""
KANJI = "山田佐藤鈴木高橋伊渡辺斎花子太郎一二三京都市東区中央町丁目番地号上下左右大小北南西川本村林森石井"
KANA = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"


@dataclass(slots=True)
class Contender:
    """One job: CPU and wall seconds of every round; ``job`` returns them."""

    name: str
    job: Callable[[], tuple[float, float]]
    records: int
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def timed(work: Callable[[], object]) -> Callable[[], tuple[float, float]]:
    """CPU seconds of this process with all its threads, and wall seconds."""
    def run() -> tuple[float, float]:
        start, cpu = time.perf_counter(), time.process_time()
        work()
        return time.process_time() - cpu, time.perf_counter() - start
    return run


def program(command: list[str]) -> Callable[[], tuple[float, float]]:
    """CPU seconds of a program, and wall seconds."""
    def run() -> tuple[float, float]:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return cpu, time.perf_counter() - start
    return run


def sample_rows(plan: DecodingPlan) -> pl.DataFrame:
    """``DISTINCT`` records with names, kana and addresses of usual lengths; a fifth of the texts are blank."""
    pick = np.random.default_rng(1)
    columns: dict[str, list[str | None]] = {}
    for each in plan.layout.fields():
        if each.codec != "text":
            most = 4 if each.name == "給付件数" else 10 ** min(each.digits, 9) - 1
            numbers = pick.integers(0, most + 1, DISTINCT)
            signs = pick.integers(0, 5, DISTINCT) == 0
            columns[each.name] = [
                f"-{n}" if each.signed and minus else str(n) for n, minus in zip(numbers, signs, strict=True)
            ]
            continue
        wide = each.text_kind == "double"
        most = each.length // 2 if wide else each.length
        alphabet = KANJI if wide else KANA if most > 8 else "0123456789"
        texts: list[str | None] = []
        for _ in range(DISTINCT):
            size = int(pick.integers(1, max(most * 2 // 3, 1) + 1))
            text = "".join(alphabet[int(i)] for i in pick.integers(0, len(alphabet), size))
            if each.name == "方書":
                text = f"{KANJI[:3]}{text[: most - 11]}"
            texts.append(None if most > 8 and pick.integers(0, 5) == 0 else text)
        columns[each.name] = texts
    return pl.DataFrame(columns)


def repeated(sample: list[bytes], records: int) -> bytes:
    """``records`` records in an order that repeats none of them nearby."""
    order = np.random.default_rng(2).integers(0, len(sample), records)
    return b"".join(sample[i] for i in order)


def make(folder: Path, charset: str, records: int, *, varying: bool = False) -> tuple[Path, DecodingPlan]:
    """A file of ``records`` records in one code system, and how to read it."""
    copybook = folder / ("varying.cpy" if varying else "fixed.cpy")
    copybook.write_text(VARYING if varying else COPYBOOK, encoding="utf-8")
    plan = plan_of_options(copybook, charset, glyph_policy="area", framing="rdw" if varying else "fixed")
    assert plan.copybook is not None
    writer = RecordWriter(plan.copybook, plan.system)
    rows = sample_rows(plan)
    body, (_, lengths) = writer.write(rows), writer.written_places(rows)
    ends = np.cumsum(lengths).tolist()
    sample = [body[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]
    if varying:
        sample = [(len(record) + 4).to_bytes(2, "big") + b"\0\0" + record for record in sample]
    path = folder / f"{charset}{'-odo' if varying else ''}.dat"
    path.write_bytes(repeated(sample, records))
    return path, plan


def framed(path: Path, plan: DecodingPlan) -> tuple[Path, DecodingPlan]:
    """The same records with an RDW before each."""
    length = plan.layout.length
    data = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, length)
    head = np.frombuffer((length + 4).to_bytes(2, "big") + b"\0\0", np.uint8)
    out = path.with_suffix(".rdw")
    out.write_bytes(np.hstack((np.broadcast_to(head, (data.shape[0], 4)), data)).tobytes())
    return out, DecodingPlan(plan.system, Framing("rdw"), plan.copybook, plan.record)


def text_alone(path: Path, plan: DecodingPlan) -> Path:
    """The text items alone, with shift codes around the two-byte ones, as iconv takes them."""
    length = plan.layout.length
    data = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, length)
    parts: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]] = []
    for each in plan.layout.fields():
        if each.codec == "text":
            cells = data[:, each.offset : each.offset + each.length]
            if each.text_kind == "double":
                shifts = np.full((data.shape[0], 1), 0x0E, np.uint8)
                cells = np.hstack((shifts, cells, shifts + 1))
            parts.append(cells)
    out = path.with_suffix(".text")
    out.write_bytes(np.hstack(parts).tobytes())
    return out


def decode(path: Path, plan: DecodingPlan, records: RecordRange | None = None) -> int:
    """Decode a file with faults, counts and the histogram of its characters; the records decoded."""
    found = 0
    for raw in read_blocks(path, plan.framing or Framing("fixed"), BLOCK, records):
        found += decode_block(plan, raw).table.height
    return found


def decode_by_two(path: Path, plan: DecodingPlan, records: int) -> int:
    """The same by two threads, half of the file each."""
    half, length = records // 2, plan.layout.length
    ranges = [RecordRange(0, half, 0), RecordRange(half, records - half, half * length)]
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda part: decode(path, plan, part), ranges))


def decode_plainly(path: Path, plan: DecodingPlan, records: int) -> None:
    """The reference decoder, cell by cell, of the first records."""
    for raw in read_blocks(path, plan.framing or Framing("fixed"), records, RecordRange(0, records, 0)):
        for index in range(raw.starts.size):
            read_record(plan.layout, raw.record(index), plan.system, plan.dialect)


def peak_memory(path: Path, charset: str) -> int:
    """Highest RSS in bytes of a process that decodes a file and keeps nothing."""
    command = [sys.executable, __file__, "--decode-only", str(path), "--charset", charset]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)


def compare(folder: Path, records: int, rounds: int) -> list[Contender]:
    """Measure every contender ``rounds`` times, one after the other in each round."""
    path, plan = make(folder, "ibm930", records)
    text = text_alone(path, plan)
    data = np.frombuffer(path.read_bytes(), np.uint8)
    target = np.zeros_like(data)
    clean = folder / "clean.csv"
    blocks: list[DecodedBlock] = list(open_planned_file(plan, path, block_records=BLOCK))
    table = pl.concat([block.table for block in blocks]).drop("_record_no", "_byte_offset")
    assert sum(block.faults.height for block in blocks) == 0
    table.write_csv(clean)
    arrow = table.to_arrow(compat_level=pl.CompatLevel.oldest())
    parquet = folder / "out.parquet"
    few = max(records // 100, 100)
    jobs = [
        Contender("memcpy of the file", timed(lambda: np.copyto(target, data)), records),
        Contender("ikou, 1 thread", timed(lambda: decode(path, plan)), records),
        Contender("ikou, 2 threads", timed(lambda: decode_by_two(path, plan, records)), records),
        Contender("plain Python", timed(lambda: decode_plainly(path, plan, few)), few),
        Contender("polars read_csv, clean data", timed(lambda: pl.read_csv(clean, infer_schema=False)), records),
        Contender("Parquet writer, same table",
                  timed(lambda: pq.write_table(arrow, parquet, compression="zstd", row_group_size=BLOCK)), records),
        Contender("ikou convert to Parquet",
                  timed(lambda: convert(path, copybook=folder / "fixed.cpy", charset="ibm930", out=parquet,
                                        glyph_policy="area")), records),
    ]
    for tool, source, to in (("iconv", "IBM930", "UTF-8"), ("uconv", "ibm-930", "utf-8")):
        if shutil.which(tool):
            command = [tool, "-f", source, "-t", to, str(text)]
            jobs.append(Contender(f"{tool}, text alone", program(command), records))
    others = {"jef": make(folder, "jef", records), "jips-e": make(folder, "jips-e", records),
              "RDW": framed(path, plan), "RDW and ODO": make(folder, "ibm930", records, varying=True)}
    jobs += [
        Contender(f"ikou, {name}", timed(lambda other=other: decode(*other)), records)  # type: ignore[misc]
        for name, other in others.items()
    ]
    silent = sys.stdout
    for _ in range(rounds):
        for job in jobs:
            with Path(os.devnull).open("w") as sys.stdout:
                cpu, wall = job.job()
            sys.stdout = silent
            job.cpu.append(cpu * records / job.records)
            job.wall.append(wall * records / job.records)
    return jobs


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--memory", action="store_true", help="also the peak RSS, and that at ten times the records")
    options.add_argument("--decode-only", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--charset", default="ibm930", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.decode_only is not None:
        copybook = chosen.decode_only.with_name("fixed.cpy")
        decode(chosen.decode_only, plan_of_options(copybook, chosen.charset, glyph_policy="area"))
        sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = compare(folder, chosen.records, chosen.rounds)
        median = {job.name: (statistics.median(job.cpu), statistics.median(job.wall)) for job in jobs}
        copy, iconv = median["memcpy of the file"][0], median.get("iconv, text alone", (0.0, 0.0))[0]
        size = (folder / "ibm930.dat").stat().st_size
        sys.stdout.write(f"{chosen.records} records, {size / MIB:.0f} MiB, median of {chosen.rounds} rounds, "
                         f"{platform.machine()}, {os.cpu_count()} cores\n\n")
        sys.stdout.write(f"{'contender':32}{'CPU s':>9}{'wall s':>9}{'MB/s CPU':>10}{'memcpys':>9}{'x iconv':>9}\n")
        for title, (cpu, wall) in median.items():
            against = f"{iconv / cpu:9.2f}" if iconv else f"{'-':>9}"
            sys.stdout.write(f"{title:32}{cpu:9.3f}{wall:9.3f}{size / cpu / 1e6:10.0f}{cpu / copy:9.1f}{against}\n")
        one, two = median["ikou, 1 thread"], median["ikou, 2 threads"]
        beyond = median["ikou convert to Parquet"][0] - median["Parquet writer, same table"][0]
        sys.stdout.write(f"\ntwo threads: {one[1] / two[1]:.2f} times one · "
                         f"plain Python: {median['plain Python'][0] / one[0]:.0f} times ikou's CPU · "
                         f"convert beyond the Parquet writer: {beyond:.2f} s of CPU\n")
        if chosen.memory:
            once = peak_memory(folder / "ibm930.dat", "ibm930")
            large, _ = make(folder, "ibm930", chosen.records * 10)
            sys.stdout.write(f"peak RSS: {once / MIB:.0f} MiB, at ten times the records "
                             f"{peak_memory(large, 'ibm930') / MIB:.0f} MiB\n")


if __name__ == "__main__":
    main()
