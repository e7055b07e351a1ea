"""The proof that it turns red: what is lost or changed between the received bytes and the new system is named.

Three places: the work of ikou itself (a law ends the run), the delivery beside the city's own figures, and what the new
system holds. Each fault shuts its gate and stands by name in the 移行結果報告書 and the 移行検証報告書. The same checks
one by one and quick: flows/test_block_laws.py, reconciliation/test_reconcile_run.py, reports/test_judgement.py.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest

from layouts.conform import conform
from layouts.records.plans import plan_of_source
from layouts.sources import load_source
from pipelines.cli.boundary import run_command_line
from pipelines.runs.folder import read_json
from pipelines.sample_city.city import CORE_AREAS, make_city
from rules.engine import clean_block

pytestmark = [pytest.mark.flow, pytest.mark.long, pytest.mark.usefixtures("prefect_api")]

AREA = "023"
GENERATION = "g1-2026-01"
NAMELESS = "9999999999"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city of the register and one area that levies."""
    folder = tmp_path_factory.mktemp("red") / "sample-city"
    make_city(folder, 300, seed=11, generations=1, areas=(*CORE_AREAS, AREA))
    return folder


def copy_of(made: Path, target: Path) -> Path:
    shutil.copytree(made.parent, target, ignore=shutil.ignore_patterns("runs", "ledger.db*", ".lock"))
    return target / made.name


def rehearse(city: Path, *areas: str) -> Path:
    from pipelines.flows.rehearsal import Options, run_project

    return run_project(city, Options(areas=areas, rehearsal=1), lambda *_: None).folder


def ikou(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        run_command_line([str(a) for a in arguments])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out + said.err


def gates(run: Path, area: str) -> dict[str, dict[str, Any]]:
    """Item → gate of an area, and "" → its verdict and what stands against it."""
    from pipelines.reports.judgement import judge_areas
    from pipelines.reports.run_files import open_run

    found = next(a for a in judge_areas(open_run(run), None) if a.area == area)
    told = {str(gate["item"]): dict(gate) for gate in found.gates}
    return told | {"": {"verdict": found.verdict, "against": "\n".join(found.against)}}


def html_of(reports: Path) -> str:
    return (reports / "移行結果報告書.html").read_text(encoding="utf-8")


def rows_of(html: str) -> list[str]:
    rows = re.findall(r"<tr[^>]*>.*?</tr>", html, flags=re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def workbook_rows(reports: Path) -> list[str]:
    book = fastexcel.read_excel(reports / "移行検証報告書.xlsx")
    return [
        " ".join(str(cell) for cell in row if cell is not None)
        for name in book.sheet_names
        for row in book.load_sheet(name, header_row=None, dtypes="string").to_polars().rows()
    ]


def told_by(rows: list[str], *words: str) -> bool:
    return any(all(word in row for word in words) for row in rows)


# What ikou itself would lose: the law names file, group or item, and there is no run to decide on.


def lose_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.flows import block_work

    monkeypatch.setattr(block_work, "conform", lambda table, mapping: conform(table, mapping).slice(1))


def change_cleaned(monkeypatch: pytest.MonkeyPatch, item: str, change: Callable[[pl.Expr], pl.Expr]) -> None:
    """Let the cleaning step give one value that no rule has logged."""
    from pipelines.flows import block_work

    def spoilt(frame: pl.DataFrame, *rest: Any) -> Any:
        result = clean_block(frame, *rest)
        if item not in result.frame.columns:
            return result
        filled = pl.col(item).fill_null("").str.len_chars() > 1
        first = filled & (filled.cum_sum() == 1)
        changed = pl.when(first).then(change(pl.col(item))).otherwise(pl.col(item)).alias(item)
        return replace(result, frame=result.frame.with_columns(changed))

    monkeypatch.setattr(block_work, "clean_block", spoilt)


def lose_a_yen(monkeypatch: pytest.MonkeyPatch) -> None:
    change_cleaned(monkeypatch, "年額保険料", lambda amount: (amount.cast(pl.Int64) - 1).cast(pl.String))


def lose_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    change_cleaned(monkeypatch, "氏名", lambda name: name.str.slice(1))


def change_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    change_cleaned(monkeypatch, "氏名", lambda name: pl.lit("髙") + name.str.slice(1))


def lose_a_written_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.steps import gather

    whole = gather._whole_batches
    monkeypatch.setattr(gather, "_whole_batches", lambda *a: (batch.slice(1) for batch in whole(*a)))


LOSSES: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str, tuple[str, ...]]] = {
    "a record": (lose_a_record, AREA, ("law 1", "KAIGO")),
    "a yen": (lose_a_yen, AREA, ("law 3", "年額保険料")),
    "a character": (lose_a_character, "031", ("law 3", "氏名")),
    "another character": (change_a_character, "031", ("law 3", "氏名")),
    "a row of a written file": (lose_a_written_row, AREA, ("law 1", f"standard/{AREA}/")),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_what_ikou_would_lose_ends_the_run_and_is_named(
    loss: str, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, area, named = LOSSES[loss]
    city = copy_of(made, tmp_path / "city")
    spoil(monkeypatch)
    code, said = ikou(capsys, "run", area, "--project", city, "--rehearsal", "1")
    assert code == 4
    assert all(word in said for word in named), said
    runs = city.parent / f"{city.name}-data" / "runs"
    assert list(runs.glob("[!.]*")) == []
    assert list(runs.glob(".*.failed"))


# What the city's own figures show: the delivery is another than the one the control sheets were filled in for.


@pytest.fixture(scope="module")
def honest(made: Path, tmp_path_factory: pytest.TempPathFactory, prefect_api: Path) -> Path:
    return rehearse(copy_of(made, tmp_path_factory.mktemp("honest") / "city"))


class Cell:
    """Bytes of one item of a record in a fixed file, read and written in place."""

    def __init__(self, city: Path, source_id: str, record: dict[str, Any], item: str) -> None:
        folder = city.parent / f"{city.name}-data" / "exports" / GENERATION / source_id
        self.path: Path = folder / record["file"]
        source = load_source(city / "sources" / source_id)
        field = next(f for f in plan_of_source(source, self.path).fields() if f.name == item)
        self.start: int = record["_byte_offset"] + field.offset
        self.end: int = self.start + field.length

    def read(self) -> bytes:
        return self.path.read_bytes()[self.start : self.end]

    def write(self, content: bytes) -> None:
        whole = self.path.read_bytes()
        assert len(content) == self.end - self.start
        self.path.write_bytes(whole[: self.start] + content + whole[self.end :])


def one_more(packed: bytes) -> bytes:
    """A packed decimal one higher, its sign kept."""
    digits, sign = packed.hex()[:-1], packed.hex()[-1]
    return bytes.fromhex(f"{int(digits) + 1:0{len(digits)}d}{sign}")


def count_in_receipt(folder: Path, by: int) -> None:
    path = folder / "receipt.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[0]["件数"] = str(int(rows[0]["件数"]) + by)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def delivered(
    made: Path, delivery: Any, tmp_path_factory: pytest.TempPathFactory, prefect_api: Path
) -> tuple[Path, str]:
    """A run over a delivery with one record less, one yen more and one unknown household; the insured of the last."""
    city = copy_of(made, tmp_path_factory.mktemp("delivered") / "city")
    sent = delivery(city)
    insured, levies = sent.records("care_insured"), sent.records("care_levy")
    yen = Cell(city, "care_levy", levies.row(3, named=True), "年額保険料")
    yen.write(one_more(yen.read()))
    astray = insured.row(5, named=True)
    Cell(city, "care_insured", astray, "世帯番号").write(NAMELESS.encode("cp500"))
    first, second = insured["_byte_offset"][:2]
    path = sent.exports / "care_insured" / "KAIGO.dat"
    path.write_bytes(path.read_bytes()[second - first :])
    for source in ("care_insured", "care_levy"):
        sent.receipt(source)
    count_in_receipt(sent.exports / "care_insured", -1)
    return rehearse(city), astray["被保険者番号"]


MONEY, PEOPLE = "金額（現行＝源泉＝出力）", "件数・人数（現行＝源泉＝出力）"


def test_the_honest_delivery_agrees_with_the_figures_of_the_city(honest: Path) -> None:
    told = gates(honest, AREA)
    assert {told[gate]["verdict"] for gate in (MONEY, PEOPLE, "件数（受領＝復号＝変換）")} == {"差0"}


@pytest.mark.parametrize(("gate", "named"), [
    (PEOPLE, ("介護保険被保険者数調", "第1号被保険者数", "源泉−現行 -1")),
    (MONEY, ("介護保険料調定簿", "調定額", "源泉−現行 +1")),
])  # fmt: skip
def test_a_delivery_the_control_sheet_disagrees_with(
    gate: str, named: tuple[str, ...], delivered: tuple[Path, str]
) -> None:
    """A lost record and another yen: the verdict is 否, and report and workbook say form, item and difference."""
    run, _ = delivered
    told = gates(run, AREA)
    assert (told[gate]["verdict"], told[""]["verdict"]) == ("未達", "否")
    assert all(word in told[gate]["note"] for word in named), told[gate]
    html = html_of(run / "reports")
    form, item, gap = named
    assert told_by(rows_of(html), form, item, gap.split()[1], "不一致")
    assert told_by(rows_of(html.split("<h2>9　移行判定書")[1]), gate, form, item, gap)
    assert told_by(workbook_rows(run / "reports"), form, item, gap.split()[1].lstrip("+"))


def test_a_household_nobody_knows_is_named_and_its_insured_still_goes_over(
    honest: Path, delivered: tuple[Path, str]
) -> None:
    run, insured = delivered

    def unknown(folder: Path) -> pl.DataFrame:
        issues = pl.read_parquet(folder / "issues" / f"{AREA}.parquet")
        return issues.filter((pl.col("rule_id") == "REF-006") & pl.col("subject").str.contains(insured))

    assert unknown(honest).height == 0
    (row,) = unknown(run).iter_rows(named=True)
    assert (row["item_path"], row["before"]) == ("世帯番号", NAMELESS)
    assert insured in pl.read_ipc(run / "standard" / AREA / "insured.arrow")["被保険者番号"].to_list()
    told = gates(run, AREA)["表間整合"]
    assert told["differences"] > gates(honest, AREA)["表間整合"]["differences"]
    assert told["verdict"] != "差0"
    assert told_by(rows_of(html_of(run / "reports")), "REF-006")


@pytest.fixture(scope="module")
def alone(made: Path, delivery: Any, tmp_path_factory: pytest.TempPathFactory, prefect_api: Path) -> Path:
    """A run of the area alone, without the register it refers to, over an amount that is no number."""
    city = copy_of(made, tmp_path_factory.mktemp("alone") / "city")
    sent = delivery(city)
    cell = Cell(city, "care_levy", sent.records("care_levy").row(7, named=True), "年額保険料")
    cell.write(b"\x40" * len(cell.read()))
    sent.receipt("care_levy")
    return rehearse(city, AREA)


def test_an_amount_that_is_no_number_is_counted_named_and_missed(alone: Path) -> None:
    told = gates(alone, AREA)
    assert told[MONEY]["verdict"] == "未達"
    assert "数でない金額 1件" in told[MONEY]["note"]
    assert told[""]["verdict"] == "否"
    rows = pl.read_ipc(alone / "standard" / AREA / "levy.arrow")
    assert rows.height == pl.read_parquet(alone / "reconcile" / "records.parquet").filter(
        pl.col("source") == "care_levy")["received"].item()
    assert rows["年額保険料"].null_count() == 1
    assert told_by(rows_of(html_of(alone / "reports")), "数でない金額 1件")


def test_an_area_without_the_register_it_refers_to_was_not_tried(alone: Path) -> None:
    """未実施 with the area that was not run, in the verdict and the report; never a difference of zero."""
    outcomes = pl.read_parquet(alone / "reconcile" / "identities.parquet")
    untried = outcomes.filter(pl.col("state") == "not_run")
    assert {"number_known", "household_known"} <= set(untried["identity"])
    assert untried["findings"].fill_null(0).sum() == 0
    told = gates(alone, AREA)["表間整合"]
    assert (told["verdict"], told["differences"]) == ("未実施", None)
    assert "001" in told["note"]
    html = html_of(alone / "reports")
    assert told_by(rows_of(html.split("<h3>業務の間・業務の中の整合")[1]), "介護保険（023）", "未実施", "001")
    assert "表間整合：未実施" in html


# What the new system holds: every fault of its own kind, each in the verdict, the report and the workbook.


@pytest.fixture(scope="module")
def loaded(honest: Path) -> Path:
    """``loaded/`` as a new system without a fault would give it back."""
    folder = honest.parent.parent / "loaded"
    for path in sorted((honest / "standard").glob("*/*.csv")):
        (folder / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / path.parent.name / path.name)
    return folder


def table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def put(frame: pl.DataFrame, row: int, item: str, value: str) -> pl.DataFrame:
    at = pl.int_range(pl.len()) == row
    return frame.with_columns(pl.when(at).then(pl.lit(value)).otherwise(pl.col(item)).alias(item))


def key_of(path: Path, frame: pl.DataFrame, row: int) -> str:
    from layouts.standard_groups import load_group

    group = load_group("kihon_data_list", "shipped-1", path.parent.name, path.stem)
    return "/".join(str(frame[name][row] or "") for name in group.key if name in frame.columns)


NEEDED = {
    "a missing row": (f"{AREA}/insured.csv", "", "欠落"),
    "a doubled row": (f"{AREA}/levy.csv", "", "重複"),
    "another amount": (f"{AREA}/levy.csv", "年額保険料", "値の差"),
    "another character": ("001/resident.csv", "氏名", "値の差"),
    "a lost character": ("001/resident.csv", "氏名_フリガナ", "文字の破損"),
    "a text cut off": ("001/resident.csv", "住所_番地号表記", "値の差"),
    "another date": ("001/resident.csv", "生年月日", "値の差"),
    "a row that is not ours": (f"{AREA}/certification.csv", "", "余分"),
    "a load error": (f"{AREA}/instalment.csv", "", "取込エラー"),
}
"""Fault → file of loaded/, item and the kind it is named by."""


def planted(fault: str, frame: pl.DataFrame, row: int) -> pl.DataFrame:
    """The rows of a re-extract with one fault in one record."""
    value = frame[NEEDED[fault][1]][row] if NEEDED[fault][1] else ""
    match fault:
        case "a missing row" | "a load error":
            return frame.filter(pl.int_range(pl.len()) != row)
        case "a doubled row":
            return pl.concat([frame, frame.slice(row, 1)])
        case "a row that is not ours":
            return pl.concat([frame, put(frame.slice(row, 1), 0, frame.columns[1], NAMELESS)])
        case "another amount":
            return put(frame, row, "年額保険料", str(int(value) + 1))
        case "another character":
            return put(frame, row, "氏名", "龘" + value[1:])
        case "a lost character":
            return put(frame, row, "氏名_フリガナ", "〓" + value[1:])
        case "a text cut off":
            return put(frame, row, "住所_番地号表記", value[:-1])
    return put(frame, row, "生年月日", "1901-01-01")


@pytest.fixture(scope="module")
def faulty(honest: Path, loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """All faults planted, each in a record of its own; the folder and fault → key."""
    folder = tmp_path_factory.mktemp("faulty") / "loaded"
    shutil.copytree(loaded, folder)
    frames = {name: table(folder / name) for name in {path for path, *_ in NEEDED.values()}}
    keys = {}
    for number, (fault, (name, item, _)) in enumerate(NEEDED.items()):
        frame, row = frames[name], number % 5
        if item:
            row = next(n for n in range(row, frame.height) if len(frame[item][n] or "") > 2)
        keys[fault] = key_of(folder / name, frame, row)
        frames[name] = planted(fault, frame, row)
    for name, frame in frames.items():
        frame.write_csv(folder / name)
    (folder / AREA / "load_errors.csv").write_text(
        f"グループ,キー,項目,理由\ninstalment,{keys['a load error']},,必須項目がない\n", encoding="utf-8")
    return folder, keys


def test_what_was_loaded_whole_shuts_nothing(
    honest: Path, loaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ikou(capsys, "reconcile", honest)
    assert "未達" not in said
    assert code == 1  # forms and calculations were not handed in: 未実施
    html = html_of(honest.parent.parent / "reconciled" / honest.name / "reports")
    assert "未分類 0件" in html
    assert "差異の分類" in html


@pytest.fixture(scope="module")
def reconciled(honest: Path, faulty: tuple[Path, dict[str, str]]) -> tuple[Path, str]:
    """What ``ikou reconcile`` wrote and said of the faulty folder."""
    import io
    from contextlib import redirect_stdout

    from pipelines.cli.reconcile import reconcile

    said = io.StringIO()
    with redirect_stdout(said):
        assert reconcile(honest, loaded=faulty[0], unmasked_for="", exit_zero=False) == 1
    return honest.parent.parent / "reconciled" / honest.name / "reports", said.getvalue()


@pytest.mark.parametrize("fault", NEEDED)
def test_each_fault_in_loaded_is_named_in_report_and_workbook(
    fault: str, honest: Path, faulty: tuple[Path, dict[str, str]], reconciled: tuple[Path, str]
) -> None:
    reports, _ = reconciled
    name, item, kind = NEEDED[fault]
    area, group = Path(name).parent.name, Path(name).stem
    group, key = read_json(honest / "statistics.json")["areas"][area]["groups"][group], faulty[1][fault]
    shown = [group, kind, *([item] if item else [])]
    listed = html_of(reports).split("<h3>差異の分類")[1].split("<h2>9　移行判定書")[0]
    assert told_by(rows_of(listed), *shown, "取込" if fault == "a load error" else "未分類"), fault
    if fault != "a row that is not ours":
        assert told_by(workbook_rows(reports), *shown, key), fault


def test_the_verdict_after_the_faults_is_red_and_shows_no_value(
    faulty: tuple[Path, dict[str, str]], reconciled: tuple[Path, str]
) -> None:
    reports, said = reconciled
    for word in ("件数・キー（出力＝取込後）: 未達", "金額（出力＝取込後）: 未達", "項目値（全件・全項目）: 未達",
                 "文字（出力＝取込後）: 未達", "差異の分類: 未達", "人口（年齢5歳階級×性別、出力＝取込後）: 未達"):
        assert word in said
    html = html_of(reports)
    first = html.split("</section>")[0]
    assert told_by(rows_of(first), "住民基本台帳（001）", "否")
    assert told_by(rows_of(first), "介護保険（023）", "否")
    assert "龘" not in html
    assert "1901-01-01" not in html
    assert not told_by(workbook_rows(reports), "龘")
