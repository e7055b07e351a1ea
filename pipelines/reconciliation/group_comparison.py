"""One standard group as it was handed over beside the same group as the new system gives it back, out of core.

RCN-001 (records), RCN-004 (every item of every record), RCN-005 (distributions) and RCN-006 (characters) of what was
loaded. Every row of both sides is read once for its key and the MD5 of its cells; only keys whose rows are not the same
are read again and held against each other cell by cell. A difference names its record by key and carries both values
for the class it will be given; reports mask them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.dataset as ds

from char_mapping.errors import UnreadableFile
from char_mapping.text import SUBSTITUTES
from layouts.standard_groups import StandardGroup
from pipelines.reconciliation.loaded_files import header_of
from rules.reconciliation.characters import code_points

MISSING, EXTRA, REPEATED = "欠落", "余分", "重複"
BROKEN, BLANKS, VALUE = "文字の破損", "空白", "値の差"
PROJECTED, UNDONE = "送信先の文字", "規則前の値"
REFUSED = "取込エラー"
DIFFERENCE_SCHEMA: dict[str, Any] = {
    "area": pl.String, "group_id": pl.String, "item": pl.String, "kind": pl.String, "key": pl.String,
    "before": pl.String, "after": pl.String, "explained_by": pl.String,
}
"""``before`` as handed over, ``after`` as loaded; ``explained_by`` is a rule, a receiver or a load error, else ""."""
ITEM_SCHEMA: dict[str, Any] = {
    "area": pl.String, "group_id": pl.String, "item": pl.String, "compared": pl.Int64, "same": pl.Int64,
    "explained": pl.Int64, "unexplained": pl.Int64, "changed_by": pl.String,
}
"""One row an item; ``compared`` is null where the re-extract has no such item. ``changed_by``: rules that brought it
from the source's value to the one handed over."""
GROUP_SCHEMA: dict[str, Any] = {
    "area": pl.String, "group_id": pl.String, "written": pl.Int64, "loaded": pl.Int64, "refused": pl.Int64,
    "missing": pl.Int64, "extra": pl.Int64, "repeated": pl.Int64, "difference": pl.Int64,
}
"""``difference`` = written − loaded − refused; ``loaded`` is null where no re-extract was supplied."""
DISTRIBUTION_SCHEMA: dict[str, Any] = {
    "area": pl.String, "group_id": pl.String, "item": pl.String, "measure": pl.String, "before": pl.Int64,
    "after": pl.Int64,
}
"""``measure``: 空欄, 最小桁, 最大桁, 最小値 and 最大値 (1 where it differs), or ``値 <code>`` of an item with codes."""
CHARACTER_SCHEMA: dict[str, Any] = {
    "area": pl.String, "group_id": pl.String, "code_point": pl.UInt32, "before": pl.Int64, "after": pl.Int64,
}
"""Characters of the differing cells and of missing or extra records; all others are equal cell by cell."""
_CODES = 500
LISTED = 100_000
"""Differing cells of an item taken as rows; beyond them they are counted."""


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """What the comparison of a group gives; every table in a fixed order."""

    counts: pl.DataFrame
    items: pl.DataFrame
    differences: pl.DataFrame
    distributions: pl.DataFrame
    characters: pl.DataFrame


def compare_group(
    run: Path, area_id: str, group: StandardGroup, loaded: Path, refused: Mapping[str, str], *, memory_mib: int,
    threads: int, scratch: Path,
) -> GroupComparison:
    """Compare one group.

    Args:
        run: The run's folder.
        area_id: Its area.
        group: Its layout: keys and code lists.
        loaded: The re-extract; where there is none only what was written is counted.
        refused: Key (its parts joined by /) → reason of the records the new system refused.
        memory_mib: Memory for DuckDB.
        threads: Threads for DuckDB.
        scratch: Where it spills.

    Raises:
        UnreadableFile: the re-extract has no key item, or is no CSV.
    """
    written = ds.dataset(run / "standard" / area_id / f"{group.id}.arrow", format="ipc")
    place = {"area": area_id, "group_id": group.id}
    rows = written.count_rows()
    if not loaded.is_file():
        counts = pl.DataFrame([{**place, "written": rows, "refused": len(refused)}], schema=GROUP_SCHEMA)
        schemas = (ITEM_SCHEMA, DIFFERENCE_SCHEMA, DISTRIBUTION_SCHEMA, CHARACTER_SCHEMA)
        return GroupComparison(counts, *(pl.DataFrame(schema=schema) for schema in schemas))
    there = header_of(loaded)
    items = [name for name in written.schema.names if name not in group.key]
    keys = [name for name in group.key if name in written.schema.names]
    absent = [name for name in keys if name not in there]
    if absent or not keys:
        raise UnreadableFile(
            f"{loaded}:1", expected="the key items " + ", ".join(keys), found=", ".join(there[:10]),
            todo="Extract the keys too: records are held against each other by them",
        )
    shared = [name for name in items if name in there]
    with duckdb.connect(config={"memory_limit": f"{memory_mib}MiB", "threads": threads}) as connection:
        connection.execute(f"SET temp_directory = '{scratch.as_posix()}'")
        connection.register("written_rows", written)
        try:
            _tables(connection, loaded, keys, shared)
        except duckdb.InvalidInputException:
            raise UnreadableFile(
                str(loaded), expected="CSV in UTF-8 with the same number of cells in every line",
                found="something else", todo="Extract again; quote cells that hold commas or line ends",
            ) from None
        present = _number(connection, "SELECT count(*) FROM l_rows")
        differences = [_whole_records(connection, refused), _repeated(connection)]
        equal = _equal_cells(connection, shared)
        for item in shared:
            if equal[item][0] != equal[item][1]:
                differences.append(_cells(connection, item))
        found = pl.concat([pl.DataFrame(schema={k: v for k, v in DIFFERENCE_SCHEMA.items() if k not in place}),
                           *differences]).with_columns(area=pl.lit(area_id), group_id=pl.lit(group.id))
        found = found.select(list(DIFFERENCE_SCHEMA)).cast(pl.Schema(DIFFERENCE_SCHEMA))
        found = _explained(run, area_id, group, keys, found)
        distributions = _distributions(connection, loaded, group, shared, place)
        characters = _characters(connection, found, shared, place)
    ruled = _rules_of(run, area_id, group.id)
    of_item = {
        item: (part.filter(pl.col("explained_by") != "").height, part.filter(pl.col("explained_by") == "").height)
        for (item,), part in found.filter(pl.col("item") != "").group_by(["item"], maintain_order=True)
    }
    lines = []
    for item in items:
        compared, same = equal.get(item, (None, None))
        known, rest = of_item.get(item, (0, 0))
        beyond = 0 if compared is None or same is None else compared - same - known - rest
        lines.append({
            **place, "item": item, "compared": compared, "same": same, "explained": known, "unexplained": rest + beyond,
            "changed_by": "、".join(ruled.get(item, ())),
        })
    kinds = dict(found.group_by("kind").len().iter_rows())
    counted = {
        **place, "written": rows, "loaded": present, "refused": len(refused),
        "missing": kinds.get(MISSING, 0) + kinds.get(REFUSED, 0), "extra": kinds.get(EXTRA, 0),
        "repeated": kinds.get(REPEATED, 0), "difference": rows - present - len(refused),
    }
    return GroupComparison(
        pl.DataFrame([counted], schema=GROUP_SCHEMA), pl.DataFrame(lines, schema=ITEM_SCHEMA),
        found.sort("item", "kind", "key", "before", "after", nulls_last=True), distributions, characters,
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    ((number,),) = connection.execute(query).fetchall()
    return int(number or 0)


def _frame(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    frame = pl.from_arrow(connection.sql(query).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _sides(loaded: Path) -> tuple[tuple[str, str, list[str]], ...]:
    """Table, relation and parameters of what was handed over and of what was loaded."""
    source = "read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')"
    return ("w", "written_rows", []), ("l", source, [loaded.as_posix()])


def _tables(connection: duckdb.DuckDBPyConnection, loaded: Path, keys: Sequence[str], shared: Sequence[str]) -> None:
    """``w_rows`` and ``l_rows`` (key and digest of every row), ``differing`` (keys whose rows are not the same on both
    sides), and of those keys ``w`` and ``l``: key, n (which of equal keys) and the shared items.

    A blank is NULL on both sides.
    """
    key = " || '/' || ".join(f"COALESCE(CAST({_quoted(k)} AS VARCHAR), '')" for k in keys)
    text = ", ".join(f"COALESCE(CAST({_quoted(i)} AS VARCHAR), '')" for i in shared) or "''"
    cells = "".join(f", NULLIF(CAST({_quoted(i)} AS VARCHAR), '') AS {_quoted(i)}" for i in shared)
    connection.execute("SET preserve_insertion_order = false")
    for table, relation, parameters in _sides(loaded):
        connection.execute(
            f"""CREATE TEMP TABLE {table}_rows AS
            SELECT {key} AS _key, md5_number(concat_ws(chr(31), {text})) AS _row FROM {relation}""", parameters)
    connection.execute("""
        CREATE TEMP TABLE differing AS SELECT DISTINCT _key FROM (
            SELECT _key FROM (SELECT _key, _row, 1 AS side FROM w_rows UNION ALL SELECT _key, _row, -1 FROM l_rows)
            GROUP BY _key, _row HAVING sum(side) <> 0)""")
    some = "SEMI JOIN differing USING (_key)" if _number(connection, "SELECT count(*) FROM differing") else "LIMIT 0"
    # Rows of equal keys are held against each other in the order of their values, so that the order of the re-extract
    # does not matter.
    order = ", ".join(_quoted(i) for i in shared) or "_key"
    for table, relation, parameters in _sides(loaded):
        connection.execute(
            f"""CREATE TEMP TABLE {table} AS
            SELECT *, row_number() OVER (PARTITION BY _key ORDER BY {order}) AS _n
            FROM (SELECT * FROM (SELECT {key} AS _key{cells} FROM {relation}) {some})""", parameters)


def _whole_records(connection: duckdb.DuckDBPyConnection, refused: Mapping[str, str]) -> pl.DataFrame:
    frames = []
    for kind, one, other in ((MISSING, "w", "l"), (EXTRA, "l", "w")):
        keys = _frame(connection, f"""
            SELECT _key AS key FROM (SELECT DISTINCT _key FROM {one}) ANTI JOIN {other} USING (_key) ORDER BY ALL""")
        frames.append(keys.with_columns(pl.lit(kind).alias("kind")))
    both = pl.concat(frames)
    reason = pl.col("key").replace_strict(dict(refused), default="", return_dtype=pl.String)
    known = (pl.col("kind") == MISSING) & pl.col("key").is_in(list(refused))
    return both.select(
        pl.lit("").alias("item"), pl.when(known).then(pl.lit(REFUSED)).otherwise(pl.col("kind")).alias("kind"), "key",
        pl.lit(None, dtype=pl.String).alias("before"), pl.lit(None, dtype=pl.String).alias("after"),
        pl.when(known).then(pl.lit(f"{REFUSED}：") + reason).otherwise(pl.lit("")).alias("explained_by"),
    )


def _repeated(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    return _frame(connection, f"""
        SELECT '' AS item, '{REPEATED}' AS kind, _key AS key, w.n::VARCHAR AS before, l.n::VARCHAR AS after,
               '' AS explained_by
        FROM (SELECT _key, count(*) AS n FROM l GROUP BY _key) l
        JOIN (SELECT _key, count(*) AS n FROM w GROUP BY _key) w USING (_key)
        WHERE l.n <> w.n ORDER BY key""")


def _equal_cells(connection: duckdb.DuckDBPyConnection, shared: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Item → (cells compared, cells that are the same)."""
    if not shared:
        return {}
    same = ", ".join(f"count(*) FILTER (w.{_quoted(i)} IS NOT DISTINCT FROM l.{_quoted(i)})" for i in shared)
    (row,) = connection.execute(f"SELECT count(*), {same} FROM w JOIN l USING (_key, _n)").fetchall()
    alike = _number(connection, "SELECT count(*) FROM w_rows ANTI JOIN differing USING (_key)")
    return {item: (alike + int(row[0]), alike + int(row[number + 1])) for number, item in enumerate(shared)}


def _cells(connection: duckdb.DuckDBPyConnection, item: str) -> pl.DataFrame:
    name = _quoted(item)
    cells = _frame(connection, f"""
        SELECT w._key AS key, w.{name} AS before, l.{name} AS after FROM w JOIN l USING (_key, _n)
        WHERE w.{name} IS DISTINCT FROM l.{name} ORDER BY ALL LIMIT {LISTED}""")
    before, after = (pl.col(c).fill_null("") for c in ("before", "after"))
    signs = "[" + "".join(SUBSTITUTES) + "]"
    spaces = r"[ \u{3000}]+"
    kind = (
        pl.when(after.str.count_matches(signs) > before.str.count_matches(signs)).then(pl.lit(BROKEN))
        .when(before.str.replace_all(spaces, "") == after.str.replace_all(spaces, "")).then(pl.lit(BLANKS))
        .otherwise(pl.lit(VALUE))
    )
    return cells.select(
        pl.lit(item).alias("item"), kind.alias("kind"), "key", "before", "after", pl.lit("").alias("explained_by")
    )


def _explained(
    run: Path, area_id: str, group: StandardGroup, keys: Sequence[str], found: pl.DataFrame
) -> pl.DataFrame:
    """Name what explains a cell: the characters of a receiver, or a rule whose work the new system does not show."""
    cells = found.filter((pl.col("item") != "") & (pl.col("explained_by") == ""))
    if cells.is_empty():
        return found
    rest = found.join(cells, on=["item", "key", "before", "after", "kind"], how="anti", nulls_equal=True)
    asked = (run, area_id, group.id, keys, cells)
    told = pl.concat([_projected(*asked), _undone(*asked)])
    told = told.unique(["item", "key", "after"], keep="first", maintain_order=True)
    named = cells.drop("explained_by").join(told, on=["item", "key", "after"], how="left", nulls_equal=True)
    named = named.with_columns(
        kind=pl.coalesce("told_kind", "kind"), explained_by=pl.col("told").fill_null("")
    ).select(list(DIFFERENCE_SCHEMA))
    return pl.concat([rest, named])


_TOLD: dict[str, Any] = {
    "item": pl.String, "key": pl.String, "after": pl.String, "told_kind": pl.String, "told": pl.String,
}


def _key(keys: Sequence[str]) -> pl.Expr:
    return pl.concat_str([pl.col(k).cast(pl.String).fill_null("") for k in keys], separator="/").alias("key")


def _projected(run: Path, area_id: str, group_id: str, keys: Sequence[str], cells: pl.DataFrame) -> pl.DataFrame:
    frames = [pl.DataFrame(schema=_TOLD)]
    for path in sorted((run / "receivers").glob(f"*/{area_id}/{group_id}.csv")):
        names = header_of(path)
        wanted = [i for i in cells["item"].unique().sort() if i in names]
        if not wanted or any(k not in names for k in keys):
            continue
        table = (
            pl.scan_csv(path, infer_schema=False).with_columns(_key(keys))
            .filter(pl.col("key").is_in(cells["key"].unique().implode())).select("key", *wanted)
            .unpivot(wanted, index="key", variable_name="item", value_name="after").collect()
        )
        receiver = path.parent.parent.name
        frames.append(table.select(
            "item", "key", "after", pl.lit(PROJECTED).alias("told_kind"), pl.lit(f"送信先 {receiver}").alias("told")
        ))
    return pl.concat(frames)


def _undone(run: Path, area_id: str, group_id: str, keys: Sequence[str], cells: pl.DataFrame) -> pl.DataFrame:
    path = run / "changes" / area_id / f"{group_id}.parquet"
    lineage = run / "standard" / area_id / f"{group_id}.lineage.parquet"
    if not path.is_file() or not lineage.is_file():
        return pl.DataFrame(schema=_TOLD)
    wanted = cells["key"].unique().implode()
    rows = (
        pl.scan_ipc(run / "standard" / area_id / f"{group_id}.arrow").select(_key(keys)).with_row_index("_row")
        .filter(pl.col("key").is_in(wanted)).collect()
    )
    places = pl.read_parquet(lineage, columns=["file", "record_no", "ordinal"])[rows["_row"]]
    located = rows.hstack(places.get_columns())
    changed = (
        pl.scan_parquet(path).filter(pl.col("item").is_in(cells["item"].unique().implode()))
        .select("file", "record_no", "ordinal", "item", "rule_id", after="before").collect()
    )
    return located.join(changed, on=["file", "record_no", "ordinal"], how="inner").select(
        "item", "key", "after", pl.lit(UNDONE).alias("told_kind"), pl.col("rule_id").alias("told")
    ).sort("item", "key", "told", nulls_last=True)


def _rules_of(run: Path, area_id: str, group_id: str) -> dict[str, list[str]]:
    """Item → rules that changed it on its way."""
    found: dict[str, set[str]] = {}
    for name in (f"{group_id}.parquet", f"{group_id}.columns.parquet"):
        path = run / "changes" / area_id / name
        if path.is_file():
            for item, rule in pl.scan_parquet(path).select("item", "rule_id").unique().collect().iter_rows():
                found.setdefault(item, set()).add(rule)
    return {item: sorted(rules) for item, rules in found.items()}


def _distributions(
    connection: duckdb.DuckDBPyConnection, loaded: Path, group: StandardGroup, shared: Sequence[str],
    place: Mapping[str, str],
) -> pl.DataFrame:
    """Of all rows, not only those that differ; rows that are all the same have one distribution."""
    if not shared:
        return pl.DataFrame(schema=DISTRIBUTION_SCHEMA)
    differs = _number(connection, "SELECT count(*) FROM differing") > 0
    coded = [i for i in shared if i in group.by_name and group.by_name[i].code_list]
    ends: dict[str, dict[str, tuple[Any, ...]]] = {}
    values: dict[str, dict[str, dict[str, int]]] = {}
    for table, relation, parameters in _sides(loaded) if differs else _sides(loaded)[:1]:
        cells = ", ".join(f"NULLIF(CAST({_quoted(i)} AS VARCHAR), '') AS {_quoted(i)}" for i in shared)
        rows = f"(SELECT {cells} FROM {relation})"
        parts = ", ".join(
            f"count(*) - count({q}), min(length({q})), max(length({q})), min({q}), max({q})"
            for q in map(_quoted, shared)
        )
        (row,) = connection.execute(f"SELECT {parts} FROM {rows}", parameters).fetchall()
        ends[table] = {item: tuple(row[number * 5 : number * 5 + 5]) for number, item in enumerate(shared)}
        values[table] = _code_values(connection, rows, parameters, coded)
    found = []
    for item in shared:
        one, other = ends["w"][item], ends.get("l", ends["w"])[item]
        for number, measure in enumerate(("空欄", "最小桁", "最大桁")):
            found.append({**place, "item": item, "measure": measure, "before": one[number], "after": other[number]})
        for number, measure in ((3, "最小値"), (4, "最大値")):
            # The value itself may be a resident's: only whether it is the same is kept.
            gap = int(one[number] != other[number])
            found.append({**place, "item": item, "measure": measure, "before": 0, "after": gap})
        before, after = values["w"].get(item, {}), values.get("l", values["w"]).get(item, {})
        found += [
            {**place, "item": item, "measure": f"値 {v}", "before": before.get(v, 0), "after": after.get(v, 0)}
            for v in sorted({*before, *after})[:_CODES]
        ]
    return pl.DataFrame(found, schema=DISTRIBUTION_SCHEMA)


def _code_values(
    connection: duckdb.DuckDBPyConnection, rows: str, parameters: Sequence[str], coded: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Item → value → rows, of the items with a code list, in one pass."""
    if not coded:
        return {}
    sets = ", ".join(f"({_quoted(i)})" for i in coded)
    marks = ", ".join(f"grouping({_quoted(i)})" for i in coded)
    found: dict[str, dict[str, int]] = {}
    query = f"SELECT {', '.join(map(_quoted, coded))}, {marks}, count(*) FROM {rows} GROUP BY GROUPING SETS ({sets})"
    for row in connection.execute(query, parameters).fetchall():
        place = row[len(coded) : -1].index(0)
        if row[place] is not None:
            found.setdefault(coded[place], {})[str(row[place])] = int(row[-1])
    return found


def _characters(
    connection: duckdb.DuckDBPyConnection, found: pl.DataFrame, shared: Sequence[str], place: Mapping[str, str]
) -> pl.DataFrame:
    """Counts of code points where the two sides differ: equal cells have equal characters."""
    cells = found.filter(pl.col("item") != "")
    sides: dict[str, list[pl.Series]] = {side: [cells[side]] for side in ("before", "after")}
    whole = found.filter(pl.col("item") == "")
    for kind, table, side in (((MISSING, REFUSED), "w", "before"), ((EXTRA,), "l", "after")):
        keys = whole.filter(pl.col("kind").is_in(list(kind))).select("key")
        if keys.height and shared:
            connection.register("_keys", keys.to_arrow())
            columns = ", ".join(map(_quoted, shared))
            rows = _frame(connection, f"SELECT {columns} FROM {table} SEMI JOIN _keys ON _keys.key = {table}._key")
            sides[side] += rows.get_columns()
    counted = [
        code_points(pl.concat([s.cast(pl.String) for s in series]).rename("v")).rename({"count": side})
        for side, series in sides.items()
    ]
    both = counted[0].join(counted[1], on="code_point", how="full", coalesce=True)
    return (
        both.with_columns(pl.col("before", "after").fill_null(0)).filter(pl.col("before") != pl.col("after"))
        .with_columns(**{k: pl.lit(v) for k, v in place.items()}).select(list(CHARACTER_SCHEMA))
        .cast(pl.Schema(CHARACTER_SCHEMA)).sort("code_point")
    )
