"""Which versions of which instruments have come into use."""

from datetime import datetime

from services.survey.domain.instrument import Instrument
from shared.outbox import Documents


class Instruments:
    """One document per version, with what was told about it aboard."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def add(self, instrument: Instrument, *, at: datetime) -> bool:
        """False: this version is in use already."""
        body = {"revision": instrument.version, "fingerprint": instrument.fingerprint}
        return await self._documents.insert(_id(instrument), body, instrument.published(), at=at)

    async def fingerprint(self, instrument: Instrument) -> str | None:
        """Of what was published under this version."""
        kept = await self._documents.get(_id(instrument))
        return kept["fingerprint"] if kept is not None else None


def _id(instrument: Instrument) -> str:
    return f"{instrument.instrument_id}.v{instrument.version}"
