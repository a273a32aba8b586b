"""The floors of submissions: bare FastAPI routes that read the form and await MongoDB once, or twice.

`python -m tests.bench.bare_route PORT MONGODB_URI DATABASE DRIVER inserts|updates`
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel, Field, create_model
from pymongo import AsyncMongoClient

from tests.survey.builders import answers

INSERTS, UPDATES = "inserts", "updates"


def bare(uri: str, database: str, driver: str, what_it_does: str) -> FastAPI:
    clients: dict[str, Any] = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}

    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        app.state.answers = clients[driver](uri, w="majority", journal=True)[database]["answers"]
        yield

    app = FastAPI(lifespan=connected)

    @app.get("/health/ready")
    async def ready() -> Response:
        return Response()

    async def insert(survey_id: str, request: Request) -> Response:
        await app.state.answers.insert_one({"_id": survey_id, **await request.form()})
        return _received(survey_id)

    form_of = _form()

    async def update(survey_id: str, request: Request) -> Response:
        form = form_of.model_validate(dict(await request.form()))
        survey = await app.state.answers.find_one({"_id": survey_id})
        unchanged = {"_id": survey_id, "revision": survey["revision"]}
        submitted = {"state": "submitted", "revision": survey["revision"] + 1, "form": form.model_dump()}
        done = await app.state.answers.update_one(unchanged, {"$set": submitted})
        return _received(survey_id) if done.matched_count else Response(status_code=409)

    app.post("/sitting/surveys/{survey_id}")({INSERTS: insert, UPDATES: update}[what_it_does])
    return app


def _form() -> type[BaseModel]:
    items: dict[str, Any] = {item: (int, Field(ge=0, le=5)) for item in answers()}
    return create_model("Form", comment=(str, ...), action=(str, ...), **items)


def _received(survey_id: str) -> Response:
    return Response(status_code=303, headers={"location": f"/sitting/surveys/{survey_id}/receipt"})


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
