"""The API of survey keeps to its own document, whatever it is asked."""

from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.openapi import UNPACED, callers_of, expect_no_fault
from tests.survey.acting import surveying
from tests.survey.builders import DISTRICT, SCHOOL


async def test_every_route_keeps_to_its_document(mongo: Mongo, clock: SetClock) -> None:
    async with surveying(mongo, clock, **UNPACED) as acting:
        await acting.invite()
        callers = callers_of(acting.app, district=DISTRICT, provider="30000032")
        await expect_no_fault(acting.app, callers, {"role_key": f"{SCHOOL}:principal"})
