"""Plays the simulated season into the running system, through its real doors, and compares what came of it."""

import asyncio
import csv
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.demonstration.answering import Answered, answer, divided
from deploy.demonstration.doors import PATIENCE_SECONDS, TIMEOUT, DoorClosed, Doors, Invitation, Say, settled
from deploy.demonstration.expectation import Expectation, expectation
from deploy.demonstration.outcome import Figure, LinkLeft, Outcome, hire_figures
from deploy.demonstration.partner_survey import (
    Partners,
    invitations_to_partners,
    partner_figures,
    partner_pages,
)
from deploy.demonstration.partnering import Together, work_together
from deploy.demonstration.places import Places
from deploy.demonstration.simulate import SEED

ANSWER_SHARE = 0.8
FEEDS_AT_ONCE = 6
PEOPLE_AT_ONCE = 8
PARTNERS_LEFT = 3
Progress = Callable[[str], AbstractContextManager[Say]]
"""Shows a step until its block ends; what it lends tells how far the step has come."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One line of feeds/manifest.csv."""

    district_code: str
    day: int
    observed_at: str
    path: Path


async def load(
    places: Places, progress: Progress, *, season: int, answer_share: float = ANSWER_SHARE, seed: int = SEED
) -> Outcome:
    """Everything from the first import to the last figure. Played twice, the second time changes nothing."""
    expected = expectation(places.folder)
    together = Together.of(places.folder, seed, season)
    async with Doors.of(places) as doors:
        await _bring_registers(doors, progress)
        await _bring_feeds(doors, progress)
        issued, invitations = await _await_invitations(doors, expected, progress)
        people, left = divided(invitations, answer_share, random.Random(f"people:{seed}"))
        done = await _answer(people, "principals", seed, progress)
        campaign = await doors.campaign()
        figures = [
            *hire_figures(expected, await doors.hires(), await doors.in_review()),
            Figure("Surveys issued", issued, expected.surveys),
            Figure("People written to", len(invitations), len(expected.people)),
            *await _counted_answers(doors, campaign["campaign_id"], done, expected, progress),
        ]
        links = tuple(LinkLeft(each.link, each.completers) for each in left)
        pages = await _pages(doors, campaign["campaign_id"])
        partners = await _ask_partners(doors, together, {each.link for each in invitations}, answer_share, progress)
        return Outcome((*figures, *partners.figures), links, (*pages, *partners.pages), partners.links)


async def _bring_registers(doors: Doors, progress: Progress) -> None:
    folder = doors.places.folder
    with progress("importing organizations, programs and completers") as say:
        for kind in ("organizations", "providers", "programs", "role_holders"):
            say(f"importing {kind.replace('_', ' ')}")
            await doors.bring(kind, file=folder / f"{kind}.csv")
        say("importing completers")
        await doors.bring(
            "completers",
            candidates=folder / "candidate.csv",
            associations=folder / "candidateEducatorPreparationProgramAssociation.csv",
        )
        say("imported organizations, programs, role holders and completers")


async def _bring_feeds(doors: Doors, progress: Progress) -> None:
    """District by district in parallel, day by day in order."""
    by_district: dict[str, list[Delivery]] = defaultdict(list)
    deliveries = _deliveries(doors.places.folder)
    for delivery in deliveries:
        by_district[delivery.district_code].append(delivery)
    places_free = asyncio.Semaphore(FEEDS_AT_ONCE)
    uploaded = 0

    with progress("uploading staff feeds") as say:

        async def play(days: Sequence[Delivery]) -> None:
            nonlocal uploaded
            async with places_free:
                connection_id = await doors.connect(days[0].district_code)
                for delivery in sorted(days, key=lambda each: each.day):
                    state = await doors.upload(
                        connection_id, delivery.district_code, delivery.path, delivery.observed_at
                    )
                    if state not in ("complete", "applied"):
                        raise DoorClosed(f"Day {delivery.day} of district {delivery.district_code} was {state}.")
                    uploaded += 1
                    say(f"uploaded {uploaded} of {len(deliveries)} snapshots of {len(by_district)} staff feeds")

        async with asyncio.TaskGroup() as feeds:
            for days in by_district.values():
                feeds.create_task(play(days))


def _deliveries(folder: Path) -> list[Delivery]:
    with (folder / "feeds" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [
            Delivery(row["DistrictCode"], int(row["Day"]), row["ObservedAt"], folder / row["File"])
            for row in csv.DictReader(file)
        ]


async def _await_invitations(doors: Doors, expected: Expectation, progress: Progress) -> tuple[int, list[Invitation]]:
    async def issued() -> int:
        return int((await doors.campaign())["issued"])

    async def written_to() -> int:
        return len(await doors.invitations())

    with progress("waiting for surveys and mail") as say:
        surveys = await settled(
            issued,
            expected.surveys,
            patience_seconds=PATIENCE_SECONDS,
            say=lambda seen: say(f"{seen} of {expected.surveys} surveys issued"),
        )
        await settled(
            written_to,
            len(expected.people),
            patience_seconds=PATIENCE_SECONDS,
            say=lambda seen: say(f"{seen} of {len(expected.people)} people written to"),
        )
        invitations = await doors.invitations()
        say(f"{surveys} surveys issued, {len(invitations)} people written to")
    return surveys, invitations


async def _ask_partners(
    doors: Doors, together: Together, known_links: set[str], answer_share: float, progress: Progress
) -> Partners:
    """Who works together, and what the partners of the provider under review say of it."""
    with progress("agreeing on partnerships, and opening a review") as say:
        review_id = await work_together(doors, together, say)
    with progress("waiting for mail to partners") as say:
        invitations = await invitations_to_partners(doors, together, known_links, say)
    rng = random.Random(f"partners:{together.seed}")
    people, left = divided(invitations, answer_share, rng, most_left=PARTNERS_LEFT)
    done = await _answer(people, "partners", together.seed, progress)
    campaign_id = (await doors.campaign(about="provider"))["campaign_id"]
    with progress("waiting for the figures of the review") as say:
        figures = await partner_figures(doors, together, campaign_id, len(invitations), done.submitted, say)
    return Partners(figures, tuple(each.link for each in left), partner_pages(doors.places, review_id, campaign_id))


async def _answer(people: Sequence[Invitation], who: str, seed: int, progress: Progress) -> Answered:
    """Each person has their own browser, and draws from their own lot: the order of answering changes nothing."""
    free = asyncio.Semaphore(PEOPLE_AT_ONCE)
    total = Answered()

    with progress(f"answering as {who}, through the web form") as say:

        async def sit(person: Invitation) -> None:
            nonlocal total
            async with free, httpx.AsyncClient(timeout=TIMEOUT) as client:
                rng = random.Random(f"answers:{seed}:{person.to}:{person.completers}")
                done = await answer(person, rng, client)
            total += done
            say(f"{total.submitted} forms sent in, {total.declined} declined, through the web form")

        async with asyncio.TaskGroup() as sittings:
            for person in people:
                sittings.create_task(sit(person))
    return total


async def _counted_answers(
    doors: Doors, campaign_id: str, done: Answered, expected: Expectation, progress: Progress
) -> list[Figure]:
    async def counted() -> tuple[int, int]:
        state = (await doors.results(campaign_id))["state"]
        return int(state["issued"]), int(state["answered"])

    with progress("waiting for the figures") as say:
        issued, answered = await settled(
            counted,
            (expected.surveys, done.submitted),
            patience_seconds=PATIENCE_SECONDS,
            say=lambda seen: say(f"{seen[1]} of {done.submitted} answers counted"),
        )
        say(f"{answered} answers counted")
    return [
        Figure("Surveys counted by analytics", issued, expected.surveys),
        Figure("Answers counted by analytics", answered, done.submitted),
    ]


async def _pages(doors: Doors, campaign_id: str) -> tuple[tuple[str, str], ...]:
    places = doors.places
    providers = (await doors.results(campaign_id))["providers"]
    pages = [("Results of the state", f"{places.analytics}/campaigns/{campaign_id}")]
    if providers:
        most = max(sorted(providers), key=lambda provider: int(providers[provider]["answered"]))
        pages.append(("Results of a provider", f"{places.analytics}/campaigns/{campaign_id}/providers/{most}"))
    return (
        *pages,
        ("Staff feeds and their reports", f"{places.partnership}/feeds"),
        ("Hires to review", f"{places.partnership}/matches"),
        ("Campaigns", f"{places.survey}/campaigns"),
        ("Mail", places.mail),
    )
