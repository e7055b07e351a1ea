"""文字の確認書 (RPT-07, RPT-09): which table read each code, what no policy decides yet, 外字, and what receivers get.

Codes and characters, counts and record keys: no name of a resident stands here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

from pipelines.reports.run_files import RunFiles

FILE_NAME = "文字の確認書.html"
GLYPH = "MOJ-007"
SAMPLES = 3
_PLACE = ["area", "source", "table", "code"]


def write_character_report(run: RunFiles, out: Path) -> Path | None:
    """Write ``文字の確認書.html``; None where the run counted no codes."""
    paths = sorted((run.folder / "code_tables").glob("*.parquet"))
    if not paths:
        return None
    codes = pl.concat([pl.read_parquet(path).with_columns(area=pl.lit(path.stem)) for path in paths])
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )
    path = out / FILE_NAME
    path.write_text(
        environment.get_template("characters.html.jinja").render(
            city=run.statistics["city"]["name"], generation=run.statistics["generation"],
            tables=_tables(codes), choices=_choices(codes, run.issues(), _private(run)), gaiji=_gaiji(codes),
            unexplained=codes.filter((pl.col("explained_by") == "") & ~_undecided()).sort(*_PLACE).to_dicts(),
            receivers=_receivers(run.folder), characters=_characters(run.folder),
        ),
        encoding="utf-8",
    )
    return path


def _undecided() -> pl.Expr:
    return pl.col("user_area") | pl.col("glyph_reading").is_not_null()


def _tables(codes: pl.DataFrame) -> list[dict[str, Any]]:
    """One row a source and table: kinds of codes, and how often they occur."""
    named = codes.with_columns(
        by=pl.when(pl.col("explained_by") == "").then(pl.lit("（説明する表なし）"))
        .otherwise(pl.col("explained_by").str.replace(r":[0-9]+$", "").str.replace(r"^判断 .*", "判断（台帳）"))
    )
    return (
        named.group_by("area", "source", "by")
        .agg(kinds=pl.len(), count=pl.col("count").sum())
        .sort("area", "source", "count", "by", descending=[False, False, True, False])
        .to_dicts()
    )


def _private(run: RunFiles) -> list[str]:
    """Groups of 支援措置: that a record is in one is nobody's business in a report."""
    return run.items.filter(pl.col("meaning").str.starts_with("support."))["group_id"].unique().sort().to_list()


def _choices(codes: pl.DataFrame, issues: pl.DataFrame, private: list[str]) -> list[dict[str, Any]]:
    """Codes that no glyph policy decides yet: both readings, occurrences, persons, and where they stand."""
    held = codes.filter(pl.col("glyph_reading").is_not_null() & (pl.col("explained_by") == ""))
    asked = (
        issues.filter(pl.col("rule_id") == GLYPH)
        .with_columns(code=pl.col("before").fill_null("").str.extract_all(r"\{[0-9A-F]{4}\}"))
        .explode("code")
        .with_columns(pl.col("code").str.strip_chars("{}"), person=pl.col("subject").str.extract("^([^/]*)", 1))
        .group_by(pl.col("area_id").alias("area"), "source", "code")
        .agg(
            persons=pl.col("person").n_unique(),
            items=pl.col("item_path").unique().sort().str.join("、"),
            samples=pl.when(pl.col("group_id").is_in(private).any()).then(pl.lit("（支援措置）"))
            .otherwise(pl.col("subject").unique().sort().head(SAMPLES).str.join("、")),
        )
    )
    return (
        held.join(asked, on=["area", "source", "code"], how="left")
        .with_columns(pl.col("persons").fill_null(0), pl.col("items", "samples").fill_null(""))
        .sort("count", *_PLACE, descending=[True, False, False, False, False])
        .to_dicts()
    )


def _gaiji(codes: pl.DataFrame) -> list[dict[str, Any]]:
    """User-defined codes that occur, the undecided ones first, then the most frequent."""
    return (
        codes.filter(pl.col("user_area"))
        .with_columns(undecided=pl.col("explained_by") == "")
        .sort("undecided", "count", *_PLACE, descending=[True, True, False, False, False, False])
        .to_dicts()
    )


def _receivers(run: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted((run / "receivers").glob("*/summary.json")):
        summary = json.loads(path.read_text("utf-8"))
        names = [pl.read_parquet(names) for names in sorted(path.parent.glob("*/*.names.parquet"))]
        changed = pl.concat(names) if names else pl.DataFrame(schema={"subject": pl.String})
        persons = changed.select(pl.col("subject").str.extract("^([^/]*)", 1).n_unique()).item() if names else 0
        cells: dict[str, int] = {}
        for group in summary["groups"].values():
            for outcomes in group["items"].values():
                for outcome, count in outcomes.items():
                    cells[outcome] = cells.get(outcome, 0) + count
        found.append({
            "id": summary["id"], "label": summary["label"], "encoding": summary["encoding"],
            "rows": sum(group["rows"] for group in summary["groups"].values()), "asked": sum(summary["asked"].values()),
            "decided": len(summary["decided"]), "persons": persons,
            **{outcome: cells.get(outcome, 0) for outcome in ("shrunk", "kana", "held")},
        })
    return found


def _characters(run: Path) -> dict[str, Any]:
    """The rows of ``receivers/characters.csv``, what a receiver gets and why in one cell."""
    path = run / "receivers" / "characters.csv"
    if not path.is_file() or not path.read_text("utf-8-sig").strip():
        return {"receivers": [], "rows": []}
    frame = pl.read_csv(path, infer_schema=False).fill_null("")
    receivers = [name.removesuffix("の字") for name in frame.columns if name.endswith("の字")]
    rows = [
        {**row, "told": [(row[f"{name}の字"], row[f"{name}の根拠"]) for name in receivers]}
        for row in frame.iter_rows(named=True)
    ]
    return {"receivers": receivers, "rows": rows}
