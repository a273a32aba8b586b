"""A small run in which all is as it should be: two hires, two forms, of which one is answered, and a parked record."""

from datetime import UTC, datetime
from typing import Any

from shared.events.partnership import HIRES, ORGANIZATIONS, PEOPLE
from shared.events.survey import SURVEYS
from tests.faults.evidence import Evidence, Seen, Told, Vital
from tests.faults.history import Hired, History, Outcome
from tests.faults.principals import Caught

ANSWERED, OPEN, SCHOOL, COMPLETER, OTHER = "survey-1", "survey-2", "00350105", "completer-1", "completer-2"
PRINCIPAL, DISTRICT, PROGRAM, OTHER_PROGRAM = f"{SCHOOL}:principal", "00350000", "program-1", "program-2"
RECEIPT, SENT, SEEN_AT = "K7QD-3M2X-9PTA", {"overall_readiness": 4}, datetime(2026, 9, 1, 6, 0, tzinfo=UTC)
UPLOAD = f"oneroster-{DISTRICT} {SEEN_AT.isoformat()}"
MAIL = "sitting-1.invitation.1"
POISON = (SURVEYS, b"poison-0")


def a_sound_run() -> Evidence:
    return Evidence(
        history=_history(),
        stores=_partnership() | _survey() | _analytics(),
        told=_told(),
        committed={
            ("partnership", HIRES, 0): 2,
            ("partnership", SURVEYS, 0): 7,
            ("survey", ORGANIZATIONS, 0): 1,
            ("survey", PEOPLE, 0): 3,
            ("survey", HIRES, 0): 2,
            ("analytics", ORGANIZATIONS, 0): 1,
            ("analytics", SURVEYS, 0): 7,
        },
        mails=[Caught(MAIL, "pat@school.example", "http://localhost/s/token")],
        figures={"issued": 2, "delivered": 2, "answered": 1, "roster": 2},
        vitals={name: Vital(True, True, 20, 18) for name in ("partnership", "survey", "analytics")},
        seen=[Seen(DISTRICT, "/v1/hires", frozenset({DISTRICT}), frozenset({DISTRICT}))],
    )


def told(topic: str, offset: int, name: str, subject: str, sequence: int, key: str | None = None) -> Told:
    publisher = "survey" if topic == SURVEYS else "partnership"
    event_id = f"{name} {subject} {sequence}"
    return Told(topic, 0, offset, key or subject, event_id, f"{publisher}.{name}.v1", subject, sequence)


def fact(kind: str, survey_id: str, sequence: int) -> dict[str, Any]:
    event = {"issued": "survey_issued", "delivered": "invitation_delivered", "submitted": "survey_submitted"}[kind]
    return {"_id": f"{event} {survey_id} {sequence}", "kind": kind, "survey_id": survey_id, "sequence": sequence}


def _history() -> History:
    history = History()
    history.hired = {Hired(COMPLETER, PROGRAM, DISTRICT), Hired(OTHER, OTHER_PROGRAM, DISTRICT)}
    history.shown = set(history.hired)
    history.poisoned = {POISON}
    history.begin("upload", UPLOAD).end(Outcome.OK)
    history.begin("submit", ANSWERED, {"overall_readiness": 1}).end(Outcome.FAIL)
    history.begin("submit", ANSWERED, SENT).end(Outcome.UNKNOWN)
    history.begin("submit", ANSWERED, SENT).end(Outcome.OK)
    history.begin("receipt", ANSWERED).end(Outcome.OK, RECEIPT)
    return history


def _partnership() -> dict[str, list[dict[str, Any]]]:
    hire = {"district_id": DISTRICT, "revision": 1}
    return {
        "partnership.organizations": [{"_id": SCHOOL, "revision": 1}],
        "partnership.role_holders": [{"_id": PRINCIPAL, "revision": 1}],
        "partnership.completers": [{"_id": COMPLETER, "revision": 1}, {"_id": OTHER, "revision": 1}],
        "partnership.hires": [
            {"_id": "hire-1", "completer_id": COMPLETER, "completions": [{"program_id": PROGRAM}], **hire},
            {"_id": "hire-2", "completer_id": OTHER, "completions": [{"program_id": OTHER_PROGRAM}], **hire},
        ],
        "partnership.webhooks": [{"_id": "webhook-1"}],
        "partnership.deliveries": [
            {"_id": f"delivery-{number}", "webhook_id": "webhook-1", "event_id": f"completer_hired hire-{number} 1"}
            for number in (1, 2)
        ],
        "partnership.parked": [_parked()],
        "partnership.snapshots": [
            {"connection_id": f"oneroster-{DISTRICT}", "observed_at": SEEN_AT, "state": "applied", "_id": "run-1"}
        ],
    }


def _survey() -> dict[str, list[dict[str, Any]]]:
    open_form: dict[str, Any] = {
        "_id": OPEN,
        "completer_id": OTHER,
        "program_id": OTHER_PROGRAM,
        "wave": "2027",
        "state": "issued",
        "answers": {},
        "receipt": None,
        "sitting_id": "sitting-1",
        "target": {"recipient_role": PRINCIPAL},
        "revision": 3,
    }
    answered = {"_id": ANSWERED, "completer_id": COMPLETER, "program_id": PROGRAM, "state": "submitted", "revision": 4}
    mail = {"kind": "invitation", "number": 1, "state": "sent", "survey_ids": [ANSWERED, OPEN]}
    return {
        "survey.instruments": [{"_id": "hiring_survey.v1", "revision": 1}],
        "survey.names": [{"_id": SCHOOL, "sequence": 1}],
        "survey.role_holders": [{"_id": PRINCIPAL, "sequence": 1, "email_sealed": b"sealed"}],
        "survey.profiles": [{"_id": COMPLETER, "sequence": 1}, {"_id": OTHER, "sequence": 1}],
        "survey.employments": [
            {"_id": completer, "hires": [{"hire_id": hire, "placed": {"sequence": 1}}]}
            for completer, hire in ((COMPLETER, "hire-1"), (OTHER, "hire-2"))
        ],
        "survey.surveys": [open_form | answered | {"answers": SENT, "receipt": RECEIPT}, open_form],
        "survey.sittings": [{"_id": "sitting-1", "mails": [mail]}],
    }


def _analytics() -> dict[str, list[dict[str, Any]]]:
    return {
        "analytics.instruments": [{"_id": "hiring_survey:1"}],
        "analytics.organizations": [{"_id": SCHOOL, "sequence": 1}],
        "analytics.facts": [
            fact("issued", ANSWERED, 1),
            fact("issued", OPEN, 1),
            fact("delivered", ANSWERED, 3),
            fact("delivered", OPEN, 3),
            fact("submitted", ANSWERED, 4),
        ],
        "analytics.parked": [_parked()],
    }


def _parked() -> dict[str, Any]:
    return {"_id": "parked-1", "topic": SURVEYS, "partition": 0, "offset": 6, "state": "parked", "history": []}


def _told() -> list[Told]:
    return [
        told(ORGANIZATIONS, 0, "organization_changed", SCHOOL, 1),
        told(PEOPLE, 0, "role_holder_changed", PRINCIPAL, 1),
        told(PEOPLE, 1, "completer_profile_changed", COMPLETER, 1),
        told(PEOPLE, 2, "completer_profile_changed", OTHER, 1),
        told(HIRES, 0, "completer_hired", "hire-1", 1, key=COMPLETER),
        told(HIRES, 1, "completer_hired", "hire-2", 1, key=OTHER),
        told(SURVEYS, 0, "instrument_published", "hiring_survey", 1),
        told(SURVEYS, 1, "survey_issued", ANSWERED, 1),
        told(SURVEYS, 2, "survey_issued", OPEN, 1),
        told(SURVEYS, 3, "invitation_delivered", ANSWERED, 3),
        told(SURVEYS, 4, "invitation_delivered", OPEN, 3),
        told(SURVEYS, 5, "survey_submitted", ANSWERED, 4),
        Told(SURVEYS, 0, 6, "poison-0"),
    ]
