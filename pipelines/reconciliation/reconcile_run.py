"""``ikou reconcile``: a run beside what the new system holds, by every gate of the 移行判定.

The results lie in ``data_dir/reconciled/<run-id>/``: a finished run is never written to. What was not supplied is
未実施; a difference without a class (A–E) keeps the gate shut, and so does one of class B or D, which is repaired and
loaded again.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.errors import UnreadableFile
from pipelines.project.loading import Project
from pipelines.reconciliation.group_comparison import (
    CHARACTER_SCHEMA,
    DIFFERENCE_SCHEMA,
    DISTRIBUTION_SCHEMA,
    GROUP_SCHEMA,
    ITEM_SCHEMA,
    REFUSED,
    REPEATED,
    GroupComparison,
    compare_group,
)
from pipelines.reconciliation.loaded_files import (
    COUNTERPART,
    COUNTERPART_COLUMNS,
    ERROR_COLUMNS,
    FORM_COLUMNS,
    FORMS,
    LOAD_ERRORS,
    RECALCULATION,
    RECALCULATION_COLUMNS,
    Classified,
    header_of,
    read_classification,
    read_table,
)
from pipelines.runs.folder import MANIFEST, read_json, write_json
from pipelines.steps.figures import count_rows
from rules.reconciliation.amounts import MONEY_MEANINGS, amount_of, is_no_amount

NONE, REASONED, MISSED, NOT_DONE = "差0", "理由付き", "未達", "未実施"
FOLDER = "reconciled"
SUPPORT = "support_measure"
OPEN_CLASSES = ("", "B", "D")
"""Classes that keep a gate shut: nobody has said what it is, or it is ours to repair."""
LOADED_FIGURES = {"取込値": pl.Int64, "差_取込": pl.Int64}
COMPARED_SCHEMA: dict[str, Any] = {
    "area": pl.String, "report": pl.String, "name": pl.String, "key": pl.String, "item": pl.String,
    "before": pl.String, "after": pl.String, "reason": pl.String, "class": pl.String,
}
"""Differences of forms (RPT-15), recalculations (RPT-16) and counterparts (RCN-014)."""
CLASSED_SCHEMA: dict[str, Any] = {**DIFFERENCE_SCHEMA, "class": pl.String, "reason": pl.String, "by": pl.String}
GATE_SCHEMA: dict[str, Any] = {
    "area": pl.String, "report": pl.String, "rule_id": pl.String, "item": pl.String, "verdict": pl.String,
    "differences": pl.Int64, "note": pl.String,
}
"""One row a gate and area: 差0, 理由付き, 未達 or 未実施, how many differences there are, and the first of them."""
TOTALS_SCHEMA: dict[str, Any] = {"area": pl.String, "report": pl.String, "name": pl.String, "compared": pl.Int64,
                                 "different": pl.Int64}
BAND_SCHEMA: dict[str, Any] = {
    "area": pl.String, "name": pl.String, "item": pl.String, "band": pl.String, "people": pl.Int64,
    "compared": pl.Int64, "different": pl.Int64, "gap": pl.Int64, "largest": pl.Int64,
}
"""Recalculated amounts by 金額帯 of the old system (RPT-16): keys, amounts compared and different, sum of the
differences (new − old) and the largest of them in yen, signs left out; the order of the rows is that of the bands."""
BANDS = (
    (None, "数でない"), (0, "0円より少ない"), (1, "0円"), (10_000, "1円〜1万円未満"), (50_000, "1万円〜5万円未満"),
    (100_000, "5万円〜10万円未満"), (500_000, "10万円〜50万円未満"), (1_000_000, "50万円〜100万円未満"),
    (None, "100万円以上"),
)
"""Amounts below the number, by name; the first band holds what is no amount, the last everything above."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The tables of a reconciliation, and where they were written."""

    folder: Path
    gates: pl.DataFrame
    groups: pl.DataFrame
    figures: pl.DataFrame
    differences: pl.DataFrame

    @property
    def missed(self) -> bool:
        """Whether a gate is 未達 or was not tried."""
        return bool(self.gates["verdict"].is_in([MISSED, NOT_DONE]).any())


def reconcile_run(run: Path, project: Project, loaded: Path) -> Reconciled:
    """Compare a finished run with what was loaded.

    Args:
        run: The run's folder.
        project: The project it was run with (layouts, figures, memory).
        loaded: Folder of the new system's re-extracts, by area.

    Raises:
        UnreadableFile: a file of ``loaded`` cannot be what it should be.
        DefinitionError: a header or a class of the small files is wrong.
    """
    manifest = read_json(run / MANIFEST)
    out = run.parent.parent / FOLDER / run.name
    out.mkdir(parents=True, exist_ok=True)
    classes = read_classification(loaded)
    compared: list[GroupComparison] = []
    others = [pl.DataFrame(schema=COMPARED_SCHEMA)]
    totals = [pl.DataFrame(schema=TOTALS_SCHEMA)]
    bands = [pl.DataFrame(schema=BAND_SCHEMA)]
    loads: dict[tuple[str, str], Path] = {}
    for area_id in manifest["areas"]:
        folder = loaded / area_id
        errors = read_table(folder / LOAD_ERRORS, ERROR_COLUMNS)
        _check_groups(folder, errors, [g for a, g in project.groups if a == area_id])
        for (area, group_id), group in project.groups.items():
            if area != area_id or not (run / "standard" / area_id / f"{group_id}.arrow").is_file():
                continue
            refused = {} if errors is None else {
                key: reason for name, key, _, reason in errors.rows() if name == group_id
            }
            loads[area_id, group_id] = folder / f"{group_id}.csv"
            compared.append(compare_group(
                run, area_id, group, loads[area_id, group_id], refused,
                memory_mib=project.definition.project.memory_mib, threads=project.definition.project.threads,
                scratch=out / "scratch",
            ))
        bands.append(_bands(folder, area_id))
        for one, total in (_forms(folder, area_id), _recalculations(folder, area_id), _others(run, folder, area_id)):
            others.append(one)
            totals.append(total)
    shutil.rmtree(out / "scratch", ignore_errors=True)
    groups = pl.concat([pl.DataFrame(schema=GROUP_SCHEMA), *(c.counts for c in compared)])
    found = pl.concat([pl.DataFrame(schema=DIFFERENCE_SCHEMA), *(c.differences for c in compared)])
    differences = _classed(found, classes)
    figures = _figures(run, project, loads)
    extra = _classed_others(pl.concat(others), classes)
    items = pl.concat([pl.DataFrame(schema=ITEM_SCHEMA), *(c.items for c in compared)])
    characters = pl.concat([pl.DataFrame(schema=CHARACTER_SCHEMA), *(c.characters for c in compared)])
    distributions = pl.concat([pl.DataFrame(schema=DISTRIBUTION_SCHEMA), *(c.distributions for c in compared)])
    counted = pl.concat(totals)
    figure_classes = _figure_classes(figures, classes)
    ages = _ages(run, project, loads)
    gates = pl.concat([
        _gates_of_area(
            area, groups, figures, figure_classes, differences, characters, distributions, extra, counted,
            ages if area == "001" else ages.clear(), money=_has_money(project, area),
            unlisted=_unlisted(area, items, differences),
        )
        for area in manifest["areas"]
    ])
    if any((run.parent.parent / "deltas").glob(f"*..{manifest.get('generation', '')}/delta.json")):
        gates = pl.concat([gates, *(_applied_once(area, groups, differences) for area in manifest["areas"])])
    secret = differences.with_columns(_without_my_number(project, name) for name in ("before", "after"))
    for name, frame in (
        ("groups", groups), ("figures", figures.join(figure_classes, on=_FIGURE_KEY, how="left", nulls_equal=True)),
        ("items", items), ("differences", secret), ("distributions", distributions), ("characters", characters),
        ("compared", extra), ("totals", counted), ("bands", pl.concat(bands)), ("gates", gates), ("ages", ages),
    ):
        frame.write_parquet(out / f"{name}.parquet", statistics=False)
    write_json(out / "reconciliation.json", {"run_id": manifest["run_id"], "loaded": str(loaded)})
    return Reconciled(out, gates, groups, figures, differences)


_FIGURE_KEY = ["area", "帳票名", "項目", "区分"]


def _check_groups(folder: Path, errors: pl.DataFrame | None, known: Sequence[str]) -> None:
    small = {LOAD_ERRORS, FORMS, RECALCULATION, COUNTERPART}
    strays = [p.name for p in sorted(folder.glob("*.csv")) if p.name not in small and p.stem not in known]
    if errors is not None:
        strays += [name for name in errors["グループ"].unique().sort() if name not in known]
    if strays:
        raise UnreadableFile(
            str(folder / strays[0]), expected="a group of the run: " + ", ".join(sorted(known)), found=strays[0],
            todo="Name the file after its group, or take it away: nothing is compared with it",
        )


def _without_my_number(project: Project, column: str) -> pl.Expr:
    """個人番号 is compared and never kept in a result."""
    secret = [
        f"{area}/{group.id}/{item.name}" for (area, _), group in project.groups.items() for item in group.items
        if item.meaning == "person.my_number"
    ]
    place = pl.concat_str("area", "group_id", "item", separator="/")
    return pl.when(place.is_in(secret)).then(pl.lit("（個人番号）")).otherwise(pl.col(column)).alias(column)


def _matches(one: Classified, area: str, group: str, item: str, kind: str, key: str) -> bool:
    told = ((one.area, area), (one.group, group), (one.item, item), (one.kind, kind), (one.key, key))
    return all(not wanted or wanted == value for wanted, value in told)


def _classed(differences: pl.DataFrame, classes: Sequence[Classified]) -> pl.DataFrame:
    """Each difference with its class: agreed in classification.csv, or C where a receiver's characters explain it
    and D where the new system refused the record.
    """
    place = {"area": "area", "group": "group_id", "item": "item", "kind": "kind", "key": "key"}
    letter, reason, by = (pl.lit("", dtype=pl.String) for _ in range(3))
    known = pl.col("explained_by") != ""
    of_receiver = known & pl.col("explained_by").str.starts_with("送信先 ")
    refused = known & (pl.col("kind") == REFUSED)
    letter = pl.when(of_receiver).then(pl.lit("C")).when(refused).then(pl.lit("D")).otherwise(letter)
    reason = pl.when(of_receiver | refused).then(pl.col("explained_by")).otherwise(reason)
    by = pl.when(of_receiver | refused).then(pl.lit("自動")).otherwise(by)
    for one in reversed(classes):
        told = {column: getattr(one, name) for name, column in place.items() if getattr(one, name)}
        holds = pl.all_horizontal(pl.lit(True), *(pl.col(column) == value for column, value in told.items()))
        letter = pl.when(holds).then(pl.lit(one.letter)).otherwise(letter)
        reason = pl.when(holds).then(pl.lit(one.reason)).otherwise(reason)
        by = pl.when(holds).then(pl.lit(one.by)).otherwise(by)
    named = {"class": letter, "reason": reason, "by": by}
    return differences.with_columns(**named).select(list(CLASSED_SCHEMA)).cast(pl.Schema(CLASSED_SCHEMA))


def _classed_others(found: pl.DataFrame, classes: Sequence[Classified]) -> pl.DataFrame:
    letters = []
    for row in found.iter_rows(named=True):
        place = (row["area"], row["report"], row["item"], row["name"], row["key"])
        hit = next((c for c in classes if _matches(c, *place)), None)
        letters.append(hit.letter if hit else "C" if row["reason"] else "")
    return found.with_columns(pl.Series("class", letters, dtype=pl.String))


def _figure_classes(figures: pl.DataFrame, classes: Sequence[Classified]) -> pl.DataFrame:
    rows = []
    for row in figures.iter_rows(named=True):
        name = f"{row['帳票名']}/{row['区分']}"
        hit = next((c for c in classes if _matches(c, row["area"], "現行帳票", row["項目"], "金額・件数", name)), None)
        rows.append((*(row[k] for k in _FIGURE_KEY), hit.letter if hit else "", hit.reason if hit else ""))
    return pl.DataFrame(rows, schema=dict.fromkeys([*_FIGURE_KEY, "class", "reason"], pl.String), orient="row")


def _figures(run: Path, project: Project, loads: Mapping[tuple[str, str], Path]) -> pl.DataFrame:
    """The chain of the run with its last link: what the loaded rows add up to."""
    chain = pl.read_parquet(run / "reconcile" / "figures.parquet")
    taken = [pl.DataFrame(schema=dict.fromkeys(_FIGURE_KEY, pl.String) | {"取込値": pl.Int64})]
    for area_id, figures in project.figures.items():
        for figure in figures:
            path = loads.get((area_id, figure.output.group)) if figure.output else None
            if figure.output is None or path is None or not path.is_file():
                continue
            wanted = dict.fromkeys([figure.output.sum, *figure.output.by, *(w.item for w in figure.output.where)])
            names = [name for name in wanted if name]
            if any(name not in header_of(path) for name in names):
                continue
            first = header_of(path)[:1]
            rows = pl.scan_csv(path, infer_schema=False).select(names or first)
            counted = count_rows(rows.collect(), figure.output)
            there = chain.filter(
                (pl.col("area") == area_id) & (pl.col("帳票名") == figure.form) & (pl.col("項目") == figure.item)
            ).select(_FIGURE_KEY)
            if there.is_empty():
                continue
            place = [pl.lit(v).alias(k) for k, v in zip(_FIGURE_KEY, (area_id, figure.form, figure.item), strict=False)]
            given = counted.select(*place, "区分", 取込値="value")
            both = there.join(given, on=_FIGURE_KEY, how="full", coalesce=True)
            taken.append(both.with_columns(pl.col("取込値").fill_null(0)))
    joined = chain.join(pl.concat(taken), on=_FIGURE_KEY, how="full", coalesce=True)
    return joined.with_columns(差_取込=pl.col("取込値") - pl.col("出力値").fill_null(0)).sort(_FIGURE_KEY)


def _ages(run: Path, project: Project, loads: Mapping[tuple[str, str], Path]) -> pl.DataFrame:
    """Present residents by five years of age and sex, counted alike over what was handed over and what was loaded."""
    schema = {"side": pl.String, "age": pl.Int64, "sex": pl.String, "count": pl.Int64}
    frames = [pl.DataFrame(schema=schema)]
    for (area_id, group_id), path in loads.items():
        group = project.groups[area_id, group_id]
        names = {item.meaning: item.name for item in reversed(group.items)}
        if area_id != "001" or not {"person.birth_date", "person.sex", "person.latest"} <= names.keys():
            continue
        sides = {"出力": pl.scan_ipc(run / "standard" / area_id / f"{group_id}.arrow")}
        if path.is_file():
            sides["取込後"] = pl.scan_csv(path, infer_schema=False)
        for side, rows in sides.items():
            present = rows.collect_schema().names()
            known = {meaning: name for meaning, name in names.items() if name in present}
            if not {"person.birth_date", "person.sex", "person.latest"} <= known.keys():
                continue
            living = [pl.col(known["person.latest"]) == "1"]
            if "person.status" in known:
                living.append(pl.col(known["person.status"]).fill_null("1") == "1")
            if "person.deleted" in known:
                living.append(pl.col(known["person.deleted"]).fill_null("0") == "0")
            born = pl.col(known["person.birth_date"]).str.to_date("%Y-%m-%d", strict=False)
            as_of = project.as_of
            # A month is an Int8: times 100 it would run over.
            day_of_year = born.dt.month().cast(pl.Int32) * 100 + born.dt.day()
            before_birthday = day_of_year > as_of.month * 100 + as_of.day
            age = (as_of.year - born.dt.year() - before_birthday.cast(pl.Int32)) // 5 * 5
            counted = rows.filter(living).group_by(age=age.cast(pl.Int64), sex=pl.col(known["person.sex"])).len("count")
            frames.append(counted.select(
                pl.lit(side).alias("side"), "age", pl.col("sex").replace({"1": "男", "2": "女"}),
                pl.col("count").cast(pl.Int64),
            ).collect())
    return pl.concat(frames).sort("side", "age", "sex", nulls_last=True)


def _compared_frame(area: str, report: str, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.lit(area).alias("area"), pl.lit(report).alias("report"), "name", "key", "item", "before", "after", "reason",
        pl.lit("").alias("class"),
    ).cast(pl.Schema(COMPARED_SCHEMA))


def _nothing() -> tuple[pl.DataFrame, pl.DataFrame]:
    return pl.DataFrame(schema=COMPARED_SCHEMA), pl.DataFrame(schema=TOTALS_SCHEMA)


def _total(area: str, report: str, rows: pl.DataFrame, differs: pl.Expr) -> pl.DataFrame:
    counted = rows.group_by("name").agg(compared=pl.len().cast(pl.Int64), different=differs.sum().cast(pl.Int64))
    place = pl.lit(area).alias("area"), pl.lit(report).alias("report")
    return counted.select(*place, "name", "compared", "different").sort("name")


def _forms(folder: Path, area_id: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RCN-008: printed forms of the old and the new system, item by item."""
    table = read_table(folder / FORMS, FORM_COLUMNS)
    if table is None:
        return _nothing()
    rows = table.rename(dict(zip(FORM_COLUMNS, ("name", "key", "item", "before", "after", "reason"), strict=True)))
    differs = pl.col("before") != pl.col("after")
    return _compared_frame(area_id, "RPT-15", rows.filter(differs)), _total(area_id, "RPT-15", rows, differs)


def _recalculations(folder: Path, area_id: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RCN-009: amounts of the old and the new system; one that is no number differs from everything."""
    table = read_table(folder / RECALCULATION, RECALCULATION_COLUMNS)
    if table is None:
        return _nothing()
    columns = ("name", "key", "item", "before", "after", "reason")
    rows = table.rename(dict(zip(RECALCULATION_COLUMNS, columns, strict=True)))
    one, other = amount_of(pl.col("before")), amount_of(pl.col("after"))
    broken = is_no_amount(pl.col("before")) | is_no_amount(pl.col("after"))
    differs = broken | one.ne_missing(other)
    named = rows.with_columns(reason=pl.when(broken).then(pl.lit("")).otherwise(pl.col("reason")))
    return _compared_frame(area_id, "RPT-16", named.filter(differs)), _total(area_id, "RPT-16", rows, differs)


def _bands(folder: Path, area_id: str) -> pl.DataFrame:
    """RCN-009: the same amounts by 金額帯, so that a meeting sees whom a difference meets."""
    table = read_table(folder / RECALCULATION, RECALCULATION_COLUMNS)
    if table is None:
        return pl.DataFrame(schema=BAND_SCHEMA)
    one, other = amount_of(pl.col("旧額")), amount_of(pl.col("新額"))
    broken = is_no_amount(pl.col("旧額")) | is_no_amount(pl.col("新額"))
    band = pl.lit(len(BANDS) - 1)
    for number, (below, _) in reversed(list(enumerate(BANDS))):
        band = band if below is None else pl.when(pl.col("one") < below).then(pl.lit(number)).otherwise(band)
    rows = table.select("計算名", "キー", "項目", one=one, other=other, broken=broken).with_columns(
        place=pl.when(pl.col("broken") | pl.col("one").is_null()).then(pl.lit(0)).otherwise(band),
        gap=pl.when(~pl.col("broken")).then(pl.col("other") - pl.col("one")),
        differs=pl.col("broken") | pl.col("one").ne_missing(pl.col("other")),
    )
    counted = rows.group_by(name="計算名", item="項目", place="place").agg(
        people=pl.col("キー").n_unique(), compared=pl.len(), different=pl.col("differs").sum(),
        gap=pl.col("gap").sum(), largest=pl.col("gap").abs().max().fill_null(0),
    )
    names = {number: name for number, (_, name) in enumerate(BANDS)}
    return counted.sort("name", "item", "place").select(
        pl.lit(area_id).alias("area"), "name", "item",
        pl.col("place").replace_strict(names, return_dtype=pl.String).alias("band"),
        "people", "compared", "different", "gap", "largest",
    ).cast(pl.Schema(BAND_SCHEMA))


def _others(run: Path, folder: Path, area_id: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RCN-014: lists of 住基ネット, 中間サーバ … beside the latest rows of the residents handed over."""
    table = read_table(folder / COUNTERPART, COUNTERPART_COLUMNS)
    path = run / "standard" / area_id / "resident.arrow"
    if table is None or not path.is_file():
        return _nothing()
    present = pl.read_ipc_schema(path)
    items = [name for name in table["項目"].unique().sort() if name in present]
    if "宛名番号" not in present or len(items) < table["項目"].n_unique():
        raise UnreadableFile(
            str(folder / COUNTERPART), expected="items of the residents", todo="Use the names of the standard's items",
            found=", ".join(sorted(set(table["項目"]) - set(items))[:5]),
        )
    people = pl.scan_ipc(path)
    latest = people.filter(pl.col("最新フラグ") == "1") if "最新フラグ" in present else people
    wanted = table["宛名番号"].unique().implode()
    ours = (
        latest.filter(pl.col("宛名番号").is_in(wanted)).select("宛名番号", *[pl.col(i).cast(pl.String) for i in items])
        .collect().unpivot(items, index="宛名番号", variable_name="項目", value_name="before")
    )
    rows = table.join(ours.with_columns(there=pl.lit(True)), on=["宛名番号", "項目"], how="left").select(
        name="相手", key="宛名番号", item="項目", before=pl.col("before").fill_null(""), after="値",
        reason=pl.lit(""), there=pl.col("there").fill_null(False),
    )
    differs = (pl.col("before") != pl.col("after")) | ~pl.col("there")
    return _compared_frame(area_id, "RCN-014", rows.filter(differs)), _total(area_id, "RCN-014", rows, differs)


def _gate(
    area: str, report: str, rule_id: str, item: str, differences: int | None, standing: int, note: str = ""
) -> dict[str, Any]:
    """``differences`` is None where nothing was compared; ``standing`` of them have no reason that the gate takes."""
    verdict = NOT_DONE if differences is None else MISSED if standing else REASONED if differences else NONE
    return {
        "area": area, "report": report, "rule_id": rule_id, "item": item, "verdict": verdict,
        "differences": differences, "note": note,
    }


def _standing(frame: pl.DataFrame) -> int:
    return frame.filter(pl.col("class").is_in(OPEN_CLASSES)).height


def _first(frame: pl.DataFrame) -> str:
    """The first difference by name: its place and key, never its value."""
    if frame.is_empty():
        return ""
    named = frame.sort(pl.col("class").is_in(OPEN_CLASSES), descending=True, maintain_order=True).row(0, named=True)
    place = " ".join(part for part in (named["group_id"], named["item"], named["kind"]) if part)
    # That somebody is under 支援措置 is told to the person in charge alone.
    return place if named["group_id"] == SUPPORT else f"{place} キー {named['key']}"


def _applied_once(area: str, groups: pl.DataFrame, differences: pl.DataFrame) -> pl.DataFrame:
    """RCN-012: where changes after the freeze came as a delta, no record stands twice; nothing excuses it."""
    known = groups.filter((pl.col("area") == area) & pl.col("loaded").is_not_null()).height
    twice = differences.filter((pl.col("area") == area) & (pl.col("kind") == REPEATED))
    size = twice.height
    row = _gate(area, "RPT-02", "RCN-012", "差分の二重反映", size if known else None, size, _first(twice))
    return pl.DataFrame([row], schema=GATE_SCHEMA)


def _unlisted(area: str, items: pl.DataFrame, differences: pl.DataFrame) -> int:
    """Differing cells beyond those that are listed (group_comparison.LISTED an item)."""
    mine = items.filter((pl.col("area") == area) & pl.col("compared").is_not_null())
    listed = differences.filter((pl.col("area") == area) & (pl.col("item") != "")).height
    return int(mine.select((pl.col("compared") - pl.col("same")).sum()).item() or 0) - listed


def _has_money(project: Project, area: str) -> bool:
    """Whether an area levies, collects or pays: then its amounts and calculations are asked for."""
    meanings = {item.meaning for (of, _), group in project.groups.items() if of == area for item in group.items}
    return not meanings.isdisjoint(MONEY_MEANINGS)


def _gates_of_area(
    area: str, groups: pl.DataFrame, figures: pl.DataFrame, figure_classes: pl.DataFrame, differences: pl.DataFrame,
    characters: pl.DataFrame, distributions: pl.DataFrame, extra: pl.DataFrame, totals: pl.DataFrame,
    ages: pl.DataFrame, *, money: bool, unlisted: int,
) -> pl.DataFrame:
    """Every gate of one area after loading; ``unlisted`` differing cells are counted and stand in no row."""
    here = groups.filter(pl.col("area") == area)
    supplied = here.filter(pl.col("loaded").is_not_null())
    whole = supplied.height == here.height and here.height > 0
    lacking = here.filter(pl.col("loaded").is_null())["group_id"].to_list()
    of_area = differences.filter(pl.col("area") == area)
    records = of_area.filter(pl.col("item") == "")
    cells = of_area.filter(pl.col("item") != "")
    missing_note = f"取込後の再抽出がない: {'、'.join(lacking)}" if lacking else ""

    def gate(report: str, rule: str, item: str, found: pl.DataFrame) -> dict[str, Any]:
        if not supplied.height:
            return _gate(area, report, rule, item, None, 0, missing_note)
        return partly(_gate(area, report, rule, item, found.height, _standing(found), _first(found) or missing_note))

    def partly(told: dict[str, Any]) -> dict[str, Any]:
        """未実施 where a group was not extracted again: that the others agree proves nothing about it."""
        if supplied.height and not whole and told["verdict"] in (NONE, REASONED):
            told |= {"verdict": NOT_DONE, "note": missing_note, "differences": told["differences"] or None}
        return told

    rows = [gate("RPT-02", "RCN-001", "件数・キー（出力＝取込後）", records)]
    chained = figures.filter((pl.col("area") == area) & pl.col("取込値").is_not_null()).join(
        figure_classes, on=_FIGURE_KEY, how="left", nulls_equal=True
    )
    for report, rule, item, where in (
        ("RPT-03", "RCN-002", "金額（出力＝取込後）", pl.col("単位") == "円"),
        ("RPT-04", "RCN-003", "人数（出力＝取込後）", pl.col("単位") != "円"),
    ):
        of_kind = chained.filter(where | pl.col("単位").is_null()) if report == "RPT-03" else chained.filter(where)
        if of_kind.is_empty() and not (money and report == "RPT-03"):
            continue  # no figure of this kind is asked of the area
        off = of_kind.filter(pl.col("差_取込") != 0)
        note = "" if off.is_empty() else "{帳票名} {項目} {区分} 差 {差_取込:+,}".format(**off.row(0, named=True))
        rows.append(_gate(area, report, rule, item, off.height if of_kind.height else None, _standing(off), note))
    if ages["side"].n_unique() == 2:
        sides = ages.pivot("side", index=["age", "sex"], values="count").fill_null(0)
        moved = sides.filter(pl.col("出力") != pl.col("取込後"))
        gap = int(sides["取込後"].sum()) - int(sides["出力"].sum())
        note, item = (f"人口の差 {gap:+,}" if moved.height else ""), "人口（年齢5歳階級×性別、出力＝取込後）"
        rows.append(_gate(area, "RPT-04", "RCN-003", item, moved.height, moved.height, note))
    of_items = gate("RPT-05", "RCN-004", "項目値（全件・全項目）", cells)
    if unlisted:
        # Nobody has classed what is in no list.
        note = f"{of_items['note']}　ほか一覧に載らない差 {unlisted:,}件"
        of_items |= {"verdict": MISSED, "differences": cells.height + unlisted, "note": note}
    rows.append(of_items)
    moved = distributions.filter((pl.col("area") == area) & (pl.col("before") != pl.col("after")))
    told = sorted(set(moved["item"]) - set(cells["item"])) if moved.height else []
    spread = _gate(area, "RPT-06", "RCN-005", "項目の分布", moved.height if supplied.height else None,
                   _standing(cells) + _standing(records) if moved.height else 0,
                   "、".join(told[:3] or moved["item"].unique(maintain_order=True).to_list()[:3]))
    rows.append(partly(spread))
    changed = characters.filter(pl.col("area") == area)
    broken = of_area.filter(pl.col("kind") == "文字の破損")
    with_text = pl.concat([broken, of_area.join(broken, on=["group_id", "item", "key"], how="anti", nulls_equal=True)])
    note = "" if changed.is_empty() else "U+{code_point:04X} {before}→{after}".format(**changed.row(0, named=True))
    rows.append(partly(_gate(
        area, "RPT-07", "RCN-006", "文字（出力＝取込後）", changed.height if supplied.height else None,
        _standing(with_text) if changed.height else 0, f"{note} {_first(broken)}".strip(),
    )))
    for report, rule, item in (
        ("RPT-15", "RCN-008", "帳票比較"),
        *((("RPT-16", "RCN-009", "計算比較"),) if money else ()),
        *((("RCN-014", "RCN-014", "住基ネット・中間サーバ"),) if area == "001" else ()),
    ):
        done = totals.filter((pl.col("area") == area) & (pl.col("report") == report))
        found = extra.filter((pl.col("area") == area) & (pl.col("report") == report))
        note = "" if found.is_empty() else "{name} {item} キー {key}".format(**found.row(0, named=True))
        rows.append(_gate(area, report, rule, item, found.height if done.height else None, _standing(found), note))
    support = here.filter(pl.col("group_id") == SUPPORT)
    if support.height:
        off = of_area.filter(pl.col("group_id") == SUPPORT)
        known = support["loaded"][0] is not None
        # 全数一致: nothing explains a difference here.
        rows.append(_gate(area, "RPT-17", "RCN-015", "抑止・支援措置の全数", off.height if known else None, off.height,
                          _first(off)))
    every = pl.concat([of_area.select("class"), extra.filter(pl.col("area") == area).select("class"),
                       chained.filter(pl.col("差_取込") != 0).select("class")])
    unclassed = every.filter(pl.col("class") == "").height
    tried = supplied.height or every.height
    note = f"未分類 {unclassed:,}件" if unclassed else ""
    size = every.height if tried else None
    rows.append(partly(_gate(area, "RPT-18", "RCN-010", "差異の分類", size, unclassed, note)))
    return pl.DataFrame(rows, schema=GATE_SCHEMA)
