"""Generate the committed tables of ``char_mapping/tables`` from permissively licensed sources.

Each source is a module of :mod:`char_mapping.table_sources`, with its licence; none is read at run time. What Unihan
gives is left as committed where Unihan 17 is not installed.

Run ``python -m char_mapping.build`` to write the tables, ``--check`` to compare them with the committed ones.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from char_mapping.table_sources.adobe_cmaps import jis78_rows
from char_mapping.table_sources.host_pages import (
    ebcdik_page,
    fujitsu_page,
    hitachi_ebcdic_page,
    jis8_page,
    jis8_to_ebcdic,
    jis8_to_ebcdik,
)
from char_mapping.table_sources.icu import icu_double, icu_page
from char_mapping.table_sources.notation import hexadecimal, shown
from char_mapping.table_sources.python_codecs import (
    cp932,
    jis0208,
    jis0212,
    jis0213,
    nec_row13,
    page_of_codec,
    shift_jis_2004,
)
from char_mapping.table_sources.unihan import UNICODE_DATA, ideograph_rows, mj_rows

TABLES = Path(__file__).parent / "tables"

UNICODE_LICENCE = "Unicode-3.0 (NOTICE)"
PYTHON_LICENCE = "PSF-2.0 (NOTICE)"
ADOBE_LICENCE = "BSD-3-Clause, Copyright 1990-2019 Adobe (NOTICE)"
OWN_LICENCE = "Apache-2.0 (own work: computed from the rule in char_mapping/table_sources/host_pages.py)"


@dataclass(frozen=True, slots=True)
class Table:
    """One generated file: ``rows`` are the CSV lines under ``columns``."""

    source: str
    licence: str
    columns: str
    rows: tuple[str, ...]


def _cells(source: str, licence: str, cells: Mapping[int, str], digits: int) -> Table:
    rows = tuple(f"{code:0{digits}X},{hexadecimal(text)},{shown(text)}" for code, text in sorted(cells.items()))
    return Table(source, licence, "code,unicode,char", rows)


def tables() -> dict[str, Table]:
    """Every generated file by name; ``mj_unicode`` and ``ideographs`` only where Unihan 17 is installed."""
    icu = "ICU 72.1 converter {} through uconv".format
    codec = "Python 3.11 standard library codec {}".format
    icu_single = {"ibm290": "ibm-290", "ibm1027": "ibm-939", "ibm930_single": "ibm-930", "ibm939_single": "ibm-939",
                  "ibm1390_single": "ibm-1390", "ibm1399_single": "ibm-1399"}
    found = {
        f"page_{name}": _cells(icu(charset), UNICODE_LICENCE, icu_page(charset), 2)
        for name, charset in icu_single.items()
    }
    found["page_fujitsu_ascii"] = _cells("cp500 with Fujitsu's graphics", OWN_LICENCE, fujitsu_page("ascii"), 2)
    found["page_fujitsu_lower"] = _cells("ibm-290 with Fujitsu's graphics", OWN_LICENCE, fujitsu_page("lower"), 2)
    found["page_fujitsu_kana"] = _cells("ibm-290 with Fujitsu's graphics", OWN_LICENCE, fujitsu_page("kana"), 2)
    found["page_hitachi_ebcdik"] = _cells("JIS8 permuted, fill rule", OWN_LICENCE, ebcdik_page("hitachi"), 2)
    found["page_hitachi_ebcdic"] = _cells("JIS8 permuted, fill rule", OWN_LICENCE, hitachi_ebcdic_page(), 2)
    found["page_nec_ebcdik"] = _cells("JIS8 permuted, fill rule", OWN_LICENCE, ebcdik_page("nec"), 2)
    found["page_jis8"] = _cells("JIS X 0201 rule", OWN_LICENCE, jis8_page(), 2)
    found["page_ascii"] = _cells(codec("ascii"), PYTHON_LICENCE, page_of_codec("ascii", range(128)), 2)
    found["page_cp037"] = _cells(codec("cp037"), PYTHON_LICENCE, page_of_codec("cp037", range(256)), 2)
    found["page_cp500"] = _cells(codec("cp500"), PYTHON_LICENCE, page_of_codec("cp500", range(256)), 2)
    kana = (*range(0x80), *range(0xA1, 0xE0))
    found["page_cp932"] = _cells(codec("cp932"), PYTHON_LICENCE, page_of_codec("cp932", kana), 2)
    for name, bytes_of in (("jips_e", jis8_to_ebcdik("nec")), ("jips_e_lower", jis8_to_ebcdic())):
        pairs = tuple(f"{jis8:02X},{ebcdic:02X}" for jis8, ebcdic in sorted(bytes_of.items()))
        found[f"permutation_{name}"] = Table("JIS8 permuted, fill rule", OWN_LICENCE, "jips_j,jips_e", pairs)
    found["ibm300"] = _cells(icu("ibm-930"), UNICODE_LICENCE, icu_double("ibm-930"), 4)
    found["ibm16684"] = _cells(icu("ibm-1390"), UNICODE_LICENCE, icu_double("ibm-1390"), 4)
    found["jis0208"] = _cells(codec("euc_jp"), PYTHON_LICENCE, jis0208(), 4)
    found["jis0212"] = _cells(codec("euc_jp"), PYTHON_LICENCE, jis0212(), 4)
    found["jis0213_plane1"] = _cells(codec("euc_jis_2004"), PYTHON_LICENCE, jis0213(1), 4)
    found["jis0213_plane2"] = _cells(codec("euc_jis_2004"), PYTHON_LICENCE, jis0213(2), 4)
    found["shift_jis_2004"] = _cells(codec("shift_jis_2004"), PYTHON_LICENCE, shift_jis_2004(), 4)
    kana_of_jis8 = {code: text for code, text in jis8_page().items() if code >= 0xA1}
    found["jis0201_kana"] = _cells("JIS X 0201 rule", OWN_LICENCE, kana_of_jis8, 4)
    found["cp932"] = _cells(codec("cp932"), PYTHON_LICENCE, cp932(), 4)
    found["nec_row13"] = _cells(codec("cp932"), PYTHON_LICENCE, nec_row13(), 4)
    if (names := mj_rows()) is not None:
        found["mj_unicode"] = Table("Unihan 17.0 kMojiJoho", UNICODE_LICENCE, "mj,unicode", names)
    if (ideographs := ideograph_rows()) is not None:
        source = "Unihan 17.0 kRSUnicode kTotalStrokes kJapanese"
        found["ideographs"] = Table(source, UNICODE_LICENCE, "code,radical,residual,strokes,readings", ideographs)
    columns = "jis,kind,jis90,jis78,jis90_char,jis78_char"
    found["jis78"] = Table("Adobe CMaps 78-H and H (poppler-data 0.4.12)", ADOBE_LICENCE, columns, jis78_rows())
    return found


def text_of(table: Table) -> str:
    """The file as it is committed: provenance lines that begin with ``#``, the column names, the rows."""
    head = (
        "# generated by: python -m char_mapping.build (never edit by hand)",
        f"# source: {table.source}",
        f"# licence: {table.licence}",
        table.columns,
    )
    return "\n".join((*head, *table.rows)) + "\n"


def main() -> int:
    """Write the tables, or with ``--check`` name the ones that differ from the committed files (exit 1)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    check = parser.parse_args().check
    differing = []
    found = tables()
    for name in ("mj_unicode", "ideographs"):
        if name not in found:
            sys.stderr.write(f"{name}.csv: left as it is, no Unihan 17 in {UNICODE_DATA} (IKOU_UNICODE_DATA)\n")
    for name, table in found.items():
        path, text = TABLES / f"{name}.csv", text_of(table)
        if check and (not path.exists() or path.read_text("utf-8") != text):
            differing.append(path.name)
        elif not check:
            path.write_text(text, "utf-8")
    for name in differing:
        sys.stderr.write(f"{name}: differs from what its sources give; run python -m char_mapping.build\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
