"""Tell which instruments are in use, once each; and see to it that none changes after that."""

from collections.abc import Iterable

from services.survey.domain.instrument import Instrument
from services.survey.store.instruments import Instruments
from shared.clock import Clock
from shared.errors import Misconfigured


async def publish_instruments(used: Iterable[Instrument], *, instruments: Instruments, clock: Clock) -> None:
    """Misconfigured if an instrument is not, word for word, what was published under its version."""
    for instrument in used:
        if await instruments.add(instrument, at=clock()):
            continue
        if await instruments.fingerprint(instrument) != instrument.fingerprint:
            raise Misconfigured(
                f"Instrument {instrument.instrument_id} version {instrument.version} differs from what was published: "
                f"a change of wording is a new version, in a file of its own."
            )
