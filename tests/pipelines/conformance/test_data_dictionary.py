from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.column_profiles import profile_column
from layouts.mappings import load_mapping
from layouts.sources import load_source
from layouts.standard_groups import list_groups, load_group
from pipelines.cli.layout_documents import profile
from pipelines.conformance.data_dictionary import best_group, profile_files
from pipelines.conformance.suggestions import suggest

GROUPS = [group for group in list_groups(family="kihon_data_list") if group.area in ("001", "031")]
MARKERS = ("見本　太郎", "山田　花子", "カナリア町", "0312345678")


def my_number(body: str) -> str:
    rest = sum(int(d) * (n + 1 if n <= 6 else n - 5) for n, d in enumerate(reversed(body), 1)) % 11
    return body + str(0 if rest <= 1 else 11 - rest)


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    chance = random.Random(1)
    count = 200
    return pl.DataFrame({
        "ATENA-NO": [f"{n:010d}" for n in range(count)],
        "KJN": [my_number(f"{chance.randrange(10 ** 11):011d}") for _ in range(count)],
        "SHIMEI": [chance.choice(MARKERS[:2]) for _ in range(count)],
        "SHIMEI-KANA": [chance.choice(["ﾐﾎﾝ ﾀﾛｳ", "ﾔﾏﾀﾞ ﾊﾅｺ"]) for _ in range(count)],
        "SEIBETSU": [chance.choice("12") for _ in range(count)],
        "BIRTH": [f"19{chance.randrange(20, 99)}{chance.randrange(1, 12):02d}{chance.randrange(1, 28):02d}"
                  for _ in range(count)],
        "JUSHO": [f"北海道見本市{MARKERS[2]}{chance.randrange(99)}番地" for _ in range(count)],
        "YUBIN": [f"{chance.randrange(10 ** 7):07d}" for _ in range(count)],
        "TEL": [MARKERS[3]] * 5 + [f"03{chance.randrange(10 ** 8):08d}" for _ in range(count - 5)],
        "NAZO": [chance.choice(["AA", "BB", "CC"]) for _ in range(count)],
        "BLANK": [""] * count,
    })


def test_what_columns_probably_are(people: pl.DataFrame) -> None:
    found, = profile_files({"people.csv": people}, GROUPS)
    meanings = {name: one.meaning for name, one in found.suggestions.items()}
    assert meanings == {
        "ATENA-NO": "person.number", "KJN": "person.my_number", "SHIMEI": "person.name", "SHIMEI-KANA": "person.kana",
        "SEIBETSU": "person.sex", "BIRTH": "person.birth_date", "JUSHO": "address.whole",
        "YUBIN": "address.postal_code", "TEL": "person.phone", "NAZO": "none", "BLANK": "none"}
    assert ("ATENA-NO",) in found.keys
    assert found.suggestions["KJN"].reasons[0] == "検査数字が100%一致"


def test_a_name_alone_is_not_believed_against_the_values() -> None:
    column = pl.Series("生年月日", ["漢字だけの文章です"] * 30)
    assert suggest(profile_column(column), column, GROUPS).meaning == "none"
    digits = pl.Series("氏名", [str(n) for n in range(30)])
    assert suggest(profile_column(digits), digits, GROUPS).score < 1.0


def test_references_to_keys_of_other_files_and_pairs_as_keys(people: pl.DataFrame) -> None:
    history = pl.DataFrame({"ATENA-NO": [f"{n:010d}" for n in range(100) for _ in range(3)],
                            "NO": [str(k) for _ in range(100) for k in range(3)]})
    found = profile_files({"people.csv": people, "history.csv": history}, GROUPS)
    assert found[1].keys == (("ATENA-NO", "NO"),)
    assert ("ATENA-NO", "people.csv", "ATENA-NO", 1.0) in found[1].references
    with_double = pl.concat([history, history.head(1)])
    near, = profile_files({"history.csv": with_double}, GROUPS)
    assert near.keys == ()
    assert near.near_keys == ((("ATENA-NO", "NO"), 1),)


def test_the_drafts_load_and_the_page_shows_no_resident(people: pl.DataFrame, tmp_path: Path,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(people.write_csv().encode("cp932"))
    out = tmp_path / "out"
    profile([path], out=out, area="001", as_of="2026-01-31")
    page = (out / "データ辞書.html").read_text(encoding="utf-8")
    drafts = "".join(p.read_text(encoding="utf-8") for p in out.rglob("*.yml"))
    for marker in (*MARKERS, people["KJN"][0], people["ATENA-NO"][7]):
        assert marker not in page + drafts
    assert "<code>AA</code>" in page
    source = load_source(out / "sources" / "people")
    assert source.items["BIRTH"].date is not None
    assert source.items["BIRTH"].date.form == "YYYYMMDD"
    assert source.key == ("ATENA-NO",)
    group = load_group("kihon_data_list", "shipped-1", "001", "resident")
    mapping = load_mapping(out / "mappings" / "001" / "resident.yml", source, group, {})
    assert mapping.by_name["生年月日"].convert == ("DAT-001",)
    assert "NAZO" in mapping.own
    assert "200件 11項目、意味の候補あり9・要確認2" in capsys.readouterr().out
    with pytest.raises(DefinitionError, match="a new folder"):
        profile([path], out=out)
    (tmp_path / "host.dat").write_bytes(b"\x00")
    with pytest.raises(UnreadableFile, match="expected files"):
        profile([tmp_path / "host.dat"], out=tmp_path / "other")


def test_no_group_is_proposed_where_nothing_is_known() -> None:
    found, = profile_files({"x.csv": pl.DataFrame({"甲": ["1", "2"], "乙": ["x", "y"]})}, GROUPS)
    assert best_group(found, GROUPS) is None


@pytest.mark.long
def test_host_records_with_their_copybook(made_small_city: Path, tmp_path: Path) -> None:
    exports = made_small_city.parent / f"{made_small_city.name}-data" / "exports" / "g1-2026-01" / "jumin"
    file = next(p for p in sorted(exports.iterdir()) if p.suffix == ".dat")
    profile([file], out=tmp_path / "out", area="001", charset="jef",
            copybook=made_small_city / "sources" / "jumin" / "jumin.cpy", record="住民レコード", header="ヘッダ",
            trailer="トレーラ")
    source = load_source(next((tmp_path / "out" / "sources").iterdir()))
    assert source.items["生年月日"].meaning == "person.birth_date"
    assert source.format.record == "住民レコード"
