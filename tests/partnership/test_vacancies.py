"""What districts state of their openings, and what a provider sees of it beside its completers."""

from typing import Any

import httpx

from services.partnership.web.vacancies_wired import Vacancies
from shared.events.partnerships import PARTNERSHIPS, VacanciesProjected
from tests.conftest import SetClock
from tests.partnership.ledger import agreed
from tests.partnership.working import (
    DISTRICT_CODE,
    OTHER_PROVIDER,
    PROVIDER,
    SCHOOL_CODE,
    Working,
)
from tests.running import signed_in

ELSEWHERE = "00490000"
YEAR = 2028
HEADER = "school_year,licence_field,grade_span,kind,count,school_id"
WHERE = f"/v1/vacancies/{DISTRICT_CODE}/{YEAR}"


def a_vacancy(**values: Any) -> dict[str, Any]:
    return {"licence_field": "Elementary", "grade_span": "1-6", "kind": "projected", "count": 4, **values}


async def stated(partnership: Working, *vacancies: dict[str, Any], where: str = WHERE, **more: Any) -> httpx.Response:
    code = where.split("/")[3]
    body = {"vacancies": list(vacancies), **more}
    return await partnership.client.put(where, json=body, headers=partnership.as_district(code))


async def uploaded(
    partnership: Working, *rows: str, header: str = HEADER, who: dict[str, str] | None = None
) -> httpx.Response:
    return await partnership.client.post(
        f"/v1/vacancies/{DISTRICT_CODE}/file",
        files={"file": ("vacancies.csv", "\n".join((header, *rows, "")).encode(), "text/csv")},
        headers=who or partnership.as_district(),
    )


async def told(partnership: Working) -> list[VacanciesProjected]:
    """Once each, when everything has left."""
    while await partnership.mongo.collection("vacancies").count({"_outbox.id": {"$exists": True}}):
        await partnership.kafka.until_grown(0.02)
    once = {each.id: each.event for each in partnership.kafka.events(PARTNERSHIPS)}
    return [event for event in once.values() if isinstance(event, VacanciesProjected)]


async def test_a_statement_takes_the_place_of_the_earlier_one_which_is_kept(partnership: Working) -> None:
    first = await stated(partnership, a_vacancy(), a_vacancy(kind="current", count=2, school_id=SCHOOL_CODE))
    assert (first.status_code, first.json()["projected_openings"], first.json()["current_openings"]) == (200, 4, 2)
    again = await stated(partnership, a_vacancy(kind="current", count=2, school_id=SCHOOL_CODE), a_vacancy())
    assert again.json()["revision"] == 1
    second = await stated(partnership, a_vacancy(count=7))
    assert (second.json()["revision"], second.json()["projected_openings"]) == (2, 7)
    held = (await partnership.client.get(WHERE, headers=partnership.as_district())).json()
    assert held == second.json()
    (replaced,) = (await partnership.client.get(f"{WHERE}/replaced", headers=partnership.as_agency())).json()
    assert (replaced["revision"], replaced["stated_by"], len(replaced["vacancies"])) == (1, "district-person", 2)
    events = await told(partnership)
    assert [sorted(each.count for each in event.vacancies) for event in events] == [[2, 4], [7]]
    assert {(event.district_id, event.school_year) for event in events} == {(DISTRICT_CODE, YEAR)}


async def test_who_read_an_earlier_statement_does_not_write_over_a_later_one(partnership: Working) -> None:
    await stated(partnership, a_vacancy(), replaces=0)
    refused = await stated(partnership, a_vacancy(count=9), replaces=0)
    assert (refused.status_code, "stated anew" in refused.json()["detail"]) == (409, True)
    assert (await stated(partnership, a_vacancy(count=9), replaces=1)).status_code == 200
    older = await stated(partnership, a_vacancy(count=1), as_of="2027-04-04")
    assert (older.status_code, older.json()["detail"]) == (
        409,
        "There is a later statement for 2027–28, as of 2027-04-05.",
    )


async def test_a_vacancy_that_cannot_be_is_refused_with_its_place(partnership: Working) -> None:
    for where, value in (
        ("school_id", "99990001"),
        ("school_id", ELSEWHERE),
        ("count", -1),
        ("count", 1.5),
        ("kind", "perhaps"),
        ("grade_span", "8-5"),
        ("licence_field", "---"),
    ):
        answer = await stated(partnership, a_vacancy(**{where: value}))
        problem = answer.json()
        assert answer.status_code == 422
        fields = (problem.get("where"), *(each["field"] for each in problem.get("errors", ())))
        assert f"vacancies.0.{where}" in fields, problem
    assert await partnership.mongo.collection("vacancies").count({}) == 0


async def test_a_double_a_far_year_and_a_day_to_come_are_refused(partnership: Working) -> None:
    double = await stated(partnership, a_vacancy(), a_vacancy(licence_field=" ELEMENTARY", count=1))
    assert double.json()["where"] == "vacancies.1.licence_field"
    far = await stated(partnership, a_vacancy(), where=f"/v1/vacancies/{DISTRICT_CODE}/2050")
    assert far.json()["where"] == "school_year"
    early = await stated(partnership, a_vacancy(), as_of="2027-04-06")
    assert early.json()["where"] == "as_of"
    assert await partnership.mongo.collection("vacancies").count({}) == 0


async def test_a_file_states_each_year_that_it_names(partnership: Working) -> None:
    await stated(partnership, a_vacancy(licence_field="Latin"))
    report = (
        await uploaded(
            partnership,
            "2026-27,Mathematics,8-12,current,2,350105",
            "2027-28,Mathematics,8–12,projected,3,",
            "2028,Biology,All,Projected,1,",
        )
    ).json()
    assert (report["is_taken"], report["rows_read"], report["school_years"]) == (True, 3, [2027, 2028])
    assert [each["code"] for each in report["findings"]] == ["vacancy.school_zeros_restored"]
    listed = (await partnership.client.get("/v1/vacancies", headers=partnership.as_district())).json()["items"]
    assert [(each["school_year"], each["revision"]) for each in listed] == [(2028, 2), (2027, 1)]
    assert [each["licence_field"] for each in listed[0]["vacancies"]] == ["Biology", "Mathematics"]
    assert listed[1]["vacancies"][0]["school_id"] == SCHOOL_CODE


async def test_a_file_with_a_broken_row_changes_nothing_and_says_where_it_is_broken(partnership: Working) -> None:
    before = (await stated(partnership, a_vacancy())).json()
    report = (
        await uploaded(
            partnership,
            "2027-28,Mathematics,8-12,projected,3,",
            "2027-29,Mathematics,5-8,projected,3,",
            "1999,Latin,5-8,projected,3,",
            "2027-28,Latin,8-May,projected,3,",
            "2027-28,Latin,5-13,projected,3,",
            "2027-28,Latin,5-8,maybe,3,",
            "2027-28,Latin,5-8,projected,three,",
            "2027-28,Latin,5-8,projected,3,99999999",
            "2027-28,,5-8,projected,3,",
            "2027-28,mathematics,8-12,projected,5,",
            "2027-28,Latin,5-8,projected",
        )
    ).json()
    assert report["is_taken"] is False
    assert [(each["line"], each["column"], each["code"]) for each in report["findings"]] == [
        (3, "school_year", "vacancy.school_year"),
        (4, "school_year", "vacancy.year_unlikely"),
        (5, "grade_span", "vacancy.grade_span_date"),
        (6, "grade_span", "vacancy.grade_span"),
        (7, "kind", "vacancy.kind"),
        (8, "count", "vacancy.count"),
        (9, "school_id", "vacancy.school"),
        (10, "licence_field", "value.required"),
        (11, "licence_field", "row.twice"),
        (12, "", "row.width"),
    ]
    assert all(each["message"] and each["hint"] for each in report["findings"])
    assert (await partnership.client.get(WHERE, headers=partnership.as_district())).json() == before
    assert len(await told(partnership)) == 1


async def test_what_is_no_file_of_vacancies_is_refused(partnership: Working) -> None:
    headers = {"content-type": "text/csv", **partnership.as_district()}
    for content, says in (
        (b"school_year,licence_field\n2028,Latin\n", "lacks the columns grade_span, kind, count"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"", "is empty"),
    ):
        answer = await partnership.client.post(f"/v1/vacancies/{DISTRICT_CODE}/file", content=content, headers=headers)
        assert answer.status_code == 422
        assert says in answer.json()["detail"]


async def test_a_file_with_a_header_only_takes_nothing_away(partnership: Working) -> None:
    await stated(partnership, a_vacancy())
    report = (await uploaded(partnership)).json()
    assert (report["is_taken"], report["findings"][0]["code"]) == (False, "vacancy.none")


async def test_a_provider_sees_what_the_districts_need_that_are_its_partners(partnership: Working) -> None:
    await partnership.bring_completers(*range(1, 12))
    await agreed(partnership)
    await stated(partnership, a_vacancy(licence_field="ELEMENTARY "), a_vacancy(licence_field="Latin", count=1))
    await stated(partnership, a_vacancy(count=100), where=f"/v1/vacancies/{ELSEWHERE}/{YEAR}")
    needs = await needs_of(partnership, PROVIDER, partnership.as_provider())
    assert (needs["school_year"], needs["completed_year"], needs["stating_districts"]) == (YEAR, 2026, [DISTRICT_CODE])
    assert [
        (each["licence_field"], each["projected_openings"], each["completers"]["count"], each["is_offered"])
        for each in needs["fields"]
    ] == [("Elementary", 4, 11, True), ("Latin", 1, 0, False)]
    without_partners = await needs_of(partnership, OTHER_PROVIDER, partnership.as_provider(OTHER_PROVIDER))
    assert without_partners["stating_districts"] == []
    (own,) = without_partners["fields"]
    assert (own["is_sought"], own["is_offered"], own["completers"]) == (False, True, {"count": 0, "is_withheld": False})


async def test_few_completers_are_not_told_as_a_number(partnership: Working) -> None:
    await partnership.bring_completers(1, 2, 3)
    needs = await needs_of(partnership, PROVIDER, partnership.as_provider())
    assert [each["completers"] for each in needs["fields"]] == [{"count": None, "is_withheld": True}]
    headers = {"accept": "text/html", **partnership.as_provider()}
    page = (await partnership.client.get(f"/needs/{PROVIDER}", headers=headers)).text
    assert "fewer than 10" in page
    drawn = await partnership.client.get(f"/needs/{PROVIDER}/chart.svg", headers=headers)
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert ">3<" not in drawn.text


async def needs_of(partnership: Working, provider: str, who: dict[str, str]) -> dict[str, Any]:
    params = {"provider_id": provider}
    answer = await partnership.client.get("/v1/vacancies/needs", params=params, headers=who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_is_not_theirs_does_not_exist_for_anybody(partnership: Working) -> None:
    """Every route of vacancies, asked by a second district and a second provider."""
    before = (await stated(partnership, a_vacancy())).json()
    rows = f"/vacancies/{DISTRICT_CODE}/{YEAR}"
    other, provider = partnership.as_district(ELSEWHERE), partnership.as_provider()
    body: dict[str, Any] = {"json": {"vacancies": []}}
    file: dict[str, Any] = {"files": {"file": ("v.csv", b"x", "text/csv")}}
    form: dict[str, Any] = {"files": {"file": ("v.csv", b"x", "text/csv")}, "data": {"district_id": DISTRICT_CODE}}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", WHERE, {}),
        ("PUT", WHERE, body),
        ("GET", f"{WHERE}/replaced", {}),
        ("POST", f"/v1/vacancies/{DISTRICT_CODE}/file", file),
        ("GET", rows, {}),
        ("POST", rows, {"data": {"rows": "0"}}),
        ("GET", f"{rows}/rows.csv", {}),
        ("GET", f"/vacancies/open?district={DISTRICT_CODE}&school_year={YEAR}", {}),
    ]
    for method, path, sent in asked:
        answer = await partnership.client.request(method, path, headers=other, **sent)
        assert answer.status_code == 404, (method, path, answer.text)
        answer = await partnership.client.request(method, path, headers=provider, **sent)
        assert answer.status_code == 403, (method, path, answer.text)
    refused = await partnership.client.post("/vacancies/file", headers=other, **form)
    assert (refused.status_code, "Choose a district." in refused.text) == (422, True)
    listed = await partnership.client.get("/v1/vacancies", params={"district_id": DISTRICT_CODE}, headers=other)
    assert (listed.json()["items"], listed.json()["total"]) == ([], 0)
    stranger = partnership.as_provider(OTHER_PROVIDER)
    for path in (f"/v1/vacancies/needs?provider_id={PROVIDER}", f"/needs/{PROVIDER}", f"/needs/{PROVIDER}/chart.svg"):
        assert (await partnership.client.get(path, headers=stranger)).status_code == 404
        assert (await partnership.client.get(path, headers=other)).status_code == 403
    operator = signed_in(partnership.app, "operator")
    assert (await partnership.client.put(WHERE, headers=operator, **body)).status_code == 403
    assert (await partnership.client.get(WHERE, headers=partnership.as_district())).json() == before


async def test_a_replaced_statement_that_was_put_aside_twice_is_shown_once(
    partnership: Working, clock: SetClock
) -> None:
    """A crash between the copy and the statement leaves a copy of what still holds."""
    kept: Vacancies = partnership.wired.vacancies
    await stated(partnership, a_vacancy())
    holding = await kept.statements.known(DISTRICT_CODE, YEAR)
    assert holding is not None
    await kept.statements._put_aside(holding)
    assert (await partnership.client.get(f"{WHERE}/replaced", headers=partnership.as_agency())).json() == []
    await stated(partnership, a_vacancy(count=5))
    replaced = (await partnership.client.get(f"{WHERE}/replaced", headers=partnership.as_agency())).json()
    assert [each["revision"] for each in replaced] == [1]
