"""RPT-01 and RPT-02: what was received and what became of every record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, AreaVerdict, read_reconciled
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import Sheet, area_name, reconciled_by_run, state_of


def receipt_sheet(run: RunFiles) -> Sheet:
    """RPT-01: every received file beside its 受領票."""
    found = reconciled_by_run(run, "received")
    lead = "受領票の件数・大きさ・SHA-256 と、受け取ったファイルを突き合わせた（合わなければその業務は移行しない）。"
    columns = (
        ("業務", 24),
        ("源泉", 20),
        ("ファイル名", 26),
        ("件数", 12),
        ("バイト数", 14),
        ("SHA-256", 68),
        ("抽出基準日", 12),
        ("判定", 8),
        ("受渡者", 14),
        ("受渡日時", 16),
    )
    if found is None:
        return Sheet("RPT-01", "受領確認書", NOT_DONE, lead, columns)
    rows = [
        (
            area_name(run, r["area"]),
            r["source"],
            r["file"],
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
        (area_name(run, a), "", "", None, None, why[:120], "", MISSED, "", "")
        for a, why in sorted(run.statistics.get("failed", {}).items())
    ]
    return Sheet("RPT-01", "受領確認書", MISSED if failed else NONE, lead, columns, [*failed, *rows])


def record_sheets(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> list[Sheet]:
    """RPT-02 from receipt to the rows written, and RPT-02b on to what was loaded."""
    columns = (
        ("業務", 24),
        ("ファイル", 24),
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
    names = ("received", "decoded", "converted", "excluded", "isolated", "collapsed", "control", "rows", "difference")
    rows = [(area_name(run, r["area"]), r["file"], *(r[n] for n in names)) for r in run.records().iter_rows(named=True)]
    reasons = [
        (
            area_name(run, r["area"]),
            f"　{r['source']}　{'隔離' if r['fate'] == 'isolated' else '除外'}の理由 {r['reason']}",
            None,
            None,
            None,
            r["records"] if r["fate"] == "excluded" else None,
            r["records"] if r["fate"] == "isolated" else None,
            None,
            None,
            None,
            None,
        )
        for r in run.fates().iter_rows(named=True)
        if r["reason"] and r["fate"] != "converted"
    ]
    first = Sheet(
        "RPT-02",
        "件数照合表",
        state_of(areas, "RPT-02"),
        "受領＝復号＝変換＋除外（理由別）＋隔離＋集約。差は行き先のない記録。",
        columns,
        [*rows, *reasons],
    )
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
                r["source"],
                r["group_id"],
                r["declared"],
                r["records"],
                _span(r.get("least"), r.get("most")),
                r["rows"],
                r.get("outside"),
                got,
                told.get("refused"),
                told.get("missing"),
                told.get("extra"),
                told.get("repeated"),
                verdict,
            )
        )
    second = Sheet(
        "RPT-02b",
        "1対N件数と取込件数",
        state_of(areas, "RPT-02"),
        "対応表が前もって定めた行数（1:N）と、できた行数、取込後の行数。取込後の再抽出がなければ未実施。",
        (
            ("業務", 24),
            ("源泉", 18),
            ("出力", 18),
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
    )
    return [first, second]


def _span(least: int | None, most: int | None) -> str | None:
    """Rows a mapping's ``rows`` declared, as one number or from … to."""
    if least is None or most is None:
        return None
    return f"{least:,}" if least == most else f"{least:,}〜{most:,}"
