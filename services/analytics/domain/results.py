"""The figures that a reader sees: rates for each group, and each item's answers beside the state's."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.analytics.domain.disposition import Disposition
from services.analytics.domain.response_rate import Rate, rate
from services.analytics.domain.tally import Tally, total
from services.analytics.domain.withholding import Withheld, own_reason, withheld_groups
from shared.events.survey import InstrumentItem

METHOD = "2026-11"
"""The version of the rules by which figures are made; it changes when a figure would come out differently."""


class _Figure(BaseModel):
    model_config = ConfigDict(frozen=True)


class Choice(_Figure):
    """How many gave one answer, and which share of all who answered the item."""

    code: int
    label: str
    count: int
    share: float


class ItemAnswers(_Figure):
    """The answers to one item. `choices` is None when they are withheld, and `withheld` says why."""

    item_id: str
    label: str
    is_headline: bool
    answered: int
    choices: tuple[Choice, ...] | None
    withheld: Withheld | None


class GroupFigures(_Figure):
    """A provider, or the state: `issued` is the rate's denominator, `dispositions` add up to `roster`."""

    roster: int
    issued: int
    delivered: int
    answered: int
    response_rate: Rate
    dispositions: dict[Disposition, int]
    items: tuple[ItemAnswers, ...]


class Results(_Figure):
    """One campaign: the state and each provider, as of the newest fact behind them."""

    campaign_id: str
    method: str
    threshold: int
    as_of: datetime | None
    state: GroupFigures
    providers: dict[str, GroupFigures]


def results_of(
    campaign_id: str, providers: Mapping[str, Tally], items: tuple[InstrumentItem, ...], threshold: int
) -> Results:
    """The figures of a campaign from its providers' tallies. What is withheld is decided over all of them at once."""
    state = total(providers.values())
    reasons = {
        item.item_id: withheld_groups(
            {provider: tally.answers.get(item.item_id, {}) for provider, tally in providers.items()}, threshold
        )
        for item in items
    }
    for_state = {item.item_id: own_reason(state.answers.get(item.item_id, {}), threshold) for item in items}
    return Results(
        campaign_id=campaign_id,
        method=METHOD,
        threshold=threshold,
        as_of=state.newest,
        state=_figures(state, items, for_state),
        providers={
            provider: _figures(tally, items, {item: found.get(provider) for item, found in reasons.items()})
            for provider, tally in providers.items()
        },
    )


def _figures(tally: Tally, items: tuple[InstrumentItem, ...], withheld: Mapping[str, Withheld | None]) -> GroupFigures:
    return GroupFigures(
        roster=tally.roster,
        issued=tally.issued,
        delivered=tally.delivered,
        answered=tally.answered,
        response_rate=rate(tally.answered, tally.issued),
        dispositions=tally.dispositions,
        items=tuple(_item(item, tally.answers.get(item.item_id, {}), withheld[item.item_id]) for item in items),
    )


def _item(item: InstrumentItem, answers: Mapping[int, int], withheld: Withheld | None) -> ItemAnswers:
    answered = sum(answers.values())
    choices = tuple(
        Choice(
            code=point.code,
            label=point.label,
            count=answers.get(point.code, 0),
            share=answers.get(point.code, 0) / answered,
        )
        for point in (item.scale if answered and withheld is None else ())
    )
    return ItemAnswers(
        item_id=item.item_id,
        label=item.label,
        is_headline=item.is_headline,
        answered=answered,
        choices=None if withheld is not None else choices,
        withheld=withheld,
    )
