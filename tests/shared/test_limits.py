"""Whoever asks too often is told when to come back; others are not."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from shared.access.asking import limits_of
from shared.access.limits import REMEMBERED, Limit
from shared.errors import NotFound, TooOften
from shared.mongo import Mongo
from shared.service import Frame, Wiring, create_service
from tests.conftest import SetClock
from tests.running import ADDRESS, running, signed_in
from tests.shared.parts_of_a_service import settings, wire_parts

PAGE = {"accept": "text/html"}


@pytest.fixture
def mongo_driver() -> str:
    return "motor"


async def wire(frame: Frame) -> Wiring:
    router = APIRouter()

    @router.get("/links/{link}")
    async def follow(request: Request, link: str) -> str:
        if link != "right":
            limits_of(request).guessed_wrong(request)
            raise NotFound("This link is not one of ours.")
        return link

    parts = await wire_parts(frame)
    return Wiring(
        routers=[*parts.routers, router],
        public_paths=parts.public_paths | {"/links/{link}"},
        paced_paths=frozenset({"/links/{link}"}),
    )


@pytest.fixture
def app(mongo: Mongo, clock: SetClock) -> FastAPI:
    slow = settings(caller_requests_per_second=1.0, stranger_requests_per_second=2.0, stranger_failures_per_second=0.5)
    return create_service("parts", slow, wire, mongo=mongo, clock=clock)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with running(app) as client:
        yield client


def from_address(app: FastAPI, host: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=(host, 1234)), base_url=ADDRESS)


async def test_a_caller_who_floods_us_is_told_to_wait_and_others_are_not(
    client: httpx.AsyncClient, app: FastAPI, clock: SetClock
) -> None:
    flooding, other = signed_in(app, "district", "00350000"), signed_in(app, "agency")
    assert [(await client.get("/closed", headers=flooding)).status_code for _ in range(10)] == [200] * 10
    refused = await client.get("/closed", headers=flooding)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == "There were too many requests in a short time."
    assert (await client.get("/closed", headers=other)).status_code == 200
    rejected = app.state.registry.get_sample_value("http_rejected_total", {"reason": "rate_limited"})
    assert rejected == 1
    clock.advance(timedelta(seconds=1))
    assert (await client.get("/closed", headers=flooding)).status_code == 200


async def test_a_person_reads_on_a_page_that_they_have_to_wait(client: httpx.AsyncClient, app: FastAPI) -> None:
    person = {**signed_in(app, "district", "00350000"), **PAGE}
    for _ in range(10):
        await client.get("/closed", headers=person)
    page = await client.get("/closed", headers=person)
    assert page.status_code == 429
    assert "Too many requests" in page.text
    assert "Wait a moment, then try again." in page.text


async def test_strangers_may_sign_in_and_follow_links_only_so_often_each_from_their_address(app: FastAPI) -> None:
    async with running(app), from_address(app, "192.0.2.1") as many, from_address(app, "192.0.2.2") as one:
        answers = [(await many.get("/links/right")).status_code for _ in range(21)]
        assert answers == [200] * 20 + [429]
        assert (await many.get("/sign-in", headers=PAGE)).status_code == 429
        assert (await many.get("/open")).status_code == 200
        assert (await one.get("/links/right")).status_code == 200


async def test_whoever_guesses_links_is_stopped_before_they_are_looked_up(app: FastAPI, clock: SetClock) -> None:
    async with running(app), from_address(app, "192.0.2.1") as guessing, from_address(app, "192.0.2.2") as one:
        answers = [(await guessing.get(f"/links/{number}")).status_code for number in range(7)]
        assert answers == [404] * 5 + [429] * 2
        assert (await guessing.get("/links/right")).status_code == 429
        assert (await one.get("/links/right")).status_code == 200
        clock.advance(timedelta(seconds=2))
        assert (await guessing.get("/links/right")).status_code == 200


async def test_whoever_guesses_api_keys_is_stopped_and_a_known_key_is_not(app: FastAPI) -> None:
    async with running(app), from_address(app, "192.0.2.1") as client:
        wrong = {"authorization": "Bearer wrong"}
        assert [(await client.get("/closed", headers=wrong)).status_code for _ in range(6)] == [401] * 5 + [429]
        assert (await client.get("/closed", headers=signed_in(app, "agency"))).status_code == 200


async def test_neighbours_in_one_prefix_of_ipv6_are_one_address(app: FastAPI) -> None:
    async with running(app):
        for number in range(20):
            async with from_address(app, f"2001:db8::{number:x}") as client:
                assert (await client.get("/links/right")).status_code == 200
        async with from_address(app, "2001:db8::ffff") as client, from_address(app, "2001:db8:0:1::1") as other:
            assert (await client.get("/links/right")).status_code == 429
            assert (await other.get("/links/right")).status_code == 200


def test_no_limit_is_no_limit(clock: SetClock) -> None:
    limit = Limit(0, clock)
    for _ in range(1000):
        limit.take("anybody")


def test_who_asked_longest_ago_is_forgotten_first(clock: SetClock) -> None:
    limit = Limit(0.1, clock)
    limit.take("first")
    for number in range(REMEMBERED - 1):
        limit.take(str(number))
    with pytest.raises(TooOften):
        limit.take("first")
    limit.take("one more")
    limit.take("and another")
    with pytest.raises(TooOften):
        limit.take("first")
    limit.take("0")
