"""Each invariant bites: a sound run violates none, and whatever is wrong with a doctored one is found, and named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.events.partnership import HIRES
from shared.events.survey import SURVEYS
from tests.faults.evidence import Evidence, Seen, Vital
from tests.faults.history import Hired, Outcome
from tests.faults.invariants import INVARIANTS, violations
from tests.faults.principals import Caught
from tests.faults.sound_run import (
    ANSWERED,
    COMPLETER,
    DISTRICT,
    MAIL,
    OPEN,
    OTHER,
    PROGRAM,
    RECEIPT,
    UPLOAD,
    a_sound_run,
    fact,
    told,
)

Doctor = Callable[[Evidence], Any]


def remove(collection: str, document_id: str) -> Doctor:
    def doctor(run: Evidence) -> None:
        run.stores[collection] = [each for each in run.stores[collection] if each["_id"] != document_id]

    return doctor


def change(collection: str, document_id: str, **fields: Any) -> Doctor:
    return lambda run: run.by_id(collection)[document_id].update(fields)


def add(collection: str, like: str, **fields: Any) -> Doctor:
    return lambda run: run.stores[collection].append(run.by_id(collection)[like] | fields)


def forget(topic: str, offset: int) -> Doctor:
    def doctor(run: Evidence) -> None:
        run.told = [each for each in run.told if (each.topic, each.offset) != (topic, offset)]

    return doctor


def tell(topic: str, *event: Any, **more: Any) -> Doctor:
    return lambda run: run.told.append(told(topic, 99, *event, **more))


def arrive(message_id: str) -> Doctor:
    return lambda run: run.mails.append(Caught(message_id, "pat@school.example", "http://localhost/s/token"))


def end(verb: str, about: str, outcome: Outcome, answer: str = "", content: Any = None) -> Doctor:
    return lambda run: run.history.begin(verb, about, content).end(outcome, answer)


def mail(state: str) -> Doctor:
    return lambda run: run.by_id("survey.sittings")["sitting-1"]["mails"][0].update(state=state)


def live(**changes: Any) -> Doctor:
    return lambda run: run.vitals.update(survey=replace(Vital(True, True, 20, 18), **changes))


def swap(run: Evidence) -> None:
    """The form was told as submitted before it was told as issued."""
    offsets = {"survey_issued": 5, "survey_submitted": 1}
    run.told = [
        replace(each, offset=offsets.get(each.name, each.offset)) if each.subject == ANSWERED else each
        for each in run.told
    ]


DOCTORED: dict[str, tuple[str, str, Doctor]] = {
    "a survey is removed": ("I1", "lost", remove("survey.surveys", ANSWERED)),
    "a hire is removed": ("I1", "lost", remove("partnership.hires", "hire-1")),
    "a hire is there twice": ("I1", "doubled", add("partnership.hires", "hire-1", _id="hire-3")),
    "a hire that nobody showed": ("I1", "wrong", lambda run: run.history.shown.discard(_hired())),
    "a survey is there twice": ("I2", "doubled", add("survey.surveys", OPEN, _id="survey-3")),
    "a survey is issued twice": ("I2", "doubled", tell(SURVEYS, "survey_issued", OPEN, 2)),
    "a mail arrives twice": ("I2", "doubled", arrive(MAIL)),
    "an answer that was taken is gone": ("I3", "lost", change("survey.surveys", ANSWERED, state="issued", answers={})),
    "other answers are kept": ("I3", "wrong", change("survey.surveys", ANSWERED, answers={"overall_readiness": 2})),
    "answers that were refused are kept": (
        "I3",
        "wrong",
        change("survey.surveys", ANSWERED, answers={"overall_readiness": 1}),
    ),
    "a form that nobody declined is declined": ("I3", "wrong", change("survey.surveys", OPEN, state="declined")),
    "what was saved is gone": ("I3", "lost", end("save", OPEN, Outcome.OK, content={"uses_evidence": 1})),
    "a fact is lost": ("I4", "lost", remove("analytics.facts", f"invitation_delivered {OPEN} 3")),
    "a fact follows from no event": (
        "I4",
        "wrong",
        lambda run: run.stores["analytics.facts"].append(fact("submitted", OPEN, 9)),
    ),
    "a figure counts twice": ("I4", "doubled", lambda run: run.figures.update(answered=2)),  # type: ignore[attr-defined]
    "a figure lags behind": ("I4", "lost", lambda run: run.figures.update(issued=1)),  # type: ignore[attr-defined]
    "a second receipt": ("I5", "doubled", end("receipt", ANSWERED, Outcome.OK, "OTHR-OTHR-OTHR")),
    "the receipt is another one": ("I5", "lost", change("survey.surveys", ANSWERED, receipt="OTHR-OTHR-OTHR")),
    "a form is told as submitted twice": ("I5", "doubled", tell(SURVEYS, "survey_submitted", ANSWERED, 5)),
    "an event stays aboard": ("I6", "lost", change("survey.surveys", OPEN, _outbox=[{"id": "aboard"}])),
    "a document was never told": ("I6", "lost", forget(HIRES, 1)),
    "an event in Kafka without a row": ("I6", "wrong", tell(SURVEYS, "survey_issued", "survey-9", 1)),
    "an event of a revision that was never saved": ("I6", "wrong", tell(SURVEYS, "survey_started", OPEN, 4)),
    "events in the wrong order": ("I7", "wrong", swap),
    "a key in two partitions": ("I7", "wrong", lambda run: _in_another_partition(run)),
    "a wrong offset": ("I8", "lost", remove("survey.employments", OTHER)),
    "a webhook is owed nothing of a hire": ("I9", "lost", remove("partnership.deliveries", "delivery-1")),
    "a review did not hear of its survey": ("I9", "lost", change("survey.surveys", OPEN, review_id="review-1")),
    "a record is passed over": ("I9", "lost", remove("analytics.parked", "parked-1")),
    "a good event is parked": ("I9", "wrong", add("analytics.parked", "parked-1", _id="parked-2", offset=2)),
    "a record is parked that never was": ("I9", "wrong", add("analytics.parked", "parked-1", _id="p", offset=50)),
    "another district's hire is shown": (
        "I10",
        "wrong",
        lambda run: run.seen.append(Seen(DISTRICT, "/", frozenset({"00490000"}), frozenset({DISTRICT}))),
    ),
    "an address in a log": ("I10", "wrong", lambda run: run.leaks.append("the log of survey holds an address")),
    "a service is dead": ("I11", "wrong", live(is_alive=False)),
    "a service is not ready": ("I11", "wrong", live(is_ready=False)),
    "files stay open": ("I11", "wrong", live(descriptors=500)),
    "records are unread": ("I11", "lost", lambda run: run.committed.update({("survey", HIRES, 0): 1})),
    "a change of a hire is not told": ("I12", "wrong", change("partnership.hires", "hire-1", revision=2)),
    "an end is not told": ("I12", "wrong", forget(SURVEYS, 5)),
    "an upload is there twice": ("I12", "doubled", add("partnership.snapshots", "run-1", _id="run-2")),
    "an upload is gone": ("I12", "lost", end("upload", UPLOAD + "+1", Outcome.OK)),
    "nobody says who took an event out": ("I12", "wrong", change("analytics.parked", "parked-1", state="discarded")),
    "a mail arrives twice, to the mailer": ("I13", "doubled", arrive(MAIL)),
    "a mail did not arrive": ("I13", "lost", lambda run: run.mails.clear()),
    "a mail arrives that was not sent": ("I13", "wrong", mail("pending")),
    "a mail of nobody": ("I13", "wrong", arrive("sitting-9.invitation.1")),
    "more unknown mails than deaths": ("I13", "wrong", mail("unknown")),
    "nobody is written to": ("I13", "lost", change("survey.surveys", OPEN, sitting_id=None)),
}


def _hired() -> Hired:
    return Hired(COMPLETER, PROGRAM, DISTRICT)


def _in_another_partition(run: Evidence) -> None:
    run.told.append(replace(told(SURVEYS, 0, "survey_started", OPEN, 3), partition=1))


def test_a_sound_run_violates_nothing() -> None:
    assert violations(a_sound_run()) == ()


@pytest.mark.parametrize("doctored", DOCTORED)
def test_what_is_wrong_is_found_and_named(doctored: str) -> None:
    invariant, kind, doctor = DOCTORED[doctored]
    run = a_sound_run()
    doctor(run)
    assert (invariant, kind) in {(each.invariant, each.kind) for each in violations(run)}


def test_every_invariant_is_shown_to_bite() -> None:
    assert {invariant for invariant, _, _ in DOCTORED.values()} == set(INVARIANTS)


def test_an_unknown_answer_may_be_kept_or_not() -> None:
    run = a_sound_run()
    run.history.begin("decline", OPEN).end(Outcome.UNKNOWN)
    assert violations(run) == ()
    change("survey.surveys", OPEN, state="declined")(run)
    assert violations(run, "I3") == ()


def test_a_mail_whose_fate_is_unknown_may_be_missing_if_a_death_explains_it() -> None:
    run = a_sound_run()
    mail("unknown")(run)
    run.unknown_at_most = 1
    assert violations(run, "I13") == ()
    run.mails.clear()
    assert violations(run, "I13") == ()


def test_a_record_told_twice_is_once() -> None:
    run = a_sound_run()
    again = [replace(each, offset=7) for each in run.told if each.name == "survey_submitted"]
    run.told += again
    run.committed |= {("analytics", SURVEYS, 0): 8, ("partnership", SURVEYS, 0): 8}
    assert violations(run) == ()
    assert RECEIPT in {act.answer for act in run.history.acts}
