"""One person's list, and the mails about it."""

from datetime import date, timedelta

import pytest

from services.survey.domain.sitting import (
    CLAIM_LEASE,
    FIRST_RETRY,
    GIVE_UP_AFTER,
    LAST_RETRY,
    Mail,
    MailState,
    Sitting,
    open_sitting,
)
from tests.survey.builders import NOW

ROLE = "00350105:principal"


def fresh() -> Sitting:
    return open_sitting("P-1", token_hash="h", last_day=date(2027, 7, 31), now=NOW)


def invited() -> tuple[Sitting, Mail]:
    sitting = fresh().invite({"a": NOW, "b": NOW}, [ROLE], NOW)
    return sitting, sitting.mails[0]


def test_one_mail_announces_all_surveys_of_a_person() -> None:
    sitting, mail = invited()
    assert (mail.survey_ids, mail.number, mail.state) == (("a", "b"), 1, MailState.PENDING)
    assert sitting.next_at == NOW


def test_what_was_announced_is_not_announced_again() -> None:
    sitting, _ = invited()
    assert sitting.invite({"a": NOW, "b": NOW}, [ROLE], NOW) is sitting
    more = sitting.invite({"a": NOW, "c": NOW}, [ROLE], NOW)
    assert [mail.survey_ids for mail in more.mails] == [("a", "b"), ("c",)]


def test_a_claim_that_ran_out_is_tried_again() -> None:
    sitting, mail = invited()
    claimed = sitting.claim(mail, mail.survey_ids, NOW)
    assert claimed.due_mail(NOW) is None
    held = claimed.due_mail(NOW + CLAIM_LEASE)
    assert held is not None
    assert claimed.recover(held, NOW + CLAIM_LEASE).mails[0].state is MailState.PENDING


def test_a_hand_over_that_broke_off_is_unknown_and_never_due_again() -> None:
    sitting, mail = invited()
    broken = sitting.claim(mail, mail.survey_ids, NOW).hand_over(mail, NOW)
    recovered = broken.recover(broken.mails[0], NOW)
    assert recovered.mails[0].state is MailState.UNKNOWN
    assert recovered.next_at is None
    assert recovered.due_mail(NOW + timedelta(days=365)) is None


def test_what_a_clock_that_was_ahead_has_planned_does_not_wait_for_it() -> None:
    sitting, mail = invited()
    for ahead in (sitting, sitting.claim(mail, mail.survey_ids, NOW), sitting.sent(mail, NOW)):
        assert ahead.due_mail(NOW - timedelta(hours=2)) is not None
        assert ahead.due_mail(NOW - timedelta(seconds=30)) is None
    claimed = sitting.claim(mail, mail.survey_ids, NOW)
    early = NOW - timedelta(hours=2)
    assert claimed.recover(claimed.mails[0], early).due_mail(early) is not None


def test_what_is_being_handed_over_and_what_was_refused_wait_whatever_the_clock_says() -> None:
    sitting, mail = invited()
    claimed = sitting.claim(mail, mail.survey_ids, NOW)
    assert claimed.hand_over(claimed.mails[0], NOW).due_mail(NOW - timedelta(hours=2)) is None
    refused = claimed.refused_for_now(claimed.mails[0], "4.2", NOW)
    assert refused.due_mail(NOW - timedelta(hours=2)) is None


def test_a_survey_that_waits_since_a_moment_to_come_is_announced_once() -> None:
    ahead = NOW + timedelta(hours=2)
    sitting = fresh().invite({"a": ahead}, [ROLE], NOW)
    assert sitting.invite({"a": ahead}, [ROLE], NOW) is sitting


def test_retries_come_later_each_time_and_end_after_three_days() -> None:
    sitting, mail = invited()
    waits = []
    for attempts in range(1, 12):
        later = sitting.refused_for_now(mail.model_copy(update={"attempts": attempts}), "4.2", NOW)
        assert later.next_at is not None
        waits.append(later.next_at - NOW)
    assert waits[0] == FIRST_RETRY
    assert waits == sorted(waits)
    assert waits[-1] == LAST_RETRY
    assert sitting.refused_for_now(mail, "4.2", NOW + GIVE_UP_AFTER).mails[0].state is MailState.FAILED


def test_a_sent_mail_is_due_until_its_surveys_were_told() -> None:
    sitting, mail = invited()
    sent = sitting.sent(mail, NOW)
    assert sent.next_at == NOW
    assert sent.told(sent.mails[0]).next_at is None


def test_whoever_unsubscribed_gets_no_mail_and_keeps_the_list() -> None:
    sitting, _ = invited()
    stopped = sitting.unsubscribe(NOW)
    assert stopped.mails[0].state is MailState.DROPPED
    assert stopped.unsubscribe(NOW) is stopped
    more = stopped.invite({"c": NOW}, ["00350110:principal"], NOW)
    assert len(more.mails) == 1
    assert more.role_keys == (ROLE, "00350110:principal")


@pytest.mark.parametrize("state", [MailState.SENT, MailState.FAILED, MailState.UNKNOWN, MailState.DROPPED])
def test_a_mail_that_is_settled_is_not_recovered(state: MailState) -> None:
    sitting, mail = invited()
    assert sitting.recover(mail.model_copy(update={"state": state}), NOW) is sitting
