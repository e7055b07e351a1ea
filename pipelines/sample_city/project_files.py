"""The definitions of the sample project, with the host's code system and user-defined codes in them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

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


def write_project(target: Path, data: Path, host: Host, deleted_rows: int) -> None:
    """Copy the example project, with the host's code system and user-defined codes in it."""
    shutil.copytree(PROJECT, target, dirs_exist_ok=True)
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
    (target / ".gitignore").write_text(
        "# data never belong into this repository\n*.dat\n*.parquet\nruns/\n", encoding="utf-8"
    )


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
