"""The Partner Survey of the demonstration: who is written to, and what comes of it, beside what has to."""

from collections.abc import Collection
from dataclasses import dataclass

from deploy.demonstration.doors import PATIENCE_SECONDS, Doors, Invitation, Say, settled
from deploy.demonstration.outcome import Figure
from deploy.demonstration.partnering import Together
from deploy.demonstration.places import Places


@dataclass(frozen=True, slots=True)
class Partners:
    """What came of it: figures, links that nobody has opened yet, and pages to look at."""

    figures: tuple[Figure, ...]
    links: tuple[str, ...]
    pages: tuple[tuple[str, str], ...]


async def invitations_to_partners(
    doors: Doors, together: Together, known_links: Collection[str], say: Say
) -> list[Invitation]:
    """Those that are not among the links known before the review was opened."""

    async def written_to() -> int:
        return len(await found())

    async def found() -> list[Invitation]:
        return [each for each in await doors.invitations() if each.link not in known_links]

    expected = together.partners
    await settled(
        written_to,
        expected,
        patience_seconds=PATIENCE_SECONDS,
        say=lambda seen: say(f"{seen} of {expected} partners written to"),
    )
    invitations = await found()
    say(f"{len(invitations)} partners written to")
    return invitations


async def partner_figures(
    doors: Doors, together: Together, campaign_id: str, written_to: int, answered: int, say: Say
) -> tuple[Figure, ...]:
    """Once analytics has counted as many answers as were sent in, or counts no further."""

    async def counted() -> int:
        return int((await doors.criteria(campaign_id))["all_reviews"]["answered"])

    seen = await settled(
        counted,
        answered,
        patience_seconds=PATIENCE_SECONDS,
        say=lambda now: say(f"{now} of {answered} answers of partners counted"),
    )
    in_force = await doors.partnerships_in_force()
    say(f"{in_force} partnerships in force, {seen} answers of partners counted")
    return (
        Figure("Partnerships in force", in_force, together.in_force),
        Figure("Partners written to", written_to, together.partners),
        Figure("Answers of partners counted by analytics", seen, answered),
    )


def partner_pages(places: Places, review_id: str, campaign_id: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Partnerships", f"{places.partnership}/partnerships"),
        ("The review, and how its partners stand", f"{places.partnership}/reviews/{review_id}"),
        ("What districts need", f"{places.partnership}/needs"),
        ("Districts and their partnerships", f"{places.partnership}/districts"),
        ("What partners say", f"{places.analytics}/criteria/{campaign_id}"),
    )
