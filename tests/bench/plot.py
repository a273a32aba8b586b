"""The curves as one picture: small charts side by side, ours beside the floors, readable on light and on dark pages."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import altair
import vl_convert

from tests.bench.figures import ALONG_EVENTS, Curve, Mark

# As drawn (on light), and what the picture turns it into where the reader prefers dark.
PAPER, INK, FAINT, OURS, FLOOR = "#ffffff", "#1b1b1b", "#dfe1e2", "#005ea2", "#71767a"
ON_DARK = {PAPER: "#0d1117", INK: "#e6edf3", FAINT: "#30363d", OURS: "#58a6ff", FLOOR: "#9aa4ae"}
WIDTH, HEIGHT, COLUMNS = 250, 170, 3
BEFORE, BEYOND = 0.04, 0.55
"""How much of the lines' length the axis begins before them, and goes on beyond: names stand there."""
LINE_OF_TEXT = 13
TOO_CLOSE = 0.85


def drawn(curves: Sequence[Curve]) -> str:
    """The SVG text."""
    charts = [_pace(curve) for curve in curves if curve.driver] + _memory(curves)
    rows = [charts[first : first + COLUMNS] for first in range(0, len(charts), COLUMNS)]
    picture = altair.vconcat(
        *(altair.hconcat(*row, spacing=34).resolve_scale(color="independent") for row in rows), spacing=34
    )
    picture = picture.resolve_scale(color="independent").configure(
        background=PAPER,
        padding=16,
        font="Source Sans Pro, Arial, sans-serif",
        view={"stroke": None},
        axis={
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "labelColor": INK,
            "titleColor": INK,
            "gridColor": FAINT,
            "domainColor": FAINT,
            "tickColor": FAINT,
        },
        title={"fontSize": 13, "color": INK, "subtitleFontSize": 11, "subtitleColor": INK, "anchor": "start"},
    )
    return _for_both(str(vl_convert.vegalite_to_svg(picture.to_json())))


def _pace(curve: Curve) -> altair.LayerChart:
    points = [
        {"line": name, "at": mark.at, "much": mark.pace.rate} for name, marks in curve.lines.items() for mark in marks
    ]
    title = altair.Title(f"{curve.what[0].upper()}{curve.what[1:]}", subtitle=f"a second, along {curve.along}")
    ticks = _around([mark.pace.rate for marks in curve.lines.values() for mark in marks])
    y = altair.Y(
        "much:Q",
        title=None,
        scale=altair.Scale(type="log", domain=[ticks[0], ticks[-1]], nice=False),
        axis=altair.Axis(values=ticks, format="~s", domain=False, ticks=False),
    )
    return _lines(points, title, curve.along, y)


def _memory(curves: Iterable[Curve]) -> list[altair.LayerChart]:
    """Peaks of ours along the number of events."""
    points = [
        {"line": curve.what.partition(" →")[0].partition(" read")[0], "at": mark.at, "much": mark.memory.peak}
        for curve in curves
        if curve.along == ALONG_EVENTS or not curve.driver
        for mark in _ours(curve)
        if mark.memory
    ]
    if not points:
        return []
    title = altair.Title("Memory of ours at its peak", subtitle="MiB, along events or staff read")
    y = altair.Y("much:Q", title=None, axis=altair.Axis(tickCount=4, domain=False, ticks=False))
    return [_lines(points, title, "events or staff", y)]


def _ours(curve: Curve) -> list[Mark]:
    return next(iter(curve.lines.values()))


def _lines(points: list[dict[str, Any]], title: altair.Title, along: str, y: altair.Y) -> altair.LayerChart:
    """A line for each name, which stands at the line's end instead of in a legend."""
    places = sorted({point["at"] for point in points})
    span = places[-1] / places[0] if len(places) > 1 else 10.0
    names = list(dict.fromkeys(point["line"] for point in points))
    is_ours = [name == names[0] or "ours" not in names for name in names]
    x = altair.X(
        "at:Q",
        title=along,
        scale=altair.Scale(type="log", domain=[places[0] / span**BEFORE, places[-1] * span**BEYOND], nice=False),
        axis=altair.Axis(values=places, format="~s", grid=False, labelOverlap=True),
    )
    colour = altair.Color(
        "line:N", legend=None, scale=altair.Scale(domain=names, range=[OURS if ours else FLOOR for ours in is_ours])
    )
    lines = altair.Chart(altair.InlineData(values=points)).encode(x=x, y=y, color=colour)
    chart: altair.LayerChart = lines.mark_line(strokeWidth=2) + lines.mark_point(filled=True, size=34, opacity=1)
    for point, shift in _ends(points, names):
        end = altair.Chart(altair.InlineData(values=[point])).encode(x=x, y=y, color=colour, text="line:N")
        chart += end.mark_text(align="left", dx=7, dy=shift, fontSize=12)
    return chart.properties(width=WIDTH, height=HEIGHT, title=title)


def _ends(points: list[dict[str, Any]], names: Sequence[str]) -> list[tuple[dict[str, Any], int]]:
    """The last point of each line, and how far its name is moved down so that names do not cover each other."""
    last = [max((point for point in points if point["line"] == name), key=lambda point: point["at"]) for name in names]
    last.sort(key=lambda point: -point["much"])
    shifts = [0] * len(last)
    for place, (upper, lower) in enumerate(pairwise(last)):
        if upper["at"] == lower["at"] and lower["much"] > TOO_CLOSE * upper["much"]:
            shifts[place], shifts[place + 1] = shifts[place] - LINE_OF_TEXT // 2, LINE_OF_TEXT // 2
    return list(zip(last, shifts, strict=True))


def _around(values: Sequence[float]) -> list[float]:
    """Ones and threes of the orders of magnitude, from below all values to above them."""
    steps = [10.0**power * part for power in range(7) for part in (1, 3)]
    first = max(place for place, step in enumerate(steps) if step <= max(1.0, min(values)))
    last = min(place for place, step in enumerate(steps) if step >= max(values))
    return steps[first : last + 1]


def _for_both(svg: str) -> str:
    """Colours follow what the reader prefers; the paper is part of the picture, so that it is readable on any page."""
    dark = "".join(
        f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}' for light, dark in ON_DARK.items()
    )
    start = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[:start]}<style>@media (prefers-color-scheme: dark){{{dark}}}</style>{svg[start:]}"
