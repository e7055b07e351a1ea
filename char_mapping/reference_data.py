"""Official character data that ikou does not ship: kept in a folder of the machine, with where it came from.

The MJ文字情報一覧表 and the MJ縮退マップ are CC BY-SA 2.1 JP (文字情報技術促進協議会, IPA), the GJ data has its own
terms: none of it belongs into the repository or the wheel. ``ikou chars fetch`` gets the npm package
``@mandel59/mojidata`` at the version whose SHA-256 stands here; ``ikou chars import`` takes the official files. What
does not need them works without; what needs them says which file is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.errors import DefinitionError, UnreadableFile
from char_mapping.imports.official import (
    ANALOGY,
    DICTIONARIES,
    JIS_UCS,
    KOSEKI,
    MINJI_2842,
    MINJI_2842_OTHER,
    MINJI_5202,
    MJ_SCHEMA,
    NOTICE_582_1,
    NOTICE_582_2,
    NTA_SCHEMA,
    SHRINK_SCHEMA,
)

PACKAGE = "@mandel59/mojidata@1.8.1"
PACKAGE_SHA256 = "d51b41cc0164211090757eb2f5e74cd343a1cae82061b14082c4f436891b87b4"
DATABASE_SHA256 = "fb959e14abdd5b2fd6306513d1e7f477577f7555bc08d3b0ed081a7504526f3d"
LICENCE = "CC BY-SA 2.1 JP, 文字情報技術促進協議会・独立行政法人情報処理推進機構"

GJ_SCHEMA = {"gj": pl.String, "code_point": pl.Int64, "version": pl.String}
TABLES: Mapping[str, Mapping[str, Any]] = {
    "mji": MJ_SCHEMA, "mjsm": SHRINK_SCHEMA, "substitutes": SHRINK_SCHEMA, "gj": GJ_SCHEMA,
    "nta": NTA_SCHEMA,
}
LABELS = {
    "mji": "MJ文字情報一覧表", "mjsm": "MJ縮退マップ", "substitutes": "代替マップ", "gj": "行政事務標準文字の追加文字",
    "nta": "国税庁 JIS縮退マップ",
}
_HOW_TO_GET = {
    "mji": "Run ikou chars fetch, or ikou chars import FILE --format mj-list",
    "mjsm": "Run ikou chars fetch, or ikou chars import FILE --format shrink-map",
    "substitutes": "Run ikou chars import FILE --format substitutes",
    "gj": "Run ikou chars import acgjm.ttf --format gj-font",
    "nta": "Run ikou chars import jissyukutaimap1_0_0.xlsx --format nta-map",
}

# Tables of mojidata's view mjsm → the names the official JSON gives them.
_MJSM_NAMES = {
    "JIS包摂規準UCS統合規則": JIS_UCS, "戸籍統一文字情報_親字正字": KOSEKI,
    "法務省告示582号別表第四_一": NOTICE_582_1, "法務省告示582号別表第四_二": NOTICE_582_2,
    "民一2842号通達別表_誤字俗字正字一覧表_俗字": MINJI_2842,
    "民一2842号通達別表_誤字俗字正字一覧表_無印": MINJI_2842,
    "民一2842号通達別表_誤字俗字正字一覧表_別字": MINJI_2842_OTHER,
    "民二5202号通知別表_正字俗字等対照表": MINJI_5202,
    "読み字形による類推": ANALOGY, "辞書類等による関連字": DICTIONARIES,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a table came from: file name (or package), its SHA-256, and the licence it is under."""

    name: str
    sha256: str
    licence: str


def reference_folder() -> Path:
    """``IKOU_REFERENCE_DIR``, else ``ikou/reference`` under ``XDG_DATA_HOME`` or ``~/.local/share``."""
    if named := os.environ.get("IKOU_REFERENCE_DIR"):
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "ikou" / "reference"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def store_table(folder: Path, table: str, rows: pl.DataFrame, origin: Origin) -> None:
    """Put a table into force in ``folder``, in place of the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    origins = table_origins(folder) | {table: origin}
    rows.write_parquet(folder / f"{table}.parquet")
    document = {
        name: {"file": known.name, "sha256": known.sha256, "licence": known.licence}
        for name, known in sorted(origins.items())
    }
    (folder / "origins.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")


def table_origins(folder: Path) -> dict[str, Origin]:
    """Table → where it came from, for what is in force in ``folder``."""
    path = folder / "origins.json"
    if not path.is_file():
        return {}
    document = json.loads(path.read_text("utf-8"))
    return {name: Origin(row["file"], row["sha256"], row["licence"]) for name, row in document.items()}


def find_table(table: str, folder: Path | None = None) -> pl.DataFrame | None:
    """A table in force (schema of ``TABLES``); None where the machine does not have it."""
    path = (folder or reference_folder()) / f"{table}.parquet"
    return pl.read_parquet(path) if path.is_file() else None


def need_table(table: str, folder: Path | None = None) -> pl.DataFrame:
    """A table in force.

    Raises:
        DefinitionError: The machine does not have it; with the command that gets it.
    """
    found = find_table(table, folder)
    if found is None:
        where = str((folder or reference_folder()) / f"{table}.parquet")
        raise DefinitionError(where, expected=LABELS[table], found="no file", todo=_HOW_TO_GET[table])
    return found


def read_mojidata(database: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """MJ文字情報一覧表 (``MJ_SCHEMA``) and MJ縮退マップ (``SHRINK_SCHEMA``) from the ``moji.db`` of the package.

    Raises:
        UnreadableFile: Not that database.
    """
    listed = """
        SELECT m.MJ文字図形名, m.対応するUCS, m.実装したUCS, m."実装したMoji_JohoコレクションIVS", m.実装したSVS,
               m.戸籍統一文字番号, m.住基ネット統一文字コード, m.漢字施策, m.X0213, m.X0213_包摂区分, m.総画数,
               (SELECT r.部首 FROM mji_rsindex r WHERE r.MJ文字図形名 = m.MJ文字図形名 ORDER BY r.rowid LIMIT 1),
               (SELECT group_concat(読み, '・') FROM mji_reading r WHERE r.MJ文字図形名 = m.MJ文字図形名),
               m.MJ文字図形バージョン
        FROM mji m ORDER BY 1"""
    shrinking = "SELECT MJ文字図形名, 表, 縮退UCS, 縮退X0213, 順位, ホップ数 FROM mjsm ORDER BY 1, 2, 5, 6, 3"
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            names = connection.execute(listed).fetchall()
            targets = connection.execute(shrinking).fetchall()
    except sqlite3.Error as error:
        raise UnreadableFile(str(database), expected="moji.db of @mandel59/mojidata", found=str(error)) from None
    texts = [(*row[:9], None if row[9] is None else str(row[9]), *row[10:]) for row in names]
    mapped = [(name, _MJSM_NAMES.get(table, table), *rest) for name, table, *rest in targets]
    return pl.DataFrame(texts, MJ_SCHEMA, orient="row"), pl.DataFrame(mapped, SHRINK_SCHEMA, orient="row")


def fetch_mojidata(folder: Path) -> dict[str, int]:
    """Get the package with npm, check both SHA-256, and put its two tables into force; table → rows.

    Raises:
        DefinitionError: npm is not installed.
        UnreadableFile: npm failed, or what came is not the pinned version.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise DefinitionError("npm", expected="the program npm", found="none",
                              todo="Install it, or import the official files with ikou chars import")
    with tempfile.TemporaryDirectory(prefix="ikou-fetch-") as place:
        done = subprocess.run(
            [npm, "pack", "--silent", "--ignore-scripts", PACKAGE], cwd=place, capture_output=True, check=False,
        )
        (archive, *_) = [*Path(place).glob("*.tgz"), None]
        if done.returncode or archive is None:
            raise UnreadableFile(PACKAGE, expected="a package from npm", found=f"npm ended with {done.returncode}",
                                 todo="Look at the network, or import the official files")
        return install_mojidata(archive, folder)


def install_mojidata(archive: Path, folder: Path) -> dict[str, int]:
    """Put the tables of a downloaded package archive into force; table → rows.

    Raises:
        UnreadableFile: The archive or its database is not the pinned version.
    """
    _check(archive, PACKAGE_SHA256)
    with tempfile.TemporaryDirectory(prefix="ikou-fetch-") as place:
        database = Path(place) / "moji.db"
        with tarfile.open(archive) as tar, database.open("wb") as out:
            member = tar.extractfile("package/dist/moji.db")
            if member is None:
                raise UnreadableFile(str(archive), expected="package/dist/moji.db", found="none")
            shutil.copyfileobj(member, out)
        _check(database, DATABASE_SHA256)
        names, shrinking = read_mojidata(database)
    origin = Origin(PACKAGE, PACKAGE_SHA256, LICENCE)
    store_table(folder, "mji", names, origin)
    store_table(folder, "mjsm", shrinking, origin)
    return {"mji": names.height, "mjsm": shrinking.height}


def _check(path: Path, sha256: str) -> None:
    found = sha256_of(path)
    if found != sha256:
        raise UnreadableFile(path.name, expected=f"SHA-256 {sha256}", found=found, todo="Do not use it; fetch it again")
