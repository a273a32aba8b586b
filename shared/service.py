"""The frame of a service: everything that the three start, serve, watch and stop in the same way."""

from fastapi import FastAPI

from shared.clock import Clock, utc_now
from shared.frame import Frame, Loop, Reaction, Tombstone, Wire, Wiring
from shared.mongo import Mongo
from shared.settings import AnySettings, ServiceSettings

__all__ = ["Frame", "Loop", "Reaction", "Tombstone", "Wire", "Wiring", "create_service", "run"]


def create_service(
    name: str,
    settings: ServiceSettings,
    wire: Wire,
    *,
    mongo: Mongo | None = None,
    clock: Clock = utc_now,
) -> FastAPI:
    """A service that starts when its lifespan begins. Tests pass edges of their own; nothing else differs."""
    raise NotImplementedError


def run(name: str, settings: type[AnySettings], wire: Wire) -> None:
    """Serve until told to stop: what `python -m services.<name>.app` does."""
    raise NotImplementedError
