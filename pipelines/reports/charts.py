"""The charts of the 報告書 as SVG text: drawn offline, of counts only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

_FONT = "'Noto Sans CJK JP','Yu Gothic','游ゴシック','Hiragino Sans',sans-serif"

_SHORT_AXIS = 10
_MANY, _STEP, _SMALL_STEP = 15, 22, 15

Count = Mapping[str, str | int]
"""One bar piece: ``group`` (row label), ``part`` (colour) and ``count``."""


def age_pyramid(counts: Sequence[Mapping[str, str | int]], *, marked: str, width: int = 230) -> str:
    """Men to the left, women to the right, by five years of age; bars of what was handed over, ticks of ``marked``.

    Args:
        counts: ``age`` (lower end of the class), ``sex`` (男 or 女), ``side`` (出力 or ``marked``) and ``count``.
        marked: What the ticks are (取込後, 前回).
        width: Of each half in pixels at 96 dpi.

    Returns:
        An ``<svg>`` element as ``stacked_bars`` gives it; "" without counts.
    """
    if not counts:
        return ""
    longest = max(int(count["count"]) for count in counts)
    ages = sorted({int(count["age"]) for count in counts}, reverse=True)
    labels = [f"{age}〜{age + 4}" for age in ages]
    values: list[dict[str, Any]] = [
        {**count, "label": f"{count['age']}〜{int(count['age']) + 4}"} for count in counts
    ]

    def half(sex: str, colour: str) -> Any:
        mine = [value for value in values if value["sex"] == sex]
        x = alt.X("count:Q", title=f"{sex}（人）", axis=alt.Axis(format=",d"),
                  scale=alt.Scale(domain=[0, longest], reverse=sex == "男"))
        # Both halves show every class: one without men, or without women, would shift the bars of the other.
        y = alt.Y("label:N", title=None, scale=alt.Scale(domain=labels),
                  axis=alt.Axis(labels=sex == "男", ticks=sex == "男"))
        bars = alt.Chart(alt.InlineData(values=[v for v in mine if v["side"] == "出力"])).mark_bar(color=colour)
        ticks = alt.Chart(alt.InlineData(values=[v for v in mine if v["side"] == marked])).mark_tick(
            color="#1b1b1b", thickness=2, size=11
        )
        return alt.layer(bars.encode(x=x, y=y), ticks.encode(x=x, y=y)).properties(width=width, height=alt.Step(13))

    chart = alt.hconcat(half("男", "#2F6DA8"), half("女", "#C0504D"), spacing=6).configure(font=_FONT)
    return _svg(chart.configure_axis(labelFontSize=10, titleFontSize=11).configure_view(stroke=None))


def stacked_bars(counts: Sequence[Count], *, parts: Mapping[str, str], unit: str, width: int = 500) -> str:
    """Horizontal bars, one a group in the order given, split into parts.

    Args:
        counts: Pieces with ``group``, ``part`` and ``count``.
        parts: Part → colour, in the order of stacking and of the legend.
        unit: Under the axis (件, 人).
        width: Of the plot in pixels at 96 dpi.

    Returns:
        An ``<svg>`` element without ids, scripts or references; "" without counts.
    """
    if not counts:
        return ""
    groups = list(dict.fromkeys(str(count["group"]) for count in counts))
    order = {part: index for index, part in enumerate(parts)}
    values: list[dict[str, Any]] = [{**count, "order": order[str(count["part"])]} for count in counts]
    longest = max(sum(int(count["count"]) for count in counts if count["group"] == group) for group in groups)
    # Whole numbers only: a short axis would be given fractions that print as the same number twice.
    ticks = list(range(longest + 1)) if longest < _SHORT_AXIS else alt.Undefined
    step = _STEP if len(groups) <= _MANY else _SMALL_STEP
    chart = (
        alt.Chart(alt.InlineData(values=values), width=width, height=alt.Step(step))
        .mark_bar()
        .encode(
            x=alt.X("sum(count):Q", title=unit, axis=alt.Axis(format=",d", grid=True, values=ticks)),
            y=alt.Y("group:N", title=None, sort=groups, axis=alt.Axis(labelLimit=230)),
            color=alt.Color(
                "part:N", title=None, scale=alt.Scale(domain=list(parts), range=list(parts.values())),
                legend=alt.Legend(orient="top"),
            ),
            order=alt.Order("order:Q"),
        )
        .configure(font=_FONT)
        .configure_axis(labelFontSize=11, titleFontSize=11)
        .configure_view(stroke=None)
    )
    return _svg(chart)


def grid(
    cells: Sequence[Count], *, columns: Sequence[str], parts: Mapping[str, str], width: int = 380
) -> str:
    """A map of cells, rows in the order given, coloured by part, each with its figure.

    Args:
        cells: ``row``, ``column``, ``part`` and ``count`` (the figure in the cell).
        columns: All columns, left to right.
        parts: Part → colour, in the order of the legend.
        width: Of the map in pixels at 96 dpi.

    Returns:
        An ``<svg>`` element as ``stacked_bars`` gives it; "" without cells.
    """
    if not cells:
        return ""
    rows = list(dict.fromkeys(str(cell["row"]) for cell in cells))
    base = alt.Chart(alt.InlineData(values=[dict(cell) for cell in cells]), width=width, height=alt.Step(21)).encode(
        x=alt.X("column:N", title=None, scale=alt.Scale(domain=list(columns)),
                axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("row:N", title=None, sort=rows, axis=alt.Axis(labelLimit=260)),
    )
    shown = [part for part in parts if any(cell["part"] == part for cell in cells)]
    tiles = base.mark_rect(stroke="#ffffff", strokeWidth=1).encode(
        color=alt.Color(
            "part:N", title=None, scale=alt.Scale(domain=shown, range=[parts[part] for part in shown]),
            legend=alt.Legend(orient="bottom", labelLimit=300),
        )
    )
    figures = base.mark_text(color="#ffffff", fontSize=10).encode(text=alt.Text("count:Q", format=",d"))
    chart = alt.layer(tiles, figures).configure(font=_FONT).configure_axis(labelFontSize=10, domain=False, ticks=False)
    return _svg(chart.configure_view(stroke=None))


def _svg(chart: Any) -> str:
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    # Clip paths are numbered through the life of the process: two equal reports would differ, and two charts collide.
    svg = re.sub(r'<defs>.*?</defs>', "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#[^)]*\)"', "", svg)
    return str(re.sub(r' aria-[a-z]+="[^"]*"', "", svg))
