"""Whose list a survey is on: that of whoever holds the role that is asked."""

from collections.abc import Collection, Iterable
from datetime import datetime

from services.survey.domain.campaign import Campaign
from services.survey.domain.role_holder import RoleHolder
from services.survey.domain.sitting import Sitting, sitting_ids_of
from services.survey.domain.survey import Survey
from services.survey.store.people import People
from services.survey.store.surveys import Surveys
from shared.clock import Clock
from shared.fault import fault
from shared.rounds import on_a_fresh_reading


async def roles_held(sitting: Sitting, people: People) -> list[RoleHolder]:
    """Those roles of this sitting that are still its person's. Without one, its link is dead."""
    return [one for one in await people.holders(sitting.role_keys) if one.person_key == sitting.person_key]


async def put_on_the_list(
    sitting: Sitting, survey_ids: Collection[str], *, surveys: Surveys, people: People, now: datetime
) -> list[Survey]:
    """Put on the list what waits for this person; answers which of these open surveys are on it then.

    Roles are read again after the list was written. Whoever takes over a role looks on other lists for its surveys:
    before we wrote, then we see here that the role is theirs; or after, then they find what we wrote.
    """
    holders = {one.role_key: one for one in await roles_held(sitting, people)}
    held = set(holders)
    listed = []
    is_new = False
    for survey in await surveys.open_among(survey_ids):
        if survey.awaiting_since is not None and survey.target.recipient_role in held:
            survey = survey.announced(sitting.sitting_id, holders[survey.target.recipient_role].chosen(now))
            await surveys.save(survey, [], at=now)
            is_new = True
        if survey.sitting_id == sitting.sitting_id:
            listed.append(survey)
    if is_new:
        fault("list.written_not_checked")
        held = {one.role_key for one in await roles_held(sitting, people)}
    for survey in listed:
        if survey.target.recipient_role not in held:
            await surveys.save(survey.hand_over(now), [], at=now)
    return [survey for survey in listed if survey.target.recipient_role in held]


async def leave_to_holder(
    role_key: str, *, people: People, surveys: Surveys, campaigns: Iterable[Campaign], clock: Clock
) -> None:
    """Whoever is asked in this role now has its open surveys; they are on nobody else's list.

    `campaigns`: those that may have had sittings of their own, before sittings spanned campaigns.
    """
    holders = await people.holders([role_key])
    campaign_ids = [campaign.campaign_id for campaign in campaigns]
    lists = [sitting_id for one in holders for sitting_id in sitting_ids_of(one.person_key, campaign_ids)]
    await take_from_others(role_key, lists, surveys=surveys, clock=clock)


async def take_from_others(role_key: str, rightful: Collection[str], *, surveys: Surveys, clock: Clock) -> None:
    """Open surveys of a role that are on a list other than the `rightful` ones await being announced anew."""
    for listed in await surveys.announced_to_others(role_key, rightful):

        async def hand_over(survey_id: str = listed.survey_id) -> None:
            survey = await surveys.get(survey_id)
            if survey is not None and survey.is_open and survey.sitting_id not in (None, *rightful):
                await surveys.save(survey.hand_over(clock()), [], at=clock())

        await on_a_fresh_reading(hand_over)
