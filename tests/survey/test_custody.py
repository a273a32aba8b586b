"""Whose mail, whose link, whose form: whatever changes hands, and whenever."""

import asyncio
from datetime import timedelta

import pytest

from services.survey.domain.sitting import CLAIM_LEASE
from shared.events.partnership import PEOPLE
from shared.events.survey import InvitationBounced, InvitationDelivered
from tests.survey.acting import FROM_OUR_PAGE, SURVEY, Acting
from tests.survey.builders import (
    COMPLETER_NAME,
    OTHER_SCHOOL,
    PRINCIPAL_ADDRESS,
    SCHOOL,
    ended,
    hired,
    hired_person,
    profile,
    role_holder,
)
from tests.survey.mail_sink import link_in

NAMED = {"person_id": None, "name": "Ann Lee", "email": "principal@school.example"}


async def test_a_successor_known_by_name_alone_gets_a_link_of_their_own_and_an_empty_form(acting: Acting) -> None:
    await acting.tell(role_holder(**NAMED), profile())
    await acting.tell(hired())
    await acting.sink.until_taken(1)
    old = link_in(acting.sink.taken[0][1])
    await acting.sit_down(old)
    await acting.send({"overall_readiness": 2}, action="save")
    await acting.tell(role_holder(**NAMED | {"name": "Bea Moss"}), sequence=2)
    await acting.sink.until_taken(2)
    assert (await acting.client.get(f"/sitting/surveys/{SURVEY}")).status_code == 404
    refused = await acting.client.get(old, headers=FROM_OUR_PAGE)
    assert refused.status_code == 410
    assert "does not work any more" in refused.text
    new = link_in(acting.sink.taken[1][1])
    assert new != old
    await acting.sit_down(new)
    survey = await acting.wired.surveys.get(SURVEY)
    assert survey is not None
    assert survey.answers == {}


async def test_a_corrected_address_or_spelling_is_no_new_person(acting: Acting) -> None:
    await acting.tell(role_holder(**NAMED), profile())
    await acting.tell(hired())
    await acting.sink.until_taken(1)
    await acting.tell(role_holder(**NAMED | {"email": "ann@school.example", "name": " ann  LEE"}), sequence=2)
    await acting.sit_down(link_in(acting.sink.taken[0][1]))
    assert COMPLETER_NAME in (await acting.client.get("/sitting")).text


async def test_a_role_holder_who_was_erased_opens_nothing_any_more(acting: Acting) -> None:
    link = await acting.invite()
    await acting.kafka.erase(PEOPLE, f"{SCHOOL}:principal")
    await acting.kafka.until_read("survey", PEOPLE)
    assert (await acting.client.get(link)).status_code == 410
    await acting.until_kept("surveys", {"sitting_id": None, "awaiting_since": {"$ne": None}})


async def test_whoever_comes_back_is_written_to_again(acting: Acting) -> None:
    await acting.seated()
    await acting.tell(role_holder(person_id="P-2", email="new@boston.example", name="New"), sequence=2)
    await acting.sink.until_taken(2)
    acting.clock.advance(timedelta(days=1))
    await acting.tell(role_holder(), sequence=3)
    await acting.sink.until_taken(3)
    assert acting.sink.recipients == [PRINCIPAL_ADDRESS, "new@boston.example", PRINCIPAL_ADDRESS]


async def test_a_survey_whose_mail_was_dropped_is_announced_when_it_is_issued_again(acting: Acting) -> None:
    acting.sink.to_recipient = ["451 4.3.0 Not now"]
    await acting.tell(role_holder())
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.status_class": "4.3"})
    await acting.tell(ended(), sequence=2)
    acting.clock.advance(timedelta(hours=1))
    await acting.until_kept("sittings", {"mails.state": "dropped"})
    await acting.tell(hired(), sequence=3)
    await acting.sink.until_taken(1)


async def test_a_mail_does_not_announce_what_went_to_somebody_else_meanwhile(acting: Acting) -> None:
    acting.sink.to_recipient = ["451 4.3.0 Not now"]
    await acting.tell(role_holder(), role_holder(organization_id=OTHER_SCHOOL))
    acting.sink.to_recipient *= 9
    await acting.tell(hired(), hired_person(2, school_id=OTHER_SCHOOL))
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}}, 2)
    await acting.until_kept("sittings", {"mails.status_class": "4.3"})
    successor = role_holder(organization_id=OTHER_SCHOOL, person_id="P-2", name="New", email=None)
    await acting.tell(successor, sequence=2)
    acting.sink.to_recipient = []
    acting.clock.advance(timedelta(hours=1))
    await acting.sink.until_taken(1)
    await acting.until_kept("sittings", {"next_at": None})
    (left,) = [one for one in await acting.kept("surveys") if one["awaiting_since"] is not None]
    assert (left["sitting_id"], left["target"]["school_id"]) == (None, OTHER_SCHOOL)
    assert acting.sink.recipients == [PRINCIPAL_ADDRESS]


async def test_an_address_that_vanished_before_the_mail_left_is_waited_for(acting: Acting) -> None:
    acting.sink.to_recipient = ["451 4.3.0 Not now"]
    await acting.tell(role_holder())
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.status_class": "4.3"})
    await acting.tell(role_holder(email=None), sequence=2)
    acting.clock.advance(timedelta(hours=1))
    await acting.until_kept("sittings", {"mails.state": "dropped"})
    await acting.tell(role_holder(email="again@boston.example"), sequence=3)
    await acting.sink.until_taken(1)
    assert acting.sink.recipients == ["again@boston.example"]


@pytest.mark.parametrize(
    "address", ["jos\u00e9@school.example", "a@x.example\r\nRCPT TO:<b@x.example>", "a@[", "a,b@c.d"]
)
async def test_what_is_no_address_bounces_and_holds_up_nobody(acting: Acting, address: str) -> None:
    await acting.tell(role_holder(email=address))
    await acting.tell(role_holder(organization_id=OTHER_SCHOOL, person_id="P-2"))
    await acting.tell(hired(), hired_person(2, school_id=OTHER_SCHOOL))
    await acting.until_published(InvitationBounced)
    await acting.until_published(InvitationDelivered)
    assert acting.sink.recipients == [PRINCIPAL_ADDRESS]


async def test_a_change_while_the_server_thinks_does_not_hide_what_became_of_the_mail(acting: Acting) -> None:
    await acting.tell(role_holder())
    acting.sink.thinks = asyncio.Event()
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.state": "handing_over"})
    await acting.tell(hired_person(2))
    await acting.until_kept("sittings", {"mails.1.number": 2})
    acting.sink.thinks.set()
    await acting.until_published(InvitationDelivered, 2)
    (sitting,) = await acting.kept("sittings")
    assert [mail["state"] for mail in sitting["mails"]] == ["sent", "sent"]


async def test_whoever_unsubscribes_while_their_mail_is_begun_gets_none(acting: Acting) -> None:
    acting.sink.to_recipient = ["451 4.3.0 Not now"]
    await acting.tell(role_holder())
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.status_class": "4.3"})
    due_at = acting.clock() + CLAIM_LEASE
    claimed = {"mails.0.state": "claimed", "mails.0.due_at": due_at, "next_at": due_at}
    await acting.mongo.collection("sittings").update_many({}, {"$set": claimed})
    (sitting,) = await acting.kept("sittings")
    mark = acting.wired.link_key.unsubscribe_mark(sitting["_id"])
    assert (await acting.client.post(f"/unsubscribe/{sitting['_id']}/{mark}")).status_code == 200
    acting.clock.advance(CLAIM_LEASE)
    await acting.until_kept("sittings", {"mails.state": "dropped"})
    assert acting.sink.taken == []
