"""The probes: live asks nobody else, ready asks what the door needs (MongoDB; not Kafka, for the outbox buffers)."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from shared.life import Life


def health(life: Life) -> APIRouter:
    """/health/live and /health/ready, for whoever runs the process."""
    router = APIRouter(prefix="/health", include_in_schema=False)

    @router.get("/live")
    async def live() -> JSONResponse:
        loops = {name: {"idle_seconds": round(idle, 1)} for name, idle in life.idle_seconds().items()}
        return _verdict(life.is_alive(), {"status": "alive" if life.is_alive() else "failed", "loops": loops})

    @router.get("/ready")
    async def ready() -> JSONResponse:
        is_store_there = await life.is_store_there()
        parts = {
            "mongodb": "answers" if is_store_there else "does not answer",
            "service": "open" if life.is_open else "starting or stopping",
        }
        is_ready = is_store_there and life.is_open
        return _verdict(is_ready, {"status": "ready" if is_ready else "not ready", "parts": parts})

    return router


def _verdict(is_good: bool, report: dict[str, Any]) -> JSONResponse:
    return JSONResponse(report, status_code=200 if is_good else 503)
