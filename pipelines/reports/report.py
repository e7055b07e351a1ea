"""The 移行結果報告書: one self-contained HTML file in Japanese that prints on A4. It shows counts, never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

from pipelines.ledger import ASKED_COLUMNS, classify
from pipelines.ledger.decision_states import ASK_AGAIN
from pipelines.reports.character_map import character_map, code_point_counts, kinds_table
from pipelines.reports.charts import age_pyramid, stacked_bars
from pipelines.reports.judgement import (
    CONDITIONAL,
    NO,
    YES,
    AreaVerdict,
    changed_criteria,
    judge_areas,
    read_reconciled,
)
from pipelines.reports.meeting_tables import (
    after_loading,
    area_label,
    declared_rows,
    figure_tables,
    identity_table,
    loaded_differences,
    pair_table,
    verdict_matrix,
)
from pipelines.reports.run_files import RECORD_COLUMNS, RunFiles, open_run
from pipelines.reports.sheets import SHEETS
from pipelines.reports.work_list import asked, build_work_list, kinds

FILE_NAME = "移行結果報告書.html"

_FATES = {
    "converted": "移行", "excluded": "移行対象外", "isolated": "隔離", "collapsed": "集約", "control": "管理レコード",
}
_FATE_COLOURS = {
    "移行": "#2F6DA8", "移行対象外": "#A6A6A6", "隔離": "#C00000", "集約": "#7F6084", "管理レコード": "#D9D9D9",
}
_SEVERITIES = {"E": "誤り", "W": "警告", "I": "参考"}
_LAWS = {
    "1": ("件数", "受け取ったすべての記録の行き先が、一つずつ決まっている"),
    "2": ("文字", "すべての文字が、表・規則・決定のどれかで説明できる。新たな「〓」「？」などを作らない"),
    "3": ("値", "値の変更はすべて規則による。変更を逆にたどると元の値に戻る"),
    "4": ("再現性", "同じ入力からは、同じ結果が一字一句違わずできる"),
    "5": ("番号", "宛名番号などの番号は文字として扱い、丸めず、付け替えない"),
}
_STAGES = {"in": "受領したデータ", "out": "移行後のデータ"}
_CHARTED_RULES = 15
_LISTED_CODE_POINTS = 30


@dataclass(frozen=True, slots=True)
class _RuleRow:
    rule: str
    name: str
    severity: str
    found: int
    cured: int
    decided: int
    left: int
    blocking: int


def write_report(
    run_dir: Path, out_dir: Path | None = None, *, previous: Path | None = None, work_list: pl.DataFrame | None = None,
    areas: Sequence[AreaVerdict] | None = None, reconciled: Path | None = None,
) -> Path:
    """Write ``移行結果報告書.html``.

    Args:
        run_dir: Folder of the run.
        out_dir: Where to write; None is the run's ``reports`` folder.
        previous: Folder of the run to compare with (前回比).
        work_list: ``build_work_list`` of the run with its frozen decisions, where the caller has it already.
        areas: ``judge_areas`` of the run, where the caller has it already.
        reconciled: Folder of ``ikou reconcile``; without it what follows loading is 未実施.

    Returns:
        Path of the report; the same run files give the same bytes.
    """
    run = open_run(run_dir)
    out = run_dir / "reports" if out_dir is None else out_dir
    out.mkdir(parents=True, exist_ok=True)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )
    environment.filters["number"] = _number
    environment.filters["signed"] = lambda value: "—" if value is None else f"{value:+,}" if value else "0"
    environment.filters["day"] = _day
    environment.filters["css"] = _css
    path = out / FILE_NAME
    rows = build_work_list(run) if work_list is None else work_list
    content = _content(run, open_run(previous) if previous else None, rows) | _decided(
        run, judge_areas(run, reconciled) if areas is None else areas, reconciled, previous)
    path.write_text(environment.get_template("report.html.jinja").render(content), encoding="utf-8")
    return path


def _content(run: RunFiles, previous: RunFiles | None, work_list: pl.DataFrame) -> dict[str, Any]:
    statistics = run.statistics
    issues = _with_states(run)
    gates = [_gate(gate) for gate in statistics.get("gates", [])]
    verdicts = [gate["verdict"] for gate in gates]
    rules = _rules(run, issues)
    records = _records(run)
    comparison = _comparison(issues, previous, run) if previous else _rough_comparison(run, rules)
    code_points = code_point_counts(run)
    return {
        "city": statistics.get("city", {}).get("name", ""),
        "generation": statistics.get("generation", ""),
        "as_of": statistics.get("as_of", ""),
        "fingerprint": statistics.get("fingerprint", ""),
        "areas": [
            {"id": id_, "label": area.get("label", ""), "department": area.get("department", "")}
            for id_, area in sorted(statistics.get("areas", {}).items())
        ],
        "verdict": _overall(verdicts),
        "verdicts": {name: verdicts.count(name) for name in ("可", "未達", "未実施")},
        "gates": gates,
        "headline": _headline(statistics, records, issues, rules, comparison),
        "records": records,
        "reasons": [
            {**row, "fate": _FATES.get(row["fate"], row["fate"]), "area": area_label(run, row["area"]),
             "reason": f"{row['reason']} {statistics.get('scope', {}).get(row['reason'], '')}".strip()}
            for row in run.fates().filter((pl.col("reason") != "") & (pl.col("fate") != "converted")).to_dicts()
        ],
        "fate_chart": _fate_chart(records),
        "characters": [
            {**row, "stage": _STAGES.get(row["stage"], row["stage"])} for row in run.characters().to_dicts()
        ],
        "unexplained": _unexplained(run),
        "character_kinds": kinds_table(code_points),
        "character_map": character_map(code_points),
        "rules": rules,
        "rule_chart": _rule_chart(rules),
        "work": _work(run, asked(work_list)),
        "states": dict(issues.group_by("state").len().sort("state").iter_rows()),
        "comparison": comparison,
        "laws": _laws(statistics.get("laws", {})),
        "mappings": statistics.get("mappings", []),
    }


def _decided(
    run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None, previous: Path | None
) -> dict[str, Any]:
    """The 移行判定書, the chain of figures, integrity and what was found after loading."""
    verdicts = [area.verdict for area in areas]
    return {
        "judged": areas,
        "decision": NO if NO in verdicts else CONDITIONAL if CONDITIONAL in verdicts or not areas else YES,
        "decided": {verdict: verdicts.count(verdict) for verdict in (YES, CONDITIONAL, NO)},
        "matrix": verdict_matrix(areas),
        "figures": figure_tables(run, reconciled),
        "expected": declared_rows(run),
        "identities": identity_table(run),
        "pairs": pair_table(run),
        "after_loading": after_loading(run, reconciled),
        "loaded": loaded_differences(run, reconciled),
        "criteria": changed_criteria(run),
        "criteria_known": bool((run.statistics.get("previous") or {}).get("gates")),
        "pyramid": _pyramid(run, reconciled, previous),
    }


def _pyramid(run: RunFiles, reconciled: Path | None, previous: Path | None) -> dict[str, str]:
    """The ages of the residents handed over, with those loaded or, before loading, those of the last run."""
    told = read_reconciled(reconciled, "ages")
    if told is not None and told["side"].n_unique() == 2:
        counts, marked = told, "取込後"
    else:
        theirs = _ages_of_the_city(run)
        frames = [] if theirs.is_empty() else [theirs]
        for side, folder in (("出力", run.folder), ("前回", previous if theirs.is_empty() else None)):
            path = None if folder is None else folder / "reconcile" / "ages.parquet"
            if path is not None and path.is_file():
                frames.append(pl.read_parquet(path).group_by(
                    side=pl.lit(side), age="年齢階級", sex=pl.col("性別").replace({"1": "男", "2": "女"})
                ).agg(count=pl.col("人数").sum()))
        if not frames:
            return {"chart": "", "marked": ""}
        counts, marked = pl.concat(frames, how="diagonal_relaxed"), "前回" if theirs.is_empty() else "現行帳票"
    known = pl.col("sex").is_in(["男", "女"]) & pl.col("age").is_between(0, 120)
    shown = counts.filter(known).sort("side", "age", "sex")
    return {"chart": age_pyramid(shown.to_dicts(), marked=marked),
            "marked": marked if counts["side"].n_unique() == 2 else ""}


def _ages_of_the_city(run: RunFiles) -> pl.DataFrame:
    """The city's own 年齢別人口 (区分 ``0-4/男``) as side 現行帳票: side, age, sex, count."""
    division = pl.col("区分").str.extract_groups(r"^([0-9]+)(?:-[0-9]+|以上)?/(男|女)$")
    found = run.controls().filter((pl.col("項目") == "年齢別人口") & pl.col("現行値").is_not_null())
    return found.select(
        side=pl.lit("現行帳票"), age=division.struct.field("1").cast(pl.Int64), sex=division.struct.field("2"),
        count="現行値",
    ).drop_nulls()


def _with_states(run: RunFiles) -> pl.DataFrame:
    issues = run.issues().select(*ASKED_COLUMNS, "severity", "blocks", "owner")
    as_of = run.statistics.get("as_of")
    states = classify(
        issues, run.decisions(), as_of=date.fromisoformat(as_of) if as_of else None,
        generation=run.statistics.get("generation"),
    )
    return issues.with_columns(states["state"], states["state"].is_in(list(ASK_AGAIN)).alias("left"))


def _gate(gate: Mapping[str, Any]) -> dict[str, Any]:
    verdict = str(gate.get("verdict") or "未実施")
    # Nothing measured is never shown as 0.
    value = None if verdict == "未実施" else gate.get("value")
    fields = ("id", "item", "measure", "at_most", "department", "agreed_on", "if_missed", "rollback")
    return {name: gate.get(name, "") for name in fields} | {"verdict": verdict, "value": value}


def _overall(verdicts: Sequence[str]) -> str:
    if not verdicts:
        return "判定なし"
    if "未達" in verdicts:
        return "未達"
    return "未実施あり" if "未実施" in verdicts else "可"


def _headline(
    statistics: Mapping[str, Any], records: Sequence[Mapping[str, Any]], issues: pl.DataFrame,
    rules: Sequence[_RuleRow], comparison: Mapping[str, Any] | None,
) -> list[dict[str, str]]:
    total = records[-1] if records else dict.fromkeys(RECORD_COLUMNS, 0)
    left = issues.filter("left")
    cards = []
    population = statistics.get("population") or {}
    if population.get("migrated") is not None:
        theirs = population.get("current")
        cards.append({
            "label": "住民（人口総数）", "value": f"{population['migrated']:,}", "unit": "人",
            "note": "現行帳票の値なし" if theirs is None else f"現行帳票 {theirs:,}人",
        })
    cards += [
        {"label": "受け取った記録", "value": f"{total['received']:,}", "unit": "件",
         "note": f"移行 {total['converted']:,}件"},
        {"label": "件数の差", "value": f"{total['difference']:,}", "unit": "件", "note": "行き先のわからない記録"},
        {"label": "残っている誤り", "value": f"{left.filter(pl.col('severity') == 'E').height:,}", "unit": "件",
         "note": f"不備は全部で {left.height:,}件"},
        {"label": "引渡しを止める不備", "value": f"{left.filter(pl.col('blocks') == 'release').height:,}", "unit": "件",
         "note": "片づくまで引き渡せない"},
        {"label": "自動で整えたもの", "value": f"{sum(rule.cured for rule in rules):,}", "unit": "件",
         "note": "表記だけ。元の値に戻せる"},
    ]
    if comparison:
        note = f"前回 {comparison['before']:,}件"
        if comparison["exact"]:
            note = f"新規 {comparison['new']:,}、解消 {comparison['gone']:,}"
        cards.append({
            "label": "残りの増減（前回比）", "value": _signed(comparison["change"]), "unit": "件", "note": note,
        })
    return cards


def _records(run: RunFiles) -> list[dict[str, Any]]:
    table = run.records()
    if table.is_empty():
        return []
    trips = run.round_trips().select("area", "source", "file", written_back="records", same="same")
    together = table.join(trips, on=["area", "source", "file"], how="left", maintain_order="left")
    rows = [{**row, "area": area_label(run, row["area"])} for row in together.sort("area", "source", "file").to_dicts()]
    total = {name: int(table[name].sum() or 0) for name in RECORD_COLUMNS}
    # Differences of two files must not cancel each other.
    total["difference"] = int(table["difference"].abs().sum() or 0)
    compared = {name: int(trips[name].sum() or 0) if trips.height else None for name in ("written_back", "same")}
    return [*rows, {"area": "合計", "source": "", "file": "", **total, **compared}]


def _fate_chart(records: Sequence[Mapping[str, Any]]) -> str:
    totals: dict[tuple[str, str], int] = {}
    for row in records[:-1]:
        for fate, label in _FATES.items():
            if row[fate]:
                totals[row["area"], label] = totals.get((row["area"], label), 0) + row[fate]
    pieces: list[Mapping[str, str | int]] = [
        {"group": area, "part": label, "count": count} for (area, label), count in totals.items()
    ]
    return stacked_bars(pieces, parts=_FATE_COLOURS, unit="件")


def _unexplained(run: RunFiles) -> list[dict[str, Any]]:
    paths = sorted((run.folder / "characters").glob("*.parquet"))
    if not paths:
        return []
    found = (
        pl.scan_parquet(paths)
        .filter(pl.col("explained_by").fill_null("") == "")
        .group_by("stage", "code_point").agg(pl.col("count").sum())
        .sort(["count", "stage", "code_point"], descending=[True, False, False])
        .head(_LISTED_CODE_POINTS)
        .collect()
    )
    return [
        {"stage": _STAGES.get(stage, stage), "code": f"U+{code:04X}", "count": count}
        for stage, code, count in found.select("stage", "code_point", "count").iter_rows()
    ]


def _rules(run: RunFiles, issues: pl.DataFrame) -> list[_RuleRow]:
    counted = {
        rule: (total, left, blocking, severity)
        for rule, total, left, blocking, severity in issues.group_by("rule_id").agg(
            pl.len().alias("total"), pl.col("left").sum().alias("open"),
            (pl.col("left") & (pl.col("blocks") == "release")).sum().alias("blocking"), pl.col("severity").min(),
        ).iter_rows()
    }
    rows = []
    for rule in sorted({*counted, *run.statistics.get("rules", {})}):
        total, left, blocking, severity = counted.get(rule, (0, 0, 0, ""))
        cured = int(run.statistics.get("rules", {}).get(rule, {}).get("cured") or 0)
        if not total and not cured:
            continue
        text = run.rules.get(rule, {})
        severity = severity or str(text.get("severity") or "")
        rows.append(_RuleRow(
            rule, str(text.get("name_ja") or ""), _SEVERITIES.get(severity, severity), total + cured, cured,
            total - left, left, blocking,
        ))
    order = list(_SEVERITIES.values())
    return sorted(rows, key=lambda row: (
        order.index(row.severity) if row.severity in order else len(order), -row.left, row.rule,
    ))


def _rule_chart(rules: Sequence[_RuleRow]) -> str:
    most = sorted((rule for rule in rules if rule.left), key=lambda rule: (-rule.left, rule.rule))[:_CHARTED_RULES]
    pieces: list[Mapping[str, str | int]] = [
        {"group": f"{rule.rule} {rule.name}", "part": rule.severity, "count": rule.left} for rule in most
    ]
    return stacked_bars(pieces, parts={"誤り": "#C00000", "警告": "#E3A008", "参考": "#7F9DB9"}, unit="残っている件数")


def _work(run: RunFiles, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows that each department has to answer, by sheet, counted as in the 確認票."""
    grouped = kinds(rows)
    departments = sorted({*run.statistics.get("departments", {}), *rows["department"].unique()})
    work = []
    for department in departments:
        single = rows.filter((pl.col("department") == department) & ~pl.col("by_kind"))
        by_kind = grouped.filter(pl.col("department") == department)
        sheets = [
            single.filter(pl.col("sheet") == sheet.number).height
            + by_kind.filter(pl.col("sheet") == sheet.number).height
            for sheet in SHEETS
        ]
        due = run.statistics.get("departments", {}).get(department, {}).get("due") or ""
        size = rows.filter(pl.col("department") == department).height
        work.append({"department": department, "sheets": sheets, "issues": size, "due": due})
    return work


def _comparison(issues: pl.DataFrame, previous: RunFiles, run: RunFiles) -> dict[str, Any]:
    before = _with_states(previous).filter("left").select("issue_id", "rule_id")
    now = issues.filter("left").select("issue_id", "rule_id")
    new = now.join(before, on="issue_id", how="anti")
    gone = before.join(now, on="issue_id", how="anti")
    counts = [dict(frame.group_by("rule_id").len().iter_rows()) for frame in (before, gone, new, now)]
    rows = []
    for rule in sorted(set().union(*counts)):
        name = str(run.rules.get(rule, previous.rules.get(rule, {})).get("name_ja") or "")
        values = dict(zip(("before", "gone", "new", "now"), (count.get(rule, 0) for count in counts), strict=True))
        rows.append({"rule": rule, "name": name, **values})
    changed = sorted((row for row in rows if row["new"] or row["gone"]), key=lambda row: (
        -abs(row["now"] - row["before"]), row["rule"],
    ))
    pieces: list[Mapping[str, str | int]] = [
        {"group": f"{row['rule']} {row['name']}", "part": label, "count": row[part]}
        for row in changed[:_CHARTED_RULES]
        for part, label in (("new", "新規"), ("gone", "解消")) if row[part]
    ]
    return {
        "exact": True, "changed": changed,
        "generation": previous.statistics.get("generation", ""), "rows": rows, "before": before.height,
        "now": now.height, "new": new.height, "gone": gone.height, "change": now.height - before.height,
        "chart": stacked_bars(pieces, parts={"新規": "#C00000", "解消": "#2E8B57"}, unit="件"),
    }


def _rough_comparison(run: RunFiles, rules: Sequence[_RuleRow]) -> dict[str, Any] | None:
    """前回比 from the counts that the previous run left in statistics.json: net changes, not which issue went."""
    earlier = run.statistics.get("previous")
    if not earlier:
        return None
    before = {rule: int(counts.get("open") or 0) for rule, counts in earlier.get("rules", {}).items()}
    now = {rule.rule: rule.left for rule in rules}
    rows = []
    for rule in sorted({*before, *now}):
        was, is_ = before.get(rule, 0), now.get(rule, 0)
        if was or is_:
            name = str(run.rules.get(rule, {}).get("name_ja") or "")
            rows.append({"rule": rule, "name": name, "before": was, "gone": max(was - is_, 0),
                         "new": max(is_ - was, 0), "now": is_})
    changed = sorted((row for row in rows if row["new"] or row["gone"]), key=lambda row: (
        -abs(row["now"] - row["before"]), row["rule"],
    ))
    pieces: list[Mapping[str, str | int]] = [
        {"group": f"{row['rule']} {row['name']}", "part": label, "count": row[part]}
        for row in changed[:_CHARTED_RULES]
        for part, label in (("new", "増"), ("gone", "減")) if row[part]
    ]
    total, left = sum(before.values()), sum(now.values())
    return {
        "exact": False, "changed": changed,
        "generation": earlier.get("generation", ""), "rows": rows, "before": total, "now": left,
        "new": sum(row["new"] for row in rows), "gone": sum(row["gone"] for row in rows), "change": left - total,
        "chart": stacked_bars(pieces, parts={"増": "#C00000", "減": "#2E8B57"}, unit="件"),
    }


def _laws(laws: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = []
    for number, (name, text) in _LAWS.items():
        law = laws.get(number) or {}
        held = law.get("held")
        rows.append({
            "number": number, "name": name, "text": text, "how": str(law.get("how") or ""),
            "verdict": "未実施" if held is None else "成立" if held else "不成立",
        })
    return rows


def _number(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"


def _signed(value: int) -> str:
    return f"{value:+,}" if value else "±0"


def _css(text: str) -> str:
    """Text inside a quoted string of a style sheet, where HTML escapes mean nothing."""
    return "".join(sign for sign in str(text) if sign not in "\"\\<>&\n\r\f")


def _day(iso: str) -> str:
    parts = str(iso).split("-")
    return f"{int(parts[0])}年{int(parts[1])}月{int(parts[2])}日" if len(parts) == 3 else str(iso)
