"""A mail that the mail server has taken while MongoDB was away is known to be sent, once MongoDB is back."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from deploy.local.mongod import Mongod
from services.survey.app import wire
from shared.mongo import Mongo
from shared.service import create_service
from tests.conftest import SetClock
from tests.faults.proxy import Proxy
from tests.running import running
from tests.survey.acting import Acting, TwiceBroker, settings
from tests.survey.builders import hired, profile, role_holder
from tests.survey.mail_sink import MailSink
from tests.twice_kafka import TwiceKafka

DATABASE = "mail_without_mongo"
TIMEOUT_SECONDS = 0.5


@pytest.fixture
def proxy(mongod: Mongod) -> Iterator[Proxy]:
    started = Proxy.start(mongod.port)
    yield started
    started.stop()


@pytest.fixture
async def mongo(mongod: Mongod, forget: Callable[[str], None]) -> AsyncIterator[Mongo]:
    """Past the proxy."""
    connected = await Mongo.connect(mongod.uri, DATABASE)
    yield connected
    await connected.close()
    forget(DATABASE)


@pytest.fixture
async def far_mongo(mongo: Mongo, proxy: Proxy) -> AsyncIterator[Mongo]:
    """The same database through the proxy."""
    address = f"mongodb://127.0.0.1:{proxy.port}/?directConnection=true"
    connected = await Mongo.connect(address, DATABASE, timeout_seconds=TIMEOUT_SECONDS)
    yield connected
    await connected.close()


async def test_a_mail_that_was_taken_while_mongo_was_away_is_sent_and_not_unknown(
    mongo: Mongo, far_mongo: Mongo, proxy: Proxy, kafka: TwiceKafka, sink: MailSink, clock: SetClock
) -> None:
    sink.thinks = asyncio.Event()
    told = settings(smtp_port=sink.port)
    app = create_service("survey", told, wire, mongo=far_mongo, broker=TwiceBroker(kafka), clock=clock)
    async with running(app) as client:
        client.base_url = httpx.URL("http://localhost:8101")
        acting = Acting(app, client, kafka, sink, mongo, clock)
        await acting.tell(role_holder(), profile())
        await acting.tell(hired())
        await acting.until_kept("sittings", {"mails.state": "handing_over"})
        proxy.refuse()
        proxy.reset()
        sink.thinks.set()
        await sink.until_taken(1)
        # This looks for MongoDB as long as the mailer does, and begins later.
        assert (await client.get("/health/ready")).status_code == httpx.codes.SERVICE_UNAVAILABLE
        proxy.heal()
        await acting.until_kept("sittings", {"mails.state": "sent"})
    assert len(sink.taken) == 1
