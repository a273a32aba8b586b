"""What every request passes: a name, a size limit, headers that keep browsers safe."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.types import Message

from deploy.local.mongod import Mongod
from shared import context
from shared.mongo import Mongo
from shared.service import Frame, Wiring, create_service
from tests.faults.proxy import Proxy
from tests.running import running, signed_in
from tests.shared.parts_of_a_service import settings, wire_parts
from tests.shared.reading import until

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def mongo_driver() -> str:
    """Nothing here depends on the driver."""
    return "motor"


@pytest.fixture
def app(mongo: Mongo) -> FastAPI:
    return create_service("parts", settings(), wire_parts, mongo=mongo)


async def test_a_correlation_id_of_the_caller_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/open", headers={"x-request-id": "Order-4711-a"})
    assert answer.headers["x-request-id"] == "Order-4711-a"


@pytest.mark.parametrize("forged", ["short", "a" * 65, 'x"}\tlevel=error', "ümlaut-ümlaut", "with space 1"])
async def test_a_correlation_id_that_could_forge_a_log_line_is_replaced(client: httpx.AsyncClient, forged: str) -> None:
    answer = await client.get("/open", headers={b"x-request-id": forged.encode()})
    assert answer.headers["x-request-id"] != forged
    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [(TRACE, True), (TRACE.replace("00-4b", "ff-4b"), False), (TRACE.upper(), False), ("00-" + "0" * 32, False)],
)
async def test_work_belongs_to_the_trace_of_its_request(mongo: Mongo, sent: str, is_kept: bool) -> None:
    router = APIRouter()

    @router.get("/where")
    async def where() -> list[str | None]:
        return list(context.origin()[:2])

    async def wire(_: Frame) -> Wiring:
        return Wiring(routers=[router], public_paths=frozenset({"/where"}))

    async with running(create_service("parts", settings(), wire, mongo=mongo)) as client:
        answer = await client.get("/where", headers={"traceparent": sent, "x-request-id": "Order-4711"})
    trace, correlation = answer.json()
    assert correlation == "Order-4711"
    assert (trace == sent) is is_kept
    assert trace.startswith("00-")
    assert context.origin() == context.NOWHERE


async def test_pages_may_not_be_kept_framed_or_scripted_from_elsewhere(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/sign-in")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


async def test_static_files_may_be_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/uswds/css/uswds.min.css?v=1")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


async def test_over_https_browsers_are_told_to_stay_there(mongo: Mongo) -> None:
    app = create_service("parts", settings(public_url="https://prepbridge.example"), wire_parts, mongo=mongo)
    async with running(app) as client:
        assert "max-age" in (await client.get("/open")).headers["strict-transport-security"]


async def test_head_is_answered_as_get_without_the_body(client: httpx.AsyncClient) -> None:
    for address in ("/open", "/health/ready", "/sign-in", "/static/uswds/css/uswds.min.css", "/nowhere"):
        got, head = await client.get(address), await client.head(address)
        assert head.status_code == got.status_code
        assert head.headers.get("content-type") == got.headers.get("content-type")
        assert head.content == b""


@pytest.mark.parametrize("address", ["/large/upload", "/v1/orders"])
async def test_a_client_that_leaves_half_way_is_no_failure_of_ours(
    client: httpx.AsyncClient, app: FastAPI, logged: list[dict[str, object]], address: str
) -> None:
    messages: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    answers: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(name.encode(), value.encode()) for name, value in signed_in(app, "district").items()]
    headers += [(b"host", b"localhost:8100"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": address, "query_string": b"", "headers": headers}
    await app({**scope, "http_version": "1.1", "scheme": "http", "server": ("localhost", 8100)}, receive, send)
    assert [line["event"] for line in logged if line["log_level"] in ("error", "critical")] == []
    labels = {"method": "POST", "route": address, "status": "5xx"}
    assert app.state.registry.get_sample_value("http_requests_total", labels) is None
    assert app.state.registry.get_sample_value("http_requests_in_progress") == 0


async def test_a_body_that_is_announced_too_large_is_refused_unread(client: httpx.AsyncClient, app: FastAPI) -> None:
    headers = {**signed_in(app, "district"), "content-length": "100001"}
    answer = await client.post("/large/upload", content=b"", headers=headers)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "The request is larger than the 97 KiB that this address takes."


@pytest.mark.parametrize(
    ("address", "size", "status"),
    [
        ("/large/upload", 100_000, 200),
        ("/large/upload", 100_001, 413),
        ("/small/upload", 1_000, 200),
        ("/small/upload", 1_001, 413),
    ],
)
async def test_a_body_of_unknown_length_is_read_up_to_the_limit_of_its_address(
    client: httpx.AsyncClient, app: FastAPI, address: str, size: int, status: int
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 300):
            yield b"x" * min(300, size - start)

    answer = await client.post(address, content=pieces(), headers=signed_in(app, "district"))
    assert answer.status_code == status
    assert status == 413 or answer.json() == size


async def test_a_json_body_that_grows_too_large_is_too_large_and_not_unreadable(mongo: Mongo) -> None:
    app = create_service("parts", settings(body_limit_bytes=2048), wire_parts, mongo=mongo)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 1000

    async with running(app) as client:
        headers = {**signed_in(app, "district"), "content-type": "application/json"}
        answer = await client.post("/v1/orders", content=pieces(), headers=headers)
        assert answer.status_code == 413
        assert app.state.registry.get_sample_value("http_rejected_total", {"reason": "too_large"}) == 1


async def test_the_log_of_a_request_has_its_template_and_no_secret(
    client: httpx.AsyncClient, app: FastAPI, logged: list[dict[str, object]]
) -> None:
    headers = signed_in(app, "agency")
    await client.get("/v1/things/jane@example.org?token=s3cr3t", headers=headers)
    lines = [line for line in logged if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in lines] == [("/v1/things/{thing_id}", 200)]
    everything = json.dumps(logged, default=str)
    for secret in ("jane", "s3cr3t", headers["cookie"]):
        assert secret not in everything


@pytest.fixture
def logged(client: httpx.AsyncClient) -> object:
    """What is logged from here on."""
    from structlog.testing import capture_logs

    with capture_logs() as lines:
        yield lines


async def test_whoever_asks_while_mongo_is_known_to_be_away_is_told_at_once(mongod: Mongod) -> None:
    proxy = Proxy.start(mongod.port)
    address = f"mongodb://127.0.0.1:{proxy.port}/?directConnection=true"
    far = await Mongo.connect(address, "door_without_mongo")
    async with running(create_service("parts", settings(), wire_parts, mongo=far)) as client:
        proxy.refuse()
        proxy.reset()
        asked = "/open", {"accept": "application/json"}

        async def is_told() -> bool:
            return (await client.get(asked[0], headers=asked[1])).status_code == httpx.codes.SERVICE_UNAVAILABLE

        # This page needs no database: who is told that there is none is told by the door.
        await until(is_told)
        assert (await client.get("/health/live")).status_code == httpx.codes.OK
        proxy.heal()

        async def is_served() -> bool:
            return not await is_told()

        await until(is_served)
    await far.close()
    proxy.stop()
