"""Principals who answer, and some who do not: each with a browser of their own, through the real forms."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from deploy.demonstration.browser import Browser, Form, Page, PageNotUnderstood
from deploy.demonstration.doors import Invitation

DECLINE_SHARE = 0.06
LEFT_FOR_THE_USER = 6
COMMENT_SHARE = 0.3
COMMENTS = (
    "Settled in quickly; the first weeks were hard, as they are for everybody.",
    "Strong with families. Pacing of lessons is still coming.",
    "Would hire again from this program.",
    "Came with good habits of looking at student work.",
)
# Weights of the answers in the order in which they are shown, best first; longer scales repeat the last one.
LEANINGS = ((5, 4, 2, 1), (3, 5, 3, 1), (2, 4, 4, 2))
Client = Callable[[], httpx.AsyncClient]


@dataclass(frozen=True, slots=True)
class Answered:
    """What one or many people did."""

    submitted: int = 0
    declined: int = 0

    def __add__(self, other: "Answered") -> "Answered":
        return Answered(self.submitted + other.submitted, self.declined + other.declined)


def divided(
    invitations: Sequence[Invitation],
    answer_share: float,
    rng: random.Random,
    *,
    most_left: int = LEFT_FOR_THE_USER,
) -> tuple[list[Invitation], list[Invitation]]:
    """(who answers, whose links are left): left are, first of all, people who are asked about two or three."""
    by_interest = sorted(invitations, key=lambda each: (each.completers < 2, abs(each.completers - 2), each.to))
    left = by_interest[: min(most_left, len(by_interest) // 2)]
    others = sorted(by_interest[len(left) :], key=lambda each: (each.to, each.completers))
    return rng.sample(others, round(len(others) * answer_share)), left


async def answer(invitation: Invitation, rng: random.Random, client: httpx.AsyncClient) -> Answered:
    """Open the link in a mail and work through the list; forms that are sent already count as well."""
    browser = Browser(client)
    sitting = await browser.open(invitation.link)
    for decline_address in _addresses(sitting, "/decline"):
        page = await browser.open(decline_address.removesuffix("/decline"))
        if rng.random() < DECLINE_SHARE:
            await _decline(browser, await browser.open(decline_address), rng)
        else:
            await _submit(browser, page, rng)
    done = await browser.open(sitting.url)
    return Answered(len(_addresses(done, "/receipt")), done.text.count("Declined"))


async def _submit(browser: Browser, page: Page, rng: random.Random) -> None:
    form = page.form_to(urlsplit(page.url).path)
    leaning = rng.choice(LEANINGS)
    answers = {name: _choose(values, leaning, rng) for name, values in form.choices.items()}
    if form.texts and rng.random() < COMMENT_SHARE:
        answers[form.texts[0]] = rng.choice(COMMENTS)
    receipt = await browser.press(page, form, answers, _button(form, "send"))
    if not receipt.url.endswith("/receipt"):
        raise PageNotUnderstood(f"Sending a complete form led to {urlsplit(receipt.url).path}, not to a receipt.")


async def _decline(browser: Browser, page: Page, rng: random.Random) -> None:
    form = page.form_to("/decline")
    answers = {name: rng.choice(values) for name, values in form.choices.items()}
    await browser.press(page, form, answers, None)


def _choose(values: Sequence[str], leaning: Sequence[int], rng: random.Random) -> str:
    weights = [leaning[min(place, len(leaning) - 1)] for place in range(len(values))]
    return rng.choices(values, weights=weights)[0]


def _button(form: Form, value: str) -> tuple[str, str]:
    for button in form.buttons:
        if button[1] == value:
            return button
    raise PageNotUnderstood(f"The form has no button to {value}.")


def _addresses(page: Page, ending: str) -> list[str]:
    return [link for link in page.links if urlsplit(link).path.endswith(ending)]
