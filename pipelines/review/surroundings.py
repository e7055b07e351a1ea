"""What stands around an issue: the same value elsewhere, the household, the members of a pair, the record itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.reports.disclosure import disclose
from pipelines.reports.run_files import RunFiles
from pipelines.review.issue_tables import IssueTables

_NEVER_SHOWN = "my_number"


class Surroundings:
    """Reads tables and files of a run for the issue that is looked at."""

    def __init__(self, tables: IssueTables, run: RunFiles) -> None:
        self._tables, self._run = tables, run

    def same_value(self, issue: Mapping[str, Any], before: str | None) -> list[dict[str, Any]]:
        """Where else the same value is an issue: rule, area, group, item, issues, people; the most frequent first."""
        rows = self._tables.rows(
            "SELECT b.rule_id, b.area_id, b.group_id, b.item, count(*) AS issues, count(DISTINCT b.number) AS people, "
            "count(*) FILTER (b.state = '未判断') AS open FROM base b "
            "WHERE b.before IS NOT DISTINCT FROM ? AND b.rule_id = ? GROUP BY ALL ORDER BY issues DESC, 1, 2, 3, 4 "
            "LIMIT 12",
            [before, issue["rule_id"]],
        )
        return rows.to_dicts()

    def household(self, household: str, area: str) -> list[dict[str, Any]]:
        """Latest known members of a household in an area: number, name, sheltered."""
        if not household:
            return []
        return self._tables.rows(
            "SELECT number, any_value(name) AS name, bool_or(number IN (SELECT number FROM sheltered)) AS sheltered "
            "FROM keys WHERE household = ? AND area_id = ? GROUP BY number ORDER BY number LIMIT 30",
            [household, area],
        ).to_dicts()

    def members(self, issue_id: str) -> list[dict[str, Any]]:
        """Members of a pair or cluster, each with its key columns (``person_…``, ``address_…``) by area."""
        cursor = self._tables.cursor()
        subjects = cursor.execute(
            "SELECT subject, number FROM member WHERE issue_id = ? ORDER BY subject", [issue_id]
        ).fetchall()
        told = []
        for subject, number in subjects:
            record = self._key_record(subject)
            areas = cursor.execute(
                "SELECT DISTINCT area_id FROM keys WHERE number = ? ORDER BY 1", [number]
            ).fetchall()
            home = cursor.execute(
                "SELECT count(*) FROM keys SEMI JOIN shelter_home USING (household) WHERE number = ?", [number]
            ).fetchone()
            direct = cursor.execute("SELECT count(*) FROM sheltered WHERE number = ?", [number]).fetchone()
            told.append({
                "subject": subject, "number": number, "areas": [area for (area,) in areas], "record": record,
                "protected": bool((home and home[0]) or (direct and direct[0])),
            })
        return told

    def _key_record(self, subject: str) -> dict[str, str]:
        # Other areas hold copies under the same number: the row of the register or of 住登外 is the one compared.
        for path in sorted(self._tables.key_files, key=lambda p: p.parent.name not in ("001", "031")):
            found = pl.scan_parquet(path).filter(pl.col("subject") == subject).head(1).collect()
            if found.height:
                row = found.row(0, named=True)
                return {
                    name: "" if value is None else str(value) for name, value in row.items()
                    if name.startswith(("person_", "address_", "addressee_", "support_")) and _NEVER_SHOWN not in name
                } | {"area": path.parent.name, "group": path.stem, "file": str(row["file"])}
        return {}

    def cluster(self, issue_id: str) -> list[dict[str, Any]]:
        """Pairs reached from a pair through shared numbers: issue_id, subject, rule, state; at most 60."""
        return self._tables.rows(
            "WITH RECURSIVE reached(issue_id) AS (SELECT ? UNION SELECT o.issue_id FROM reached r "
            "JOIN member m ON m.issue_id = r.issue_id JOIN member o ON o.number = m.number) "
            "SELECT b.issue_id, b.subject, b.rule_id, b.state, b.area_id FROM base b JOIN reached USING (issue_id) "
            "WHERE b.pair ORDER BY b.n LIMIT 60", [issue_id],
        ).to_dicts()

    def record(self, issue: Mapping[str, Any], *, plain: bool) -> list[dict[str, Any]]:
        """The record of an issue as converted, item by item: item, value (as it may be shown), mine."""
        folder = self._run.folder / "standard" / str(issue["area_id"])
        lineage = folder / f"{issue['group_id']}.lineage.parquet"
        if not issue["group_id"] or not lineage.is_file() or issue["record_no"] is None:
            return []
        at = (
            pl.scan_parquet(lineage, row_index_name="_row")
            .filter((pl.col("record_no") == issue["record_no"]) & (pl.col("file") == issue["file"]))
            .select("_row").head(1).collect()
        )
        if at.is_empty():
            return []
        row = (
            pl.scan_ipc(folder / f"{issue['group_id']}.arrow").slice(int(at.item()), 1).collect().row(0, named=True)
        )
        meanings = {
            item: meaning for area, group, item, meaning in self._run.items.select(
                "area_id", "group_id", "item", "meaning"
            ).iter_rows() if area == issue["area_id"] and group == issue["group_id"]
        }
        told = pl.DataFrame(
            [
                {"item_path": item, "meaning": meanings.get(item, ""), "protected": bool(issue["protected"]),
                 "value": None if value is None else str(value)}
                for item, value in row.items()
            ],
            schema={"item_path": pl.String, "meaning": pl.String, "protected": pl.Boolean, "value": pl.String},
        )
        shown = disclose(told.with_columns(protected=pl.col("protected") & ~pl.lit(plain)), ("value",))
        held = self._held(issue)
        return [
            {"item": row["item_path"], "value": row["value"] or "", "mine": row["item_path"] == issue["item"],
             "held": row["item_path"] in held}
            for row in shown.iter_rows(named=True) if row["value"] or row["item_path"] == issue["item"]
        ]

    def _held(self, issue: Mapping[str, Any]) -> set[str]:
        path = self._run.folder / "hold" / f"{issue['area_id']}.parquet"
        if not path.is_file():
            return set()
        rows = pl.scan_parquet(path).filter(
            (pl.col("record_no") == issue["record_no"]) & (pl.col("file") == issue["file"])
        ).select("item").collect()
        return set(rows["item"].to_list())
