"""``ikou rules``: the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.options import AsJson


def list_rules(
    family: Annotated[str | None, typer.Option("--family", help="Only ids that begin so: DAT, NAM …")] = None,
    as_json: AsJson = False,
) -> int | None:
    """List the rules: what they find, what they do, what they block."""
    from pipelines.cli.rules import list_rules as command

    return command(family=family, as_json=as_json)


def show(
    rule: Annotated[str, typer.Argument(help="Rule id, such as DAT-001.", metavar="RULE")], as_json: AsJson = False
) -> int | None:
    """Show one rule with its basis and an example."""
    from pipelines.cli.rules import show_rule as command

    return command(rule, as_json=as_json)
