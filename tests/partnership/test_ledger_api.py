"""The ledger over HTTP: proposed, amended, attested, done, measured; and what is refused, clearly and wholly."""

import asyncio
from datetime import timedelta
from typing import Any

from shared.events.partnerships import (
    PARTNERSHIPS,
    ActivityRecorded,
    AttestationGiven,
    GoalMeasured,
    PartnershipChanged,
    Side,
)
from tests.conftest import SetClock
from tests.partnership.ledger import RECORDS, a_contact, a_goal, agreed, got, post, proposed, terms
from tests.partnership.test_stated_hires import a_hire, taken
from tests.partnership.working import DISTRICT_CODE, OTHER_PROVIDER, PROVIDER, SCHOOL_CODE, Working

LIST = "Partner,Contact name,E-mail,Nature\n"


async def told(partnership: Working) -> list[Any]:
    """What was told of partnerships, once each, when everything has left."""
    kept = [partnership.mongo.collection(each) for each in ("partnerships", "activities", "measurements")]
    async with asyncio.timeout(10):
        while any([await each.count({"_outbox.id": {"$exists": True}}) for each in kept]):
            await partnership.kafka.until_grown(0.02)
    return list({each.id: each.event for each in partnership.kafka.events(PARTNERSHIPS)}.values())


async def look_around(partnership: Working) -> int:
    """One round of what the calendar does, now."""
    look = partnership.wired.ledger.loop.keywords["once"]  # type: ignore[attr-defined]
    new: int = await look(alive=lambda: None, now=partnership.wired.clock())
    return new


async def test_a_provider_proposes_the_district_amends_and_the_provider_attests(partnership: Working) -> None:
    provider, district = partnership.as_provider(), partnership.as_district()
    made = await proposed(partnership, school_ids=[SCHOOL_CODE], goals=[a_goal()])
    assert (made["status"], made["attested_by"], made["revision"]) == ("proposed", ["provider"], 1)
    assert (await proposed(partnership, school_ids=[SCHOOL_CODE], goals=[a_goal()]))["revision"] == 1
    here = f"/{made['partnership_id']}"
    goal_id = made["versions"][0]["terms"]["goals"][0]["goal_id"]
    amended = await got(partnership, f"{here}/terms", district, **terms(goals=[a_goal(goal_id=goal_id, target=55)]))
    assert (amended["latest_version"], amended["version_in_force"]) == (2, None)
    active = await got(partnership, f"{here}/attest", provider, version=2)
    assert (active["status"], active["version_in_force"]) == ("active", 2)
    assert [each["standing"] for each in active["versions"]] == ["one_sided", "attested"]
    statements = [(each["side"], each["by"]) for each in active["versions"][1]["statements"]]
    assert [side for side, _ in statements] == ["district", "provider"]
    assert all(by for _, by in statements)
    events = await told(partnership)
    assert [each.status for each in events if isinstance(each, PartnershipChanged)] == [
        "proposed",
        "proposed",
        "active",
    ]
    assert [each.claim_version for each in events if isinstance(each, AttestationGiven)] == [2]
    (listed,) = (await partnership.client.get("/v1/partnerships", headers=district)).json()["items"]
    assert listed["status"] == "active"


async def test_all_eleven_ways_are_recorded_attested_disputed_and_voided(partnership: Working) -> None:
    provider, district = partnership.as_provider(), partnership.as_district()
    here = f"/{(await agreed(partnership, ways=list(RECORDS)))['partnership_id']}"
    for way, record in RECORDS.items():
        activity = {"way": way, "happened_on": "2027-03-01", "record": record, "note": "as agreed"}
        first = await got(partnership, f"{here}/activities", provider, **activity)
        assert (first["standing"], first["stated_by"]) == ("one_sided", "provider")
        assert (await got(partnership, f"{here}/activities", provider, **activity)) == first
    entries = (await partnership.client.get(f"/v1/partnerships{here}/activities", headers=district)).json()
    assert len(entries) == 11
    one, two, three = (f"{here}/activities/{each['activity_id']}" for each in entries[:3])
    assert (await got(partnership, f"{one}/attest", district))["standing"] == "attested"
    assert (await got(partnership, f"{two}/dispute", district, reason="never happened"))["standing"] == "disputed"
    assert (await post(partnership, f"{one}/attest", provider)).status_code == 409
    assert (await post(partnership, f"{three}/void", district, reason="not ours")).status_code == 409
    assert (await got(partnership, f"{three}/void", provider, reason="typing error"))["voided"]["reason"]
    events = await told(partnership)
    recorded = [each for each in events if isinstance(each, ActivityRecorded)]
    assert {each.way for each in recorded} == set(RECORDS)
    assert [each.is_void for each in recorded].count(True) == 1
    assert {each.school_year for each in recorded} == {2027}
    weighed = (await partnership.client.get(f"/v1/partnerships{here}", headers=district)).json()["outcomes"]
    assert (weighed["activities_in_last_year"], weighed["attested_in_last_year"]) == (9, 1)


async def test_a_small_number_of_people_is_withheld_from_the_other_side(partnership: Working) -> None:
    provider, district = partnership.as_provider(), partnership.as_district()
    made = await agreed(partnership, goals=[a_goal(unit="teachers", baseline=None), a_goal()])
    people, percent = (each["goal_id"] for each in made["versions"][0]["terms"]["goals"])
    here = f"/{made['partnership_id']}"
    body = {"measured_on": "2027-04-01", "value": 7}
    small = await got(partnership, f"{here}/goals/{people}/measurements", district, **body)
    share = await got(partnership, f"{here}/goals/{percent}/measurements", district, **body)
    assert (small["value"], share["value"]) == (7, 7)
    seen = (await partnership.client.get(f"/v1/partnerships{here}/measurements", headers=provider)).json()
    assert {each["goal_id"]: each["value"] for each in seen} == {people: None, percent: 7}
    blind = await post(partnership, f"{here}/measurements/{small['measurement_id']}/attest", provider)
    assert (blind.status_code, "withheld" in blind.json()["detail"]) == (409, True)
    attested = await got(partnership, f"{here}/measurements/{share['measurement_id']}/attest", provider)
    assert attested["standing"] == "attested"
    agency = (
        await partnership.client.get(f"/v1/partnerships{here}/measurements", headers=partnership.as_agency())
    ).json()
    assert {each["value"] for each in agency} == {7}
    assert [each.value for each in await told(partnership) if isinstance(each, GoalMeasured)] == [7, 7]


async def test_hires_within_the_partnership_are_counted_once_a_change(partnership: Working) -> None:
    await partnership.bring_completers(1, 2)
    goal = a_goal(unit="teachers", baseline=None, target=1, source="hires")
    made = await agreed(partnership, goals=[goal])
    for number in (1, 2):
        await taken(partnership, a_hire(number, hire_date="2027-02-01"))
    await look_around(partnership)
    await look_around(partnership)
    path = f"/v1/partnerships/{made['partnership_id']}"
    (counted,) = (await partnership.client.get(f"{path}/measurements", headers=partnership.as_district())).json()
    assert (counted["value"], counted["stated_by"], counted["standing"]) == (2, None, "attested")
    whole = (await partnership.client.get(path, headers=partnership.as_district())).json()["outcomes"]
    assert (whole["hires"], whole["goals_met"]) == (2, 1)
    hidden = (await partnership.client.get(path, headers=partnership.as_provider())).json()["outcomes"]
    assert (hidden["hires"], hidden["hires_withheld"], hidden["goals_met"]) == (None, True, 0)


async def test_the_calendar_reminds_once_and_ends_what_is_over(partnership: Working, clock: SetClock) -> None:
    made = await agreed(partnership, ends_on="2027-06-30")
    assert await look_around(partnership) == 1
    assert await look_around(partnership) == 0
    (reminder,) = (await partnership.client.get("/v1/partnership-reminders", headers=partnership.as_district())).json()
    assert (reminder["occasion"], reminder["days_before"], reminder["due_on"]) == ("term_ends", 90, "2027-06-30")
    clock.advance(timedelta(days=87))
    await look_around(partnership)
    path = f"/v1/partnerships/{made['partnership_id']}"
    one = (await partnership.client.get(path, headers=partnership.as_provider())).json()
    assert (one["status"], (await told(partnership))[-1].status) == ("expired", "expired")


async def test_papers_and_contacts_are_kept_by_whoever_adds_them(partnership: Working) -> None:
    provider, district = partnership.as_provider(), partnership.as_district()
    here = f"/{(await proposed(partnership))['partnership_id']}"
    sent: dict[str, Any] = {
        "files": {"file": ("MOU 2027.pdf", b"%PDF-1.7 promise", "application/pdf")},
        "headers": provider,
    }
    document = (await partnership.client.post(f"/v1/partnerships{here}/documents", **sent)).json()
    assert (await partnership.client.post(f"/v1/partnerships{here}/documents", **sent)).json()["sha256"] == document[
        "sha256"
    ]
    paper = await partnership.client.get(f"/v1/partnerships{here}/documents/{document['sha256']}", headers=district)
    assert (paper.content, paper.headers["content-disposition"]) == (
        b"%PDF-1.7 promise", 'attachment; filename="MOU 2027.pdf"'
    )  # fmt: skip
    program = {"file": ("virus.exe", b"MZ", "application/pdf")}
    refused = await partnership.client.post(f"/v1/partnerships{here}/documents", files=program, headers=provider)
    assert (refused.status_code, refused.json()["where"]) == (422, "file")
    one = await got(partnership, f"{here}/contacts", provider, **a_contact())
    assert [(each["origin"], each["is_current"]) for each in one["contacts"]] == [("provider", True)]
    assert (len(one["documents"]), one["documents"][0]["size"]) == (1, 16)
    ended = await got(partnership, f"{here}/contacts/{one['contacts'][0]['contact_key']}/end", district)
    assert [(each["until_on"], each["is_current"]) for each in ended["contacts"]] == [("2027-04-04", False)]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"provider_id": "ipeds-1"}, "no such partnership"),
    ({"district_id": "99990000"}, "No district has this code."),
    ({"district_id": SCHOOL_CODE}, "No district has this code."),
    ({"terms": terms(school_ids=["00490001"])}, "No school of this district has this code."),
    ({"terms": terms(program_ids=["none"])}, "No program of this provider has this id."),
    ({"terms": terms(ends_on="2026-01-01")}, "Some values are missing"),
    ({"terms": terms(goals=[{**a_goal(), "unit": ""}])}, "Some values are missing"),
    ({"contacts": [{"side": "district", "name": "Ana Ruiz"}]}, "Some values are missing"),
    ({"terms": terms(begins_on="2028-01-01", ways=["shared_induction"])}, "These two have a partnership"),
]


async def test_what_is_wrong_is_said_and_nothing_is_kept(partnership: Working) -> None:
    known = await agreed(partnership)
    await told(partnership)
    before = await partnership.mongo.collection("partnerships").find({})
    for changes, words in BAD:
        body = {"provider_id": PROVIDER, "district_id": DISTRICT_CODE, "terms": terms(ways=["coselection"]), **changes}
        answer = await post(partnership, "", partnership.as_provider(), **body)
        assert (answer.status_code in (404, 422), words in answer.json()["detail"]) == (True, True), (
            changes,
            answer.text,
        )
    activities = f"/{known['partnership_id']}/activities"
    for changes, where in (
        ({"way": "coselection"}, "way"),
        ({"happened_on": "2027-04-06"}, "happened_on"),
        ({"record": {"cohort": "A", "enrolled": -1}}, "record.enrolled"),
    ):
        body = {"way": "district_cohort", "happened_on": "2027-03-01", "record": RECORDS["district_cohort"], **changes}
        answer = await post(partnership, activities, partnership.as_provider(), **body)
        assert (answer.status_code, answer.json()["where"]) == (422, where)
    assert await partnership.mongo.collection("partnerships").find({}) == before
    assert await partnership.mongo.collection("activities").count({}) == 0


async def test_only_the_agency_reviews_and_only_parties_change(partnership: Working) -> None:
    here = f"/{(await agreed(partnership))['partnership_id']}"
    agency = partnership.as_agency()
    assert (await post(partnership, f"{here}/review", partnership.as_district(), reason="x")).status_code == 403
    assert (await post(partnership, f"{here}/terminate", agency, reason="x")).status_code == 403
    assert (await got(partnership, f"{here}/review", agency, reason="year two"))["status"] == "under_review"
    assert (await got(partnership, f"{here}/end-review", agency))["status"] == "active"
    noticed = await got(partnership, f"{here}/terminate", partnership.as_district(), reason="money")
    assert (noticed["status"], noticed["notice"]["effective_on"]) == ("active", "2027-07-04")


async def import_list(partnership: Working, rows: str) -> dict[str, Any]:
    files = {"file": ("partners.csv", (LIST + rows).encode(), "text/csv")}
    answer = await partnership.client.post("/v1/partner-list", files=files, headers=partnership.as_provider())
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


async def test_a_partner_list_makes_drafts_and_twice_is_once(partnership: Working) -> None:
    rows = (
        "Boston,Ana Ruiz,ruiz@boston.example,Student teachers\n"
        "00490000,Bo Lee,lee@cambridge.example,=Cohort\n"
        "00490000,Bo Lee,lee@cambridge.example,\n"
        "boston,Cy Day,day@boston.example,never guessed\n"
        "Boston,Di Poe,no address,\n"
        "Boston,,x@boston.example,\n"
    )
    report = await import_list(partnership, rows)
    assert (report["rows_read"], report["rows_kept"], report["tally"]["new"]) == (6, 2, 2)
    assert {(each["code"], each["line"]) for each in report["findings"]} == {
        ("row.twice", 4), ("partner.unknown", 5), ("partner.contact", 6), ("value.required", 7)
    }  # fmt: skip
    again = await import_list(partnership, rows)
    assert again["tally"] == {"new": 0, "changed": 0, "unchanged": 2}
    items = (await partnership.client.get("/v1/partnerships", headers=partnership.as_provider())).json()["items"]
    assert {(each["district_id"], each["status"], each["nature"]) for each in items} == {
        (DISTRICT_CODE, "draft", "Student teachers"), ("00490000", "draft", "=Cohort")
    }  # fmt: skip
    text = (await partnership.client.get("/v1/partner-list", headers=partnership.as_provider())).text
    assert "00490000,Cambridge,Bo Lee,lee@cambridge.example,'=Cohort,lead,draft" in text
    exported = {"file": ("partners.csv", text.encode(), "text/csv")}
    back = await partnership.client.post("/v1/partner-list", files=exported, headers=partnership.as_provider())
    assert (back.json()["rows_kept"], back.json()["findings"]) == (2, [])
    boston = next(each for each in items if each["district_id"] == DISTRICT_CODE)
    made = await got(partnership, f"/{boston['partnership_id']}/terms", partnership.as_district(), **terms())
    assert (made["status"], made["attested_by"]) == ("proposed", ["district"])


async def test_partners_of_a_provider_are_those_of_partnerships_in_force(partnership: Working, clock: SetClock) -> None:
    made = await agreed(partnership, ends_on="2027-12-31")
    await proposed(partnership, begins_on="2028-01-01", ends_on="2028-12-31")
    here = f"/{made['partnership_id']}"
    await got(partnership, f"{here}/contacts", partnership.as_district(), **a_contact(until_on="2027-04-04"))
    await got(partnership, f"{here}/contacts", partnership.as_provider(), **a_contact(name="Bo Lee"))
    (live,) = await partnership.wired.ledger.partnerships.live_of(PROVIDER)
    assert live.partnership_id == made["partnership_id"]
    found = [(each.name, each.origin.value) for each in live.current_contacts(clock().date(), Side.DISTRICT)]
    assert found == [("Bo Lee", "provider")]
    clock.advance(timedelta(days=300))
    await look_around(partnership)
    assert await partnership.wired.ledger.partnerships.live_of(PROVIDER) == []


async def test_an_amendment_does_not_reach_into_another_partnership(partnership: Working) -> None:
    first = await agreed(partnership, ends_on="2027-12-31")
    second = await agreed(partnership, begins_on="2028-01-01", ends_on="2028-12-31")
    longer = terms(ends_on="2028-06-30")
    answer = await post(partnership, f"/{first['partnership_id']}/terms", partnership.as_district(), **longer)
    assert (answer.status_code, answer.json()["where"]) == (422, "terms.begins_on")
    assert second["partnership_id"] in answer.json()["hint"]
    kept = (
        await partnership.client.get(f"/v1/partnerships/{first['partnership_id']}", headers=partnership.as_agency())
    ).json()
    assert (kept["latest_version"], kept["ends_on"]) == (1, "2027-12-31")


async def test_two_who_propose_at_once_make_one_partnership(partnership: Working) -> None:
    both = await asyncio.gather(*(proposed(partnership) for _ in range(4)))
    assert len({each["partnership_id"] for each in both}) == 1
    assert [len(each["versions"]) for each in both] == [1] * 4
    other = await proposed(partnership, provider=OTHER_PROVIDER)
    assert other["partnership_id"] != both[0]["partnership_id"]
