"""A person wants no further mail."""

from datetime import datetime

from services.survey.domain.link import LinkKey
from services.survey.store.sittings import Sittings
from shared.errors import NotFound
from shared.rounds import on_a_fresh_reading


async def unsubscribe(sitting_id: str, mark: str, *, sittings: Sittings, link_key: LinkKey, now: datetime) -> None:
    """Stop all mail to the person of this sitting, in later campaigns too. NotFound if the mark is not ours."""

    async def attempt() -> None:
        sitting = await sittings.get(sitting_id) if link_key.may_unsubscribe(sitting_id, mark) else None
        if sitting is None:
            raise NotFound("This link is not one of ours.", hint="Check that the whole link was copied.")
        stopped = sitting.unsubscribe(now)
        if stopped is not sitting:
            await sittings.save(stopped, at=now)

    await on_a_fresh_reading(attempt)
