"""``ikou layouts check|profile|gap|handover|interfaces``: layouts against data, as documents."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from char_mapping.errors import DefinitionError
from layouts.standard_groups import StandardGroup, list_groups


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
