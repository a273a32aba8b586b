"""One e-mail per person, sent at most once, whatever the mail server does."""

from datetime import timedelta

import pytest

from services.survey.domain.sitting import CLAIM_LEASE, HAND_OVER_LEASE
from shared.events.survey import InvitationBounced, InvitationDelivered, SurveyWithdrawn
from tests.running import figures_of
from tests.survey.acting import FROM_OUR_PAGE, SURVEY, Acting
from tests.survey.builders import (
    COMPLETER_NAME,
    OTHER_SCHOOL,
    PRINCIPAL_ADDRESS,
    PRINCIPAL_NAME,
    ended,
    hired,
    hired_person,
    profile,
    role_holder,
)
from tests.survey.mail_sink import HANG_UP, html_of, link_in, text_of


async def mail_state(acting: Acting) -> list[str]:
    return [mail["state"] for sitting in await acting.kept("sittings") for mail in sitting["mails"]]


async def test_one_mail_names_nobody_and_covers_all_completers_of_a_person(acting: Acting) -> None:
    await acting.tell(role_holder(), profile(), role_holder(organization_id=OTHER_SCHOOL))
    hires = [hired(), hired_person(2), hired_person(3, school_id=OTHER_SCHOOL)]
    await acting.tell(*hires)
    await acting.until_published(InvitationDelivered, 3)
    listed = sum(len(mail["survey_ids"]) for sitting in await acting.kept("sittings") for mail in sitting["mails"])
    assert listed == 3
    assert len(await acting.kept("sittings")) == 1
    (_, message), *_ = acting.sink.taken
    for part in (text_of(message), html_of(message), str(message["subject"])):
        assert COMPLETER_NAME not in part
    assert set(acting.sink.recipients) == {PRINCIPAL_ADDRESS}


async def test_a_person_is_written_to_once_it_has_been_quiet(acting: Acting) -> None:
    await acting.tell(role_holder())
    await acting.tell(*(hired_person(number) for number in range(12)))
    await acting.until_published(InvitationDelivered, 12)
    mailed = [mail for sitting in await acting.kept("sittings") for mail in sitting["mails"]]
    assert len(acting.sink.taken) == len(mailed)
    announced = [survey_id for mail in mailed for survey_id in mail["survey_ids"]]
    assert len(announced) == len(set(announced)) == 12


async def test_the_mail_is_what_mail_programs_expect(acting: Acting) -> None:
    await acting.invite()
    ((recipient, message),) = acting.sink.taken
    assert recipient == PRINCIPAL_ADDRESS
    (sitting,) = await acting.kept("sittings")
    assert message["Message-ID"] == f"<{sitting['_id']}.invitation.1@prepbridge.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith("<http://localhost:8101/unsubscribe/")
    assert message.get_content_type() == "multipart/alternative"
    assert link_in(message) in html_of(message)


async def test_a_refusal_for_good_bounces_each_survey_and_is_not_tried_again(acting: Acting) -> None:
    acting.sink.to_recipient = ["550 5.1.1 No such mailbox"]
    await acting.tell(role_holder())
    await acting.tell(hired())
    (bounced,) = await acting.until_published(InvitationBounced)
    assert isinstance(bounced, InvitationBounced)
    assert bounced.status_class == "5.1"
    acting.clock.advance(timedelta(days=4))
    await acting.until_kept("sittings", {"next_at": None})
    assert acting.sink.taken == []


@pytest.mark.parametrize("where", ["to_recipient", "to_data"])
async def test_a_refusal_for_now_is_tried_again_later(acting: Acting, where: str) -> None:
    setattr(acting.sink, where, ["451 4.3.0 Try again later"])
    await acting.tell(role_holder())
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.status_class": "4.3", "mails.state": "pending"})
    assert acting.sink.taken == []
    acting.clock.advance(timedelta(minutes=2))
    await acting.sink.until_taken(1)
    await acting.until_published(InvitationDelivered)


async def test_a_connection_lost_after_the_message_leaves_its_fate_unknown_and_is_not_sent_again(
    acting: Acting,
) -> None:
    acting.sink.to_data = [HANG_UP]
    await acting.tell(role_holder())
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.state": "unknown"})
    assert await figures_of(acting.app, acting.client) == {"mails_planned": 0, "mails_unknown": 1}
    acting.clock.advance(timedelta(days=30))
    await acting.tell(hired_person(2))
    await acting.until_published(InvitationDelivered)
    (sitting,) = await acting.kept("sittings")
    assert sitting["mails"][0]["survey_ids"] == [SURVEY]
    assert sorted(await mail_state(acting)) == ["sent", "unknown"]
    assert len(acting.sink.taken) == 2


async def test_a_mail_server_that_is_away_is_tried_again(acting: Acting) -> None:
    acting.sink.to_recipient = [HANG_UP, "421 Closing"]
    await acting.tell(role_holder())
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.attempts": 1, "mails.state": "pending"})
    acting.clock.advance(timedelta(hours=1))
    await acting.until_kept("sittings", {"mails.attempts": 2, "mails.state": "pending"})
    acting.clock.advance(timedelta(hours=1))
    await acting.sink.until_taken(1)


@pytest.mark.parametrize(
    ("found", "lease", "becomes", "taken"),
    [("claimed", CLAIM_LEASE, "sent", 1), ("handing_over", HAND_OVER_LEASE, "unknown", 0)],
)
async def test_what_a_crash_left_is_sent_again_only_if_the_message_had_not_begun(
    acting: Acting, found: str, lease: timedelta, becomes: str, taken: int
) -> None:
    due_at = acting.clock() + lease
    acting.sink.to_recipient = ["451 4.3.0 Not now"]
    await acting.tell(role_holder())
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.status_class": "4.3", "mails.state": "pending"})
    await acting.mongo.collection("sittings").update_many(
        {}, {"$set": {"mails.0.state": found, "mails.0.due_at": due_at, "next_at": due_at}}
    )
    acting.clock.advance(lease)
    await acting.until_kept("sittings", {"mails.state": becomes})
    acting.clock.advance(timedelta(days=1))
    await acting.until_kept("sittings", {"next_at": None})
    assert len(acting.sink.taken) == taken


async def test_a_survey_that_was_withdrawn_meanwhile_is_not_announced(acting: Acting) -> None:
    acting.sink.to_recipient = ["451 4.3.0 Not now"]
    await acting.tell(role_holder())
    await acting.tell(hired())
    await acting.until_kept("sittings", {"mails.status_class": "4.3"})
    await acting.tell(ended(), sequence=2)
    await acting.until_published(SurveyWithdrawn)
    acting.clock.advance(timedelta(hours=1))
    await acting.until_kept("sittings", {"mails.state": "dropped"})
    assert acting.sink.taken == []


async def test_without_an_address_the_survey_waits_until_somebody_is_known(acting: Acting) -> None:
    await acting.tell(hired())
    await acting.tell(role_holder(email=None))
    assert await acting.kept("sittings") == []
    await acting.tell(role_holder(), sequence=2)
    await acting.sink.until_taken(1)


async def test_a_new_principal_is_asked_and_the_old_link_lists_the_survey_no_more(acting: Acting) -> None:
    await acting.seated()
    await acting.until_published(InvitationDelivered)
    await acting.tell(role_holder(person_id="P-2", email="new@boston.example", name="New"), sequence=2)
    await acting.sink.until_taken(2)
    assert acting.sink.recipients[-1] == "new@boston.example"
    page = await acting.client.get("/sitting", headers=FROM_OUR_PAGE)
    assert page.status_code == 410
    assert "does not work any more" in page.text
    assert (await acting.client.get(f"/sitting/surveys/{SURVEY}")).status_code == 404


async def test_one_click_stops_all_further_mail_without_a_cookie(acting: Acting) -> None:
    await acting.invite()
    await acting.until_published(InvitationDelivered)
    address = acting.sink.taken[0][1]["List-Unsubscribe"].strip("<>")
    assert (await acting.client.get(address, headers=FROM_OUR_PAGE)).status_code == 200
    await acting.until_kept("sittings", {"unsubscribed_at": None})
    stopped = await acting.client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    await acting.tell(hired_person(2))
    await acting.until_kept("surveys", {"sitting_id": {"$ne": None}}, 2)
    assert len(acting.sink.taken) == 1


async def test_a_forged_unsubscribe_link_stops_nothing(acting: Acting) -> None:
    await acting.invite()
    (sitting,) = await acting.kept("sittings")
    refused = await acting.client.post(f"/unsubscribe/{sitting['_id']}/{'x' * 43}")
    assert refused.status_code == 404
    await acting.until_kept("sittings", {"unsubscribed_at": None})


async def test_no_log_line_holds_an_address_a_name_or_a_link(
    acting: Acting, capsys: pytest.CaptureFixture[str]
) -> None:
    link = await acting.invite()
    await acting.sit_down(link)
    await acting.until_published(InvitationDelivered)
    written = "".join(capsys.readouterr())
    assert "mail_sent" in written
    for secret in (PRINCIPAL_ADDRESS, PRINCIPAL_NAME, COMPLETER_NAME, link.rpartition("/")[2]):
        assert secret not in written
