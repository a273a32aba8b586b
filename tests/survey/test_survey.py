"""The life of one survey."""

from datetime import timedelta

import pytest

from services.survey.domain.issuing import follow, survey_id_of
from services.survey.domain.receipt import receipt_of
from services.survey.domain.survey import (
    AlreadySubmitted,
    NotAcceptable,
    NotAskedAnyMore,
    State,
    Survey,
)
from shared.events.survey import (
    DeclineReason,
    InvitationDelivered,
    SurveyDeclined,
    SurveyExpired,
    SurveyIssued,
    SurveyStarted,
    SurveySubmitted,
    SurveyWithdrawn,
    WithdrawalReason,
)
from tests.survey.builders import (
    COMPLETER,
    NOW,
    OTHER_SCHOOL,
    PROGRAM,
    a_survey,
    amended,
    answers,
    campaign,
    decisions,
    ended,
    hired,
    instrument,
    withdrawn,
)

AFTER_THE_WINDOW = NOW + timedelta(days=200)


def submitted() -> Survey:
    after, _ = a_survey().submit(answers(), "Good.", instrument(), NOW)
    return after


def test_a_survey_is_named_by_completer_program_and_wave() -> None:
    survey = a_survey()
    assert survey.survey_id == survey_id_of(COMPLETER, PROGRAM, campaign().wave)


def test_a_complete_form_is_submitted_with_a_receipt_and_an_event_without_the_comment() -> None:
    after, (event,) = a_survey().submit(answers(), "Named somebody.", instrument(), NOW)
    assert after.state is State.SUBMITTED
    assert after.receipt == receipt_of(after.survey_id, NOW)
    assert isinstance(event, SurveySubmitted)
    assert event.answers == answers()
    assert "Named somebody." not in event.model_dump_json()


def test_a_second_submission_is_told_the_first_receipt() -> None:
    first = submitted()
    with pytest.raises(AlreadySubmitted) as refusal:
        first.submit(answers(overall_readiness=1), None, instrument(), NOW + timedelta(hours=1))
    assert refusal.value.receipt == first.receipt


def test_a_half_filled_form_is_refused_with_a_fault_for_each_gap() -> None:
    half = {"overall_readiness": 4, "uses_evidence": 2}
    with pytest.raises(NotAcceptable) as refusal:
        a_survey().submit(half, None, instrument(), NOW)
    assert len(refusal.value.faults) == len(instrument().required) - 2


def test_the_first_saved_answer_starts_the_survey_and_the_next_does_not_again() -> None:
    started, (event,) = a_survey().save({"overall_readiness": 4}, None, instrument(), NOW)
    assert isinstance(event, SurveyStarted)
    assert started.state is State.STARTED
    again, events = started.save({"overall_readiness": 5}, None, instrument(), NOW)
    assert (again.answers, events) == ({"overall_readiness": 5}, [])


def test_saving_nothing_changes_nothing() -> None:
    survey = a_survey()
    assert survey.save({}, None, instrument(), NOW) == (survey, [])


def test_declining_forgets_what_was_saved() -> None:
    started, _ = a_survey().save({"overall_readiness": 4}, "Hm.", instrument(), NOW)
    declined, (event,) = started.decline(DeclineReason.LEFT, NOW)
    assert (declined.state, declined.answers, declined.comment) == (State.DECLINED, {}, None)
    assert isinstance(event, SurveyDeclined)


def test_an_open_survey_expires_after_its_last_day_and_not_before() -> None:
    survey = a_survey()
    assert survey.expire(NOW) == (survey, [])
    expired, (event,) = survey.expire(AFTER_THE_WINDOW)
    assert expired.state is State.EXPIRED
    assert isinstance(event, SurveyExpired)
    assert not event.was_started
    assert submitted().expire(AFTER_THE_WINDOW)[1] == []


def test_after_the_last_day_no_answer_is_taken() -> None:
    with pytest.raises(NotAskedAnyMore):
        a_survey().submit(answers(), None, instrument(), AFTER_THE_WINDOW)


@pytest.mark.parametrize(
    ("event", "reason"),
    [(withdrawn(), WithdrawalReason.HIRE_WITHDRAWN), (ended(), WithdrawalReason.EMPLOYMENT_ENDED)],
)
def test_an_unanswered_survey_is_withdrawn_when_its_hire_is_over(event: object, reason: WithdrawalReason) -> None:
    (decision,) = decisions((hired(), 1), (event, 2))
    after, (told,) = follow(a_survey(sitting_id="s", awaiting_since=None), decision, NOW)
    assert (after.state, after.sitting_id, after.awaiting_since) == (State.WITHDRAWN, None, None)
    assert isinstance(told, SurveyWithdrawn)
    assert told.reason is reason


def test_an_answered_survey_is_kept_when_its_hire_is_over() -> None:
    (decision,) = decisions((hired(), 1), (ended(), 2))
    kept = submitted()
    assert follow(kept, decision, NOW) == (kept, [])


def test_a_transfer_moves_an_open_survey_to_the_new_principal_and_forgets_what_the_old_one_saved() -> None:
    (decision,) = decisions((hired(), 1), (amended(school_id=OTHER_SCHOOL), 2))
    saved, _ = a_survey(sitting_id="old", awaiting_since=None).save({"overall_readiness": 2}, None, instrument(), NOW)
    moved, (event,) = follow(saved, decision, NOW)
    assert moved.target.recipient_role == f"{OTHER_SCHOOL}:principal"
    assert (moved.state, moved.answers, moved.sitting_id, moved.awaiting_since) == (State.ISSUED, {}, None, NOW)
    assert isinstance(event, SurveyIssued)
    assert event.school_id == OTHER_SCHOOL


def test_a_withdrawn_survey_is_issued_again_for_another_hire() -> None:
    void, _ = a_survey().withdraw(WithdrawalReason.EMPLOYMENT_ENDED, NOW)
    (decision,) = decisions((hired(school_id=OTHER_SCHOOL), 3))
    again, (event,) = follow(void, decision, NOW)
    assert (again.state, again.closed_at) == (State.ISSUED, None)
    assert isinstance(event, SurveyIssued)


def test_the_same_decision_twice_changes_nothing() -> None:
    survey = a_survey()
    assert follow(survey, decisions((hired(), 1))[0], NOW) == (survey, [])


def test_a_closed_campaign_withdraws_nothing() -> None:
    (decision,) = decisions((hired(), 1), now=AFTER_THE_WINDOW)
    survey = a_survey()
    assert follow(survey, decision, AFTER_THE_WINDOW) == (survey, [])


def test_a_delivered_mail_is_told_once() -> None:
    told, (event,) = a_survey().invitation_delivered("sitting", "invitation", 1)
    assert isinstance(event, InvitationDelivered)
    assert told.invitation_delivered("sitting", "invitation", 1) == (told, [])


def test_receipts_differ() -> None:
    assert len({receipt_of(str(number), NOW) for number in range(1000)}) == 1000


def test_a_survey_is_counted_under_one_licence_field_for_ever() -> None:
    survey = a_survey()
    elsewhere = survey.target.model_copy(update={"licence_field": "Corrected later", "district_id": "00160000"})
    aimed, (issued,) = survey.aim(elsewhere, NOW)
    assert isinstance(issued, SurveyIssued)
    assert (issued.licence_field, issued.district_id) == (survey.target.licence_field, "00160000")
    assert aimed.aim(elsewhere, NOW) == (aimed, [])
