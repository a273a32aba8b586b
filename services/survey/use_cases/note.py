"""Copies of what others told: who holds a role or is a partner, what people, organizations and programs are called."""

from collections.abc import Iterable

from services.survey.domain.campaign import Campaign
from services.survey.domain.role_holder import RoleHolder, role_key_of
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.surveys import Surveys
from services.survey.use_cases.custody import leave_to_holder, take_from_others
from shared.clock import Clock
from shared.events import Envelope
from shared.events.partnership import CompleterProfileChanged, OrganizationChanged, ProgramChanged, RoleHolderChanged
from shared.events.partnerships import PartnerContactChanged
from shared.rounds import on_a_fresh_reading


async def note_role_holder(
    envelope: Envelope[RoleHolderChanged] | Envelope[PartnerContactChanged],
    *,
    people: People,
    surveys: Surveys,
    campaigns: Iterable[Campaign],
    clock: Clock,
) -> None:
    """Whoever held the role before loses its open surveys; they await being announced to the new holder.

    A partner contact is kept in the same way, under its own key.
    """
    role_key = role_key_of(envelope.event)

    async def keep() -> None:
        before = await people.told_holder(role_key)
        if before is None or before.sequence < envelope.sequence:
            told = RoleHolder.told(envelope.event, envelope.sequence, before)
            await people.keep_role_holder(told, after=before)

    await on_a_fresh_reading(keep)
    await leave_to_holder(role_key, people=people, surveys=surveys, campaigns=campaigns, clock=clock)


async def forget_person(key: str, *, people: People, surveys: Surveys, clock: Clock) -> None:
    """A role holder or a completer is erased. Whoever held the role can open none of its forms any more."""
    await people.erase(key)
    await take_from_others(key, [], surveys=surveys, clock=clock)


async def note_profile(envelope: Envelope[CompleterProfileChanged], *, people: People) -> None:
    await people.note_profile(envelope.event, envelope.sequence)


async def note_organization(envelope: Envelope[OrganizationChanged], *, names: Names) -> None:
    await names.note_organization(envelope.event, envelope.sequence)


async def note_program(envelope: Envelope[ProgramChanged], *, names: Names) -> None:
    await names.note_program(envelope.event, envelope.sequence)
