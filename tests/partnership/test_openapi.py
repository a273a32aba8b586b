"""The API of partnership keeps to its own document, whatever it is asked."""

import pytest

from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.openapi import UNPACED, callers_of, expect_no_fault
from tests.partnership.reviewing import HOLDERS, opened
from tests.partnership.test_ledger_isolation import a_full_partnership
from tests.partnership.test_stated_hires import a_hire, taken
from tests.partnership.working import DISTRICT_CODE, FEED, PROVIDER, staff_of, working


@pytest.mark.timeout(1800)  # with more examples than usual it takes long
async def test_every_route_keeps_to_its_document(mongo: Mongo, clock: SetClock) -> None:
    async with working(mongo, clock, **UNPACED) as partnership:
        await partnership.bring_directory()
        await partnership.connect()
        imported = await partnership.bring_completers(1, 2)
        run = await partnership.applied(0, staff_of())
        hire = await taken(partnership, a_hire())
        review = await taken(partnership, a_hire(2, identifiers=[]))
        hook = {"url": "http://127.0.0.1:9/closed"}
        webhook = (await partnership.client.post("/v1/webhooks", json=hook, headers=partnership.as_district())).json()
        (completer, *_) = (await partnership.client.get("/v1/completers", headers=partnership.as_provider())).json()[
            "items"
        ]
        await partnership.bring("role_holders", HOLDERS.encode())
        review_id = await opened(partnership)
        callers = callers_of(partnership.app, district=DISTRICT_CODE, provider=PROVIDER)
        known = {
            "connection_id": FEED,
            "run_id": run["run_id"],
            "hire_id": hire["hire_id"],
            "staff_id": review["staff_id"],
            "completer_id": completer["completer_id"],
            "import_id": imported["import_id"],
            "webhook_id": webhook["webhook_id"],
            **await a_full_partnership(partnership, PROVIDER, DISTRICT_CODE),
            "district_id": DISTRICT_CODE,
            "school_year": "2028",
            "review_id": review_id,
            "contact_key": f"{DISTRICT_CODE}:superintendent",
        }
        await expect_no_fault(partnership.app, callers, known)
