"""From what is told about a hire to the survey, everything delivered twice."""

from typing import Any

from shared.events.partnership import HIRES, PEOPLE
from shared.events.survey import InstrumentPublished, SurveyIssued, SurveyWithdrawn
from shared.records import OutboundRecord
from tests.survey.acting import SURVEY, Acting
from tests.survey.builders import (
    COMPLETER,
    OTHER_PROGRAM,
    OTHER_SCHOOL,
    SCHOOL,
    amended,
    completion,
    ended,
    hired,
    profile,
    role_holder,
    withdrawn,
)
from tests.twice_kafka import outbound


async def test_a_completer_hired_twice_gets_one_survey(acting: Acting) -> None:
    await acting.tell(hired())
    await acting.tell(hired())
    await acting.until_published(SurveyIssued)
    (survey,) = await acting.kept("surveys")
    assert survey["_id"] == SURVEY
    assert len(acting.kafka.of(SurveyIssued)) == 1


async def test_two_programs_give_two_surveys(acting: Acting) -> None:
    await acting.tell(hired(completions=(completion(), completion(OTHER_PROGRAM))))
    issued = await acting.until_published(SurveyIssued, 2)
    assert {event.program_id for event in issued if isinstance(event, SurveyIssued)} == {
        completion().program_id,
        OTHER_PROGRAM,
    }


async def test_a_second_program_told_later_gives_the_missing_survey_and_changes_nothing_else(acting: Acting) -> None:
    await acting.tell(hired())
    await acting.until_published(SurveyIssued)
    (before,) = await acting.kept("surveys")
    await acting.tell(hired(completions=(completion(), completion(OTHER_PROGRAM))), sequence=2)
    await acting.until_published(SurveyIssued, 2)
    kept = {survey["program_id"]: survey for survey in await acting.kept("surveys")}
    assert set(kept) == {completion().program_id, OTHER_PROGRAM}
    assert without_outbox(kept[completion().program_id]) == without_outbox(before)
    assert acting.kafka.of(SurveyWithdrawn) == []


async def test_a_transfer_moves_the_open_survey(acting: Acting) -> None:
    await acting.tell(hired())
    await acting.tell(amended(school_id=OTHER_SCHOOL), sequence=2)
    (survey,) = await acting.kept("surveys")
    assert survey["target"]["recipient_role"] == f"{OTHER_SCHOOL}:principal"


async def test_an_amendment_that_comes_late_does_not_move_the_survey_back(acting: Acting) -> None:
    await acting.tell(hired())
    await acting.tell(amended(school_id=OTHER_SCHOOL), sequence=3)
    await acting.tell(amended(school_id=SCHOOL), sequence=2)
    (survey,) = await acting.kept("surveys")
    assert survey["target"]["school_id"] == OTHER_SCHOOL


async def test_a_withdrawal_that_comes_before_its_hire_leaves_no_open_survey(acting: Acting) -> None:
    await acting.tell(withdrawn(), sequence=2)
    await acting.tell(hired(), sequence=1)
    assert await acting.kept("surveys") == []


async def test_an_ended_employment_withdraws_the_unanswered_survey_once(acting: Acting) -> None:
    await acting.tell(hired())
    await acting.tell(ended(), sequence=2)
    await acting.until_published(SurveyWithdrawn)
    (survey,) = await acting.kept("surveys")
    assert survey["state"] == "withdrawn"
    assert len(acting.kafka.of(SurveyWithdrawn)) == 1


async def test_each_instrument_is_told_once_and_before_any_survey_counts(acting: Acting) -> None:
    told = await acting.until_published(InstrumentPublished, 2)
    published = [(one.instrument_id, one.version) for one in told if isinstance(one, InstrumentPublished)]
    assert published == [("hiring_survey", 1), ("partner_survey", 1)]


async def test_names_and_addresses_are_kept_sealed_and_a_tombstone_erases_them(acting: Acting) -> None:
    await acting.tell(role_holder(), profile())
    assert await acting.wired.people.display_names([COMPLETER]) == {COMPLETER: profile().display_name}
    (holder,) = await acting.wired.people.holders([f"{SCHOOL}:principal"])
    assert holder.email == role_holder().email
    await acting.kafka.erase(PEOPLE, COMPLETER)
    await acting.kafka.erase(PEOPLE, f"{SCHOOL}:principal")
    await acting.kafka.until_read("survey", PEOPLE)
    assert await acting.kept("profiles") == []
    assert await acting.kept("role_holders") == []


async def test_an_older_role_holder_that_comes_late_changes_nothing(acting: Acting) -> None:
    await acting.tell(role_holder(name="New"), sequence=5)
    await acting.tell(role_holder(name="Old"), sequence=4)
    (holder,) = await acting.wired.people.holders([f"{SCHOOL}:principal"])
    assert holder.name == "New"


async def test_nothing_is_parked_by_all_that(acting: Acting) -> None:
    await acting.tell(withdrawn(), sequence=2)
    await acting.tell(hired(), amended(), ended())
    assert acting.kafka.logs.get("prepbridge.survey.parked", [[]])[0] == []
    assert acting.kafka.logs[HIRES]


def without_outbox(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "_outbox"}


async def test_a_hire_told_in_an_unknown_version_is_parked_with_words_that_say_so(acting: Acting) -> None:
    known = outbound(hired())
    later = {**dict(known.headers), "ce_type": b"partnership.completer_hired.v9"}
    await acting.kafka.append([OutboundRecord(known.topic, known.key, known.value, list(later.items()))])
    await acting.kafka.until_read("survey", HIRES)
    (parked,) = await acting.kept("parked")
    assert parked["reason"] == "Undecodable"
    assert "partnership.completer_hired.v9" in parked["message"]
    assert await acting.kept("surveys") == []
