"""New colleagues whom nothing identifies: compared in the background, proposed to a person, decided, and taken back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.partnership.domain.matching import LIKENESS
from shared.clock import Clock
from shared.events.partnership import CompleterHired, HireWithdrawn
from shared.mongo import Mongo
from tests.partnership.rosters import a_user
from tests.partnership.working import Working, staff_of, working

REASON = "the district was asked"


@pytest.fixture
async def comparing(mongo: Mongo, clock: Clock) -> AsyncIterator[Working]:
    async with working(mongo, clock, likeness_seconds=0.1) as partnership:
        await partnership.bring_directory()
        await partnership.connect()
        yield partnership


def a_misspelt_user(number: int) -> dict[str, str]:
    """`a_candidate(number)` with a slip in the family name and no number."""
    right = a_user(number)
    return {**right, "userIds": "", "familyName": right["familyName"][:2] + "i" + right["familyName"][2:]}


async def proposed(partnership: Working) -> dict[str, Any]:
    """The first match that is to be reviewed, once there is one."""
    async with asyncio.timeout(60):
        while not (found := await partnership.to_review()):
            await partnership.kafka.until_grown(0.05)
    return found[0]


async def decide(partnership: Working, verb: str, match: dict[str, Any], completer_id: str) -> dict[str, Any]:
    answer = await partnership.client.post(
        f"/v1/matches/{match['staff_id']}/{verb}",
        json={"completer_id": completer_id, "reason": REASON},
        headers=partnership.as_district(),
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("completer_first", [True, False])
async def test_a_misspelt_colleague_is_proposed_with_the_evidence_and_told_to_nobody(
    comparing: Working, *, completer_first: bool
) -> None:
    if completer_first:
        await comparing.bring_completers(1)
    await comparing.applied(0, staff_of())
    await comparing.applied(14, staff_of(a_misspelt_user(1)))
    if not completer_first:
        await comparing.bring_completers(1)
    match = await proposed(comparing)
    assert match["matching"]["reason"] == LIKENESS
    (candidate,) = match["matching"]["candidates"]
    assert candidate["evidence"] == [LIKENESS]
    assert candidate["likeness"]["probability"] > 0.2
    assert {each["level"] for each in candidate["likeness"]["agreements"] if each["field"] == "family"} == {"one_slip"}
    assert candidate["weighed"][-1]["total"] == pytest.approx(
        candidate["likeness"]["prior"] + sum(each["weight"] for each in candidate["likeness"]["agreements"]), abs=0.11
    )
    assert {each["field"] for each in candidate["fields"]} >= {"given_name", "family_name"}
    assert await comparing.told(CompleterHired) == []
    page = await comparing.client.get("/matches", headers={"accept": "text/html", **comparing.as_district()})
    assert "one letter or digit is off" in page.text


async def test_a_confirmed_match_is_undone_and_confirmed_again(comparing: Working) -> None:
    await comparing.bring_completers(1)
    await comparing.applied(0, staff_of())
    await comparing.applied(14, staff_of(a_misspelt_user(1)))
    match = await proposed(comparing)
    completer_id = match["matching"]["candidates"][0]["completer_id"]
    confirmed = await decide(comparing, "confirm", match, completer_id)
    (hired,) = await comparing.told(CompleterHired)
    assert isinstance(hired, CompleterHired)
    assert (hired.hire_id, hired.match_basis) == (confirmed["hire_id"], "reviewer")

    undone = await decide(comparing, "undo", match, completer_id)
    (withdrawn,) = await comparing.told(HireWithdrawn)
    assert isinstance(withdrawn, HireWithdrawn)
    assert (withdrawn.hire_id, withdrawn.reason) == (hired.hire_id, "not_our_completer")
    assert (undone["hire_id"], undone["matching"]["state"]) == (None, "review")
    assert [each["staff_id"] for each in await comparing.to_review()] == [match["staff_id"]]

    await decide(comparing, "confirm", match, completer_id)
    assert len(await comparing.told(CompleterHired)) == 2
    read = await comparing.client.get(f"/v1/matches/{match['staff_id']}", headers=comparing.as_agency())
    decisions = read.json()["matching"]["decisions"]
    assert [each["what"] for each in decisions] == ["confirmed", "confirmation_undone", "confirmed"]
    assert {each["reason"] for each in decisions} == {REASON}
    assert decisions[0]["candidates"][0]["likeness"] == match["matching"]["candidates"][0]["likeness"]


async def test_a_rejection_is_undone_and_what_nobody_decided_cannot_be(comparing: Working) -> None:
    await comparing.bring_completers(1)
    await comparing.applied(0, staff_of())
    await comparing.applied(14, staff_of(a_misspelt_user(1)))
    match = await proposed(comparing)
    completer_id = match["matching"]["candidates"][0]["completer_id"]
    address = f"/v1/matches/{match['staff_id']}/undo"
    body = {"completer_id": completer_id, "reason": REASON}
    refused = await comparing.client.post(address, json=body, headers=comparing.as_district())
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert (await decide(comparing, "reject", match, completer_id))["matching"]["state"] == "none"
    elsewhere = await comparing.client.post(address, json=body, headers=comparing.as_district("00490000"))
    assert elsewhere.status_code == 404
    undone = await decide(comparing, "undo", match, completer_id)
    assert [each["completer_id"] for each in undone["matching"]["candidates"]] == [completer_id]
    assert undone["matching"]["rejected"] == []


async def test_of_two_reviewers_at_once_one_is_told(comparing: Working) -> None:
    await comparing.bring_completers(1)
    await comparing.applied(0, staff_of())
    await comparing.applied(14, staff_of(a_misspelt_user(1)))
    match = await proposed(comparing)
    body = {"completer_id": match["matching"]["candidates"][0]["completer_id"], "reason": REASON}
    answers = await asyncio.gather(
        *(
            comparing.client.post(f"/v1/matches/{match['staff_id']}/{verb}", json=body, headers=comparing.as_district())
            for verb in ("confirm", "reject")
        )
    )
    assert sorted(each.status_code for each in answers) == [200, 409]
