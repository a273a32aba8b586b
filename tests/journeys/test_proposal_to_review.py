"""The second story, once through all three services: a promise becomes an activity, a review, an answer, a figure."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from deploy.demonstration.browser import Browser, Form
from deploy.demonstration.directory import AGENCY
from deploy.demonstration.doors import Doors, Invitation
from deploy.demonstration.ways import AT_A_SCHOOL, RECORDS
from tests.journeys.partners import links, mails_by_address, written_to
from tests.journeys.people import open_forms
from tests.journeys.season import PARTNER
from tests.journeys.state import PARTNER_CAMPAIGN, at_rest
from tests.journeys.system import System

PROVIDER, DISTRICT = "ipeds-168430", PARTNER
PEOPLE = 11
"""Partners whom the provider names. The district's contact is in the directory, and the agency adds one."""
CRITERIA = {
    "responds_to_needs",
    "uses_contributions",
    "improves_candidate_experience",
    "benefits_students",
    "evaluates_partnership",
}
WHEN = ("begins_on", "ends_on")


async def test_what_was_promised_is_attested_done_measured_reviewed_and_answered_for(system: System) -> None:
    today = datetime.now(UTC).date()
    async with Doors.of(system.places) as doors:
        here, goal = await agreed(doors, today)
        await everything_done(doors, here, today)
        await measured(doors, here, goal, today)
        await at_rest(system)
        [view] = (await system.ask("analytics", "/v1/partnerships", who=PROVIDER)).json()
        assert (view["status"], view["terms"], view["goals"][0]["standing"]) == ("active", "attested", "attested")
        assert {each["way"]: each["standing"] for each in view["activities"]} == dict.fromkeys(RECORDS, "attested")

        known = await links(doors)
        review = await opened(doors, here, today)
        invitations = await written_to(doors, known, PEOPLE + 2)
        mails = await mails_by_address(system)
        assert {mails[each.to] for each in invitations} == {1}, "one mail each"

        silent, *others = sorted(invitations, key=lambda each: each.to)
        for number, partner in enumerate(others):
            await answers(partner, is_pleased=number % 2 == 0)
        await at_rest(system)
        await results_are_shown(system, review)
        stood = await standing(doors, review)
        assert stood == {"delivered": 1, "submitted": PEOPLE + 1}

        await doors.tell(AGENCY, "POST", f"/v1/reviews/{review}/close")
        await at_rest(system)
        assert await standing(doors, review) == stood, "the evidence stays as it was on the day of closing"
        assert await forms_behind(silent) == []
        assert (await mails_by_address(system))[silent.to] == 1, "nobody is reminded of a review that is over"


async def agreed(doors: Doors, today: date) -> tuple[str, str]:
    """The provider proposes, the district amends, the provider attests. Its address, and the id of its goal."""
    goal = {"metric": "Placed for a year", "unit": "percent", "baseline": 40, "target": 60, "owner": "provider"}
    days = (today - timedelta(days=90), today + timedelta(days=900))
    terms: dict[str, Any] = {
        **dict(zip(WHEN, (day.isoformat() for day in days), strict=True)),
        "ways": list(RECORDS),
        "goals": [goal | {"due_on": (today + timedelta(days=100)).isoformat()}],
    }
    parties = {"provider_id": PROVIDER, "district_id": DISTRICT}
    made = await doors.tell(PROVIDER, "POST", "/v1/partnerships", {**parties, "terms": terms})
    here = f"/v1/partnerships/{made['partnership_id']}"
    assert (made["status"], made["attested_by"]) == ("proposed", ["provider"])
    goals = made["versions"][0]["terms"]["goals"]

    amended = await doors.tell(DISTRICT, "POST", f"{here}/terms", {**terms, "goals": goals, "notice_days": 180})
    assert (amended["status"], amended["version"], amended["attested_by"]) == ("proposed", 2, ["district"])
    in_force = await doors.tell(PROVIDER, "POST", f"{here}/attest", {"version": 2})
    assert (in_force["status"], in_force["version_in_force"]) == ("active", 2)
    assert [version["terms"]["notice_days"] for version in in_force["versions"]] == [90, 180], "both stay to be read"
    return here, goals[0]["goal_id"]


async def everything_done(doors: Doors, here: str, today: date) -> None:
    """An activity of each of the eleven ways, recorded by one side and attested by the other."""
    for number, (way, record) in enumerate(RECORDS.items()):
        details = record(random.Random(number)) | ({"school": "Lower School"} if way in AT_A_SCHOOL else {})
        body = {"way": way, "happened_on": (today - timedelta(days=number)).isoformat(), "record": details}
        by, other = (PROVIDER, DISTRICT) if number % 2 else (DISTRICT, PROVIDER)
        activity = await doors.tell(by, "POST", f"{here}/activities", body)
        await doors.tell(other, "POST", f"{here}/activities/{activity['activity_id']}/attest", {})


async def measured(doors: Doors, here: str, goal: str, today: date) -> None:
    body = {"measured_on": today.isoformat(), "value": 72}
    figure = await doors.tell(PROVIDER, "POST", f"{here}/goals/{goal}/measurements", body)
    await doors.tell(DISTRICT, "POST", f"{here}/measurements/{figure['measurement_id']}/attest", {})
    outcomes = (await doors.tell(DISTRICT, "GET", here))["outcomes"]
    assert (outcomes["goals"], outcomes["goals_met"]) == (1, 1)


async def opened(doors: Doors, here: str, today: date) -> str:
    """The review's id. On its list are the provider's people, the directory's contact, and one whom the agency adds."""
    for number in range(PEOPLE):
        person = {"side": "district", "name": f"Partner {number}", "email": f"partner{number}@story.example"}
        await doors.tell(PROVIDER, "POST", f"{here}/contacts", person)
    begins = [today + timedelta(days=200 * number) for number in range(5)]
    stages = ("initiation", "needs_assessment", "offsite", "onsite")
    plan = {
        "provider_id": PROVIDER,
        "process": "seven_year",
        "size_class": "small",
        "stages": [
            {"stage": stage, "begins_on": first.isoformat(), "ends_on": (after - timedelta(days=1)).isoformat()}
            for stage, first, after in zip(stages, begins, begins[1:], strict=False)
        ],
        "answers_until": begins[3].isoformat(),
    }
    review = str((await doors.tell(AGENCY, "POST", "/v1/reviews", plan))["review_id"])
    added = {"district_id": DISTRICT, "name": "Somebody Else", "email": "somebody@story.example"}
    await doors.tell(AGENCY, "POST", f"/v1/reviews/{review}/contacts", added)
    await doors.tell(AGENCY, "POST", f"/v1/reviews/{review}/open")
    shown = await doors.tell(AGENCY, "POST", f"/v1/reviews/{review}/advance", {"stage": "offsite"})
    origins = [named["origin"] for contact in shown["contacts"] for named in contact["named"]]
    assert {each: origins.count(each) for each in origins} == {"provider": PEOPLE, "district": 1, "agency": 1}
    return review


async def answers(partner: Invitation, *, is_pleased: bool) -> None:
    """In a browser, with the highest or the lowest answer to every question."""
    async with httpx.AsyncClient(timeout=30) as client:
        browser = Browser(client)
        [address] = open_forms(await browser.open(partner.link))
        page = await browser.open(address)
        form = page.form_to(urlsplit(address).path)
        receipt = await browser.press(page, form, extreme_answers(form, is_pleased), ("action", "send"))
        assert receipt.url.endswith("/receipt")


def extreme_answers(form: Form, is_pleased: bool) -> dict[str, str]:
    chosen = max if is_pleased else min
    return {name: chosen(values, key=int) for name, values in form.choices.items()}


async def results_are_shown(system: System, review: str) -> None:
    """Every second one is pleased with everything: by criterion, for the provider itself, and on its page."""
    path = f"/criteria/{PARTNER_CAMPAIGN}/reviews/{review}"
    told = (await system.ask("analytics", f"/v1{path}", who=PROVIDER)).raise_for_status().json()
    assert (told["issued"], told["answered"]) == (PEOPLE + 2, PEOPLE + 1)
    assert {each["criterion"]: each["favourable"] for each in told["criteria"]} == dict.fromkeys(CRITERIA, 0.5)
    assert all(each["answers"] == len(each["item_ids"]) * (PEOPLE + 1) for each in told["criteria"])
    page = await system.ask("analytics", path, who=PROVIDER, accept="text/html")
    assert page.text.count("50%") >= len(CRITERIA)


async def standing(doors: Doors, review: str) -> dict[str, int]:
    """How the contacts stand: disposition → how many."""
    found: dict[str, int] = (await doors.tell(AGENCY, "GET", f"/v1/reviews/{review}"))["dispositions"]
    return found


async def forms_behind(invitation: Invitation) -> list[str]:
    """What is still to be answered behind a link."""
    async with httpx.AsyncClient(timeout=30) as client:
        return open_forms(await Browser(client).open(invitation.link))
