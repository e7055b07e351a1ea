"""``ikou layouts list|show|import|export|diff``: the standard groups, those that ship and those a project imported."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from char_mapping.errors import DefinitionError
from layouts.codes import CONFIDENCES
from layouts.differences import GroupDifference, compare_groups, shape_of, what_a_mapping_must_change
from layouts.standard_groups import FAMILIES, StandardGroup, StandardItem, list_groups, load_areas
from pipelines.cli.terminal import columns_of, padded


def list_layouts(*, as_json: bool = False) -> None:
    """Print every group that ships with its items by confidence, then the areas that have none (枠のみ)."""
    groups = sorted(list_groups(), key=lambda one: (one.area, one.id))
    areas = dict(sorted(load_areas().items()))
    without = [area for area in areas if area not in {group.area for group in groups}]
    if as_json:
        _print_json({
            "groups": [{**_head(one), "items": len(one.items), "confidence": _by_confidence(one)} for one in groups],
            "areas": [{"id": area, "name": business, "area": name, "confidence": confidence,
                       "groups": sorted({one.id for one in groups if one.area == area})}
                      for area, (name, business, confidence) in areas.items()],
        })
        return
    rows = [("area", "group", "edition", "items", "confidence", "label")]
    for group in groups:
        marks = " ".join(f"{mark}:{count}" for mark, count in _by_confidence(group).items())
        rows.append((group.area, group.id, group.edition, str(len(group.items)), marks, group.label))
    _print_table(rows)
    names = "、".join(f"{area} {areas[area][1]}" for area in without)
    sys.stdout.write("\nA official text · B a town's public output or two implementations · C, D not the standard's\n"
                     f"枠のみ (no items yet): {names}\n")


def show_layout(area: str, group: str, *, edition: str | None = None, as_json: bool = False) -> None:
    """Print one group item by item; an edition must be named where several ship.

    Raises:
        DefinitionError: no such group, or several editions of it and none named.
    """
    found = [one for one in list_groups(area=area) if one.id == group and edition in (None, one.edition)]
    if len(found) != 1:
        if found:
            raise DefinitionError(f"layout {area} {group}", expected="one edition", todo="Name one with --edition",
                                  found=", ".join(one.edition for one in found))
        there = ", ".join(f"{one.area} {one.id} --edition {one.edition}" for one in list_groups())
        raise DefinitionError(f"layout {area} {group}", expected=f"one of {there}", found="no such group",
                              todo="See 'ikou layouts list'")
    one = found[0]
    if as_json:
        _print_json({**_head(one), "source": one.source, "licence": one.licence, "note": one.note,
                     "items": [item.model_dump(exclude_defaults=True) for item in one.items]})
        return
    sys.stdout.write(f"{one.area} {one.id} {one.label}\n{FAMILIES[one.family]} / {one.edition}\n"
                     f"{one.source}\n{one.note}\n\n")
    rows = [("id", "item", "type", "key", "出力条件", "code list", "conf.", "meaning")]
    rows += [(item.id, item.name, shape_of(item), "key" if item.key else "", _presence(item), item.code_list,
              item.confidence, item.meaning) for item in one.items]
    _print_table(rows)


def import_file(file: Path, *, project: Path, area: str = "", edition: str = "",
                groups: Mapping[str, str] | None = None, pin: bool = False) -> None:
    """Import an official workbook into the project's ``layouts/``, or a 町字 master (.csv) into its data folder.

    Raises:
        UnreadableFile: what cannot be read, with sheet, row and column, or line.
        DefinitionError: no project, a master without --edition, or definitions that do not hold.
    """
    from pipelines.project.definition import load_definition

    definition = load_definition(project)
    if file.suffix.lower() == ".csv":
        from layouts.masters.towns import read_town_master, store_towns
        from pipelines.project.data_folder import data_folder

        if not edition:
            raise DefinitionError(str(file), expected="--edition: the day the 町字 master was fetched", found="none",
                                  todo="Name it, such as --edition 2026-04-01")
        towns = read_town_master(file, edition=edition)
        path = store_towns(towns, data_folder(project, definition))
        sys.stdout.write(f"町字マスタ {edition}: {towns.height:,}件、"
                         f"{towns['municipality_code'].n_unique():,}団体 → {path}\n")
        return
    from layouts.official_workbooks.contents import FORMS
    from layouts.official_workbooks.definitions import import_workbook
    from layouts.official_workbooks.reading import read_official

    book = read_official(file, area=area, edition=edition)
    done = import_workbook(book, project / "layouts", group_ids=groups)
    sys.stdout.write(f"{FORMS[book.form]} {book.title}: 業務 {done.area}、第{done.edition}版、"
                     f"{len(book.items)}項目、{len(book.codes)}コード値\n")
    rows = [("group", "label", "items", "必須", "意味なし")]
    rows += [(one.id, one.label, str(len(one.items)), str(sum(item.required for item in one.items)),
              str(sum(item.meaning == "none" for item in one.items))) for one in done.groups.values()]
    _print_table(rows)
    for remark in book.remarks:
        sys.stdout.write(f"確認: {remark}\n")
    if book.ignored:
        sys.stdout.write(f"項目でもコードでもないシート: {'、'.join(book.ignored)}\n")
    for name in done.without_meaning[:10]:
        sys.stdout.write(f"意味（meaning）が付かなかった項目: {name}\n")
    if len(done.without_meaning) > 10:
        sys.stdout.write(f"ほか {len(done.without_meaning) - 10}項目\n")
    sys.stdout.write(f"→ {project / 'layouts' / done.family / done.edition / done.area}\n")
    pinned = definition.areas.get(done.area)
    for group in done.groups.values():
        before = pinned.editions.get(group.id) if pinned is not None and pinned.family == done.family else None
        if before is None:
            continue
        if before == done.edition:
            sys.stdout.write(f"ikou.toml は {group.id} をすでに {done.edition} にしている\n")
        elif pin:
            _pin(project / "ikou.toml", done.area, group.id, done.edition)
            sys.stdout.write(f"ikou.toml: {done.area} {group.id} を {before} から {done.edition} にした\n")
        else:
            sys.stdout.write(f"使うには ikou.toml の [areas.\"{done.area}\"] で {group.id} = \"{done.edition}\" "
                             "とする（--pin で書き換える）\n")
        if before != done.edition:
            sys.stdout.write(f"写像に要る変更: ikou layouts diff {done.area}/{group.id}@{before} "
                             f"{done.area}/{group.id}@{done.edition} --project {project}\n")


def export_layout(area: str, edition: str, *, project: Path, out: Path, family: str = "kihon_data_list") -> None:
    """Write imported groups of one area and edition back as the workbook they came from.

    Raises:
        DefinitionError: the project has imported no such edition, or ``out`` is there already.
    """
    from layouts.official_workbooks.definitions import exported
    from layouts.official_workbooks.writing import write_official

    root = project / "layouts"
    groups = [one for one in list_groups(family=family, area=area, root=root) if one.edition == edition]
    if not groups:
        raise DefinitionError(str(root), expected=f"an imported edition {edition} of area {area}", found="none",
                              todo="Import the workbook first: ikou layouts import FILE.xlsx")
    if out.exists():
        raise DefinitionError(str(out), expected="a new file", found="one that is there", todo="Name another: --out")
    book = exported(groups, root)
    write_official(book, out)
    sys.stdout.write(f"{len(book.items)}項目、{len(book.codes)}コード値 → {out}\n")


def diff_layouts(old: str, new: str, *, project: Path | None = None, as_json: bool = False) -> None:
    """Print what changed from one edition to another, and with a project what its mappings must change.

    Raises:
        DefinitionError: an edition that is not there, or no group that both have.
    """
    root = project / "layouts" if project is not None and (project / "layouts").is_dir() else None
    before, after = _named_groups(old, root), _named_groups(new, root)
    common = [group_id for group_id in before if group_id in after]
    if not common and len(before) == len(after) == 1:
        # Two groups named by hand are compared whatever they are called.
        pairs = [(next(iter(before.values())), next(iter(after.values())))]
    else:
        pairs = [(before[group_id], after[group_id]) for group_id in common]
    if not pairs:
        raise DefinitionError(f"layouts diff {old} {new}", expected="a group that both have",
                              found=f"{', '.join(before)} and {', '.join(after)}", todo="Name AREA/GROUP@EDITION")
    found = [(a, b, compare_groups(a, b)) for a, b in pairs]
    alone = ([(one, "なくなる") for key, one in before.items() if key not in after]
             + [(one, "増える") for key, one in after.items() if key not in before]) if common else []
    todo = {b.id: _mapping_changes(project, a, b, difference) for a, b, difference in found} if project else {}
    if as_json:
        _print_json([{"group": b.id, "label": b.label, "from": a.edition, "to": b.edition,
                      "added": difference.added, "removed": difference.removed,
                      "renamed": [[one.old, one.new, one.inverted] for one in difference.renamed],
                      "changed": [[one.name, one.what, one.old, one.new] for one in difference.changed],
                      "mapping": todo.get(b.id, ())} for a, b, difference in found])
        return
    for a, b, difference in found:
        _print_difference(a, b, difference, todo.get(b.id))
    for one, what in alone:
        sys.stdout.write(f"グループ {one.id}（{one.label}）: {what}\n")


def _named_groups(name: str, root: Path | None) -> dict[str, StandardGroup]:
    """Groups of ``[FAMILY/]AREA[/GROUP]@EDITION``, the project's own before those that ship, by id."""
    parts = re.fullmatch(r"(?:([a-z_0-9]+)/)?([0-9]{3})(?:/([a-z][a-z0-9_]*))?@(.+)", name)
    if parts is None:
        raise DefinitionError(f"layouts diff {name}", expected="AREA@EDITION or AREA/GROUP@EDITION", found=name,
                              todo="Such as 031/addressee@koumoku_teigi")
    family, area, group, edition = parts.groups()
    found: dict[str, StandardGroup] = {}
    for where in (None, root) if root is not None else (None,):
        for one in list_groups(family=family, area=area, root=where):
            if one.edition == edition and group in (None, one.id):
                found[one.id] = one
    if not found:
        there = sorted({one.edition for where in (None, root) for one in list_groups(area=area, root=where)})
        raise DefinitionError(f"layouts diff {name}", expected=f"an edition of {area}: {', '.join(there) or 'none'}",
                              found=edition, todo="See 'ikou layouts list'")
    return found


def _mapping_changes(project: Path, old: StandardGroup, new: StandardGroup,
                     difference: GroupDifference) -> tuple[str, ...]:
    from pipelines.project.loading import load_project

    loaded = load_project(project)
    lines: list[str] = []
    for of_source in loaded.mappings.values():
        for mapping in of_source:
            if mapping.area != old.area or mapping.group.id != old.id:
                continue
            if mapping.group.edition != old.edition:
                place = mapping.path.relative_to(loaded.folder)
                lines.append(f"{place} は {mapping.group.edition} 版の写像なので比べない")
            else:
                lines += [f"{mapping.path.relative_to(loaded.folder)}: {line}"
                          for line in what_a_mapping_must_change(difference, mapping, new)]
    return tuple(lines)


def _print_difference(old: StandardGroup, new: StandardGroup, difference: GroupDifference,
                      todo: Sequence[str] | None) -> None:
    sys.stdout.write(f"{new.area} {new.id} {new.label}: {old.edition} → {new.edition}\n")
    if difference.same:
        sys.stdout.write("  変わらない\n")
    rows: list[tuple[str, ...]] = [("  区分", "項目", "前", "後")]
    rows += [("  改名" if not one.inverted else "  改名（意味が逆）", one.new, one.old, one.new)
             for one in difference.renamed]
    rows += [("  追加", name, "", shape_of(new.by_name[name])) for name in difference.added]
    rows += [("  削除", name, shape_of(old.by_name[name]), "") for name in difference.removed]
    rows += [(f"  {one.what}", one.name, one.old or "-", one.new or "-") for one in difference.changed]
    if len(rows) > 1:
        _print_table(rows)
    for line in todo or ():
        sys.stdout.write(f"  写像: {line}\n")


def _pin(path: Path, area: str, group: str, edition: str) -> None:
    """Write an edition into ikou.toml, comments and all else kept."""
    text = path.read_text(encoding="utf-8")
    at = re.search(rf'^\[areas\."{area}"\]', text, re.MULTILINE)
    end = text.find("\n[", at.end()) if at else -1
    section = text[at.end():end if end >= 0 else len(text)] if at else ""
    changed, count = re.subn(rf'(?<![\w]){group}\s*=\s*"[^"]*"', f'{group} = "{edition}"', section, count=1)
    if at is None or not count:
        raise DefinitionError(f"{path} areas.{area}.editions", expected=f'{group} = "…" on one line',
                              found="another form", todo=f'Write {group} = "{edition}" by hand')
    path.write_text(text[: at.end()] + changed + text[at.end() + len(section):], encoding="utf-8")


def _head(group: StandardGroup) -> dict[str, str]:
    return {"family": group.family, "edition": group.edition, "area": group.area, "group": group.id,
            "label": group.label}


def _by_confidence(group: StandardGroup) -> dict[str, int]:
    marks = [item.confidence for item in group.items]
    return {mark: marks.count(mark) for mark in CONFIDENCES if mark in marks}


def _presence(item: StandardItem) -> str:
    if item.required:
        return "必須"
    return "空欄不可" if item.blank_not_allowed else item.condition


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(columns_of(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        line = "  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(line.rstrip() + "\n")
