"""Sessions of people: signing in and out, and that no other site acts for them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey

from shared.access.callers import Caller
from shared.access.sessions import LASTS, Sessions
from shared.access.sign_in import local_path
from shared.mongo import Mongo
from shared.service import create_service
from tests.conftest import SetClock
from tests.running import running, signed_in
from tests.shared.parts_of_a_service import settings, wire_parts
from tests.shared.parts_of_access import PERSON, SAME_ORIGIN, access_file, content, service_that_knows_people

DISTRICT = Caller("district-1", "district", frozenset({"00350000"}), "Boston Public Schools")
SESSIONS = Sessions("a-session-key-for-tests-with-32-or-more", "http://localhost:8100")
NOW = datetime(2027, 4, 5, 9, 30, tzinfo=UTC)


@pytest.fixture
def mongo_driver() -> str:
    """Nothing here depends on the driver."""
    return "motor"


@pytest.fixture
def app(mongo: Mongo, clock: SetClock, tmp_path: Path) -> FastAPI:
    return service_that_knows_people(mongo, clock, tmp_path)


def test_a_session_is_good_for_a_working_day() -> None:
    token = SESSIONS.token(DISTRICT, NOW)
    assert SESSIONS.caller(token, NOW) == DISTRICT
    assert SESSIONS.caller(token, NOW + LASTS - timedelta(seconds=1)) == DISTRICT
    assert SESSIONS.caller(token, NOW + LASTS + timedelta(seconds=1)) is None


def test_a_session_that_another_key_signed_is_none() -> None:
    forged = Sessions("another-session-key-with-32-or-more-chars", "http://localhost").token(DISTRICT, NOW)
    assert SESSIONS.caller(forged, NOW) is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."])
def test_what_is_no_token_is_no_session(token: str) -> None:
    assert SESSIONS.caller(token, NOW) is None


def test_a_token_for_somebody_else_is_no_session() -> None:
    good = {"aud": "prepbridge", "sub": "x", "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 60}
    key = OctKey.import_key(SESSIONS.key)
    for changed in ({"aud": "another"}, {"role": "king"}, {"role": None}):
        claims = {**good, "role": "agency", **changed}
        assert SESSIONS.caller(jwt.encode({"alg": "HS256"}, claims, key), NOW) is None
    for missing in good:
        claims = {name: claim for name, claim in {**good, "role": "agency"}.items() if name != missing}
        assert SESSIONS.caller(jwt.encode({"alg": "HS256"}, claims, key), NOW) is None


async def test_a_session_ends_by_itself(client: httpx.AsyncClient, app: FastAPI, clock: SetClock) -> None:
    headers = signed_in(app, "agency")
    assert (await client.get("/v1/me", headers=headers)).status_code == 200
    clock.advance(LASTS + timedelta(seconds=1))
    assert (await client.get("/v1/me", headers=headers)).status_code == 401


async def test_a_role_that_a_route_does_not_let_pass_is_forbidden(client: httpx.AsyncClient, app: FastAPI) -> None:
    order = {"count": 1, "colour": "red"}
    answer = await client.post("/v1/orders", json=order, headers=signed_in(app, "provider", "30000032"))
    assert answer.status_code == 403
    assert answer.json()["hint"] == "This is for: district."


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "http://localhost:8100"}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8100"}, 403),
        ({}, 403),
    ],
)
async def test_another_site_cannot_act_for_somebody_who_is_signed_in(
    client: httpx.AsyncClient, app: FastAPI, origin: dict[str, str], status: int
) -> None:
    cookie = {"cookie": signed_in(app, "district")["cookie"]}
    order = {"count": 1, "colour": "red"}
    answer = await client.post("/v1/orders", json=order, headers={**cookie, **origin})
    assert answer.status_code == status


async def test_reading_needs_no_proof_of_origin(client: httpx.AsyncClient, app: FastAPI) -> None:
    cookie = {"cookie": signed_in(app, "district")["cookie"], "sec-fetch-site": "cross-site"}
    assert (await client.get("/v1/me", headers=cookie)).status_code == 200


async def test_a_person_who_is_not_signed_in_is_led_to_the_sign_in_and_back(client: httpx.AsyncClient) -> None:
    led = await client.get("/closed?year=2026&a=b", headers=PERSON)
    assert led.status_code == 303
    assert led.headers["location"] == "/sign-in?next=%2Fclosed%3Fyear%3D2026%26a%3Db"
    page = await client.get(led.headers["location"], headers=PERSON)
    assert 'value="/closed?year=2026&amp;a=b"' in page.text
    assert "Ada of the Agency" in page.text
    form = {"subject": "agency-1", "next": "/closed?year=2026&a=b"}
    back = await client.post("/sign-in", data=form, headers={**PERSON, **SAME_ORIGIN})
    assert back.status_code == 303
    assert back.headers["location"] == "/closed?year=2026&a=b"
    cookie = back.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert (await client.get("/closed", headers=PERSON)).json() == {"closed": True}


async def test_signing_out_ends_the_session_in_this_browser(client: httpx.AsyncClient) -> None:
    await client.post("/sign-in", data={"subject": "agency-1"}, headers=SAME_ORIGIN)
    assert (await client.get("/v1/me")).json()["display_name"] == "Ada of the Agency"
    out = await client.post("/sign-out", headers=SAME_ORIGIN)
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert (await client.get("/v1/me")).status_code == 401


@pytest.mark.parametrize("form", [{}, {"subject": ""}, {"subject": "nobody"}])
async def test_choosing_nobody_shows_the_page_again(client: httpx.AsyncClient, form: dict[str, str]) -> None:
    answer = await client.post("/sign-in", data=form, headers={**PERSON, **SAME_ORIGIN})
    assert answer.status_code == 422
    assert "Choose one of the people." in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("address", ["/sign-in", "/sign-out"])
async def test_another_site_can_sign_nobody_in_or_out(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.post(address, data={"subject": "agency-1"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("target", "led_to"),
    [
        ("/results?year=2026", "/results?year=2026"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_to_no_other_site(target: str, led_to: str) -> None:
    assert local_path(target) == led_to


async def test_over_https_the_session_is_bound_to_the_host(mongo: Mongo, tmp_path: Path) -> None:
    path = access_file(tmp_path, content())
    secure = settings(access_file=path, public_url="https://prepbridge.example")
    async with running(create_service("parts", secure, wire_parts, mongo=mongo)) as client:
        answer = await client.post("/sign-in", data={"subject": "agency-1"}, headers=SAME_ORIGIN)
    assert answer.headers["set-cookie"].startswith("__Host-prepbridge_session=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "Path=/" in answer.headers["set-cookie"]


async def test_in_production_there_is_no_sign_in_page(mongo: Mongo) -> None:
    strict = settings(environment="production", sign_in="none", session_key="s" * 40)
    async with running(create_service("parts", strict, wire_parts, mongo=mongo)) as client:
        assert (await client.get("/sign-in")).status_code == 404
        assert (await client.post("/sign-in", headers=SAME_ORIGIN)).status_code == 404
        assert (await client.get("/closed", headers=PERSON)).status_code == 401
