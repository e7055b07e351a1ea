"""A 外字 that only the second record type of a file holds is found as well."""

from __future__ import annotations

from pathlib import Path

from layouts.sources import load_source
from pipelines.identification.occurrences import code_uses

COPYBOOK = """\
       01  世帯.
           05  区分                PIC X.
           05  世帯番号            PIC X(4).
           05  世帯主              PIC N(2).
       01  世帯員.
           05  区分                PIC X.
           05  宛名番号            PIC X(4).
           05  氏名                PIC N(2).
"""
RECEIVES = """\
id: setai
label: 世帯
area: "001"
department: 市民課
files: "*.dat"
format: {kind: fixed, record: 世帯, record_type: {item: 区分, values: {H: 世帯, M: 世帯員}}}
copybook: all.cpy
code_system: jef
glyph_policy: area
key: [世帯番号]
items: {区分: {meaning: none}, 世帯番号: {meaning: person.household_number}, 世帯主: {meaning: none}}
"""
READS_TOO = """\
id: setaiin
label: 世帯員
area: "001"
department: 市民課
files_of: setai
format: {record: 世帯員}
key: [宛名番号]
items: {区分: {meaning: none}, 宛名番号: {meaning: person.number}, 氏名: {meaning: person.name}}
"""
PLAIN, USER_DEFINED, LETTERS, DIGITS = b"\xb0\xa1\xb0\xa1", b"\x80\xa1\xb0\xa1", b"\xc8\xd4", b"\xf0\xf0\xf0\xf1"


def test_a_code_of_the_second_record_type_is_found_and_named_by_its_source(tmp_path: Path) -> None:
    for name, text in (("setai", RECEIVES), ("setaiin", READS_TOO)):
        (tmp_path / "sources" / name).mkdir(parents=True)
        (tmp_path / "sources" / name / "source.yml").write_text(text, "utf-8")
    (tmp_path / "sources/setai/all.cpy").write_text(COPYBOOK, "utf-8")
    (tmp_path / "exports/setai").mkdir(parents=True)
    records = LETTERS[:1] + DIGITS + PLAIN + LETTERS[1:] + DIGITS + USER_DEFINED
    (tmp_path / "exports/setai/a.dat").write_bytes(records)
    sources = {name: load_source(tmp_path / "sources" / name) for name in ("setai", "setaiin")}
    uses, _ = code_uses(tmp_path, tmp_path / "exports", sources, block_records=16)
    assert [(use.source.id, f"{use.code:04X}", use.count) for use in uses] == [("setaiin", "80A1", 1)]
