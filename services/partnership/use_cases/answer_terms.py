"""What is said of a partnership's terms: attested, disputed, ended by notice, put under review."""

from collections.abc import Callable
from datetime import date, datetime

from services.partnership.domain.ledger import answers
from services.partnership.domain.ledger.agreement import Partnership
from services.partnership.domain.ledger.answers import Answered
from services.partnership.domain.ledger.sides import side_of
from services.partnership.store.partnerships import PartnershipStore
from services.partnership.use_cases.propose_partnership import refuse_overlap
from shared.access.callers import Caller
from shared.events.partnerships import Side, Verdict
from shared.rounds import on_a_fresh_reading


async def answer_terms(
    key: str,
    verdict: Verdict,
    *,
    version: int,
    caller: Caller,
    partnerships: PartnershipStore,
    now: datetime,
    reason: str = "",
) -> Partnership:
    """A side attests or disputes the newest version of the other side."""

    async def attempt() -> Partnership:
        known, side = await _known(key, caller, partnerships)
        after, events = answers.answer(
            known, verdict, version=version, side=side, by=caller.subject, now=now, reason=reason
        )
        if verdict is Verdict.ATTESTED and events and after.latest is not None:
            terms = after.latest.terms
            await refuse_overlap(key, after.provider_id, after.district_id, terms, partnerships=partnerships)
        return await _saved(known, (after, events), partnerships, now)

    return await on_a_fresh_reading(attempt)


async def give_notice(
    key: str,
    *,
    caller: Caller,
    reason: str,
    effective_on: date | None,
    partnerships: PartnershipStore,
    now: datetime,
) -> Partnership:
    """A side ends the partnership."""

    async def attempt() -> Partnership:
        known, side = await _known(key, caller, partnerships)
        ended = answers.give_notice(
            known, side=side, by=caller.subject, reason=reason, effective_on=effective_on, now=now
        )
        return await _saved(known, ended, partnerships, now)

    return await on_a_fresh_reading(attempt)


async def review_partnership(
    key: str, *, caller: Caller, reason: str, partnerships: PartnershipStore, now: datetime
) -> Partnership:
    """The agency puts it under review."""
    return await _by_the_agency(
        key, caller, lambda known: answers.review(known, by=caller.subject, reason=reason, now=now), partnerships, now
    )


async def end_partnership_review(
    key: str, *, caller: Caller, partnerships: PartnershipStore, now: datetime
) -> Partnership:
    """The agency has looked at it."""
    return await _by_the_agency(key, caller, lambda known: answers.end_review(known, now=now), partnerships, now)


async def _by_the_agency(
    key: str,
    caller: Caller,
    change: Callable[[Partnership], Answered],
    partnerships: PartnershipStore,
    now: datetime,
) -> Partnership:
    async def attempt() -> Partnership:
        known = await partnerships.get(key, caller.scope())
        return await _saved(known, change(known), partnerships, now)

    return await on_a_fresh_reading(attempt)


async def _known(key: str, caller: Caller, partnerships: PartnershipStore) -> tuple[Partnership, Side]:
    scope = caller.scope()
    known = await partnerships.get(key, scope)
    return known, side_of(scope, known.provider_id, known.district_id)


async def _saved(known: Partnership, answered: Answered, partnerships: PartnershipStore, now: datetime) -> Partnership:
    after, events = answered
    if after is not known:
        await partnerships.save(after, events, now)
    return after
