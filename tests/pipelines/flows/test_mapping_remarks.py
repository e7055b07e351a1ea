from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from layouts.mappings import load_mapping
from layouts.sources import load_source
from layouts.standard_groups import load_group
from pipelines.flows.names import mapping_remarks


def test_warnings_and_unfilled_items_stand_in_the_statistics(tmp_path: Path) -> None:
    source = tmp_path / "s"
    source.mkdir()
    (source / "source.yml").write_text("""
id: s
label: 住民
area: "001"
department: 市民課
files: "*.csv"
format: {kind: csv, header: true}
code_system: cp932
key: [番号]
items:
  番号: {meaning: person.number}
  前住所町名: {meaning: last_address.town}
""", encoding="utf-8")
    path = tmp_path / "resident.yml"
    path.write_text('area: "001"\ngroup: resident\nsource: s\nitems:\n  宛名番号: {from: 番号}\n'
                    "  転入前住所_町字: {from: 前住所町名}\n", encoding="utf-8")
    group = load_group("kihon_data_list", "shipped-1", "001", "resident")
    project = SimpleNamespace(mappings={"s": (load_mapping(path, load_source(source), group, {}),)})
    one, = mapping_remarks(project, ("001",))
    assert [(w["item"], w["rule"]) for w in one["warnings"]] == [("転入前住所_町字", "ADR-026")]
    assert "氏名" in one["unmapped"]
    assert "宛名番号" not in one["unmapped"]
    assert mapping_remarks(project, ("031",)) == []
