"""Partnerships for tests: the terms of one, the way to propose and to attest it, and one activity of each way."""

from typing import Any

import httpx

from tests.partnership.working import DISTRICT_CODE, PROVIDER, SCHOOL_CODE, Working

OTHER_DISTRICT = "00490000"
BEGINS, ENDS = "2027-01-01", "2029-12-31"
RECORDS: dict[str, dict[str, Any]] = {
    "data_sharing": {"dataset": "openings", "openings": 40, "openings_filled": 12, "licence_field": "Elementary"},
    "aligned_diversity": {"action": "visits to high schools", "applied": 30, "student_share": 41.5},
    "shared_induction": {"goals": "classroom management", "new_educators": 9, "mentor_hours": 450},
    "codesigned_courses": {"subject": "Reading 2", "part": "coursework", "courses_revised": 1},
    "coselection": {"considered": 20, "admitted": 12, "admitted_with_district_vote": 11},
    "district_cohort": {"cohort": "Spring 2027", "enrolled": 14},
    "yearlong_placement": {"school": SCHOOL_CODE, "placements": 6, "yearlong": 5},
    "educators_teaching": {"course": "Methods", "educators": 2, "sections": 3},
    "faculty_in_schools": {"school": SCHOOL_CODE, "faculty": 2, "days": 11.5},
    "leaders_on_boards": {"board": "Advisory board", "seats": 2, "attended": 2},
    "practitioner_recognition": {"practitioners": 8, "trained": 7, "award_given": True},
}


def terms(**changes: Any) -> dict[str, Any]:
    return {"ways": ["district_cohort", "shared_induction"], "begins_on": BEGINS, "ends_on": ENDS, **changes}


def a_goal(**changes: Any) -> dict[str, Any]:
    goal = {"metric": "hired in the district", "unit": "percent", "baseline": 40, "target": 60, "due_on": "2027-06-30"}
    return {**goal, **changes}


def a_contact(**changes: Any) -> dict[str, Any]:
    return {"side": "district", "name": "Ana Ruiz", "email": "ruiz@boston.example", **changes}


async def post(partnership: Working, path: str, who: dict[str, str], **body: Any) -> httpx.Response:
    return await partnership.client.post(f"/v1/partnerships{path}", json=body, headers=who)


async def got(partnership: Working, path: str, who: dict[str, str], **body: Any) -> dict[str, Any]:
    """What a request that must succeed is answered."""
    answer = await post(partnership, path, who, **body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def proposed(
    partnership: Working, *, provider: str = PROVIDER, district: str = DISTRICT_CODE, **changes: Any
) -> dict[str, Any]:
    """By the provider."""
    who = partnership.as_provider(provider)
    return await got(partnership, "", who, provider_id=provider, district_id=district, terms=terms(**changes))


async def agreed(
    partnership: Working, *, provider: str = PROVIDER, district: str = DISTRICT_CODE, **changes: Any
) -> dict[str, Any]:
    """Proposed by the provider, attested by the district."""
    made = await proposed(partnership, provider=provider, district=district, **changes)
    return await got(partnership, f"/{made['partnership_id']}/attest", partnership.as_district(district), version=1)
