"""Reviews in tests: prepare, add, open; and what survey would tell of those who are asked."""

from typing import Any

import httpx

from shared.events.envelope import seal
from shared.events.partnership import PEOPLE
from shared.events.partnerships import PARTNERSHIPS, PartnerContactChanged, ReviewEvent
from shared.events.survey import SurveyEvent
from tests.conftest import SetClock
from tests.partnership.working import DISTRICT_CODE, PROVIDER, Working

REVIEWS = "/v1/reviews"
ELSEWHERE = "00490000"
ROLE = f"{DISTRICT_CODE}:district_contact"
HOLDERS = f"""OrganizationCode,Role,PersonId,FirstName,LastSurname,ElectronicMailAddress
{DISTRICT_CODE},superintendent,p-1,Ada,Boston,ada@boston.example
{DISTRICT_CODE},district_contact,p-2,Ben,Boston,ben@boston.example
{ELSEWHERE},superintendent,p-3,Cem,Cambridge,
"""
STAGES = [
    {"stage": "launch", "begins_on": "2027-04-01", "ends_on": "2027-10-31"},
    {"stage": "initial_inquiry", "begins_on": "2027-11-01", "ends_on": "2028-04-30"},
    {"stage": "follow_up_inquiry", "begins_on": "2028-05-01", "ends_on": "2028-10-31"},
    {"stage": "determination", "begins_on": "2028-11-01", "ends_on": "2029-03-31"},
]


def a_plan(**values: Any) -> dict[str, Any]:
    plan = {"process": "twenty_four_month", "size_class": "small", "stages": STAGES, "answers_until": "2028-03-31"}
    return {**plan, **values}


async def asked(
    partnership: Working, method: str, path: str, who: dict[str, str] | None = None, /, **body: Any
) -> httpx.Response:
    sent = {"json": body} if body else {}
    return await partnership.client.request(
        method,
        f"{REVIEWS}{path}",
        headers=who or partnership.as_agency(),
        **sent,  # type: ignore[arg-type]
    )


async def drafted(partnership: Working, provider: str = PROVIDER, **values: Any) -> str:
    answer = await asked(partnership, "POST", "", **{**a_plan(**values), "provider_id": provider})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["review_id"])


async def added(partnership: Working, review_id: str, **contact: Any) -> dict[str, Any]:
    answer = await asked(partnership, "POST", f"/{review_id}/contacts", district_id=DISTRICT_CODE, **contact)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def opened(partnership: Working, provider: str = PROVIDER, **values: Any) -> str:
    """With the superintendent of Boston on its list, if nobody else is."""
    review_id = await drafted(partnership, provider, **values)
    await added(partnership, review_id, role="superintendent")
    answer = await asked(partnership, "POST", f"/{review_id}/open")
    assert answer.status_code == 200, answer.text
    return review_id


async def review_events(partnership: Working) -> list[ReviewEvent]:
    """Once each, in order, when everything has left."""
    await _until_empty(partnership, "reviews")
    once = {each.id: each.event for each in partnership.kafka.events(PARTNERSHIPS)}
    return [event for event in once.values() if isinstance(event, ReviewEvent)]


async def contacts_told(partnership: Working) -> list[PartnerContactChanged]:
    await _until_empty(partnership, "partner_contacts")
    once = {each.id: each.event for each in partnership.kafka.events(PEOPLE)}
    return [event for event in once.values() if isinstance(event, PartnerContactChanged)]


async def _until_empty(partnership: Working, collection: str) -> None:
    while await partnership.mongo.collection(collection).count({"_outbox.id": {"$exists": True}}):
        await partnership.kafka.until_grown(0.02)


async def hear(partnership: Working, clock: SetClock, event: SurveyEvent, sequence: int) -> None:
    """As partnership's consumer would, twice."""
    reaction = partnership.wired.reviews.reactions()[type(event)]
    envelope = seal(event, source="survey", sequence=sequence, at=clock())
    await reaction(envelope)
    await reaction(envelope)
