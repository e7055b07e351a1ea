from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.mj import gj_name, gj_text, load_mj_names, names_from

IPAMJ = Path("/usr/share/fonts/truetype/ipamj/ipamjm.ttf")


def test_every_name_of_the_list_is_known_and_nineteen_have_no_code() -> None:
    table = load_mj_names()
    assert (len(table.sequences), len(table.without_code)) == (58_843, 19)
    assert not table.without_code & set(table.sequences)


def test_each_text_means_one_name() -> None:
    table = load_mj_names()
    assert sum(len(texts) for texts in table.sequences.values()) == len(table.names)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("髙", "MJ028902"), ("𠮷", "MJ032129"), ("﨑", "MJ030196"), ("辻", "MJ025761"), ("辻\U000e0102", "MJ025760"),
        ("邉", "MJ026190"), ("\u4e54", "MJ006392"), ("々", "MJ000001"), ("\ufa30", load_mj_names().name_of("侮\ufe00")),
    ],
)
def test_names_of_the_characters_everyone_asks_for(text: str, name: str) -> None:
    assert load_mj_names().name_of(text) == name


def test_a_selector_that_nobody_registered_has_no_name() -> None:
    assert load_mj_names().name_of("山\U000e01ef") is None


def test_both_directions_agree() -> None:
    table = load_mj_names()
    assert all(table.names[text] == name for name, texts in table.sequences.items() for text in texts)


def test_the_explicit_text_carries_its_selector() -> None:
    table = load_mj_names()
    assert table.text_of("MJ025761") == "辻"
    assert table.text_of("MJ025761", explicit=True) == "辻\U000e0103"
    assert table.text_of("MJ999999") is None
    assert table.variants_of("辻")[0] == "辻"


@given(st.integers(1, 0xFFFD))
def test_a_gj_name_goes_through_text_and_back(number: int) -> None:
    text = gj_text(f"GJ{number:06d}")
    assert text is not None
    assert gj_name(text) == f"GJ{number:06d}"
    assert names_from({}).name_of(text) == f"GJ{number:06d}"


@pytest.mark.parametrize("name", ["GJ000000", "GJ065534", "GJ1", "MJ000001", ""])
def test_what_is_no_gj_name_has_no_text(name: str) -> None:
    assert gj_text(name) is None


@pytest.mark.skipif(not IPAMJ.is_file(), reason="the IPAmj font (fonts-ipamj-mincho) is not installed")
def test_the_ipamj_font_has_the_same_glyph_names() -> None:
    from fontTools.ttLib import TTFont

    with TTFont(IPAMJ, lazy=True) as font:
        plain = font["cmap"].getBestCmap()
        (sequences,) = [part.uvsDict for part in font["cmap"].tables if part.format == 14]
    glyphs = {chr(point): name.upper() for point, name in plain.items() if name.startswith("mj")}
    for selector, pairs in sequences.items():
        for point, name in pairs:
            glyph = (name or plain[point]).upper()
            if glyph.startswith("MJ"):
                glyphs[chr(point) + chr(selector)] = glyph
    ours = load_mj_names()
    differing = {text: (name, ours.names[text]) for text, name in glyphs.items() if ours.names.get(text, name) != name}
    assert differing == {}
    missing = {name for name in glyphs.values() if name < "MJ09" and name not in ours.sequences}
    assert missing == set()
