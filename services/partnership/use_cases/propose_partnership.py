"""A side proposes a partnership, or another version of its terms."""

from datetime import datetime

from services.partnership.domain.ledger.agreement import Partnership, overlapping, partnership_id
from services.partnership.domain.ledger.answers import propose
from services.partnership.domain.ledger.belongings import with_contact
from services.partnership.domain.ledger.sides import NewPartnership, side_of
from services.partnership.domain.ledger.terms import Terms
from services.partnership.domain.organization import Organization
from services.partnership.store.directory import Directory
from services.partnership.store.partnerships import PartnershipStore
from shared.access.callers import Caller
from shared.errors import InvalidInput, StaleRevision
from shared.events.partnership import OrganizationKind
from shared.rounds import on_a_fresh_reading


async def propose_partnership(
    new: NewPartnership, *, caller: Caller, partnerships: PartnershipStore, directory: Directory, now: datetime
) -> Partnership:
    """The same parties, ways and first day are the same partnership: other terms are its next version."""
    side = side_of(caller.scope(), new.provider_id, new.district_id)
    await check_codes(new.provider_id, new.district_id, new.terms, directory=directory)
    key = partnership_id(new.provider_id, new.district_id, new.terms)

    async def attempt() -> Partnership:
        known = await partnerships.find(key)
        await refuse_overlap(key, new.provider_id, new.district_id, new.terms, partnerships=partnerships)
        before = known or new.drafted(key)
        after, events = propose(before, new.terms, side=side, by=caller.subject, now=now)
        for contact in new.contacts:
            after = with_contact(after, contact, stated_by=side, by=caller.subject, now=now)
        if known is not None and after == known:
            return known
        after = after.model_copy(update={"revision": before.revision + 1})
        if known is not None:
            await partnerships.save(after, events, now)
        elif not await partnerships.add(after, events, now):
            raise StaleRevision("Somebody else proposed this partnership.")
        return after

    return await on_a_fresh_reading(attempt)


async def amend_partnership(
    key: str, terms: Terms, *, caller: Caller, partnerships: PartnershipStore, directory: Directory, now: datetime
) -> Partnership:
    """The next version of the terms, or the first one of a draft; the other side is asked to attest it."""
    scope = caller.scope()

    async def attempt() -> Partnership:
        known = await partnerships.get(key, scope)
        side = side_of(scope, known.provider_id, known.district_id)
        after, events = propose(known, terms, side=side, by=caller.subject, now=now)
        if after is known:
            return known
        await check_codes(known.provider_id, known.district_id, terms, directory=directory)
        await refuse_overlap(key, known.provider_id, known.district_id, terms, partnerships=partnerships)
        await partnerships.save(after, events, now)
        return after

    return await on_a_fresh_reading(attempt)


async def refuse_overlap(
    key: str, provider_id: str, district_id: str, terms: Terms, *, partnerships: PartnershipStore
) -> None:
    """InvalidInput if the two have agreed on, or are proposing, one of these ways for some of these days."""
    others = [each for each in await partnerships.between(provider_id, district_id) if each.partnership_id != key]
    found = overlapping(terms, others)
    if found is not None and found.shown is not None:
        theirs = found.shown.terms
        raise InvalidInput(
            f"These two have a partnership for one of these ways from {theirs.begins_on} to {theirs.ends_on}.",
            hint=f"Amend that one ({found.partnership_id}), or choose days outside of it.",
            where="terms.begins_on",
        )


async def check_codes(provider_id: str, district_id: str, terms: Terms, *, directory: Directory) -> None:
    """InvalidInput names the first code that the directory does not have, or has as something else."""
    known = await directory.known_organizations({provider_id, district_id, *terms.school_ids})
    _check_kind(known.get(provider_id), OrganizationKind.PROVIDER, "provider_id")
    _check_kind(known.get(district_id), OrganizationKind.DISTRICT, "district_id")
    for number, code in enumerate(terms.school_ids):
        school = known.get(code)
        if school is None or OrganizationKind.SCHOOL not in school.kinds or school.parent_id != district_id:
            raise InvalidInput(
                "No school of this district has this code.",
                hint="Use the state's code, such as 00350105, with its zeros.",
                where=f"terms.school_ids.{number}",
            )
    programs = await directory.programs_by_id(terms.program_ids)
    for number, code in enumerate(terms.program_ids):
        if code not in programs or programs[code].provider_id != provider_id:
            raise InvalidInput(
                "No program of this provider has this id.",
                hint="GET /v1/programs?provider_id=… lists them.",
                where=f"terms.program_ids.{number}",
            )


def _check_kind(found: Organization | None, kind: OrganizationKind, where: str) -> None:
    if found is None or kind not in found.kinds:
        raise InvalidInput(
            f"No {kind.value} has this code.",
            hint="Use the state's code, such as 00350000, with its zeros.",
            where=where,
        )
