"""A provider under review: who may open, advance and close it, whom it asks, and what is heard of them."""

from datetime import date, timedelta
from typing import Any

from services.partnership.domain.reviews.process import PROCESSES
from shared.events.partnerships import ContactOrigin, ReviewAdvanced, ReviewClosed, ReviewOpened
from shared.events.survey import (
    DeclineReason,
    InvitationDelivered,
    SurveyDeclined,
    SurveyIssued,
    SurveyStarted,
    SurveySubmitted,
)
from tests.conftest import SetClock
from tests.partnership.ledger import agreed, got
from tests.partnership.reviewing import (
    ELSEWHERE,
    HOLDERS,
    ROLE,
    STAGES,
    a_plan,
    added,
    asked,
    contacts_told,
    drafted,
    hear,
    opened,
    review_events,
)
from tests.partnership.working import DISTRICT_CODE, PROVIDER, SCHOOL_CODE, Working

PERSON = {"name": "Robin Example", "email": "robin@boston.example"}


async def test_a_review_is_drafted_opened_advanced_and_closed(partnership: Working, clock: SetClock) -> None:
    await partnership.bring("role_holders", HOLDERS.encode())
    review_id = await drafted(partnership)
    await added(partnership, review_id, role="superintendent")
    await added(partnership, review_id, **PERSON)
    assert await review_events(partnership) == []
    shown = (await asked(partnership, "POST", f"/{review_id}/open")).json()
    assert (shown["status"], shown["stage"], shown["opened_on"]) == ("open", "launch", "2027-04-05")
    assert [(each["name"], each["email"], each["disposition"]) for each in shown["contacts"]] == [
        ("Robin Example", "robin@boston.example", "not_asked"),
        ("Ada Boston", "ada@boston.example", "not_asked"),
    ]
    clock.advance(timedelta(days=300))
    advanced = await asked(
        partnership, "POST", f"/{review_id}/advance", stage="follow_up_inquiry", reached_on="2028-01-05"
    )
    assert advanced.json()["stage"] == "follow_up_inquiry"
    closed = (await asked(partnership, "POST", f"/{review_id}/close")).json()
    assert (closed["status"], closed["closed_on"]) == ("closed", "2028-01-30")

    event, on, over = await review_events(partnership)
    assert isinstance(event, ReviewOpened)
    assert (event.provider_id, event.answers_until, len(event.stages)) == (PROVIDER, date(2028, 3, 31), 4)
    assert {(each.district_id, each.origin) for each in event.contacts} == {(DISTRICT_CODE, ContactOrigin.AGENCY)}
    assert isinstance(on, ReviewAdvanced)
    assert (on.stage, on.reached_on) == ("follow_up_inquiry", date(2028, 1, 5))
    assert isinstance(over, ReviewClosed)
    (person,) = await contacts_told(partnership)
    assert (person.name, person.email, person.organization_id) == (*PERSON.values(), DISTRICT_CODE)
    assert {each.contact_key for each in event.contacts} == {person.contact_key, f"{DISTRICT_CODE}:superintendent"}
    assert "robin" not in str(event).casefold()
    assert "robin" not in str(await partnership.mongo.collection("reviews").find({})).casefold()


async def test_what_has_no_address_is_refused_or_shown_as_not_to_be_reached(partnership: Working) -> None:
    await partnership.bring("role_holders", HOLDERS.encode())
    review_id = await drafted(partnership)
    path = f"/{review_id}/contacts"
    for contact, field in (
        ({"name": "Robin Example"}, "body"),
        ({"name": "Robin Example", "email": ""}, "email"),
        ({"name": "Robin Example", "email": "nowhere"}, "email"),
        ({"name": "", "email": "r@boston.example"}, "name"),
        ({"role": "superintendent", "email": "r@boston.example"}, "body"),
        ({"role": "janitor"}, "role"),
    ):
        answer = await asked(partnership, "POST", path, district_id=DISTRICT_CODE, **contact)
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == [field], contact
    for place, where in (({"district_id": SCHOOL_CODE}, "district_id"), ({"district_id": "1"}, "district_id")):
        answer = await asked(partnership, "POST", path, role="superintendent", **place)
        assert (answer.status_code, answer.json()["where"]) == (422, where)
    foreign = {"district_id": ELSEWHERE, "role": "principal", "organization_id": SCHOOL_CODE}
    answer = await asked(partnership, "POST", path, **foreign)
    assert answer.json()["where"] == "organization_id"
    assert await contacts_told(partnership) == []
    answer = await asked(partnership, "POST", path, district_id=ELSEWHERE, role="superintendent")
    (nobody,) = answer.json()["contacts"]
    assert (nobody["name"], nobody["is_reachable"]) == ("Cem Cambridge", False)
    (nobody, vacant) = (await added(partnership, review_id, role="liaison"))["contacts"][::-1]
    assert (vacant["name"], vacant["is_reachable"]) == (None, False)


async def test_who_is_named_by_several_is_one_contact_with_all_origins(partnership: Working) -> None:
    await partnership.bring("role_holders", HOLDERS.encode())
    made = await agreed(partnership)
    person = {"name": "Ana Ruiz", "email": "ruiz@boston.example"}
    await got(partnership, f"/{made['partnership_id']}/contacts", partnership.as_provider(), side="district", **person)
    review_id = await drafted(partnership)
    preview = (await asked(partnership, "GET", f"/{review_id}")).json()
    assert [(each["name"], each["is_reachable"]) for each in preview["contacts"]] == [
        ("Ana Ruiz", True),
        ("Ben Boston", True),
    ]
    assert await contacts_told(partnership) == []
    await added(partnership, review_id, role="district_contact")
    await added(partnership, review_id, **person)
    shown = (await asked(partnership, "POST", f"/{review_id}/open")).json()
    named = {each["contact_key"]: {(one["origin"], one["by"]) for one in each["named"]} for each in shown["contacts"]}
    (told,) = await contacts_told(partnership)
    assert (told.name, told.email) == tuple(person.values())
    assert named == {
        told.contact_key: {("agency", "agency-person"), ("provider", "provider-person")},
        ROLE: {("agency", "agency-person"), ("district", DISTRICT_CODE)},
    }
    (event,) = await review_events(partnership)
    assert isinstance(event, ReviewOpened)
    assert [(each.origin, each.partnership_id) for each in event.contacts] == [
        (ContactOrigin.PROVIDER, made["partnership_id"]),
        (ContactOrigin.DISTRICT, None),
    ]
    shown = (await asked(partnership, "GET", f"/{review_id}", partnership.as_provider())).json()
    assert {one["by"] for each in shown["contacts"] for one in each["named"]} == {
        "agency",
        "district",
        "provider-person",
    }


async def test_a_provider_has_one_open_review_at_most(partnership: Working) -> None:
    first = await opened(partnership)
    second = await drafted(partnership, process="seven_year", stages=_seven_years(), answers_until="2028-06-30")
    await added(partnership, second, role="superintendent")
    refused = await asked(partnership, "POST", f"/{second}/open")
    assert (refused.status_code, refused.json()["detail"]) == (409, "This provider is under review already.")
    assert (await asked(partnership, "POST", f"/{first}/close")).status_code == 200
    assert (await asked(partnership, "POST", f"/{second}/open")).status_code == 200
    again = await asked(partnership, "POST", "", **a_plan(provider_id=PROVIDER))
    assert again.status_code == 409


async def test_even_a_race_opens_one_review_only(partnership: Working) -> None:
    """The look before it may be too early; the index is not."""
    await opened(partnership)
    second = await drafted(partnership, stages=_later(), answers_until="2028-03-31")
    await added(partnership, second, role="superintendent")
    reviews = partnership.wired.reviews
    looked = reviews.reviews.is_under_review

    async def too_early(provider_id: str) -> bool:
        return False

    reviews.reviews.is_under_review = too_early  # type: ignore[method-assign]
    refused = await asked(partnership, "POST", f"/{second}/open")
    reviews.reviews.is_under_review = looked  # type: ignore[method-assign]
    assert refused.status_code == 409
    assert (await asked(partnership, "GET", f"/{second}")).json()["status"] == "draft"
    assert len(await review_events(partnership)) == 1


async def test_what_a_review_is_not_ready_for_is_refused_and_changes_nothing(
    partnership: Working, clock: SetClock
) -> None:
    review_id = await drafted(partnership)
    for path, body in (("open", {}), ("advance", {"stage": "initial_inquiry"}), ("close", {})):
        assert (await asked(partnership, "POST", f"/{review_id}/{path}", **body)).status_code == 409, path
    with_somebody = await added(partnership, review_id, role="superintendent")
    key = with_somebody["contacts"][0]["contact_key"]
    assert (await asked(partnership, "DELETE", f"/{review_id}/contacts/{key}")).json()["contacts"] == []
    assert (await asked(partnership, "DELETE", f"/{review_id}/contacts/{key}")).status_code == 404
    await added(partnership, review_id, role="superintendent")
    clock.advance(timedelta(days=400))
    late = await asked(partnership, "POST", f"/{review_id}/open")
    assert (late.status_code, late.json()["detail"]) == (409, "The last day for answers is over.")
    assert (await asked(partnership, "PUT", f"/{review_id}", **a_plan(answers_until="2028-12-31"))).status_code == 200
    assert (await asked(partnership, "POST", f"/{review_id}/open")).status_code == 200
    fixed = await asked(partnership, "POST", f"/{review_id}/contacts", district_id=DISTRICT_CODE, role="liaison")
    assert (fixed.status_code, "fixed" in fixed.json()["detail"]) == (409, True)
    for method, path, body in (
        ("POST", "open", {}),
        ("PUT", "", a_plan()),
        ("DELETE", "", {}),
        ("POST", "advance", {"stage": "launch"}),
        ("DELETE", f"contacts/{key}", {}),
    ):
        answer = await asked(partnership, method, f"/{review_id}/{path}".rstrip("/"), **body)
        assert answer.status_code == 409, (method, path)
    for body, where in (
        ({"stage": "onsite"}, "stage"),
        ({"stage": "determination", "reached_on": "2029-01-01"}, "reached_on"),
        ({"stage": "determination", "reached_on": "2027-01-01"}, "reached_on"),
    ):
        answer = await asked(partnership, "POST", f"/{review_id}/advance", **body)
        assert (answer.status_code, answer.json()["where"]) == (422, where)
    assert len(await review_events(partnership)) == 1


async def test_a_plan_that_cannot_be_is_refused_with_its_place(partnership: Working) -> None:
    backwards = [*STAGES[:3], {**STAGES[3], "begins_on": "2028-01-01"}]
    for values, where in (
        ({"stages": STAGES[:2]}, "stages"),
        ({"stages": STAGES[::-1]}, "stages"),
        ({"stages": [{**STAGES[0], "ends_on": "2027-01-01"}, *STAGES[1:]]}, "stages.0.ends_on"),
        ({"stages": backwards}, "stages.3.begins_on"),
        ({"answers_until": "2035-01-01"}, "answers_until"),
        ({"process": "seven_year"}, "stages"),
        ({"provider_id": DISTRICT_CODE}, "provider_id"),
    ):
        answer = await asked(partnership, "POST", "", **{**a_plan(), "provider_id": PROVIDER, **values})
        assert (answer.status_code, answer.json()["where"]) == (422, where)
    assert (await asked(partnership, "GET", "")).json()["total"] == 0


async def test_a_draft_can_be_discarded_and_drafted_again(partnership: Working) -> None:
    review_id = await drafted(partnership)
    assert (await asked(partnership, "DELETE", f"/{review_id}")).status_code == 204
    assert (await asked(partnership, "GET", f"/{review_id}")).status_code == 404
    assert await drafted(partnership) == review_id


async def test_what_is_heard_of_a_contact_is_live_until_the_review_is_closed(
    partnership: Working, clock: SetClock
) -> None:
    review_id = await opened(partnership)
    where = {
        "survey_id": "s-1",
        "campaign_id": "partner",
        "wave": review_id,
        "instrument_id": "partner_survey",
        "instrument_version": 1,
        "school_year": 2027,
        "provider_id": PROVIDER,
        "review_id": review_id,
        "district_id": DISTRICT_CODE,
    }
    recipient = f"{DISTRICT_CODE}:superintendent"

    async def disposition() -> str:
        shown = (await asked(partnership, "GET", f"/{review_id}")).json()
        (contact,) = shown["contacts"]
        assert shown["dispositions"] == {contact["disposition"]: 1}
        return str(contact["disposition"])

    closes = {"closes_on": date(2028, 3, 31)}
    mail: dict[str, Any] = {"mail_kind": "invitation", "mail_number": 1}
    await hear(partnership, clock, SurveyStarted(**where), 3)
    assert await disposition() == "not_asked"
    await hear(partnership, clock, SurveyIssued(**where, recipient_role=recipient, **closes), 1)
    assert await disposition() == "started"
    await hear(partnership, clock, InvitationDelivered(**where, **mail), 4)
    assert await disposition() == "started"
    about_a_completer = {**where, "survey_id": "s-2", "review_id": None, "program_id": "p-1"}
    await hear(partnership, clock, SurveySubmitted(**about_a_completer, answers={}, submitted_at=clock()), 9)
    assert await partnership.mongo.collection("review_surveys").count({}) == 1
    await hear(partnership, clock, SurveyDeclined(**where, reason=DeclineReason.REFUSED), 5)
    assert await disposition() == "declined"

    provider = (await asked(partnership, "GET", f"/{review_id}", partnership.as_provider())).json()
    (contact,) = provider["contacts"]
    assert (contact["disposition"], contact["reason"], contact["email"]) == (None, None, None)
    assert provider["dispositions"] == {"declined": 1}
    assert [(each["origin"], each["by"]) for each in contact["named"]] == [("agency", "agency")]

    await asked(partnership, "POST", f"/{review_id}/close")
    await hear(partnership, clock, SurveySubmitted(**where, answers={}, submitted_at=clock()), 8)
    assert await disposition() == "declined"


def _seven_years() -> list[dict[str, str]]:
    plan = PROCESSES["seven_year"].usual_plan(date(2027, 4, 1))
    return [each.model_dump(mode="json") for each in plan]


def _later() -> list[dict[str, str]]:
    return [{**STAGES[0], "begins_on": "2027-05-01"}, *STAGES[1:]]
