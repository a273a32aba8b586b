"""Who may see and do what about reviews, and the agency's look over all districts."""

from typing import Any

from tests.partnership.ledger import agreed
from tests.partnership.reviewing import ELSEWHERE, ROLE, a_plan, asked, drafted, opened
from tests.partnership.working import DISTRICT_CODE, OTHER_PROVIDER, PROVIDER, Working
from tests.running import signed_in


async def test_what_is_not_theirs_does_not_exist_for_anybody(partnership: Working) -> None:
    """Every route of reviews, asked by the provider, another provider, two districts, and the operator."""
    draft = await drafted(partnership, OTHER_PROVIDER)
    review_id = await opened(partnership)
    before = (await asked(partnership, "GET", f"/{review_id}")).json()
    own, other = partnership.as_provider(), partnership.as_provider(OTHER_PROVIDER)
    for path in (f"/{review_id}", f"/{draft}"):
        for who, status in ((own, 200 if path == f"/{review_id}" else 404), (other, 404)):
            assert (await asked(partnership, "GET", path, who)).status_code == status
            page = await partnership.client.get(f"/reviews{path}", headers={"accept": "text/html", **who})
            assert page.status_code == status
    listed = {
        role: [each["review_id"] for each in (await asked(partnership, "GET", "", who)).json()["items"]]
        for role, who in (("own", own), ("other", other), ("agency", partnership.as_agency()))
    }
    assert (listed["own"], listed["other"], set(listed["agency"])) == ([review_id], [], {review_id, draft})
    contact = {"district_id": DISTRICT_CODE, "role": "liaison"}
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "", a_plan(provider_id=PROVIDER)),
        ("PUT", f"/{review_id}", a_plan()),
        ("DELETE", f"/{review_id}", {}),
        ("POST", f"/{review_id}/contacts", contact),
        ("DELETE", f"/{review_id}/contacts/{ROLE}", {}),
        ("POST", f"/{review_id}/open", {}),
        ("POST", f"/{review_id}/advance", {"stage": "initial_inquiry"}),
        ("POST", f"/{review_id}/close", {}),
    ]
    pages = ("", *(f"/{review_id}/{each}" for each in ("plan", "contacts", "contacts/remove", "open", "advance")))
    districts = (partnership.as_district(), partnership.as_district(ELSEWHERE))
    for who in (own, other, *districts, signed_in(partnership.app, "operator")):
        for method, path, body in changes:
            assert (await asked(partnership, method, path, who, **body)).status_code == 403, (method, path)
        for path in (*pages, f"/{review_id}/close", f"/{review_id}/discard"):
            answer = await partnership.client.post(f"/reviews{path}", data={"sure": "yes"}, headers=who)
            assert answer.status_code == 403, path
    for who in districts:
        for path in ("", f"/{review_id}", "/processes"):
            assert (await asked(partnership, "GET", path, who)).status_code == 403
            assert (await partnership.client.get(f"/reviews{path}", headers=who)).status_code == 403
    assert (await asked(partnership, "GET", f"/{review_id}")).json() == before


async def test_the_agency_sees_which_districts_have_no_partnership(partnership: Working) -> None:
    await agreed(partnership)
    path = "/v1/districts/partnerships"
    found = (await partnership.client.get(path, headers=partnership.as_agency())).json()
    assert [(each["name"], each["providers"], each["by_status"]) for each in found] == [
        ("Boston", [PROVIDER], {"active": 1}),
        ("Cambridge", [], {}),
    ]
    headers = {"accept": "text/html", **partnership.as_agency()}
    page = (await partnership.client.get("/districts?show=without", headers=headers)).text
    assert ("1 of 2 districts" in page, ">Cambridge<" in page, ">Boston<" in page) == (True, True, False)
    for who in (partnership.as_district(), partnership.as_provider()):
        for each in (path, "/districts"):
            assert (await partnership.client.get(each, headers=who)).status_code == 403
