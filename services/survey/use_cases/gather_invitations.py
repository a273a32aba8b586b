"""Surveys that nobody has been told of are gathered by person: one list, one link, one mail."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.survey.domain.campaign import Campaign
from services.survey.domain.link import LinkKey, token_hash
from services.survey.domain.sitting import SKEW, Sitting, open_sitting, sitting_id_of
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
    """One round over all open campaigns; answers how many people were invited."""
    now = clock()
    invited = 0
    for campaign in library.campaigns:
        if not campaign.is_open(now.date()):
            continue
        by_person = await _by_person(campaign, surveys, people)
        due = [(person_key, waiting) for person_key, waiting in by_person.items() if quiet.is_over(waiting, now)]
        for first in range(0, len(due), AT_ONCE):
            chunk = due[first : first + AT_ONCE]
            everybody = [one for _, waiting in chunk for one in waiting]
            moved = await spare_the_hired(everybody, surveys=surveys, people=people, now=now)
            theirs = [(person_key, [one.without(moved) for one in waiting]) for person_key, waiting in chunk]
            invited += sum(
                await asyncio.gather(
                    *(
                        _invite(person_key, waiting, campaign, surveys, sittings, people, link_key, now)
                        for person_key, waiting in theirs
                        if any(one.since for one in waiting)
                    )
                )
            )
    return invited


async def _by_person(campaign: Campaign, surveys: Surveys, people: People) -> dict[str, list[Waiting]]:
    """What waits for each person whom we can reach. What waits for a role without an address waits on."""
    by_role = {waiting.role_key: waiting for waiting in await surveys.waiting(campaign.campaign_id)}
    by_person: dict[str, list[Waiting]] = {}
    for holder in await people.holders(by_role):
        if holder.email:
            by_person.setdefault(holder.person_key, []).append(by_role[holder.role_key])
    return by_person


async def _invite(
    person_key: str,
    waiting: Sequence[Waiting],
    campaign: Campaign,
    surveys: Surveys,
    sittings: Sittings,
    people: People,
    link_key: LinkKey,
    now: datetime,
) -> int:
    """First the mail, then the list: what a crash leaves in between is found waiting again, and not mailed again."""
    sitting_id = sitting_id_of(campaign.campaign_id, person_key)
    roles = {one.role_key for one in waiting}
    since = {survey_id: moment for one in waiting for survey_id, moment in one.since.items()}
    known = await sittings.get(sitting_id) or _new_sitting(person_key, campaign, link_key, now)
    try:
        sitting = known.invite(since, roles, now)
        if sitting is not known:
            await sittings.save(sitting, at=now)
            fault("mail.planned_not_listed")
        await put_on_the_list(sitting, list(since), surveys=surveys, people=people, now=now)
    except StaleRevision:
        # Somebody else was faster; what is left waits for the next round.
        return 0
    return 1


def _new_sitting(person_key: str, campaign: Campaign, link_key: LinkKey, now: datetime) -> Sitting:
    sitting_id = sitting_id_of(campaign.campaign_id, person_key)
    return open_sitting(
        campaign.campaign_id,
        person_key,
        token_hash=token_hash(link_key.token(sitting_id, 1)),
        last_day=campaign.last_day,
        now=now,
    )
