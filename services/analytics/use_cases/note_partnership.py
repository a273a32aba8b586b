"""Take what partnership tells of agreements, activities, goals, attestations and vacancies."""

from services.analytics.domain.partnership import Statement
from services.analytics.store.generations import Written
from shared.events import Envelope


async def note_partnership(envelope: Envelope[Statement], *, to: Written) -> None:
    for model in await to.written():
        await model.partnerships.put(envelope.event, sequence=envelope.sequence)
