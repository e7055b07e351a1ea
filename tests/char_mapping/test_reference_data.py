from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from char_mapping import DefinitionError, UnreadableFile
from char_mapping.imports.official import MJ_SCHEMA
from char_mapping.reference_data import (
    GJ_SCHEMA,
    Origin,
    find_table,
    install_mojidata,
    need_table,
    read_mojidata,
    reference_folder,
    sha256_of,
    store_table,
    table_origins,
)

SHRINK_VIEW = "MJ文字図形名, 縮退UCS, 縮退X0213, 表, 順位, ホップ数"
MJI = (
    "MJ文字図形名, 対応するUCS, 実装したUCS, 実装したMoji_JohoコレクションIVS, 実装したSVS, 戸籍統一文字番号, "
    "住基ネット統一文字コード, 漢字施策, X0213, X0213_包摂区分, 総画数, MJ文字図形バージョン"
)


def database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE mji ({MJI})")
        connection.execute(
            "INSERT INTO mji VALUES ('MJ028902', '髙', '髙', NULL, NULL, '513280', 'J+9AD9', NULL, '', 2, 11, '1')"
        )
        connection.execute("CREATE TABLE mji_reading (MJ文字図形名, 読み)")
        connection.execute("INSERT INTO mji_reading VALUES ('MJ028902', 'コウ'), ('MJ028902', 'たかい')")
        connection.execute("CREATE TABLE mji_rsindex (MJ文字図形名, 部首, 内画数)")
        connection.execute("INSERT INTO mji_rsindex VALUES ('MJ028902', 189, 1)")
        connection.execute(f"CREATE TABLE mjsm ({SHRINK_VIEW})")
        row = ("MJ028902", "高", "1-25-66", "戸籍統一文字情報_親字正字", None, 1)
        connection.execute("INSERT INTO mjsm VALUES (?, ?, ?, ?, ?, ?)", row)
    return path


def test_the_database_of_the_package_gives_both_tables(tmp_path: Path) -> None:
    names, shrinking = read_mojidata(database(tmp_path / "moji.db"))
    assert names.schema == pl.Schema(MJ_SCHEMA)
    assert names.select("mj", "implemented", "strokes", "radical", "readings").rows() == [
        ("MJ028902", "髙", 11, 189, "コウ・たかい"),
    ]
    assert shrinking.rows() == [("MJ028902", "戸籍統一文字情報 親字・正字", "高", "1-25-66", None, 1)]


def test_another_file_is_not_the_database(tmp_path: Path) -> None:
    (tmp_path / "moji.db").write_text("no database", "utf-8")
    with pytest.raises(UnreadableFile, match=r"moji\.db"):
        read_mojidata(tmp_path / "moji.db")


def test_an_archive_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "m.tgz", "w:gz") as tar:
        tar.add(database(tmp_path / "moji.db"), "package/dist/moji.db")
    with pytest.raises(UnreadableFile, match="SHA-256"):
        install_mojidata(tmp_path / "m.tgz", tmp_path / "reference")
    assert table_origins(tmp_path / "reference") == {}


def test_a_table_comes_back_with_its_origin(tmp_path: Path) -> None:
    rows = pl.DataFrame([("GJ000138", 0x100089, "Version 4.10")], GJ_SCHEMA, orient="row")
    store_table(tmp_path / "new", "gj", rows, Origin("acgjm.ttf", "abc", "OFL-1.1"))
    assert need_table("gj", tmp_path / "new").equals(rows)
    assert table_origins(tmp_path / "new") == {"gj": Origin("acgjm.ttf", "abc", "OFL-1.1")}


def test_a_missing_table_names_the_command_that_gets_it(tmp_path: Path) -> None:
    assert find_table("mji", tmp_path) is None
    with pytest.raises(DefinitionError, match="ikou chars fetch"):
        need_table("mji", tmp_path)


def test_the_folder_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IKOU_REFERENCE_DIR", str(tmp_path))
    assert reference_folder() == tmp_path
    monkeypatch.delenv("IKOU_REFERENCE_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert reference_folder() == tmp_path / "ikou" / "reference"


def test_sha256_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert sha256_of(tmp_path / "empty").startswith("e3b0c44298fc1c14")
