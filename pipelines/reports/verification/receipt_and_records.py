"""RPT-01 and RPT-02: what was received and what became of every record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, AreaVerdict, read_reconciled
from pipelines.reports.run_files import RECORD_COLUMNS, RunFiles
from pipelines.reports.verification.sheet import (
    NOT_LOADED,
    Sheet,
    area_name,
    group_name,
    reconciled_by_run,
    source_name,
    state_of,
)

_FATES = {"excluded": "除外", "isolated": "隔離"}


def receipt_sheet(run: RunFiles) -> Sheet:
    """RPT-01: every received file beside its 受領票."""
    found = reconciled_by_run(run, "received")
    lead = (
        "受領票の件数・バイト数・SHA-256 と、受け取ったファイルを突き合わせた（合わなければその業務は移行しない）。"
        "受渡者と受渡日時は、受渡しの記録から書き入れる。"
    )
    columns = (
        ("業務", 26),
        ("源泉", 24),
        ("ファイル名", 22),
        ("世代", 13),
        ("件数", 12),
        ("バイト数", 15),
        ("SHA-256", 72),
        ("抽出基準日", 12),
        ("判定", 8),
        ("受渡者", 14),
        ("受渡日時", 16),
    )
    if found is None:
        why = "受領の記録がこの実行にない。"
        return Sheet("RPT-01", "受領確認書", NOT_DONE, lead, columns, why=why)
    generation = run.statistics.get("generation", "")
    rows = [
        (
            area_name(run, r["area"]),
            source_name(run, r["area"], r["source"]),
            r["file"],
            generation,
            r["records"],
            r["size"],
            r["sha256"],
            r["extracted_on"],
            "一致",
            "",
            "",
        )
        for r in found.iter_rows(named=True)
    ]
    failed = [
        (area_name(run, a), "", "", generation, None, None, why[:120], "", MISSED, "", "")
        for a, why in sorted(run.statistics.get("failed", {}).items())
    ]
    return Sheet("RPT-01", "受領確認書", MISSED if failed else NONE, lead, columns, [*failed, *rows])


def record_sheets(
    run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None, fates: pl.DataFrame
) -> list[Sheet]:
    """RPT-02 from receipt to the rows written, and RPT-02b on to what was loaded; ``fates`` as ``RunFiles.fates``."""
    return [_records(run, areas, fates), _expansion(run, areas, reconciled)]


def _records(run: RunFiles, areas: Sequence[AreaVerdict], fates: pl.DataFrame) -> Sheet:
    columns = (
        ("業務", 26),
        ("源泉・理由", 34),
        ("ファイル", 22),
        ("受領", 12),
        ("復号", 12),
        ("変換", 12),
        ("除外", 10),
        ("隔離", 10),
        ("集約", 10),
        ("管理", 8),
        ("出力行", 12),
        ("差", 8),
    )
    order = ("received", "decoded", "converted", "excluded", "isolated", "collapsed", "control", "rows", "difference")
    table = run.records().sort("area", "source", "file")
    reasons = fates.filter((pl.col("reason") != "") & pl.col("fate").is_in(list(_FATES)))
    rows: list[Sequence[Any]] = []
    if table.height:
        # Differences of two files must not cancel each other.
        sums = {name: int(table[name].sum() or 0) for name in RECORD_COLUMNS}
        sums["difference"] = int(table["difference"].abs().sum() or 0)
        rows.append(("全業務", "合計", "", *(sums[name] for name in order)))
    for (area, source), files in table.group_by(["area", "source"], maintain_order=True):
        label = source_name(run, str(area), str(source))
        for r in files.iter_rows(named=True):
            rows.append((area_name(run, str(area)), label, r["file"], *(r[name] for name in order)))
        told = reasons.filter((pl.col("area") == area) & (pl.col("source") == source))
        for r in told.iter_rows(named=True):
            counts = [r["records"] if name == r["fate"] else None for name in order]
            rows.append((area_name(run, str(area)), f"　{_FATES[r['fate']]}の理由：{r['reason']}", "", *counts))
    return Sheet(
        "RPT-02",
        "件数照合表",
        state_of(areas, "RPT-02"),
        "受領＝復号（管理の記録を除く）＝変換＋除外（理由別）＋隔離＋集約。差は行き先のない記録で、0でなければならない。",
        columns,
        rows,
        why="件数の記録がこの実行にない。",
    )


def _expansion(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> Sheet:
    made, loaded = reconciled_by_run(run, "expansion"), read_reconciled(reconciled, "groups")
    after = {} if loaded is None else {(r["area"], r["group_id"]): r for r in loaded.iter_rows(named=True)}
    lines = []
    for r in () if made is None else made.iter_rows(named=True):
        told = after.get((r["area"], r["group_id"]), {})
        got = told.get("loaded")
        verdict = (
            MISSED
            if r.get("outside")
            else NOT_DONE
            if got is None
            else NONE
            if not (told["difference"] or told["missing"] or told["extra"] or told["repeated"])
            else MISSED
        )
        lines.append(
            (
                area_name(run, r["area"]),
                source_name(run, r["area"], r["source"]),
                group_name(run, r["area"], r["group_id"]),
                r["declared"],
                r["records"],
                _span(r.get("least"), r.get("most")),
                r["rows"],
                r.get("outside"),
                NOT_DONE if got is None else got,
                told.get("refused"),
                told.get("missing"),
                told.get("extra"),
                told.get("repeated"),
                verdict,
            )
        )
    lead = "対応表が前もって定めた行数（1:N）と、できた行数、取込後の行数。見込みの外にできた記録があれば未達。"
    return Sheet(
        "RPT-02b",
        "1対N件数と取込件数",
        state_of(areas, "RPT-02"),
        lead if loaded is not None else f"{lead}取込後の再抽出がないので、取込後は未実施。",
        (
            ("業務", 26),
            ("源泉", 24),
            ("出力", 28),
            ("定めた行数", 36),
            ("変換した記録", 13),
            ("見込んだ行", 16),
            ("出力行", 12),
            ("見込み外の記録", 14),
            ("取込後", 12),
            ("取込エラー", 11),
            ("欠落", 8),
            ("余分", 8),
            ("重複", 8),
            ("判定", 9),
        ),
        lines,
        why=NOT_LOADED if made is not None else "対応表による行数の記録がこの実行にない。",
    )


def _span(least: int | None, most: int | None) -> str | None:
    """Rows a mapping's ``rows`` declared, as one number or from … to."""
    if least is None or most is None:
        return None
    return f"{least:,}" if least == most else f"{least:,}〜{most:,}"
