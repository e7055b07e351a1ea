import csv
import io

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import LawBroken
from pipelines.ledger import IssueIdentity
from pipelines.steps.gather import gather_issues, gather_standard, join_arrow, join_csv
from rules.contract import ISSUE_SCHEMA


def part(path, columns, blocks):
    with pa.ipc.new_file(path, pa.schema([pa.field(c, pa.string()) for c in columns])) as writer:
        for block in blocks:
            writer.write_batch(pa.record_batch([pa.array(v, pa.string()) for v in block], names=columns))
    return path


def test_every_item_of_the_layout_stands_in_its_order(tmp_path):
    parts = [
        part(tmp_path / "1.arrow", ["b", "a"], [[["1"], ["2"]], [["3"], [None]]]),
        part(tmp_path / "2.arrow", ["b"], [[["4"]]]),
    ]
    assert join_arrow(parts, ["a", "x", "b"], tmp_path / "o.arrow") == 3
    join_csv(parts, ["a", "x", "b"], tmp_path / "o.csv")
    assert pl.read_ipc(tmp_path / "o.arrow").rows() == [("2", None, "1"), (None, None, "3"), (None, None, "4")]
    assert (tmp_path / "o.csv").read_text(encoding="utf-8") == "a,x,b\n2,,1\n,,3\n,,4\n"


@given(st.lists(st.one_of(st.none(), st.text(alphabet='あ𠮷a,"\n\r ', min_size=1)), min_size=1, max_size=6))
def test_any_text_comes_back_from_the_csv_file(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("csv")
    path = part(folder / "1.arrow", ["a", "b"], [[values, ["x"] * len(values)]])
    join_csv([path], ["a", "b"], folder / "o.csv")
    rows = list(csv.reader(io.StringIO((folder / "o.csv").read_bytes().decode(), newline="")))
    assert rows == [["a", "b"], *[[v or "", "x"] for v in values]]


@pytest.mark.parametrize("kind", ["arrow", "csv"])
def test_a_row_without_lineage_or_lineage_without_a_row_breaks_law_1(tmp_path, kind):
    folder = tmp_path / "part"
    folder.mkdir()
    part(folder / "g.arrow", ["a"], [[["1", "2"]], [["3"]]])
    for made in (3, 4, 2):
        pl.DataFrame({"record_no": range(made)}).write_parquet(folder / "lineage.g.parquet")
        if made == 3:
            gather_standard(tmp_path / "run", [folder], "010", "g", ["a"], kind)
            continue
        with pytest.raises(LawBroken, match=rf"law 1 .*standard/010/g\.{kind}: 3 rows of {made} made"):
            gather_standard(tmp_path / "run", [folder], "010", "g", ["a"], kind)


def issue(issue_id):
    row = dict.fromkeys(ISSUE_SCHEMA)
    return row | {
        "issue_id": issue_id,
        "source": "s",
        "area_id": "001",
        "group_id": "g",
        "subject": "1",
        "rule_id": "FIL-006",
        "item_path": "氏名",
        "value_hash": "h",
    }


def test_records_that_came_twice_keep_apart_issues(tmp_path):
    identity = IssueIdentity(b"k" * 32)
    parts = []
    for name in ("p1", "p2"):
        (tmp_path / name).mkdir()
        pl.DataFrame([issue("same")], schema=ISSUE_SCHEMA).write_parquet(tmp_path / name / "issues.parquet")
        parts.append(tmp_path / name)
    issues = gather_issues(tmp_path, parts, "001", pl.DataFrame(schema=ISSUE_SCHEMA), identity)
    assert issues["issue_id"][0] == "same"
    assert issues["issue_id"].n_unique() == 2
    again = gather_issues(tmp_path, parts, "001", pl.DataFrame(schema=ISSUE_SCHEMA), identity)
    assert again["issue_id"].to_list() == issues["issue_id"].to_list()


@pytest.mark.parametrize("count", [0, 1])
def test_no_part_no_file(tmp_path, count):
    from pipelines.steps.gather import join_tables

    parts = [tmp_path / f"{n}.parquet" for n in range(count)]
    assert join_tables(parts, tmp_path / "o.parquet") == 0
    assert not (tmp_path / "o.parquet").exists()
