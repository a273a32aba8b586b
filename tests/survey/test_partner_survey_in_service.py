"""The Partner Survey end to end: a review is told, partners get one mail, answer, refuse or name somebody else."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.survey.domain.issuing import partner_survey_id_of
from services.survey.domain.link import token_hash
from services.survey.domain.recipient import recommended
from services.survey.domain.sitting import Sitting
from services.survey.domain.survey import State
from shared.events import Event
from shared.events.partnership import PEOPLE, OrganizationChanged, OrganizationKind, Role
from shared.events.survey import (
    DeclineReason,
    InvitationDelivered,
    SurveyDeclined,
    SurveyIssued,
    SurveySubmitted,
    SurveyWithdrawn,
    WithdrawalReason,
)
from shared.ids import derived
from tests.running import signed_in
from tests.survey.acting import FORM, FROM_OUR_PAGE, SURVEY, Acting
from tests.survey.builders import (
    COMPLETER_NAME,
    CONTACT,
    CONTACT_ADDRESS,
    DISTRICT,
    NOW,
    PRINCIPAL_ADDRESS,
    PROVIDER,
    REVIEW,
    SCHOOL,
    hired,
    partner_answers,
    partner_contact,
    profile,
    review_closed,
    review_contact,
    review_opened,
    role_holder,
)
from tests.survey.mail_sink import html_of, link_in, text_of

SURVEY_OF_CONTACT = partner_survey_id_of(REVIEW, CONTACT)
PARTNER_FORM = f"/sitting/surveys/{SURVEY_OF_CONTACT}"
NAMED = {"reason": "wrong_person", "name": "Nan Named", "email": "nan@boston.example"}
PRINCIPAL = f"{SCHOOL}:{Role.PRINCIPAL}"


def provider_named() -> Event:
    return OrganizationChanged(organization_id=PROVIDER, kinds=(OrganizationKind.PROVIDER,), name="Anywhere College")


async def seated(acting: Acting) -> None:
    """A partner has followed the link in their mail."""
    await acting.tell(provider_named(), partner_contact())
    await acting.tell(review_opened())
    await acting.sink.until_taken(1)
    await acting.sit_down(link_in(acting.sink.taken[-1][1]))
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}})


async def decline(acting: Acting, **fields: str) -> Any:
    return await acting.client.post(f"{PARTNER_FORM}/decline", data=fields, headers=FROM_OUR_PAGE)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
async def test_a_contact_is_asked_once_whatever_arrives_first(acting: Acting, order: tuple[int, ...]) -> None:
    told = (provider_named(), partner_contact(), review_opened())
    for place in order:
        await acting.tell(told[place])
    await acting.tell(review_opened())
    (issued,) = await acting.until_published(SurveyIssued)
    assert isinstance(issued, SurveyIssued)
    assert (issued.review_id, issued.program_id, issued.hire_id, issued.provider_id) == (REVIEW, None, None, PROVIDER)
    await acting.until_published(InvitationDelivered)
    assert [recipient for recipient, _ in acting.sink.taken] == [CONTACT_ADDRESS]


async def test_the_mail_names_the_provider_who_asks_and_until_when(acting: Acting) -> None:
    await seated(acting)
    message = acting.sink.taken[0][1]
    assert message["subject"] == "Partner Survey: your partnership with Anywhere College"
    for text in (text_of(message), html_of(message)):
        flat = " ".join(text.split())
        assert "Anywhere College; the provider is under review" in flat
        assert "education department asks you. Answers are taken until 30 June 2027" in flat.replace("&#x27;", "'")
        assert "educator who" not in flat


async def test_the_form_names_the_provider_and_its_answers_are_told_by_review(acting: Acting) -> None:
    await seated(acting)
    listed = (await acting.client.get("/sitting")).text
    assert "1 provider under review" in listed
    page = (await acting.client.get(PARTNER_FORM)).text
    assert "<h1>Anywhere College</h1>" in page
    for heading in ("What you contribute", "The effect on students", "How the partnership is looked at"):
        assert heading in page
    answer = await acting.send(partner_answers(), form=PARTNER_FORM, comment="They listen.")
    assert answer.headers["location"] == f"{PARTNER_FORM}/receipt"
    assert "Anywhere College" in (await acting.client.get(f"{PARTNER_FORM}/receipt")).text
    (event,) = await acting.until_published(SurveySubmitted)
    assert isinstance(event, SurveySubmitted)
    assert (event.review_id, event.answers) == (REVIEW, partner_answers())


async def test_what_cannot_be_judged_may_be_left_out_and_the_rest_may_not(acting: Acting) -> None:
    await seated(acting)
    few = {"knows_needs": 4, "asks_for_contributions": 3, "years_as_partner": 2}
    refused = await acting.send(few, form=PARTNER_FORM)
    assert (refused.status_code, "How closely do you work with this provider" in refused.text) == (422, True)
    assert (await acting.send({**few, "depth_of_contact": 1}, form=PARTNER_FORM)).status_code == 303


async def test_one_mail_and_one_list_for_both_kinds_of_survey(acting: Acting) -> None:
    contact = role_holder(organization_id=DISTRICT, role=Role.DISTRICT_CONTACT)
    await acting.tell(role_holder(), contact, profile(), provider_named())
    await acting.tell(hired(), review_opened(review_contact(contact.role_key)))
    await acting.until_published(InvitationDelivered, 2)
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}}, 2)
    (sitting,) = await acting.kept("sittings")
    assert sitting["last_day"] == "2027-08-07"
    assert {one["campaign_id"] for one in await acting.kept("surveys")} == {"hiring-2027", "partner-survey"}
    for _, message in acting.sink.taken:
        assert message["To"] == PRINCIPAL_ADDRESS
        assert COMPLETER_NAME not in str(message["subject"]) + text_of(message) + html_of(message)
    await acting.sit_down(link_in(acting.sink.taken[-1][1]))
    page = (await acting.client.get("/sitting")).text
    assert "1 educator and 1 provider under review" in page
    assert "until 30 June 2027 for the first of them" in page
    assert "0 of 2 done" in page
    assert (await acting.send()).status_code == 303
    assert "1 of 2 done" in (await acting.client.get("/sitting")).text
    acting.clock.advance(timedelta(days=90))
    await acting.until_kept("surveys", {"state": "expired"})
    assert (await acting.client.get("/s/" + link_in(acting.sink.taken[-1][1]).rpartition("/")[2])).status_code == 303


async def test_a_list_from_before_goes_on_and_takes_what_is_new(acting: Acting) -> None:
    """Before sittings spanned campaigns, each campaign had its own id for a person's sitting."""
    old_id = derived("sitting", "hiring-2027", "P-1")
    token = acting.wired.link_key.token(old_id, 1)
    old = Sitting(
        sitting_id=old_id,
        campaign_id="hiring-2027",
        person_key="P-1",
        role_keys=(PRINCIPAL,),
        token_hash=token_hash(token),
        last_day=date(2027, 8, 7),
        created_at=NOW,
    )
    await acting.wired.sittings.save(old, at=NOW)
    contact = role_holder(organization_id=DISTRICT, role=Role.DISTRICT_CONTACT)
    await acting.tell(role_holder(), contact, provider_named())
    await acting.tell(review_opened(review_contact(contact.role_key), answers_until=date(2027, 9, 30)))
    await acting.until_published(InvitationDelivered)
    (sitting,) = await acting.kept("sittings")
    assert (sitting["_id"], sitting["last_day"]) == (old_id, "2027-09-30")
    await acting.tell(hired())
    await acting.until_kept("surveys", {"sitting_id": old_id}, 2)
    await acting.tell(role_holder(verified_on=date(2027, 4, 1)), sequence=2)
    survey = await acting.wired.surveys.get(SURVEY)
    assert survey is not None
    assert survey.sitting_id == old_id
    await acting.sit_down(f"http://localhost:8101/s/{token}")
    assert (await acting.client.get(FORM)).status_code == 200
    agency = signed_in(acting.app, "agency")
    campaigns = (await acting.client.get("/v1/campaigns", headers=agency)).json()
    assert [sum(one["mails"].values()) for one in campaigns] == [1, 1]


async def test_closing_the_review_ends_what_is_open(acting: Acting) -> None:
    await seated(acting)
    await acting.tell(review_closed(), sequence=2)
    (event,) = await acting.until_published(SurveyWithdrawn)
    assert isinstance(event, SurveyWithdrawn)
    assert event.reason is WithdrawalReason.REVIEW_CLOSED
    assert (await acting.client.get(PARTNER_FORM)).status_code == 404
    assert "Nothing to answer" in (await acting.client.get("/sitting")).text


async def test_a_review_that_closed_before_we_heard_that_it_opened_asks_nobody(acting: Acting) -> None:
    await acting.tell(partner_contact())
    await acting.tell(review_closed(), sequence=2)
    await acting.tell(review_opened(), sequence=1)
    assert await acting.kept("surveys") == []
    (told,) = (await _review(acting))["contacts"]
    assert [one["rule"] for one in told["decisions"]] == ["review_closed"]


@pytest.mark.parametrize("reason", ["too_little_contact", "wrong_person"])
async def test_a_partner_may_refuse_and_say_why(acting: Acting, reason: str) -> None:
    await seated(acting)
    page = (await acting.client.get(f"{PARTNER_FORM}/decline")).text
    assert f'value="{reason}"' in page
    assert 'value="never_here"' not in page
    assert (await decline(acting, reason="never_here")).status_code == 422
    assert (await decline(acting, reason=reason)).headers["location"] == "/sitting"
    (event,) = await acting.until_published(SurveyDeclined)
    assert isinstance(event, SurveyDeclined)
    assert event.reason is DeclineReason(reason)


async def test_the_wrong_person_names_another_who_is_asked_instead(acting: Acting) -> None:
    await seated(acting)
    await acting.send({"knows_needs": 1}, form=PARTNER_FORM, action="save")
    assert (await decline(acting, **NAMED)).headers["location"] == "/sitting"
    await acting.sink.until_taken(2)
    assert acting.sink.taken[1][1]["To"] == "nan@boston.example"
    assert (await acting.client.get(PARTNER_FORM)).status_code == 404
    await acting.until_kept("surveys", {"went_to.1": {"$exists": True}})
    survey = await acting.wired.surveys.get(SURVEY_OF_CONTACT)
    assert survey is not None
    assert [one.way for one in survey.went_to] == ["only_holder", "named_by_contact"]
    assert (survey.target.district_id, survey.answers) == (DISTRICT, {})
    await acting.sit_down(link_in(acting.sink.taken[1][1]))
    page = (await acting.client.get(f"{PARTNER_FORM}/decline")).text
    assert "who should be asked" not in page
    again = await decline(acting, **{**NAMED, "email": "third@boston.example"})
    assert (again.status_code, "cannot be handed over" in again.text) == (422, True)
    assert len(acting.sink.taken) == 2
    names = ("surveys", "sittings", "role_holders", "reviews")
    assert "nan@" not in repr([await acting.kept(name) for name in names])
    await acting.tell(review_opened(), sequence=2)
    assert (await acting.client.get(PARTNER_FORM)).status_code == 200


async def test_a_name_that_cannot_be_used_is_refused_and_nothing_is_kept(acting: Acting) -> None:
    await seated(acting)
    before = await acting.kept("role_holders")
    for field, wrong in (
        ("email", "nan"),
        ("email", "a@x.example, b@x.example"),
        ("email", "nan@x.example\nBcc: all@x.example"),
        ("email", CONTACT_ADDRESS.upper()),
        ("name", ""),
        ("name", "N" * 201),
    ):
        refused = await decline(acting, **{**NAMED, field: wrong})
        assert (refused.status_code, f'id="{field}-error"' in refused.text) == (422, True)
    assert await acting.kept("role_holders") == before
    assert [survey["state"] for survey in await acting.kept("surveys")] == [State.ISSUED]


async def test_the_agency_sees_whom_a_partner_named_and_can_take_it_back(acting: Acting) -> None:
    await seated(acting)
    await decline(acting, **NAMED)
    await acting.sink.until_taken(2)
    agency = FROM_OUR_PAGE | signed_in(acting.app, "agency")
    page = (await acting.client.get("/recipients", headers=agency)).text
    assert "nan@boston.example" in page
    assert "named by the contact who was asked before" in page
    back = {"role_key": recommended(SURVEY_OF_CONTACT)}
    assert (await acting.client.post("/recipients/take-back", data=back, headers=agency)).status_code == 303
    await acting.until_kept("surveys", {"sitting_id": None})
    page = (await acting.client.get("/recipients", headers=agency)).text
    assert "Whom a partner named" in page
    assert "Anywhere College" in page
    (told,) = (await _review(acting))["contacts"]
    assert told["waits_for"] == "nobody_known"


async def test_why_a_contact_was_or_was_not_asked_is_one_call(acting: Acting) -> None:
    reachable, unknown = review_contact(), review_contact(f"{DISTRICT}:{Role.SUPERINTENDENT}")
    await acting.tell(partner_contact())
    await acting.tell(review_opened(reachable, unknown))
    await acting.until_published(InvitationDelivered)
    told = {one["contact_key"]: one for one in (await _review(acting))["contacts"]}
    assert [told[one.contact_key]["waits_for"] for one in (reachable, unknown)] == [None, "nobody_known"]
    assert [one["rule"] for one in told[CONTACT]["decisions"]] == ["on_the_partner_list"]
    agency = signed_in(acting.app, "agency")
    (mine,) = (await acting.client.get(f"/v1/contact-decisions?contact={CONTACT}", headers=agency)).json()
    assert mine == told[CONTACT]
    assert (await acting.client.get("/v1/contact-decisions?contact=x", headers=agency)).status_code == 404
    assert (await acting.client.get("/v1/reviews/x", headers=agency)).status_code == 404
    for stranger in (signed_in(acting.app, "provider", PROVIDER), signed_in(acting.app, "district", DISTRICT)):
        for path in (f"/v1/reviews/{REVIEW}", f"/v1/contact-decisions?contact={CONTACT}"):
            assert (await acting.client.get(path, headers=stranger)).status_code == 403


async def test_a_contact_who_is_erased_can_open_the_form_no_more(acting: Acting) -> None:
    await seated(acting)
    await acting.kafka.erase(PEOPLE, CONTACT)
    await acting.until_kept("surveys", {"sitting_id": None})
    await acting.until_kept("role_holders", {}, 0)
    assert (await acting.client.get("/sitting")).status_code == 410


async def _review(acting: Acting) -> Any:
    return (await acting.client.get(f"/v1/reviews/{REVIEW}", headers=signed_in(acting.app, "agency"))).json()
