import polars as pl

from pipelines.project.scope import Exclusion
from pipelines.steps.exclude import exclude

TABLE = pl.DataFrame(
    {
        "_record_no": [1, 2, 3, 4],
        "_byte_offset": [0, 10, 20, 30],
        "番号": ["1", "2", None, "4"],
        "履歴": ["1"] * 4,
        "削除": ["0", "1", "0", None],
    }
)
DELETED = Exclusion.model_validate(
    {"source": "s", "where": {"item": "削除", "in": ("1",)}, "reason_code": "D01", "reason": "r"}
)


def test_every_record_goes_one_way():
    kept = exclude(TABLE, ["番号", "履歴"], [DELETED])
    assert kept.table["_record_no"].to_list() == [1, 4]
    assert kept.table["_subject"].to_list() == ["1/1", "4/1"]
    assert kept.unkeyed["_record_no"].to_list() == [3]
    assert sorted(kept.fates.rows()) == [(2, "excluded", "D01"), (3, "isolated", "key_missing")]


def test_first_exclusion_gives_the_reason():
    again = DELETED.model_copy(update={"reason_code": "D02"})
    assert exclude(TABLE, ["履歴"], [DELETED, again]).fates["reason"].to_list() == ["D01"]


def test_nothing_excluded_without_scope():
    assert exclude(TABLE, ["履歴"], []).table.height == 4
