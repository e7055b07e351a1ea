import subprocess

import pytest

from char_mapping.errors import DefinitionError, UnreadableFile
from pipelines.cli.init import init
from pipelines.project.data_folder import choose_generation, data_folder, read_controls
from pipelines.project.definition import load_definition
from pipelines.project.loading import load_project
from pipelines.project.scope import load_acceptance, load_scope

TOML = '[city]\nname = "c"\ncode = {code}\n[project]\ndata_dir = "../data"\nas_of = 2026-04-01\n[areas]\n'


def project(tmp_path, code='"012025"', more=""):
    folder = tmp_path / "p"
    folder.mkdir(exist_ok=True)
    (folder / "ikou.toml").write_text(TOML.format(code=code) + more, encoding="utf-8")
    return folder


def test_an_empty_project_loads(tmp_path):
    init(tmp_path / "new")
    loaded = load_project(tmp_path / "new")
    assert loaded.areas_in_order() == ()
    assert [g.id for g in loaded.acceptance.gates] == ["G01", "G02", "G03", "G04", "G05"]
    assert "ledger.db" in (tmp_path / "new" / ".gitignore").read_text(encoding="utf-8")


def test_init_touches_no_folder_in_use(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(DefinitionError, match="empty folder"):
        init(tmp_path)


def test_an_unquoted_code(tmp_path):
    with pytest.raises(DefinitionError, match="quotes"):
        load_definition(project(tmp_path, code="12025"))


@pytest.mark.parametrize("more", ['[areas."001"]\nfamily = "x"\n', "[unknown]\na = 1\n"])
def test_keys_that_are_missing_or_unknown(tmp_path, more):
    with pytest.raises(DefinitionError, match=r"ikou\.toml"):
        load_definition(project(tmp_path, more=more))


def test_no_project(tmp_path):
    with pytest.raises(DefinitionError, match="ikou init"):
        load_definition(tmp_path)


def test_data_inside_a_work_tree_is_refused(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    folder = project(tmp_path)
    with pytest.raises(DefinitionError, match="work tree"):
        data_folder(folder, load_definition(folder))


def test_generations_by_number(tmp_path):
    with pytest.raises(UnreadableFile, match="none"):
        choose_generation(tmp_path, None)
    for name in ("g2-2026-02", "g1-2026-01"):
        (tmp_path / "exports" / name).mkdir(parents=True)
    assert choose_generation(tmp_path, None) == "g2-2026-02"
    assert choose_generation(tmp_path, 1) == "g1-2026-01"
    with pytest.raises(UnreadableFile, match="1 to 2"):
        choose_generation(tmp_path, 3)


def test_controls_that_are_not_numbers(tmp_path):
    path = tmp_path / "controls" / "g1" / "001.csv"
    path.parent.mkdir(parents=True)
    path.write_text("帳票名,項目,区分,値,基準日,記入者\n月報,人口総数,,1２,2026-03-31,市民課\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"001\.csv:2 値"):
        read_controls(tmp_path, "g1", "001")
    assert read_controls(tmp_path, "g1", "031") == []


def test_scope_and_gates_are_checked(tmp_path):
    assert load_scope(tmp_path, {}).exclude == ()
    (tmp_path / "acceptance.yml").write_text(
        "gates:\n  - {id: G1, item: i, measure: nothing.such, at_most: 0}\n", encoding="utf-8"
    )
    with pytest.raises(DefinitionError, match=r"acceptance\.yml:2"):
        load_acceptance(tmp_path)


def test_a_source_that_no_mapping_reads(city):
    (city / "mappings" / "001" / "support_measure.yml").unlink()
    toml = city / "ikou.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace(', support_measure = "shipped-1"', ""), encoding="utf-8")
    with pytest.raises(DefinitionError, match="none reads shien"):
        load_project(city)
    assert load_project(city, source_only=True).mappings == {}
