"""How ``ikou peek`` and ``ikou convert`` read a file: as a source definition says, or as their options do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Unpack

from char_mapping.errors import DefinitionError
from layouts.records.option_plans import PlanOptions, plans_of_options
from layouts.records.plans import DecodingPlan, plan_of_source


def plans_of(
    file: Path, source: Path | None, copybook: Path | None, charset: str, **options: Unpack[PlanOptions]
) -> dict[str, DecodingPlan]:
    """The plans for a file: of a source definition, or of the options of a command.

    Raises:
        DefinitionError: Neither a source nor a code system is named, or what is named is wrong.
    """
    if source is None and not charset:
        raise DefinitionError("--charset", expected="a profile of `ikou chars profiles`, or --source", found="neither")
    if source is None:
        return plans_of_options(copybook, charset, **options)
    from layouts.sources import load_source

    plan = plan_of_source(load_source(source), file)
    return {plan.record: replace(plan, raw_bytes=options.get("raw_bytes", ()) or plan.raw_bytes)}
