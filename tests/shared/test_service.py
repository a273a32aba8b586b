"""The frame of a service, run as it is, on a real mongod."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from shared.errors import Misconfigured
from shared.events import Envelope
from shared.events.partnership import OrganizationChanged, OrganizationKind
from shared.mongo import Mongo
from shared.service import Frame, Heartbeat, Wiring, create_service
from shared.supervise import Patience
from tests.running import ADDRESS, routes_open_to_strangers, running, signed_in
from tests.shared.parts_of_a_service import CLOSED_PORT, settings, state_of, wire_parts
from tests.twice_kafka import TwiceKafka


@pytest.fixture
def app(mongo: Mongo) -> FastAPI:
    return create_service("parts", settings(), wire_parts, mongo=mongo)


async def test_a_service_starts_and_serves_while_kafka_is_away(client: httpx.AsyncClient, app: FastAPI) -> None:
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["parts"] == {"mongodb": "answers", "service": "open"}
    assert (await client.get("/open")).json() == {"open": True}
    assert state_of(app) == {"name": "parts"}


async def test_live_tells_how_each_loop_gets_on(client: httpx.AsyncClient) -> None:
    live = await client.get("/health/live")
    assert live.status_code == 200
    assert set(live.json()["loops"]) == {"relay", "pulse"}


async def test_a_stopped_service_is_not_ready(app: FastAPI) -> None:
    async with running(app) as client:
        pass
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS) as client:
        assert (await client.get("/health/ready")).json()["parts"]["service"] == "starting or stopping"
        refused = await client.get("/open")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "5"


async def test_while_mongodb_is_away_the_service_lives_and_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.service.START_PATIENCE_SECONDS", 0.1)
    nowhere = f"mongodb://127.0.0.1:{CLOSED_PORT}/?replicaSet=rs0"
    app = create_service("parts", settings(mongodb_uri=nowhere), wire_parts)
    transport = httpx.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["parts"]["mongodb"] == "does not answer"
        refused = await client.get("/open")
        assert refused.status_code == 503
        assert refused.json()["type"] == "urn:prepbridge:problem:away"
        for address in ("/", "/open", "/sign-in", "/nowhere"):
            page = await client.get(address, headers={"accept": "text/html"})
            assert (page.status_code, page.headers["retry-after"]) == (503, "5")
            assert "We cannot do this at the moment" in page.text
        assert (await client.get("/static/uswds/css/uswds.min.css")).status_code == 200


async def test_a_service_can_be_built_twice_in_one_process(mongo: Mongo) -> None:
    apps = [create_service("parts", settings(), wire_parts, mongo=mongo) for _ in range(2)]
    assert apps[0].state.registry is not apps[1].state.registry
    for app in apps:
        async with running(app) as client:
            assert (await client.get("/open")).status_code == 200


async def test_a_service_that_cannot_be_wired_does_not_start(mongo: Mongo) -> None:
    async def wire(_: Frame) -> Wiring:
        raise Misconfigured("PARTS_COLOUR must be a colour.")

    app = create_service("parts", settings(), wire, mongo=mongo)
    with pytest.raises(Misconfigured, match="PARTS_COLOUR"):
        async with app.router.lifespan_context(app):
            pass


async def test_a_loop_of_the_service_runs_and_is_stopped_before_the_database(mongo: Mongo) -> None:
    turned, left = asyncio.Event(), []

    async def turn(heartbeat: Heartbeat) -> None:
        try:
            while True:
                heartbeat()
                turned.set()
                await asyncio.sleep(0.01)
        finally:
            await mongo.ping()
            left.append("with the database still there")

    async def wire(_: Frame) -> Wiring:
        return Wiring(loops={"turner": turn})

    async with running(create_service("parts", settings(), wire, mongo=mongo)) as client:
        async with asyncio.timeout(5):
            await turned.wait()
        assert "turner" in (await client.get("/health/live")).json()["loops"]
    assert left == ["with the database still there"]


async def test_a_loop_that_cannot_be_revived_ends_the_service(mongo: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: Heartbeat) -> None:
        raise ZeroDivisionError

    async def wire(_: Frame) -> Wiring:
        return Wiring(loops={"hopeless": fail})

    monkeypatch.setattr("shared.life.Patience", lambda **_: Patience(first_wait=0.001, longest_wait=0.001))
    app = create_service("parts", settings(), wire, mongo=mongo)
    told_to_end = asyncio.Event()
    app.state.life.on_failure = told_to_end.set
    async with app.router.lifespan_context(app), asyncio.timeout(10):
        await told_to_end.wait()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS) as client:
            assert (await client.get("/health/live")).status_code == 503
    assert app.state.life.failure == "hopeless"


async def test_only_public_paths_are_open_to_strangers(client: httpx.AsyncClient, app: FastAPI) -> None:
    assert await routes_open_to_strangers(app, client) == {
        "GET /health/live",
        "GET /health/ready",
        "GET /openapi.json",
        "GET /sign-in",
        "POST /sign-in",
        "POST /sign-out",
        "GET /open",
        "GET /refusals/{name}",
        "GET /v1/refusals/{name}",
    }


async def test_a_router_under_a_prefix_is_not_public_by_its_shorter_template(client: httpx.AsyncClient) -> None:
    assert (await client.get("/open")).status_code == 200
    assert (await client.get("/nested/open")).status_code == 401


async def test_metrics_name_the_route_and_never_the_path(client: httpx.AsyncClient, app: FastAPI) -> None:
    await client.get("/v1/things/secret-4711", headers=signed_in(app, "agency"))
    await client.get("/nowhere/secret-4712")
    registry = app.state.registry
    labels = {"method": "GET", "route": "/v1/things/{thing_id}", "status": "2xx"}
    assert registry.get_sample_value("http_requests_total", labels) == 1
    labels = {"method": "GET", "route": "__unmatched__", "status": "4xx"}
    assert registry.get_sample_value("http_requests_total", labels) == 1
    assert registry.get_sample_value("service_ready") == 1
    assert registry.get_sample_value("build_info", {"service": "parts", "release": "development"}) == 1


async def test_a_reaction_that_does_not_end_is_let_go_and_the_others_of_its_batch_are_committed(mongo: Mongo) -> None:
    begun, done = asyncio.Event(), asyncio.Event()

    async def react(envelope: Envelope[OrganizationChanged]) -> None:
        if envelope.event.name == "stuck":
            begun.set()
            await asyncio.Event().wait()
        done.set()

    async def wire(_: Frame) -> Wiring:
        return Wiring(reactions={OrganizationChanged: react}, topics=[OrganizationChanged.topic])

    kafka = TwiceKafka()
    app = create_service("parts", settings(shutdown_seconds=0.6), wire, mongo=mongo, broker=kafka)
    with capture_logs() as logged:
        async with running(app):
            stuck, quick = (
                OrganizationChanged(organization_id=key, kinds=(OrganizationKind.SCHOOL,), name=name)
                for key, name in (("0", "stuck"), ("2", "quick"))
            )
            await kafka.publish(stuck, quick)
            async with asyncio.timeout(5):
                await begun.wait()
                await done.wait()
    assert list(kafka.committed("parts").values()) == [1]
    assert not {"loop_abandoned", "not_stopped_in_order"} & {line["event"] for line in logged}
