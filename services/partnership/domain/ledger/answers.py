"""What a side does about terms: propose, amend, attest, dispute, give notice; what the agency does: review.

Each answers the partnership as it is then, and the events that tell of it; nothing, if it was said before.
"""

from datetime import date, datetime, timedelta

from services.partnership.domain.ledger.agreement import (
    MOST_VERSIONS,
    Notice,
    Partnership,
    Status,
    UnderReview,
    Version,
)
from services.partnership.domain.ledger.statements import Statement, attestation, may_answer, said
from services.partnership.domain.ledger.terms import Terms
from shared.errors import Conflict, InvalidInput
from shared.events.partnerships import Claim, PartnershipEvent, Side, Verdict

Answered = tuple[Partnership, tuple[PartnershipEvent, ...]]


def propose(partnership: Partnership, terms: Terms, *, side: Side, by: str, now: datetime) -> Answered:
    """A new version of the terms, attested by the side that proposes it. The first one makes a draft a proposal."""
    _open(partnership)
    identified = terms.identified(partnership.partnership_id)
    latest = partnership.latest
    if latest is not None and latest.terms == identified and latest.proposed_by is side:
        return partnership, ()
    if latest is not None and latest.terms == identified:
        return answer(partnership, Verdict.ATTESTED, version=latest.number, side=side, by=by, now=now)
    if len(partnership.versions) >= MOST_VERSIONS:
        raise Conflict("These terms have too many versions.", hint="Give notice, and propose a new partnership.")
    word = Statement(side=side, verdict=Verdict.ATTESTED, by=by, at=now)
    number = len(partnership.versions) + 1
    version = Version(number=number, terms=identified, proposed_by=side, by=by, at=now, statements=(word,))
    after = partnership.after(now.date(), versions=(*partnership.versions, version))
    return after, (after.changed(),)


def answer(
    partnership: Partnership, verdict: Verdict, *, version: int, side: Side, by: str, now: datetime, reason: str = ""
) -> Answered:
    """The other side attests or disputes the newest version; its later word replaces its earlier one."""
    _open(partnership)
    latest = partnership.latest
    if latest is None:
        raise Conflict("Nothing has been proposed yet.", hint="Propose terms first.")
    if version != latest.number:
        raise Conflict(
            f"There is a newer version of the terms: {latest.number}, not {version}.",
            hint="Read the newest version, and attest or dispute that one.",
        )
    may_answer(latest.proposed_by, side)
    word = Statement(side=side, verdict=verdict, by=by, at=now, reason=reason)
    statements = said(latest.statements, word)
    if statements is latest.statements:
        return partnership, ()
    answered = latest.model_copy(update={"statements": statements})
    after = partnership.after(now.date(), versions=(*partnership.versions[:-1], answered))
    told = attestation(after, Claim.TERMS, after.partnership_id, word, version=version)
    return after, (told, after.changed())


def give_notice(
    partnership: Partnership, *, side: Side, by: str, reason: str, effective_on: date | None, now: datetime
) -> Answered:
    """One side ends the partnership. What is in force lasts until its notice is over; anything else ends at once."""
    if partnership.status is Status.TERMINATED or partnership.notice is not None:
        return partnership, ()
    _open(partnership)
    today = now.date()
    is_running = partnership.in_force is not None
    earliest = today
    if partnership.in_force is not None:
        earliest += timedelta(days=partnership.in_force.terms.notice_days)
    if effective_on is not None and effective_on < earliest and is_running:
        raise InvalidInput(
            f"The notice that was agreed is over on {earliest.isoformat()}.",
            hint="Name that day or a later one, or amend the terms together.",
            where="effective_on",
        )
    first_day_without = max(effective_on or earliest, earliest) if is_running else today
    notice = Notice(side=side, by=by, at=now, reason=reason, effective_on=first_day_without)
    after = partnership.after(today, notice=notice)
    return after, (after.changed(),)


def review(partnership: Partnership, *, by: str, reason: str, now: datetime) -> Answered:
    """The agency looks at a partnership that is in force."""
    if partnership.under_review is not None:
        return partnership, ()
    if partnership.status is not Status.ACTIVE:
        raise Conflict("Only an active partnership can be put under review.")
    after = partnership.after(now.date(), under_review=UnderReview(by=by, at=now, reason=reason))
    return after, (after.changed(),)


def end_review(partnership: Partnership, *, now: datetime) -> Answered:
    if partnership.under_review is None:
        return partnership, ()
    after = partnership.after(now.date(), under_review=None)
    return after, (after.changed(),)


def on_day(partnership: Partnership, today: date) -> Answered:
    """What the calendar makes of it: begun, expired, or ended by notice."""
    if partnership.status_on(today) is partnership.status:
        return partnership, ()
    after = partnership.after(today)
    return after, (after.changed(),)


def _open(partnership: Partnership) -> None:
    if partnership.is_over:
        raise Conflict(
            f"This partnership is {partnership.status.value}; its terms are kept as they are.",
            hint="Propose a new one.",
        )
