"""What reports need of the catalogue, the layouts and the mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.flows.plan import SourcePlan
from pipelines.project.loading import Project
from pipelines.runs.folder import write_json
from rules.catalogue import load_catalogue


def write_names(project: Project, run: Path, plans: Mapping[str, SourcePlan]) -> None:
    """Write what reports need of the catalogue and the layouts: ``rules.json`` and ``items.json``."""
    write_json(
        run / "rules.json",
        {
            r.id: {
                "name_ja": r.name,
                "severity": r.severity,
                "action": r.action,
                "ask": r.ask,
                "description": r.description,
                "blocks": r.blocks,
                "version": r.version,
            }
            for r in load_catalogue()
        },
    )
    items = []
    for plan in plans.values():
        owner = project.definition.department_of(plan.area_id) or plan.source.department
        for target in plan.targets:
            items += [
                {
                    "area": plan.area_id,
                    "group": target.group_id,
                    "item": i.name,
                    "certified": i.certified,
                    "owner": owner,
                    "meaning": i.meaning,
                    "key": _place_in_key(plan, i.source_item),
                    "length": i.length,
                }
                for i in target.context.items
            ]
        items += [
            {
                "area": plan.area_id,
                "group": "",
                "item": name,
                "certified": plan.source.is_certified(name),
                "owner": owner,
                "meaning": definition.meaning,
                "key": _place_in_key(plan, name),
            }
            for name, definition in plan.source.items.items()
        ]
    write_json(run / "items.json", items)


def mapping_remarks(project: Project, areas: Sequence[str]) -> list[dict[str, Any]]:
    """What a person should look at in the mappings of a run: warnings by meaning, and standard items nothing fills."""
    return [
        {
            "area": mapping.area,
            "group": mapping.group.label,
            "source": mapping.source_id,
            "warnings": [{"item": w.item, "rule": w.rule_id, "message": w.message} for w in mapping.warnings],
            "unmapped": list(mapping.unmapped),
        }
        for mapping in sorted(
            (m for of_source in project.mappings.values() for m in of_source if m.area in areas),
            key=lambda m: (m.area, m.group.id, m.source_id),
        )
    ]


def _place_in_key(plan: SourcePlan, source_item: str) -> int:
    """Where an item stands in the subject of its records (from 0), -1 when it is no part of it."""
    return plan.source.key.index(source_item) if source_item in plan.source.key else -1
