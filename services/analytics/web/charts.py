"""One chart per item, as SVG: a provider's answers beside those of all. The table beside it holds the same numbers."""

from functools import lru_cache

import altair
import vl_convert

from services.analytics.domain.results import ItemAnswers

OURS, STATE = "#005ea2", "#a9aeb1"
"""U.S. Web Design System: primary and gray-cool-30. They differ in lightness: a grey print still tells them apart."""


def item_chart(name: str, ours: ItemAnswers, state: ItemAnswers, everybody: str = "State") -> str:
    """The SVG text of an item's chart. A group whose answers are withheld has no bars in it."""
    bars = tuple(
        (group, choice.label, choice.share)
        for group, answers in {name: ours, everybody: state}.items()
        for choice in answers.choices or ()
    )
    return _drawn(bars, tuple(dict.fromkeys((name, everybody))))


@lru_cache(maxsize=256)
def _drawn(bars: tuple[tuple[str, str, float], ...], groups: tuple[str, ...]) -> str:
    values = [
        {"group": group, "choice": choice, "share": share, "text": f"{share:.0%}"} for group, choice, share in bars
    ]
    labels = list(dict.fromkeys(choice for _, choice, _ in bars))
    placed = altair.Chart(altair.InlineData(values=values)).encode(
        y=altair.Y("choice:N", sort=labels, title=None, axis=altair.Axis(labelLimit=260, ticks=False)),
        yOffset=altair.YOffset("group:N", sort=list(groups)),
        x=altair.X("share:Q", title=None, scale=altair.Scale(domain=[0, 1]), axis=altair.Axis(format="%", tickCount=5)),
    )
    drawn = placed.mark_bar().encode(
        color=altair.Color(
            "group:N",
            scale=altair.Scale(domain=list(groups), range=[OURS, STATE] if len(groups) > 1 else [STATE]),
            legend=altair.Legend(title=None, orient="top"),
        )
    ) + placed.mark_text(align="left", dx=4).encode(text="text:N")
    chart = drawn.properties(width=420, height={"step": 18}).configure(
        font="Source Sans Pro, Arial, sans-serif",
        axis={"labelFontSize": 13},
        legend={"labelFontSize": 13, "labelLimit": 400},
    )
    return str(vl_convert.vegalite_to_svg(chart.to_json()))
