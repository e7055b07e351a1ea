import json

import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from pipelines.runs import journal
from pipelines.runs.column_proofs import changed_columns, column_digest
from pipelines.runs.fingerprint import fingerprint
from pipelines.runs.folder import complete, completed_runs, fail, find_run, only_writer, partial_folder


def part(run, name, content):
    path = run / "parts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_finished_task_is_remembered(tmp_path):
    journal.append(tmp_path, "t1", [part(tmp_path, "a", b"1")], {"n": 1})
    assert journal.finished(tmp_path)["t1"].counts == {"n": 1}


def test_a_damaged_part_is_done_again(tmp_path):
    journal.append(tmp_path, "t1", [part(tmp_path, "a", b"1")], {})
    part(tmp_path, "a", b"2")
    assert journal.finished(tmp_path) == {}


def test_a_line_cut_by_a_kill_is_no_line(tmp_path):
    journal.append(tmp_path, "t1", [part(tmp_path, "a", b"1")], {})
    with (tmp_path / journal.NAME).open("a") as stream:
        stream.write(json.dumps({"task": "t2"})[:-4])
    assert list(journal.finished(tmp_path)) == ["t1"]


def test_states_of_a_run(tmp_path):
    folder = partial_folder(tmp_path, "f")
    assert partial_folder(tmp_path, "f") == folder
    assert completed_runs(tmp_path) == []
    (folder / "manifest.json").write_text("{}")
    assert completed_runs(tmp_path) == []
    final = complete(folder, "0001-g1")
    assert completed_runs(tmp_path) == [final]
    assert find_run("latest", tmp_path) == final
    again = partial_folder(tmp_path, "f")
    assert fail(again).suffix == ".failed"


def test_a_run_that_does_not_exist(tmp_path):
    with pytest.raises(DefinitionError, match="manifest"):
        find_run("nowhere", tmp_path)


def test_two_writers(tmp_path):
    with only_writer(tmp_path), pytest.raises(DefinitionError, match="another run"), only_writer(tmp_path):
        pass
    with only_writer(tmp_path):
        pass


def test_the_fingerprint_depends_on_every_part_and_on_no_order():
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_digests_tell_null_from_empty_and_not_how_a_column_is_chunked():
    whole = pl.Series(["a", None, "𠮷", ""])
    chunked = pl.concat([whole[:1], whole[1:]], rechunk=False)
    assert column_digest(whole) == column_digest(chunked)
    assert column_digest(whole) != column_digest(whole.fill_null(""))
    assert column_digest(pl.Series(["ab", "c"])) != column_digest(pl.Series(["a", "bc"]))


def test_changed_columns():
    before = pl.DataFrame({"a": ["1", None], "b": ["1", None]})
    after = pl.DataFrame({"a": ["1", None], "b": ["1", ""]})
    assert changed_columns(before, after, ["a", "b"]) == ["b"]
    assert changed_columns(before, after, []) == []
