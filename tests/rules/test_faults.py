from __future__ import annotations

import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from rules.catalogue import load_catalogue
from rules.contract import FINDING_SCHEMA
from rules.faults import counts_by_rule, fault_rules, findings_of_faults
from rules.trial import bound, context

SCHEMA = {"record_no": pl.Int64, "item": pl.String, "fault": pl.String, "byte_offset": pl.Int64, "raw_bytes": pl.Binary,
          "text": pl.String}  # fmt: skip
EXPECTED = {
    "record_length": "FIL-001", "shift_unbalanced": "FIL-003", "odd_kanji_run": "FIL-003", "undefined_code": "FIL-006",
    "undecided_gaiji": "FIL-006", "control_character": "FIL-007", "low_value": "FIL-008", "high_value": "FIL-009",
    "trimmed": "FIL-010", "blank": "FIL-011", "packed_sign": "NUM-001", "packed_digit": "NUM-002",
    "packed_blank": "NUM-002", "zoned_sign": "NUM-003", "zoned_digit": "NUM-003", "overflow": "NUM-004",
    "glyph_undecided": "MOJ-007", "unknown_record_type": "FIL-013", "odo_out_of_range": "FIL-014",
}  # fmt: skip


def faults(*rows: tuple[int, str, str, int, bytes | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_every_fault_has_its_rule() -> None:
    assert EXPECTED.items() <= fault_rules().items()
    assert all(load_catalogue()[rule].state == "built" for rule in fault_rules().values())


def test_a_fault_becomes_a_finding_on_the_standard_item() -> None:
    name = bound("氏名", "person.name", source_item="氏名漢字")
    rows = faults(
        (7, "氏名漢字", "undecided_gaiji", 712, b"\xf0\xa1", "{F0A1}田"),
        (8, "備考", "odd_kanji_run", 900, b"\xb0", "{B0}"),
    )
    found = findings_of_faults(rows, context([name]))
    assert found.schema == FINDING_SCHEMA
    assert found.select("record_no", "rule_id", "item", "reason", "before", "raw_bytes").rows() == [
        (7, "FIL-006", "氏名", "undecided_gaiji", "{F0A1}田", b"\xf0\xa1"),
        (8, "FIL-003", "備考", "odd_kanji_run", "{B0}", b"\xb0"),
    ]


def test_what_an_auto_rule_did_is_counted_and_no_finding() -> None:
    assert findings_of_faults(faults((1, "氏名", "low_value", 0, b"\0", None)), context([])).is_empty()
    counts = pl.DataFrame(
        {"item": ["氏名", "氏名", "番号"], "kind": ["blank", "wide_blank", "cell"], "count": [2, 3, 9]}
    )
    assert counts_by_rule(counts).rows() == [("FIL-011", "氏名", 5)]


def test_one_finding_a_rule_and_cell() -> None:
    rows = faults(
        (1, "氏名", "undefined_code", 0, b"\x01", "{01}"),
        (1, "氏名", "undecided_gaiji", 2, b"\xf0\xa1", "{F0A1}"),
    )
    assert findings_of_faults(rows, context([])).height == 1


def test_a_personal_number_is_not_shown() -> None:
    number = bound("個人番号", "person.my_number", source_item="マイナンバー")
    found = findings_of_faults(
        faults((1, "マイナンバー", "zoned_digit", 0, b"123", "123")), context([number])
    )
    assert found.select("before", "raw_bytes").row(0) == (None, None)


def test_a_fault_without_a_rule_is_our_mistake() -> None:
    with pytest.raises(DefinitionError, match="never_heard_of"):
        findings_of_faults(faults((1, "氏名", "never_heard_of", 0, None, None)), context([]))
