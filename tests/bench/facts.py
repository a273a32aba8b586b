"""Survey's events in → facts and leaves: analytics' real app against a bare consume-and-`bulk_write`."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

from pymongo import InsertOne

from services.analytics.app import wire
from services.analytics.settings import AnalyticsSettings
from shared.events import Event
from shared.events.survey import SURVEYS, InvitationDelivered, SurveyStarted
from shared.kafka_edge import Kafka
from shared.mongo import Mongo
from shared.records import OutboundRecord
from shared.service import create_service
from tests.analytics.events import issued, submitted, where
from tests.bench.bare_kafka import BATCH, bare_consumer, fill, sealed
from tests.bench.figures import Pace
from tests.bench.ground import Ground, bare_database, in_a_loop
from tests.bench.watched import WatchedBroker, paced
from tests.survey.builders import NOW

PROGRAMS = 500
"""About as many as a middling state has; each is a leaf of each campaign."""
SURVEYS_A_CAMPAIGN = 10_000
STAGES = 4


def facts(count: int) -> Iterator[OutboundRecord]:
    """Campaign by campaign: all are issued, then delivered, then started, then submitted."""
    surveys = -(-count // STAGES)
    for first in range(0, surveys, SURVEYS_A_CAMPAIGN):
        asked = range(first, min(surveys, first + SURVEYS_A_CAMPAIGN))
        for stage in range(STAGES):
            for number in asked:
                yield sealed(_event(stage, number, first // SURVEYS_A_CAMPAIGN), "survey", sequence=stage + 1)


def _event(stage: int, number: int, campaign: int) -> Event:
    survey_id, provider_id = f"survey-{number}", f"provider-{number % PROGRAMS}"
    place = where(survey_id, provider_id) | {"campaign_id": f"hiring-{campaign}"}
    changes = {"campaign_id": f"hiring-{campaign}"}
    match stage:
        case 0:
            return issued(survey_id, provider_id).model_copy(update=changes)
        case 1:
            return InvitationDelivered(**place, mail_kind="invitation", mail_number=1)
        case 2:
            return SurveyStarted(**place)
        case _:
            return submitted(survey_id, provider_id, 1 + number % 5).model_copy(update=changes)


def fill_topic(on: Ground, count: int) -> None:
    in_a_loop(fill(on, facts(count)))


def ours(on: Ground, run: str, count: int, seconds: float, batch: int = BATCH) -> tuple[Pace, dict[str, Any]]:
    """Analytics itself, until every fact is kept, its leaf made anew, and its offset committed."""
    return in_a_loop(_ours(on, run, count, seconds, batch))


async def _ours(on: Ground, run: str, count: int, seconds: float, batch: int) -> tuple[Pace, dict[str, Any]]:
    settings = AnalyticsSettings(kafka_bootstrap_servers=on.bootstrap, kafka_broker=on.broker)
    broker = WatchedBroker(Kafka(settings), group=run, batch=batch)
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    app = create_service("analytics", settings, wire, mongo=mongo, broker=broker, clock=lambda: NOW)
    pace = await paced(app, broker.watch, lambda: broker.watch.committed >= count, seconds)
    fact = await mongo.collection("facts").find_one({"kind": "submitted"}) or await mongo.collection("facts").find_one(
        {}
    )
    await mongo.drop()
    await mongo.close()
    return pace, fact or {}


def bare_loop(on: Ground, run: str, count: int, fact: dict[str, Any]) -> Pace:
    """Poll, one `bulk_write` of documents of a fact's size, commit."""
    return in_a_loop(_bare_loop(on, run, count, fact))


async def _bare_loop(on: Ground, run: str, count: int, fact: dict[str, Any]) -> Pace:
    done = 0
    began: float | None = None
    async with bare_database(on, run) as database, bare_consumer(on, run, [SURVEYS]) as consumer:
        while done < count:
            polled = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            records = [record for of_place in polled.values() for record in of_place]
            began = began or (perf_counter() if records else None)
            if not records:
                continue
            writes = [InsertOne({**fact, "_id": f"{record.partition:018d}{record.offset:018d}"}) for record in records]
            await database["facts"].bulk_write(writes, ordered=False)
            await consumer.commit()
            done += len(records)
        return Pace(done, perf_counter() - (began or 0.0))
