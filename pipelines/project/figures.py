"""What the city's own figures count (``figures/<area>.yml``): by which items of a source and of the output each is
taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from layouts.sources import SourceDefinition
from layouts.standard_groups import StandardGroup
from layouts.yaml_reader import Definition, YamlDocument, read_yaml


class Condition(Definition):
    """Which rows count: by the text of one item; every key given must hold, and a blank is ``""``.

    ``at_least`` and ``at_most`` compare texts sign by sign, as dates of one form are compared.
    """

    item: str
    in_: tuple[str, ...] | None = Field(default=None, alias="in")
    not_in: tuple[str, ...] | None = None
    at_least: str | None = None
    at_most: str | None = None


class SourceSide(Definition):
    """Where a figure stands in the received file: the sum of ``sum`` (of all occurrences of an item in OCCURS), or
    without it the number of records, where all of ``where`` hold, divided ``by`` items (区分: their texts joined by /).
    ``names`` are the words of the control sheet for values of an item.
    """

    source: str
    sum: str = ""
    where: tuple[Condition, ...] = ()
    by: tuple[str, ...] = ()
    names: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)


class OutputSide(Definition):
    """The same figure in a standard group."""

    group: str
    sum: str = ""
    where: tuple[Condition, ...] = ()
    by: tuple[str, ...] = ()
    names: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)


class Figure(Definition):
    """One figure of a 現行帳票: ``form`` and ``item`` as its control sheet writes them; ``unit`` 円 makes it an amount
    (RCN-002), anything else a count (RCN-003).
    """

    form: str
    item: str
    unit: str
    source: SourceSide
    output: OutputSide | None = None
    note: str = ""


class AreaFigures(Definition):
    """The whole of ``figures/<area>.yml``."""

    area: str
    figures: tuple[Figure, ...]


def load_figures(
    folder: Path, areas: Sequence[str], sources: Mapping[str, SourceDefinition],
    groups: Mapping[tuple[str, str], StandardGroup],
) -> dict[str, tuple[Figure, ...]]:
    """Read the figures of every area that says what they are; by area.

    Without a group of that name (``--source-only``, or a group that is not moved) the output side is not checked.

    Raises:
        DefinitionError: an unknown key, a source, group or item that is not there, a figure said twice; with line.
    """
    found: dict[str, tuple[Figure, ...]] = {}
    for area_id in areas:
        path = folder / "figures" / f"{area_id}.yml"
        if not path.is_file():
            continue
        document = read_yaml(path)
        told = document.build(AreaFigures)
        if told.area != area_id:
            raise document.error("area", expected=area_id, found=told.area, todo="Name the file after its area")
        said: set[tuple[str, str]] = set()
        for number, figure in enumerate(told.figures):
            if (figure.form, figure.item) in said:
                raise document.error(
                    "figures", number, "item", expected="each figure of a form once",
                    found=f"{figure.form} {figure.item} twice", todo="Take one out, or name them apart",
                )
            said.add((figure.form, figure.item))
            _check(document, number, figure, area_id, sources, groups)
        found[area_id] = told.figures
    return found


def _check(
    document: YamlDocument, number: int, figure: Figure, area_id: str, sources: Mapping[str, SourceDefinition],
    groups: Mapping[tuple[str, str], StandardGroup],
) -> None:
    source = sources.get(figure.source.source)
    if source is None or source.area != area_id:
        raise document.error(
            "figures", number, "source", "source", expected=f"a source of area {area_id} in ikou.toml",
            found=figure.source.source, todo="Name the source whose records the form counts",
        )
    _check_items(document, number, "source", figure.source, set(source.items))
    if figure.output is None or not groups:
        return
    group = groups.get((area_id, figure.output.group))
    if group is None:
        raise document.error(
            "figures", number, "output", "group", expected=f"a group of area {area_id} in ikou.toml",
            found=figure.output.group, todo="Name the group the records become",
        )
    _check_items(document, number, "output", figure.output, set(group.names))
    if len(figure.output.by) != len(figure.source.by):
        raise document.error(
            "figures", number, "output", "by", expected=f"{len(figure.source.by)} items, as on the side of the source",
            found=str(len(figure.output.by)), todo="Divide both sides alike",
        )


def _check_items(
    document: YamlDocument, number: int, side: str, told: SourceSide | OutputSide, known: set[str]
) -> None:
    named = [("sum", told.sum)] if told.sum else []
    named += [("by", item) for item in told.by] + [("where", one.item) for one in told.where]
    named += [("names", item) for item in told.names if item not in told.by]
    for key, item in named:
        if item not in known or key == "names":
            raise document.error(
                "figures", number, side, key,
                expected="items of `by`" if key == "names" else "an item of it", found=item, todo="Correct the name",
            )
