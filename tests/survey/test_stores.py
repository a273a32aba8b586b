"""Every store on a real mongod, through both drivers."""

from datetime import date, timedelta

import pytest

from services.survey.domain.employment import Employment
from services.survey.domain.role_holder import RoleHolder
from services.survey.domain.sitting import open_sitting
from services.survey.domain.survey import State
from services.survey.store.employments import Employments
from services.survey.store.instruments import Instruments
from services.survey.store.names import Names
from services.survey.store.people import People
from services.survey.store.sittings import Sittings
from services.survey.store.surveys import Surveys
from services.survey.use_cases.publish_instruments import publish_instruments
from shared.access.callers import EVERYTHING, Scope
from shared.errors import AlreadyThere, Misconfigured, StaleRevision
from shared.events.partnership import OrganizationChanged, OrganizationKind, ProgramChanged
from shared.mongo import Mongo
from shared.outbox import Documents
from shared.seal import Seal
from tests.survey.builders import (
    COMPLETER,
    DISTRICT,
    NOW,
    PRINCIPAL_ADDRESS,
    SCHOOL,
    a_survey,
    answers,
    decisions,
    hired,
    instrument,
    profile,
    role_holder,
)

SEAL = Seal("a key for tests", service="survey")


@pytest.fixture(params=["motor", "pymongo"])
def mongo_driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def documents(mongo: Mongo, name: str) -> Documents:
    return Documents(mongo.collection(name), source="survey")


@pytest.fixture
async def surveys(mongo: Mongo) -> Surveys:
    surveys = Surveys(documents(mongo, "surveys"), SEAL)
    await surveys.ensure_indexes()
    return surveys


@pytest.fixture
async def sittings(mongo: Mongo) -> Sittings:
    sittings = Sittings(documents(mongo, "sittings"))
    await sittings.ensure_indexes()
    return sittings


async def test_a_survey_comes_back_as_it_was_saved_and_its_comment_is_sealed(surveys: Surveys, mongo: Mongo) -> None:
    survey, events = a_survey().submit(answers(), "Bobby did well.", instrument(), NOW)
    survey = survey.model_copy(update={"revision": 1})
    assert await surveys.add(survey, events, at=NOW)
    assert await surveys.get(survey.survey_id) == survey
    assert "Bobby" not in repr(await mongo.collection("surveys").find({}))


async def test_a_survey_is_there_once(surveys: Surveys) -> None:
    assert await surveys.add(a_survey(), [], at=NOW)
    assert not await surveys.add(a_survey(state=State.EXPIRED), [], at=NOW)


async def test_of_two_who_save_the_same_revision_one_is_too_late(surveys: Surveys) -> None:
    await surveys.add(a_survey(), [], at=NOW)
    await surveys.save(a_survey().announced("one"), [], at=NOW)
    with pytest.raises(StaleRevision):
        await surveys.save(a_survey().announced("other"), [], at=NOW)


async def test_what_waits_is_counted_by_role(surveys: Surveys) -> None:
    later = NOW + timedelta(minutes=5)
    await surveys.add(a_survey(), [], at=NOW)
    await surveys.add(a_survey(survey_id="second", awaiting_since=later), [], at=NOW)
    await surveys.add(a_survey(survey_id="announced", awaiting_since=None, sitting_id="s"), [], at=NOW)
    (waiting,) = await surveys.waiting(["hiring-2027"], NOW.date())
    assert waiting.role_key == f"{SCHOOL}:principal"
    assert waiting.since == {a_survey().survey_id: NOW, "second": later}
    assert (waiting.campaign_ids, waiting.last_day) == (frozenset({"hiring-2027"}), a_survey().last_day)
    assert await surveys.waiting(["another"], NOW.date()) == []
    assert await surveys.waiting(["hiring-2027"], a_survey().last_day + timedelta(days=1)) == []


async def test_overdue_are_the_open_ones_after_their_last_day(surveys: Surveys) -> None:
    last_day = a_survey().last_day
    await surveys.add(a_survey(), [], at=NOW)
    await surveys.add(a_survey(survey_id="done", state=State.SUBMITTED), [], at=NOW)
    assert await surveys.overdue(last_day, limit=10) == []
    assert await surveys.overdue(last_day + timedelta(days=1), limit=10) == [a_survey().survey_id]


async def test_counts_keep_to_the_callers_scope(surveys: Surveys) -> None:
    await surveys.add(a_survey(), [], at=NOW)
    assert len(await surveys.counts(EVERYTHING)) == 1
    assert len(await surveys.counts(Scope("district", frozenset({DISTRICT})))) == 1
    for stranger in (Scope("district", frozenset({"00010000"})), Scope("provider", frozenset({"30000032"}))):
        assert await surveys.counts(stranger) == []


async def test_a_sitting_comes_back_as_it_was_saved(sittings: Sittings) -> None:
    sitting = open_sitting("P-1", token_hash="h", last_day=date(2027, 7, 31), now=NOW)
    invited = sitting.invite({"a": NOW}, ["r"], NOW, campaign_ids=["hiring-2027"])
    await sittings.save(invited, at=NOW)
    assert await sittings.get(invited.sitting_id) == invited
    assert await sittings.by_token_hash("h") == invited
    assert await sittings.due(NOW, limit=5) == [invited.sitting_id]
    assert await sittings.due(NOW - timedelta(seconds=1), limit=5) == []
    assert await sittings.due(NOW - timedelta(hours=2), limit=5) == [invited.sitting_id]
    assert await sittings.mails_by_state("hiring-2027") == {"pending": 1}
    with pytest.raises(StaleRevision):
        await sittings.save(invited, at=NOW)


async def test_a_token_opens_one_sitting(sittings: Sittings, mongo: Mongo) -> None:
    first = open_sitting("P-1", token_hash="h", last_day=date(2027, 7, 31), now=NOW)
    await sittings.save(first.invite({"a": NOW}, ["r"], NOW), at=NOW)
    with pytest.raises(AlreadyThere):
        await mongo.collection("sittings").insert_one({"_id": "other", "token_hash": "h"})


async def test_an_employment_comes_back_with_its_decisions(mongo: Mongo) -> None:
    employments = Employments(documents(mongo, "employments"))
    told = Employment(completer_id=COMPLETER).told(hired(), 1).decided(decisions((hired(), 1)))
    await employments.save(told, at=NOW)
    assert await employments.get(COMPLETER) == told.model_copy(update={"revision": 1})
    assert await employments.get("nobody") == Employment(completer_id="nobody")
    with pytest.raises(StaleRevision):
        await employments.save(told, at=NOW)


async def test_people_are_kept_sealed_and_the_latest_counts(mongo: Mongo) -> None:
    people = People(mongo.collection("role_holders"), mongo.collection("profiles"), SEAL)
    holder = RoleHolder.told(role_holder(), 2)
    await people.keep_role_holder(holder, after=None)
    with pytest.raises(StaleRevision):
        await people.keep_role_holder(RoleHolder.told(role_holder(name="At the same time"), 1), after=None)
    assert await people.holders([holder.role_key, "nobody:principal"]) == [holder]
    await people.note_profile(profile(), 1)
    assert await people.display_names([COMPLETER, "nobody"]) == {COMPLETER: profile().display_name}
    kept = repr([await mongo.collection(name).find({}) for name in ("role_holders", "profiles")])
    assert PRINCIPAL_ADDRESS not in kept
    await people.erase(holder.role_key)
    assert await people.holders([holder.role_key]) == []


async def test_an_instrument_that_was_changed_after_its_publication_is_refused(mongo: Mongo) -> None:
    instruments = Instruments(documents(mongo, "instruments"))
    for _ in range(2):
        await publish_instruments([instrument()], instruments=instruments, clock=lambda: NOW)
    (kept,) = await mongo.collection("instruments").find({})
    assert len(kept["_outbox"]) == 1
    reworded = instrument().model_copy(update={"title": "Another title"})
    with pytest.raises(Misconfigured, match="new version"):
        await publish_instruments([reworded], instruments=instruments, clock=lambda: NOW)


def test_a_sealed_field_opens_nowhere_else_and_with_no_other_key() -> None:
    sealed = SEAL.close("secret", record="r", field="f")
    assert sealed is not None
    assert b"secret" not in sealed
    assert SEAL.open(sealed, record="r", field="f") == "secret"
    for seal, record, field in (
        (SEAL, "other", "f"),
        (SEAL, "r", "other"),
        (Seal("other", service="survey"), "r", "f"),
    ):
        with pytest.raises(Misconfigured):
            seal.open(sealed, record=record, field=field)
    assert SEAL.close("secret", record="r", field="f") != sealed


async def test_an_organization_is_called_what_it_was_last_called_and_an_unknown_one_by_its_id(mongo: Mongo) -> None:
    names = Names(mongo.collection("names"))
    for sequence, name in ((2, "Boston Latin Academy"), (1, "Girls' Latin School")):
        kinds = (OrganizationKind.SCHOOL,)
        await names.note_organization(OrganizationChanged(organization_id=SCHOOL, kinds=kinds, name=name), sequence)
    await names.note_program(ProgramChanged(program_id="p", provider_id="30000032", name="Elementary"), 1)
    assert await names.of([SCHOOL, "p", "00010000", None]) == {
        SCHOOL: "Boston Latin Academy",
        "p": "Elementary",
        "00010000": "00010000",
    }
