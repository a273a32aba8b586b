"""Copies of what others told: who holds a role, what people, organizations and programs are called."""

from collections.abc import Iterable

from services.survey.domain.campaign import Campaign
from services.survey.domain.role_holder import RoleHolder
from services.survey.domain.sitting import sitting_id_of
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.surveys import Surveys
from shared.clock import Clock
from shared.events import Envelope
from shared.events.partnership import CompleterProfileChanged, OrganizationChanged, ProgramChanged, RoleHolderChanged
from shared.rounds import on_a_fresh_reading


async def note_role_holder(
    envelope: Envelope[RoleHolderChanged],
    *,
    people: People,
    surveys: Surveys,
    campaigns: Iterable[Campaign],
    clock: Clock,
) -> None:
    """Whoever held the role before loses its open surveys; they await being announced to the new holder."""
    holder = RoleHolder.told(envelope.event, envelope.sequence)
    if not await people.note_role_holder(holder):
        current = await people.holders([holder.role_key])
        if not current or current[0].sequence != holder.sequence:
            return
    lists = [sitting_id_of(campaign.campaign_id, holder.person_key) for campaign in campaigns]
    for announced in await surveys.announced_to_others(holder.role_key, lists):

        async def hand_over(survey_id: str = announced.survey_id) -> None:
            survey = await surveys.get(survey_id)
            if survey is not None and survey.is_open and survey.sitting_id not in (None, *lists):
                await surveys.save(survey.hand_over(clock()), [], at=clock())

        await on_a_fresh_reading(hand_over)


async def note_profile(envelope: Envelope[CompleterProfileChanged], *, people: People) -> None:
    await people.note_profile(envelope.event, envelope.sequence)


async def note_organization(envelope: Envelope[OrganizationChanged], *, names: Names) -> None:
    await names.note_organization(envelope.event, envelope.sequence)


async def note_program(envelope: Envelope[ProgramChanged], *, names: Names) -> None:
    await names.note_program(envelope.event, envelope.sequence)
