"""Partnerships for machines: what both sides agreed on, and what each says of it."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import Response

from services.partnership.domain.ledger.agreement import Partnership as Agreement
from services.partnership.domain.ledger.parties import Document, NewContact
from services.partnership.domain.ledger.sides import NewPartnership
from services.partnership.domain.ledger.statements import Reason
from services.partnership.domain.ledger.terms import Terms
from services.partnership.domain.stated_hire import Day
from services.partnership.web.api_imports import files_of
from services.partnership.web.ledger_told import in_full, in_short, ways_told
from services.partnership.web.state import Partnership, Sliced, Wired
from shared.access.asking import requires
from shared.access.callers import Caller
from shared.errors import InvalidInput
from shared.events.partnerships import PartnershipStatus, Verdict
from shared.openapi import answers, uploads

router = APIRouter(prefix="/v1/partnerships", tags=["partnerships"])
Looking = Annotated[Caller, Depends(requires("provider", "district", "agency"))]
Party = Annotated[Caller, Depends(requires("provider", "district"))]
Agency = Annotated[Caller, Depends(requires("agency"))]
VersionNumber = Annotated[int, Body(ge=1, le=10_000)]
Told = dict[str, Any]


@router.get("")
async def partnerships(
    caller: Looking, partnership: Wired, part: Sliced, status: PartnershipStatus | None = None
) -> Told:
    """A provider's own, a district's own, the agency's all; by provider and district."""
    store, scope = partnership.ledger.partnerships, caller.scope()
    found = await store.page(scope, status, limit=part.size, skip=part.skip)
    counts = await store.counts(scope)
    total = counts.get(status.value, 0) if status else sum(counts.values())
    items = [in_short(each) for each in found]
    return {"items": items, "total": total, "by_status": counts, "page": part.page, "size": part.size}


@router.post("")
async def propose(new: NewPartnership, caller: Party, partnership: Wired) -> Told:
    """Propose a partnership; your side attests the terms by proposing them. The same parties, ways and first day are
    the same partnership: sent again it changes nothing, with other terms it is the next version."""
    now = partnership.clock()
    return await told(await partnership.ledger.propose(new, caller=caller, now=now), partnership)


@router.get("/ways")
async def ways(_: Looking) -> list[Told]:
    """The ways of working together, each with the JSON schema of its record."""
    return ways_told()


@router.get("/{partnership_id}")
async def one(partnership_id: str, caller: Looking, partnership: Wired) -> Told:
    """Every version of the terms with both sides' words, contacts, documents, reminders, and what came of it."""
    ledger, scope = partnership.ledger, caller.scope()
    found = await ledger.partnerships.get(partnership_id, scope)
    weighed = await ledger.weigh(found, scope=scope, today=partnership.clock().date())
    return await told(found, partnership) | {"outcomes": weighed.outcomes.model_dump(mode="json")}


@router.post("/{partnership_id}/terms")
async def amend(partnership_id: str, terms: Terms, caller: Party, partnership: Wired) -> Told:
    """The next version of the terms. What is in force stays so until the other side attests it."""
    amended = await partnership.ledger.amend(partnership_id, terms, caller=caller, now=partnership.clock())
    return await told(amended, partnership)


@router.post("/{partnership_id}/attest")
async def attest(
    partnership_id: str, version: Annotated[int, Body(embed=True, ge=1, le=10_000)], caller: Party, partnership: Wired
) -> Told:
    """Say that your side agrees to the newest version, which the other side proposed."""
    attested = await partnership.ledger.answer(
        partnership_id, Verdict.ATTESTED, version=version, caller=caller, now=partnership.clock()
    )
    return await told(attested, partnership)


@router.post("/{partnership_id}/dispute")
async def dispute(
    partnership_id: str,
    version: VersionNumber,
    reason: Annotated[Reason, Body()],
    caller: Party,
    partnership: Wired,
) -> Told:
    """Say that your side does not agree to the newest version, and why. Nothing is overwritten."""
    disputed = await partnership.ledger.answer(
        partnership_id, Verdict.DISPUTED, version=version, reason=reason, caller=caller, now=partnership.clock()
    )
    return await told(disputed, partnership)


@router.post("/{partnership_id}/terminate")
async def terminate(
    partnership_id: str,
    reason: Annotated[Reason, Body()],
    caller: Party,
    partnership: Wired,
    effective_on: Annotated[Day | None, Body()] = None,
) -> Told:
    """Give notice. `effective_on`: the first day without the partnership; left out, when the agreed notice is over."""
    ended = await partnership.ledger.give_notice(
        partnership_id, reason=reason, effective_on=effective_on, caller=caller, now=partnership.clock()
    )
    return await told(ended, partnership)


@router.post("/{partnership_id}/review")
async def review(
    partnership_id: str, reason: Annotated[Reason, Body(embed=True)], caller: Agency, partnership: Wired
) -> Told:
    """The agency puts an active partnership under review."""
    reviewed = await partnership.ledger.review(partnership_id, reason=reason, caller=caller, now=partnership.clock())
    return await told(reviewed, partnership)


@router.post("/{partnership_id}/end-review")
async def end_review(partnership_id: str, caller: Agency, partnership: Wired) -> Told:
    """The agency has looked at it."""
    return await told(
        await partnership.ledger.end_review(partnership_id, caller=caller, now=partnership.clock()), partnership
    )


@router.post("/{partnership_id}/contacts")
async def add_contact(partnership_id: str, new: NewContact, caller: Party, partnership: Wired) -> Told:
    """Somebody to turn to, of either side. The same person in the same role again changes their dates."""
    added = await partnership.ledger.add_contact(partnership_id, new, caller=caller, now=partnership.clock())
    return await told(added, partnership)


@router.post("/{partnership_id}/contacts/{contact_key}/end")
async def end_contact(
    partnership_id: str,
    contact_key: str,
    caller: Party,
    partnership: Wired,
    until_on: Annotated[Day | None, Body(embed=True)] = None,
) -> Told:
    """They are no longer the one to turn to: after `until_on`, or after yesterday."""
    ended = await partnership.ledger.end_contact(
        partnership_id, contact_key, until_on=until_on or yesterday(partnership), caller=caller, now=partnership.clock()
    )
    return await told(ended, partnership)


@router.post("/{partnership_id}/documents", openapi_extra=uploads("One document of at most 10 MiB."))
async def add_document(request: Request, partnership_id: str, caller: Party, partnership: Wired) -> Document:
    """Keep a paper. The same file again changes nothing."""
    files = await files_of(request)
    if len(files) != 1:
        raise InvalidInput("Send one document at a time.", where="file")
    document: Document = await partnership.ledger.add_document(
        partnership_id, *files[0], caller=caller, now=partnership.clock()
    )
    return document


@router.get(
    "/{partnership_id}/documents/{sha256}",
    response_class=Response,
    responses=answers("The document as it was sent.", "application/octet-stream"),
)
async def document(partnership_id: str, sha256: str, caller: Looking, partnership: Wired) -> Response:
    return await as_download(partnership_id, sha256, caller, partnership)


async def as_download(partnership_id: str, sha256: str, caller: Caller, partnership: Partnership) -> Response:
    """Never shown within our pages: it is what somebody sent us."""
    found, content = await partnership.ledger.read_document(partnership_id, sha256, scope=caller.scope())
    plain = "".join(each if each.isascii() and (each.isalnum() or each in ".-_ ") else "_" for each in found.name)
    headers = {"content-disposition": f'attachment; filename="{plain}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def told(agreement: Agreement, partnership: Partnership) -> Told:
    reminders = await partnership.ledger.reminded.of(agreement.partnership_id)
    return in_full(agreement, reminders, partnership.clock().date())


def yesterday(partnership: Partnership) -> date:
    today = partnership.clock().date()
    return date.fromordinal(today.toordinal() - 1)
