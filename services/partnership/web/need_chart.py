"""A chart of what districts need beside what a provider prepares, as SVG. The table beside it holds the same."""

from collections.abc import Sequence
from functools import lru_cache

import altair
import vl_convert

from services.partnership.domain.district_needs import FieldNeed

CURRENT, PROJECTED, COMPLETERS = "Current openings", "Projected openings", "Completers"
GROUPS = {CURRENT: "#162e51", PROJECTED: "#73b3e7", COMPLETERS: "#a9aeb1"}
"""U.S. Web Design System: primary-darker, primary-light and gray-cool-30; they differ in lightness."""
MOST_FIELDS = 20
"""A chart of more cannot be read; the table has them all."""


def need_chart(fields: Sequence[FieldNeed]) -> str:
    """The SVG text; a number that is withheld has no bar."""
    bars: list[tuple[str, str, int]] = []
    for each in fields[:MOST_FIELDS]:
        bars.append((CURRENT, each.licence_field, each.current_openings))
        bars.append((PROJECTED, each.licence_field, each.projected_openings))
        if each.completers.count is not None:
            bars.append((COMPLETERS, each.licence_field, each.completers.count))
    return _drawn(tuple(bars))


@lru_cache(maxsize=64)
def _drawn(bars: tuple[tuple[str, str, int], ...]) -> str:
    values = [{"group": group, "field": field, "count": count} for group, field, count in bars]
    fields = list(dict.fromkeys(field for _, field, _ in bars))
    placed = altair.Chart(altair.InlineData(values=values)).encode(
        y=altair.Y("field:N", sort=fields, title=None, axis=altair.Axis(labelLimit=220, ticks=False)),
        yOffset=altair.YOffset("group:N", sort=list(GROUPS)),
        x=altair.X("count:Q", title=None, axis=altair.Axis(format="d", tickMinStep=1, tickCount=5)),
    )
    drawn = placed.mark_bar().encode(
        color=altair.Color(
            "group:N",
            scale=altair.Scale(domain=list(GROUPS), range=list(GROUPS.values())),
            legend=altair.Legend(title=None, orient="top", columns=1),
        )
    ) + placed.mark_text(align="left", dx=4).encode(text="count:Q")
    # Browsers set labels in a wider font than the one that room is kept for.
    room = {"left": 24, "right": 24, "top": 5, "bottom": 5}
    chart = drawn.properties(width=360, height={"step": 14}, padding=room).configure(
        font="Source Sans Pro, Arial, sans-serif",
        axis={"labelFontSize": 13},
        legend={"labelFontSize": 13, "labelLimit": 400},
    )
    return str(vl_convert.vegalite_to_svg(chart.to_json()))
