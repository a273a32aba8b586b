"""F30, F31: records that come again, at once and days later, and in an order in which nobody wrote them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from random import Random
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.local.mongod import Mongod
from services.analytics.app import wire as wire_analytics
from services.analytics.settings import AnalyticsSettings
from services.survey.domain.issuing import survey_id_of
from shared.events import Event
from shared.events.partnership import HIRES, PEOPLE, CompleterHired
from shared.events.survey import (
    SURVEYS,
    InvitationDelivered,
    SurveyEvent,
    SurveyExpired,
    SurveyStarted,
    SurveyWithdrawn,
)
from shared.mongo import Mongo
from shared.records import OutboundRecord
from shared.service import create_service
from tests.analytics.conftest import Analytics, at_rest
from tests.analytics.events import declined, issued, submitted, where
from tests.conftest import SetClock
from tests.faults.rows import Row
from tests.running import running
from tests.survey.acting import Acting, surveying
from tests.survey.builders import (
    OTHER_SCHOOL,
    PROGRAM,
    SCHOOL,
    amended,
    ended,
    hired,
    hired_person,
    profile,
    role_holder,
    withdrawn,
)
from tests.twice_kafka import TwiceKafka, outbound

TIMES = 100
DAYS_LATER = timedelta(days=7)
EXAMPLES = 40
_numbers = count(1)


def without_outbox(documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({**each, "_outbox": []} for each in documents), key=lambda each: str(each["_id"]))


async def heard_again(kafka: TwiceKafka, records: Sequence[OutboundRecord], group: str, *topics: str) -> None:
    await kafka.append(records)
    await kafka.until_read(group, *topics, seconds=60)


@pytest.mark.fault("F30", f"every record of survey twice, {TIMES} times, and a week later")
async def test_what_survey_hears_again_changes_nothing(row: Row, mongo: Mongo, clock: SetClock) -> None:
    async with surveying(mongo, clock) as acting:
        told = [role_holder(), profile(), hired(), hired_person(2, school_id=OTHER_SCHOOL), amended()]
        records = [outbound(event, sequence=sequence) for sequence, event in enumerate(told, 1)]
        await heard_again(acting.kafka, records, "survey", HIRES, PEOPLE)
        await acting.sink.until_taken(1)
        await acting.until_kept("sittings", {"next_at": None})
        before = await all_of_survey(acting)
        started = perf_counter()
        await heard_again(acting.kafka, records, "survey", HIRES, PEOPLE)
        await heard_again(acting.kafka, records * TIMES, "survey", HIRES, PEOPLE)
        clock.advance(DAYS_LATER)
        await heard_again(acting.kafka, records, "survey", HIRES, PEOPLE)
        row.recovered_in = perf_counter() - started
        await acting.until_kept("surveys", {"_outbox.0": {"$exists": True}}, 0)
        assert await all_of_survey(acting) == before
        known = acting.app.state.registry.get_sample_value("survey_hire_events_total", {"outcome": "known"})
        assert known >= 3 * (TIMES + 2)
        row.lost, row.doubled = 2 - len(await acting.kept("surveys")), len(acting.sink.taken) - 1


async def all_of_survey(acting: Acting) -> dict[str, list[dict[str, Any]]]:
    names = ("surveys", "employments", "sittings", "role_holders", "profiles", "parked")
    return {name: without_outbox(await acting.kept(name)) for name in names}


@asynccontextmanager
async def analysing(mongo: Mongo) -> AsyncIterator[Analytics]:
    kafka = TwiceKafka()
    told = AnalyticsSettings(refresh_seconds=0.01, caller_requests_per_second=0)
    app = create_service("analytics", told, wire_analytics, mongo=mongo, broker=kafka)
    async with running(app) as client:
        yield Analytics(app, client, kafka, mongo)


@pytest.fixture
async def analytics(mongo: Mongo) -> AsyncIterator[Analytics]:
    async with analysing(mongo) as analytics:
        yield analytics


@pytest.mark.fault("F30", f"every record of analytics twice and {TIMES} times")
async def test_what_analytics_hears_again_counts_nothing(row: Row, analytics: Analytics) -> None:
    events: list[tuple[SurveyEvent, int]] = [(issued(f"s-{number}"), 1) for number in range(12)]
    events += [(submitted(f"s-{number}", readiness=1 + number % 5), 2) for number in range(11)]
    events += [(declined("s-11"), 2)]
    records = [outbound(event, sequence=sequence, source="survey") for event, sequence in events]
    await heard_again(analytics.kafka, records, "analytics", SURVEYS)
    await at_rest(analytics.mongo)
    before = (await analytics.get("/v1/results/hiring-2027")).json()
    started = perf_counter()
    await heard_again(analytics.kafka, records, "analytics", SURVEYS)
    await heard_again(analytics.kafka, records * TIMES, "analytics", SURVEYS)
    await at_rest(analytics.mongo)
    row.recovered_in = perf_counter() - started
    assert (await analytics.get("/v1/results/hiring-2027")).json() == before
    sample = analytics.app.state.registry.get_sample_value
    known = sample("analytics_facts_total", {"kind": "submitted", "outcome": "known"})
    assert known >= 11 * (TIMES + 1)
    found = await analytics.mongo.collection("facts").count({})
    row.lost, row.doubled = max(0, len(events) - found), max(0, found - len(events))


@pytest.fixture
def loop_of_its_own() -> Iterator[asyncio.Runner]:
    """Hypothesis calls its examples without awaiting them."""
    with asyncio.Runner() as runner:
        yield runner


STEPS = ("amended to A", "amended to B", "ended", "hired again", "withdrawn", "role holder")
HISTORIES = st.lists(st.sampled_from(STEPS), max_size=5).map(lambda steps: ["hired", *steps])


def event_of(step: str, number: int) -> Event:
    """What is told of this completer."""
    base = hired_person(number)
    ids = {"hire_id": base.hire_id, "completer_id": base.completer_id}
    match step:
        case "amended to A":
            return amended(**ids, school_id=SCHOOL)
        case "amended to B":
            return amended(**ids, school_id=OTHER_SCHOOL)
        case "ended":
            return ended(**ids)
        case "withdrawn":
            return withdrawn(**ids)
        case "role holder":
            return role_holder(organization_id=OTHER_SCHOOL)
        case _:
            return base


def records_of(steps: Sequence[str], number: int) -> list[OutboundRecord]:
    return [outbound(event_of(step, number), sequence=sequence) for sequence, step in enumerate(steps, 1)]


async def asked(acting: Acting, number: int) -> tuple[object, ...]:
    """Who is asked about this completer; a survey that was taken back is none."""
    hire: CompleterHired = hired_person(number)
    survey = await acting.wired.surveys.get(survey_id_of(hire.completer_id, PROGRAM, "2027"))
    employment = await acting.wired.employments.get(hire.completer_id)
    told = tuple(each.model_dump_json(exclude={"hire_id"}) for each in employment.hires)
    if survey is None or not survey.is_open:
        return (*told, None)
    target = survey.target.model_dump(exclude={"hire_id"})
    return (*told, survey.state, tuple(sorted(target.items(), key=str)))


@pytest.mark.fault("F31", "histories of hires, shuffled within their key and across keys")
def test_survey_asks_the_same_people_in_whatever_order_it_hears(
    row: Row, mongod: Mongod, loop_of_its_own: asyncio.Runner, clock: SetClock, forget: Any
) -> None:
    run = loop_of_its_own.run

    async def open_service() -> Any:
        mongo = await Mongo.connect(mongod.uri, "shuffled_survey", driver="motor")
        service = surveying(mongo, clock)
        return mongo, service, await service.__aenter__()

    mongo, service, acting = run(open_service())
    started = perf_counter()
    try:

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(HISTORIES, st.data())
        def check(steps: list[str], data: st.DataObject) -> None:
            ordered, shuffled = next(_numbers), next(_numbers)
            mixed = data.draw(st.permutations(records_of(steps, shuffled)))
            run(heard_again(acting.kafka, records_of(steps, ordered), "survey", HIRES, PEOPLE))
            run(heard_again(acting.kafka, mixed, "survey", HIRES, PEOPLE))
            assert run(asked(acting, shuffled)) == run(asked(acting, ordered))

        check()
    finally:
        run(service.__aexit__(None, None, None))
        run(mongo.close())
        forget("shuffled_survey")
    row.recovered_in, row.lost, row.doubled = perf_counter() - started, 0, 0


WORDS = ("issued", "started", "submitted", "declined", "withdrawn", "expired", "delivered")
LIVES = st.lists(st.sampled_from(WORDS), max_size=4).map(lambda words: ["issued", *words])
GROUP = 12


def fact_of(word: str, survey_id: str, provider_id: str, readiness: int) -> Event:
    place = where(survey_id, provider_id)
    match word:
        case "issued":
            return issued(survey_id, provider_id)
        case "submitted":
            return submitted(survey_id, provider_id, readiness)
        case "declined":
            return declined(survey_id, provider_id)
        case "withdrawn":
            return SurveyWithdrawn.model_validate({**place, "reason": "hire_withdrawn"})
        case "expired":
            return SurveyExpired.model_validate({**place, "was_started": True})
        case "delivered":
            return InvitationDelivered.model_validate({**place, "mail_kind": "invitation", "mail_number": 1})
        case _:
            return SurveyStarted.model_validate(place)


def facts_of(words: Sequence[str], provider_id: str) -> list[OutboundRecord]:
    """Twelve surveys about a provider live through this, each answered in its own way."""
    return [
        outbound(
            fact_of(word, f"{provider_id}-{number}", provider_id, 1 + number % 5), sequence=sequence, source="survey"
        )
        for number in range(GROUP)
        for sequence, word in enumerate(words, 1)
    ]


@pytest.mark.fault("F31", "lives of surveys, shuffled within their key and across keys")
def test_analytics_shows_the_same_figures_in_whatever_order_it_hears(
    row: Row, mongod: Mongod, loop_of_its_own: asyncio.Runner, forget: Any
) -> None:
    run = loop_of_its_own.run

    async def open_service() -> Any:
        mongo = await Mongo.connect(mongod.uri, "shuffled_analytics", driver="motor")
        service = analysing(mongo)
        return mongo, service, await service.__aenter__()

    async def figures(provider_id: str) -> Any:
        await at_rest(shown.mongo)
        answer = await shown.get(f"/v1/results/hiring-2027/providers/{provider_id}")
        assert answer.status_code == 200
        return answer.text.replace(provider_id, "provider")

    mongo, service, shown = run(open_service())
    started = perf_counter()
    try:

        @settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(LIVES, st.randoms(use_true_random=False))
        def check(words: list[str], chance: Random) -> None:
            ordered, shuffled = f"provider-{next(_numbers):05d}", f"provider-{next(_numbers):05d}"
            mixed = facts_of(words, shuffled)
            chance.shuffle(mixed)
            run(heard_again(shown.kafka, facts_of(words, ordered), "analytics", SURVEYS))
            run(heard_again(shown.kafka, mixed, "analytics", SURVEYS))
            assert run(figures(shuffled)) == run(figures(ordered))

        check()
    finally:
        run(service.__aexit__(None, None, None))
        run(mongo.close())
        forget("shuffled_analytics")
    row.recovered_in, row.lost, row.doubled = perf_counter() - started, 0, 0
