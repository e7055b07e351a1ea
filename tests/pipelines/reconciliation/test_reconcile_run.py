"""ikou reconcile: what was lost, changed or doubled in loading turns the verdict and is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.standard_groups import StandardGroup, load_group
from pipelines.project.definition import Definition
from pipelines.project.figures import Figure, OutputSide, SourceSide
from pipelines.project.loading import Project
from pipelines.project.scope import Acceptance, Scope
from pipelines.reconciliation.reconcile_run import Reconciled, reconcile_run
from pipelines.steps.figures import CHAIN_SCHEMA
from rules.reconciliation.amounts import judged

AREAS = ("001", "010")
PEOPLE = 12


def _groups() -> dict[tuple[str, str], StandardGroup]:
    found = {}
    for area, group in (("001", "resident"), ("001", "support_measure"), ("010", "levy")):
        found[area, group] = load_group("kihon_data_list", "shipped-1", area, group)
    return found


def _rows(group: StandardGroup) -> pl.DataFrame:
    """Made-up rows: the keys filled, and the items the tests look at."""
    numbers = [f"{n:010d}" for n in range(1, (3 if group.id == "support_measure" else PEOPLE) + 1)]
    filled = {name: ["1"] * len(numbers) for name in group.key}
    filled["宛名番号"] = numbers
    told = {
        "氏名": [f"髙橋　{n}" for n in range(len(numbers))],
        "性別": ["1", "2"] * (len(numbers) // 2),
        "生年月日": ["1980-04-02"] * len(numbers),
        "最新フラグ": ["1"] * len(numbers),
        "年税額": [str(10_000 + n) for n in range(len(numbers))],
        "通知書番号": numbers,
    }
    filled |= {name: values for name, values in told.items() if name in group.names and len(values) == len(numbers)}
    return pl.DataFrame({name: filled[name] for name in group.names if name in filled})


@pytest.fixture
def city(tmp_path: Path) -> tuple[Path, Project, Path]:
    """A finished run of two areas, its project, and a loaded/ that holds exactly what was handed over."""
    data, groups = tmp_path / "data", _groups()
    run = data / "runs" / "0001-g1"
    for (area, group_id), group in groups.items():
        rows = _rows(group)
        (run / "standard" / area).mkdir(parents=True, exist_ok=True)
        rows.write_ipc(run / "standard" / area / f"{group_id}.arrow")
        (data / "loaded" / area).mkdir(parents=True, exist_ok=True)
        rows.write_csv(data / "loaded" / area / f"{group_id}.csv")
    (run / "reconcile").mkdir()
    total = sum(10_000 + n for n in range(PEOPLE))
    known = {
        "area": "010",
        "帳票名": "調定簿",
        "項目": "調定額",
        "区分": "",
        "単位": "円",
        "現行値": total,
        "源泉値": total,
        "出力値": total,
        "非数値": 0,
    }
    chain = pl.DataFrame({k: pl.Series([known.get(k)], dtype=t) for k, t in CHAIN_SCHEMA.items()})
    judged(chain).write_parquet(run / "reconcile" / "figures.parquet")
    (run / "manifest.json").write_text(json.dumps({"run_id": run.name, "areas": list(AREAS)}), encoding="utf-8")
    definition = Definition.model_validate(
        {
            "city": {"name": "市", "code": "012025"},
            "project": {"data_dir": "../data", "as_of": date(2026, 4, 1)},
        }
    )
    figure = Figure(
        form="調定簿",
        item="調定額",
        unit="円",
        source=SourceSide(source="t", sum="年税額"),
        output=OutputSide(group="levy", sum="年税額"),
    )
    project = Project(tmp_path, data, definition, Scope(), Acceptance(), {}, groups, {}, {}, (), {"010": (figure,)})
    return run, project, data / "loaded"


def _verdicts(told: Reconciled) -> dict[tuple[str, str], tuple[str, str]]:
    return {(r["area"], r["report"]): (r["verdict"], r["note"]) for r in told.gates.iter_rows(named=True)}


def _edit(path: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    change(pl.read_csv(path, infer_schema=False)).write_csv(path)


def _cell(item: str, value: str, row: int = 3) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.with_columns(
        pl.when(pl.int_range(pl.len()) == row).then(pl.lit(value)).otherwise(pl.col(item)).alias(item)
    )


def test_what_was_loaded_whole_is_without_difference(city: tuple[Path, Project, Path]) -> None:
    """Every gate that had something to compare says 差0; what was not supplied says 未実施, and the run is no pass."""
    told = reconcile_run(*city)
    verdicts = _verdicts(told)
    assert {v for (_, report), (v, _) in verdicts.items() if report in ("RPT-02", "RPT-05", "RPT-07", "RPT-18")} == {
        "差0"
    }
    assert verdicts["010", "RPT-03"][0] == "差0"
    assert ("001", "RPT-03") not in verdicts
    assert verdicts["001", "RPT-15"][0] == verdicts["001", "RCN-014"][0] == "未実施"
    assert told.missed
    assert told.figures["取込値"].to_list() == told.figures["現行値"].to_list()


FAULTS: dict[str, tuple[str, Callable[[pl.DataFrame], pl.DataFrame], tuple[str, str], str]] = {
    "a lost record": ("001/resident.csv", lambda f: f.slice(1), ("001", "RPT-02"), "欠落 キー"),
    "a lost yen": ("010/levy.csv", _cell("年税額", "10002"), ("010", "RPT-03"), "調定簿 調定額  差 -1"),
    "a broken character": ("001/resident.csv", _cell("氏名", "〓橋　3"), ("001", "RPT-07"), "resident 氏名 文字の破損"),
    "a record twice": ("010/levy.csv", lambda f: pl.concat([f, f.head(1)]), ("010", "RPT-02"), "重複 キー"),
    "support lost": ("001/support_measure.csv", lambda f: f.slice(1), ("001", "RPT-17"), "support_measure 欠落"),
    "another character": ("001/resident.csv", _cell("氏名", "高橋　3"), ("001", "RPT-05"), "resident 氏名 値の差"),
    "a character counted": ("001/resident.csv", _cell("氏名", "高橋　3"), ("001", "RPT-07"), "U+9AD8 0→1"),
    "a text cut off": ("001/resident.csv", _cell("氏名", "髙橋"), ("001", "RPT-05"), "resident 氏名 値の差"),
    "a yen too many": ("010/levy.csv", _cell("年税額", "10004"), ("010", "RPT-05"), "levy 年税額 値の差"),
    "a record of nobody": (
        "010/levy.csv", lambda f: pl.concat([f, f.head(1).with_columns(通知書番号=pl.lit("9999999999"))]),
        ("010", "RPT-02"), "levy 余分 キー",
    ),
    "another value": ("001/resident.csv", _cell("生年月日", "1980-04-03"), ("001", "RPT-05"), "生年月日 値の差"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_turns_the_verdict_and_names_itself(fault: str, city: tuple[Path, Project, Path]) -> None:
    """The gate is 未達, its note says where, and the difference is unclassified."""
    path, change, gate, named = FAULTS[fault]
    _edit(city[2] / path, change)
    told = reconcile_run(*city)
    verdict, note = _verdicts(told)[gate]
    assert verdict == "未達"
    assert named in note
    assert _verdicts(told)[gate[0], "RPT-18"][0] == "未達"
    assert "髙橋" not in told.gates.write_csv()


def test_the_note_on_support_measures_names_nobody(city: tuple[Path, Project, Path]) -> None:
    """Who is under 支援措置 stands in no gate."""
    _edit(city[2] / "001/support_measure.csv", lambda f: f.slice(1))
    assert "0000000001" not in reconcile_run(*city).gates.write_csv()


@pytest.mark.parametrize(
    ("letter", "verdict"), [("A", "理由付き"), ("C", "理由付き"), ("E", "理由付き"), ("B", "未達"), ("D", "未達")]
)
def test_a_classified_difference(letter: str, verdict: str, city: tuple[Path, Project, Path]) -> None:
    """A, C and E explain it; B and D are ours to repair and stay missed, though nothing is unclassified."""
    _edit(city[2] / "001/resident.csv", _cell("生年月日", "1980-04-03"))
    (city[2] / "classification.csv").write_text(
        "業務,グループ,項目,種別,キー,分類,理由,判定者,判定日\n"
        f"001,resident,生年月日,,,{letter},検査の例,見本係,2026-03-01\n",
        encoding="utf-8",
    )
    verdicts = _verdicts(reconcile_run(*city))
    assert verdicts["001", "RPT-05"][0] == verdict
    assert verdicts["001", "RPT-18"][0] == "理由付き"


def test_nothing_explains_a_support_measure(city: tuple[Path, Project, Path]) -> None:
    """全数一致: a class does not open this gate."""
    _edit(city[2] / "001/support_measure.csv", lambda f: f.slice(1))
    (city[2] / "classification.csv").write_text(
        "業務,グループ,項目,種別,キー,分類,理由,判定者,判定日\n001,,,,,E,検査の例,見本係,2026-03-01\n", encoding="utf-8"
    )
    assert _verdicts(reconcile_run(*city))["001", "RPT-17"][0] == "未達"


def test_a_record_the_new_system_refused(city: tuple[Path, Project, Path]) -> None:
    """It is told by its load error, of class D, and the count adds up."""
    key = "/".join(
        pl.read_csv(city[2] / "010/levy.csv", infer_schema=False).select(city[1].groups["010", "levy"].key).row(0)
    )
    _edit(city[2] / "010/levy.csv", lambda f: f.slice(1))
    (city[2] / "010/load_errors.csv").write_text(f"グループ,キー,項目,理由\nlevy,{key},年税額,必須\n", encoding="utf-8")
    told = reconcile_run(*city)
    assert told.groups.filter(pl.col("group_id") == "levy")["difference"].item() == 0
    assert told.differences.select("kind", "class", "reason").row(0) == ("取込エラー", "D", "取込エラー：必須")
    assert _verdicts(told)["010", "RPT-02"][0] == "未達"


def test_a_group_that_was_not_extracted_again_leaves_its_area_untried(city: tuple[Path, Project, Path]) -> None:
    """The residents agree and the support measures were not handed in: no gate over both says 差0."""
    (city[2] / "001" / "support_measure.csv").unlink()
    verdicts = _verdicts(reconcile_run(*city))
    for report in ("RPT-02", "RPT-05", "RPT-06", "RPT-07", "RPT-17", "RPT-18"):
        assert verdicts["001", report][0] == "未実施", report
    assert "support_measure" in verdicts["001", "RPT-06"][1]


def test_differences_beyond_the_list_are_counted_and_keep_the_gate_shut(
    city: tuple[Path, Project, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class for what is listed says nothing of what is not."""
    monkeypatch.setattr("pipelines.reconciliation.group_comparison.LISTED", 5)
    _edit(city[2] / "001/resident.csv", lambda f: f.with_columns(氏名=pl.lit("乙")))
    (city[2] / "classification.csv").write_text(
        "業務,グループ,項目,種別,キー,分類,理由,判定者,判定日\n001,,,,,E,検査の例,見本係,2026-03-01\n", encoding="utf-8"
    )
    told = reconcile_run(*city)
    assert told.differences.height == 5
    (gate,) = told.gates.filter((pl.col("area") == "001") & (pl.col("report") == "RPT-05")).to_dicts()
    assert (gate["verdict"], gate["differences"]) == ("未達", PEOPLE)
    assert f"一覧に載らない差 {PEOPLE - 5}件" in gate["note"]


def test_the_order_of_a_reextract_does_not_matter(city: tuple[Path, Project, Path]) -> None:
    """Rows are held against each other by key; rows of equal keys by their values."""
    twice = city[0] / "standard" / "010" / "levy.arrow"
    rows = pl.read_ipc(twice)
    rows = pl.concat([rows, rows.head(3).with_columns(年税額=pl.lit("7"))])
    twice.unlink()
    rows.write_ipc(twice)
    rows.reverse().write_csv(city[2] / "010" / "levy.csv")
    told = reconcile_run(*city)
    assert told.differences.is_empty()
    assert _verdicts(told)["010", "RPT-05"] == ("差0", "")
    items = pl.read_parquet(told.folder / "items.parquet").filter(pl.col("item") == "年税額")
    assert items.select("compared", "same").row(0) == (PEOPLE + 3, PEOPLE + 3)


def test_without_a_reextract_nothing_is_said_to_agree(city: tuple[Path, Project, Path]) -> None:
    """An area whose files are not there is 未実施 throughout, never 差0."""
    for path in (city[2] / "010").glob("*.csv"):
        path.unlink()
    told = reconcile_run(*city)
    assert set(told.gates.filter(pl.col("area") == "010")["verdict"]) == {"未実施"}


def test_forms_and_recalculations(city: tuple[Path, Project, Path]) -> None:
    """A difference with a reason is explained; an amount that is no number is not, whatever the reason says."""
    (city[2] / "010/forms.csv").write_text(
        "帳票名,キー,項目,旧値,新値,理由\n納税通知書,1,氏名,髙橋,高橋,印字の字体\n納税通知書,2,氏名,山田,山田,\n",
        encoding="utf-8",
    )
    (city[2] / "010/recalculation.csv").write_text(
        '計算名,キー,項目,旧額,新額,理由\n住民税,1,年税額,"1,000",1000,\n住民税,2,年税額,1000,千円,端数\n',
        encoding="utf-8",
    )
    verdicts = _verdicts(reconcile_run(*city))
    assert verdicts["010", "RPT-15"][0] == "理由付き"
    assert verdicts["010", "RPT-16"] == ("未達", "住民税 年税額 キー 2")


def test_lists_of_others(city: tuple[Path, Project, Path]) -> None:
    """RCN-014: 住基ネット holds somebody we do not have, and another name."""
    (city[2] / "001/counterpart.csv").write_text(
        "相手,宛名番号,項目,値\n住基ネット,0000000001,氏名,髙橋　0\n"
        "住基ネット,0000000002,氏名,高橋　1\n住基ネット,9999999999,氏名,x\n",
        encoding="utf-8",
    )
    told = reconcile_run(*city)
    gate = told.gates.filter((pl.col("report") == "RCN-014") & (pl.col("area") == "001")).row(0, named=True)
    assert (gate["verdict"], gate["differences"]) == ("未達", 2)


@pytest.mark.parametrize(("path", "content", "error"), [
    ("classification.csv", "業務,グループ,項目,種別,キー,分類,理由,判定者,判定日\n,,,,,F,x,y,\n", DefinitionError),
    ("classification.csv", "業務,グループ,項目,種別,キー,分類,理由,判定者,判定日\n,,,,,A,,y,\n", DefinitionError),
    ("010/load_errors.csv", "グループ,キー\n", DefinitionError),
    ("010/levy.csv", "氏名\n山田\n", UnreadableFile),
    ("010/nothing_of_ours.csv", "a\n1\n", UnreadableFile),
])  # fmt: skip
def test_files_that_cannot_be_what_they_should_be(
    path: str, content: str, error: type[Exception], city: tuple[Path, Project, Path]
) -> None:
    """Named with file and what was expected; nothing is compared by guess."""
    (city[2] / path).write_text(content, encoding="utf-8")
    with pytest.raises(error):
        reconcile_run(*city)


def test_my_number_is_compared_and_never_kept(city: tuple[Path, Project, Path]) -> None:
    """個人番号 that differ are counted; their digits stand in no result."""
    run, project, loaded = city
    group = project.groups["001", "resident"]
    secret: Any = next(item.name for item in group.items if item.meaning == "person.my_number")
    path = run / "standard" / "001" / "resident.arrow"
    rows = pl.read_ipc(path)
    changed = rows.with_columns(pl.lit("123456789018").alias(secret))
    path.unlink()
    changed.write_ipc(path)
    changed.with_columns(pl.lit("023456789013").alias(secret)).write_csv(loaded / "001" / "resident.csv")
    told = reconcile_run(run, replace(project), loaded)
    assert _verdicts(told)["001", "RPT-05"][0] == "未達"
    for one in told.folder.glob("*.parquet"):
        assert "123456789018" not in pl.read_parquet(one).write_csv()


def test_a_delta_applied_twice(city: tuple[Path, Project, Path]) -> None:
    """RCN-012: after a delta up to this generation a record that stands twice is told so, whatever its class."""
    run, _, loaded = city
    manifest = json.loads((run / "manifest.json").read_text("utf-8")) | {"generation": "g1"}
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "RCN-012" not in reconcile_run(*city).gates["rule_id"].to_list()
    (run.parent.parent / "deltas" / "g0..g1").mkdir(parents=True)
    (run.parent.parent / "deltas" / "g0..g1" / "delta.json").write_text("{}", encoding="utf-8")
    _edit(loaded / "010" / "levy.csv", lambda f: pl.concat([f, f.head(1)]))
    gates = reconcile_run(*city).gates.filter(pl.col("rule_id") == "RCN-012")
    assert dict(gates.select("area", "verdict").iter_rows()) == {"001": "差0", "010": "未達"}


@pytest.mark.parametrize(("born", "age"), [
    ("1981-04-01", 45), ("1981-04-02", 40), ("1980-12-31", 45), ("1981-01-01", 45), ("1981-12-31", 40),
])  # fmt: skip
def test_ages_turn_on_the_birthday(born: str, age: int, city: tuple[Path, Project, Path]) -> None:
    """On 2026-04-01, whatever the month: both sides of the pyramid are counted as the 人口統計 counts."""
    run, project, loaded = city
    people = pl.read_csv(loaded / "001/resident.csv", infer_schema=False).with_columns(生年月日=pl.lit(born))
    people.write_ipc(run / "standard/001/resident.arrow")
    people.write_csv(loaded / "001/resident.csv")
    ages = pl.read_parquet(reconcile_run(run, project, loaded).folder / "ages.parquet")
    assert set(ages["age"]) == {age}
    assert dict(ages.group_by("side").agg(pl.col("count").sum()).iter_rows()) == {"出力": PEOPLE, "取込後": PEOPLE}


def test_recalculated_amounts_by_bands(city: tuple[Path, Project, Path]) -> None:
    """Whom a difference meets; what is no amount stands in a band of its own and in no sum."""
    (city[2] / "010" / "recalculation.csv").write_text(
        "計算名,キー,項目,旧額,新額,理由\n所得割,1,税額,0,0,\n所得割,2,税額,\"9,999\",10099,\n所得割,2,税額,10000,9000,\n"
        "所得割,3,税額,1000000,1000000,\n所得割,4,税額,ABC,5,\n所得割,5,税額,-1,0,\n",
        encoding="utf-8",
    )
    bands = pl.read_parquet(reconcile_run(*city).folder / "bands.parquet")
    assert bands.select("band", "people", "compared", "different", "gap", "largest").rows() == [
        ("数でない", 1, 1, 1, 0, 0),
        ("0円より少ない", 1, 1, 1, 1, 1),
        ("0円", 1, 1, 0, 0, 0),
        ("1円〜1万円未満", 1, 1, 1, 100, 100),
        ("1万円〜5万円未満", 1, 1, 1, -1000, 1000),
        ("100万円以上", 1, 1, 0, 0, 0),
    ]
