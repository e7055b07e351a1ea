"""``ikou serve``: a local Prefect server with the dry runs and cron schedules of ikou.toml, until it is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from prefect import serve
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.types.entrypoint import EntrypointType

from pipelines.flows.scheduled import dry_run, writer_limit
from pipelines.project.data_folder import data_folder
from pipelines.project.definition import Definition, load_definition
from pipelines.project.loading import load_project


def deployments_of(folder: Path, definition: Definition, order: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The deployments of a project: all areas, then each area in dependency order, with their cron lines."""
    schedule = definition.schedule
    wanted: list[tuple[str, list[str], str]] = [("all", [], schedule.all)]
    wanted += [(f"area-{area}", [area], schedule.areas.get(area, "")) for area in order]
    return [
        {
            "name": f"{number:02d}-{name}", "cron": cron, "timezone": schedule.timezone,
            "parameters": {"project": str(folder), "name": "全業務" if not areas else f"業務 {areas[0]}",
                           "areas": areas},
            "tags": ["ikou", f"順序 {number:02d}"],
            "description": "全業務を依存順に" if not areas else f"業務 {areas[0]}（依存順 {number}）",
        }
        for number, (name, areas, cron) in enumerate(wanted)
    ]


async def _one_writer(name: str) -> None:
    """Let the server know that a target has one writer."""
    async with get_client() as client:
        try:
            await client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=1))


def serve_project(folder: Path) -> None:
    """Register the deployments and work on their runs until interrupted."""
    definition = load_definition(folder)
    project = load_project(folder, source_only=definition.schedule.source_only)
    asyncio.run(_one_writer(writer_limit(data_folder(folder, definition))))
    served = [
        RunnerDeployment.from_flow(
            dry_run, name=one["name"], parameters=one["parameters"], tags=one["tags"], description=one["description"],
            schedules=[CronSchedule(cron=one["cron"], timezone=one["timezone"])] if one["cron"] else None,
            concurrency_limit=1, entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for one in deployments_of(folder, definition, project.areas_in_order())
    ]
    serve(*served, pause_on_shutdown=False, print_starting_message=False, limit=1)
