"""What a side adds to a partnership by its own word: contacts and papers."""

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256

from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.belongings import with_contact, with_document, without_contact
from services.partnership.domain.ledger.parties import LARGEST_DOCUMENT, Document, NewContact, media_type_of
from services.partnership.domain.ledger.sides import side_of
from services.partnership.store.partnerships import PaperStore, PartnershipStore
from shared.access.callers import Caller, Scope
from shared.errors import InvalidInput, NotFound, TooLarge
from shared.events.partnerships import Side
from shared.rounds import on_a_fresh_reading

Change = Callable[[Partnership, Side], Partnership]


async def add_contact(
    key: str, new: NewContact, *, caller: Caller, partnerships: PartnershipStore, now: datetime
) -> Partnership:
    """Somebody to turn to, of either side; the same person in the same role again changes their dates."""

    def change(known: Partnership, side: Side) -> Partnership:
        return with_contact(known, new, stated_by=side, by=caller.subject, now=now)

    return await _changed(key, change, caller, partnerships, now)


async def end_contact(
    key: str, contact_key: str, *, until_on: date, caller: Caller, partnerships: PartnershipStore, now: datetime
) -> Partnership:
    """They are no longer the one to turn to."""

    def change(known: Partnership, _: Side) -> Partnership:
        return without_contact(known, contact_key, until_on, now)

    return await _changed(key, change, caller, partnerships, now)


async def add_document(
    key: str,
    name: str,
    content: bytes,
    *,
    caller: Caller,
    partnerships: PartnershipStore,
    papers: PaperStore,
    now: datetime,
) -> Document:
    """The bytes first, then the word that they are there: what broke off in between is found by nobody."""
    media_type = media_type_of(name)
    if not content:
        raise InvalidInput("The file is empty.", hint="Choose another one.", where="file")
    if len(content) > LARGEST_DOCUMENT:
        raise TooLarge("A document may have 10 MiB.", hint="Send a smaller copy.", where="file")
    known = await partnerships.get(key, caller.scope())
    document = Document(
        name=name,
        sha256=sha256(content).hexdigest(),
        size=len(content),
        media_type=media_type,
        added_by=side_of(caller.scope(), known.provider_id, known.district_id),
        by=caller.subject,
        at=now,
    )
    with_document(known, document, now)
    await papers.keep(key, document.sha256, content)
    await _changed(key, lambda each, _: with_document(each, document, now), caller, partnerships, now)
    return document


async def read_document(
    key: str, hashed: str, *, scope: Scope, partnerships: PartnershipStore, papers: PaperStore
) -> tuple[Document, bytes]:
    """What is known of a paper, and its bytes."""
    known = await partnerships.get(key, scope)
    document = next((each for each in known.documents if each.sha256 == hashed), None)
    if document is None:
        raise NotFound("There is no such document.")
    return document, await papers.content(key, hashed)


async def _changed(
    key: str, change: Change, caller: Caller, partnerships: PartnershipStore, now: datetime
) -> Partnership:
    scope = caller.scope()

    async def attempt() -> Partnership:
        known = await partnerships.get(key, scope)
        after = change(known, side_of(scope, known.provider_id, known.district_id))
        if after is not known:
            await partnerships.save(after, (), now)
        return after

    return await on_a_fresh_reading(attempt)
