"""The frame of a service: everything that the three start, serve, watch and stop in the same way.

app.py:  async def wire(frame: Frame) -> Wiring: …
         if __name__ == "__main__":
             run("survey", SurveySettings, wire)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import Depends, FastAPI
from prometheus_client import CollectorRegistry

from shared import problems
from shared.access.access_file import AccessFile
from shared.access.asking import Access, known_unless_public
from shared.access.limits import Limits
from shared.access.sessions import Sessions
from shared.access.sign_in import PUBLIC_PATHS, SIGN_IN, account, development_sign_in
from shared.clock import Clock, utc_now
from shared.door import Door
from shared.errors import Misconfigured
from shared.fault import arm
from shared.frame import Broker, Figure, Frame, Wire, Wiring
from shared.health import health
from shared.kafka_edge import Kafka
from shared.life import Life
from shared.logs import start_logging
from shared.metrics import HttpMetrics
from shared.mongo import Mongo
from shared.openapi import describe
from shared.operator_door import operator_door
from shared.pages import Pages, mount_static
from shared.process import refuse_to_run, serve
from shared.reactions import Reaction, Tombstone
from shared.settings import AnySettings, ServiceSettings, read_settings
from shared.supervise import Heartbeat, Loop

__all__ = [
    "Broker",
    "Figure",
    "Frame",
    "Heartbeat",
    "Loop",
    "Reaction",
    "Tombstone",
    "Wire",
    "Wiring",
    "create_service",
    "run",
]

START_PATIENCE_SECONDS = 5.0
"""How long the door stays shut for a start; after that it opens and says 503 until all is there."""


def create_service(
    name: str,
    settings: ServiceSettings,
    wire: Wire,
    *,
    mongo: Mongo | None = None,
    broker: Broker | None = None,
    clock: Clock = utc_now,
) -> FastAPI:
    """A service that runs from the beginning to the end of its lifespan.

    Tests give edges of their own (a database, a broker in memory, a clock); nothing else differs. Misconfigured if the
    settings cannot serve.
    """
    registry = CollectorRegistry()
    app = FastAPI(
        title=f"PrepBridge {name}", version=settings.release, docs_url=None, redoc_url=None, lifespan=_lifespan
    )
    life = Life(
        name,
        settings,
        wire,
        registry=registry,
        broker=broker or Kafka(settings),
        clock=clock,
        mongo=mongo,
        on_wired=lambda wiring: _open_routes(app, settings, wiring),
    )
    app.state.life = life
    app.state.registry = registry
    app.state.wiring = None
    app.state.pages = Pages(service_name=name.capitalize(), release=settings.release)
    app.state.body_limits = {}
    app.state.sign_in_path = SIGN_IN if settings.sign_in == "development" else None
    app.state.access = Access(
        file=AccessFile(settings.access_file),
        sessions=Sessions(settings.session_key.get_secret_value(), settings.public_url),
        clock=clock,
        limits=Limits(
            clock,
            per_caller=settings.caller_requests_per_second,
            per_address=settings.stranger_requests_per_second,
            failures_per_address=settings.stranger_failures_per_second,
        ),
        public_paths=PUBLIC_PATHS,
        paced_paths=PUBLIC_PATHS,
    )
    problems.install(app)
    describe(app)
    app.include_router(health(life))
    mount_static(app)
    app.add_middleware(
        Door,
        metrics=HttpMetrics(registry),
        is_open=lambda: life.is_open,
        is_store_away=life.is_store_away,
        body_limit=lambda path: _body_limit(app, settings, path),
        is_secure=settings.public_url.startswith("https://"),
    )
    return app


def run(name: str, settings: type[AnySettings], wire: Wire) -> None:
    """Serve until told to stop: what `python -m services.<name>.app` does."""
    try:
        known = read_settings(settings)
        start_logging(name, known.release, known.log_level)
        app = create_service(name, known, wire)
        arm(known.fault, app.state.registry)
        serve(app, known)
    except Misconfigured as error:
        refuse_to_run(f"{name} cannot start. {error}")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    life: Life = app.state.life
    await life.begin(START_PATIENCE_SECONDS)
    try:
        yield
    finally:
        await life.end()


def _open_routes(app: FastAPI, settings: ServiceSettings, wiring: Wiring) -> None:
    access: Access = app.state.access
    app.state.wiring = wiring.state
    app.state.pages = wiring.pages or app.state.pages
    app.state.body_limits = wiring.body_limits
    app.state.access = replace(
        access,
        public_paths=PUBLIC_PATHS | wiring.public_paths,
        paced_paths=PUBLIC_PATHS | wiring.paced_paths,
    )
    routers = [account, operator_door(app.state.life), *wiring.routers]
    if settings.sign_in == "development":
        routers.append(development_sign_in)
    for router in routers:
        app.include_router(router, dependencies=[Depends(known_unless_public)])
    app.router.routes[:0] = wiring.direct_routes


def _body_limit(app: FastAPI, settings: ServiceSettings, path: str) -> int:
    """The largest body that this path takes: of the prefixes that fit, the longest decides."""
    fitting = [prefix for prefix in app.state.body_limits if path.startswith(prefix)]
    return int(app.state.body_limits[max(fitting, key=len)]) if fitting else settings.body_limit_bytes
