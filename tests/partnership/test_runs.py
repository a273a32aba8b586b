"""Runs as people and machines read them: what was found and where, beside the run before; release or reject."""

from typing import Any

import pytest

from shared.access.callers import EVERYTHING
from tests.partnership.rosters import a_role, a_user
from tests.partnership.working import FEED, SCHOOL_CODE, Working, staff_of

PAGE = {"accept": "text/html"}


async def held(partnership: Working) -> str:
    """Half of the staff is gone."""
    await partnership.applied(0, staff_of())
    run = (await partnership.upload(10, staff_of(before=range(50, 65)))).json()
    assert run["state"] == "held", run
    return str(run["run_id"])


async def reject(partnership: Working, run_id: str, reason: str = "one file is missing") -> Any:
    path = f"/v1/feeds/{FEED}/runs/{run_id}/reject"
    return await partnership.client.post(path, json={"reason": reason}, headers=partnership.as_district())


async def test_a_rejected_run_is_never_applied_and_says_who_when_and_why(partnership: Working) -> None:
    run_id = await held(partnership)
    run = (await reject(partnership, run_id)).json()
    assert (run["state"], run["refused_by"], run["refuse_reason"]) == (
        "refused",
        "district-person",
        "one file is missing",
    )
    assert run["decided_at"].startswith("2027-04-05T09:30")
    assert await partnership.mongo.collection("staged").count({}) == 0
    assert await partnership.wired.staff.count_of(FEED) == {"present": 30}
    refused = await partnership.client.post(
        f"/v1/feeds/{FEED}/runs/{run_id}/release", json={}, headers=partnership.as_district()
    )
    assert refused.status_code == 409
    assert (await reject(partnership, run_id, "again")).json()["refuse_reason"] == "one file is missing"


async def test_after_a_rejection_the_next_export_is_applied(partnership: Working) -> None:
    await reject(partnership, await held(partnership))
    run = await partnership.applied(11, staff_of())
    assert run["comparison"]["before"] == 30


async def test_the_same_file_sent_once_more_after_a_rejection_is_looked_at_anew(partnership: Working) -> None:
    await reject(partnership, await held(partnership))
    roster = staff_of(before=range(50, 65)).getvalue()
    headers = {"content-type": "application/zip", **partnership.as_district()}
    again = await partnership.client.post(f"/v1/feeds/{FEED}/snapshots", content=roster, headers=headers)
    assert again.json()["state"] == "held"


async def test_the_only_run_of_a_feed_can_be_taken_back_and_comes_again(partnership: Working) -> None:
    run = await partnership.applied(0, staff_of())
    path = f"/v1/feeds/{FEED}/runs/{run['run_id']}/retract"
    taken_back = await partnership.client.post(
        path, json={"reason": "another district's"}, headers=partnership.as_district()
    )
    assert (taken_back.status_code, taken_back.json()["state"]) == (200, "retracted")
    assert await partnership.wired.staff.count_of(FEED) == {"exited": 30}
    await partnership.applied(1, staff_of())
    assert await partnership.wired.staff.count_of(FEED) == {"present": 30}


async def test_only_a_run_on_hold_can_be_rejected_and_only_by_its_own(partnership: Working) -> None:
    run = await partnership.applied(0, staff_of())
    assert (await reject(partnership, run["run_id"])).status_code == 409
    path = f"/v1/feeds/{FEED}/runs/{run['run_id']}/reject"
    for who, status in ((partnership.as_district("00490000"), 404), (partnership.as_provider(), 403)):
        assert (await partnership.client.post(path, json={"reason": "x"}, headers=who)).status_code == status
    without = await partnership.client.post(path, json={"reason": ""}, headers=partnership.as_district())
    assert without.status_code == 422


async def with_findings(partnership: Working) -> str:
    """A role at a place that is not in the set (an error), and dates that end before they begin (a warning)."""
    people = [a_user(1), a_user(2)]
    roles = [
        a_role(1, userSourcedId="u-1", beginDate="2026-09-01", endDate="2026-08-01"),
        a_role(2, userSourcedId="u-2"),
        a_role(3, userSourcedId="u-2", orgSourcedId="nowhere"),
    ]
    return str((await partnership.applied(0, staff_of(*people, roles=roles)))["run_id"])


async def test_findings_are_chosen_by_level_and_code(partnership: Working) -> None:
    run = f"/v1/feeds/{FEED}/runs/{await with_findings(partnership)}"
    who = partnership.as_district()

    async def codes(query: str) -> set[str]:
        answer = await partnership.client.get(f"{run}?{query}", headers=who)
        return {each["code"] for each in answer.json()["findings"]}

    assert await codes("level=error") == {"role.unknown_org"}
    assert "value.dates_inverted" in await codes("level=warning")
    assert await codes("code=value.dates_inverted") == {"value.dates_inverted"}
    assert await codes("level=reject") == set()
    assert (await partnership.client.get(f"{run}?level=odd", headers=who)).status_code == 422
    told = (await partnership.client.get(f"{run}/findings.json?level=error", headers=who)).json()["findings"]
    assert [(each["code"], each["count"], len(each["places"])) for each in told] == [("role.unknown_org", 1, 1)]
    lines = (await partnership.client.get(f"{run}/findings.csv?level=error", headers=who)).text.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("error,role.unknown_org,roles.csv,")


async def test_the_report_names_no_person(partnership: Working) -> None:
    people = [a_user(1, email="no address at all", familyName="Marker-Person")]
    run = await partnership.applied(0, staff_of(*people))
    for path in (f"/feeds/{FEED}/runs/{run['run_id']}", f"/v1/feeds/{FEED}/runs/{run['run_id']}"):
        for download in ("", "/findings.csv", "/findings.json"):
            text = (await partnership.client.get(path + download, headers=partnership.as_district())).text
            assert "Marker" not in text
            assert "no address at all" not in text


async def test_the_page_shows_what_was_expected_and_compares_with_the_run_before(partnership: Working) -> None:
    await with_findings(partnership)
    run = await partnership.applied(1, staff_of(a_user(1)))
    page = f"/feeds/{FEED}/runs/{run['run_id']}"
    text = (await partnership.client.get(page, headers=PAGE | partnership.as_district())).text
    assert "Beside the run before" in text
    assert "Findings that are gone: role.unknown_org, value.dates_inverted." in text
    runs = await partnership.wired.feeds.runs(EVERYTHING, FEED)
    first = f"/feeds/{FEED}/runs/{runs[-1].snapshot_id}"
    text = (await partnership.client.get(f"{first}?level=error", headers=PAGE | partnership.as_district())).text
    assert "Every id that a row points to occurs in the set." in text
    assert 'href="' + first + '/findings.csv?level=error"' in text
    assert "An end after the beginning." not in text


@pytest.mark.parametrize("decision", ["release", "reject"])
async def test_a_person_decides_on_the_page(partnership: Working, decision: str) -> None:
    run_id = await held(partnership)
    page, who = f"/feeds/{FEED}/runs/{run_id}", PAGE | partnership.as_district()
    assert "15 of 30 people are gone." in (await partnership.client.get(page, headers=who)).text
    if decision == "reject":
        without = await partnership.client.post(f"{page}/reject", data={"reason": " "}, headers=who)
        assert (without.status_code, "Say why this run is rejected." in without.text) == (422, True)
    done = await partnership.client.post(f"{page}/{decision}", data={"reason": "we know"}, headers=who)
    assert (done.status_code, done.headers["location"]) == (303, page)
    text = (await partnership.client.get(page, headers=who)).text
    assert ("This run was applied" if decision == "release" else "This run was rejected") in text
    assert "we know" in text
    assert SCHOOL_CODE not in text
