"""Take what organizations, programs and instruments are called."""

from services.analytics.store import InstrumentStore, NameStore
from shared.events import Envelope
from shared.events.partnership import OrganizationChanged, ProgramChanged
from shared.events.survey import InstrumentPublished


async def note_organization(envelope: Envelope[OrganizationChanged], *, names: NameStore) -> None:
    await names.put(envelope.event.organization_id, envelope.event.name, sequence=envelope.sequence)


async def note_program(envelope: Envelope[ProgramChanged], *, names: NameStore) -> None:
    await names.put(envelope.event.program_id, envelope.event.name, sequence=envelope.sequence)


async def note_instrument(envelope: Envelope[InstrumentPublished], *, instruments: InstrumentStore) -> None:
    await instruments.put(envelope.event)
