"""Direct routes: asked often, and no less guarded for it."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.direct import DirectRoute
from shared.errors import Conflict
from shared.frame import Frame, Wiring
from shared.mongo import Mongo
from shared.service import create_service
from tests.running import routes_of, running, signed_in
from tests.shared.parts_of_a_service import settings

OPEN, CLOSED, REFUSED = "/open/{name}", "/closed/{name}", "/refused"


async def greet(request: Request) -> Response:
    return PlainTextResponse(f"direct {request.path_params['name']}")


async def refuse(_: Request) -> Response:
    raise Conflict("Not now.")


@pytest.fixture
def app(mongo: Mongo) -> FastAPI:
    router = APIRouter()

    @router.get(OPEN)
    async def show(name: str) -> str:
        return f"shown {name}"

    async def wire(_: Frame) -> Wiring:
        return Wiring(
            routers=[router],
            direct_routes=[
                DirectRoute(OPEN, greet, methods=["POST"]),
                DirectRoute(CLOSED, greet, methods=["POST"]),
                DirectRoute(REFUSED, refuse, methods=["POST"]),
            ],
            public_paths=frozenset({OPEN, REFUSED}),
        )

    return create_service("parts", settings(), wire, mongo=mongo)


async def test_a_stranger_may_ask_a_direct_route_only_where_it_is_public(app: FastAPI) -> None:
    async with running(app) as client:
        assert (await client.post("/open/pat")).text == "direct pat"
        assert (await client.post("/closed/pat")).status_code == 401
        assert (await client.post("/closed/pat", headers=signed_in(app, "agency"))).text == "direct pat"
        assert ("POST", CLOSED) in routes_of(app)


async def test_another_method_may_have_a_route_that_is_not_direct(app: FastAPI) -> None:
    async with running(app) as client:
        assert (await client.get("/open/pat")).json() == "shown pat"
        assert (await client.put("/open/pat")).status_code == 405


async def test_what_a_direct_route_refuses_is_told_like_any_other(app: FastAPI) -> None:
    async with running(app) as client:
        answer = await client.post("/refused")
    assert answer.status_code == httpx.codes.CONFLICT
    assert answer.json()["detail"] == "Not now."


async def test_a_direct_route_is_counted_under_its_template(app: FastAPI) -> None:
    async with running(app) as client:
        await client.post("/open/pat")
    counted = {"method": "POST", "route": OPEN, "status": "2xx"}
    assert app.state.registry.get_sample_value("http_requests_total", counted) == 1
