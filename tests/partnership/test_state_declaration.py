"""Declarations of staff files: refused where they cannot be meant, and then read through the door."""

from typing import Any

import pytest

from tests.partnership.state import EPIMS, at_work, epims, in_roster
from tests.partnership.working import SCHOOL_CODE, STAFF_BEFORE, Working


def declared(**file: Any) -> dict[str, Any]:
    return {"files": {"a": file}}


def local(**more: Any) -> dict[str, Any]:
    return {"local_id": {"name": "x"}, **more}


@pytest.mark.parametrize(
    ("change", "where", "why"),
    [
        ({"preset": "nowhere"}, "", "There is no such preset"),
        ({"files": {}}, ".files", "at least 1"),
        (declared(holds="staff", columns={"given": {"name": "x"}}), ".files.a", "state_id or local_id"),
        (declared(holds="numbers", columns=local()), "", "who is employed"),
        (declared(holds="work", header="none", columns=local(job={"at": 1})), ".files.a", "give `at` for local_id"),
        (declared(holds="work", dates=["dd/mm/yy"], columns=local()), ".files.a.dates", "is no form of a date"),
        ({"preset": "epims", "codes": {"job": {"1": "wizard"}}}, ".codes.job.1", "teacher"),
        (declared(holds="work", columns={"race": {"name": "x"}}), ".files.a.columns.race", "state_id"),
    ],
)
async def test_a_bad_declaration_is_refused_when_it_is_connected_with_where_and_why(
    partnership: Working, change: dict[str, Any], where: str, why: str
) -> None:
    refused = await partnership.connect(connection_id="epims", source="state-file", mapping={"state_file": change})
    assert refused.status_code == 422, refused.text
    faults = {fault["field"]: fault["expected"] for fault in refused.json()["errors"]}
    assert any(field.startswith(f"mapping.state_file{where}") and why in words for field, words in faults.items()), (
        faults
    )


async def test_without_a_declaration_a_state_file_feed_is_not_connected(partnership: Working) -> None:
    refused = await partnership.connect(connection_id="epims", source="state-file")
    assert refused.status_code == 422
    assert "Say how the files are laid out (state_file)" in refused.text


async def test_a_hire_is_found_in_the_states_files_through_the_door(partnership: Working) -> None:
    await partnership.bring_completers(1)
    answer = await partnership.connect(connection_id="epims", source="state-file", mapping={"state_file": EPIMS})
    assert answer.status_code == 201, answer.text

    async def upload(day: str, *numbers: int) -> dict[str, Any]:
        roster = [in_roster(n, SR01=str(10_000_000 + n), SR04="Meib", SR06="Leeb", SR11="08/24/2026") for n in numbers]
        work = [at_work(n, WA01=str(10_000_000 + n)) for n in numbers]
        answer = await partnership.client.post(
            "/v1/feeds/epims/snapshots",
            content=epims(*roster, work=work).getvalue(),
            params={"observed_at": f"{day}T06:00:00Z"},
            headers=partnership.as_district(),
        )
        assert answer.status_code == 200, answer.text
        run: dict[str, Any] = answer.json()
        return run

    await upload("2026-08-20", *STAFF_BEFORE)
    run = await upload("2026-08-30", *STAFF_BEFORE, 1)
    assert (run["state"], run["hold_reasons"], run["findings"]) == ("applied", [], [])
    (hire,) = await partnership.hires()
    assert (hire["hire_date"], hire["hire_date_basis"], hire["school_id"]) == ("2026-08-24", "explicit", SCHOOL_CODE)
    shown = await partnership.client.get("/v1/feeds/epims", headers=partnership.as_district())
    assert shown.json()["mapping"]["state_file"]["based_on"] == "epims 2018"
    await upload("2026-10-30", *STAFF_BEFORE)
    await upload("2026-12-30", *STAFF_BEFORE)
    (hire,) = await partnership.hires()
    assert hire["ended_on"] is None, "absence is no exit in these files"
