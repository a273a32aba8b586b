"""Bad input as its sender meets it: what a person reads, what a program gets, and nothing half-applied."""

from io import BytesIO

import pytest

from shared.access.callers import EVERYTHING
from shared.mongo import Mongo
from tests.conftest import SetClock
from tests.partnership.rosters import a_role, a_roster, a_user, a_zip, changed, roster_files
from tests.partnership.working import (
    ASSOCIATION_HEADER,
    CANDIDATE_HEADER,
    FEED,
    Working,
    a_candidate,
    a_completion,
    as_file,
    staff_of,
    working,
)

FILES = roster_files()
HUNDRED = range(1, 101)
BROKEN_ROLES = [a_role(number, orgSourcedId="nowhere" if number % 10 == 0 else "s-1") for number in HUNDRED]
REFUSED: dict[str, tuple[BytesIO, str]] = {
    "no zip": (BytesIO(b"sourcedId,givenName\r\n1,Mei\r\n"), "This file is not a zip archive."),
    "a bomb": (a_zip({**FILES, "classes.csv": b"0" * 5_000_000}), "The archive unpacks to more than we take."),
    "a path": (a_zip({**FILES, "../users.csv": "x"}), "name points outside the archive."),
    "truncated": (BytesIO(staff_of().getvalue()[:-200]), "The archive ends too early or is damaged."),
    "no users": (a_zip({k: v for k, v in FILES.items() if k != "users.csv"}), "A required file is missing."),
    "wrong header": (
        changed(FILES, "users.csv", lambda text: text.replace("sourcedId", "number", 1)),
        "A required column is missing.",
    ),
    "one row in ten": (
        a_roster(users=[a_user(number) for number in HUNDRED], roles=BROKEN_ROLES),
        "Too many rows cannot be read.",
    ),
}
TAKEN: dict[str, tuple[BytesIO, str]] = {
    "utf-16": (changed(FILES, "users.csv", lambda text: text.encode("utf-16")), "This file is UTF-16, not UTF-8."),
    "duplicate ids": (
        a_roster(users=[*(a_user(number) for number in HUNDRED), a_user(7, givenName="Other")]),
        "Two rows with one id differ; the later one was taken.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_program_gets_a_problem_and_a_person_reads_why(partnership: Working, what: str) -> None:
    roster, sentence = REFUSED[what]
    answer = await partnership.upload(0, roster)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert sentence in problem["detail"]
    assert problem["hint"]
    assert problem["state"] == "rejected"
    page = await read_on_the_page(partnership, roster)
    assert "This file was not taken" in page
    assert sentence in page.replace("&#39;", "'")
    assert await partnership.wired.staff.count_of(FEED) == {}
    assert await partnership.mongo.collection("staged").find({}) == []


@pytest.mark.parametrize("what", TAKEN)
async def test_what_can_be_read_all_the_same_is_taken_and_said(partnership: Working, what: str) -> None:
    roster, sentence = TAKEN[what]
    run = await partnership.applied(0, roster)
    assert sentence in {finding["message"] for finding in run["findings"]}
    page = await read_on_the_page(partnership, roster)
    assert "This run was applied" in page
    assert sentence in page


async def test_an_upload_over_the_limit_is_refused_in_words(mongo: Mongo, clock: SetClock) -> None:
    async with working(mongo, clock, snapshot_limit_bytes=1024) as partnership:
        await partnership.bring_directory()
        await partnership.connect()
        answer = await partnership.upload(0, staff_of())
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert answer.json()["title"] == "That is too large"
        files = {"file": ("staff.zip", staff_of().getvalue(), "application/zip")}
        headers = {"accept": "text/html", **partnership.as_district()}
        page = await partnership.client.post(f"/feeds/{FEED}/snapshots", files=files, headers=headers)
        assert page.status_code == 413
        assert "That is too large" in page.text


async def test_a_completer_with_a_malformed_date_is_named_on_the_page(partnership: Working) -> None:
    candidates = as_file(CANDIDATE_HEADER, [a_candidate(1, BirthDate="31.12.1999")])
    completions = as_file(ASSOCIATION_HEADER, [a_completion(1)])
    headers = {"accept": "text/html", **partnership.as_provider()}
    parts = [("file", (name, content, "text/csv")) for name, content in (("c.csv", candidates), ("a.csv", completions))]
    sent = await partnership.client.post("/imports/completers", files=parts, headers=headers)
    page = (await partnership.client.get(sent.headers["location"], headers=headers)).text
    assert "BirthDate" in page
    assert "date" in page
    assert "31.12.1999" in page or "3… " in page
    assert await partnership.wired.completers.count(EVERYTHING) == 0


async def read_on_the_page(partnership: Working, roster: BytesIO) -> str:
    headers = {"accept": "text/html", **partnership.as_district()}
    files = {"file": ("staff.zip", roster.getvalue(), "application/zip")}
    sent = await partnership.client.post(f"/feeds/{FEED}/snapshots", files=files, headers=headers)
    assert sent.status_code == 303, sent.text
    return (await partnership.client.get(sent.headers["location"], headers=headers)).text
