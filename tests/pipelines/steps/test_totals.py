import pytest

from char_mapping.errors import UnreadableFile
from pipelines.steps.totals import check_totals

WHOLE = {
    "announced": 3,
    "fates": {"converted": 2, "excluded": 1, "control": 2},
    "control": [{"件数": "3", "合計": "600"}],
    "totals": {"番号": 600},
    "count_item": "件数",
    "total_items": {"番号": "合計"},
}


def test_a_whole_file_passes():
    check_totals("f", **WHOLE)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"announced": 4}, "FIL-002"),
        ({"control": [{"件数": "2", "合計": "600"}]}, "FIL-012"),
        ({"control": [{"件数": "3", "合計": "601"}]}, "FIL-012"),
        ({"control": []}, "FIL-012"),
    ],
)
def test_what_does_not_add_up_ends_the_area(change, code):
    with pytest.raises(UnreadableFile, match=code):
        check_totals("f", **{**WHOLE, **change})


def test_sums_are_not_asked_of_a_file_with_unreadable_records():
    check_totals("f", **{**WHOLE, "fates": {"converted": 2, "isolated": 1}, "totals": {"番号": 1}})
