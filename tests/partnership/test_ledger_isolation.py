"""Two providers, two districts: nobody reads or changes a partnership of others, on any route that there is."""

from typing import Any

from tests.partnership.ledger import OTHER_DISTRICT, RECORDS, a_contact, a_goal, agreed, got, terms
from tests.partnership.working import DISTRICT_CODE, OTHER_PROVIDER, PROVIDER, Working
from tests.running import routes_of

OF_NO_PARTNERSHIP = {"/partnerships/new", "/partnerships/import", "/partnerships/imports/{import_id}"}
BODIES: dict[str, dict[str, Any]] = {
    "/terms": terms(notice_days=7),
    "/attest": {"version": 1},
    "/dispute": {"version": 1, "reason": "x"},
    "/terminate": {"reason": "x"},
    "/review": {"reason": "x"},
    "/contacts": a_contact(email="other@x.example"),
    "/activities": {"way": "district_cohort", "happened_on": "2027-03-01", "record": RECORDS["district_cohort"]},
    "/measurements": {"measured_on": "2027-04-01", "value": 3},
    "/{activity_id}/dispute": {"reason": "x"},
    "/{measurement_id}/dispute": {"reason": "x"},
    "/void": {"reason": "x"},
}


async def a_full_partnership(partnership: Working, provider: str, district: str) -> dict[str, str]:
    """With one of everything; the path parameters that lead to it."""
    made = await agreed(partnership, provider=provider, district=district, goals=[a_goal()])
    here, who = f"/{made['partnership_id']}", partnership.as_provider(provider)
    goal = made["versions"][0]["terms"]["goals"][0]["goal_id"]
    activity = await got(partnership, f"{here}/activities", who, **BODIES["/activities"])
    measured = await got(partnership, f"{here}/goals/{goal}/measurements", who, **BODIES["/measurements"])
    contact = await got(partnership, f"{here}/contacts", who, **a_contact(email=f"secret@{district}.example"))
    sent = {"file": ("mou.pdf", f"of {district}".encode(), "application/pdf")}
    paper = await partnership.client.post(f"/v1/partnerships{here}/documents", files=sent, headers=who)
    return {
        "partnership_id": made["partnership_id"],
        "goal_id": goal,
        "activity_id": activity["activity_id"],
        "measurement_id": measured["measurement_id"],
        "contact_key": contact["contacts"][0]["contact_key"],
        "sha256": paper.json()["sha256"],
        "way": "district_cohort",
        "verb": "dispute",
    }


def body_of(path: str) -> dict[str, Any]:
    return next(
        (body for end, body in sorted(BODIES.items(), key=lambda each: -len(each[0])) if path.endswith(end)), {}
    )


async def everything(partnership: Working) -> list[Any]:
    names = ("partnerships", "activities", "measurements", "partnership_papers")
    kept = [await partnership.mongo.collection(name).find({}, sort=[("_id", 1)]) for name in names]
    return [[{key: each[key] for key in each if key != "_outbox"} for each in some] for some in kept]


async def test_nobody_reads_or_changes_what_is_not_theirs(partnership: Working) -> None:
    theirs = await a_full_partnership(partnership, PROVIDER, DISTRICT_CODE)
    others = await a_full_partnership(partnership, OTHER_PROVIDER, OTHER_DISTRICT)
    before = await everything(partnership)
    routes = [
        (method, path)
        for method, path in routes_of(partnership.app)
        if "{partnership_id}" in path and path not in OF_NO_PARTNERSHIP
    ]
    assert len(routes) >= 20
    strangers = (partnership.as_provider(OTHER_PROVIDER), partnership.as_district(OTHER_DISTRICT))
    mixed = {**theirs, "partnership_id": others["partnership_id"]}
    for method, path in routes:
        for who in strangers:
            for ids in (theirs, mixed) if any(f"{{{each}}}" in path for each in tuple(theirs)[1:6]) else (theirs,):
                answer = await asked(partnership, method, path, ids, who)
                assert answer.status_code in (403, 404), (method, path, answer.text)
                assert f"secret@{DISTRICT_CODE}" not in answer.text
    assert await everything(partnership) == before


async def asked(partnership: Working, method: str, path: str, ids: dict[str, str], who: dict[str, str]) -> Any:
    body = body_of(path)
    if path.startswith("/v1/"):
        sent: dict[str, Any] = {"json": body} if body else {}
    else:
        sent = {"data": {name: str(value) for name, value in body.items()}}
    if path.endswith("/documents"):
        sent = {"files": {"file": ("mou.pdf", b"x", "application/pdf")}}
    if method == "GET":
        sent = {}
    return await partnership.client.request(method, path.format(**ids), headers=who, **sent)


async def test_lists_hold_what_is_the_callers_and_the_agency_reads_all(partnership: Working) -> None:
    theirs = await a_full_partnership(partnership, PROVIDER, DISTRICT_CODE)
    others = await a_full_partnership(partnership, OTHER_PROVIDER, OTHER_DISTRICT)
    lists = ("/v1/partnerships", "/v1/partner-list", "/v1/partnership-reminders")
    for who, own, foreign in (
        (partnership.as_provider(), theirs, others),
        (partnership.as_district(), theirs, others),
        (partnership.as_provider(OTHER_PROVIDER), others, theirs),
        (partnership.as_district(OTHER_DISTRICT), others, theirs),
    ):
        answers = [(await partnership.client.get(path, headers=who)).text for path in lists]
        assert own["partnership_id"] in answers[0]
        assert all(foreign["partnership_id"] not in each for each in answers)
    agency = (await partnership.client.get("/v1/partnerships", headers=partnership.as_agency())).json()
    assert {each["partnership_id"] for each in agency["items"]} == {theirs["partnership_id"], others["partnership_id"]}
