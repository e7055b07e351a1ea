"""引継パッケージ: what a migration hands on, so that the next system or vendor needs nothing but the folder.

Data as written by the run; the five documents of the 中間標準レイアウト (移行ファイル構成表, 移行ファイル関連図,
データ項目一覧表, コード構成表, コード一覧); items outside the layout with their definitions; 外字表; 件数・金額表;
未解決一覧 (ids, never values); packs of images with their SHA-256. In another family than the run's the data are the
items that correspond, and a 項目対応表 says what does not. The same run gives the same package.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.meanings import load_meanings
from layouts.standard_groups import FAMILIES, StandardGroup
from pipelines.conformance.file_relations import PackedFile, draw_relations, relations_of
from pipelines.conformance.handover_documents import DIAGRAM, OWN_ITEMS, documents
from pipelines.conformance.other_family import (
    CorrespondingGroup,
    correspond_all,
    groups_of_family,
    table_of_correspondence,
    write_in_target,
    write_left_out,
)
from pipelines.conformance.tables import Cell, Column, Table, write_tables
from pipelines.project.data_folder import read_receipt
from pipelines.project.loading import Project
from pipelines.runs.fingerprint import sha256_of
from pipelines.runs.folder import MANIFEST, read_json
from pipelines.steps.images import FOLDER as IMAGE_FOLDER

DOCUMENTS, GAIJI, FIGURES, UNRESOLVED, CONTENTS = (
    "移行データ説明書.xlsx", "外字表.csv", "件数・金額表.xlsx", "未解決一覧.xlsx", "移行ファイル構成表.csv")
IMAGES, CORRESPONDENCE = "画像", "項目対応表.xlsx"


def pack(run: Path, project: Project, out: Path, *, family: str = "") -> tuple[PackedFile, ...]:
    """Write the package of a complete run.

    Args:
        run: The run's folder.
        project: The project the run was made of.
        out: New folder.
        family: Layout family; empty takes all groups as the run wrote them. Groups of another family are written in
            this one where it has a group for them (`pipelines.conformance.other_family`).

    Raises:
        DefinitionError: ``out`` is there already, or neither the run nor its groups' counterparts are of the family.
        UnreadableFile: a pack of images that is not as its 受領票 says.
    """
    if out.exists():
        raise DefinitionError(str(out), expected="a new folder", found="one that is there", todo="Name another: --out")
    written = {key: one for key, one in sorted(project.groups.items())
               if (run / "standard" / key[0] / f"{key[1]}.csv").is_file()}
    groups = {key: one for key, one in written.items() if family in ("", one.family)}
    others = {key: one for key, one in written.items() if key not in groups}
    known = groups_of_family(family, project.folder) if others else ()
    changed = correspond_all(list(others.values()), known)
    if not groups and not changed:
        there = sorted({one.family for one in project.groups.values()})
        raise DefinitionError(str(run), expected=f"standard files of family {family or 'any'}",
                              found=f"{', '.join(there) or 'none'}",
                              todo="Import a layout of that family ('ikou layouts import'), or name another")
    out.mkdir(parents=True)
    files = tuple(_packed(run, out, one, changed.get(key)) for key, one in written.items()
                  if key in groups or key in changed)
    images = _images(run, project, out, {area for area, _ in written})
    if others:
        without = [one for key, one in others.items() if key not in changed]
        write_tables(out / CORRESPONDENCE, "項目対応表", (table_of_correspondence(list(changed.values()), without),))
    _write_contents(out / CONTENTS, files)
    relations = relations_of(tuple(one.group for one in files), project)
    own = _own_items(run, project, out, {one.group.area for one in files})
    write_tables(out / DOCUMENTS, "移行データ説明書", documents(files, relations, own))
    (out / DIAGRAM).write_text(draw_relations(files, relations), encoding="utf-8")
    _gaiji(run, project, out / GAIJI)
    write_tables(out / FIGURES, "件数・金額表", (*_figures(run, files), *images))
    write_tables(out / UNRESOLVED, "未解決一覧", (_unresolved(run),))
    return files


def _packed(run: Path, out: Path, group: StandardGroup, changed: CorrespondingGroup | None = None) -> PackedFile:
    told = group if changed is None else changed.target
    name = f"data/{told.area}/{told.id}.csv"
    target = out / name
    target.parent.mkdir(parents=True, exist_ok=True)
    source = run / "standard" / group.area / f"{group.id}.csv"
    if changed is None:
        shutil.copyfile(source, target)
    else:
        write_in_target(changed, source, target)
        write_left_out(changed, source, out / OWN_ITEMS / f"{group.area}_{group.id}_対応なし.csv")
    rows = pl.scan_parquet(run / "standard" / group.area / f"{group.id}.lineage.parquet").select(pl.len()).collect()
    with target.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return PackedFile(told, name, int(rows.item()), target.stat().st_size, digest)


def _images(run: Path, project: Project, out: Path, areas: set[str]) -> tuple[Table, ...]:
    """Copy the packs of images of the run's generation, and say what is in them and what the run found of it."""
    listed = {one: source for one, source in sorted(project.sources.items())
              if source.images is not None and source.area in areas}
    if not listed:
        return ()
    exports = project.data / "exports" / str(read_json(run / MANIFEST)["generation"])
    packs: list[tuple[Cell, ...]] = []
    for source_id, source in listed.items():
        for row in read_receipt(exports / source_id / IMAGE_FOLDER):
            path = exports / source_id / IMAGE_FOLDER / row.name
            place = f"{IMAGES}/{source.area}_{source_id}/{row.name}"
            target = out / place
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file():
                shutil.copyfile(path, target)
            if not path.is_file() or target.stat().st_size != row.size or sha256_of(target) != row.sha256:
                raise UnreadableFile(str(path), expected="the pack of images as its 受領票 says",
                                     found="no such file, another size or another SHA-256",
                                     todo="Restore the delivery the run was made of")
            packs.append((source.area, source_id, place, row.records, row.size, row.sha256))
    heads = {"listed": "一覧", "announced": "受領票", "packed": "実在", "matching": "一致", "missing": "不足",
             "extra": "余分", "different": "相違", "blank": "白紙"}
    compared = _read(run / "reconcile" / "images.parquet")
    compared = compared.filter(pl.col("area").is_in(sorted(areas))) if compared.height else compared
    return (
        Table("画像ファイル", "画像ファイル（受領したまま。1件も変えていない）", (),
              (Column("業務", 7), Column("源泉", 16), Column("ファイル", 44), Column("画像数", 11, "number"),
               Column("バイト数", 13, "number"), Column("SHA-256", 66)), packs),
        Table("画像照合", "画像照合（一覧 → 画像）", ("件数・SHA-256・キーの1対1・白紙を比べた結果。",),
              tuple(Column({"area": "業務", "source": "源泉"}.get(name) or heads.get(name, name), 12,
                           "text" if name in ("area", "source") else "number") for name in compared.columns),
              compared.rows()),
    )


def _write_contents(path: Path, files: Sequence[PackedFile]) -> None:
    """The 構成表 as a table a machine reads: ``ikou layouts check`` compares the set with it."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("ファイル名", "件数", "バイト数", "SHA-256", "業務", "グループ", "レイアウト", "版"))
        writer.writerows((Path(one.path).name, one.rows, one.size, one.sha256, one.group.area, one.group.label,
                          FAMILIES[one.group.family], one.group.edition) for one in files)


def _own_items(run: Path, project: Project, out: Path, areas: set[str]) -> list[tuple[Cell, ...]]:
    """Items outside the layout are handed over alike (仕様以外で保有するデータも同様に提供), with what they are."""
    rows: list[tuple[Cell, ...]] = []
    meanings = load_meanings()
    for path in sorted((run / "own_items").glob("*/*.parquet")):
        area, source_id = path.parent.name, path.stem
        if area not in areas or source_id not in project.sources:
            continue
        frame = pl.read_parquet(path)
        target = out / OWN_ITEMS / f"{area}_{source_id}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        names = [name for name in frame.columns if name not in ("file", "record_no", "subject")]
        frame.select(pl.col("file").alias("ファイル"), pl.col("record_no").alias("レコード番号"),
                     pl.col("subject").alias("キー"), *names).write_csv(target)
        source = project.sources[source_id]
        for name in names:
            column = frame[name].cast(pl.String).fill_null("")
            filled = column.filter(column != "")
            meaning = source.meaning_of(name)
            rows.append((area, source_id, name, "" if meaning.id == "none" else meanings[meaning.id].label,
                         frame.height, filled.len(), max(filled.str.len_chars(), default=0),
                         f"{OWN_ITEMS}/{target.name}"))
    return rows


def _gaiji(run: Path, project: Project, path: Path) -> None:
    """Every 外字対応表 of the project in one table: 源泉 side code, character, MJ, judgement, its evidence, and how
    often the code occurred in the run; codes of the user area that no table has stand below, as 未対応.
    """
    rows: list[tuple[str, ...]] = []
    columns = ("code", "char", "mj", "class", "evidence", "decided_on")
    counted = _occurrences(run)
    for table in sorted((project.folder / "gaiji").glob("*.csv")):
        with table.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                count = counted.pop((table.stem, (row.get("code") or "").upper()), (0, ""))[0]
                rows.append((table.stem, *(row.get(name) or "" for name in columns), str(count)))
    rows += [(table, code, text, "", "" if text else "未対応", "", "", str(count))
             for (table, code), (count, text) in sorted(counted.items())]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("外字表", "外字コード", "文字", "MJ文字図形名", "区分", "根拠", "判定日", "出現数"))
        writer.writerows(rows)


def _occurrences(run: Path) -> dict[tuple[str, str], tuple[int, str]]:
    """(外字対応表, code) → how often the run met it and what it read it as; only codes of the user area."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for area in sorted((run / "code_tables").glob("*.parquet")):
        codes = pl.read_parquet(area).filter("user_area")
        for source, tables, code, text, count in codes.select("source", "table", "code", "text", "count").iter_rows():
            names = [Path(one).stem for one in (tables or "").split()] or [source]
            # The 外字対応表 stands last; a table of overrides, which stands before it, is no 外字対応表.
            before, _ = found.get((names[-1], code), (0, ""))
            found[names[-1], code] = (before + count, text or "")
    return found


def _figures(run: Path, files: Sequence[PackedFile]) -> tuple[Table, ...]:
    records = _read(run / "reconcile" / "records.parquet")
    controls = _read(run / "reconcile" / "controls.parquet")
    heads = {"area": "業務", "source": "源泉", "file": "ファイル", "received": "受領", "decoded": "復号",
             "converted": "変換", "isolated": "隔離", "excluded": "範囲外", "collapsed": "集約", "control": "制御",
             "rows": "出力行", "difference": "差"}
    return (
        Table("引渡し件数", "引渡し件数", (), (Column("ファイル", 34), Column("件数", 12, "number")),
              [(one.path, one.rows) for one in files]),
        Table("件数照合", "件数照合（受領したレコードの行方）", ("差は0でなければならない。",),
              tuple(Column(heads.get(name, name), 14, "text" if name in ("area", "source", "file") else "number")
                    for name in records.columns), records.rows()),
        Table("金額・人数照合", "金額・人数照合（現行帳票との比較）", ("現行値は団体が帳票から記入したもの。",),
              tuple(Column("業務" if name == "area" else name, 16, "state" if name == "判定" else "text")
                    for name in controls.columns), controls.rows()),
    )


def _unresolved(run: Path) -> Table:
    """Open questions by rule: ids and places, no values; the values stand in the run's issue store."""
    frames = [pl.read_parquet(path, columns=["area_id", "group_id", "rule_id", "severity", "blocks", "item_path",
                                             "source", "file", "record_no", "issue_id", "owner", "due"])
              for path in sorted((run / "issues").glob("*.parquet"))]
    names = _rule_names(run)
    rows: list[tuple[Cell, ...]] = []
    if frames:
        together = pl.concat(frames).sort("area_id", "rule_id", "item_path", "file", "record_no", "issue_id")
        rows = [(row["severity"], row["area_id"], row["group_id"], row["rule_id"], names.get(row["rule_id"], ""),
                 row["item_path"], "引渡し" if row["blocks"] == "release" else row["blocks"], row["source"],
                 row["file"], row["record_no"], row["owner"], row["due"], row["issue_id"])
                for row in together.iter_rows(named=True)]
    return Table("未解決一覧", "未解決一覧", ("値は載せない。issue_id で確認票・画面と突き合わせる。",),
                 (Column("重", 4), Column("業務", 7), Column("グループ", 16), Column("規則", 9),
                  Column("規則の名前", 30), Column("項目", 24), Column("止めるもの", 10), Column("源泉", 12),
                  Column("ファイル", 22), Column("レコード番号", 11, "number"), Column("担当課", 12),
                  Column("期限", 11), Column("issue_id", 36)),
                 rows, frozen=4)


def _rule_names(run: Path) -> Mapping[str, str]:
    import json

    path = run / "rules.json"
    if not path.is_file():
        return {}
    return {rule: str(said.get("name_ja", "")) for rule, said in json.loads(path.read_text(encoding="utf-8")).items()}


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame()


