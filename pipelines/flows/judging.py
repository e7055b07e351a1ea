"""Count, measure and judge: statistics.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from layouts.standard_groups import load_areas
from pipelines.flows.names import mapping_remarks
from pipelines.flows.outcomes import AreaOutcome, sum_counts
from pipelines.flows.plan import SourcePlan
from pipelines.ledger import classify
from pipelines.project.loading import Project
from pipelines.runs.folder import write_json
from pipelines.steps.judge import CLOSED_STATES, measure, verdicts
from rules.catalogue import load_catalogue

INDIVIDUAL = ("approve", "judge")
"""Sheets of the work list on which a person answers row by row."""


HOW_PROVEN = {
    "1": "記録ごとの行き先（fates）を数え、対応表が定める行数を復号した源泉から別に計算して比べた",
    "2": "項目ごとに文字を変換の前後で数え、規則または判断が変えた項目のほかは同数、置換文字の増加は0",
    "3": "変わった列のすべてに規則の記録があり、変換前の列の照合値を残した（ikou verify が復元して確かめる）",
    "4": "指紋（入力・定義・判断・版）を記録した（ikou verify --rerun が再実行して確かめる）",
    "5": "宛名番号の列は変換の前後で同じ",
}


def judge_run(
    project: Project,
    run: Path,
    outcomes: Mapping[str, AreaOutcome],
    plans: Mapping[str, SourcePlan],
    decisions: pl.DataFrame,
    generation: str,
    fingerprint: str,
    failed: Mapping[str, str],
    previous: Mapping[str, Any] | None,
    *,
    source_only: bool,
) -> dict[str, Any]:
    """Count, measure and judge; writes ``statistics.json`` and returns it."""
    issues = pl.concat([pl.read_parquet(run / "issues" / f"{a}.parquet") for a in outcomes])
    if issues["issue_id"].n_unique() != issues.height:
        raise AssertionError("issue ids are not unique")
    states = classify(issues, decisions, as_of=project.as_of, generation=generation)
    catalogue = load_catalogue()
    certified = pl.DataFrame(
        sorted(
            {
                (p.area_id, t.group_id, i.name)
                for p in plans.values()
                for t in p.targets
                for i in t.context.items
                if i.certified
            }
        ),
        schema={"area_id": pl.String, "group_id": pl.String, "item": pl.String},
        orient="row",
    )
    asked = (
        issues.with_columns(
            item=pl.col("item_path").str.replace(r"\[[0-9]+\]$", ""),
            ask=pl.col("rule_id").replace_strict(
                {r.id: r.ask for r in catalogue}, default="judge", return_dtype=pl.String
            ),
        )
        .join(certified.with_columns(certified=pl.lit(True)), on=["area_id", "group_id", "item"], how="left")
        .join(states, on="issue_id")
    )
    standing = asked.filter(~pl.col("state").is_in(CLOSED_STATES))
    individual = standing.filter(pl.col("ask").is_in(INDIVIDUAL) & ~pl.col("certified").fill_null(False)).height
    records = pl.read_parquet(run / "reconcile" / "records.parquet")
    controls = pl.read_parquet(run / "reconcile" / "controls.parquet")
    chains = pl.read_parquet(run / "reconcile" / "figures.parquet")
    excluded = {
        s: sum_counts([e.counts["excluded"] for o in outcomes.values() for _, src, _, e in o.entries if src == s])
        for s in plans
    }
    expected = [
        (e, excluded.get(e.source, {}).get(e.reason_code, 0)) for e in project.scope.exclude if e.expected is not None
    ]
    scope_difference = sum(abs(n - (e.expected or 0)) for e, n in expected) if expected else None
    measured = measure(
        records=records,
        controls=controls,
        chains=chains,
        issues=issues,
        states=states,
        individual=individual,
        scope_difference=scope_difference,
        laws_broken=0,  # a broken law ends the run before this (LawBroken), so a run that is judged has none
    )
    counts = [e.counts for o in outcomes.values() for _, _, _, e in o.entries]
    cured = sum_counts([c["cured"] for c in counts])
    per_rule = asked.group_by("rule_id").agg(found=pl.len(), decided=pl.col("state").is_in(CLOSED_STATES).sum())
    rules: dict[str, dict[str, int]] = {r: {"found": 0, "cured": n, "open": 0, "decided": 0} for r, n in cured.items()}
    for rule_id, found, decided in per_rule.sort("rule_id").iter_rows():
        rules.setdefault(rule_id, {"found": 0, "cured": 0, "open": 0, "decided": 0}).update(
            found=found, open=found - decided, decided=decided
        )
    people = pl.read_parquet(run / "reconcile" / "headcount.parquet")
    labels = load_areas()
    total = controls.filter((pl.col("項目") == "人口総数") & (pl.col("区分") == ""))
    migrated = people.filter(pl.col("項目") == "人口総数")["移行値"]
    statistics: dict[str, Any] = {
        "city": {"name": project.definition.city.name, "code": project.definition.city.code},
        "generation": generation,
        "as_of": project.as_of.isoformat(),
        "fingerprint": fingerprint,
        "source_only": source_only,
        "areas": {
            a: {
                "label": labels[a][1] if a in labels else a,
                "department": project.definition.department_of(a),
                "due": _due(project, a),
                "groups": {g: group.label for (of, g), group in project.groups.items() if of == a},
                "sources": {s: project.sources[s].label for s in project.definition.areas[a].sources},
            }
            for a in (*outcomes, *failed)
        },
        "departments": {
            n: {"areas": list(d.areas), "due": d.due.isoformat() if d.due else ""}
            for n, d in project.definition.departments.items()
        },
        "people": {(f"{r['項目']} {r['区分']}".strip()): r["移行値"] for r in people.iter_rows(named=True)},
        "population": {
            "current": total["現行値"][0] if total.height else None,
            "migrated": migrated[0] if len(migrated) else None,
        },
        "rules": dict(sorted(rules.items())),
        "gates": verdicts(project.acceptance.gates, measured),
        "laws": {law: {"held": None if law == "4" else True, "how": how} for law, how in HOW_PROVEN.items()},
        "issues": {
            "total": issues.height,
            "open": standing.height,
            "open_errors": measured.values["issues.open_errors"],
            "individual": individual,
            "states": dict(sorted(states["state"].value_counts().iter_rows())),
        },
        "excluded": excluded,
        "scope": {one.reason_code: one.reason for one in project.scope.exclude},
        "mappings": mapping_remarks(project, tuple(outcomes)) if not source_only else [],
        "failed": dict(failed),
        "measures": dict(measured.values),
        "previous": {k: previous[k] for k in ("generation", "people", "issues", "rules", "gates")}
        if previous
        else None,
    }
    write_json(run / "statistics.json", statistics)
    return statistics


def _due(project: Project, area_id: str) -> str:
    department = project.definition.departments.get(project.definition.department_of(area_id))
    return department.due.isoformat() if department and department.due else ""
