"""The floor of submissions: a bare FastAPI route that reads the form and does one awaited `insert_one`.

`python -m tests.bench.bare_route PORT MONGODB_URI DATABASE DRIVER`
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient


def bare(uri: str, database: str, driver: str) -> FastAPI:
    clients: dict[str, Any] = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}

    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        app.state.answers = clients[driver](uri, w="majority", journal=True)[database]["answers"]
        yield

    app = FastAPI(lifespan=connected)

    @app.get("/health/ready")
    async def ready() -> Response:
        return Response()

    @app.post("/sitting/surveys/{survey_id}")
    async def submit(survey_id: str, request: Request) -> Response:
        await app.state.answers.insert_one({"_id": survey_id, **await request.form()})
        return Response(status_code=303, headers={"location": f"/sitting/surveys/{survey_id}/receipt"})

    return app


if __name__ == "__main__":
    port, *where = sys.argv[1:]
    # As shared.process serves.
    uvicorn.run(
        bare(*where),
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
    )
