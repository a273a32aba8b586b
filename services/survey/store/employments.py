"""Completers' hires, and the decisions whether to ask."""

from datetime import datetime

from services.survey.domain.employment import Employment
from shared.errors import StaleRevision
from shared.mongo import Document
from shared.outbox import Documents


class Employments:
    """One document per completer."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def get(self, completer_id: str) -> Employment:
        """What is known of this completer, which may be nothing yet (revision 0)."""
        kept = await self._documents.get(completer_id)
        return _read(kept) if kept is not None else Employment(completer_id=completer_id)

    async def save(self, employment: Employment, *, at: datetime) -> None:
        """Keep the next revision; StaleRevision if somebody else did so first."""
        body = employment.model_dump(exclude={"completer_id"})
        body["revision"] = employment.revision + 1
        if employment.revision > 0:
            await self._documents.update(employment.completer_id, body, at=at)
        elif not await self._documents.insert(employment.completer_id, body, at=at):
            raise StaleRevision("Somebody else heard of this completer at the same time.")


def _read(kept: Document) -> Employment:
    return Employment.model_validate({**kept, "completer_id": kept["_id"]})
