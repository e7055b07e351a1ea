"""Ranking of candidates: pictures, readings, strokes, maps, the city's other tables; nothing confirms by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from char_mapping import DefinitionError, UnreadableFile, load_code_system
from char_mapping.identification.glyphs import (
    CELLS,
    GlyphFont,
    index_of,
    kept_index,
    likeness,
    picture_of,
    read_bitmaps,
)
from char_mapping.identification.ideographs import load_ideographs, plain_sound, to_katakana
from char_mapping.identification.ranking import WEIGHTS, Evidence, NameAround, possible_readings, rank
from char_mapping.imports.official import JIS_UCS
from char_mapping.shrinking import ShrinkTables
from pipelines.sample_city.gaiji_font import strokes, write_gaiji_font

NOTHING = ShrinkTables({})


@pytest.fixture(scope="module")
def eudc(tmp_path_factory: pytest.TempPathFactory) -> GlyphFont:
    path = tmp_path_factory.mktemp("font") / "east.tte"
    write_gaiji_font(path, load_code_system("jef"), "east")
    return GlyphFont(path)


def test_every_named_character_has_radical_strokes_and_readings() -> None:
    known = load_ideographs()
    assert len(known) > 52_000
    high = known["高"]
    assert (high.radical, high.strokes) == (189, 10)
    assert {"コウ", "タカイ"} <= set(high.readings)
    assert known["髙"].strokes == 11


def test_a_font_of_the_sample_city_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    system = load_code_system("jef")
    for name in ("one", "two"):
        write_gaiji_font(tmp_path / name, system, "west")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert len(GlyphFont(tmp_path / "one").cmap) == len(strokes())


def test_a_glyph_is_most_like_itself(eudc: GlyphFont) -> None:
    chars = [chr(point) for point in sorted(eudc.cmap)]
    index = index_of(eudc, chars)
    for char in chars:
        picture = eudc.picture(char)
        assert picture is not None
        assert index.nearest(picture, 1)[0][0] == char
    assert eudc.picture("亜") is None
    assert eudc.svg(chars[0]).startswith('<svg class="glyph"')
    assert eudc.svg("亜") == ""


def test_an_outline_looks_like_what_the_rasteriser_draws(eudc: GlyphFont) -> None:
    for point, name in sorted(eudc.cmap.items()):
        plain = eudc.picture(chr(point))
        assert plain is not None
        assert likeness(plain, picture_of(eudc._from_outline(name))) > 0.94


def test_pictures_are_kept_and_read_back(eudc: GlyphFont, tmp_path: Path) -> None:
    chars = sorted(chr(point) for point in eudc.cmap)
    first = kept_index(eudc, chars, tmp_path, "ab" * 16)
    again = kept_index(eudc, chars, tmp_path, "ab" * 16)
    assert first.texts == again.texts
    assert np.array_equal(first.pictures, again.pictures)
    assert len(list(tmp_path.glob("glyphs-*.npz"))) == 1


@given(st.integers(12, 40), st.integers(12, 40), st.integers(4, 30), st.integers(4, 30))
@settings(max_examples=15, deadline=None)
def test_place_and_size_of_the_ink_do_not_matter(width: int, height: int, left: int, top: int) -> None:
    one, other = Image.new("L", (48, 48)), Image.new("L", (120, 120))
    for image, (x, y) in ((one, (4, 4)), (other, (left, top))):
        draw = ImageDraw.Draw(image)
        draw.rectangle((x, y, x + width, y + height), outline=255, width=3)
        draw.line((x, y, x + width, y + height), fill=255, width=3)
    assert likeness(picture_of(one), picture_of(other)) > 0.97


def test_a_blank_picture_is_like_nothing() -> None:
    blank = picture_of(Image.new("L", (20, 20)))
    assert blank.shape == (CELLS * CELLS,)
    assert likeness(blank, blank) == 0.0


def test_bitmaps_of_a_host_are_read_whichever_way_round(tmp_path: Path) -> None:
    for name, ground, ink in (("F040.png", 255, 0), ("U+F041.bmp", 0, 255), ("notes.png", 0, 255)):
        image = Image.new("L", (24, 24), ground)
        ImageDraw.Draw(image).line((4, 12, 20, 12), fill=ink, width=3)
        image.save(tmp_path / name)
    found = read_bitmaps(tmp_path)
    assert sorted(found) == [0xF040, 0xF041]
    assert likeness(picture_of(found[0xF040]), picture_of(found[0xF041])) > 0.99
    (tmp_path / "F042.png").write_bytes(b"no picture")
    with pytest.raises(UnreadableFile):
        read_bitmaps(tmp_path)


def test_what_is_no_font_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.tte").write_bytes(b"nothing")
    with pytest.raises(UnreadableFile):
        GlyphFont(tmp_path / "x.tte")
    with pytest.raises(DefinitionError):
        GlyphFont(tmp_path / "none.tte")


# --- readings


@pytest.mark.parametrize(
    ("before", "after", "kana", "wanted"),
    [
        ("", "田", "ﾅｶﾞﾀ", "ナカ"), ("", "橋", "タカハシ", "タカ"), ("山", "", "ヤマザキ", "サキ"),
        ("大", "木", "オオヤナギ", "ヤナ"),
    ],
)
def test_the_names_around_leave_a_reading(before: str, after: str, kana: str, wanted: str) -> None:
    assert wanted in possible_readings([NameAround(before, after, kana)])


@given(st.text("アイウエオカキクケコガギグゲゴﾅｶﾞﾀ", max_size=12))
@settings(deadline=None)
def test_any_kana_gives_readings_of_its_own_sounds(kana: str) -> None:
    sounds = plain_sound(to_katakana(kana))
    assert all(reading in sounds for reading in possible_readings([NameAround("", "", kana)]))


# --- ranking


def test_reading_and_strokes_find_a_character_without_a_picture() -> None:
    evidence = Evidence(radical=189, strokes=11, names=(NameAround("", "橋", "タカハシ"),))
    best = rank(evidence, NOTHING)[0]
    assert (best.text, best.mj) == ("髙", "MJ028902")
    assert {one.kind for one in best.signals} == {"reading", "strokes"}
    assert best.suggested_class == ""


def test_a_picture_finds_its_character_and_suggests_a_class(eudc: GlyphFont) -> None:
    chars = sorted(chr(point) for point in eudc.cmap)
    index = index_of(eudc, chars)
    picture = eudc.picture(chars[0])
    found = rank(Evidence(picture=picture), NOTHING, eudc, index, count=3)
    assert found[0].text == chars[0]
    assert found[0].suggested_class == "字形一致"
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_the_city_s_other_tables_speak_only_for_the_same_picture(eudc: GlyphFont) -> None:
    first, second = (eudc.picture(chr(point)) for point in sorted(eudc.cmap)[:2])
    assert first is not None
    assert second is not None
    evidence = Evidence(picture=first, elsewhere=(("west 80A2", "髙", first), ("west 80A1", "﨑", second)))
    found = {one.text: one for one in rank(evidence, NOTHING, eudc, None)}
    assert found["髙"].signal("city") is not None
    assert "﨑" not in found or found["﨑"].signal("city") is None


def test_maps_bring_kin_and_nothing_is_certain_by_one_signal() -> None:
    tables = ShrinkTables({"MJ028902": ((JIS_UCS, "高", None, None),)})
    evidence = Evidence(readings=("タカイ",), strokes=10, radical=189)
    found = {one.text: one for one in rank(evidence, tables, count=30)}
    assert found["髙"].signal("map") is not None
    only = rank(Evidence(readings=("タカ",)), NOTHING)
    assert max(one.score for one in only) < 0.5
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
    assert rank(Evidence(), NOTHING) == ()
