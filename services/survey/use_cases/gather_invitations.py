"""Surveys that nobody has been told of are gathered by person: one list, one link, one mail."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.survey.domain.link import LinkKey, token_hash
from services.survey.domain.sitting import SKEW, Sitting, open_sitting, sitting_id_of, sitting_ids_of
from services.survey.store.library import Library
from services.survey.store.people import People
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys, Waiting
from services.survey.use_cases.custody import put_on_the_list
from services.survey.use_cases.spare_the_hired import spare_the_hired
from shared.clock import Clock
from shared.errors import StaleRevision
from shared.fault import fault

AT_ONCE = 100
"""People who are invited side by side: what is written for them goes to the database together."""


@dataclass(frozen=True)
class Quiet:
    """A person is written to when nothing new came for `after`, or when something has waited for `at_most`.

    What waits since a moment that is still to come was written by a wrong clock; it is not waited for.
    """

    after: timedelta
    at_most: timedelta

    def is_over(self, waiting: Sequence[Waiting], now: datetime) -> bool:
        moments = [since for one in waiting for since in one.since.values()]
        is_impossible = max(moments) > now + SKEW
        return is_impossible or now - max(moments) >= self.after or now - min(moments) >= self.at_most


async def gather_invitations(
    *,
    surveys: Surveys,
    sittings: Sittings,
    people: People,
    library: Library,
    link_key: LinkKey,
    quiet: Quiet,
    clock: Clock,
) -> int:
    """One round over all campaigns that have begun; answers how many people were invited.

    Whatever a person is asked, of whichever campaign, is on one list and announced together.
    """
    now = clock()
    invited = 0
    by_person = await _by_person(library, surveys, people, now.date())
    due = [(person_key, waiting) for person_key, waiting in by_person.items() if quiet.is_over(waiting, now)]
    old_lists = [campaign.campaign_id for campaign in library.campaigns]
    for first in range(0, len(due), AT_ONCE):
        chunk = due[first : first + AT_ONCE]
        everybody = [one for _, waiting in chunk for one in waiting]
        moved = await spare_the_hired(everybody, surveys=surveys, people=people, now=now)
        theirs = [(person_key, [one.without(moved) for one in waiting]) for person_key, waiting in chunk]
        invited += sum(
            await asyncio.gather(
                *(
                    _invite(person_key, waiting, old_lists, surveys, sittings, people, link_key, now)
                    for person_key, waiting in theirs
                    if any(one.since for one in waiting)
                )
            )
        )
    return invited


async def _by_person(library: Library, surveys: Surveys, people: People, today: date) -> dict[str, list[Waiting]]:
    """What waits for each person whom we can reach. What waits for a role without an address waits on."""
    begun = [campaign.campaign_id for campaign in library.all if campaign.opens_on <= today]
    by_role = {waiting.role_key: waiting for waiting in await surveys.waiting(begun, today)}
    by_person: dict[str, list[Waiting]] = {}
    for holder in await people.holders(by_role):
        if holder.email:
            by_person.setdefault(holder.person_key, []).append(by_role[holder.role_key])
    return by_person


async def _invite(
    person_key: str,
    waiting: Sequence[Waiting],
    old_lists: Sequence[str],
    surveys: Surveys,
    sittings: Sittings,
    people: People,
    link_key: LinkKey,
    now: datetime,
) -> int:
    """First the mail, then the list: what a crash leaves in between is found waiting again, and not mailed again."""
    roles = {one.role_key for one in waiting}
    since = {survey_id: moment for one in waiting for survey_id, moment in one.since.items()}
    campaign_ids = {campaign_id for one in waiting for campaign_id in one.campaign_ids}
    last_day = max(one.last_day for one in waiting)
    known = await _sitting_of(person_key, old_lists, sittings, now.date())
    if known is None:
        known = _new_sitting(person_key, last_day, link_key, now)
    elif known.last_day < now.date():
        known = known.with_new_link(token_hash(link_key.token(known.sitting_id, known.link_version + 1)))
    try:
        sitting = known.invite(since, roles, now, campaign_ids=campaign_ids, last_day=last_day)
        if sitting is not known:
            await sittings.save(sitting, at=now)
            fault("mail.planned_not_listed")
        await put_on_the_list(sitting, list(since), surveys=surveys, people=people, now=now)
    except StaleRevision:
        # Somebody else was faster; what is left waits for the next round.
        return 0
    return 1


async def _sitting_of(person_key: str, old_lists: Sequence[str], sittings: Sittings, today: date) -> Sitting | None:
    """The person's own; else one from before sittings spanned campaigns, as long as its link is good."""
    own, *old = sitting_ids_of(person_key, old_lists)
    if (sitting := await sittings.get(own)) is not None:
        return sitting
    found = await asyncio.gather(*(sittings.get(one) for one in old))
    return next((one for one in found if one is not None and one.last_day >= today), None)


def _new_sitting(person_key: str, last_day: date, link_key: LinkKey, now: datetime) -> Sitting:
    sitting_id = sitting_id_of(person_key)
    return open_sitting(person_key, token_hash=token_hash(link_key.token(sitting_id, 1)), last_day=last_day, now=now)
