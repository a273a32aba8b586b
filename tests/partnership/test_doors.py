"""Who may see and do what; what is refused at the door; what the pages say."""

import pytest

from shared.access.callers import EVERYTHING
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.rosters import a_teacher_11, a_user, roster_files_11
from tests.partnership.rosters import a_zip as packed
from tests.partnership.working import FEED, OTHER_PROVIDER, PROVIDER, Working, staff_of, working
from tests.running import routes_open_to_strangers

ELSEWHERE = "00490000"
OPEN_TO_ALL = {
    "GET /openapi.json",
    "GET /health/live",
    "GET /health/ready",
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-out",
}


async def hired(partnership: Working) -> str:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    (hire,) = await partnership.hires()
    return str(hire["hire_id"])


async def test_a_hire_is_seen_by_its_district_its_provider_and_the_agency(partnership: Working) -> None:
    hire_id = await hired(partnership)
    for who, status in (
        (partnership.as_agency(), 200),
        (partnership.as_district(), 200),
        (partnership.as_provider(PROVIDER), 200),
        (partnership.as_district(ELSEWHERE), 404),
        (partnership.as_provider(OTHER_PROVIDER), 404),
    ):
        assert (await partnership.client.get(f"/v1/hires/{hire_id}", headers=who)).status_code == status
        assert len(await partnership.hires(who)) == (1 if status == 200 else 0)


async def test_a_foreign_feed_run_completer_and_match_do_not_exist(partnership: Working) -> None:
    await hired(partnership)
    own = partnership.as_provider()
    (completer,) = (await partnership.client.get("/v1/completers", headers=own)).json()["items"]
    (newest, *_) = (await partnership.client.get(f"/v1/feeds/{FEED}/runs", headers=partnership.as_district())).json()
    run = f"{FEED}/runs/{newest['snapshot_id']}"
    strangers = [partnership.as_district(ELSEWHERE), partnership.as_provider(OTHER_PROVIDER)]
    for who in strangers:
        for path in (f"/v1/feeds/{FEED}", f"/v1/feeds/{run}", f"/feeds/{FEED}", f"/feeds/{run}"):
            assert (await partnership.client.get(path, headers=who)).status_code == 404
        path = f"/v1/completers/{completer['completer_id']}"
        assert (await partnership.client.get(path, headers=who)).status_code == 404
        assert (await partnership.client.get("/v1/feeds", headers=who)).json() == []
    taken = await partnership.client.post(
        f"/v1/feeds/{FEED}/snapshots", content=b"PK", headers=partnership.as_district(ELSEWHERE)
    )
    assert taken.status_code == 404


async def test_a_district_connects_its_own_feed_only(partnership: Working) -> None:
    body = {"connection_id": "theirs", "district_id": ELSEWHERE}
    refused = await partnership.client.post("/v1/feeds", json=body, headers=partnership.as_district())
    assert refused.status_code == 404
    assert (await partnership.connect()).status_code == 409
    unknown = {"connection_id": "nowhere", "district_id": "12340000"}
    answer = await partnership.client.post("/v1/feeds", json=unknown, headers=partnership.as_agency())
    assert answer.status_code == 422


async def test_an_upload_over_the_limit_is_refused(mongo: Mongo, clock: SetClock) -> None:
    async with working(mongo, clock, snapshot_limit_bytes=1024) as partnership:
        await partnership.bring_directory()
        await partnership.connect()
        refused = await partnership.upload(0, staff_of())
        assert refused.status_code == 413
        assert await partnership.wired.feeds.runs(EVERYTHING) == []


async def test_what_is_no_roster_is_rejected_with_its_reason_and_changes_nothing(partnership: Working) -> None:
    await partnership.applied(0, staff_of())
    files = {"file": ("staff.zip", b"this is no zip", "application/zip")}
    answer = await partnership.client.post(
        f"/v1/feeds/{FEED}/snapshots", files=files, headers=partnership.as_district()
    )
    run = answer.json()
    assert (run["state"], run["findings"][0]["code"]) == ("rejected", "zip.not_a_zip")
    assert (await partnership.wired.staff.count_of(FEED)) == {"present": 30}


async def test_nothing_of_students_and_no_password_is_ever_stored(partnership: Working) -> None:
    student = a_teacher_11(
        7, role="student", givenName="Zebedee-marker", password="s3cret-marker", identifier="S-marker"
    )
    teacher = a_teacher_11(8, password="s3cret-marker")
    run = await partnership.applied(0, packed(roster_files_11(users=[student, teacher])))
    assert run["people_dropped"] == {"student": 1}
    assert run["people_kept"] == 1
    kept = await partnership.all_that_is_kept()
    assert "marker" not in kept
    assert "S-marker" not in kept


@pytest.mark.parametrize("role", ["agency", "district", "provider"])
async def test_every_page_can_be_read_by_its_role(partnership: Working, role: str) -> None:
    await hired(partnership)
    await partnership.applied(28, staff_of(a_user(1), a_user(2, userIds="")))
    who = {"agency": partnership.as_agency, "district": partnership.as_district, "provider": partnership.as_provider}[
        role
    ]()
    headers = {"accept": "text/html", **who}
    runs = await partnership.wired.feeds.runs(EVERYTHING, FEED)
    theirs = ["/", "/feeds", "/imports"]
    if role != "provider":
        theirs += ["/matches", f"/feeds/{FEED}", f"/feeds/{FEED}/runs/{runs[0].snapshot_id}"]
    home = (await partnership.client.get("/", headers=headers)).text
    assert ('href="/matches"' in home) == (role != "provider")
    assert ("Completers" in home) == (role != "district")
    for path in theirs:
        page = await partnership.client.get(path, headers=headers)
        assert page.status_code == 200, path
        assert "<h1>" in page.text


async def test_a_person_uploads_on_the_page_and_reads_the_report(partnership: Working) -> None:
    headers = {"accept": "text/html", **partnership.as_district()}
    files = {"file": ("staff.zip", staff_of().getvalue(), "application/zip")}
    sent = await partnership.client.post(f"/feeds/{FEED}/snapshots", files=files, headers=headers)
    assert sent.status_code == 303
    report = await partnership.client.get(sent.headers["location"], headers=headers)
    assert "This run was applied" in report.text
    assert "baseline" in report.text
    findings = await partnership.client.get(f"{sent.headers['location']}/findings.csv", headers=headers)
    assert findings.text.startswith("level,code,file,line,column,value,message,hint")
    again = await partnership.client.post(f"/feeds/{FEED}/snapshots", files=files, headers=headers)
    assert again.headers["location"] == sent.headers["location"]
    nothing = await partnership.client.post(
        f"/feeds/{FEED}/snapshots", files={"observed_at": (None, "")}, headers=headers
    )
    assert nothing.status_code == 422
    assert "No file was chosen." in nothing.text


async def test_a_person_confirms_on_the_review_page(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1, userIds="")))
    (doubtful,) = await partnership.to_review()
    headers = {"accept": "text/html", **partnership.as_district()}
    page = (await partnership.client.get("/matches", headers=headers)).text
    assert "Only the name agrees." in page
    assert "same name, nothing more" in page
    chosen = {"completer_id": doubtful["matching"]["candidates"][0]["completer_id"], "reason": "yes"}
    sent = await partnership.client.post(f"/matches/{doubtful['staff_id']}/confirm", data=chosen, headers=headers)
    assert sent.status_code == 303
    assert len(await partnership.hires()) == 1


async def test_a_wrong_file_on_the_imports_page_is_told_on_the_page(partnership: Working) -> None:
    headers = {"accept": "text/html", **partnership.as_agency()}
    files = {"file-programs": ("programs.csv", b"a,b\n1,2\n", "text/csv")}
    answer = await partnership.client.post("/imports/programs", files=files, headers=headers)
    assert answer.status_code == 422
    assert "The header lacks the columns ProgramName" in answer.text


async def test_strangers_find_every_door_closed(partnership: Working) -> None:
    assert await routes_open_to_strangers(partnership.app, partnership.client) == OPEN_TO_ALL
