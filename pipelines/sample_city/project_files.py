"""The definitions of the sample project, with the host's code system and user-defined codes in them."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Collection
from pathlib import Path

from pipelines.sample_city.gaiji_font import write_gaiji_font
from pipelines.sample_city.hosts import (
    GAIJI_ORDER,
    UNDECIDED_PLACE,
    Encoder,
    Host,
    gaiji_characters,
    host_of,
    user_codes,
)
from pipelines.sample_city.resident_files import PROJECT


def write_project(target: Path, data: Path, host: Host, deleted_rows: int, areas: Collection[str]) -> None:
    """Copy the example project for some ``areas``, with the host's code system and user-defined codes in it."""
    definition = tomllib.loads((PROJECT / "ikou.toml").read_text(encoding="utf-8"))
    left_out = {a: set(area["sources"]) for a, area in definition["areas"].items() if a not in areas}
    sources = set().union(*left_out.values())
    figures = {f"{area}.yml" for area in left_out}

    def ignored(folder: str, names: list[str]) -> set[str]:
        if folder.endswith("figures"):
            return set(names) & figures
        return set(names) & (sources if folder.endswith("sources") else left_out.keys())

    shutil.copytree(PROJECT, target, dirs_exist_ok=True, ignore=ignored)
    _keep_areas(target / "ikou.toml", set(left_out))
    _replace(target / "ikou.toml", r'data_dir = ".*"', f'data_dir = "../{data.name}"')
    _replace(target / "scope.yml", r"expected: [0-9]+", f"expected: {deleted_rows}")
    for source in ("jumin", "shien"):
        path = target / "sources" / source / "source.yml"
        _replace(path, r"code_system: .*", f"code_system: {host.profile}")
        _replace(path, r"(copybook: .*\n)(dialect: .*\n)?", f"\\g<1>dialect: {host.dialect}\n")
    system = Encoder(host, "east").system
    for name, ward in (("jumin_east", "east"), ("jumin_west", "west"), ("shien", "east")):
        _write_gaiji(target / "gaiji" / f"{name}.csv", user_codes(system), ward)
    _write_gaiji(target / "gaiji" / "juutogai.csv", user_codes(Encoder(host_of("cp932"), "east").system), "east")
    # Not of 住登外: a city rarely has a font for every package.
    for name, ward in (("jumin_east", "east"), ("jumin_west", "west")):
        write_gaiji_font(target / "gaiji" / f"{name}.tte", system, ward)
    (target / ".gitignore").write_text(
        "# data never belong into this repository\n*.dat\n*.parquet\nruns/\n", encoding="utf-8"
    )


def _keep_areas(path: Path, left_out: set[str]) -> None:
    """Take areas out of ``ikou.toml``: their tables, their place at a department, departments that have none left."""
    text = path.read_text(encoding="utf-8")
    for area in sorted(left_out):
        text = re.sub(rf'\[areas\."{area}"\]\n(?:[^\[\n].*\n)*\n', "", text)
        text = re.sub(rf'(areas = \[[^\]]*?)(?:, )?"{area}"', r"\1", text)
    text = re.sub(r'"[^"\n]+" = \{areas = \[\].*\n', "", text)
    path.write_text(text.replace("areas = [, ", "areas = ["), encoding="utf-8")


def _replace(path: Path, pattern: str, replacement: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(pattern, replacement, text), encoding="utf-8")


def _write_gaiji(path: Path, codes: list[int], ward: str) -> None:
    known = gaiji_characters()
    lines = ["code,char,mj,class,evidence,decided_on"]
    lines += [
        f"{codes[place]:04X},{known[glyph].char},{known[glyph].mj},{known[glyph].identified_as},外字台帳（見本）,2025-10-01"
        for place, glyph in enumerate(GAIJI_ORDER[ward])
    ]
    lines.append(f"{codes[UNDECIDED_PLACE[ward]]:04X},,,,,")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
