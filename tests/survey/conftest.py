"""The whole survey service: real mongod, real SMTP, Kafka in memory delivering everything twice."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.survey.app import wire
from shared.mongo import Mongo
from shared.service import create_service
from tests.conftest import SetClock
from tests.running import running
from tests.survey.acting import Acting, TwiceBroker, settings
from tests.survey.mail_sink import MailSink, mail_sink
from tests.twice_kafka import TwiceKafka


@pytest.fixture
def mongo_driver() -> str:
    """The stores are run on both drivers in test_stores.py; the whole service on the default is enough."""
    return "motor"


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as sink:
        yield sink


@pytest.fixture
def kafka() -> TwiceKafka:
    return TwiceKafka()


@pytest.fixture
def app(mongo: Mongo, kafka: TwiceKafka, sink: MailSink, clock: SetClock) -> FastAPI:
    return create_service(
        "survey", settings(smtp_port=sink.port), wire, mongo=mongo, broker=TwiceBroker(kafka), clock=clock
    )


@pytest.fixture
async def acting(
    app: FastAPI, kafka: TwiceKafka, sink: MailSink, mongo: Mongo, clock: SetClock
) -> AsyncIterator[Acting]:
    async with running(app) as client:
        client.base_url = httpx.URL("http://localhost:8101")
        yield Acting(app, client, kafka, sink, mongo, clock)
