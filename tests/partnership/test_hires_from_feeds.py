"""From two snapshots of a district's staff to the hire that is told, and to what becomes of it."""

from shared.events.partnership import CompleterHired, EmploymentEnded, HireAmended
from tests.partnership.rosters import a_district, a_role, a_roster, a_school, a_user
from tests.partnership.working import (
    ASSOCIATION_HEADER,
    CANDIDATE_HEADER,
    DISTRICT_CODE,
    FEED,
    OTHER_PROVIDER,
    OTHER_SCHOOL,
    OTHER_SCHOOL_CODE,
    PROVIDER,
    SCHOOL_CODE,
    Working,
    a_candidate,
    a_completion,
    as_file,
    staff_of,
)
from tests.running import figures_of

STILL_ENROLLED = {"ReasonExitedDescriptor": "", "EndDate": ""}


async def test_a_completer_who_appears_in_the_second_snapshot_is_hired(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1), roles=[a_role(1, beginDate="2026-08-27")]))
    (hired,) = await partnership.told(CompleterHired)
    assert isinstance(hired, CompleterHired)
    assert (hired.district_id, hired.school_id, hired.role) == (DISTRICT_CODE, SCHOOL_CODE, "teacher")
    assert (str(hired.hire_date), hired.hire_date_basis) == ("2026-08-27", "role_begin")
    assert (hired.match_basis, hired.match_confidence, hired.variant) == ("state_id", 1.0, "hired")
    assert [each.licence_field for each in hired.completions] == ["Elementary"]
    assert not hired.is_provider_the_employer


async def test_the_first_snapshot_is_a_baseline_and_hires_nobody(partnership: Working) -> None:
    await partnership.bring_completers(1)
    run = await partnership.applied(0, staff_of(a_user(1)))
    assert run["is_baseline"]
    await partnership.applied(14, staff_of(a_user(1)))
    assert await partnership.told(CompleterHired) == []


async def test_the_same_snapshot_twice_is_the_same_run_and_changes_nothing(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    first = await partnership.applied(14, staff_of(a_user(1)))
    before = await partnership.all_that_is_kept()
    again = await partnership.applied(14, staff_of(a_user(1)))
    assert again == first
    assert await partnership.all_that_is_kept() == before
    assert len(await partnership.told(CompleterHired)) == 1


async def test_a_completer_who_moves_to_another_school_is_the_same_hire_amended(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    await partnership.applied(28, staff_of(a_user(1), roles=[a_role(1, orgSourcedId=OTHER_SCHOOL)]))
    assert len(await partnership.told(CompleterHired)) == 1
    (amended,) = await partnership.told(HireAmended)
    assert isinstance(amended, HireAmended)
    assert amended.school_id == OTHER_SCHOOL_CODE


async def test_a_completer_who_is_missing_long_enough_has_left_and_may_return(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(20, staff_of(a_user(1)))
    for day in (40, 54):
        await partnership.applied(day, staff_of())
    assert await partnership.told(EmploymentEnded) == []
    await partnership.applied(68, staff_of())
    (ended,) = await partnership.told(EmploymentEnded)
    assert isinstance(ended, EmploymentEnded)
    assert str(ended.ended_on) == "2026-09-29"
    await partnership.applied(82, staff_of(a_user(1)))
    variants = [event.variant for event in await partnership.told(CompleterHired) if isinstance(event, CompleterHired)]
    assert variants == ["hired", "rehired"]
    assert len({hire["hire_id"] for hire in await partnership.hires()}) == 2


async def test_a_short_absence_is_nothing(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    await partnership.applied(28, staff_of())
    await partnership.applied(42, staff_of(a_user(1)))
    assert len(await partnership.told(CompleterHired, HireAmended, EmploymentEnded)) == 1


async def test_a_role_that_has_ended_ends_the_employment_at_once(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    await partnership.applied(28, staff_of(a_user(1), roles=[a_role(1, endDate="2026-09-10")]))
    (ended,) = await partnership.told(EmploymentEnded)
    assert isinstance(ended, EmploymentEnded)
    assert str(ended.ended_on) == "2026-09-10"


async def test_substitutes_and_aides_are_no_hires_until_they_teach(partnership: Working) -> None:
    await partnership.bring_completers(1, 2)
    await partnership.applied(0, staff_of())
    others = [a_role(1, role="aide"), a_role(2, role="ext:substitute")]
    await partnership.applied(14, staff_of(a_user(1), a_user(2), roles=others))
    assert await partnership.told(CompleterHired) == []
    await partnership.applied(28, staff_of(a_user(1), a_user(2), roles=[a_role(1), others[1]]))
    assert len(await partnership.told(CompleterHired)) == 1


async def test_a_student_teacher_is_no_hire(partnership: Working) -> None:
    candidates = as_file(CANDIDATE_HEADER, [a_candidate(1)])
    studying = as_file(ASSOCIATION_HEADER, [a_completion(1, **STILL_ENROLLED)])
    assert (await partnership.bring("completers", candidates, studying)).json()["findings"] == []
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    assert await partnership.told(CompleterHired) == []
    assert await partnership.to_review() == []


async def test_a_placement_at_the_school_explains_the_account(partnership: Working) -> None:
    header = f"{ASSOCIATION_HEADER},PlacementSchoolCode,PlacementBegin,PlacementEnd"
    placed = f"{a_completion(1, EndDate='2027-05-20')},{SCHOOL_CODE},2026-08-25,2026-12-20"
    files = (as_file(CANDIDATE_HEADER, [a_candidate(1)]), as_file(header, [placed]))
    assert (await partnership.bring("completers", *files)).json()["findings"] == []
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    assert await partnership.told(CompleterHired) == []
    assert await partnership.to_review() == []


async def test_a_completion_that_arrives_after_the_hire_is_found(partnership: Working) -> None:
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1), roles=[a_role(1, beginDate="2026-08-27")]))
    assert await partnership.told(CompleterHired) == []
    await partnership.bring_completers(1)
    (hired,) = await partnership.told(CompleterHired)
    assert isinstance(hired, CompleterHired)
    assert str(hired.hire_date) == "2026-08-27"


async def test_somebody_who_worked_there_long_before_completing_is_told_apart(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1), roles=[a_role(1, beginDate="2024-08-27")]))
    (hired,) = await partnership.told(CompleterHired)
    assert isinstance(hired, CompleterHired)
    assert hired.variant == "employed_before_completion"


async def test_a_name_alone_goes_to_review_and_a_confirmation_tells_one_hire(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1, userIds="")))
    assert await partnership.told(CompleterHired) == []
    (doubtful,) = await partnership.to_review()
    (candidate,) = doubtful["matching"]["candidates"]
    assert candidate["evidence"] == ["name"]
    assert (await figures_of(partnership.app, partnership.client))["review_queue"] == 1
    for _ in range(2):
        answer = await partnership.client.post(
            f"/v1/matches/{doubtful['staff_id']}/confirm",
            json={"completer_id": candidate["completer_id"], "reason": "I hired her myself."},
            headers=partnership.as_district(),
        )
        assert answer.status_code == 200, answer.text
    (hired,) = await partnership.told(CompleterHired)
    assert isinstance(hired, CompleterHired)
    assert hired.match_basis == "reviewer"
    assert await partnership.to_review() == []


async def test_a_rejected_candidate_is_not_asked_about_again(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1, userIds="")))
    (doubtful,) = await partnership.to_review()
    chosen = {"completer_id": doubtful["matching"]["candidates"][0]["completer_id"], "reason": "A namesake."}
    address = f"/v1/matches/{doubtful['staff_id']}"
    rejected = await partnership.client.post(f"{address}/reject", json=chosen, headers=partnership.as_district())
    assert rejected.status_code == 200
    await partnership.applied(28, staff_of(a_user(1, userIds="", middleName="Ann")))
    assert await partnership.to_review() == []
    late = await partnership.client.post(f"{address}/confirm", json=chosen, headers=partnership.as_district())
    assert late.status_code == 409
    assert await partnership.told(CompleterHired) == []


async def test_two_completers_with_one_state_id_are_for_a_person_to_decide(partnership: Working) -> None:
    await partnership.bring_completers(1)
    twin = as_file(CANDIDATE_HEADER, [a_candidate(1, EducationOrganizationId=OTHER_PROVIDER)])
    completed = as_file(ASSOCIATION_HEADER, [a_completion(1, EducationOrganizationId=OTHER_PROVIDER)])
    await partnership.bring("completers", twin, completed)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    (doubtful,) = await partnership.to_review()
    assert doubtful["matching"]["reason"] == "several_completers"
    assert {each["provider_id"] for each in doubtful["matching"]["candidates"]} == {PROVIDER, OTHER_PROVIDER}


async def test_renewed_keys_are_the_same_people_and_no_hires(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(14, staff_of(a_user(1)))
    renewed = staff_of(a_user(1, sourcedId="new-1"), roles=[a_role(1, userSourcedId="new-1")])
    run = await partnership.applied(28, renewed)
    assert (run["comparison"]["new"], run["comparison"]["rekeyed"], run["comparison"]["gone"]) == (0, 1, 0)
    assert len(await partnership.told(CompleterHired, HireAmended, EmploymentEnded)) == 1


async def test_a_mass_change_waits_until_a_person_releases_it(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    held = (await partnership.upload(14, staff_of(a_user(1), before=range(50, 62)))).json()
    assert held["state"] == "held"
    assert held["hold_reasons"] == ["18 of 30 people are gone."]
    figures = await figures_of(partnership.app, partnership.client)
    assert (figures["review_queue"], figures["held_snapshots"]) == (0, 1)
    assert await partnership.told(CompleterHired) == []
    address = f"/v1/feeds/{FEED}/runs/{held['run_id']}/release"
    strangers = await partnership.client.post(address, json={}, headers=partnership.as_district("00490000"))
    assert strangers.status_code == 404
    released = await partnership.client.post(
        address, json={"reason": "A school closed."}, headers=partnership.as_district()
    )
    assert (released.json()["state"], released.json()["hires_told"]) == ("applied", 1)
    assert len(await partnership.told(CompleterHired)) == 1


async def test_an_older_snapshot_is_refused_unless_forced_and_then_put_where_it_belongs(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    await partnership.applied(28, staff_of(a_user(1)))
    older = await partnership.upload(14, staff_of(a_user(1)))
    assert older.status_code == 409
    assert "newer" in older.json()["detail"]
    forced = await partnership.upload(14, staff_of(a_user(1)), force=True)
    assert forced.json()["state"] == "applied"
    (amended,) = await partnership.told(HireAmended)
    assert isinstance(amended, HireAmended)
    assert str(amended.hire_date) == "2026-09-03"
    assert len(await partnership.told(CompleterHired)) == 1


async def test_a_school_that_nobody_knows_is_a_finding_and_its_staff_have_no_school(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await partnership.applied(0, staff_of())
    people = [a_user(number) for number in (1, *range(50, 80))]
    orgs = [a_district(), a_school(identifier="00359999")]
    run = (await partnership.upload(14, a_roster(users=people, orgs=orgs))).json()
    (finding,) = [each for each in run["findings"] if each["code"] == "org.not_in_directory"]
    assert (finding["file"], finding["column"], finding["value"]) == ("orgs.csv", "identifier", "00359999")
    assert run["state"] == "held"
