"""Hires that a program states one by one: matched, told, corrected, ended, and never twice."""

import asyncio
from datetime import date
from typing import Any

import pytest

from shared.events.partnership import CompleterHired, EmploymentEnded, HireAmended, HireDateBasis, HireWithdrawn
from tests.partnership.pulling import until
from tests.partnership.rosters import a_user
from tests.partnership.working import DISTRICT_CODE, OTHER_SCHOOL_CODE, SCHOOL_CODE, Working

DAY_1, DAY_2, DAY_3 = (f"2026-09-0{day}T08:00:00Z" for day in (1, 2, 3))


def a_hire(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Of the completer whom `bring_completers(number)` brings, by the same state id and name."""
    user = a_user(number)
    hire = {
        "person_key": f"hr-{number}",
        "district_id": DISTRICT_CODE,
        "school_id": SCHOOL_CODE,
        "role": "teacher",
        "hire_date": "2026-08-24",
        "given_name": user["givenName"],
        "family_name": user["familyName"],
        "identifiers": [{"system": "state_id", "value": str(10_000_000 + number)}],
    }
    return hire | changes


async def state(partnership: Working, hire: dict[str, Any], who: dict[str, str] | None = None, key: str = "") -> Any:
    headers = (who or partnership.as_district()) | ({"idempotency-key": key} if key else {})
    return await partnership.client.post("/v1/hires", json=hire, headers=headers)


async def taken(partnership: Working, hire: dict[str, Any]) -> dict[str, Any]:
    answer = await state(partnership, hire)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def test_a_stated_hire_of_a_completer_is_told(partnership: Working) -> None:
    await partnership.bring_completers(1)
    result = await taken(partnership, a_hire())
    assert (result["outcome"], result["match"], result["connection_id"]) == ("new", "matched", "hires-00350000")
    (told,) = await partnership.told(CompleterHired)
    assert isinstance(told, CompleterHired)
    assert (told.hire_id, told.district_id, told.school_id) == (result["hire_id"], DISTRICT_CODE, SCHOOL_CODE)
    assert (told.hire_date, told.hire_date_basis) == (date(2026, 8, 24), HireDateBasis.EXPLICIT)
    (hire,) = await partnership.hires()
    assert hire["hire_id"] == result["hire_id"]
    for path in (f"/hires/{result['hire_id']}", f"/hires/{result['hire_id']}/provenance", "/feeds/hires-00350000"):
        page = await partnership.client.get(path, headers=partnership.as_district() | {"accept": "text/html"})
        assert page.status_code == 200


async def test_the_first_statement_of_a_district_is_no_baseline_however_old_the_hire(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await taken(partnership, a_hire(hire_date="2025-09-01"))
    assert len(await partnership.told(CompleterHired)) == 1


async def test_a_hire_before_its_completer_is_told_when_the_completer_comes(partnership: Working) -> None:
    assert (await taken(partnership, a_hire()))["match"] == "none"
    await partnership.bring_completers(1)
    assert len(await partnership.told(CompleterHired)) == 1


async def test_who_shares_only_a_name_waits_for_review(partnership: Working) -> None:
    await partnership.bring_completers(1)
    result = await taken(partnership, a_hire(identifiers=[]))
    assert (result["match"], result["hire_id"]) == ("review", None)
    assert [each["staff_id"] for each in await partnership.to_review()] == [result["staff_id"]]
    assert await partnership.told(CompleterHired) == []


async def test_the_same_person_again_with_other_facts_amends_the_hire(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await taken(partnership, a_hire())
    result = await taken(partnership, a_hire(school_id=OTHER_SCHOOL_CODE, hire_date="2026-08-20"))
    assert result["outcome"] == "changed"
    (amended,) = await partnership.told(HireAmended)
    assert isinstance(amended, HireAmended)
    assert (amended.school_id, amended.hire_date) == (OTHER_SCHOOL_CODE, date(2026, 8, 20))


async def test_an_end_is_told_and_one_that_was_a_mistake_is_taken_back(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await taken(partnership, a_hire(as_of=DAY_1))
    await taken(partnership, a_hire(as_of=DAY_2, ended_on="2026-09-02"))
    (ended,) = await partnership.told(EmploymentEnded)
    assert isinstance(ended, EmploymentEnded)
    assert ended.ended_on == date(2026, 9, 2)
    result = await taken(partnership, a_hire(as_of=DAY_3))
    (hire,) = await partnership.hires()
    assert (hire["hire_id"], hire["ended_on"], hire["variant"]) == (result["hire_id"], None, "hired")


async def test_who_left_and_is_hired_anew_is_a_second_hire(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await taken(partnership, a_hire(as_of=DAY_1))
    await taken(partnership, a_hire(as_of=DAY_2, ended_on="2026-09-02"))
    await taken(partnership, a_hire(as_of="2027-01-10T08:00:00Z", hire_date="2027-01-04"))
    assert [hire["variant"] for hire in await partnership.hires()] == ["rehired", "hired"]


async def test_who_is_heard_of_first_when_it_is_over_was_hired_and_left(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await taken(partnership, a_hire(ended_on="2026-10-31"))
    assert len(await partnership.told(CompleterHired)) == 1
    assert len(await partnership.told(EmploymentEnded)) == 1


async def test_who_is_hired_and_leaves_in_the_same_moment_was_hired_and_left(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await taken(partnership, a_hire(as_of=DAY_1))
    await taken(partnership, a_hire(as_of=DAY_1, ended_on="2026-09-01"))
    (hire,) = await partnership.hires()
    assert hire["ended_on"] == "2026-09-01"


async def test_an_earlier_employment_that_is_heard_of_late_comes_before_the_present_one(partnership: Working) -> None:
    await partnership.bring_completers(1)
    await taken(partnership, a_hire(as_of=DAY_3))
    await taken(partnership, a_hire(as_of=DAY_1, hire_date="2024-09-01", ended_on="2026-06-30"))

    async def both_are_told() -> bool:
        """The round that recovers what was cut off may have the person in hand at the same time, and tell the rest."""
        hires = [(hire["hire_date"], hire["ended_on"]) for hire in await partnership.hires()]
        return hires == [("2026-08-24", None), ("2024-09-01", "2026-06-30")]

    await until(both_are_told)


async def test_a_withdrawn_hire_stays_withdrawn_when_it_is_stated_again(partnership: Working) -> None:
    await partnership.bring_completers(1)
    result = await taken(partnership, a_hire())
    await partnership.told(CompleterHired)
    body = {"mistake": "did_not_happen", "reason": "typed into the wrong record"}
    address = f"/v1/hires/{result['hire_id']}/withdraw"
    answer = await partnership.client.post(address, json=body, headers=partnership.as_district())
    assert answer.status_code == 200, answer.text
    await taken(partnership, a_hire(school_id=OTHER_SCHOOL_CODE))
    assert len(await partnership.told(HireWithdrawn)) == 1
    assert len(await partnership.told(CompleterHired, HireAmended)) == 1


async def test_statements_in_any_order_and_twice_come_to_the_same(partnership: Working) -> None:
    await partnership.bring_completers(1)
    said = [
        a_hire(as_of=DAY_1, family_name="Maiden", former_family_names=[a_user(1)["familyName"]]),
        a_hire(as_of=DAY_2, school_id=OTHER_SCHOOL_CODE),
        a_hire(as_of=DAY_3),
    ]
    for each in said:
        await taken(partnership, each)
    events, kept = await partnership.told(), await staff_kept(partnership)
    for each in (*said, *reversed(said)):
        assert (await taken(partnership, each))["outcome"] == "unchanged"
    assert (await partnership.told(), await staff_kept(partnership)) == (events, kept)


async def staff_kept(partnership: Working) -> list[dict[str, Any]]:
    return await partnership.mongo.collection("staff").find({}, sort=[("_id", 1)])


async def test_the_same_key_and_body_get_the_same_answer_and_another_body_is_refused(partnership: Working) -> None:
    await partnership.bring_completers(1)
    first = await state(partnership, a_hire(), key="one")
    again = await state(partnership, a_hire(), key="one")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    other = await state(partnership, a_hire(role="aide"), key="one")
    assert other.status_code == 422
    assert other.json()["where"] == "Idempotency-Key"
    assert len(await partnership.told(CompleterHired, HireAmended)) == 1


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"school_id": "99999999"}, "school_id"),
        ({"as_of": "2099-01-01T00:00:00Z"}, "as_of"),
        ({"ended_on": "2099-01-01"}, "ended_on"),
        ({"connection_id": "boston"}, "connection_id"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(
    partnership: Working, changes: dict[str, Any], where: str
) -> None:
    answer = await state(partnership, a_hire(**changes))
    assert answer.status_code == 422
    assert (answer.json()["where"], answer.headers["content-type"]) == (where, "application/problem+json")
    assert await staff_kept(partnership) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "wizard"}, "role"),
        ({"hire_date": 20320}, "hire_date"),
        ({"hire_date": "2026-13-01"}, "hire_date"),
        ({"as_of": "2026-09-01T08:00:00"}, "as_of"),
        ({"given_name": "  "}, "given_name"),
        ({"person_key": "a\x1fb"}, "person_key"),
        ({"colour": "blue"}, "colour"),
        ({"identifiers": [{"system": "ssn", "value": "1"}]}, "identifiers.0.system"),
    ],
)
async def test_what_is_not_right_is_told_field_by_field(
    partnership: Working, changes: dict[str, Any], field: str
) -> None:
    answer = await state(partnership, a_hire(**changes))
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_a_district_states_its_own_hires_and_a_provider_none(partnership: Working) -> None:
    assert (await state(partnership, a_hire(), partnership.as_district("00490000"))).status_code == 404
    assert (await state(partnership, a_hire(), partnership.as_provider())).status_code == 403
    assert (await state(partnership, a_hire(), partnership.as_agency())).status_code == 200


async def test_two_sources_of_one_district_may_use_the_same_keys(partnership: Working) -> None:
    new = {"connection_id": "payroll", "source": "hires-api"}
    assert (await partnership.connect(**new)).status_code == 201
    one = await taken(partnership, a_hire())
    other = await taken(partnership, a_hire(connection_id="payroll"))
    assert one["staff_id"] != other["staff_id"]
    assert (await state(partnership, a_hire(connection_id="nowhere"))).status_code == 404


async def test_a_connection_for_stated_hires_takes_no_files(partnership: Working) -> None:
    assert (await partnership.connect(connection_id="payroll", source="hires-api")).status_code == 201
    answer = await partnership.client.post(
        "/v1/feeds/payroll/snapshots", content=b"PK", headers=partnership.as_district()
    )
    assert answer.status_code == 409


async def test_the_same_person_stated_by_many_at_once_is_kept_once(partnership: Working) -> None:
    await partnership.bring_completers(1)
    schools = [SCHOOL_CODE, OTHER_SCHOOL_CODE] * 5
    await asyncio.gather(*(taken(partnership, a_hire(school_id=code)) for code in schools))
    assert len(await staff_kept(partnership)) == 1
    assert len(await partnership.told(CompleterHired)) == 1
