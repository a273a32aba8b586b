"""Things of the survey service, valid by default; a test overrides what matters to it."""

from datetime import UTC, date, datetime
from typing import Any

from services.survey.domain.campaign import Campaign
from services.survey.domain.decision import Decision
from services.survey.domain.eligibility import decide
from services.survey.domain.employment import Employment
from services.survey.domain.instrument import Instrument
from services.survey.domain.issuing import issue
from services.survey.domain.survey import Survey
from services.survey.store.library import Library
from shared.events.partnership import (
    CompleterHired,
    CompleterProfileChanged,
    Completion,
    EmploymentEnded,
    HireAmended,
    HireDateBasis,
    HireWithdrawn,
    MatchBasis,
    Role,
    RoleHolderChanged,
)
from shared.events.partnerships import (
    ContactOrigin,
    PartnerContactChanged,
    ReviewClosed,
    ReviewContact,
    ReviewOpened,
    StagePlanned,
)
from shared.ids import derived

NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)
COMPLETER = derived("completer", "30000032", "C-1")
PROGRAM = derived("program", "30000032", "Elementary Education")
OTHER_PROGRAM = derived("program", "30000032", "Special Education")
DISTRICT, SCHOOL, OTHER_SCHOOL = "00350000", "00350105", "00350110"
PRINCIPAL_ADDRESS = "pat.principal@boston.example"
PRINCIPAL_NAME = "Pat Principal"
PROVIDER = "30000032"
REVIEW = derived("review", PROVIDER, "2027-04-01")
CONTACT = f"{DISTRICT}:contact:7c1"
CONTACT_ADDRESS = "robin@boston.example"
COMPLETER_NAME = "Casey Completer"


def library() -> Library:
    return Library.read()


def campaign(**changes: Any) -> Campaign:
    return library().campaigns[0].model_copy(update=changes)


def instrument() -> Instrument:
    return library().instrument("hiring_survey", 1)


def completion(program_id: str = PROGRAM, **changes: Any) -> Completion:
    facts: dict[str, Any] = {
        "completion_id": derived("completion", COMPLETER, program_id),
        "provider_id": "30000032",
        "program_id": program_id,
        "licence_field": "Elementary",
        "completed_on": date(2026, 5, 20),
    }
    return Completion(**facts | changes)


def hired(**changes: Any) -> CompleterHired:
    facts: dict[str, Any] = {
        "hire_id": derived("hire", COMPLETER, DISTRICT, "1"),
        "completer_id": COMPLETER,
        "completions": (completion(),),
        "district_id": DISTRICT,
        "school_id": SCHOOL,
        "role": "teacher",
        "hire_date": date(2026, 8, 24),
        "hire_date_basis": HireDateBasis.EXPLICIT,
        "match_basis": MatchBasis.STATE_ID,
        "match_confidence": 1.0,
    }
    return CompleterHired(**facts | changes)


def hired_person(number: int, **changes: Any) -> CompleterHired:
    """The hire of another completer."""
    completer_id = derived("completer", "30000032", f"C-{number}")
    return hired(completer_id=completer_id, hire_id=derived("hire", completer_id, DISTRICT, "1"), **changes)


def amended(**changes: Any) -> HireAmended:
    facts = hired().model_dump(include={"hire_id", "completer_id", "district_id", "school_id", "role"})
    return HireAmended(**facts | {"hire_date": date(2026, 8, 24), "hire_date_basis": HireDateBasis.EXPLICIT} | changes)


def withdrawn(**changes: Any) -> HireWithdrawn:
    facts = hired().model_dump(include={"hire_id", "completer_id"})
    return HireWithdrawn(**facts | {"reason": "wrong match"} | changes)


def ended(**changes: Any) -> EmploymentEnded:
    facts = hired().model_dump(include={"hire_id", "completer_id", "district_id"})
    return EmploymentEnded(**facts | {"ended_on": date(2027, 1, 15)} | changes)


def role_holder(**changes: Any) -> RoleHolderChanged:
    facts: dict[str, Any] = {
        "organization_id": SCHOOL,
        "role": Role.PRINCIPAL,
        "person_id": "P-1",
        "name": PRINCIPAL_NAME,
        "email": PRINCIPAL_ADDRESS,
        "verified_on": date(2026, 9, 1),
        "source": "directory",
    }
    return RoleHolderChanged(**facts | changes)


def profile(**changes: Any) -> CompleterProfileChanged:
    return CompleterProfileChanged(**{"completer_id": COMPLETER, "display_name": COMPLETER_NAME} | changes)


def partner_contact(**changes: Any) -> PartnerContactChanged:
    facts: dict[str, Any] = {
        "contact_key": CONTACT,
        "organization_id": DISTRICT,
        "name": "Robin Partner",
        "email": CONTACT_ADDRESS,
        "verified_on": date(2027, 3, 1),
        "source": "partner_list",
    }
    return PartnerContactChanged(**facts | changes)


def review_contact(contact_key: str = CONTACT, **changes: Any) -> ReviewContact:
    facts: dict[str, Any] = {"district_id": DISTRICT, "origin": ContactOrigin.PROVIDER}
    return ReviewContact(contact_key=contact_key, **facts | changes)


def review_opened(*contacts: ReviewContact, **changes: Any) -> ReviewOpened:
    facts: dict[str, Any] = {
        "review_id": REVIEW,
        "provider_id": PROVIDER,
        "process": "24-month",
        "size_class": "small",
        "opened_on": date(2027, 4, 1),
        "answers_until": date(2027, 6, 30),
        "stages": (StagePlanned(stage="inquiry", begins_on=date(2027, 4, 1), ends_on=date(2027, 9, 30)),),
        "contacts": contacts or (review_contact(),),
    }
    return ReviewOpened(**facts | changes)


def review_closed(**changes: Any) -> ReviewClosed:
    return ReviewClosed(**{"review_id": REVIEW, "provider_id": PROVIDER, "closed_on": date(2027, 5, 1)} | changes)


def partner_answers(**changes: int) -> dict[str, int]:
    """A complete Partner Survey."""
    return {item.id: max(item.codes) for item in partner_instrument().items.values()} | changes


def partner_instrument() -> Instrument:
    return library().instrument("partner_survey", 1)


def decisions(*events: tuple[Any, int], of: Campaign | None = None, now: datetime = NOW) -> list[Decision]:
    """What is decided after these (event, sequence) pairs were told."""
    employment = Employment(completer_id=COMPLETER)
    for event, sequence in events:
        employment = employment.told(event, sequence)
    return decide(employment, of or campaign(), now)


def a_survey(**changes: Any) -> Survey:
    survey, _ = issue(COMPLETER, decisions((hired(), 1))[0], campaign(), NOW)
    return survey.model_copy(update=changes)


def answers(**changes: int) -> dict[str, int]:
    """A complete form."""
    complete = {item.id: max(item.codes) for item in instrument().items.values()}
    return complete | changes
