"""``ikou layouts check|profile|gap|handover|interfaces``: layouts against data, as documents."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.standard_groups import StandardGroup, list_groups

if TYPE_CHECKING:
    import polars as pl

    from layouts.records.option_plans import FramingOption, PlanOptions


def check(folder: Path, *, areas: Sequence[str] = (), edition: str = "", project: Path | None = None,
          out: Path | None = None) -> int:
    """引渡し適合検査 of a delivered set; exit code 1 where it does not conform.

    Raises:
        UnreadableFile: nothing readable in the folder.
        DefinitionError: no layout of that area or edition, or ``out`` lies in the delivered set.
    """
    from pipelines.conformance.delivery_check import check_set, write_check

    groups = _groups(areas, edition, project)
    path = out or Path(f"引渡し適合検査_{folder.resolve().name}.xlsx")
    if folder.resolve() in path.resolve().parents:
        raise DefinitionError(str(path), expected="a place outside the delivered set", found="one inside it",
                              todo="Name another file with --out")
    result = check_set(folder, groups, wanted=areas)
    write_check(result, path, title="引渡し適合検査")
    for one in result.files:
        what = one.fault or "グループ不明"
        if one.group:
            what = f"{one.group.area} {one.group.label}（{one.group.edition}）"
        bad = sum(item.state == "不適合" for item in one.items)
        lack = sum(item.state == "不足" for item in one.items)
        own = sum(item.state == "独自" for item in one.items)
        sys.stdout.write(f"{one.state}  {one.path}  {what}  {one.rows:,}件  不適合{bad} 不足{lack} 独自{own}項目"
                         + (f"  主キー重複{one.repeated_keys:,}件" if one.repeated_keys else "")
                         + ("" if one.declared in (None, one.rows) else f"  申告{one.declared:,}件") + "\n")
    for group in result.absent:
        sys.stdout.write(f"不足  {group.area} {group.label} のファイルがない\n")
    sys.stdout.write(f"{'適合' if result.conformant else '適合しない'} → {path}\n")
    return 0 if result.conformant else 1


def _groups(areas: Sequence[str], edition: str, project: Path | None) -> list[StandardGroup]:
    """Layouts to compare with: the project's imported ones and those that ship, of the areas and edition named."""
    root = project / "layouts" if project is not None and (project / "layouts").is_dir() else None
    found = {(one.family, one.edition, one.area, one.id): one
             for where in ((None, root) if root else (None,)) for one in list_groups(root=where)
             if one.area in (areas or (one.area,)) and edition in ("", one.edition)}
    if not found:
        raise DefinitionError("layouts", expected=f"a layout of {', '.join(areas) or 'any area'} {edition}".strip(),
                              found="none", todo="See 'ikou layouts list'")
    return list(found.values())


def profile(files: Sequence[Path], *, out: Path, area: str = "", charset: str = "", copybook: Path | None = None,
            framing: FramingOption = "fixed", record: str = "", header: str = "", trailer: str = "",
            source_id: str = "", as_of: str = "", records: int = 1_000_000) -> None:
    """Write a data dictionary of files without documents, and a first source.yml and mapping of each.

    Args:
        files: CSV, Excel, Arrow or Parquet; with ``copybook`` and ``charset`` records of a host.
        out: New folder.
        area: 業務ID whose items are proposed first ("" asks all areas).
        charset: Code system of host records.
        copybook: Copybook of host records.
        framing: How host records follow each other.
        record: 01 level of the data records, where the copybook has several.
        header: 01 level of the first record.
        trailer: 01 level of the last record.
        source_id: Id of the drafted source of a single file; the file's own name without.
        as_of: 抽出基準日, for the page.
        records: At most so many records of each file are read.

    Raises:
        UnreadableFile: a file that cannot be read.
        DefinitionError: ``out`` is there already, or options that do not fit.
    """
    from pipelines.conformance.data_dictionary import (
        best_group,
        draft_mapping,
        draft_source,
        profile_files,
        write_dictionary,
    )

    if out.exists():
        raise DefinitionError(str(out), expected="a new folder", found="one that is there", todo="Name another: --out")
    ids = _source_ids(files, source_id)
    tables, formats = {}, {}
    for file in files:
        tables[file.name], formats[file.name] = _table_of(
            file, charset, copybook, records, {"framing": framing, "record": record, "header": header,
                                               "trailer": trailer})
    groups = sorted(list_groups(), key=lambda one: one.area != area)
    if area:
        groups = [one for one in groups if one.area == area] or groups
    found = profile_files(tables, groups)
    page = out / "データ辞書.html"
    write_dictionary(found, page, as_of=as_of)
    for file, one in zip(files, found, strict=True):
        group = best_group(one, groups)
        lines, system = formats[file.name]
        source = out / "sources" / ids[file.name] / "source.yml"
        source.parent.mkdir(parents=True)
        source.write_text(draft_source(one, source_id=ids[file.name], area=area or (group.area if group else "001"),
                                       pattern=file.name, format_lines=lines, code_system=system), encoding="utf-8")
        if copybook is not None:
            (source.parent / copybook.name).write_bytes(copybook.read_bytes())
        unknown = sum(found_.meaning == "none" for found_ in one.suggestions.values())
        sys.stdout.write(f"{file.name}: {one.rows:,}件 {len(one.columns)}項目、意味の候補あり"
                         f"{len(one.columns) - unknown}・要確認{unknown}、主キーの候補 "
                         f"{'、'.join(' + '.join(key) for key in one.keys) or 'なし'}\n")
        for near, repeated in one.near_keys:
            sys.stdout.write(f"  ほぼ一意な組 {' + '.join(near)}（重複{repeated:,}件）\n")
        for column, other, key, share in one.references:
            sys.stdout.write(f"  参照の候補 {column} → {other} {key}（{share:.1%}）\n")
        if group is not None:
            mapping = out / "mappings" / group.area / f"{group.id}.yml"
            mapping.parent.mkdir(parents=True, exist_ok=True)
            if mapping.exists():
                mapping = mapping.with_name(f"{group.id}.{ids[file.name]}.yml")
            mapping.write_text(draft_mapping(one, group, source_id=ids[file.name]), encoding="utf-8")
            sys.stdout.write(f"  写像の下書き {group.area} {group.label} → {mapping}\n")
    sys.stdout.write(f"→ {page}\n")


def _source_ids(files: Sequence[Path], wanted: str) -> dict[str, str]:
    """ASCII ids of drafted sources by file name; names that hold none are numbered."""
    found: dict[str, str] = {}
    for number, file in enumerate(files, 1):
        plain = re.sub("[^a-z0-9]+", "_", file.stem.lower()).strip("_")
        one = wanted if wanted and len(files) == 1 else plain if re.match("[a-z]", plain) else f"source_{number:02d}"
        found[file.name] = one if one not in found.values() else f"{one}_{number}"
    return found


def _table_of(file: Path, charset: str, copybook: Path | None, records: int,
              options: PlanOptions) -> tuple[pl.DataFrame, tuple[list[str], str]]:
    """The first records of a file as text, and how a source.yml says its format and code system."""
    import polars as pl

    from pipelines.conformance.delivered_files import blocks, list_files

    if copybook is not None:
        from layouts.records.reader import open_planned_file
        from pipelines.cli.file_plans import plans_of

        plan = next(iter(plans_of(file, None, copybook, charset, **options).values()))
        parts, rows = [], 0
        for block in open_planned_file(plan, file, block_records=16384):
            parts.append(block.table.drop([name for name in block.table.columns if name.startswith("_")]))
            rows += block.table.height
            if rows >= records:
                break
        named = {"kind": options["framing"], "record": options["record"], "header": options["header"],
                 "trailer": options["trailer"]}
        said = ", ".join(f"{key}: {value}" for key, value in named.items() if value)
        return pl.concat(parts).head(records), ([f"format: {{{said}}}", f"copybook: {copybook.name}"], charset)
    delivered = list_files(file)[0]
    if delivered.fault:
        raise UnreadableFile(str(file), expected="a table, or records with --copybook and --charset",
                             found=delivered.fault, todo="Name the copybook and the code system")
    parts, rows = [], 0
    for frame in blocks(delivered):
        parts.append(frame)
        rows += frame.height
        if rows >= records:
            break
    nothing = pl.DataFrame(schema=dict.fromkeys(delivered.columns, pl.String))
    table = pl.concat(parts).head(records) if parts else nothing
    kind = {".xlsx": "xlsx", ".parquet": "parquet"}.get(file.suffix.lower(), "csv")
    shape = "format: {kind: csv, header: true" + (', delimiter: "\\t"' if delivered.delimiter == "\t" else "") + "}"
    system = "cp932" if delivered.encoding == "CP932" else "utf-8"
    return table, ([shape if kind == "csv" else f"format: {{kind: {kind}, header: true}}"], system)


def gap(*, project: Path, others: Sequence[Path] = (), areas: Sequence[str] = (), rehearsal: int | None = None,
        out: Path | None = None) -> None:
    """Write the 項目Fit&Gap form of a project, with further cities side by side.

    Raises:
        DefinitionError: a project that does not load.
        UnreadableFile: no received generation, or files that cannot be read.
    """
    from pipelines.conformance.fit_gap import gaps_of, write_form
    from pipelines.project.data_folder import choose_generation
    from pipelines.project.loading import load_project

    loaded = load_project(project)
    generation = choose_generation(loaded.data, rehearsal)
    rows = gaps_of(loaded, rehearsal=rehearsal, areas=areas)
    beside = {}
    for other in others:
        one = load_project(other)
        beside[one.definition.city.name] = gaps_of(one, areas=areas)
    path = out or loaded.data / "fit_gap" / "項目FitGap.xlsx"
    kept = write_form(rows, path, city=loaded.definition.city.name, generation=generation, others=beside)
    counts: dict[str, int] = {}
    for row in rows:
        for word in row.verdict.split("・"):
            counts[word] = counts.get(word, 0) + 1
    sys.stdout.write("  ".join(f"{word} {counts[word]:,}" for word in
                               ("有", "無", "型差", "桁差", "コード差", "文字差") if word in counts) + "\n")
    if kept:
        sys.stdout.write(f"前回の記入 {kept:,}行を引き継いだ\n")
    sys.stdout.write(f"機能・帳票は対象外\n→ {path}\n")


def handover(run: Path, *, out: Path, family: str = "") -> None:
    """Write the 引継パッケージ of a complete run.

    Raises:
        DefinitionError: no run, a run of source items alone, or ``out`` is there already.
    """
    from pipelines.conformance.handover import pack
    from pipelines.project.loading import load_project
    from pipelines.runs.folder import MANIFEST, read_json

    if not (run / MANIFEST).is_file():
        raise DefinitionError(str(run), expected="a complete run", found="no manifest",
                              todo="Name data_dir/runs/<run-id>")
    manifest = read_json(run / MANIFEST)
    if manifest["source_only"]:
        raise DefinitionError(str(run), expected="a run with standard files", found="one of source items alone",
                              todo="Run without --source-only")
    files = pack(run, load_project(Path(manifest["project"])), out, family=family)
    for one in files:
        sys.stdout.write(f"{one.path}  {one.group.label}  {one.rows:,}件\n")
    sys.stdout.write(f"→ {out}\n")


def interfaces(*, project: Path, evidence: Sequence[Path] = (), out: Path | None = None) -> None:
    """Write the 連携一覧 draft of a project from its definitions and what the city has (.jcl, .csv).

    Raises:
        DefinitionError: a project that does not load.
        UnreadableFile: evidence that is neither JCL nor a table with known headings.
    """
    from pipelines.conformance.interfaces import collected, of_jcl, of_project, of_table, write_interfaces
    from pipelines.project.loading import load_project

    loaded = load_project(project)
    rows = list(of_project(loaded))
    for path in evidence:
        rows += of_table(path) if path.suffix.lower() == ".csv" else of_jcl(path)
    found = collected(rows)
    path = out or loaded.data / "interfaces" / "連携一覧.xlsx"
    write_interfaces(found, path, city=loaded.definition.city.name)
    for label, wanted in (("標準化対象", True), ("標準化対象外", False), ("標準化の別が要確認", None)):
        mine = [row for row in found if row.standardised is wanted]
        asked = sum(bool(row.open_points) for row in mine)
        sys.stdout.write(f"{label} {len(mine):,}行（うち要確認 {asked:,}行）\n")
    sys.stdout.write(f"→ {path}\n")
