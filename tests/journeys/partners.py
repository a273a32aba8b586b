"""Providers and districts that work together, and the partners of a provider under review."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime

import httpx

from deploy.demonstration.campaign import season_of
from deploy.demonstration.doors import Doors, Invitation
from deploy.demonstration.partnering import Together, work_together
from tests.journeys.people import answer_all, person_behind
from tests.journeys.season import SEED, Season
from tests.journeys.state import at_rest
from tests.journeys.system import System, until


def who_works_together(season: Season) -> Together:
    """In these days, for reviews are opened today; the season's hires are of long ago."""
    return Together.of(season.folder, SEED, season_of(datetime.now(UTC).date()))


async def play_partners(system: System, season: Season) -> None:
    """Partnerships in all states, vacancies, a review that is being prepared, an open one whose partners answer."""
    together = who_works_together(season)
    async with Doors.of(system.places) as doors:
        known = await links(doors)
        await work_together(doors, together, lambda _: None)
        partners = sorted(await written_to(doors, known, together.partners), key=lambda each: each.to)
        await answer_all(partners[1:])  # The first has not answered yet, for a story that begins there.
    await at_rest(system)


async def who_has_not_answered(system: System) -> Invitation:
    """The first partner to whom a form about a provider is still open."""
    survey = system.database("survey")
    waiting = survey.surveys.distinct("sitting_id", {"review_id": {"$ne": None}, "state": "issued"})
    keys = survey.sittings.distinct("person_key", {"_id": {"$in": waiting}})
    people = {key.partition("#")[0] for key in keys}
    async with Doors.of(system.places) as doors:
        return next(each for each in await doors.invitations() if person_behind(system, each.link) in people)


async def links(doors: Doors) -> set[str]:
    """All that were ever mailed."""
    return {each.link for each in await doors.invitations()}


async def written_to(doors: Doors, known: Collection[str], number: int) -> list[Invitation]:
    """The mails with links that are not among the known ones, once there are so many of them."""

    async def found() -> list[Invitation]:
        new = [each for each in await doors.invitations() if each.link not in known]
        assert len(new) <= number, f"{len(new)} mails to {number} people"
        return new if len(new) == number else []

    return await until(found, what=f"mail to {number} partners")


async def mails_by_address(system: System) -> Counter[str]:
    async with httpx.AsyncClient(timeout=20, base_url=system.places.mail) as client:
        listed = (await client.get("/api/messages", params={"limit": 100_000})).json()["messages"]
    return Counter(address for mail in listed for address in mail["to"])
