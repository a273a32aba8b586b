"""A small service to try the frame on, with settings that need no environment."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict

from shared.access.asking import Asking, requires
from shared.access.callers import Caller
from shared.errors import (
    AlreadyThere,
    Conflict,
    Forbidden,
    InvalidInput,
    NoLonger,
    NotFound,
    NotSignedIn,
    StaleRevision,
    StoreAway,
    TooLarge,
)
from shared.service import Frame, Wiring
from shared.settings import ServiceSettings

CLOSED_PORT = 9
"""Discard: nothing listens there, so a broker at this port is away."""


class PartsSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="PARTS_")

    http_port: int = Field(8100, description="The port of pages and API.")
    metrics_port: int = Field(9100, description="The port of metrics.")
    mongodb_database: str = Field("parts", description="The database.")


def settings(**changes: Any) -> PartsSettings:
    return PartsSettings(**{"kafka_bootstrap_servers": f"127.0.0.1:{CLOSED_PORT}", "shutdown_seconds": 3.0, **changes})


class Order(BaseModel):
    count: int = Field(ge=1)
    colour: str = Field(max_length=10)


REFUSALS: dict[str, Exception] = {
    "invalid": InvalidInput("Row 3 has no date.", hint="Add a date.", where="row 3"),
    "large": TooLarge("The file is larger than 1 MB."),
    "signed-out": NotSignedIn("You are not signed in."),
    "forbidden": Forbidden("Your role may not do this."),
    "missing": NotFound("There is no such survey."),
    "conflict": Conflict("The campaign is closed."),
    "gone": NoLonger("The link was used."),
    "stale": StaleRevision("The document has changed."),
    "twice": AlreadyThere("A document with this unique value is there already."),
    "away": StoreAway("MongoDB does not answer (mongodb://secret)."),
    "broken": ZeroDivisionError("division by jane@example.org"),
}


def parts_router() -> APIRouter:
    router = APIRouter()
    inner = APIRouter()

    @router.get("/open")
    async def open_to_all() -> dict[str, bool]:
        return {"open": True}

    @router.get("/closed")
    async def closed() -> dict[str, bool]:
        return {"closed": True}

    @router.get("/v1/things/{thing_id}")
    async def thing(thing_id: str, caller: Asking) -> dict[str, str]:
        return {"thing": thing_id, "caller": caller.subject}

    @router.post("/v1/orders")
    async def order(order: Order, caller: Annotated[Caller, Depends(requires("district"))]) -> Order:
        return order

    @router.post("/large/upload")
    async def upload(request: Request) -> int:
        return len(await request.body())

    @router.post("/small/upload")
    async def small_upload(request: Request) -> int:
        return len(await request.body())

    @router.get("/refusals/{name}")
    @router.get("/v1/refusals/{name}")
    async def refuse(name: str) -> None:
        raise REFUSALS.get(name, NotFound("There is no such refusal."))

    # Its own template is that of the public route above; only under its prefix is it told apart.
    @inner.get("/open")
    async def nested() -> dict[str, bool]:
        return {"nested": True}

    router.include_router(inner, prefix="/nested")
    return router


async def wire_parts(frame: Frame) -> Wiring:
    frame.documents("parts")
    return Wiring(
        routers=[parts_router()],
        state={"name": frame.name},
        public_paths=frozenset({"/open", "/refusals/{name}", "/v1/refusals/{name}"}),
        body_limits={"/large/": 100_000, "/small/": 1_000},
    )


def state_of(app: FastAPI) -> Any:
    return app.state.wiring
