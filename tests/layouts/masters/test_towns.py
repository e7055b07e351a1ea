from __future__ import annotations

from pathlib import Path

import pytest

from char_mapping.errors import UnreadableFile
from layouts.masters.towns import TOWN_SCHEMA, load_towns, read_town_master, store_towns, valid_at

HEAD = "lg_code,machiaza_id,machiaza_type,pref,pref_kana,county,city,ward,oaza_cho,chome,koaza,efct_date,ablt_date,x"


def master(path: Path, *rows: str, head: str = HEAD) -> Path:
    path.write_text("\ufeff" + "\n".join((head, *rows)) + "\n", encoding="utf-8")
    return path


def test_the_master_as_published(tmp_path: Path) -> None:
    path = master(
        tmp_path / "mt_town_all.csv",
        "012025,0001001,2,北海道,ホッカイドウ,,函館市,,本町,一丁目,,1965-07-01,,",
        "012025,0002000,1,北海道,ホッカイドウ,,函館市,,旧町,,,,2020-01-01,",
        "013315,0000000,1,北海道,ホッカイドウ,松前郡,松前町,,,,,1947-04-17,9999-12-31,")
    towns = read_town_master(path, edition="2026-04-01")
    assert towns.schema == TOWN_SCHEMA
    assert towns.row(0) == (
        "0001001", "012025", "北海道", "函館市", "本町", "一丁目", "", "1965-07-01", "", "2026-04-01")
    assert towns["municipality"].to_list() == ["函館市", "函館市", "松前郡松前町"]
    assert valid_at(towns, "2026-04-01")["town_id"].to_list() == ["0001001", "0000000"]
    assert valid_at(towns, "2019-12-31")["town_id"].to_list() == ["0001001", "0002000", "0000000"]
    assert load_towns(tmp_path) is None
    store_towns(towns, tmp_path)
    found = load_towns(tmp_path)
    assert found is not None
    assert found.equals(towns)


@pytest.mark.parametrize(("row", "at"), [
    ("12025,0001001,2,北海道,,,函館市,,本町,,,1965-07-01,,", ":2 lg_code"),
    ("012025,1001,2,北海道,,,函館市,,本町,,,1965-07-01,,", ":2 machiaza_id"),
    ("012025,0001001,2,北海道,,,函館市,,本町,,,1965/7/1,,", ":2 efct_date"),
])
def test_a_master_that_excel_has_saved(tmp_path: Path, row: str, at: str) -> None:
    with pytest.raises(UnreadableFile, match=at):
        read_town_master(master(tmp_path / "t.csv", row), edition="x")


def test_files_that_are_no_town_master(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no lg_code, machiaza_id"):
        read_town_master(master(tmp_path / "t.csv", "a,b", head="x,y"), edition="x")
    with pytest.raises(UnreadableFile, match="a CSV in UTF-8"):
        read_town_master(tmp_path / "nothing.csv", edition="x")
    twice = "012025,0001001,2,北海道,,,函館市,,本町,,,1965-07-01,,"
    with pytest.raises(UnreadableFile, match="012025 0001001 twice"):
        read_town_master(master(tmp_path / "t.csv", twice, twice), edition="x")
