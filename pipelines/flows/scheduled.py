"""The flow that a schedule starts: one dry run, told to whoever has to hear of it, without a resident's value.

Prefect loads this module by its dotted path in a process of its own; that process ends with the one that serves.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.concurrency.sync import concurrency

from char_mapping.errors import IkouError
from pipelines.flows.server import PR_SET_PDEATHSIG
from pipelines.project.data_folder import choose_generation, data_folder
from pipelines.project.definition import Definition, load_definition
from pipelines.runs.folder import already_ran

WAIT_FOR_WRITER_SECONDS = 6 * 3600


def writer_limit(data: Path) -> str:
    """Name of the concurrency limit of a target: one writer at a time."""
    return "ikou-writer-" + data.resolve().as_posix().strip("/").replace("/", "-")


@flow(name="ikou dry run", flow_run_name="定期リハーサル {name}", persist_result=False, retries=0)
def dry_run(project: str, name: str, areas: list[str]) -> str:
    """Run the newest generation unless it was run before; returns the run id.

    Args:
        project: Folder with ikou.toml.
        name: How the run is called in the list of runs.
        areas: Areas; all when there are none.
    """
    if sys.platform == "linux" and os.environ.get("PREFECT__FLOW_RUN_ID"):
        # In a process of its own that Prefect started for this run.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    folder = Path(project)
    definition = load_definition(folder)
    data = data_folder(folder, definition)
    generation = choose_generation(data, None)
    source_only = definition.schedule.source_only
    before = already_ran(data, generation, tuple(areas), source_only=source_only)
    if before:
        create_markdown_artifact(f"世代 {generation} は実行 {before} で済んでいます。新しい世代を待ちます。",
                                 key="skipped")
        return before
    from pipelines.flows.rehearsal import Options, run_project

    with concurrency(writer_limit(data), occupy=1, timeout_seconds=WAIT_FOR_WRITER_SECONDS):
        try:
            outcome = run_project(folder, Options(tuple(areas), source_only=source_only), _quiet)
        except IkouError as error:
            tell(definition, {"outcome": "failed", "generation": generation, "name": name,
                              "error": type(error).__name__})
            raise
    show(outcome.folder, outcome.statistics)
    tell(definition, summary(name, outcome.folder, outcome.statistics, outcome.exit_code))
    return outcome.folder.name


def _quiet(what: str, done: int = 0, total: int = 0) -> None:
    """Nobody watches a scheduled run."""


def summary(name: str, run: Path, statistics: dict[str, Any], exit_code: int) -> dict[str, Any]:
    """What is told of a run: ids, counts and verdicts, never a value."""
    missed = [gate["item"] for gate in statistics["gates"] if gate["verdict"] != "可"]
    return {
        "outcome": "finished", "name": name, "city": statistics["city"]["name"], "run": run.name,
        "generation": statistics["generation"], "issues": statistics["issues"]["total"],
        "open": statistics["issues"]["open"], "individual": statistics["issues"]["individual"],
        "missed_gates": missed, "exit_code": exit_code,
    }


def show(run: Path, statistics: dict[str, Any]) -> None:
    """Leave counts and the way to the report with the flow run."""
    create_table_artifact(
        [
            {"条件": gate["item"], "値": "—" if gate["value"] is None else gate["value"], "基準": gate["at_most"],
             "判定": gate["verdict"]}
            for gate in statistics["gates"]
        ],
        key="gates", description=f"移行判定の条件（実行 {run.name}）",
    )
    create_table_artifact(
        [
            {"規則": rule, "指摘": n["found"], "未解決": n["open"], "判断済": n["decided"], "機械で直した": n["cured"]}
            for rule, n in statistics["rules"].items() if n["found"] or n["cured"]
        ],
        key="rules", description="規則別の件数",
    )
    report = next((run / "reports").glob("移行結果報告書.html"), None)
    if report is not None:
        create_link_artifact(report.resolve().as_uri(), link_text=f"移行結果報告書（{run.name}）", key="report")


def tell(definition: Definition, told: dict[str, Any]) -> None:
    """Send the webhook and start the mail command of ikou.toml; a notice that fails does not fail the run."""
    wanted = definition.schedule
    content = json.dumps(told, ensure_ascii=False)
    if wanted.webhook.startswith(("http://", "https://")):
        request = urllib.request.Request(  # noqa: S310 - http(s) checked above
            wanted.webhook, content.encode(), {"Content-Type": "application/json; charset=utf-8"}
        )
        try:
            urllib.request.urlopen(request, timeout=20).close()  # noqa: S310 - http(s) checked above
        except OSError:
            create_markdown_artifact("通知（webhook）を送れませんでした。", key="notice")
    if wanted.mail:
        lines = "\n".join(f"{key}: {value}" for key, value in told.items())
        try:
            subprocess.run(list(wanted.mail), input=f"Subject: ikou {told['outcome']}\n\n{lines}\n", text=True,
                           timeout=60, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"},
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            create_markdown_artifact("通知（メール）を送れませんでした。", key="notice")
