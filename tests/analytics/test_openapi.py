"""The API of analytics keeps to its own document, whatever it is asked."""

import pytest

from services.analytics.app import wire
from services.analytics.settings import AnalyticsSettings
from shared.mongo import Mongo
from shared.service import create_service
from tests.analytics.conftest import Analytics
from tests.analytics.test_app import twelve_answers
from tests.openapi import UNPACED, callers_of, expect_no_fault
from tests.running import running
from tests.twice_kafka import TwiceKafka


@pytest.fixture
def mongo_driver() -> str:
    """It is about doors, not about the driver."""
    return "motor"


async def test_every_route_keeps_to_its_document(mongo: Mongo) -> None:
    kafka = TwiceKafka()
    settings = AnalyticsSettings(refresh_seconds=0.01, **UNPACED)
    app = create_service("analytics", settings, wire, mongo=mongo, broker=kafka)
    async with running(app) as client:
        await twelve_answers(Analytics(app, client, kafka, mongo))
        callers = callers_of(app, district="00350000", provider="provider-1")
        await expect_no_fault(app, callers, {"campaign_id": "hiring-2027", "provider_id": "provider-1"})
