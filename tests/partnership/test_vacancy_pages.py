"""The table and the upload in which people state vacancies."""

from tests.partnership.test_vacancies import HEADER, WHERE, YEAR, a_vacancy, stated
from tests.partnership.working import DISTRICT_CODE, Working

PAGE = f"/vacancies/{DISTRICT_CODE}/{YEAR}"


def typed(*rows: dict[str, object], **more: str) -> dict[str, str]:
    fields = {f"{name}-{number}": str(value) for number, row in enumerate(rows, 1) for name, value in row.items()}
    return {"rows": str(len(rows)), **fields, **more}


async def test_openings_are_typed_mended_and_saved(partnership: Working) -> None:
    headers = {"accept": "text/html", **partnership.as_district()}
    empty = (await partnership.client.get(PAGE, headers=headers)).text
    assert ("Nothing has been stated for this school year yet." in empty, 'name="count-3"' in empty) == (True, True)
    wrong = [a_vacancy(), a_vacancy(licence_field="", count=""), a_vacancy(count="some"), a_vacancy(grade_span="9-1")]
    refused = await partnership.client.post(PAGE, data=typed(*wrong, replaces="0"), headers=headers)
    assert refused.status_code == 422
    for name in ("licence_field-2", "count-3", "grade_span-4"):
        assert f'href="#{name}"' in refused.text, name
    assert 'value="some"' in refused.text
    double = await partnership.client.post(
        PAGE, data=typed({}, a_vacancy(), {}, a_vacancy(count=5), replaces="0"), headers=headers
    )
    assert (double.status_code, 'href="#licence_field-4"' in double.text) == (422, True)
    more = await partnership.client.post(PAGE, data=typed(a_vacancy(), more="yes"), headers=headers)
    assert (more.status_code, 'name="count-4"' in more.text, "Saved" in more.text) == (200, True, False)
    assert await partnership.mongo.collection("vacancies").count({}) == 0

    saved = await partnership.client.post(PAGE, data=typed(a_vacancy(), {}, replaces="0"), headers=headers)
    assert (saved.status_code, saved.headers["location"]) == (303, f"{PAGE}?saved=yes")
    assert (await partnership.client.get(WHERE, headers=headers)).json()["projected_openings"] == 4
    late = await partnership.client.post(PAGE, data=typed(a_vacancy(count=1), replaces="0"), headers=headers)
    assert (late.status_code, "stated anew since you opened" in late.text) == (422, True)


async def test_a_statement_is_downloaded_and_uploaded_again(partnership: Working) -> None:
    await stated(partnership, a_vacancy(), a_vacancy(licence_field="=1+1", kind="current", count=0))
    headers = {"accept": "text/html", **partnership.as_district()}
    file = await partnership.client.get(f"{PAGE}/rows.csv", headers=headers)
    assert file.text.splitlines()[0] == HEADER
    assert "'=1+1" in file.text
    sent = {"files": {"file": ("v.csv", file.content, "text/csv")}, "data": {"district_id": DISTRICT_CODE}}
    taken = await partnership.client.post("/vacancies/file", headers=headers, **sent)  # type: ignore[arg-type]
    assert (taken.status_code, "The vacancies were taken" in taken.text) == (200, True)
    broken = {"files": {"file": ("v.csv", b"school_year\n", "text/csv")}, "data": {"district_id": DISTRICT_CODE}}
    refused = await partnership.client.post("/vacancies/file", headers=headers, **broken)  # type: ignore[arg-type]
    assert (refused.status_code, "lacks the columns" in refused.text) == (422, True)
    rows = {"files": {"file": ("v.csv", f"{HEADER}\n2028,Latin,8-May,current,1,\n".encode(), "text/csv")}}
    told = await partnership.client.post("/vacancies/file", headers=headers, data=sent["data"], **rows)  # type: ignore[arg-type]
    assert (told.status_code, "made a date of the span" in told.text) == (422, True)
