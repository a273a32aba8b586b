"""Mails that need attention: sent at most once, and each survey is told what became of its mail."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from services.survey.domain.invitation import Invitation, compose
from services.survey.domain.link import LinkKey
from services.survey.domain.sitting import Mail, MailState, Sitting
from services.survey.domain.survey import Survey
from services.survey.metrics import SurveyMetrics
from services.survey.store.library import Library
from services.survey.store.people import People
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from shared.clock import Clock
from shared.errors import Outage, StaleRevision
from shared.mail import MailServer, OutcomeUnknown, RefusedForGood, RefusedForNow
from shared.rounds import in_rounds, on_a_fresh_reading
from shared.supervise import Heartbeat

ROUND = 200
ROUND_SECONDS = 2.0
FAREWELL_SECONDS = 5.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Mailing:
    """All that it takes to write to people."""

    surveys: Surveys
    sittings: Sittings
    people: People
    library: Library
    server: MailServer
    link_key: LinkKey
    sender: str
    public_url: str
    metrics: SurveyMetrics
    clock: Clock
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
    finished = [sitting_id for sitting_id, task in mailing.on_their_way.items() if task.done()]
    return sum([await mailing.on_their_way.pop(sitting_id) for sitting_id in finished])


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
        await mailing.sittings.save(sitting.told(mail), at=now)
        return True
    if mail.state is MailState.HANDING_OVER:
        log.error("mail_outcome_unknown", sitting_id=sitting_id, kind=mail.kind, number=mail.number)
        mailing.metrics.mail("unknown")
    await mailing.sittings.save(sitting.recover(mail), at=now)
    return True


async def _send(sitting: Sitting, mail: Mail, mailing: Mailing, now: datetime) -> bool:
    recipient = await _address(sitting, mailing.people)
    found = await mailing.surveys.open_among(mail.survey_ids)
    asked = [survey for survey in found if _is_asked(sitting, survey)]
    if recipient is None or not asked:
        await mailing.sittings.save(sitting.dropped(mail), at=now)
        mailing.metrics.mail("dropped")
        return True
    if not mailing.server.admits(recipient, now):
        return False
    await _put_on_the_list(sitting, asked, mailing, now)
    claimed = sitting.claim(mail, now)
    await mailing.sittings.save(claimed, at=now)
    handing_over = await _hand_over(claimed, claimed.mail(mail.kind, mail.number), recipient, len(asked), mailing)
    if handing_over is not None:
        after, outcome = handing_over
        await mailing.sittings.save(after, at=mailing.clock())
        mailing.metrics.mail(outcome)
        log.info("mail_" + outcome, sitting_id=sitting.sitting_id, kind=mail.kind, number=mail.number)
    return True


async def _put_on_the_list(sitting: Sitting, asked: list[Survey], mailing: Mailing, now: datetime) -> None:
    """Whoever is quicker than the round that gathered these must not find an empty list behind the link."""
    for survey in asked:
        if survey.sitting_id is None:
            await mailing.surveys.save(survey.announced(sitting.sitting_id), [], at=now)


async def _hand_over(
    claimed: Sitting, mail: Mail, recipient: str, count: int, mailing: Mailing
) -> tuple[Sitting, str] | None:
    """The sitting after the conversation with the mail server; None if we did not get as far as the message."""
    sitting = claimed

    async def before_the_message() -> None:
        nonlocal sitting
        handing_over = claimed.hand_over(mail, mailing.clock())
        await mailing.sittings.save(handing_over, at=mailing.clock())
        sitting = handing_over

    message = compose(_invitation(claimed, mail, recipient, count, mailing))
    try:
        await mailing.server.hand_over(message, recipient, before_the_message=before_the_message)
    except RefusedForGood as refusal:
        return sitting.failed(mail, refusal.status_class, mailing.clock()), "failed"
    except RefusedForNow as refusal:
        later = sitting.refused_for_now(mail, refusal.status_class, mailing.clock())
        gave_up = later.mail(mail.kind, mail.number).state is MailState.FAILED
        return later, "failed" if gave_up else "deferred"
    except OutcomeUnknown:
        return sitting.unknown(mail), "unknown"
    except (Outage, StaleRevision):
        # Not a byte of the message has left. The claim runs out by itself.
        log.warning("mail_not_begun", sitting_id=claimed.sitting_id)
        return None
    return sitting.sent(mail, mailing.clock()), "sent"


def _invitation(sitting: Sitting, mail: Mail, recipient: str, count: int, mailing: Mailing) -> Invitation:
    campaign = mailing.library.campaign(sitting.campaign_id)
    token = mailing.link_key.token(sitting.sitting_id, sitting.link_version)
    mark = mailing.link_key.unsubscribe_mark(sitting.sitting_id)
    return Invitation(
        message_id=f"{sitting.sitting_id}.{mail.kind}.{mail.number}",
        sender=mailing.sender,
        recipient=recipient,
        link=f"{mailing.public_url}/s/{token}",
        unsubscribe_link=f"{mailing.public_url}/unsubscribe/{sitting.sitting_id}/{mark}",
        campaign=campaign.title,
        count=count,
        answer_until=campaign.closes_on,
        written_at=mail.created_at,
    )


async def _address(sitting: Sitting, people: People) -> str | None:
    """Where this person is written to: today's address of any of the roles through which they are asked."""
    holders = await people.holders(sitting.role_keys)
    return next((one.email for one in holders if one.email and one.person_key == sitting.person_key), None)


def _is_asked(sitting: Sitting, survey: Survey) -> bool:
    """On this person's list, or about to be."""
    is_about_to_be = survey.awaiting_since is not None and survey.target.recipient_role in sitting.role_keys
    return survey.sitting_id == sitting.sitting_id or is_about_to_be


async def _tell_surveys(sitting: Sitting, mail: Mail, mailing: Mailing) -> None:
    for survey_id in mail.survey_ids:

        async def tell(survey_id: str = survey_id) -> None:
            survey = await mailing.surveys.get(survey_id)
            if survey is None or not _is_asked(sitting, survey):
                return
            mark = (sitting.sitting_id, mail.kind, mail.number)
            if mail.state is MailState.SENT:
                told, events = survey.invitation_delivered(*mark)
            else:
                told, events = survey.invitation_bounced(*mark, mail.status_class)
            if told is not survey:
                await mailing.surveys.save(told, events, at=mailing.clock())

        await on_a_fresh_reading(tell)
