"""A sitting: one person, one link, and the mails that announce what is on its list, of whichever campaign.

A mail is sent at most once. What became of one that was being handed over when the process died is unknown, and it
is not sent again:

    pending ──▶ claimed ──▶ handing_over ──▶ sent | failed
       ▲           │              │
       ├─ lease ───┘              └─ lease ──▶ unknown
       └───────── refused for now (4xx)           pending ──nothing left to announce──▶ dropped
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from services.survey.domain.shape import Day, Kept
from shared.ids import derived

INVITATION = "invitation"

CLAIM_LEASE = timedelta(minutes=2)
"""Longer than connecting and naming sender and recipient may take."""
HAND_OVER_LEASE = timedelta(minutes=15)
"""Longer than a server may take to answer to the end of a message: 10 minutes (RFC 5321 §4.5.3.2.6)."""
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(hours=72)
SKEW = timedelta(minutes=1)
"""By how much clocks may differ. What waits for a moment that lies further ahead than it may was written by a wrong
clock, and is attended to at once; but not what is being handed over, for it might arrive."""


class MailState(StrEnum):
    PENDING = "pending"
    CLAIMED = "claimed"
    HANDING_OVER = "handing_over"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class Mail(Kept):
    """`due_at`: when somebody must next look at it. `status_class`: how the server refused, for example `5.1`."""

    kind: str
    number: int
    survey_ids: tuple[str, ...]
    campaign_ids: tuple[str, ...] = ()
    state: MailState = MailState.PENDING
    created_at: datetime
    due_at: datetime | None
    attempts: int = 0
    status_class: str = ""

    def is_due(self, now: datetime) -> bool:
        """Whether its moment has come, or cannot be right."""
        if self.due_at is None:
            return False
        longest = LONGEST_WAITS.get(self.state, timedelta()) if self.attempts else timedelta()
        is_impossible = self.state is not MailState.HANDING_OVER and self.due_at > now + longest + SKEW
        return self.due_at <= now or is_impossible


LONGEST_WAITS = {MailState.PENDING: LAST_RETRY, MailState.CLAIMED: CLAIM_LEASE}


class Sitting(Kept):
    """`next_at` is the earliest moment at which one of its mails needs attention. It lives until the last day of what
    is on its list. `campaign_id`: of one from before sittings spanned campaigns; it goes on as its person's.
    """

    sitting_id: str
    revision: int = 1
    campaign_id: str | None = None
    person_key: str
    role_keys: tuple[str, ...]
    link_version: int = 1
    token_hash: str
    last_day: Day
    created_at: datetime
    mails: tuple[Mail, ...] = ()
    next_at: datetime | None = None
    unsubscribed_at: datetime | None = None

    def invite(
        self,
        waiting: Mapping[str, datetime],
        role_keys: Collection[str],
        now: datetime,
        *,
        campaign_ids: Iterable[str] = (),
        last_day: date = date.min,
    ) -> "Sitting":
        """One more mail for what no mail announces; the sitting itself, if there is nothing to add.

        `waiting`: survey → since when. A mail from before does not count: the survey has come (back) to this person.
        `campaign_ids` and `last_day` are those of what waits.
        """
        new = tuple(sorted(one for one, since in waiting.items() if not self._announces(one, since)))
        if self.unsubscribed_at is not None:
            new = ()
        roles = tuple(sorted({*self.role_keys, *role_keys}))
        until = max(self.last_day, last_day)
        if not new and roles == self.role_keys and until == self.last_day:
            return self
        mails = self.mails
        if new:
            number = 1 + sum(mail.kind == INVITATION for mail in mails)
            created = max(now, *(waiting[one] for one in new))  # A wrong clock may have said since when they wait.
            planned = {"survey_ids": new, "campaign_ids": tuple(sorted(campaign_ids)), "created_at": created}
            mails = (*mails, Mail(kind=INVITATION, number=number, due_at=now, **planned))
        return self._next(role_keys=roles, mails=mails, last_day=until)

    def with_new_link(self, token_hash: str) -> "Sitting":
        """For one whose time was over when more came for its person: the link in old mails opens it no more."""
        return self.model_copy(update={"link_version": self.link_version + 1, "token_hash": token_hash})

    def due_mail(self, now: datetime) -> Mail | None:
        """The mail that has waited longest for attention."""
        due = [mail for mail in self.mails if mail.is_due(now)]
        return min(due, key=lambda mail: (mail.due_at, mail.number)) if due else None

    def recover(self, mail: Mail, now: datetime) -> "Sitting":
        """A lease ran out: whoever held the mail is gone."""
        if mail.state is MailState.CLAIMED:
            return self._with(mail, state=MailState.PENDING, due_at=now)
        if mail.state is MailState.HANDING_OVER:
            return self._with(mail, state=MailState.UNKNOWN, due_at=None)
        return self

    def claim(self, mail: Mail, survey_ids: Collection[str], now: datetime) -> "Sitting":
        """From here on it announces these surveys and no others."""
        claimed = {"state": MailState.CLAIMED, "attempts": mail.attempts + 1, "due_at": now + CLAIM_LEASE}
        return self._with(mail, survey_ids=tuple(sorted(survey_ids)), **claimed)

    def is_claimed(self, claimed: Mail) -> bool:
        """Whether that claim holds: it has not run out, and its person has not asked for no mail since."""
        mail = self.mail(claimed.kind, claimed.number)
        holds = mail.state is MailState.CLAIMED and mail.attempts == claimed.attempts
        return holds and self.unsubscribed_at is None

    def hand_over(self, mail: Mail, now: datetime) -> "Sitting":
        """From here on nobody can know whether the mail arrived, until the server has answered."""
        return self._with(mail, state=MailState.HANDING_OVER, due_at=now + HAND_OVER_LEASE)

    def not_begun(self, mail: Mail, now: datetime) -> "Sitting":
        """It never came to the message, for certain: whoever is next may send it."""
        return self._with(mail, state=MailState.PENDING, due_at=now)

    def sent(self, mail: Mail, now: datetime) -> "Sitting":
        """The server took it. It stays due until each survey has been told."""
        return self._with(mail, state=MailState.SENT, due_at=now)

    def failed(self, mail: Mail, status_class: str, now: datetime) -> "Sitting":
        """The server refused it for good. It stays due until each survey has been told."""
        return self._with(mail, state=MailState.FAILED, status_class=status_class, due_at=now)

    def refused_for_now(self, mail: Mail, status_class: str, now: datetime) -> "Sitting":
        """Try again, later each time; after three days it has failed."""
        if now - mail.created_at >= GIVE_UP_AFTER:
            return self.failed(mail, status_class, now)
        wait = min(FIRST_RETRY * 2 ** max(mail.attempts - 1, 0), LAST_RETRY)
        return self._with(mail, state=MailState.PENDING, status_class=status_class, due_at=now + wait)

    def unknown(self, mail: Mail) -> "Sitting":
        return self._with(mail, state=MailState.UNKNOWN, due_at=None)

    def dropped(self, mail: Mail) -> "Sitting":
        """There is nothing left to announce, or nobody to announce it to."""
        return self._with(mail, state=MailState.DROPPED, due_at=None)

    def told(self, mail: Mail) -> "Sitting":
        """Every survey knows what became of this mail."""
        return self._with(mail, due_at=None)

    def unsubscribe(self, now: datetime) -> "Sitting":
        """No further mail to this person; the link goes on working."""
        if self.unsubscribed_at is not None:
            return self
        mails = tuple(
            mail.model_copy(update={"state": MailState.DROPPED, "due_at": None})
            if mail.state is MailState.PENDING
            else mail
            for mail in self.mails
        )
        return self._next(unsubscribed_at=now, mails=mails)

    def mail(self, kind: str, number: int) -> Mail:
        return next(mail for mail in self.mails if (mail.kind, mail.number) == (kind, number))

    def _announces(self, survey_id: str, since: datetime) -> bool:
        return any(
            survey_id in mail.survey_ids and mail.created_at >= since and mail.state is not MailState.DROPPED
            for mail in self.mails
        )

    def _with(self, mail: Mail, **changes: Any) -> "Sitting":
        changed = mail.model_copy(update=changes)
        same = (mail.kind, mail.number)
        return self._next(mails=tuple(changed if (one.kind, one.number) == same else one for one in self.mails))

    def _next(self, **changes: Any) -> "Sitting":
        after = self.model_copy(update={"revision": self.revision + 1, **changes})
        moments = [mail.due_at for mail in after.mails if mail.due_at is not None]
        return after.model_copy(update={"next_at": min(moments, default=None)})


def sitting_id_of(person_key: str) -> str:
    return derived("sitting", person_key)


def sitting_ids_of(person_key: str, campaign_ids: Iterable[str]) -> list[str]:
    """Every list that may be this person's: their own, then those from before sittings spanned campaigns."""
    return [sitting_id_of(person_key), *(derived("sitting", one, person_key) for one in campaign_ids)]


def open_sitting(person_key: str, *, token_hash: str, last_day: Day, now: datetime) -> Sitting:
    """A person's sitting before its first mail; saved with it, as revision 1."""
    return Sitting(
        sitting_id=sitting_id_of(person_key),
        revision=0,
        person_key=person_key,
        role_keys=(),
        token_hash=token_hash,
        last_day=last_day,
        created_at=now,
    )
