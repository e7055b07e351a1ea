import duckdb
import polars as pl

from layouts.meanings import load_meanings
from pipelines.ledger import IssueIdentity
from pipelines.project.data_folder import Control
from pipelines.project.scope import Gate
from pipelines.steps.figures import CHAIN_SCHEMA
from pipelines.steps.judge import Measured, measure, verdicts
from pipelines.steps.key_relations import KeyFile, column_of, relations
from pipelines.steps.reconcile import FileCount, control_rows, control_table, record_table
from rules.reconciliation.amounts import judged
from rules.reconciliation.headcounts import headcounts


def person(number, sex="1", household="1", status="1", latest="1"):
    return {
        "area": "001",
        "group_id": "resident",
        "source": "s",
        "file": "f",
        "record_no": 1,
        "byte_offset": 0,
        "subject": number,
        "person_number": number,
        "person_name": "甲",
        "person_sex": sex,
        "person_household_number": household,
        "person_status": status,
        "person_latest": latest,
        "person_kind": "1",
        "ward_code": "E",
    }


def counted(tmp_path, rows):
    path = tmp_path / "keys.parquet"
    pl.DataFrame(rows).write_parquet(path)
    keys = [KeyFile((path,), frozenset({"person.number", "person.name"}))]
    with relations(
        keys, {}, list(load_meanings()), memory_mib=128, threads=1, scratch=tmp_path / "scratch"
    ) as connection:
        return headcounts(connection)


def control(item, division, value):
    return Control("月報", item, division, value, "2026-03-31", "市民課")


def test_people_are_counted_once_and_only_while_they_live_here(tmp_path):
    people = counted(tmp_path, [person("1"), person("1", latest="0"), person("2", sex="2"), person("3", status="3")])
    figures = {(r["項目"], r["区分"]): r["移行値"] for r in people.iter_rows(named=True)}
    assert figures["人口総数", ""] == 2
    assert figures["男女別人口", "女"] == 1
    assert figures["世帯数", ""] == 1
    assert figures["除票数", ""] == 1


def test_controls_agree_differ_or_were_not_done(tmp_path):
    people = counted(tmp_path, [person("1"), person("2", sex="2")])
    supplied = control_rows("001", [control("人口総数", "", 2), control("世帯数", "", 3), control("平均年齢", "", 40)])
    table = control_table(supplied, people, ("001",))
    verdict = dict(zip(table["項目"], table["判定"], strict=True))
    assert verdict["人口総数"] == "一致"
    assert verdict["世帯数"] == "不一致"
    assert verdict["平均年齢"] == "未実施"
    assert verdict["除票数"] == "未実施"


def test_a_figure_of_the_chain_is_not_said_to_be_missing():
    """What the project describes is judged in its chain; it does not stand a second time as 未実施."""
    supplied = control_rows("001", [Control("人口統計表", "人口総数", "", 3, "2026-01-01", "市民課")])
    people = pl.DataFrame({"項目": ["人口総数", "除票数"], "区分": ["", ""], "移行値": [3, 1]})
    known = {"area": "001", "帳票名": "人口統計表", "項目": "人口総数", "区分": "", "単位": "人", "現行値": 3}
    chains = judged(pl.DataFrame([known | {"源泉値": 3, "出力値": 3, "非数値": 0}], schema=CHAIN_SCHEMA))
    table = control_table(supplied, people, ("001",), chains)
    assert table.select("項目", "判定").rows() == [("人口総数", "一致"), ("除票数", "未実施")]


def test_a_lost_record_shows():
    whole = record_table([FileCount("001", "s", "f", 3, 4, {"converted": 3, "control": 1}, 3)])
    lost = record_table([FileCount("001", "s", "f", 3, 4, {"converted": 2, "control": 1}, 2)])
    assert whole["difference"].to_list() == [0]
    assert lost["difference"].to_list() == [2]


def test_a_gate_without_a_measurement_is_never_passed():
    gates = [
        Gate(id=f"G{n}", item="i", measure=m, at_most=0)
        for n, m in enumerate(("records.unexplained", "controls.mismatch", "issues.open_errors"))
    ]
    rows = verdicts(gates, Measured({"records.unexplained": 0, "controls.mismatch": None, "issues.open_errors": 3}))
    assert [r["verdict"] for r in rows] == ["可", "未実施", "未達"]


def test_of_personal_numbers_key_rows_hold_a_digest_alone(tmp_path):
    with relations([], {}, list(load_meanings()), memory_mib=128, threads=1, scratch=tmp_path / "s") as connection:
        assert isinstance(connection, duckdb.DuckDBPyConnection)
        columns = {row[0] for row in connection.execute("DESCRIBE persons").fetchall()}
    assert "person_my_number" not in columns
    assert column_of("person.my_number") == "person_my_number_digest" in columns
    numbers = pl.Series("個人番号", ["123456789018", None, "123456789018", "x"])
    first, none, again, other = IssueIdentity(b"k" * 32).digests(numbers)
    assert (first, none) == (again, None)
    assert first != other
    assert "123456789018" not in first
    assert column_of("person.birth_date") in columns


def test_an_unexplained_character_is_measured():
    issues = pl.DataFrame([{"issue_id": "a", "rule_id": "RCN-006", "severity": "E", "blocks": "release"}])
    states = pl.DataFrame([{"issue_id": "a", "state": "未判断"}])
    records = record_table([FileCount("001", "s", "f", 3, 4, {"converted": 3, "control": 1}, 3)])
    controls = control_table(
        control_rows("001", []), pl.DataFrame(schema={"項目": pl.String, "区分": pl.String, "移行値": pl.Int64}), ()
    )
    measured = measure(
        records=records,
        controls=controls,
        issues=issues,
        states=states,
        individual=0,
        scope_difference=None,
        laws_broken=0,
    )
    assert measured.values["characters.unexplained"] == 1
    assert measured.values["controls.mismatch"] is None
