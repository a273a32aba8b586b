"""Where a hire comes from: the rows, the rule, the match, and what was told since."""

from typing import Any

from tests.partnership.rosters import a_role, a_user
from tests.partnership.working import OTHER_SCHOOL, OTHER_SCHOOL_CODE, PROVIDER, SCHOOL_CODE, Working, staff_of

PAGE = {"accept": "text/html"}


async def traced(partnership: Working, who: dict[str, str] | None = None) -> dict[str, Any]:
    (hire,) = await partnership.hires()
    path = f"/v1/hires/{hire['hire_id']}/provenance"
    answer = await partnership.client.get(path, headers=who or partnership.as_agency())
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def hired(partnership: Working) -> dict[str, Any]:
    """Seen first on day 14, moved to another school on day 20; the run of the first."""
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    first = await partnership.applied(14, staff_of(a_user(1), roles=[a_role(1, beginDate="2026-09-01")]))
    same_in_another_line = [a_role(9, userSourcedId="u-99"), a_role(1, beginDate="2026-09-01")]
    await partnership.applied(15, staff_of(a_user(99), a_user(1), roles=same_in_another_line))
    await partnership.applied(20, staff_of(a_user(1), roles=[a_role(1, orgSourcedId=OTHER_SCHOOL)]))
    return first


async def test_the_rows_behind_a_hire_are_named_with_file_line_and_snapshot(partnership: Working) -> None:
    first = await hired(partnership)
    rows = (await traced(partnership))["rows"]
    assert [(each["file"], each["line"], each["day"]) for each in rows] == [
        ("users.csv", 32, "2026-09-03"),
        ("users.csv", 32, "2026-09-09"),
    ]
    assert rows[0]["snapshot_id"] == first["run_id"]
    assert [each["seen"]["school_id"] for each in rows] == [SCHOOL_CODE, OTHER_SCHOOL_CODE]
    assert rows[0]["seen"]["starts_on"] == "2026-09-01"


async def test_the_rule_that_made_it_a_hire_is_told_step_by_step(partnership: Working) -> None:
    await hired(partnership)
    found = await traced(partnership)
    steps = {step["rule"]: step for step in found["rule"]}
    assert all(step["holds"] for step in steps.values())
    assert steps["new_person"]["looked_at"] == {
        "first_seen_on": "2026-09-03",
        "in_baseline": "no",
        "employment": "1",
    }
    assert steps["match"]["looked_at"]["basis"] == "state_id"
    assert steps["completion"]["looked_at"]["days_after_completion"] == "107"
    assert found["hire_date_basis"] == "role_begin"
    assert found["match"]["decided_by"] is None


async def test_what_was_told_since_is_kept_in_order(partnership: Working) -> None:
    await hired(partnership)
    (hire,) = await partnership.hires()
    body = {"mistake": "did_not_happen", "reason": "was here before"}
    path = f"/v1/hires/{hire['hire_id']}/withdraw"
    await partnership.client.post(path, json=body, headers=partnership.as_district())
    told = (await traced(partnership))["told"]
    assert [each["event"].split(".")[1] for each in told] == ["completer_hired", "hire_amended", "hire_withdrawn"]
    assert told[1]["said"]["school_id"] == OTHER_SCHOOL_CODE
    assert told[2]["said"] == {"reason": "did_not_happen"}


async def test_a_persons_decision_is_named(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1, userIds="")))
    (doubtful,) = await partnership.to_review()
    body = {"completer_id": doubtful["matching"]["candidates"][0]["completer_id"], "reason": "I asked her"}
    path = f"/v1/matches/{doubtful['staff_id']}/confirm"
    await partnership.client.post(path, json=body, headers=partnership.as_district())
    match = (await traced(partnership))["match"]
    assert (match["basis"], match["decided_by"], match["decision_reason"]) == (
        "reviewer",
        "district-person",
        "I asked her",
    )


async def test_the_persons_values_are_masked_for_all_but_the_district_and_the_agency(partnership: Working) -> None:
    await hired(partnership)
    for who in (partnership.as_agency(), partnership.as_district()):
        assert (await traced(partnership, who))["person"]["state_id"] == "10000001"
    masked = await traced(partnership, partnership.as_provider(PROVIDER))
    assert masked["person"]["state_id"] == "1… (6–10 characters)"
    assert "mlee1" not in str(masked)
    (hire,) = await partnership.hires()
    page = f"/hires/{hire['hire_id']}/provenance"
    theirs = await partnership.client.get(page, headers=PAGE | partnership.as_provider(PROVIDER))
    assert "mlee1" not in theirs.text
    assert "Values of the person are masked" in theirs.text
    own = await partnership.client.get(page, headers=PAGE | partnership.as_district())
    assert "users.csv, line 32" in own.text
    assert "first seen on 2026-09-03" in own.text
    stranger = await partnership.client.get(page, headers=PAGE | partnership.as_district("00490000"))
    assert stranger.status_code == 404
