from __future__ import annotations

import json
from pathlib import Path

import pytest

from char_mapping.errors import DefinitionError
from layouts.masters.towns import load_towns
from layouts.official_workbooks.contents import OfficialCode, OfficialItem, OfficialWorkbook
from layouts.official_workbooks.writing import write_official
from layouts.standard_groups import load_group
from pipelines.cli.layouts import diff_layouts, export_layout, import_file
from pipelines.project.loading import load_project

OUTSIDE = load_group("kihon_data_list", "fuban_api_2_0", "031", "addressee")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """The shipped 031 as an official workbook of edition 2.1 would hold it, with one item more."""
    names = [item.name for item in OUTSIDE.items] + ["新しい項目"]
    items = []
    for number, name in enumerate(names, 1):
        item = OUTSIDE.by_name.get(name)
        items.append(OfficialItem(
            id=f"031{number:05d}", name=name, romaji="", group="住登外者宛名基本情報", key=bool(item and item.key),
            foreign_key=False, type=item.type if item else "X", length=item.length if item else 3, scale=0,
            codes=("1",) if name == "性別" else (), repeat=1, condition="", classes=(), definition="", description="",
            related="", implementation="", sample="", remark="", gaiji=""))
    codes = tuple(OfficialCode("個別", "1", "性別", str(n), label, "") for n, label in enumerate(("不明", "男", "女")))
    path = tmp_path / "031.xlsx"
    write_official(OfficialWorkbook("kihon_data_list", "住登外 基本データリスト【第2.1版】", "031", "2.1",
                                    tuple(items), codes), path)
    return path


def test_an_imported_edition_is_pinned_and_used(small_city: Path, workbook: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    import_file(workbook, project=small_city)
    out = capsys.readouterr().out
    assert "意味（meaning）が付かなかった項目: 住登外者宛名基本情報 新しい項目" in out
    assert 'addressee = "2.1"' in out
    assert load_project(small_city).groups["031", "addressee"].edition == "fuban_api_2_0"
    import_file(workbook, project=small_city, pin=True)
    assert "fuban_api_2_0 から 2.1 にした" in capsys.readouterr().out
    group = load_project(small_city).groups["031", "addressee"]
    assert group.edition == "2.1"
    assert {item.confidence for item in group.items} == {"A"}
    assert group.by_name["氏名"].meaning == "person.name"
    assert "# 見本市" in (small_city / "ikou.toml").read_text(encoding="utf-8")
    copy = small_city.parent / "copy.xlsx"
    export_layout("031", "2.1", project=small_city, out=copy)
    assert f"→ {copy}" in capsys.readouterr().out
    with pytest.raises(DefinitionError, match="a new file"):
        export_layout("031", "2.1", project=small_city, out=copy)
    with pytest.raises(DefinitionError, match="an imported edition 9 of area 031"):
        export_layout("031", "9", project=small_city, out=small_city / "x.xlsx")


def test_diff_names_what_the_mapping_must_change(small_city: Path, workbook: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    import_file(workbook, project=small_city)
    capsys.readouterr()
    diff_layouts("031@fuban_api_2_0", "031@2.1", project=small_city)
    out = capsys.readouterr().out
    assert "追加" in out
    assert "写像: mappings/031/addressee.yml: 新しい項目 が増えた" in out
    diff_layouts("031@fuban_api_2_0", "031@2.1", project=small_city, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert found[0]["added"] == ["新しい項目"]
    with pytest.raises(DefinitionError, match="expected AREA@EDITION"):
        diff_layouts("031", "031@2.1")
    with pytest.raises(DefinitionError, match="an edition of 031: fuban_api_2_0, koumoku_teigi"):
        diff_layouts("031@koumoku_teigi", "031@9")


def test_a_town_master_goes_into_the_data_folder(small_city: Path, tmp_path: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mt_town_city012025.csv"
    path.write_text("lg_code,machiaza_id,pref,county,city,ward,oaza_cho,chome,koaza,efct_date,ablt_date\n"
                    "012025,0001001,北海道,,函館市,,本町,一丁目,,1965-07-01,\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="the day the 町字 master was fetched"):
        import_file(path, project=small_city)
    import_file(path, project=small_city, edition="2026-04-01")
    assert "1件、1団体" in capsys.readouterr().out
    towns = load_towns(small_city.parent / f"{small_city.name}-data")
    assert towns is not None
    assert towns["edition"].to_list() == ["2026-04-01"]
