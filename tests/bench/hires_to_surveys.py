"""Hires in → surveys issued: survey's real app, and the bare loop."""

from collections.abc import Iterator

from services.survey.app import wire
from services.survey.settings import SurveySettings
from shared.events.partnership import HIRES
from shared.kafka_edge import Kafka
from shared.mongo import Mongo
from shared.outbox import ABOARD
from shared.records import OutboundRecord
from shared.service import create_service
from tests.bench.bare_kafka import BATCH, fill, sealed
from tests.bench.bare_loop import Work
from tests.bench.figures import Pace
from tests.bench.ground import Ground, in_a_loop
from tests.bench.watched import DidNotHappen, WatchedBroker, paced
from tests.survey.builders import NOW, hired_person

SCHOOLS = 1855
"""In Massachusetts."""
KEPT = ("employments", "surveys")
"""What survey keeps of a hire: one document in each."""


def hires(count: int) -> Iterator[OutboundRecord]:
    for number in range(count):
        yield sealed(hired_person(number, school_id=f"{number % SCHOOLS:08d}"), "partnership")


def fill_topic(on: Ground, count: int) -> None:
    in_a_loop(fill(on, hires(count)))


def ours(on: Ground, run: str, count: int, seconds: float, batch: int = BATCH) -> tuple[Pace, Work]:
    """Survey itself, with everything that it does beside, until all is acknowledged and committed."""
    return in_a_loop(_ours(on, run, count, seconds, batch))


async def _ours(on: Ground, run: str, count: int, seconds: float, batch: int) -> tuple[Pace, Work]:
    settings = SurveySettings(kafka_bootstrap_servers=on.bootstrap, kafka_broker=on.broker)
    broker = WatchedBroker(Kafka(settings), group=run, batch=batch)
    watch = broker.watch
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    app = create_service("survey", settings, wire, mongo=mongo, broker=broker, clock=lambda: NOW)
    # Beside the surveys, the instrument is told of once.
    pace = await paced(app, watch, lambda: watch.committed >= count and watch.acknowledged > count, seconds)
    documents = {name: await mongo.collection(name).find_one({}, {ABOARD: 0}) for name in KEPT}
    await mongo.drop()
    await mongo.close()
    if watch.last is None:
        raise DidNotHappen("Survey published nothing.")
    return pace, Work(HIRES, {name: document or {} for name, document in documents.items()}, watch.last)
