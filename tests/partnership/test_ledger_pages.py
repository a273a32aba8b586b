"""The pages of partnerships: every form says what is wrong at its field; the whole story on a phone, as axe sees it."""

import re
from typing import Any

import httpx
import pytest

from tests.browser import reached_by_keyboard
from tests.partnership.ledger import RECORDS, a_goal, agreed, proposed
from tests.partnership.test_pages_in_a_browser import browsing, look
from tests.partnership.working import DISTRICT_CODE, PROGRAM, PROVIDER, Working

TERMS = {
    "partner": DISTRICT_CODE,
    "ways": ["district_cohort"],
    "begins_on": "2027-01-01",
    "ends_on": "2029-12-31",
    "renewal": "none",
    "notice_days": "90",
}
PAGE = {"accept": "text/html"}


async def send(partnership: Working, path: str, who: dict[str, str], **fields: Any) -> httpx.Response:
    return await partnership.client.post(f"/partnerships{path}", data=fields, headers={**who, **PAGE})


def errors_of(page: httpx.Response) -> set[str]:
    """The fields that the list of errors leads to; each has to be on the page."""
    summary = page.text.partition('id="error-summary"')[2].partition("</div>")[0]
    named = set(re.findall(r'href="#([^"]+)"', summary))
    assert all(f'id="{each}"' in page.text for each in named), named
    return named


async def test_each_fault_of_a_proposal_is_told_at_its_field(partnership: Working) -> None:
    who = partnership.as_provider()
    goal = {"goal-1-metric": "hired", "goal-1-target": "sixty", "goal-1-due_on": "2028-01-01"}
    for changes, expected in (
        ({"ways": [], "begins_on": ""}, {"ways", "begins_on"}),
        ({"ends_on": "2026-12-31"}, {"ends_on"}),
        (goal, {"goal-1-unit", "goal-1-target"}),
        ({"contact-name": "Ana Ruiz"}, {"contact-email"}),
        ({"partner": ""}, {"partner"}),
        ({"partner": "99990000"}, {"partner"}),
        ({"school_ids": "00490001"}, {"school_ids"}),
    ):
        page = await send(partnership, "/new", who, **{**TERMS, **changes})
        assert (page.status_code, errors_of(page)) == (422, expected), changes
    assert await partnership.mongo.collection("partnerships").count({}) == 0
    good = {
        **goal,
        "goal-1-unit": "percent",
        "goal-1-target": "60",
        "contact-name": "Ana",
        "contact-email": "a@b.example",
    }
    assert (await send(partnership, "/new", who, **TERMS, **good)).status_code == 303


async def test_what_a_form_does_not_ask_for_stays_as_it_was(partnership: Working) -> None:
    signed = [
        {"side": side, "name": f"{side} head", "title": "Dean", "signed_on": "2027-01-01"}
        for side in ("provider", "district")
    ]
    made = await proposed(partnership, goals=[a_goal(unit="pairs", counts_people=True)], signatories=signed)
    here, who = f"/{made['partnership_id']}", partnership.as_district()
    form = (await partnership.client.get(f"/partnerships{here}/amend", headers={**who, **PAGE})).text
    fields = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', form))
    assert fields["signatory-provider"] == "provider head"
    same = {**TERMS, **{name: fields[name] for name in fields if name.startswith(("goal-0", "signatory"))}}
    assert (await send(partnership, f"{here}/amend", who, **{**same, "notice_days": "60"})).status_code == 303
    told = (await partnership.client.get(f"/v1/partnerships{here}", headers=who)).json()
    first, second = (each["terms"] for each in told["versions"])
    assert (second["goals"], second["signatories"]) == (first["goals"], first["signatories"])
    assert second["notice_days"] == 60


async def test_the_programs_that_take_part_are_chosen_on_the_form(partnership: Working) -> None:
    provider, district = partnership.as_provider(), partnership.as_district()
    another = f"ProgramName,ProgramTypeDescriptor,EducationOrganizationId\nDance,Traditional,{PROVIDER}\n"
    await partnership.bring("programs", another.encode())
    known = await partnership.client.get("/v1/programs", params={"provider_id": PROVIDER}, headers=provider)
    (first, *others) = known.json()
    assert [each["name"] for each in others] == [PROGRAM]
    form = (await partnership.client.get("/partnerships/new", headers={**provider, **PAGE})).text
    assert all(f'value="{each["program_id"]}"' in form for each in (first, *others))
    chosen = {"asks_programs": "yes", "program_ids": [first["program_id"]]}
    wrong = await send(partnership, "/new", provider, **TERMS, **{**chosen, "program_ids": ["other"]})
    assert (wrong.status_code, errors_of(wrong)) == (422, {"program_ids"})
    made = await send(partnership, "/new", provider, **TERMS, **chosen)
    here = made.headers["location"].removeprefix("/partnerships")
    page = (await partnership.client.get(f"/partnerships{here}", headers={**district, **PAGE})).text
    assert first["name"] in page
    assert others[0]["name"] not in page

    form = (await partnership.client.get(f"/partnerships{here}/amend", headers={**district, **PAGE})).text
    assert re.findall(r'name="program_ids" value="([^"]+)"[^>]* checked>', form) == [first["program_id"]]
    assert (await send(partnership, f"{here}/amend", district, **TERMS, asks_programs="yes")).status_code == 303
    told = (await partnership.client.get(f"/v1/partnerships{here}", headers=district)).json()
    assert [each["terms"]["program_ids"] for each in told["versions"]] == [[first["program_id"]], []]


async def test_a_figure_is_disputed_on_the_page_with_a_reason(partnership: Working) -> None:
    made = await agreed(partnership, goals=[a_goal()])
    here, who = f"/{made['partnership_id']}", partnership.as_district()
    path = f"{here}/goals/{made['versions'][0]['terms']['goals'][0]['goal_id']}/measurements"
    stated = await send(partnership, path, partnership.as_provider(), value="50", measured_on="2027-04-01")
    assert stated.status_code == 303
    (figure,) = (await partnership.client.get(f"/v1/partnerships{here}/measurements", headers=who)).json()
    field = f"reason-{figure['measurement_id']}"
    at = f"{here}/measurements/{figure['measurement_id']}/dispute"
    assert errors_of(await send(partnership, at, who)) == {field}
    assert (await send(partnership, at, who, **{field: "it was 40"})).status_code == 303
    (figure,) = (await partnership.client.get(f"/v1/partnerships{here}/measurements", headers=who)).json()
    assert figure["standing"] == "disputed"


async def test_every_way_has_a_form_that_records_it(partnership: Working) -> None:
    who = partnership.as_provider()
    here = f"/{(await agreed(partnership, ways=list(RECORDS)))['partnership_id']}"
    for way, record in RECORDS.items():
        form = await partnership.client.get(f"/partnerships{here}/record/{way}", headers={**who, **PAGE})
        assert all(f'name="{name}"' in form.text for name in record), way
        fields = {name: "yes" if value is True else str(value) for name, value in record.items()}
        sent = await send(partnership, f"{here}/record/{way}", who, happened_on="2027-03-01", **fields)
        assert sent.status_code == 303, errors_of(sent)
    wrong = await send(partnership, f"{here}/record/district_cohort", who, happened_on="", enrolled="-1")
    assert (wrong.status_code, errors_of(wrong)) == (422, {"happened_on", "cohort", "enrolled"})
    assert await partnership.mongo.collection("activities").count({}) == len(RECORDS)


async def test_the_pages_of_all_who_may_look_are_there(partnership: Working) -> None:
    made = await proposed(partnership, goals=[a_goal()])
    here = f"/partnerships/{made['partnership_id']}"
    for who in (partnership.as_provider(), partnership.as_district(), partnership.as_agency()):
        for path in ("/partnerships", "/partnerships?status=proposed", here, "/partnerships/export.csv"):
            assert (await partnership.client.get(path, headers={**who, **PAGE})).status_code == 200, path
    for path in ("/partnerships/new", "/partnerships/import", f"{here}/amend"):
        for who, status in ((partnership.as_district(), 200), (partnership.as_agency(), 403)):
            assert (await partnership.client.get(path, headers={**who, **PAGE})).status_code == status, path
    reasons = {"/dispute": "dispute-reason", "/terminate": "terminate-reason"}
    for path, field in reasons.items():
        page = await send(
            partnership, here.removeprefix("/partnerships") + path, partnership.as_district(), version="1"
        )
        assert (page.status_code, errors_of(page)) == (422, {field})


@pytest.mark.browser
async def test_a_partnership_on_a_phone(partnership: Working) -> None:
    await proposed(partnership, goals=[a_goal()])
    async with browsing(partnership) as (page, heard, address):
        await page.goto(f"{address}/partnerships")
        await look(page, heard, "the list")
        await page.get_by_role("link", name="American International College and Boston").click()
        await look(page, heard, "a proposal of the provider")
        await page.get_by_role("link", name="Amend the terms").click()
        await look(page, heard, "the form of terms")
        assert {"begins_on", "ends_on", "goal-0-metric"} <= set(await reached_by_keyboard(page))
        await page.get_by_label("Last day").fill("2026-01-01")
        await page.get_by_role("button", name="Propose these terms").click()
        await page.get_by_role("alert").wait_for()
        await look(page, heard, "terms that end before they begin")
        await page.get_by_label("Last day").fill("2028-12-31")
        await page.get_by_role("button", name="Propose these terms").click()
        await page.get_by_role("heading", name="Version 2, proposed by the district").wait_for()
        here = page.url
        name, _, session = partnership.as_provider(PROVIDER)["cookie"].partition("=")
        await page.context.add_cookies([{"name": name, "value": session, "url": address}])
        await page.goto(here)
        await page.get_by_role("button", name="Attest version 2").click()
        await page.get_by_text("agreed", exact=True).wait_for()
        await look(page, heard, "an active partnership")
        await page.get_by_role("link", name="Record: Cohort for the district").click()
        await look(page, heard, "the form of an activity")
        await page.get_by_role("button", name="Record it").click()
        await page.get_by_role("alert").wait_for()
        await look(page, heard, "an activity without a cohort")
        await page.get_by_label("Name of the cohort").fill("Spring")
        await page.get_by_label("Candidates enrolled").fill("14")
        await page.get_by_role("button", name="Record it").click()
        await page.get_by_text("State a figure for hired in the district").click()
        await page.get_by_label("Figure, in percent").fill("50")
        await page.get_by_label("Measured on").fill("2027-04-01")
        await page.get_by_role("button", name="State it").click()
        await page.get_by_text("50% of the way").wait_for()
        await look(page, heard, "with an activity and a figure")
        await page.goto(f"{address}/partnerships/import")
        await look(page, heard, "the import")
