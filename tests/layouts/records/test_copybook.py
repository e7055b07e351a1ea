from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from layouts.records.copybook import Copybook, Field, Shift, parse_copybook, read_copybook
from layouts.records.copybook_source import columns_of, detect_format


def parse(text: str, **options: object) -> Copybook:
    return parse_copybook(text, name="test.cpy", **options)  # type: ignore[arg-type]


def fixed(*lines: str) -> str:
    return "".join(f"       {line}\n" for line in lines)


def shape(copybook: Copybook, record: str | None = None) -> list[tuple[str, int, int]]:
    return [(f.name, f.offset, f.length) for f in copybook.flat(record)]


def only(text: str, **options: object) -> Field:
    return parse(fixed("01  R.", f"    05  A {text}."), **options).flat()[0]


def test_japanese_names_and_hyphens_of_every_width_stay_as_written() -> None:
    book = parse(fixed("01  住民－レコード.", "    05  宛名番号-１ PIC 9(10).", "    05  氏名‐カナ PIC X(20)."))
    assert shape(book) == [("宛名番号-１", 0, 10), ("氏名‐カナ", 10, 20)]
    assert book.records[0].name == "住民－レコード"


def test_columns_1_to_6_and_73_to_80_are_no_program_text() -> None:
    lines = ["000100 01  R.", "000200     05  A PIC X(3)."]
    text = f"{lines[0]:72}JUM00010\n{lines[1]:72}PIC 9(9)\n"
    assert detect_format(text) == "fixed"
    assert shape(parse(text)) == [("A", 0, 3)]


def test_full_width_characters_count_two_columns_up_to_column_72() -> None:
    name = "世帯主氏名漢字氏名欄世帯主氏名漢字氏"
    line = f"           05  {name} PIC  N(20)."
    line = line.ljust(72 - len(name)) + "JUM00010"
    assert columns_of(line)[line.index("J")] == 73
    assert shape(parse(f"       01  R.\n{line}\n")) == [(name, 0, 40)]


def test_a_full_width_character_that_begins_in_column_72_is_whole() -> None:
    head = "           05  A PIC X VALUE '"
    line = head + " " * (71 - len(head)) + "字"
    text = f"       01  R.\n{line}AB\n      -    '漢'.\n           05  B PIC X(2).\n"
    assert columns_of(line)[-1] == 72
    assert shape(parse(text, source_format="fixed")) == [("A", 0, 1), ("B", 1, 2)]


def test_words_and_literals_continue_on_the_next_line() -> None:
    text = (
        "       01  R.\n           05  LONG-NA\n      -        ME PIC X(4) VALUE 'AB\n      -    'CD'.\n"
        "           05  B PIC\n               X(2).\n"
    )
    assert shape(parse(text)) == [("LONG-NAME", 0, 4), ("B", 4, 2)]


def test_a_word_that_runs_into_the_identification_area_is_refused() -> None:
    line = "           05  A".ljust(62) + "PIC X(20000)."
    with pytest.raises(DefinitionError, match=r"test.cpy:2:72: .*identification area"):
        parse(f"       01  R.\n{line}\n")


def test_free_format_and_comments() -> None:
    text = "*> コメント\n01 R.\n  05 A PIC X(3). *> あと\n* old comment\n  05 B PIC 9(2)\n    VALUE 5.\n"
    assert detect_format(text) == "free"
    assert shape(parse(text)) == [("A", 0, 3), ("B", 3, 2)]


def test_comments_debug_and_listing_lines_of_fixed_format_are_left_out() -> None:
    text = (
        "      * コメント 05 X PIC X.\n      /\n       01  R.\n       EJECT\n      D    05  DBG PIC X.\n"
        "           05  A PIC X. *> inline\n"
    )
    assert shape(parse(text)) == [("A", 0, 1)]


def test_a_copybook_without_level_01_is_a_record_named_after_its_file() -> None:
    book = parse_copybook(fixed("05  A PIC X.", "05  B PIC X."), name="dir/JUMIN.cpy")
    assert book.records[0].name == "JUMIN"
    assert shape(book) == [("A", 0, 1), ("B", 1, 1)]


def test_several_level_01_are_several_records() -> None:
    book = parse(fixed(
        "01  ヘッダ.", "    05  A PIC X(3).", "01  データ.", "    05  B PIC X(5).", "77  単独 PIC 9(4).",
    ))
    assert [(r.name, r.length) for r in book.records] == [("ヘッダ", 3), ("データ", 5), ("単独", 4)]
    assert shape(book, "データ") == [("B", 0, 5)]
    with pytest.raises(DefinitionError, match="ヘッダ, データ, 単独"):
        book.record()


def test_copy_replacing_by_words_pseudo_text_and_parts_of_words() -> None:
    person = fixed("    05  :TAG:-NAME PIC N(10).", "    05  PRE-CODE PIC X(2).", "    05  SIZE-A PIC OLD.")
    members = {"PERSON": person}
    text = fixed(
        "01  R.", "COPY PERSON REPLACING ==:TAG:== BY ==世帯主==",
        "    LEADING ==PRE== BY ==POST== ==PIC OLD== BY ==PIC 9(4)==.", "    05  Z PIC X.",
    )
    assert shape(parse(text, members=members)) == [
        ("世帯主-NAME", 0, 20), ("POST-CODE", 20, 2), ("SIZE-A", 22, 4), ("Z", 26, 1),
    ]


def test_a_member_that_is_not_there_or_copies_itself_is_an_error_with_its_place() -> None:
    with pytest.raises(DefinitionError, match=r"test.cpy:2:8: expected the copy member GONE"):
        parse(fixed("01  R.", "COPY GONE."))
    with pytest.raises(DefinitionError, match="LOOP → LOOP"):
        parse(fixed("01  R.", "COPY LOOP."), members={"LOOP": fixed("COPY LOOP.")})


def test_members_are_sought_beside_the_copybook_in_utf8_or_cp932(tmp_path: Path) -> None:
    (tmp_path / "A.cpy").write_bytes(fixed("01  記録.", "COPY 氏名.").encode("cp932"))
    (tmp_path / "氏名.cpy").write_text(fixed("    05  氏名 PIC N(5)."), encoding="utf-8")
    assert shape(read_copybook(tmp_path / "A.cpy")) == [("氏名", 0, 10)]


def test_redefines_nested_of_groups_and_longer_than_the_original() -> None:
    book = parse(fixed(
        "01  R.", "    05  日付 PIC 9(8).", "    05  分割 REDEFINES 日付.", "        10  年 PIC 9(4).",
        "        10  年桁 REDEFINES 年.", "            15  上 PIC 99.", "            15  下 PIC 99.",
        "        10  月日 PIC 9(4).", "    05  長い REDEFINES 日付 PIC X(10).", "    05  次 PIC X.",
    ))
    assert shape(book) == [
        ("日付", 0, 8), ("年", 0, 4), ("上", 0, 2), ("下", 2, 2), ("月日", 4, 4), ("長い", 0, 10), ("次", 10, 1),
    ]
    assert book.records[0].length == 11
    assert book.flat()[2].redefines == "R.分割.年桁"


@pytest.mark.parametrize("line", ["    05  C REDEFINES A PIC X.", "    05  C REDEFINES NONE PIC X."])
def test_redefines_names_the_item_just_before(line: str) -> None:
    with pytest.raises(DefinitionError, match=r"test.cpy:4:\d+: expected the name of the item just before"):
        parse(fixed("01  R.", "    05  A PIC X.", "    05  B PIC X.", line))


def test_occurs_nested_of_groups_and_items() -> None:
    book = parse(fixed(
        "01  R.", "    05  給付 OCCURS 2 TIMES INDEXED BY IX.", "        10  金額 PIC S9(5) COMP-3.",
        "        10  区分 PIC X OCCURS 2.", "    05  年 PIC 99 OCCURS 2.",
    ))
    assert shape(book) == [
        ("給付(1).金額", 0, 3), ("給付(1).区分(1)", 3, 1), ("給付(1).区分(2)", 4, 1), ("給付(2).金額", 5, 3),
        ("給付(2).区分(1)", 8, 1), ("給付(2).区分(2)", 9, 1), ("年(1)", 10, 2), ("年(2)", 12, 2),
    ]


def test_duplicate_names_get_their_path() -> None:
    book = parse(fixed(
        "01  R.", "    05  現住所.", "        10  町名 PIC N(5).", "    05  前住所.", "        10  町名 PIC N(5).",
        "    05  表 OCCURS 2.", "        10  町名 PIC N(1).",
    ))
    assert [f.name for f in book.flat()] == ["現住所.町名", "前住所.町名", "表(1).町名", "表(2).町名"]


def test_every_field_of_a_record_has_a_name_of_its_own() -> None:
    book = parse(fixed("01  R.", "    05  A PIC X.", "    05  A PIC X.", "    05  FILLER PIC X.", "    05  PIC X."))
    names = [f.name for f in book.flat(filler=True)]
    assert names == ["A#1", "A#2", "FILLER#1", "FILLER#2"]


def test_occurs_depending_on_shifts_what_follows() -> None:
    book = parse(fixed(
        "01  R.", "    05  件数 PIC 9(2).", "    05  明細 OCCURS 1 TO 3 DEPENDING ON 件数.",
        "        10  金額 PIC 9(4).", "    05  備考 PIC X(5).",
    ))
    record = book.records[0]
    assert (record.length, record.minimum_length) == (19, 11)
    assert [f.exists for f in book.flat()] == [(), (("件数", 1),), (("件数", 2),), (("件数", 3),), ()]
    assert book.flat()[-1].shifts == (Shift("件数", 3, 4),)


def test_the_counter_of_a_table_is_a_number_of_the_record() -> None:
    with pytest.raises(DefinitionError, match="after DEPENDING ON, found 無い"):
        parse(fixed("01  R.", "    05  明細 OCCURS 1 TO 3 DEPENDING ON 無い PIC X."))


def test_levels_66_77_and_88() -> None:
    book = parse(fixed(
        "01  R.", "    05  性別 PIC X.", "        88  男 VALUE '1'.",
        "        88  女その他 VALUES ARE '2', '3' THRU '9'.",
        "    05  年 PIC 9(4).", "    66  全部 RENAMES 性別 THRU 年.",
    ))
    assert [(c.name, c.ranges) for c in book.flat()[0].conditions] == [
        ("男", (("'1'", "'1'"),)), ("女その他", (("'2'", "'2'"), ("'3'", "'9'"))),
    ]
    assert book.records[0].renames[0].first == "R.性別"


@pytest.mark.parametrize(
    ("clauses", "codec", "length", "digits", "scale"),
    [
        ("PIC X(5)", "text", 5, 0, 0),
        ("PIC A(5)", "text", 5, 0, 0),
        ("PICTURE IS N(5)", "text", 10, 0, 0),
        ("PIC G(5) DISPLAY-1", "text", 10, 0, 0),
        ("PIC N(5) USAGE IS NATIONAL", "text", 10, 0, 0),
        ("PIC 9(5)", "zoned", 5, 5, 0),
        ("PIC S9(5)V9(2)", "zoned", 7, 7, 2),
        ("PIC S9(5) SIGN IS TRAILING SEPARATE CHARACTER", "zoned", 6, 5, 0),
        ("PIC 9(3)PP", "zoned", 3, 3, -2),
        ("PIC VPP9(3)", "zoned", 3, 3, 5),
        ("PIC S9(5) COMP-3", "packed", 3, 5, 0),
        ("PIC S9(6) PACKED-DECIMAL", "packed", 4, 6, 0),
        ("PIC S9(4) COMP", "binary", 2, 4, 0),
        ("USAGE BINARY PIC S9(9)", "binary", 4, 9, 0),
        ("PIC S9(18) COMP-4", "binary", 8, 18, 0),
        ("PIC S9(4) COMPUTATIONAL-5", "binary", 2, 4, 0),
        ("COMP-1", "float", 4, 0, 0),
        ("USAGE COMP-2", "float", 8, 0, 0),
        ("PIC ZZZ,ZZ9.99-", "text", 11, 8, 2),
        ("PIC \\\\\\,\\\\9", "text", 7, 5, 0),
        ("PIC +9(3)CR", "text", 6, 3, 0),
        ("PIC XXBXX", "text", 5, 0, 0),
        ("PIC 9(3) BLANK WHEN ZERO", "zoned", 3, 3, 0),
        ("PIC X(5) JUST RIGHT VALUE SPACES", "text", 5, 0, 0),
    ],
)
def test_pictures_and_usages(clauses: str, codec: str, length: int, digits: int, scale: int) -> None:
    field = only(clauses)
    assert (field.codec, field.length, field.digits, field.scale) == (codec, length, digits, scale)


def test_usage_and_sign_of_a_group_hold_for_its_items() -> None:
    book = parse(fixed(
        "01  R COMP-3.", "    05  A PIC 9(3).", "    05  G SIGN LEADING SEPARATE USAGE DISPLAY.",
        "        10  B PIC S9(3).", "        10  C PIC X.",
    ))
    assert shape(book) == [("A", 0, 2), ("B", 2, 4), ("C", 6, 1)]


@pytest.mark.parametrize(("dialect", "lengths"), [
    ("ibm", [2, 2, 4, 8]), ("gnucobol", [1, 2, 4, 8]), ("micro_focus", [1, 2, 4, 8]), ("fujitsu", [2, 2, 4, 8]),
])
def test_binary_sizes_differ_by_dialect(dialect: str, lengths: list[int]) -> None:
    pictures = ["S9(2)", "S9(4)", "S9(9)", "S9(18)"]
    assert [only(f"PIC {p} COMP", dialect=dialect).length for p in pictures] == lengths


def test_clauses_of_a_dialect_that_change_no_byte() -> None:
    assert only("PIC N(4) CHARACTER TYPE IS MODE-1", dialect="fujitsu").length == 8
    with pytest.raises(DefinitionError, match="CHARACTER"):
        only("PIC N(4) CHARACTER TYPE IS MODE-1", dialect="ibm")


@pytest.mark.parametrize(
    ("clauses", "column", "message"),
    [
        ("PIC X(3) FOO BAR", 27, "expected a data description clause, found FOO"),
        ("PIC Q(3)", 22, "character 'Q' at position 1 of picture Q"),
        ("PIC 9V9V9", 22, "order of the symbols"),
        ("PIC X(0)", 22, r"repetition \(0\)"),
        ("PIC X PIC X", 24, "a second one"),
        ("PIC X COMP-3", 12, "a numeric PICTURE with this usage"),
        ("COMP-9 PIC 9", 18, "found COMP-9"),
        ("PIC 9(3) SIGN LEADING", 12, "SIGN only on a signed DISPLAY number"),
        ("PIC S9(3) BLANK WHEN ZERO", 12, "BLANK WHEN ZERO only on an unsigned number"),
        ("PIC 9(3) JUST", 12, "JUSTIFIED only on text"),
        ("PIC X OCCURS 5 TO 3 DEPENDING ON A", 24, "a maximum of at least 1 and the minimum"),
        ("PIC X OCCURS 1 TO 3", 24, "DEPENDING ON"),
        ("PIC 9(3) DISPLAY-1", 12, "PIC N or G"),
        ("PIC X(4) COMP-1", 12, "no PICTURE with usage float"),
        ("VALUE 5", 12, "a PICTURE or items of a higher level below it"),
    ],
)
def test_an_unknown_or_contradictory_clause_is_an_error_with_line_and_column(
    clauses: str, column: int, message: str
) -> None:
    with pytest.raises(DefinitionError, match=rf"^test.cpy:2:{column}: .*{message}"):
        only(clauses)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["01  R.", "    05  A PIC X.", "        10  B PIC X."], "no item below A, which is elementary"),
        (["01  R.", "    05  A PIC X"], "a period at the end of the entry"),
        (["01  R.", "    50  A PIC X."], "a level number"),
        (["01  R.", "    05  A PIC X VALUE 'a."], "a closing '"),
        (["    88  A VALUE 1."], "an item before level 88"),
        (["*> nothing"], "a level 01 entry"),
    ],
)
def test_a_wrong_structure_is_an_error(lines: list[str], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        parse(fixed(*lines))


def test_an_unknown_dialect_is_an_error() -> None:
    with pytest.raises(DefinitionError, match="one of ibm"):
        parse(fixed("01  R PIC X."), dialect="univac")


@given(st.text(alphabet="01 5X9PIC.()V-\n'\"氏名OCCURS*", max_size=120))
def test_any_text_is_a_copybook_or_a_definition_error(text: str) -> None:
    try:
        book = parse(text)
    except DefinitionError:
        return
    assert book.records


@given(st.lists(st.sampled_from([("PIC X(3)", 3), ("PIC S9(5) COMP-3", 3), ("PIC N(2)", 4), ("PIC S9(4) COMP", 2)]),
                min_size=1, max_size=20))
def test_offsets_are_the_sum_of_the_lengths_before(items: list[tuple[str, int]]) -> None:
    book = parse(fixed("01  R.", *(f"    05  A{i} {clauses}." for i, (clauses, _) in enumerate(items))))
    position = 0
    for field, (_, length) in zip(book.flat(), items, strict=True):
        assert (field.offset, field.length) == (position, length)
        position += length
    assert book.records[0].length == position
