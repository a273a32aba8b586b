"""Survey's events in → facts, and every leaf made of them: what the reader of a page waits for after a rush."""

from services.analytics.app import wire
from services.analytics.settings import AnalyticsSettings
from services.analytics.store.generations import Generations
from shared.kafka_edge import Kafka
from shared.mongo import Mongo
from shared.service import create_service
from tests.bench.figures import Pace
from tests.bench.ground import Ground, in_a_loop
from tests.bench.watched import WatchedBroker, paced
from tests.survey.builders import NOW


def ours(on: Ground, run: str, count: int, seconds: float) -> Pace:
    """As facts.ours, and on until no fact waits for its leaf."""
    return in_a_loop(_ours(on, run, count, seconds))


async def _ours(on: Ground, run: str, count: int, seconds: float) -> Pace:
    settings = AnalyticsSettings(kafka_bootstrap_servers=on.bootstrap, kafka_broker=on.broker)
    broker = WatchedBroker(Kafka(settings), group=run)
    mongo = await Mongo.connect(on.mongodb_uri, run, on.driver)
    app = create_service("analytics", settings, wire, mongo=mongo, broker=broker, clock=lambda: NOW)
    generations = Generations(mongo)

    async def are_counted() -> bool:
        model = await generations.serving()
        return not (await model.facts.touched()).marks

    pace = await paced(app, broker.watch, lambda: broker.watch.committed >= count, seconds, are_counted)
    await mongo.drop()
    await mongo.close()
    return pace
