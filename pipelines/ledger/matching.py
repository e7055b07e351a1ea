"""Which decision governs which issue: selectors of three scopes, the narrower one before the wider one."""

from __future__ import annotations

from typing import Any

import polars as pl

from char_mapping.errors import DefinitionError
from pipelines.ledger.events import CHANGES_VALUE, Proposal, anchored

LEVELS = {"record": 0, "value": 1, "pattern": 2}
"""Scopes in order of precedence."""

_SELECTOR = ("issue_id", "item", "value", "pattern", "area", "group")

MATCH_SCHEMA: dict[str, Any] = {"issue_id": pl.String, "decision_id": pl.String, "level": pl.Int8}


def with_selectors(decisions: pl.DataFrame) -> pl.DataFrame:
    """Decisions with the keys of their selectors as columns (``_issue_id``, ``_item`` …); done once, kept if there."""
    if "_issue_id" in decisions.columns:
        return decisions
    return decisions.with_columns(
        pl.col("selector").str.json_path_match(f"$.{key}").alias(f"_{key}") for key in _SELECTOR
    )


def without_occurrence(item_path: str) -> pl.Expr:
    """The item of an item path: ``給付[3].金額`` → ``給付.金額``."""
    return pl.col(item_path).str.replace_all(r"\[[0-9]+\]", "")


def matches(issues: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Every (issue, decision) whose selector fits, whatever the decision's state, values or version.

    Args:
        issues: Columns issue_id and, where decisions of the wider scopes shall be seen, rule_id, area_id, group_id,
            item_path, before.
        decisions: DECISION_SCHEMA rows, with or without parsed selectors.

    Returns:
        MATCH_SCHEMA. Decisions on codes (identify_glyph) and numbers (renumber) never fit an issue: they are applied
        where bytes are read and rows written.
    """
    decisions = with_selectors(decisions)
    frames = [
        issues.select("issue_id").join(
            decisions.filter(pl.col("scope") == "record").select(issue_id="_issue_id", decision_id="id"),
            on="issue_id", how="inner", maintain_order="left",
        ).with_columns(level=pl.lit(0, dtype=pl.Int8))
    ]
    wider = decisions.filter((pl.col("scope") != "record") & pl.col("_item").is_not_null())
    if wider.height:
        frames += _wider(issues, wider)
    return pl.concat(frames).cast(pl.Schema(MATCH_SCHEMA))


def _wider(issues: pl.DataFrame, wider: pl.DataFrame) -> list[pl.DataFrame]:
    asked = wider.select("rule_id", "_item").unique()
    places = issues.select(
        "issue_id", "rule_id", pl.col("area_id").fill_null(""), pl.col("group_id").fill_null(""),
        _item=without_occurrence("item_path").fill_null(""), _before=pl.col("before").fill_null(""),
    ).join(asked, on=["rule_id", "_item"], how="semi", maintain_order="left")
    here = (pl.col("_area").is_null() | (pl.col("_area") == pl.col("area_id"))) & (
        pl.col("_group").is_null() | (pl.col("_group") == pl.col("group_id"))
    )
    by_value = wider.filter(pl.col("scope") == "value").select(
        "rule_id", "_item", "_area", "_group", decision_id="id", _before="_value"
    )
    frames = [
        places.join(by_value, on=["rule_id", "_item", "_before"], how="inner", maintain_order="left")
        .filter(here).select("issue_id", "decision_id", level=pl.lit(1, dtype=pl.Int8))
    ]
    for row in wider.filter(pl.col("scope") == "pattern").iter_rows(named=True):
        fits = (pl.col("rule_id") == row["rule_id"]) & (pl.col("_item") == row["_item"])
        for column, key in (("area_id", "_area"), ("group_id", "_group")):
            if row[key] is not None:
                fits = fits & (pl.col(column) == row[key])
        frames.append(
            places.filter(fits).filter(pl.col("_before").str.contains(anchored(row["_pattern"])))
            .select("issue_id", decision_id=pl.lit(row["id"]), level=pl.lit(2, dtype=pl.Int8))
        )
    return frames


def in_force(issues: pl.DataFrame, decisions: pl.DataFrame, as_of: str) -> pl.DataFrame:
    """The one approved decision that governs each issue: right values, right rule version, not expired, narrowest.

    Args:
        issues: As ``matches``, and value_hash, rule_version.
        decisions: DECISION_SCHEMA rows.
        as_of: ISO day against which ``expires`` is read.

    Returns:
        issue_id, decision_id, kind, value, scope; at most one row an issue, in the order of ``issues``.

    Raises:
        DefinitionError: Two decisions of one scope fit the same issue.
    """
    lasting = pl.col("expires").is_null() | (pl.col("expires") >= as_of)
    live = with_selectors(decisions).filter((pl.col("state") == "approved") & lasting)
    told = live.select(
        "kind", "value", "scope", decision_id="id", decided_hash="value_hash",
        decided_version=pl.col("rule_version").cast(pl.Int64),
    )
    fresh = (pl.col("scope") != "record") | (pl.col("decided_hash") == pl.col("value_hash"))
    governing = (
        matches(issues, live)
        .join(told, on="decision_id", how="left", maintain_order="left")
        .join(issues.select("issue_id", "value_hash", "rule_version"), on="issue_id", how="left", maintain_order="left")
        .filter(fresh & (pl.col("decided_version") == pl.col("rule_version").cast(pl.Int64)))
        .filter(pl.col("level") == pl.col("level").min().over("issue_id"))
    )
    double = governing.filter(pl.col("issue_id").is_duplicated())
    if double.height:
        ids = double.filter(pl.col("issue_id") == double["issue_id"][0])["decision_id"].sort().to_list()
        raise DefinitionError(
            f"decisions {', '.join(ids)}", expected="one decision of a scope on an issue",
            found=f"{len(ids)} that fit the same issue ({double['issue_id'].n_unique()} issues in all)",
            todo="Undo one of them, or narrow its area, group or pattern.",
        )
    return issues.select("issue_id").join(
        governing.select("issue_id", "decision_id", "kind", "value", "scope"), on="issue_id", how="inner",
        maintain_order="left",
    )


def preview(proposal: Proposal, issues: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """What a proposal would touch, before anybody agrees to it.

    Args:
        proposal: The proposal, checked or not.
        issues: As ``matches``, and certified (Boolean) where it is known.
        decisions: The ledger's decisions of now.

    Returns:
        Rows of ``issues`` that the selector fits, with ``overruled_by`` (id of an approved decision of a narrower
        scope that stays in force), ``clashes_with`` (id of a live decision of the same scope that is not the
        superseded one) and ``forbidden`` (the kind writes a value and the item is a 住民票記載事項).
    """
    one = pl.DataFrame({
        "id": ["new"], "rule_id": [proposal.rule_id], "scope": [proposal.scope], "selector": [proposal.selects],
    })
    mine = issues.join(matches(issues, one).select("issue_id"), on="issue_id", how="semi", maintain_order="left")
    live = decisions.filter(pl.col("state").is_in(["approved", "proposed"]) & (pl.col("kind") != "undo"))
    # What the new decision replaces, and the line of drafts behind that, does not stand against it.
    earlier = dict(decisions.select("id", "supersedes").iter_rows())
    replaced: list[str] = []
    current = proposal.supersedes
    while current and current not in replaced:
        replaced.append(current)
        current = earlier.get(current)
    others = matches(mine, live.filter(~pl.col("id").is_in(replaced))).join(
        live.select(decision_id="id", _state="state"), on="decision_id", how="left"
    )
    level = LEVELS[proposal.scope]
    narrower = others.filter((pl.col("level") < level) & (pl.col("_state") == "approved"))
    equal = others.filter(pl.col("level") == level)
    certified = pl.col("certified") if "certified" in mine.columns else pl.lit(proposal.certified)
    return (
        mine.join(_first(narrower, "overruled_by"), on="issue_id", how="left", maintain_order="left")
        .join(_first(equal, "clashes_with"), on="issue_id", how="left", maintain_order="left")
        .with_columns(forbidden=certified & pl.lit(proposal.kind in CHANGES_VALUE))
    )


def _first(found: pl.DataFrame, name: str) -> pl.DataFrame:
    return found.group_by("issue_id").agg(pl.col("decision_id").min().alias(name))
