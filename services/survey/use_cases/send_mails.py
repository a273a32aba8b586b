"""Mails that need attention: sent at most once, and each survey is told what became of its mail."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from services.survey.domain.invitation import BAD_ADDRESS, Invitation, compose, is_address
from services.survey.domain.link import LinkKey
from services.survey.domain.sitting import Mail, MailState, Sitting
from services.survey.domain.survey import Survey
from services.survey.metrics import SurveyMetrics
from services.survey.store.library import Library
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from services.survey.use_cases.custody import put_on_the_list, roles_held
from shared.backoff import Backoff, Jitter, chance
from shared.clock import Clock
from shared.errors import Outage, PrepBridgeError, StaleRevision
from shared.events.survey import About
from shared.fault import fault
from shared.mail import MailServer, OutcomeUnknown, RefusedForGood, RefusedForNow
from shared.rounds import in_rounds, on_a_fresh_reading
from shared.supervise import Heartbeat

HELD = (MailState.CLAIMED, MailState.HANDING_OVER)
ROUND = 200
ROUND_SECONDS = 2.0
FAREWELL_SECONDS = 5.0


Outcome = Callable[[Sitting, Mail], Sitting]
"""Says what became of a mail."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Mailing:
    """All that it takes to write to people."""

    surveys: Surveys
    sittings: Sittings
    people: People
    names: Names
    library: Library
    server: MailServer
    link_key: LinkKey
    sender: str
    public_url: str
    metrics: SurveyMetrics
    clock: Clock
    jitter: Jitter = chance
    on_their_way: dict[str, asyncio.Task[bool]] = field(default_factory=dict)


async def send_mails(mailing: Mailing) -> int:
    """One round; answers how many mails got on.

    A mail server may take minutes over one message, so a round does not wait for all: what is still on its way is
    passed over by the next one.
    """
    for sitting_id in await mailing.sittings.due(mailing.clock(), limit=ROUND):
        if sitting_id not in mailing.on_their_way:
            mailing.on_their_way[sitting_id] = asyncio.create_task(_attend(sitting_id, mailing))
    if mailing.on_their_way:
        await asyncio.wait(mailing.on_their_way.values(), timeout=ROUND_SECONDS)
    done = [sitting_id for sitting_id, task in mailing.on_their_way.items() if task.done()]
    finished = [mailing.on_their_way.pop(sitting_id) for sitting_id in done]
    # One failure speaks for all: none of them stays behind to fail the next round.
    if failures := [error for task in finished if (error := task.exception()) is not None]:
        raise failures[0]
    return sum(task.result() for task in finished)


async def keep_sending(heartbeat: Heartbeat, *, mailing: Mailing, seconds: float) -> None:
    """Round after round. In the end, what is on its way may arrive; what takes too long is found again later."""
    try:
        await in_rounds(heartbeat, partial(send_mails, mailing), seconds=seconds)
    finally:
        tasks = list(mailing.on_their_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=FAREWELL_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        mailing.on_their_way.clear()
        await mailing.server.close()


async def _attend(sitting_id: str, mailing: Mailing) -> bool:
    """Bring one mail of a sitting one step on; False if it has to wait, or somebody else is at it."""
    try:
        return await _step(sitting_id, mailing)
    except StaleRevision:
        return False


async def _step(sitting_id: str, mailing: Mailing) -> bool:
    now = mailing.clock()
    sitting = await mailing.sittings.get(sitting_id)
    mail = sitting.due_mail(now) if sitting is not None else None
    if sitting is None or mail is None:
        return False
    if mail.state is MailState.PENDING:
        return await _send(sitting, mail, mailing, now)
    if mail.state in (MailState.SENT, MailState.FAILED):
        await _tell_surveys(sitting, mail, mailing)
        fault("mail.told_not_struck")
        await mailing.sittings.save(sitting.told(mail), at=now)
        return True
    if mail.state is MailState.HANDING_OVER:
        log.error("mail_outcome_unknown", sitting_id=sitting_id, kind=mail.kind, number=mail.number)
        mailing.metrics.mail("unknown")
    await mailing.sittings.save(sitting.recover(mail, now), at=now)
    return True


async def _send(sitting: Sitting, mail: Mail, mailing: Mailing, now: datetime) -> bool:
    asked = await put_on_the_list(sitting, mail.survey_ids, surveys=mailing.surveys, people=mailing.people, now=now)
    recipient = next((one.email for one in await roles_held(sitting, mailing.people) if one.email), None)
    if recipient is None:
        for survey in asked:
            await mailing.surveys.save(survey.unannounced(now), [], at=now)
    if recipient is None or not asked or await mailing.sittings.is_unsubscribed(sitting.person_key):
        await mailing.sittings.save(sitting.dropped(mail), at=now)
        mailing.metrics.mail("dropped")
        return True
    if not mailing.server.admits(recipient):
        return False
    claimed = sitting.claim(mail, [survey.survey_id for survey in asked], now)
    await mailing.sittings.save(claimed, at=now)
    fault("mail.claimed")
    ours = claimed.mail(mail.kind, mail.number)
    outcome = await _hand_over(claimed, ours, recipient, asked, mailing)
    fault("mail.taken_not_noted")
    if outcome is not None:
        state = await _keep(outcome, sitting.sitting_id, ours, mailing)
        fault("mail.noted_not_told")
        word = "deferred" if state is MailState.PENDING else state.value
        mailing.metrics.mail(word)
        log.info("mail_" + word, sitting_id=sitting.sitting_id, kind=mail.kind, number=mail.number)
    return True


class ClaimLost(PrepBridgeError):
    """The mail is not ours to send any more: the claim ran out, or its person wants no mail."""


async def _hand_over(
    sitting: Sitting, mail: Mail, recipient: str, asked: Sequence[Survey], mailing: Mailing
) -> Outcome | None:
    """What became of the mail; None if we did not get as far as the message."""

    async def begin() -> None:
        fresh = await mailing.sittings.get(sitting.sitting_id)
        if fresh is None or not fresh.is_claimed(mail):
            raise ClaimLost("Somebody else changed what is to become of this mail.")
        await mailing.sittings.save(fresh.hand_over(mail, mailing.clock()), at=mailing.clock())
        fault("mail.begun_not_sent")

    if not is_address(recipient):
        return _failed(BAD_ADDRESS, mailing)
    try:
        providers = await _providers(asked, mailing.names)
        message = compose(_invitation(sitting, mail, recipient, asked, providers, mailing))
        await mailing.server.hand_over(message, recipient, before_the_message=partial(on_a_fresh_reading, begin))
    except RefusedForGood as refusal:
        return _failed(refusal.status_class, mailing)
    except RefusedForNow as refusal:
        later = refusal.status_class
        return lambda now, ours: now.refused_for_now(ours, later, mailing.clock())
    except OutcomeUnknown:
        return Sitting.unknown
    except Outage:
        # Not a byte of the message has left, though that it begins may have been saved.
        log.warning("mail_not_begun", sitting_id=sitting.sitting_id)
        return lambda now, ours: now.not_begun(ours, mailing.clock())
    except (StaleRevision, ClaimLost):
        # Not a byte of the message has left. The claim runs out by itself.
        log.warning("mail_not_begun", sitting_id=sitting.sitting_id)
        return None
    return lambda now, ours: now.sent(ours, mailing.clock())


def _failed(status_class: str, mailing: Mailing) -> Outcome:
    return lambda now, ours: now.failed(ours, status_class, mailing.clock())


async def _keep(outcome: Outcome, sitting_id: str, mail: Mail, mailing: Mailing) -> MailState:
    """The mail's state afterwards. Others may have changed the sitting while the mail server was thinking.

    Nobody else knows what we know, so an outage is waited out; an earlier attempt may have been saved nevertheless.
    """

    async def attempt() -> MailState:
        sitting = await mailing.sittings.get(sitting_id)
        if sitting is None:
            raise ClaimLost("The sitting is gone.")
        kept = sitting.mail(mail.kind, mail.number)
        if kept.state not in HELD or kept.attempts != mail.attempts:
            return kept.state
        after = outcome(sitting, kept)
        await mailing.sittings.save(after, at=mailing.clock())
        return after.mail(mail.kind, mail.number).state

    backoff = Backoff(0.2, 5.0, mailing.jitter)
    while True:
        try:
            return await on_a_fresh_reading(attempt)
        except Outage as error:
            log.warning("mail_outcome_waits", sitting_id=sitting_id, error=type(error).__name__)
            await asyncio.sleep(backoff.next())


async def _providers(asked: Sequence[Survey], names: Names) -> tuple[str, ...]:
    """What the providers are called that these surveys are about."""
    ids = {survey.target.provider_id for survey in asked if survey.about is About.PROVIDER}
    return tuple(sorted((await names.of(ids)).values())) if ids else ()


def _invitation(
    sitting: Sitting,
    mail: Mail,
    recipient: str,
    asked: Sequence[Survey],
    providers: tuple[str, ...],
    mailing: Mailing,
) -> Invitation:
    token = mailing.link_key.token(sitting.sitting_id, sitting.link_version)
    mark = mailing.link_key.unsubscribe_mark(sitting.sitting_id)
    return Invitation(
        message_id=f"{sitting.sitting_id}.{mail.kind}.{mail.number}",
        sender=mailing.sender,
        recipient=recipient,
        link=f"{mailing.public_url}/s/{token}",
        unsubscribe_link=f"{mailing.public_url}/unsubscribe/{sitting.sitting_id}/{mark}",
        campaigns=tuple(sorted({mailing.library.campaign(survey.campaign_id).title for survey in asked})),
        educators=sum(survey.about is About.COMPLETER for survey in asked),
        providers=providers,
        answer_until=min(survey.closes_on for survey in asked),
        is_one_day=len({survey.closes_on for survey in asked}) == 1,
        written_at=mail.created_at,
    )


async def _tell_surveys(sitting: Sitting, mail: Mail, mailing: Mailing) -> None:
    for survey_id in mail.survey_ids:

        async def tell(survey_id: str = survey_id) -> None:
            survey = await mailing.surveys.get(survey_id)
            if survey is None or survey.sitting_id != sitting.sitting_id:
                return
            mark = (sitting.sitting_id, mail.kind, mail.number)
            if mail.state is MailState.SENT:
                told, events = survey.invitation_delivered(*mark)
            else:
                told, events = survey.invitation_bounced(*mark, mail.status_class)
            if told is not survey:
                await mailing.surveys.save(told, events, at=mailing.clock())

        await on_a_fresh_reading(tell)
