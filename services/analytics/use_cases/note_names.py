"""Take what organizations, programs and instruments are called."""

from services.analytics.store.generations import Written
from shared.events import Envelope
from shared.events.partnership import OrganizationChanged, ProgramChanged
from shared.events.survey import InstrumentPublished


async def note_organization(envelope: Envelope[OrganizationChanged], *, to: Written) -> None:
    for model in await to.written():
        await model.names.put(envelope.event.organization_id, envelope.event.name, sequence=envelope.sequence)


async def note_program(envelope: Envelope[ProgramChanged], *, to: Written) -> None:
    for model in await to.written():
        await model.names.put(envelope.event.program_id, envelope.event.name, sequence=envelope.sequence)


async def note_instrument(envelope: Envelope[InstrumentPublished], *, to: Written) -> None:
    for model in await to.written():
        await model.instruments.put(envelope.event)
