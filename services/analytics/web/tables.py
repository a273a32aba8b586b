"""The rows of the tables on the pages of results: text, ready to print."""

from collections.abc import Mapping

from markupsafe import Markup

from services.analytics.domain.results import GroupFigures, ItemAnswers, Results
from services.analytics.domain.withholding import Withheld
from shared.pages.filters import NOTHING, number, percent

Row = list[str | Markup]


def why_withheld(reason: Withheld, threshold: int) -> str:
    """The reason in plain words, after the dash."""
    return {
        Withheld.TOO_FEW: f"Withheld: fewer than {threshold} answers.",
        Withheld.TOO_ALIKE: "Withheld: the answers are so alike that they would tell what each person said.",
        Withheld.PROTECTS_ANOTHER: "Withheld: from these figures a smaller group's could be worked out.",
    }[reason]


def response_facts(group: GroupFigures) -> list[tuple[str, str]]:
    """Terms and figures of a group's response."""
    found = group.response_rate
    interval = "" if found.low is None else f" (95% interval {percent(found.low)} to {percent(found.high)})"
    return [
        ("Issued", number(group.issued)),
        ("Delivered", number(group.delivered)),
        ("Answered", number(group.answered)),
        ("Response rate", percent(found.share) + interval),
    ]


def provider_rows(results: Results, names: Mapping[str, str]) -> list[Row]:
    """A line for each provider, by name."""
    rows: list[Row] = []
    for provider_id, group in sorted(results.providers.items(), key=lambda found: names[found[0]]):
        address = f"/campaigns/{results.campaign_id}/providers/{provider_id}"
        found = group.response_rate
        rows.append(
            [
                Markup('<a class="usa-link" href="{}">{}</a>').format(address, names[provider_id]),
                number(group.issued),
                number(group.delivered),
                number(group.answered),
                percent(found.share),
                NOTHING if found.low is None else f"{percent(found.low)} to {percent(found.high)}",
                _readiness(group, results.threshold),
            ]
        )
    return rows


def disposition_rows(group: GroupFigures) -> list[Row]:
    """How many surveys stand where; the last line is their sum."""
    rows: list[Row] = [[kind.capitalize(), number(count)] for kind, count in sorted(group.dispositions.items())]
    return [*rows, ["On the roster", number(group.roster)]]


def answer_rows(item: ItemAnswers, state: ItemAnswers | None) -> list[Row]:
    """Each answer with number and share, and the state's share beside it where `state` is given."""
    shares = {choice.code: choice.share for choice in (state.choices or ())} if state is not None else {}
    return [
        [choice.label, number(choice.count), percent(choice.share)]
        + ([percent(shares.get(choice.code))] if state is not None else [])
        for choice in item.choices or ()
    ]


def _readiness(group: GroupFigures, threshold: int) -> str:
    """The headline item in short: the share of the two highest answers, or why it is withheld."""
    headline = next((item for item in group.items if item.is_headline), None)
    if headline is None or not headline.answered:
        return NOTHING
    if headline.withheld is not None or headline.choices is None:
        return f"{NOTHING} {why_withheld(headline.withheld or Withheld.TOO_FEW, threshold)}"
    highest = sorted(headline.choices, key=lambda choice: choice.code)[-2:]
    return f"{percent(sum(choice.share for choice in highest))} {' or '.join(choice.label for choice in highest[::-1])}"
